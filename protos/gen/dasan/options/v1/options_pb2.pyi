from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Privacy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIVACY_UNSPECIFIED: _ClassVar[Privacy]
    PRIVACY_NONE: _ClassVar[Privacy]
    PRIVACY_IDENTIFIER: _ClassVar[Privacy]
    PRIVACY_PERSONAL: _ClassVar[Privacy]
PRIVACY_UNSPECIFIED: Privacy
PRIVACY_NONE: Privacy
PRIVACY_IDENTIFIER: Privacy
PRIVACY_PERSONAL: Privacy
EVENT_FIELD_NUMBER: _ClassVar[int]
event: _descriptor.FieldDescriptor
PRIVACY_FIELD_NUMBER: _ClassVar[int]
privacy: _descriptor.FieldDescriptor

class EventOptions(_message.Message):
    __slots__ = ("topic", "key")
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    topic: str
    key: str
    def __init__(self, topic: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...
