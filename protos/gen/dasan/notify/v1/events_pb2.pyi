import datetime

from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Step(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_UNSPECIFIED: _ClassVar[Step]
    STEP_RECEIVED: _ClassVar[Step]
    STEP_ASSIGNED: _ClassVar[Step]
    STEP_ANSWERED: _ClassVar[Step]
    STEP_SURVEY: _ClassVar[Step]

class DeliveryChannel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_CHANNEL_UNSPECIFIED: _ClassVar[DeliveryChannel]
    DELIVERY_CHANNEL_EMAIL: _ClassVar[DeliveryChannel]
    DELIVERY_CHANNEL_SMS: _ClassVar[DeliveryChannel]
    DELIVERY_CHANNEL_FILE: _ClassVar[DeliveryChannel]

class FailureReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_REASON_UNSPECIFIED: _ClassVar[FailureReason]
    FAILURE_REASON_NO_CONTACT: _ClassVar[FailureReason]
    FAILURE_REASON_REJECTED: _ClassVar[FailureReason]
    FAILURE_REASON_EXHAUSTED: _ClassVar[FailureReason]
STEP_UNSPECIFIED: Step
STEP_RECEIVED: Step
STEP_ASSIGNED: Step
STEP_ANSWERED: Step
STEP_SURVEY: Step
DELIVERY_CHANNEL_UNSPECIFIED: DeliveryChannel
DELIVERY_CHANNEL_EMAIL: DeliveryChannel
DELIVERY_CHANNEL_SMS: DeliveryChannel
DELIVERY_CHANNEL_FILE: DeliveryChannel
FAILURE_REASON_UNSPECIFIED: FailureReason
FAILURE_REASON_NO_CONTACT: FailureReason
FAILURE_REASON_REJECTED: FailureReason
FAILURE_REASON_EXHAUSTED: FailureReason

class MessageDelivered(_message.Message):
    __slots__ = ("inquiry_id", "delivery_id", "step", "channel", "delivered_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    delivery_id: str
    step: Step
    channel: DeliveryChannel
    delivered_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., delivery_id: _Optional[str] = ..., step: _Optional[_Union[Step, str]] = ..., channel: _Optional[_Union[DeliveryChannel, str]] = ..., delivered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MessageFailed(_message.Message):
    __slots__ = ("inquiry_id", "delivery_id", "step", "reason", "failed_at")
    INQUIRY_ID_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FAILED_AT_FIELD_NUMBER: _ClassVar[int]
    inquiry_id: str
    delivery_id: str
    step: Step
    reason: FailureReason
    failed_at: _timestamp_pb2.Timestamp
    def __init__(self, inquiry_id: _Optional[str] = ..., delivery_id: _Optional[str] = ..., step: _Optional[_Union[Step, str]] = ..., reason: _Optional[_Union[FailureReason, str]] = ..., failed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
