import datetime

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

class CompetenceReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPETENCE_REASON_UNSPECIFIED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_DELEGATED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_NOT_GRANTED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_NOT_YET: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_EXPIRED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_SUSPENDED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_RECALLED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_RETURNED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_CANCELLED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_OFFICE_CLOSED: _ClassVar[CompetenceReason]
    COMPETENCE_REASON_DISTRICT: _ClassVar[CompetenceReason]

class DelegationStep(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELEGATION_STEP_UNSPECIFIED: _ClassVar[DelegationStep]
    DELEGATION_STEP_READINESS: _ClassVar[DelegationStep]
    DELEGATION_STEP_GRANTED: _ClassVar[DelegationStep]
    DELEGATION_STEP_SUSPENDED: _ClassVar[DelegationStep]
    DELEGATION_STEP_RESUMED: _ClassVar[DelegationStep]
    DELEGATION_STEP_RECALLED: _ClassVar[DelegationStep]
    DELEGATION_STEP_CANCELLED: _ClassVar[DelegationStep]
COMPETENCE_REASON_UNSPECIFIED: CompetenceReason
COMPETENCE_REASON_DELEGATED: CompetenceReason
COMPETENCE_REASON_NOT_GRANTED: CompetenceReason
COMPETENCE_REASON_NOT_YET: CompetenceReason
COMPETENCE_REASON_EXPIRED: CompetenceReason
COMPETENCE_REASON_SUSPENDED: CompetenceReason
COMPETENCE_REASON_RECALLED: CompetenceReason
COMPETENCE_REASON_RETURNED: CompetenceReason
COMPETENCE_REASON_CANCELLED: CompetenceReason
COMPETENCE_REASON_OFFICE_CLOSED: CompetenceReason
COMPETENCE_REASON_DISTRICT: CompetenceReason
DELEGATION_STEP_UNSPECIFIED: DelegationStep
DELEGATION_STEP_READINESS: DelegationStep
DELEGATION_STEP_GRANTED: DelegationStep
DELEGATION_STEP_SUSPENDED: DelegationStep
DELEGATION_STEP_RESUMED: DelegationStep
DELEGATION_STEP_RECALLED: DelegationStep
DELEGATION_STEP_CANCELLED: DelegationStep

class Delegation(_message.Message):
    __slots__ = ("delegation_id", "district_code", "service_code", "version", "grants", "periods")
    DELEGATION_ID_FIELD_NUMBER: _ClassVar[int]
    DISTRICT_CODE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    GRANTS_FIELD_NUMBER: _ClassVar[int]
    PERIODS_FIELD_NUMBER: _ClassVar[int]
    delegation_id: str
    district_code: str
    service_code: str
    version: int
    grants: _containers.RepeatedCompositeFieldContainer[DelegationGrant]
    periods: _containers.RepeatedCompositeFieldContainer[_events_pb2.DelegationPeriod]
    def __init__(self, delegation_id: _Optional[str] = ..., district_code: _Optional[str] = ..., service_code: _Optional[str] = ..., version: _Optional[int] = ..., grants: _Optional[_Iterable[_Union[DelegationGrant, _Mapping]]] = ..., periods: _Optional[_Iterable[_Union[_events_pb2.DelegationPeriod, _Mapping]]] = ...) -> None: ...

class DelegationGrant(_message.Message):
    __slots__ = ("grant_id", "office_id", "legal_basis", "valid_from", "valid_until", "seeded", "entered_at", "recalled_from", "recall_effect", "cancelled")
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    SEEDED_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    RECALLED_FROM_FIELD_NUMBER: _ClassVar[int]
    RECALL_EFFECT_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    grant_id: int
    office_id: str
    legal_basis: str
    valid_from: str
    valid_until: str
    seeded: bool
    entered_at: _timestamp_pb2.Timestamp
    recalled_from: str
    recall_effect: _events_pb2.RecallEffect
    cancelled: bool
    def __init__(self, grant_id: _Optional[int] = ..., office_id: _Optional[str] = ..., legal_basis: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ..., seeded: _Optional[bool] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recalled_from: _Optional[str] = ..., recall_effect: _Optional[_Union[_events_pb2.RecallEffect, str]] = ..., cancelled: _Optional[bool] = ...) -> None: ...

class DelegationHistoryEntry(_message.Message):
    __slots__ = ("step", "grant_id", "office_id", "entered_at", "by_office_id", "officer_code", "valid_from", "valid_until", "detail")
    STEP_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    BY_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    step: DelegationStep
    grant_id: int
    office_id: str
    entered_at: _timestamp_pb2.Timestamp
    by_office_id: str
    officer_code: str
    valid_from: str
    valid_until: str
    detail: str
    def __init__(self, step: _Optional[_Union[DelegationStep, str]] = ..., grant_id: _Optional[int] = ..., office_id: _Optional[str] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., by_office_id: _Optional[str] = ..., officer_code: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class RecordReadinessRequest(_message.Message):
    __slots__ = ("service_code", "office_ids", "monthly_capacity", "checked_on", "trained_on", "officer_code", "command_id", "expected_version")
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    MONTHLY_CAPACITY_FIELD_NUMBER: _ClassVar[int]
    CHECKED_ON_FIELD_NUMBER: _ClassVar[int]
    TRAINED_ON_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_code: str
    office_ids: _containers.RepeatedScalarFieldContainer[str]
    monthly_capacity: int
    checked_on: str
    trained_on: str
    officer_code: str
    command_id: str
    expected_version: int
    def __init__(self, service_code: _Optional[str] = ..., office_ids: _Optional[_Iterable[str]] = ..., monthly_capacity: _Optional[int] = ..., checked_on: _Optional[str] = ..., trained_on: _Optional[str] = ..., officer_code: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RecordReadinessResponse(_message.Message):
    __slots__ = ("delegation",)
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    delegation: Delegation
    def __init__(self, delegation: _Optional[_Union[Delegation, _Mapping]] = ...) -> None: ...

class GrantDelegationRequest(_message.Message):
    __slots__ = ("service_code", "office_ids", "legal_basis", "valid_from", "valid_until", "officer_code", "command_id", "expected_version")
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_code: str
    office_ids: _containers.RepeatedScalarFieldContainer[str]
    legal_basis: str
    valid_from: str
    valid_until: str
    officer_code: str
    command_id: str
    expected_version: int
    def __init__(self, service_code: _Optional[str] = ..., office_ids: _Optional[_Iterable[str]] = ..., legal_basis: _Optional[str] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ..., officer_code: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class GrantDelegationResponse(_message.Message):
    __slots__ = ("delegation",)
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    delegation: Delegation
    def __init__(self, delegation: _Optional[_Union[Delegation, _Mapping]] = ...) -> None: ...

class SuspendDelegationRequest(_message.Message):
    __slots__ = ("service_code", "grant_id", "valid_from", "valid_until", "reason", "officer_code", "command_id", "expected_version")
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_code: str
    grant_id: int
    valid_from: str
    valid_until: str
    reason: str
    officer_code: str
    command_id: str
    expected_version: int
    def __init__(self, service_code: _Optional[str] = ..., grant_id: _Optional[int] = ..., valid_from: _Optional[str] = ..., valid_until: _Optional[str] = ..., reason: _Optional[str] = ..., officer_code: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class SuspendDelegationResponse(_message.Message):
    __slots__ = ("delegation",)
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    delegation: Delegation
    def __init__(self, delegation: _Optional[_Union[Delegation, _Mapping]] = ...) -> None: ...

class ResumeDelegationRequest(_message.Message):
    __slots__ = ("service_code", "grant_id", "valid_from", "officer_code", "command_id", "expected_version")
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_code: str
    grant_id: int
    valid_from: str
    officer_code: str
    command_id: str
    expected_version: int
    def __init__(self, service_code: _Optional[str] = ..., grant_id: _Optional[int] = ..., valid_from: _Optional[str] = ..., officer_code: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class ResumeDelegationResponse(_message.Message):
    __slots__ = ("delegation",)
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    delegation: Delegation
    def __init__(self, delegation: _Optional[_Union[Delegation, _Mapping]] = ...) -> None: ...

class RecallDelegationRequest(_message.Message):
    __slots__ = ("service_code", "grant_id", "valid_from", "effect", "reason", "officer_code", "command_id", "expected_version")
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_code: str
    grant_id: int
    valid_from: str
    effect: _events_pb2.RecallEffect
    reason: str
    officer_code: str
    command_id: str
    expected_version: int
    def __init__(self, service_code: _Optional[str] = ..., grant_id: _Optional[int] = ..., valid_from: _Optional[str] = ..., effect: _Optional[_Union[_events_pb2.RecallEffect, str]] = ..., reason: _Optional[str] = ..., officer_code: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RecallDelegationResponse(_message.Message):
    __slots__ = ("delegation",)
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    delegation: Delegation
    def __init__(self, delegation: _Optional[_Union[Delegation, _Mapping]] = ...) -> None: ...

class CancelDelegationRequest(_message.Message):
    __slots__ = ("service_code", "grant_id", "reason", "officer_code", "command_id", "expected_version")
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    service_code: str
    grant_id: int
    reason: str
    officer_code: str
    command_id: str
    expected_version: int
    def __init__(self, service_code: _Optional[str] = ..., grant_id: _Optional[int] = ..., reason: _Optional[str] = ..., officer_code: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class CancelDelegationResponse(_message.Message):
    __slots__ = ("delegation",)
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    delegation: Delegation
    def __init__(self, delegation: _Optional[_Union[Delegation, _Mapping]] = ...) -> None: ...

class ListDelegationsRequest(_message.Message):
    __slots__ = ("district_code", "service_code", "office_id", "on", "page_size", "page_token")
    DISTRICT_CODE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    district_code: str
    service_code: str
    office_id: str
    on: str
    page_size: int
    page_token: str
    def __init__(self, district_code: _Optional[str] = ..., service_code: _Optional[str] = ..., office_id: _Optional[str] = ..., on: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDelegationsResponse(_message.Message):
    __slots__ = ("delegations", "next_page_token")
    DELEGATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    delegations: _containers.RepeatedCompositeFieldContainer[Delegation]
    next_page_token: str
    def __init__(self, delegations: _Optional[_Iterable[_Union[Delegation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetDelegationRequest(_message.Message):
    __slots__ = ("district_code", "service_code")
    DISTRICT_CODE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    district_code: str
    service_code: str
    def __init__(self, district_code: _Optional[str] = ..., service_code: _Optional[str] = ...) -> None: ...

class GetDelegationResponse(_message.Message):
    __slots__ = ("delegation", "history")
    DELEGATION_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    delegation: Delegation
    history: _containers.RepeatedCompositeFieldContainer[DelegationHistoryEntry]
    def __init__(self, delegation: _Optional[_Union[Delegation, _Mapping]] = ..., history: _Optional[_Iterable[_Union[DelegationHistoryEntry, _Mapping]]] = ...) -> None: ...

class FindCompetentRequest(_message.Message):
    __slots__ = ("service_code", "place_code", "on")
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    PLACE_CODE_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    service_code: str
    place_code: str
    on: str
    def __init__(self, service_code: _Optional[str] = ..., place_code: _Optional[str] = ..., on: _Optional[str] = ...) -> None: ...

class FindCompetentResponse(_message.Message):
    __slots__ = ("office_id", "reason", "legal_basis", "grant_id", "on", "periods", "history", "pending_office_id", "pending_reason")
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEGAL_BASIS_FIELD_NUMBER: _ClassVar[int]
    GRANT_ID_FIELD_NUMBER: _ClassVar[int]
    ON_FIELD_NUMBER: _ClassVar[int]
    PERIODS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    PENDING_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    PENDING_REASON_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    reason: CompetenceReason
    legal_basis: str
    grant_id: int
    on: str
    periods: _containers.RepeatedCompositeFieldContainer[_events_pb2.DelegationPeriod]
    history: _containers.RepeatedCompositeFieldContainer[DelegationHistoryEntry]
    pending_office_id: str
    pending_reason: CompetenceReason
    def __init__(self, office_id: _Optional[str] = ..., reason: _Optional[_Union[CompetenceReason, str]] = ..., legal_basis: _Optional[str] = ..., grant_id: _Optional[int] = ..., on: _Optional[str] = ..., periods: _Optional[_Iterable[_Union[_events_pb2.DelegationPeriod, _Mapping]]] = ..., history: _Optional[_Iterable[_Union[DelegationHistoryEntry, _Mapping]]] = ..., pending_office_id: _Optional[str] = ..., pending_reason: _Optional[_Union[CompetenceReason, str]] = ...) -> None: ...
