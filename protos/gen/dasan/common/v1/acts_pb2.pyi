from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class CitizenActKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CITIZEN_ACT_KIND_UNSPECIFIED: _ClassVar[CitizenActKind]
    CITIZEN_ACT_KIND_SUPPLEMENT: _ClassVar[CitizenActKind]
    CITIZEN_ACT_KIND_MORE_TIME: _ClassVar[CitizenActKind]
    CITIZEN_ACT_KIND_WITHDRAWAL: _ClassVar[CitizenActKind]
    CITIZEN_ACT_KIND_OBJECTION: _ClassVar[CitizenActKind]
CITIZEN_ACT_KIND_UNSPECIFIED: CitizenActKind
CITIZEN_ACT_KIND_SUPPLEMENT: CitizenActKind
CITIZEN_ACT_KIND_MORE_TIME: CitizenActKind
CITIZEN_ACT_KIND_WITHDRAWAL: CitizenActKind
CITIZEN_ACT_KIND_OBJECTION: CitizenActKind
