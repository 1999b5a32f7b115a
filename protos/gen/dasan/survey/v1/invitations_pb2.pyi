from dasan.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetLinksRequest(_message.Message):
    __slots__ = ("survey_ids",)
    SURVEY_IDS_FIELD_NUMBER: _ClassVar[int]
    survey_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, survey_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetLinksResponse(_message.Message):
    __slots__ = ("links", "missing")
    LINKS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    links: _containers.RepeatedCompositeFieldContainer[Link]
    missing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, links: _Optional[_Iterable[_Union[Link, _Mapping]]] = ..., missing: _Optional[_Iterable[str]] = ...) -> None: ...

class Link(_message.Message):
    __slots__ = ("survey_id", "url")
    SURVEY_ID_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    survey_id: str
    url: str
    def __init__(self, survey_id: _Optional[str] = ..., url: _Optional[str] = ...) -> None: ...
