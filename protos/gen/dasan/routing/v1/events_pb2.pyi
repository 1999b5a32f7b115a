import datetime

from dasan.common.v1 import matter_pb2 as _matter_pb2
from dasan.districts.v1 import events_pb2 as _events_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UnroutedReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNROUTED_REASON_UNSPECIFIED: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NO_CATEGORY: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NO_PLACE: _ClassVar[UnroutedReason]
    UNROUTED_REASON_OUTSIDE: _ClassVar[UnroutedReason]
    UNROUTED_REASON_AMBIGUOUS: _ClassVar[UnroutedReason]
    UNROUTED_REASON_UNSURE: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NOT_ANSWERED: _ClassVar[UnroutedReason]
    UNROUTED_REASON_NONE_OFFERED: _ClassVar[UnroutedReason]

class PlaceQuestion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLACE_QUESTION_UNSPECIFIED: _ClassVar[PlaceQuestion]
    PLACE_QUESTION_WHERE: _ClassVar[PlaceQuestion]
    PLACE_QUESTION_WHICH_DISTRICT: _ClassVar[PlaceQuestion]
    PLACE_QUESTION_WHICH_DONG: _ClassVar[PlaceQuestion]

class EscalationLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ESCALATION_LEVEL_UNSPECIFIED: _ClassVar[EscalationLevel]
    ESCALATION_LEVEL_OFFICE: _ClassVar[EscalationLevel]
    ESCALATION_LEVEL_AGENCY: _ClassVar[EscalationLevel]
    ESCALATION_LEVEL_COORDINATOR: _ClassVar[EscalationLevel]

class ArbitrationCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARBITRATION_CAUSE_UNSPECIFIED: _ClassVar[ArbitrationCause]
    ARBITRATION_CAUSE_REFUSED_TWICE: _ClassVar[ArbitrationCause]
    ARBITRATION_CAUSE_SENT_BACK: _ClassVar[ArbitrationCause]
    ARBITRATION_CAUSE_NOBODY_LEFT: _ClassVar[ArbitrationCause]
    ARBITRATION_CAUSE_NOT_TAKEN: _ClassVar[ArbitrationCause]
    ARBITRATION_CAUSE_OFFICE_CLOSED: _ClassVar[ArbitrationCause]

class LinkCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LINK_CAUSE_UNSPECIFIED: _ClassVar[LinkCause]
    LINK_CAUSE_DUPLICATE: _ClassVar[LinkCause]
UNROUTED_REASON_UNSPECIFIED: UnroutedReason
UNROUTED_REASON_NO_CATEGORY: UnroutedReason
UNROUTED_REASON_NO_PLACE: UnroutedReason
UNROUTED_REASON_OUTSIDE: UnroutedReason
UNROUTED_REASON_AMBIGUOUS: UnroutedReason
UNROUTED_REASON_UNSURE: UnroutedReason
UNROUTED_REASON_NOT_ANSWERED: UnroutedReason
UNROUTED_REASON_NONE_OFFERED: UnroutedReason
PLACE_QUESTION_UNSPECIFIED: PlaceQuestion
PLACE_QUESTION_WHERE: PlaceQuestion
PLACE_QUESTION_WHICH_DISTRICT: PlaceQuestion
PLACE_QUESTION_WHICH_DONG: PlaceQuestion
ESCALATION_LEVEL_UNSPECIFIED: EscalationLevel
ESCALATION_LEVEL_OFFICE: EscalationLevel
ESCALATION_LEVEL_AGENCY: EscalationLevel
ESCALATION_LEVEL_COORDINATOR: EscalationLevel
ARBITRATION_CAUSE_UNSPECIFIED: ArbitrationCause
ARBITRATION_CAUSE_REFUSED_TWICE: ArbitrationCause
ARBITRATION_CAUSE_SENT_BACK: ArbitrationCause
ARBITRATION_CAUSE_NOBODY_LEFT: ArbitrationCause
ARBITRATION_CAUSE_NOT_TAKEN: ArbitrationCause
ARBITRATION_CAUSE_OFFICE_CLOSED: ArbitrationCause
LINK_CAUSE_UNSPECIFIED: LinkCause
LINK_CAUSE_DUPLICATE: LinkCause

class InquiryAssigned(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "workload", "rule", "binding", "delegated_by", "due_at", "assigned_at", "previous_office_id", "decline_reason", "clock_from", "period", "ruleset_version", "confidence", "take_by", "consulted_office_ids", "other_service_codes")
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
    RULESET_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    TAKE_BY_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    OTHER_SERVICE_CODES_FIELD_NUMBER: _ClassVar[int]
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
    ruleset_version: str
    confidence: float
    take_by: _timestamp_pb2.Timestamp
    consulted_office_ids: _containers.RepeatedScalarFieldContainer[str]
    other_service_codes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., workload: _Optional[_Union[_matter_pb2.Workload, str]] = ..., rule: _Optional[str] = ..., binding: _Optional[bool] = ..., delegated_by: _Optional[str] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., assigned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., previous_office_id: _Optional[str] = ..., decline_reason: _Optional[_Union[_events_pb2.DeclineReason, str]] = ..., clock_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., period: _Optional[str] = ..., ruleset_version: _Optional[str] = ..., confidence: _Optional[float] = ..., take_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., consulted_office_ids: _Optional[_Iterable[str]] = ..., other_service_codes: _Optional[_Iterable[str]] = ...) -> None: ...

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

class PlaceAsked(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "question", "candidate_office_ids", "due_at", "asked_at", "answer_by", "number")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    question: PlaceQuestion
    candidate_office_ids: _containers.RepeatedScalarFieldContainer[str]
    due_at: _timestamp_pb2.Timestamp
    asked_at: _timestamp_pb2.Timestamp
    answer_by: _timestamp_pb2.Timestamp
    number: int
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., question: _Optional[_Union[PlaceQuestion, str]] = ..., candidate_office_ids: _Optional[_Iterable[str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., asked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., number: _Optional[int] = ...) -> None: ...

class ServiceAsked(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "candidate_service_codes", "due_at", "asked_at", "answer_by", "number")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_SERVICE_CODES_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ASKED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    candidate_service_codes: _containers.RepeatedScalarFieldContainer[str]
    due_at: _timestamp_pb2.Timestamp
    asked_at: _timestamp_pb2.Timestamp
    answer_by: _timestamp_pb2.Timestamp
    number: int
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., candidate_service_codes: _Optional[_Iterable[str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., asked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., number: _Optional[int] = ...) -> None: ...

class AssignmentEscalated(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "level", "take_by", "escalated_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TAKE_BY_FIELD_NUMBER: _ClassVar[int]
    ESCALATED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    level: EscalationLevel
    take_by: _timestamp_pb2.Timestamp
    escalated_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., level: _Optional[_Union[EscalationLevel, str]] = ..., take_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., escalated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RuleSetActivated(_message.Message):
    __slots__ = ("ruleset_version", "effective_from", "activated_at")
    RULESET_VERSION_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    ACTIVATED_AT_FIELD_NUMBER: _ClassVar[int]
    ruleset_version: str
    effective_from: _timestamp_pb2.Timestamp
    activated_at: _timestamp_pb2.Timestamp
    def __init__(self, ruleset_version: _Optional[str] = ..., effective_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., activated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ArbitrationOpened(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "cause", "refused_office_ids", "decide_by", "opened_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    REFUSED_OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    DECIDE_BY_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    cause: ArbitrationCause
    refused_office_ids: _containers.RepeatedScalarFieldContainer[str]
    decide_by: _timestamp_pb2.Timestamp
    opened_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., cause: _Optional[_Union[ArbitrationCause, str]] = ..., refused_office_ids: _Optional[_Iterable[str]] = ..., decide_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ArbitrationDecided(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "binding", "decided_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    binding: bool
    decided_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., binding: _Optional[bool] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RepeatClosed(_message.Message):
    __slots__ = ("inquiry_id", "matter", "round", "attempt", "office_id", "earlier_inquiry_ids", "committee", "closed_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    EARLIER_INQUIRY_IDS_FIELD_NUMBER: _ClassVar[int]
    COMMITTEE_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    round: int
    attempt: int
    office_id: str
    earlier_inquiry_ids: _containers.RepeatedScalarFieldContainer[str]
    committee: bool
    closed_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., earlier_inquiry_ids: _Optional[_Iterable[str]] = ..., committee: _Optional[bool] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MattersJoined(_message.Message):
    __slots__ = ("inquiry_id", "matter", "lead_inquiry_id", "joined_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    LEAD_INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    JOINED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    lead_inquiry_id: str
    joined_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., lead_inquiry_id: _Optional[str] = ..., joined_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MattersLinked(_message.Message):
    __slots__ = ("inquiry_id", "matter", "other_inquiry_id", "cause", "linked_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    OTHER_INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    LINKED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    other_inquiry_id: str
    cause: LinkCause
    linked_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., other_inquiry_id: _Optional[str] = ..., cause: _Optional[_Union[LinkCause, str]] = ..., linked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
