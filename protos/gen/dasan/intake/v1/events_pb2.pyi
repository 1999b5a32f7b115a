import datetime

from dasan.common.v1 import matter_pb2 as _matter_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AskedAbout(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASKED_ABOUT_UNSPECIFIED: _ClassVar[AskedAbout]
    ASKED_ABOUT_PLACE: _ClassVar[AskedAbout]
    ASKED_ABOUT_SERVICE: _ClassVar[AskedAbout]
ASKED_ABOUT_UNSPECIFIED: AskedAbout
ASKED_ABOUT_PLACE: AskedAbout
ASKED_ABOUT_SERVICE: AskedAbout

class InquiryReceived(_message.Message):
    __slots__ = ("inquiry_id", "matter", "expected_answer_by")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    expected_answer_by: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., expected_answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CallAnswered(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "answered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    answered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InquirySupplemented(_message.Message):
    __slots__ = ("inquiry_id", "matter", "number", "about", "none_offered", "supplied_at", "round")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    NONE_OFFERED_FIELD_NUMBER: _ClassVar[int]
    SUPPLIED_AT_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    number: int
    about: AskedAbout
    none_offered: bool
    supplied_at: _timestamp_pb2.Timestamp
    round: int
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., number: _Optional[int] = ..., about: _Optional[_Union[AskedAbout, str]] = ..., none_offered: _Optional[bool] = ..., supplied_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., round: _Optional[int] = ...) -> None: ...

class SupplementSent(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "act", "request", "acted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ACTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    act: int
    request: int
    acted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., act: _Optional[int] = ..., request: _Optional[int] = ..., acted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MoreTimeAsked(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "act", "request", "days", "acted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    ACTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    act: int
    request: int
    days: int
    acted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., act: _Optional[int] = ..., request: _Optional[int] = ..., days: _Optional[int] = ..., acted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WithdrawalAsked(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "act", "acted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    ACTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    act: int
    acted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., act: _Optional[int] = ..., acted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ObjectionMade(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "act", "acted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    ACTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    act: int
    acted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., act: _Optional[int] = ..., acted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
