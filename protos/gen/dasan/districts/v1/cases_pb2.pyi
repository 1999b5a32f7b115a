import datetime

from dasan.districts.v1 import events_pb2 as _events_pb2
from dasan.districts.v1 import work_pb2 as _work_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RequestSupplementRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "text", "days")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    text: str
    days: int
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., text: _Optional[str] = ..., days: _Optional[int] = ...) -> None: ...

class RequestSupplementResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class ProlongSupplementRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "days")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    days: int
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., days: _Optional[int] = ...) -> None: ...

class ProlongSupplementResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class ReceiveSupplementRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ...) -> None: ...

class ReceiveSupplementResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class ExtendCaseRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "amount", "reason", "text", "consent")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    amount: int
    reason: _events_pb2.ExtensionReason
    text: str
    consent: bool
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., amount: _Optional[int] = ..., reason: _Optional[_Union[_events_pb2.ExtensionReason, str]] = ..., text: _Optional[str] = ..., consent: _Optional[bool] = ...) -> None: ...

class ExtendCaseResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class ConsultRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "consulted_office_id", "text", "days")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    consulted_office_id: str
    text: str
    days: int
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., consulted_office_id: _Optional[str] = ..., text: _Optional[str] = ..., days: _Optional[int] = ...) -> None: ...

class ConsultResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class AnswerConsultationRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "number", "text")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    number: int
    text: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., number: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class AnswerConsultationResponse(_message.Message):
    __slots__ = ("answered_at",)
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    answered_at: _timestamp_pb2.Timestamp
    def __init__(self, answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExtendConsultationRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "number", "days", "reason")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    number: int
    days: int
    reason: _events_pb2.ExtensionReason
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., number: _Optional[int] = ..., days: _Optional[int] = ..., reason: _Optional[_Union[_events_pb2.ExtensionReason, str]] = ...) -> None: ...

class ExtendConsultationResponse(_message.Message):
    __slots__ = ("due_at",)
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    due_at: _timestamp_pb2.Timestamp
    def __init__(self, due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StartWorkRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "assignee")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    assignee: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., assignee: _Optional[str] = ...) -> None: ...

class StartWorkResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class AssignOfficerRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "assignee")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    assignee: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., assignee: _Optional[str] = ...) -> None: ...

class AssignOfficerResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class AddNoteRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "text")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    text: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class AddNoteResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class ReturnDocumentsRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "text", "officer_unit", "officer_name", "officer_phone")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_UNIT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_NAME_FIELD_NUMBER: _ClassVar[int]
    OFFICER_PHONE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    text: str
    officer_unit: str
    officer_name: str
    officer_phone: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., text: _Optional[str] = ..., officer_unit: _Optional[str] = ..., officer_name: _Optional[str] = ..., officer_phone: _Optional[str] = ...) -> None: ...

class ReturnDocumentsResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class WithdrawCaseRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ...) -> None: ...

class WithdrawCaseResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class FileObjectionRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "text")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    text: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class FileObjectionResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class ExtendObjectionRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "reason")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    reason: _events_pb2.ExtensionReason
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., reason: _Optional[_Union[_events_pb2.ExtensionReason, str]] = ...) -> None: ...

class ExtendObjectionResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class DecideObjectionRequest(_message.Message):
    __slots__ = ("inquiry_id", "command_id", "expected_version", "occurred_at", "officer_code", "upheld", "text")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    UPHELD_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    command_id: str
    expected_version: int
    occurred_at: _timestamp_pb2.Timestamp
    officer_code: str
    upheld: bool
    text: str
    def __init__(self, inquiry_id: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., upheld: _Optional[bool] = ..., text: _Optional[str] = ...) -> None: ...

class DecideObjectionResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _work_pb2.WorkItem
    def __init__(self, item: _Optional[_Union[_work_pb2.WorkItem, _Mapping]] = ...) -> None: ...

class GetHistoryRequest(_message.Message):
    __slots__ = ("inquiry_id",)
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    def __init__(self, inquiry_id: _Optional[str] = ...) -> None: ...

class HistoryStep(_message.Message):
    __slots__ = ("at", "entered_at", "office_id", "officer_code", "act", "reason", "round")
    AT_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    entered_at: _timestamp_pb2.Timestamp
    office_id: str
    officer_code: str
    act: str
    reason: str
    round: int
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., office_id: _Optional[str] = ..., officer_code: _Optional[str] = ..., act: _Optional[str] = ..., reason: _Optional[str] = ..., round: _Optional[int] = ...) -> None: ...

class Note(_message.Message):
    __slots__ = ("at", "officer_code", "text")
    AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_CODE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    officer_code: str
    text: str
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_code: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class SupplementFile(_message.Message):
    __slots__ = ("round", "number", "text", "requested_at", "answer_by", "received_at")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    round: int
    number: int
    text: str
    requested_at: _timestamp_pb2.Timestamp
    answer_by: _timestamp_pb2.Timestamp
    received_at: _timestamp_pb2.Timestamp
    def __init__(self, round: _Optional[int] = ..., number: _Optional[int] = ..., text: _Optional[str] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConsultationFile(_message.Message):
    __slots__ = ("inquiry_id", "number", "asking_office_id", "consulted_office_id", "question", "requested_at", "due_at", "answer", "answered_at", "extended_at", "overdue_level")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    ASKING_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    CONSULTED_OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_AT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    EXTENDED_AT_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_LEVEL_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    number: int
    asking_office_id: str
    consulted_office_id: str
    question: str
    requested_at: _timestamp_pb2.Timestamp
    due_at: _timestamp_pb2.Timestamp
    answer: str
    answered_at: _timestamp_pb2.Timestamp
    extended_at: _timestamp_pb2.Timestamp
    overdue_level: _events_pb2.OverdueLevel
    def __init__(self, inquiry_id: _Optional[str] = ..., number: _Optional[int] = ..., asking_office_id: _Optional[str] = ..., consulted_office_id: _Optional[str] = ..., question: _Optional[str] = ..., requested_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answer: _Optional[str] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., extended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., overdue_level: _Optional[_Union[_events_pb2.OverdueLevel, str]] = ...) -> None: ...

class GetHistoryResponse(_message.Message):
    __slots__ = ("steps", "notes", "supplements", "consultations", "inspections")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    SUPPLEMENTS_FIELD_NUMBER: _ClassVar[int]
    CONSULTATIONS_FIELD_NUMBER: _ClassVar[int]
    INSPECTIONS_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[HistoryStep]
    notes: _containers.RepeatedCompositeFieldContainer[Note]
    supplements: _containers.RepeatedCompositeFieldContainer[SupplementFile]
    consultations: _containers.RepeatedCompositeFieldContainer[ConsultationFile]
    inspections: _containers.RepeatedCompositeFieldContainer[InspectionFile]
    def __init__(self, steps: _Optional[_Iterable[_Union[HistoryStep, _Mapping]]] = ..., notes: _Optional[_Iterable[_Union[Note, _Mapping]]] = ..., supplements: _Optional[_Iterable[_Union[SupplementFile, _Mapping]]] = ..., consultations: _Optional[_Iterable[_Union[ConsultationFile, _Mapping]]] = ..., inspections: _Optional[_Iterable[_Union[InspectionFile, _Mapping]]] = ...) -> None: ...

class InspectionFile(_message.Message):
    __slots__ = ("round", "ordered_at", "ends_by", "prolonged_at", "done_at", "stopped_until", "finding")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    ORDERED_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_BY_FIELD_NUMBER: _ClassVar[int]
    PROLONGED_AT_FIELD_NUMBER: _ClassVar[int]
    DONE_AT_FIELD_NUMBER: _ClassVar[int]
    STOPPED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    round: int
    ordered_at: _timestamp_pb2.Timestamp
    ends_by: _timestamp_pb2.Timestamp
    prolonged_at: _timestamp_pb2.Timestamp
    done_at: _timestamp_pb2.Timestamp
    stopped_until: _timestamp_pb2.Timestamp
    finding: str
    def __init__(self, round: _Optional[int] = ..., ordered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., prolonged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., done_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stopped_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finding: _Optional[str] = ...) -> None: ...

class ListConsultationsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListConsultationsResponse(_message.Message):
    __slots__ = ("consultations",)
    CONSULTATIONS_FIELD_NUMBER: _ClassVar[int]
    consultations: _containers.RepeatedCompositeFieldContainer[ConsultationFile]
    def __init__(self, consultations: _Optional[_Iterable[_Union[ConsultationFile, _Mapping]]] = ...) -> None: ...
