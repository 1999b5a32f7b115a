import datetime

from dasan.common.v1 import acts_pb2 as _acts_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURPOSE_UNSPECIFIED: _ClassVar[Purpose]
    PURPOSE_ROUTE: _ClassVar[Purpose]
    PURPOSE_NOTIFY: _ClassVar[Purpose]
    PURPOSE_HANDLE: _ClassVar[Purpose]
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_ROUTE: Purpose
PURPOSE_NOTIFY: Purpose
PURPOSE_HANDLE: Purpose

class GetContactsRequest(_message.Message):
    __slots__ = ("inquiry_ids", "purpose")
    INQUIRY_IDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    inquiry_ids: _containers.RepeatedScalarFieldContainer[str]
    purpose: Purpose
    def __init__(self, inquiry_ids: _Optional[_Iterable[str]] = ..., purpose: _Optional[_Union[Purpose, str]] = ...) -> None: ...

class GetContactsResponse(_message.Message):
    __slots__ = ("contacts", "missing")
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedCompositeFieldContainer[Contact]
    missing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, contacts: _Optional[_Iterable[_Union[Contact, _Mapping]]] = ..., missing: _Optional[_Iterable[str]] = ...) -> None: ...

class Contact(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "name", "email", "phone", "language", "status_url", "email_verified", "phone_verified")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_URL_FIELD_NUMBER: _ClassVar[int]
    EMAIL_VERIFIED_FIELD_NUMBER: _ClassVar[int]
    PHONE_VERIFIED_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    name: str
    email: str
    phone: str
    language: str
    status_url: str
    email_verified: bool
    phone_verified: bool
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., name: _Optional[str] = ..., email: _Optional[str] = ..., phone: _Optional[str] = ..., language: _Optional[str] = ..., status_url: _Optional[str] = ..., email_verified: _Optional[bool] = ..., phone_verified: _Optional[bool] = ...) -> None: ...

class GetWordsRequest(_message.Message):
    __slots__ = ("inquiry_ids", "purpose", "office_id")
    INQUIRY_IDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    inquiry_ids: _containers.RepeatedScalarFieldContainer[str]
    purpose: Purpose
    office_id: str
    def __init__(self, inquiry_ids: _Optional[_Iterable[str]] = ..., purpose: _Optional[_Union[Purpose, str]] = ..., office_id: _Optional[str] = ...) -> None: ...

class GetWordsResponse(_message.Message):
    __slots__ = ("words", "missing", "withheld")
    WORDS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    words: _containers.RepeatedCompositeFieldContainer[Words]
    missing: _containers.RepeatedScalarFieldContainer[str]
    withheld: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, words: _Optional[_Iterable[_Union[Words, _Mapping]]] = ..., missing: _Optional[_Iterable[str]] = ..., withheld: _Optional[_Iterable[str]] = ...) -> None: ...

class Words(_message.Message):
    __slots__ = ("inquiry_id", "text", "place", "service_code", "attributes", "acts")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ACTS_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    text: str
    place: Place
    service_code: str
    attributes: _containers.RepeatedCompositeFieldContainer[Attribute]
    acts: _containers.RepeatedCompositeFieldContainer[CitizenAct]
    def __init__(self, inquiry_id: _Optional[str] = ..., text: _Optional[str] = ..., place: _Optional[_Union[Place, _Mapping]] = ..., service_code: _Optional[str] = ..., attributes: _Optional[_Iterable[_Union[Attribute, _Mapping]]] = ..., acts: _Optional[_Iterable[_Union[CitizenAct, _Mapping]]] = ...) -> None: ...

class CitizenAct(_message.Message):
    __slots__ = ("number", "kind", "round", "request", "text", "attachments", "days", "acted_at")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    ACTED_AT_FIELD_NUMBER: _ClassVar[int]
    number: int
    kind: _acts_pb2.CitizenActKind
    round: int
    request: int
    text: str
    attachments: _containers.RepeatedScalarFieldContainer[str]
    days: int
    acted_at: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., kind: _Optional[_Union[_acts_pb2.CitizenActKind, str]] = ..., round: _Optional[int] = ..., request: _Optional[int] = ..., text: _Optional[str] = ..., attachments: _Optional[_Iterable[str]] = ..., days: _Optional[int] = ..., acted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Attribute(_message.Message):
    __slots__ = ("code", "value")
    CODE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    code: str
    value: str
    def __init__(self, code: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class GetLikenessesRequest(_message.Message):
    __slots__ = ("inquiry_ids", "purpose")
    INQUIRY_IDS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    inquiry_ids: _containers.RepeatedScalarFieldContainer[str]
    purpose: Purpose
    def __init__(self, inquiry_ids: _Optional[_Iterable[str]] = ..., purpose: _Optional[_Union[Purpose, str]] = ...) -> None: ...

class GetLikenessesResponse(_message.Message):
    __slots__ = ("likenesses", "missing")
    LIKENESSES_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    likenesses: _containers.RepeatedCompositeFieldContainer[Likeness]
    missing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, likenesses: _Optional[_Iterable[_Union[Likeness, _Mapping]]] = ..., missing: _Optional[_Iterable[str]] = ...) -> None: ...

class Likeness(_message.Message):
    __slots__ = ("inquiry_id", "signature", "petitioner")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PETITIONER_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    signature: bytes
    petitioner: str
    def __init__(self, inquiry_id: _Optional[str] = ..., signature: _Optional[bytes] = ..., petitioner: _Optional[str] = ...) -> None: ...

class Place(_message.Message):
    __slots__ = ("lat", "lon", "dong_code", "address")
    LAT_FIELD_NUMBER: _ClassVar[int]
    LON_FIELD_NUMBER: _ClassVar[int]
    DONG_CODE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    lat: float
    lon: float
    dong_code: str
    address: str
    def __init__(self, lat: _Optional[float] = ..., lon: _Optional[float] = ..., dong_code: _Optional[str] = ..., address: _Optional[str] = ...) -> None: ...
