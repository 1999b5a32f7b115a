import datetime

from dasan.common.v1 import matter_pb2 as _matter_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PermitChecked(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "complete", "missing", "checked_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    CHECKED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    complete: bool
    missing: _containers.RepeatedScalarFieldContainer[str]
    checked_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., complete: _Optional[bool] = ..., missing: _Optional[_Iterable[str]] = ..., checked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PermitFeePaid(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "amount_won", "exempted", "paid_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_WON_FIELD_NUMBER: _ClassVar[int]
    EXEMPTED_FIELD_NUMBER: _ClassVar[int]
    PAID_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    amount_won: int
    exempted: bool
    paid_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., amount_won: _Optional[int] = ..., exempted: _Optional[bool] = ..., paid_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PermitIssued(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "delegated_by", "document_no", "conditional", "valid_until", "collect_by", "issued_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DELEGATED_BY_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    CONDITIONAL_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    COLLECT_BY_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    delegated_by: str
    document_no: str
    conditional: bool
    valid_until: str
    collect_by: _timestamp_pb2.Timestamp
    issued_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., delegated_by: _Optional[str] = ..., document_no: _Optional[str] = ..., conditional: _Optional[bool] = ..., valid_until: _Optional[str] = ..., collect_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PermitCollected(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "document_no", "collected_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    COLLECTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    document_no: str
    collected_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., document_no: _Optional[str] = ..., collected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PermitUncollected(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "document_no", "uncollected_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    UNCOLLECTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    document_no: str
    uncollected_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., document_no: _Optional[str] = ..., uncollected_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PermitExpired(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "document_no", "expired_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    EXPIRED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    document_no: str
    expired_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., document_no: _Optional[str] = ..., expired_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PermitRevoked(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "document_no", "revoked_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    document_no: str
    revoked_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., document_no: _Optional[str] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
