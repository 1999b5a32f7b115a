import datetime

from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OfficeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFICE_KIND_UNSPECIFIED: _ClassVar[OfficeKind]
    OFFICE_KIND_CITY: _ClassVar[OfficeKind]
    OFFICE_KIND_DISTRICT: _ClassVar[OfficeKind]
    OFFICE_KIND_DONG: _ClassVar[OfficeKind]

class OfficeOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFICE_ORIGIN_UNSPECIFIED: _ClassVar[OfficeOrigin]
    OFFICE_ORIGIN_PACK: _ClassVar[OfficeOrigin]
    OFFICE_ORIGIN_COMMAND: _ClassVar[OfficeOrigin]
OFFICE_KIND_UNSPECIFIED: OfficeKind
OFFICE_KIND_CITY: OfficeKind
OFFICE_KIND_DISTRICT: OfficeKind
OFFICE_KIND_DONG: OfficeKind
OFFICE_ORIGIN_UNSPECIFIED: OfficeOrigin
OFFICE_ORIGIN_PACK: OfficeOrigin
OFFICE_ORIGIN_COMMAND: OfficeOrigin

class OfficeName(_message.Message):
    __slots__ = ("language", "text")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    language: str
    text: str
    def __init__(self, language: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class OfficeTeam(_message.Message):
    __slots__ = ("code", "names")
    CODE_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    code: str
    names: _containers.RepeatedCompositeFieldContainer[OfficeName]
    def __init__(self, code: _Optional[str] = ..., names: _Optional[_Iterable[_Union[OfficeName, _Mapping]]] = ...) -> None: ...

class OfficeHours(_message.Message):
    __slots__ = ("weekday", "opens", "closes")
    WEEKDAY_FIELD_NUMBER: _ClassVar[int]
    OPENS_FIELD_NUMBER: _ClassVar[int]
    CLOSES_FIELD_NUMBER: _ClassVar[int]
    weekday: int
    opens: str
    closes: str
    def __init__(self, weekday: _Optional[int] = ..., opens: _Optional[str] = ..., closes: _Optional[str] = ...) -> None: ...

class OfficeForm(_message.Message):
    __slots__ = ("starts", "ends", "names", "area", "district", "dong", "successors", "teams", "duty_hours", "capacity", "languages", "phone", "email", "address", "origin")
    STARTS_FIELD_NUMBER: _ClassVar[int]
    ENDS_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    AREA_FIELD_NUMBER: _ClassVar[int]
    DISTRICT_FIELD_NUMBER: _ClassVar[int]
    DONG_FIELD_NUMBER: _ClassVar[int]
    SUCCESSORS_FIELD_NUMBER: _ClassVar[int]
    TEAMS_FIELD_NUMBER: _ClassVar[int]
    DUTY_HOURS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    starts: str
    ends: str
    names: _containers.RepeatedCompositeFieldContainer[OfficeName]
    area: _containers.RepeatedCompositeFieldContainer[OfficeName]
    district: str
    dong: str
    successors: _containers.RepeatedScalarFieldContainer[str]
    teams: _containers.RepeatedCompositeFieldContainer[OfficeTeam]
    duty_hours: _containers.RepeatedCompositeFieldContainer[OfficeHours]
    capacity: int
    languages: _containers.RepeatedScalarFieldContainer[str]
    phone: str
    email: str
    address: str
    origin: OfficeOrigin
    def __init__(self, starts: _Optional[str] = ..., ends: _Optional[str] = ..., names: _Optional[_Iterable[_Union[OfficeName, _Mapping]]] = ..., area: _Optional[_Iterable[_Union[OfficeName, _Mapping]]] = ..., district: _Optional[str] = ..., dong: _Optional[str] = ..., successors: _Optional[_Iterable[str]] = ..., teams: _Optional[_Iterable[_Union[OfficeTeam, _Mapping]]] = ..., duty_hours: _Optional[_Iterable[_Union[OfficeHours, _Mapping]]] = ..., capacity: _Optional[int] = ..., languages: _Optional[_Iterable[str]] = ..., phone: _Optional[str] = ..., email: _Optional[str] = ..., address: _Optional[str] = ..., origin: _Optional[_Union[OfficeOrigin, str]] = ...) -> None: ...

class OfficeRecorded(_message.Message):
    __slots__ = ("office_id", "kind", "forms", "revision", "recorded_at")
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FORMS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    kind: OfficeKind
    forms: _containers.RepeatedCompositeFieldContainer[OfficeForm]
    revision: int
    recorded_at: _timestamp_pb2.Timestamp
    def __init__(self, office_id: _Optional[str] = ..., kind: _Optional[_Union[OfficeKind, str]] = ..., forms: _Optional[_Iterable[_Union[OfficeForm, _Mapping]]] = ..., revision: _Optional[int] = ..., recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordedOffice(_message.Message):
    __slots__ = ("office_id", "kind", "forms", "version")
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FORMS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    kind: OfficeKind
    forms: _containers.RepeatedCompositeFieldContainer[OfficeForm]
    version: int
    def __init__(self, office_id: _Optional[str] = ..., kind: _Optional[_Union[OfficeKind, str]] = ..., forms: _Optional[_Iterable[_Union[OfficeForm, _Mapping]]] = ..., version: _Optional[int] = ...) -> None: ...

class GetOfficeRequest(_message.Message):
    __slots__ = ("office_id",)
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    def __init__(self, office_id: _Optional[str] = ...) -> None: ...

class GetOfficeResponse(_message.Message):
    __slots__ = ("office",)
    OFFICE_FIELD_NUMBER: _ClassVar[int]
    office: RecordedOffice
    def __init__(self, office: _Optional[_Union[RecordedOffice, _Mapping]] = ...) -> None: ...

class ListOfficesRequest(_message.Message):
    __slots__ = ("on", "page_size", "page_token", "district")
    ON_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DISTRICT_FIELD_NUMBER: _ClassVar[int]
    on: str
    page_size: int
    page_token: str
    district: str
    def __init__(self, on: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., district: _Optional[str] = ...) -> None: ...

class ListOfficesResponse(_message.Message):
    __slots__ = ("offices", "next_page_token")
    OFFICES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    offices: _containers.RepeatedCompositeFieldContainer[RecordedOffice]
    next_page_token: str
    def __init__(self, offices: _Optional[_Iterable[_Union[RecordedOffice, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RecordOfficeRequest(_message.Message):
    __slots__ = ("office_id", "form", "reason", "command_id", "expected_version")
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    FORM_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    form: OfficeForm
    reason: str
    command_id: str
    expected_version: int
    def __init__(self, office_id: _Optional[str] = ..., form: _Optional[_Union[OfficeForm, _Mapping]] = ..., reason: _Optional[str] = ..., command_id: _Optional[str] = ..., expected_version: _Optional[int] = ...) -> None: ...

class RecordOfficeResponse(_message.Message):
    __slots__ = ("office",)
    OFFICE_FIELD_NUMBER: _ClassVar[int]
    office: RecordedOffice
    def __init__(self, office: _Optional[_Union[RecordedOffice, _Mapping]] = ...) -> None: ...

class GetOfficeHistoryRequest(_message.Message):
    __slots__ = ("office_id",)
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    office_id: str
    def __init__(self, office_id: _Optional[str] = ...) -> None: ...

class GetOfficeHistoryResponse(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[OfficeEntry]
    def __init__(self, entries: _Optional[_Iterable[_Union[OfficeEntry, _Mapping]]] = ...) -> None: ...

class OfficeEntry(_message.Message):
    __slots__ = ("recorded_at", "recorded_by", "reason", "forms")
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    RECORDED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FORMS_FIELD_NUMBER: _ClassVar[int]
    recorded_at: _timestamp_pb2.Timestamp
    recorded_by: str
    reason: str
    forms: _containers.RepeatedCompositeFieldContainer[OfficeForm]
    def __init__(self, recorded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_by: _Optional[str] = ..., reason: _Optional[str] = ..., forms: _Optional[_Iterable[_Union[OfficeForm, _Mapping]]] = ...) -> None: ...
