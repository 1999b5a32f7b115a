import datetime

from dasan.common.v1 import matter_pb2 as _matter_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
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
    OUTCOME_PERMIT_GRANTED_CONDITIONALLY: _ClassVar[Outcome]
    OUTCOME_PERMIT_REFUSED: _ClassVar[Outcome]
    OUTCOME_RETURNED: _ClassVar[Outcome]

class PermitDecision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERMIT_DECISION_UNSPECIFIED: _ClassVar[PermitDecision]
    PERMIT_DECISION_GRANTED: _ClassVar[PermitDecision]
    PERMIT_DECISION_GRANTED_CONDITIONALLY: _ClassVar[PermitDecision]
    PERMIT_DECISION_REFUSED: _ClassVar[PermitDecision]

class OverdueLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERDUE_LEVEL_UNSPECIFIED: _ClassVar[OverdueLevel]
    OVERDUE_LEVEL_EXAMINER: _ClassVar[OverdueLevel]
    OVERDUE_LEVEL_HEAD: _ClassVar[OverdueLevel]
    OVERDUE_LEVEL_CITY: _ClassVar[OverdueLevel]

class RecountCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECOUNT_CAUSE_UNSPECIFIED: _ClassVar[RecountCause]
    RECOUNT_CAUSE_HOLIDAY: _ClassVar[RecountCause]
    RECOUNT_CAUSE_SUPPLEMENTED: _ClassVar[RecountCause]
    RECOUNT_CAUSE_EXTENDED: _ClassVar[RecountCause]
    RECOUNT_CAUSE_INSPECTED: _ClassVar[RecountCause]

class ExtensionReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXTENSION_REASON_UNSPECIFIED: _ClassVar[ExtensionReason]
    EXTENSION_REASON_INVESTIGATION: _ClassVar[ExtensionReason]
    EXTENSION_REASON_CONSULTATION: _ClassVar[ExtensionReason]
    EXTENSION_REASON_REVIEW: _ClassVar[ExtensionReason]
    EXTENSION_REASON_SURGE: _ClassVar[ExtensionReason]

class CaseClosedCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_CLOSED_CAUSE_UNSPECIFIED: _ClassVar[CaseClosedCause]
    CASE_CLOSED_CAUSE_WITHDRAWN: _ClassVar[CaseClosedCause]
    CASE_CLOSED_CAUSE_DEEMED_WITHDRAWN: _ClassVar[CaseClosedCause]

class RecallEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECALL_EFFECT_UNSPECIFIED: _ClassVar[RecallEffect]
    RECALL_EFFECT_STAY: _ClassVar[RecallEffect]
    RECALL_EFFECT_RETURN: _ClassVar[RecallEffect]
DECLINE_REASON_UNSPECIFIED: DeclineReason
DECLINE_REASON_NOT_COMPETENT: DeclineReason
DECLINE_REASON_WRONG_PLACE: DeclineReason
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_ANSWERED: Outcome
OUTCOME_PERMIT_GRANTED: Outcome
OUTCOME_PERMIT_GRANTED_CONDITIONALLY: Outcome
OUTCOME_PERMIT_REFUSED: Outcome
OUTCOME_RETURNED: Outcome
PERMIT_DECISION_UNSPECIFIED: PermitDecision
PERMIT_DECISION_GRANTED: PermitDecision
PERMIT_DECISION_GRANTED_CONDITIONALLY: PermitDecision
PERMIT_DECISION_REFUSED: PermitDecision
OVERDUE_LEVEL_UNSPECIFIED: OverdueLevel
OVERDUE_LEVEL_EXAMINER: OverdueLevel
OVERDUE_LEVEL_HEAD: OverdueLevel
OVERDUE_LEVEL_CITY: OverdueLevel
RECOUNT_CAUSE_UNSPECIFIED: RecountCause
RECOUNT_CAUSE_HOLIDAY: RecountCause
RECOUNT_CAUSE_SUPPLEMENTED: RecountCause
RECOUNT_CAUSE_EXTENDED: RecountCause
RECOUNT_CAUSE_INSPECTED: RecountCause
EXTENSION_REASON_UNSPECIFIED: ExtensionReason
EXTENSION_REASON_INVESTIGATION: ExtensionReason
EXTENSION_REASON_CONSULTATION: ExtensionReason
EXTENSION_REASON_REVIEW: ExtensionReason
EXTENSION_REASON_SURGE: ExtensionReason
CASE_CLOSED_CAUSE_UNSPECIFIED: CaseClosedCause
CASE_CLOSED_CAUSE_WITHDRAWN: CaseClosedCause
CASE_CLOSED_CAUSE_DEEMED_WITHDRAWN: CaseClosedCause
RECALL_EFFECT_UNSPECIFIED: RecallEffect
RECALL_EFFECT_STAY: RecallEffect
RECALL_EFFECT_RETURN: RecallEffect

class CaseOpened(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "workload", "due_at", "opened_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    workload: _matter_pb2.Workload
    due_at: _timestamp_pb2.Timestamp
    opened_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_matter_pb2.Workload, str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseAccepted(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "accepted_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    accepted_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., accepted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseDeclined(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "reason", "suggested_office_id", "declined_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUGGESTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DECLINED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    reason: DeclineReason
    suggested_office_id: str
    declined_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., reason: _Optional[_Union[DeclineReason, str]] = ..., suggested_office_id: _Optional[str] = ..., declined_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseAnswered(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "workload", "outcome", "due_at", "answered_at", "overdue", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    workload: _matter_pb2.Workload
    outcome: Outcome
    due_at: _timestamp_pb2.Timestamp
    answered_at: _timestamp_pb2.Timestamp
    overdue: bool
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_matter_pb2.Workload, str]] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue: _Optional[bool] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PermitDecided(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "office_id", "delegated_by", "decision", "decided_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DELEGATED_BY_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    office_id: str
    delegated_by: str
    decision: PermitDecision
    decided_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., delegated_by: _Optional[str] = ..., decision: _Optional[_Union[PermitDecision, str]] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseOverdue(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "level", "due_at", "overdue_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    level: OverdueLevel
    due_at: _timestamp_pb2.Timestamp
    overdue_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., level: _Optional[_Union[OverdueLevel, str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ProgressNoticeDue(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "accepted", "due_at", "overdue", "notice_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    NOTICE_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    accepted: bool
    due_at: _timestamp_pb2.Timestamp
    overdue: bool
    notice_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., accepted: _Optional[bool] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue: _Optional[bool] = ..., notice_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DeadlineRecounted(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "cause", "due_before", "due_at", "recounted_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    RECOUNTED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    cause: RecountCause
    due_before: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    recounted_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., cause: _Optional[_Union[RecountCause, str]] = ..., due_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recounted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DelegationPeriod(_message.Message):
    __slots__ = ("office_id", "valid_from", "valid_until", "returned_on", "legal_basis")
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    RETURNED_ON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    valid_from: str
    valid_until: str
    returned_on: str
    legal_basis: str
    def __init__(self, office_id: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ..., returned_on: _Optional[str] = ..., legal_basis: _Optional[str] = ...) -> None: ...

class DelegationRecorded(_message.Message):
    __slots__ = ("delegation_id", "district_code", "service_code", "revision", "periods", "recorded_at")
    DELEGATION_ID_FIELD_NUMBER: _ClassVar[int]
    DISTRICT_CODE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PERIODS_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    delegation_id: str
    district_code: str
    service_code: str
    revision: int
    periods: _containers.RepeatedCompositeFieldContainer[DelegationPeriod]
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, delegation_id: _Optional[str] = ..., district_code: _Optional[str] = ..., service_code: _Optional[str] = ..., revision: _Optional[int] = ..., periods: _Optional[_Iterable[_Union[DelegationPeriod, _Mapping]]] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SupplementRequested(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "answer_by", "requested_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    answer_by: _timestamp_pb2.Timestamp
    requested_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SupplementProlonged(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "answer_before", "answer_by", "prolonged_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BEFORE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    PROLONGED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    answer_before: _timestamp_pb2.Timestamp
    answer_by: _timestamp_pb2.Timestamp
    prolonged_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., answer_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., prolonged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SupplementReceived(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "late", "due_at", "received_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    late: bool
    due_at: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., late: _Optional[bool] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SupplementUnanswered(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "due_at", "unanswered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    UNANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    due_at: _timestamp_pb2.Timestamp
    unanswered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., unanswered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseExtended(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "reason", "consent", "due_before", "due_at", "extended_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    reason: ExtensionReason
    consent: bool
    due_before: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    extended_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., reason: _Optional[_Union[ExtensionReason, str]] = ..., consent: _Optional[bool] = ..., due_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConsultationRequested(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "consulted_office_id", "due_at", "requested_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    due_at: _timestamp_pb2.Timestamp
    requested_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., consulted_office_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConsultationAnswered(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "consulted_office_id", "due_at", "answered_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    due_at: _timestamp_pb2.Timestamp
    answered_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., consulted_office_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseWithdrawn(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "deemed", "withdrawn_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DEEMED_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    deemed: bool
    withdrawn_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., deemed: _Optional[bool] = ..., withdrawn_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ObjectionFiled(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "decide_by", "filed_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DECIDE_BY_FIELD_NUMBER: _ClassVar[int]
    FILED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    decide_by: _timestamp_pb2.Timestamp
    filed_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., decide_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., filed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ObjectionExtended(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "reason", "due_before", "due_at", "extended_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    reason: ExtensionReason
    due_before: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    extended_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., reason: _Optional[_Union[ExtensionReason, str]] = ..., due_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ObjectionDecided(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "upheld", "decide_by", "decided_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    UPHELD_FIELD_NUMBER: _ClassVar[int]
    DECIDE_BY_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    upheld: bool
    decide_by: _timestamp_pb2.Timestamp
    decided_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., upheld: _Optional[bool] = ..., decide_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CaseClosed(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "cause", "closed_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    cause: CaseClosedCause
    closed_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., cause: _Optional[_Union[CaseClosedCause, str]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InspectionOrdered(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "ends_by", "ordered_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ENDS_BY_FIELD_NUMBER: _ClassVar[int]
    ORDERED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    ends_by: _timestamp_pb2.Timestamp
    ordered_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., ends_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ordered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InspectionProlonged(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "ends_before", "ends_by", "prolonged_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ENDS_BEFORE_FIELD_NUMBER: _ClassVar[int]
    ENDS_BY_FIELD_NUMBER: _ClassVar[int]
    PROLONGED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    ends_before: _timestamp_pb2.Timestamp
    ends_by: _timestamp_pb2.Timestamp
    prolonged_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., ends_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., prolonged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InspectionDone(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "due_at", "done_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    DONE_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    due_at: _timestamp_pb2.Timestamp
    done_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., done_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class InspectionOverrun(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "due_at", "overrun_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OVERRUN_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    due_at: _timestamp_pb2.Timestamp
    overrun_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overrun_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConsultationExtended(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "consulted_office_id", "reason", "due_before", "due_at", "extended_at", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    reason: ExtensionReason
    due_before: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    extended_at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., consulted_office_id: _Optional[str] = ..., reason: _Optional[_Union[ExtensionReason, str]] = ..., due_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConsultationOverdue(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "number", "consulted_office_id", "level", "due_at", "overdue_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    level: OverdueLevel
    due_at: _timestamp_pb2.Timestamp
    overdue_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., number: _Optional[int] = ..., consulted_office_id: _Optional[str] = ..., level: _Optional[_Union[OverdueLevel, str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ObjectionOverdue(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "level", "decide_by", "overdue_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DECIDE_BY_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    level: OverdueLevel
    decide_by: _timestamp_pb2.Timestamp
    overdue_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., level: _Optional[_Union[OverdueLevel, str]] = ..., decide_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
