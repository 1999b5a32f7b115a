from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Privacy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIVACY_UNSPECIFIED: _ClassVar[Privacy]
    PRIVACY_NONE: _ClassVar[Privacy]
    PRIVACY_IDENTIFIER: _ClassVar[Privacy]
    PRIVACY_PERSONAL: _ClassVar[Privacy]

class Audience(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIENCE_UNSPECIFIED: _ClassVar[Audience]
    AUDIENCE_INTERNAL: _ClassVar[Audience]
    AUDIENCE_SUBSCRIBER: _ClassVar[Audience]

class Retention(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETENTION_UNSPECIFIED: _ClassVar[Retention]
    RETENTION_WEEK: _ClassVar[Retention]
    RETENTION_LAST_OF_KEY: _ClassVar[Retention]
PRIVACY_UNSPECIFIED: Privacy
PRIVACY_NONE: Privacy
PRIVACY_IDENTIFIER: Privacy
PRIVACY_PERSONAL: Privacy
AUDIENCE_UNSPECIFIED: Audience
AUDIENCE_INTERNAL: Audience
AUDIENCE_SUBSCRIBER: Audience
RETENTION_UNSPECIFIED: Retention
RETENTION_WEEK: Retention
RETENTION_LAST_OF_KEY: Retention
EVENT_FIELD_NUMBER: _ClassVar[int]
event: _descriptor.FieldDescriptor
PRIVACY_FIELD_NUMBER: _ClassVar[int]
privacy: _descriptor.FieldDescriptor

class EventOptions(_message.Message):
    __slots__ = ("topic", "key", "retention", "audience")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    topic: str
    key: str
    retention: Retention
    audience: Audience
    def __init__(self, topic: _Optional[str] = ..., key: _Optional[str] = ..., retention: _Optional[_Union[Retention, str]] = ..., audience: _Optional[_Union[Audience, str]] = ...) -> None: ...
