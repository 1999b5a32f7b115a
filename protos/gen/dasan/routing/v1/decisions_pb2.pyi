import datetime

from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetDecisionRequest(_message.Message):
    __slots__ = ("inquiry_id", "language")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    language: str
    def __init__(self, inquiry_id: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class GetDecisionResponse(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "service_code", "round", "office_id", "rule", "ruleset_version", "confidence", "due_at", "sections", "turns")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    RULESET_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    TURNS_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    service_code: str
    round: int
    office_id: str
    rule: str
    ruleset_version: str
    confidence: float
    due_at: _timestamp_pb2.Timestamp
    sections: _containers.RepeatedCompositeFieldContainer[Section]
    turns: _containers.RepeatedCompositeFieldContainer[Turn]
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., service_code: _Optional[str] = ..., round: _Optional[int] = ..., office_id: _Optional[str] = ..., rule: _Optional[str] = ..., ruleset_version: _Optional[str] = ..., confidence: _Optional[float] = ..., due_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sections: _Optional[_Iterable[_Union[Section, _Mapping]]] = ..., turns: _Optional[_Iterable[_Union[Turn, _Mapping]]] = ...) -> None: ...

class Section(_message.Message):
    __slots__ = ("key", "heading", "lines")
    KEY_FIELD_NUMBER: _ClassVar[int]
    HEADING_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    key: str
    heading: str
    lines: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, key: _Optional[str] = ..., heading: _Optional[str] = ..., lines: _Optional[_Iterable[str]] = ...) -> None: ...

class Turn(_message.Message):
    __slots__ = ("attempt", "office_id", "rule", "assigned_at", "refused")
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_AT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    attempt: int
    office_id: str
    rule: str
    assigned_at: _timestamp_pb2.Timestamp
    refused: str
    def __init__(self, attempt: _Optional[int] = ..., office_id: _Optional[str] = ..., rule: _Optional[str] = ..., assigned_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refused: _Optional[str] = ...) -> None: ...
