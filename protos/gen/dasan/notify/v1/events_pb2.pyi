import datetime

from dasan.common.v1 import matter_pb2 as _matter_pb2
from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeliveryChannel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_CHANNEL_UNSPECIFIED: _ClassVar[DeliveryChannel]
    DELIVERY_CHANNEL_EMAIL: _ClassVar[DeliveryChannel]
    DELIVERY_CHANNEL_SMS: _ClassVar[DeliveryChannel]
    DELIVERY_CHANNEL_FILE: _ClassVar[DeliveryChannel]

class SkipReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SKIP_REASON_UNSPECIFIED: _ClassVar[SkipReason]
    SKIP_REASON_NO_CONTACT: _ClassVar[SkipReason]
    SKIP_REASON_OVER: _ClassVar[SkipReason]
    SKIP_REASON_SEALED: _ClassVar[SkipReason]

class FailureReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_REASON_UNSPECIFIED: _ClassVar[FailureReason]
    FAILURE_REASON_REJECTED: _ClassVar[FailureReason]
    FAILURE_REASON_EXHAUSTED: _ClassVar[FailureReason]
    FAILURE_REASON_UNDELIVERABLE: _ClassVar[FailureReason]
    FAILURE_REASON_BAD_ADDRESS: _ClassVar[FailureReason]
DELIVERY_CHANNEL_UNSPECIFIED: DeliveryChannel
DELIVERY_CHANNEL_EMAIL: DeliveryChannel
DELIVERY_CHANNEL_SMS: DeliveryChannel
DELIVERY_CHANNEL_FILE: DeliveryChannel
SKIP_REASON_UNSPECIFIED: SkipReason
SKIP_REASON_NO_CONTACT: SkipReason
SKIP_REASON_OVER: SkipReason
SKIP_REASON_SEALED: SkipReason
FAILURE_REASON_UNSPECIFIED: FailureReason
FAILURE_REASON_REJECTED: FailureReason
FAILURE_REASON_EXHAUSTED: FailureReason
FAILURE_REASON_UNDELIVERABLE: FailureReason
FAILURE_REASON_BAD_ADDRESS: FailureReason

class MessageDelivered(_message.Message):
    __slots__ = ("inquiry_id", "matter", "delivery_id", "message", "cause_type", "cause_event_id", "round", "channel", "delivered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_TYPE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    delivery_id: str
    message: str
    cause_type: str
    cause_event_id: str
    round: int
    channel: DeliveryChannel
    delivered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., delivery_id: _Optional[str] = ..., message: _Optional[str] = ..., cause_type: _Optional[str] = ..., cause_event_id: _Optional[str] = ..., round: _Optional[int] = ..., channel: _Optional[_Union[DeliveryChannel, str]] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MessageSkipped(_message.Message):
    __slots__ = ("inquiry_id", "matter", "delivery_id", "message", "cause_type", "cause_event_id", "round", "reason", "skipped_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_TYPE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    delivery_id: str
    message: str
    cause_type: str
    cause_event_id: str
    round: int
    reason: SkipReason
    skipped_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., delivery_id: _Optional[str] = ..., message: _Optional[str] = ..., cause_type: _Optional[str] = ..., cause_event_id: _Optional[str] = ..., round: _Optional[int] = ..., reason: _Optional[_Union[SkipReason, str]] = ..., skipped_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MessageFailed(_message.Message):
    __slots__ = ("inquiry_id", "matter", "delivery_id", "message", "cause_type", "cause_event_id", "round", "reason", "failed_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATTER_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_TYPE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FAILED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    matter: _matter_pb2.Matter
    delivery_id: str
    message: str
    cause_type: str
    cause_event_id: str
    round: int
    reason: FailureReason
    failed_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., matter: _Optional[_Union[_matter_pb2.Matter, _Mapping]] = ..., delivery_id: _Optional[str] = ..., message: _Optional[str] = ..., cause_type: _Optional[str] = ..., cause_event_id: _Optional[str] = ..., round: _Optional[int] = ..., reason: _Optional[_Union[FailureReason, str]] = ..., failed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
