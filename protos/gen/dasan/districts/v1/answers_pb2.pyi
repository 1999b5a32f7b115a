import datetime

from dasan.districts.v1 import cases_pb2 as _cases_pb2
from dasan.districts.v1 import events_pb2 as _events_pb2
from dasan.districts.v1 import permits_pb2 as _permits_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AnswerPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANSWER_PURPOSE_UNSPECIFIED: _ClassVar[AnswerPurpose]
    ANSWER_PURPOSE_STATUS: _ClassVar[AnswerPurpose]
    ANSWER_PURPOSE_NOTIFY: _ClassVar[AnswerPurpose]
ANSWER_PURPOSE_UNSPECIFIED: AnswerPurpose
ANSWER_PURPOSE_STATUS: AnswerPurpose
ANSWER_PURPOSE_NOTIFY: AnswerPurpose

class GetProceedingsRequest(_message.Message):
    __slots__ = ("inquiry_id",)
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    def __init__(self, inquiry_id: _Optional[str] = ...) -> None: ...

class GetProceedingsResponse(_message.Message):
    __slots__ = ("supplements", "objections", "documents", "verify_url")
    SUPPLEMENTS_FIELD_NUMBER: _ClassVar[int]
    OBJECTIONS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    VERIFY_URL_FIELD_NUMBER: _ClassVar[int]
    supplements: _containers.RepeatedCompositeFieldContainer[_cases_pb2.SupplementFile]
    objections: _containers.RepeatedCompositeFieldContainer[ObjectionDecision]
    documents: _containers.RepeatedCompositeFieldContainer[_permits_pb2.IssuedDocument]
    verify_url: str
    def __init__(self, supplements: _Optional[_Iterable[_Union[_cases_pb2.SupplementFile, _Mapping]]] = ..., objections: _Optional[_Iterable[_Union[ObjectionDecision, _Mapping]]] = ..., documents: _Optional[_Iterable[_Union[_permits_pb2.IssuedDocument, _Mapping]]] = ..., verify_url: _Optional[str] = ...) -> None: ...

class ObjectionDecision(_message.Message):
    __slots__ = ("round", "upheld", "text", "decided_at")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    UPHELD_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    round: int
    upheld: bool
    text: str
    decided_at: _timestamp_pb2.Timestamp
    def __init__(self, round: _Optional[int] = ..., upheld: _Optional[bool] = ..., text: _Optional[str] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetAnswersRequest(_message.Message):
    __slots__ = ("inquiry_ids", "purpose")
    INQUIRY_IDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    inquiry_ids: _containers.RepeatedScalarFieldContainer[str]
    purpose: AnswerPurpose
    def __init__(self, inquiry_ids: _Optional[_Iterable[str]] = ..., purpose: _Optional[_Union[AnswerPurpose, str]] = ...) -> None: ...

class GetAnswersResponse(_message.Message):
    __slots__ = ("answers", "missing")
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[Answer]
    missing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, answers: _Optional[_Iterable[_Union[Answer, _Mapping]]] = ..., missing: _Optional[_Iterable[str]] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("inquiry_id", "round", "office_id", "outcome", "text", "answered_at", "officer_unit", "officer_name", "officer_phone", "entered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_UNIT_FIELD_NUMBER: _ClassVar[int]
    OFFICER_NAME_FIELD_NUMBER: _ClassVar[int]
    OFFICER_PHONE_FIELD_NUMBER: _ClassVar[int]
    ENTERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    round: int
    office_id: str
    outcome: _events_pb2.Outcome
    text: str
    answered_at: _timestamp_pb2.Timestamp
    officer_unit: str
    officer_name: str
    officer_phone: str
    entered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., outcome: _Optional[_Union[_events_pb2.Outcome, str]] = ..., text: _Optional[str] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., officer_unit: _Optional[str] = ..., officer_name: _Optional[str] = ..., officer_phone: _Optional[str] = ..., entered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
