import datetime

from dasan.intake.v1 import events_pb2 as _events_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Workload(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WORKLOAD_UNSPECIFIED: _ClassVar[Workload]
    WORKLOAD_CITY: _ClassVar[Workload]
    WORKLOAD_DISTRICT: _ClassVar[Workload]
    WORKLOAD_DONG: _ClassVar[Workload]

class PetitionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PETITION_KIND_UNSPECIFIED: _ClassVar[PetitionKind]
    PETITION_KIND_STATUTORY: _ClassVar[PetitionKind]
    PETITION_KIND_INQUIRY_LAW: _ClassVar[PetitionKind]
    PETITION_KIND_INQUIRY_PROC: _ClassVar[PetitionKind]
    PETITION_KIND_SUGGESTION: _ClassVar[PetitionKind]
    PETITION_KIND_OTHER: _ClassVar[PetitionKind]
    PETITION_KIND_GRIEVANCE: _ClassVar[PetitionKind]

class UnroutedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNROUTED_REASON_UNSPECIFIED: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NO_CATEGORY: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NO_PLACE: _ClassVar[UnroutedReason]
    UNROUTED_REASON_OUTSIDE: _ClassVar[UnroutedReason]
    UNROUTED_REASON_AMBIGUOUS: _ClassVar[UnroutedReason]
WORKLOAD_UNSPECIFIED: Workload
WORKLOAD_CITY: Workload
WORKLOAD_DISTRICT: Workload
WORKLOAD_DONG: Workload
PETITION_KIND_UNSPECIFIED: PetitionKind
PETITION_KIND_STATUTORY: PetitionKind
PETITION_KIND_INQUIRY_LAW: PetitionKind
PETITION_KIND_INQUIRY_PROC: PetitionKind
PETITION_KIND_SUGGESTION: PetitionKind
PETITION_KIND_OTHER: PetitionKind
PETITION_KIND_GRIEVANCE: PetitionKind
UNROUTED_REASON_UNSPECIFIED: UnroutedReason
UNROUTED_REASON_NO_CATEGORY: UnroutedReason
UNROUTED_REASON_NO_PLACE: UnroutedReason
UNROUTED_REASON_OUTSIDE: UnroutedReason
UNROUTED_REASON_AMBIGUOUS: UnroutedReason

class InquiryAssigned(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "attempt", "office_id", "workload", "service_code", "kind", "permit", "rule", "binding", "district_code", "dong_code", "delegated_by", "language", "channel", "received_at", "due_at", "assigned_at", "has_contact")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    DISTRICT_CODE_FIELD_NUMBER: _ClassVar[int]
    DONG_CODE_FIELD_NUMBER: _ClassVar[int]
    DELEGATED_BY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_AT_FIELD_NUMBER: _ClassVar[int]
    HAS_CONTACT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    attempt: int
    office_id: str
    workload: Workload
    service_code: str
    kind: PetitionKind
    permit: bool
    rule: str
    binding: bool
    district_code: str
    dong_code: str
    delegated_by: str
    language: str
    channel: _events_pb2.Channel
    received_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    assigned_at: _timestamp_pb2.Timestamp
    has_contact: bool
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[Workload, str]] = ..., service_code: _Optional[str] = ..., kind: _Optional[_Union[PetitionKind, str]] = ..., permit: _Optional[bool] = ..., rule: _Optional[str] = ..., binding: _Optional[bool] = ..., district_code: _Optional[str] = ..., dong_code: _Optional[str] = ..., delegated_by: _Optional[str] = ..., language: _Optional[str] = ..., channel: _Optional[_Union[_events_pb2.Channel, str]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., assigned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_contact: _Optional[bool] = ...) -> None: ...

class InquiryUnrouted(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "reason", "unrouted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNROUTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    reason: UnroutedReason
    unrouted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., reason: _Optional[_Union[UnroutedReason, str]] = ..., unrouted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
