import datetime

from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_PHONE: _ClassVar[Channel]
    CHANNEL_WEB: _ClassVar[Channel]
    CHANNEL_MESSAGE: _ClassVar[Channel]
    CHANNEL_SYSTEM: _ClassVar[Channel]
    CHANNEL_COUNTER: _ClassVar[Channel]

class Workload(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WORKLOAD_UNSPECIFIED: _ClassVar[Workload]
    WORKLOAD_CITY: _ClassVar[Workload]
    WORKLOAD_DISTRICT: _ClassVar[Workload]
    WORKLOAD_DONG: _ClassVar[Workload]

class PetitionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PETITION_KIND_UNSPECIFIED: _ClassVar[PetitionKind]
    PETITION_KIND_STATUTORY: _ClassVar[PetitionKind]
    PETITION_KIND_INQUIRY_LAW: _ClassVar[PetitionKind]
    PETITION_KIND_INQUIRY_PROC: _ClassVar[PetitionKind]
    PETITION_KIND_SUGGESTION: _ClassVar[PetitionKind]
    PETITION_KIND_OTHER: _ClassVar[PetitionKind]
    PETITION_KIND_GRIEVANCE: _ClassVar[PetitionKind]
CHANNEL_UNSPECIFIED: Channel
CHANNEL_PHONE: Channel
CHANNEL_WEB: Channel
CHANNEL_MESSAGE: Channel
CHANNEL_SYSTEM: Channel
CHANNEL_COUNTER: Channel
WORKLOAD_UNSPECIFIED: Workload
WORKLOAD_CITY: Workload
WORKLOAD_DISTRICT: Workload
WORKLOAD_DONG: Workload
PETITION_KIND_UNSPECIFIED: PetitionKind
PETITION_KIND_STATUTORY: PetitionKind
PETITION_KIND_INQUIRY_LAW: PetitionKind
PETITION_KIND_INQUIRY_PROC: PetitionKind
PETITION_KIND_SUGGESTION: PetitionKind
PETITION_KIND_OTHER: PetitionKind
PETITION_KIND_GRIEVANCE: PetitionKind

class Matter(_message.Message):
    __slots__ = ("receipt_number", "channel", "language", "service_code", "kind", "permit", "district_code", "dong_code", "received_at", "has_contact")
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PERMIT_FIELD_NUMBER: _ClassVar[int]
    DISTRICT_CODE_FIELD_NUMBER: _ClassVar[int]
    DONG_CODE_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    HAS_CONTACT_FIELD_NUMBER: _ClassVar[int]
    receipt_number: str
    channel: Channel
    language: str
    service_code: str
    kind: PetitionKind
    permit: bool
    district_code: str
    dong_code: str
    received_at: _timestamp_pb2.Timestamp
    has_contact: bool
    def __init__(self, receipt_number: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., language: _Optional[str] = ..., service_code: _Optional[str] = ..., kind: _Optional[_Union[PetitionKind, str]] = ..., permit: _Optional[bool] = ..., district_code: _Optional[str] = ..., dong_code: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_contact: _Optional[bool] = ...) -> None: ...
