import datetime

from dasan.options.v1 import options_pb2 as _options_pb2
from dasan.routing.v1 import events_pb2 as _events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SurveyInvited(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "office_id", "workload", "language", "invited_at", "expires_at", "has_contact")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    INVITED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    HAS_CONTACT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: _events_pb2.Workload
    language: str
    invited_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    has_contact: bool
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_events_pb2.Workload, str]] = ..., language: _Optional[str] = ..., invited_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_contact: _Optional[bool] = ...) -> None: ...

class SurveyAnswered(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "office_id", "workload", "score", "has_comment", "answered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    HAS_COMMENT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: _events_pb2.Workload
    score: int
    has_comment: bool
    answered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_events_pb2.Workload, str]] = ..., score: _Optional[int] = ..., has_comment: _Optional[bool] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SurveyExpired(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "office_id", "expired_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    office_id: str
    expired_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., office_id: _Optional[str] = ..., expired_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
