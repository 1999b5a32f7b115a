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
CHANNEL_UNSPECIFIED: Channel
CHANNEL_PHONE: Channel
CHANNEL_WEB: Channel
CHANNEL_MESSAGE: Channel
CHANNEL_SYSTEM: Channel
CHANNEL_COUNTER: Channel

class InquiryReceived(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "channel", "language", "service_code", "received_at", "expected_answer_by", "has_contact")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_ANSWER_BY_FIELD_NUMBER: _ClassVar[int]
    HAS_CONTACT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    channel: Channel
    language: str
    service_code: str
    received_at: _timestamp_pb2.Timestamp
    expected_answer_by: _timestamp_pb2.Timestamp
    has_contact: bool
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., language: _Optional[str] = ..., service_code: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expected_answer_by: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_contact: _Optional[bool] = ...) -> None: ...

class CallAnswered(_message.Message):
    __slots__ = ("inquiry_id", "receipt_number", "channel", "language", "service_code", "office_id", "received_at", "answered_at", "has_contact")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_CODE_FIELD_NUMBER: _ClassVar[int]
    OFFICE_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_AT_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_AT_FIELD_NUMBER: _ClassVar[int]
    HAS_CONTACT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    receipt_number: str
    channel: Channel
    language: str
    service_code: str
    office_id: str
    received_at: _timestamp_pb2.Timestamp
    answered_at: _timestamp_pb2.Timestamp
    has_contact: bool
    def __init__(self, inquiry_id: _Optional[str] = ..., receipt_number: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., language: _Optional[str] = ..., service_code: _Optional[str] = ..., office_id: _Optional[str] = ..., received_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., answered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., has_contact: _Optional[bool] = ...) -> None: ...
