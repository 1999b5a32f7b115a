import datetime

from dasan.options.v1 import options_pb2 as _options_pb2
from dasan.routing.v1 import events_pb2 as _events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeclineReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DECLINE_REASON_UNSPECIFIED: _ClassVar[DeclineReason]
    DECLINE_REASON_NOT_COMPETENT: _ClassVar[DeclineReason]
    DECLINE_REASON_WRONG_PLACE: _ClassVar[DeclineReason]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_ANSWERED: _ClassVar[Outcome]
    OUTCOME_PERMIT_GRANTED: _ClassVar[Outcome]
    OUTCOME_PERMIT_REFUSED: _ClassVar[Outcome]
DECLINE_REASON_UNSPECIFIED: DeclineReason
DECLINE_REASON_NOT_COMPETENT: DeclineReason
DECLINE_REASON_WRONG_PLACE: DeclineReason
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_ANSWERED: Outcome
OUTCOME_PERMIT_GRANTED: Outcome
OUTCOME_PERMIT_REFUSED: Outcome

class CaseOpened(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "office_id", "workload", "service_code", "attempt", "permit", "due_at", "opened_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: _events_pb2.Workload
    service_code: str
    attempt: int
    permit: bool
    due_at: _timestamp_pb2.Timestamp
    opened_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_events_pb2.Workload, str]] = ..., service_code: _Optional[str] = ..., attempt: _Optional[int] = ..., permit: _Optional[bool] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseAccepted(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "office_id", "accepted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    office_id: str
    accepted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., office_id: _Optional[str] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseDeclined(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "office_id", "attempt", "reason", "suggested_office_id", "declined_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUGGESTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DECLINED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    office_id: str
    attempt: int
    reason: DeclineReason
    suggested_office_id: str
    declined_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., office_id: _Optional[str] = ..., attempt: _Optional[int] = ..., reason: _Optional[_Union[DeclineReason, str]] = ..., suggested_office_id: _Optional[str] = ..., declined_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseAnswered(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "office_id", "workload", "service_code", "outcome", "language", "received_at", "due_at", "answered_at", "overdue", "has_contact")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    HAS_CONTACT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: _events_pb2.Workload
    service_code: str
    outcome: Outcome
    language: str
    received_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    answered_at: _timestamp_pb2.Timestamp
    overdue: bool
    has_contact: bool
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_events_pb2.Workload, str]] = ..., service_code: _Optional[str] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., language: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue: _Optional[bool] = ..., has_contact: _Optional[bool] = ...) -> None: ...

class PermitDecided(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "service_code", "office_id", "delegated_by", "granted", "decided_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DELEGATED_BY_FIELD_NUMBER: _ClassVar[int]
    GRANTED_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    service_code: str
    office_id: str
    delegated_by: str
    granted: bool
    decided_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., service_code: _Optional[str] = ..., office_id: _Optional[str] = ..., delegated_by: _Optional[str] = ..., granted: _Optional[bool] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
