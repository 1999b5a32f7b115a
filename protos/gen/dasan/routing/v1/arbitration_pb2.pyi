import datetime

from dasan.options.v1 import options_pb2 as _options_pb2
from dasan.routing.v1 import events_pb2 as _events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListArbitrationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListArbitrationsResponse(_message.Message):
    __slots__ = ("arbitrations", "next_page_token", "open", "overdue")
    ARBITRATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    arbitrations: _containers.RepeatedCompositeFieldContainer[Arbitration]
    next_page_token: str
    open: int
    overdue: int
    def __init__(self, arbitrations: _Optional[_Iterable[_Union[Arbitration, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., open: _Optional[int] = ..., overdue: _Optional[int] = ...) -> None: ...

class Arbitration(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "service_code", "round", "attempt", "cause", "refused_office_ids", "previous_office_id", "hops", "opened_at", "decide_by", "overdue", "due_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    HOPS_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    DECIDE_BY_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    service_code: str
    round: int
    attempt: int
    cause: _events_pb2.ArbitrationCause
    refused_office_ids: _containers.RepeatedScalarFieldContainer[str]
    previous_office_id: str
    hops: int
    opened_at: _timestamp_pb2.Timestamp
    decide_by: _timestamp_pb2.Timestamp
    overdue: bool
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., service_code: _Optional[str] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., cause: _Optional[_Union[_events_pb2.ArbitrationCause, str]] = ..., refused_office_ids: _Optional[_Iterable[str]] = ..., previous_office_id: _Optional[str] = ..., hops: _Optional[int] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decide_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue: _Optional[bool] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DesignateRequest(_message.Message):
    __slots__ = ("inquiry_id", "office_id", "command_id")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    office_id: str
    command_id: str
    def __init__(self, inquiry_id: _Optional[str] = ..., office_id: _Optional[str] = ..., command_id: _Optional[str] = ...) -> None: ...

class DesignateResponse(_message.Message):
    __slots__ = ("office_id", "round", "attempt", "binding", "take_by")
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    TAKE_BY_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    round: int
    attempt: int
    binding: bool
    take_by: _timestamp_pb2.Timestamp
    def __init__(self, office_id: _Optional[str] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., binding: _Optional[bool] = ..., take_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
