import datetime

from dasan.common.v1 import matter_pb2 as _matter_pb2
from dasan.districts.v1 import events_pb2 as _events_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UnroutedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNROUTED_REASON_UNSPECIFIED: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NO_CATEGORY: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NO_PLACE: _ClassVar[UnroutedReason]
    UNROUTED_REASON_OUTSIDE: _ClassVar[UnroutedReason]
    UNROUTED_REASON_AMBIGUOUS: _ClassVar[UnroutedReason]
UNROUTED_REASON_UNSPECIFIED: UnroutedReason
UNROUTED_REASON_NO_CATEGORY: UnroutedReason
UNROUTED_REASON_NO_PLACE: UnroutedReason
UNROUTED_REASON_OUTSIDE: UnroutedReason
UNROUTED_REASON_AMBIGUOUS: UnroutedReason

class InquiryAssigned(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "workload", "rule", "binding", "delegated_by", "due_at", "assigned_at", "previous_office_id", "decline_reason", "clock_from", "period")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    DELEGATED_BY_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_AT_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DECLINE_REASON_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FROM_FIELD_NUMBER: _ClassVar[int]
    PERIOD_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    workload: _matter_pb2.Workload
    rule: str
    binding: bool
    delegated_by: str
    due_at: _timestamp_pb2.Timestamp
    assigned_at: _timestamp_pb2.Timestamp
    previous_office_id: str
    decline_reason: _events_pb2.DeclineReason
    clock_from: _timestamp_pb2.Timestamp
    period: str
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_matter_pb2.Workload, str]] = ..., rule: _Optional[str] = ..., binding: _Optional[bool] = ..., delegated_by: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., assigned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., previous_office_id: _Optional[str] = ..., decline_reason: _Optional[_Union[_events_pb2.DeclineReason, str]] = ..., clock_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period: _Optional[str] = ...) -> None: ...

class InquiryUnrouted(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "reason", "unrouted_at", "due_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNROUTED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    reason: UnroutedReason
    unrouted_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., reason: _Optional[_Union[UnroutedReason, str]] = ..., unrouted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UnroutedDeadlineRecounted(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "cause", "due_before", "due_at", "recounted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    RECOUNTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    cause: _events_pb2.RecountCause
    due_before: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    recounted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., cause: _Optional[_Union[_events_pb2.RecountCause, str]] = ..., due_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recounted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
