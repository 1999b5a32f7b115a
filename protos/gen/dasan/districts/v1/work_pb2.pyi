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

class WorkState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WORK_STATE_UNSPECIFIED: _ClassVar[WorkState]
    WORK_STATE_OPEN: _ClassVar[WorkState]
    WORK_STATE_ACCEPTED: _ClassVar[WorkState]
    WORK_STATE_ANSWERED: _ClassVar[WorkState]
    WORK_STATE_DECLINED: _ClassVar[WorkState]
    WORK_STATE_CLOSED: _ClassVar[WorkState]

class CaseState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CASE_STATE_UNSPECIFIED: _ClassVar[CaseState]
    CASE_STATE_OPENED: _ClassVar[CaseState]
    CASE_STATE_ACCEPTED: _ClassVar[CaseState]
    CASE_STATE_IN_PROGRESS: _ClassVar[CaseState]
    CASE_STATE_SUPPLEMENT_REQUESTED: _ClassVar[CaseState]
    CASE_STATE_SUPPLEMENT_UNANSWERED: _ClassVar[CaseState]
    CASE_STATE_ANSWERED: _ClassVar[CaseState]
    CASE_STATE_OBJECTED: _ClassVar[CaseState]
    CASE_STATE_DECLINED: _ClassVar[CaseState]
    CASE_STATE_WITHDRAWN: _ClassVar[CaseState]
    CASE_STATE_CLOSED: _ClassVar[CaseState]
    CASE_STATE_INSPECTION_ORDERED: _ClassVar[CaseState]
WORK_STATE_UNSPECIFIED: WorkState
WORK_STATE_OPEN: WorkState
WORK_STATE_ACCEPTED: WorkState
WORK_STATE_ANSWERED: WorkState
WORK_STATE_DECLINED: WorkState
WORK_STATE_CLOSED: WorkState
CASE_STATE_UNSPECIFIED: CaseState
CASE_STATE_OPENED: CaseState
CASE_STATE_ACCEPTED: CaseState
CASE_STATE_IN_PROGRESS: CaseState
CASE_STATE_SUPPLEMENT_REQUESTED: CaseState
CASE_STATE_SUPPLEMENT_UNANSWERED: CaseState
CASE_STATE_ANSWERED: CaseState
CASE_STATE_OBJECTED: CaseState
CASE_STATE_DECLINED: CaseState
CASE_STATE_WITHDRAWN: CaseState
CASE_STATE_CLOSED: CaseState
CASE_STATE_INSPECTION_ORDERED: CaseState

class WatchWorkRequest(_message.Message):
    __slots__ = ("include_accepted", "resume_token")
    INCLUDE_ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    include_accepted: bool
    resume_token: str
    def __init__(self, include_accepted: _Optional[bool] = ..., resume_token: _Optional[str] = ...) -> None: ...

class WatchWorkResponse(_message.Message):
    __slots__ = ("item", "caught_up", "heartbeat", "snapshot_begins", "resume_token")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_BEGINS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    item: WorkItem
    caught_up: CaughtUp
    heartbeat: Heartbeat
    snapshot_begins: SnapshotBegins
    resume_token: str
    def __init__(self, item: _Optional[_Union[WorkItem, _Mapping]] = ..., caught_up: _Optional[_Union[CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., snapshot_begins: _Optional[_Union[SnapshotBegins, _Mapping]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class CaughtUp(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SnapshotBegins(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WorkItem(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "service_code", "permit", "binding", "round", "attempt", "state", "due_at", "opened_at", "version", "language", "kind", "to_designate", "needs_document", "overdue_level", "progress_notices", "take_by", "consulted_office_ids", "joined_inquiry_ids", "linked_inquiry_ids", "case_state", "supplement_by", "extensions", "assignee", "objection_decide_by", "awaited_office_ids", "document_no", "inspection_by", "objection_overdue_level")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    BINDING_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TO_DESIGNATE_FIELD_NUMBER: _ClassVar[int]
    NEEDS_DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_NOTICES_FIELD_NUMBER: _ClassVar[int]
    TAKE_BY_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    JOINED_INQUIRY_IDS_FIELD_NUMBER: _ClassVar[int]
    LINKED_INQUIRY_IDS_FIELD_NUMBER: _ClassVar[int]
    CASE_STATE_FIELD_NUMBER: _ClassVar[int]
    SUPPLEMENT_BY_FIELD_NUMBER: _ClassVar[int]
    EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_DECIDE_BY_FIELD_NUMBER: _ClassVar[int]
    AWAITED_OFFICE_IDS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_NO_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_BY_FIELD_NUMBER: _ClassVar[int]
    OBJECTION_OVERDUE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    service_code: str
    permit: bool
    binding: bool
    round: int
    attempt: int
    state: WorkState
    due_at: _timestamp_pb2.Timestamp
    opened_at: _timestamp_pb2.Timestamp
    version: int
    language: str
    kind: _matter_pb2.PetitionKind
    to_designate: bool
    needs_document: bool
    overdue_level: _events_pb2.OverdueLevel
    progress_notices: int
    take_by: _timestamp_pb2.Timestamp
    consulted_office_ids: _containers.RepeatedScalarFieldContainer[str]
    joined_inquiry_ids: _containers.RepeatedScalarFieldContainer[str]
    linked_inquiry_ids: _containers.RepeatedScalarFieldContainer[str]
    case_state: CaseState
    supplement_by: _timestamp_pb2.Timestamp
    extensions: int
    assignee: str
    objection_decide_by: _timestamp_pb2.Timestamp
    awaited_office_ids: _containers.RepeatedScalarFieldContainer[str]
    document_no: str
    inspection_by: _timestamp_pb2.Timestamp
    objection_overdue_level: _events_pb2.OverdueLevel
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., service_code: _Optional[str] = ..., permit: _Optional[bool] = ..., binding: _Optional[bool] = ..., round: _Optional[int] = ..., attempt: _Optional[int] = ..., state: _Optional[_Union[WorkState, str]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., version: _Optional[int] = ..., language: _Optional[str] = ..., kind: _Optional[_Union[_matter_pb2.PetitionKind, str]] = ..., to_designate: _Optional[bool] = ..., needs_document: _Optional[bool] = ..., overdue_level: _Optional[_Union[_events_pb2.OverdueLevel, str]] = ..., progress_notices: _Optional[int] = ..., take_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., consulted_office_ids: _Optional[_Iterable[str]] = ..., joined_inquiry_ids: _Optional[_Iterable[str]] = ..., linked_inquiry_ids: _Optional[_Iterable[str]] = ..., case_state: _Optional[_Union[CaseState, str]] = ..., supplement_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extensions: _Optional[int] = ..., assignee: _Optional[str] = ..., objection_decide_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., awaited_office_ids: _Optional[_Iterable[str]] = ..., document_no: _Optional[str] = ..., inspection_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., objection_overdue_level: _Optional[_Union[_events_pb2.OverdueLevel, str]] = ...) -> None: ...

class GetCaseRequest(_message.Message):
    __slots__ = ("inquiry_id",)
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    def __init__(self, inquiry_id: _Optional[str] = ...) -> None: ...

class GetCaseResponse(_message.Message):
    __slots__ = ("item", "text", "address", "lat", "lon", "dong_code", "dong_name", "service_name", "form", "office_id", "read_only")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    LAT_FIELD_NUMBER: _ClassVar[int]
    LON_FIELD_NUMBER: _ClassVar[int]
    DONG_CODE_FIELD_NUMBER: _ClassVar[int]
    DONG_NAME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    READ_ONLY_FIELD_NUMBER: _ClassVar[int]
    item: WorkItem
    text: str
    address: str
    lat: float
    lon: float
    dong_code: str
    dong_name: str
    service_name: str
    form: _containers.RepeatedCompositeFieldContainer[FormAnswer]
    office_id: str
    read_only: bool
    def __init__(self, item: _Optional[_Union[WorkItem, _Mapping]] = ..., text: _Optional[str] = ..., address: _Optional[str] = ..., lat: _Optional[float] = ..., lon: _Optional[float] = ..., dong_code: _Optional[str] = ..., dong_name: _Optional[str] = ..., service_name: _Optional[str] = ..., form: _Optional[_Iterable[_Union[FormAnswer, _Mapping]]] = ..., office_id: _Optional[str] = ..., read_only: _Optional[bool] = ...) -> None: ...

class FormAnswer(_message.Message):
    __slots__ = ("code", "name", "value", "choice_name")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CHOICE_NAME_FIELD_NUMBER: _ClassVar[int]
    code: str
    name: str
    value: str
    choice_name: str
    def __init__(self, code: _Optional[str] = ..., name: _Optional[str] = ..., value: _Optional[str] = ..., choice_name: _Optional[str] = ...) -> None: ...

class AcceptRequest(_message.Message):
    __slots__ = ("inquiry_id", "occurred_at", "command_id", "expected_version")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    def __init__(self, inquiry_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class AcceptResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: WorkItem
    def __init__(self, item: _Optional[_Union[WorkItem, _Mapping]] = ...) -> None: ...

class DeclineRequest(_message.Message):
    __slots__ = ("inquiry_id", "reason", "suggested_office_id", "occurred_at", "command_id", "expected_version")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SUGGESTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    reason: _events_pb2.DeclineReason
    suggested_office_id: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    def __init__(self, inquiry_id: _Optional[str] = ..., reason: _Optional[_Union[_events_pb2.DeclineReason, str]] = ..., suggested_office_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class DeclineResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: WorkItem
    def __init__(self, item: _Optional[_Union[WorkItem, _Mapping]] = ...) -> None: ...

class AnswerRequest(_message.Message):
    __slots__ = ("inquiry_id", "text", "occurred_at", "command_id", "expected_version", "officer_unit", "officer_name", "officer_phone", "officer_code")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OFFICER_UNIT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_NAME_FIELD_NUMBER: _ClassVar[int]
    OFFICER_PHONE_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    text: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    officer_unit: str
    officer_name: str
    officer_phone: str
    officer_code: str
    def __init__(self, inquiry_id: _Optional[str] = ..., text: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., officer_unit: _Optional[str] = ..., officer_name: _Optional[str] = ..., officer_phone: _Optional[str] = ..., officer_code: _Optional[str] = ...) -> None: ...

class AnswerResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: WorkItem
    def __init__(self, item: _Optional[_Union[WorkItem, _Mapping]] = ...) -> None: ...

class DecidePermitRequest(_message.Message):
    __slots__ = ("inquiry_id", "decision", "text", "occurred_at", "command_id", "expected_version", "officer_unit", "officer_name", "officer_phone", "conditions", "valid_until", "holder", "to_be_collected", "officer_code")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OFFICER_UNIT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_NAME_FIELD_NUMBER: _ClassVar[int]
    OFFICER_PHONE_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    HOLDER_FIELD_NUMBER: _ClassVar[int]
    TO_BE_COLLECTED_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    decision: _events_pb2.PermitDecision
    text: str
    occurred_at: _timestamp_pb2.Timestamp
    command_id: str
    expected_version: int
    officer_unit: str
    officer_name: str
    officer_phone: str
    conditions: _containers.RepeatedScalarFieldContainer[str]
    valid_until: str
    holder: str
    to_be_collected: bool
    officer_code: str
    def __init__(self, inquiry_id: _Optional[str] = ..., decision: _Optional[_Union[_events_pb2.PermitDecision, str]] = ..., text: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., officer_unit: _Optional[str] = ..., officer_name: _Optional[str] = ..., officer_phone: _Optional[str] = ..., conditions: _Optional[_Iterable[str]] = ..., valid_until: _Optional[str] = ..., holder: _Optional[str] = ..., to_be_collected: _Optional[bool] = ..., officer_code: _Optional[str] = ...) -> None: ...

class DecidePermitResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: WorkItem
    def __init__(self, item: _Optional[_Union[WorkItem, _Mapping]] = ...) -> None: ...

class ListWorkRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "due_before", "kind", "service_code", "states", "permit_only", "assignee")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PERMIT_ONLY_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    due_before: _timestamp_pb2.Timestamp
    kind: _matter_pb2.PetitionKind
    service_code: str
    states: _containers.RepeatedScalarFieldContainer[WorkState]
    permit_only: bool
    assignee: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., due_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[_Union[_matter_pb2.PetitionKind, str]] = ..., service_code: _Optional[str] = ..., states: _Optional[_Iterable[_Union[WorkState, str]]] = ..., permit_only: _Optional[bool] = ..., assignee: _Optional[str] = ...) -> None: ...

class ListWorkResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[WorkItem]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[WorkItem, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcceptManyRequest(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[AcceptRequest]
    def __init__(self, items: _Optional[_Iterable[_Union[AcceptRequest, _Mapping]]] = ...) -> None: ...

class AcceptManyResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CommandResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CommandResult, _Mapping]]] = ...) -> None: ...

class AnswerManyRequest(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[AnswerRequest]
    def __init__(self, items: _Optional[_Iterable[_Union[AnswerRequest, _Mapping]]] = ...) -> None: ...

class AnswerManyResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CommandResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CommandResult, _Mapping]]] = ...) -> None: ...

class CommandResult(_message.Message):
    __slots__ = ("inquiry_id", "item", "refusal")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    item: WorkItem
    refusal: CommandRefusal
    def __init__(self, inquiry_id: _Optional[str] = ..., item: _Optional[_Union[WorkItem, _Mapping]] = ..., refusal: _Optional[_Union[CommandRefusal, _Mapping]] = ...) -> None: ...

class CommandRefusal(_message.Message):
    __slots__ = ("code", "slug", "message", "field", "version", "allowed")
    CODE_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    code: int
    slug: str
    message: str
    field: str
    version: int
    allowed: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, code: _Optional[int] = ..., slug: _Optional[str] = ..., message: _Optional[str] = ..., field: _Optional[str] = ..., version: _Optional[int] = ..., allowed: _Optional[_Iterable[str]] = ...) -> None: ...
