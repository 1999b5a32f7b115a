"""Which column of a record is what; comes with a city's pack or in a file of the user's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

_NOT_IN_SLUG = re.compile(r"[^a-z0-9]+")
_OTHER = "other"


class MappingFault(Exception):
    """A mapping can't be used; the message names what is wrong in it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Columns(_Part):
    """The names of columns; None for what the record doesn't have."""

    id: str
    opened_at: str
    category: str
    closed_at: str | None = None
    target_at: str | None = None
    on_time: str | None = None
    text: str | None = None
    lat: str | None = None
    lon: str | None = None
    address: str | None = None
    department: str | None = None
    source: str | None = None


class Code(_Part):
    """How a value becomes a code: by `values` where listed, else by `rule`, after `prefix`."""

    rule: Literal["slug", "same"] = "same"
    prefix: str = ""
    values: Mapping[str, str] = Field(default_factory=dict)

    def of(self, value: str) -> str:
        """The code of a value."""
        if value in self.values:
            return self.values[value]
        return self.prefix + (slug(value) if self.rule == "slug" else value)


class Text(_Part):
    """`empty` lists values that stand for no text."""

    empty: tuple[str, ...] = ()


class OnTime(_Part):
    """`overdue` lists the values by which the record itself says that a request was late."""

    overdue: tuple[str, ...] = ()


class RecordMapping(_Part):
    """A whole mapping; times are local to `timezone`, in `time_format` as strptime reads it.

    `encoding` names the file's (as Python does, such as latin-1) where its bytes do not tell it.
    """

    timezone: ZoneInfo
    columns: Columns
    time_format: str
    category: Code = Code()
    department: Code = Code()
    text: Text = Text()
    on_time: OnTime = OnTime()
    channels: Mapping[str, str] = Field(default_factory=dict)
    encoding: str | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @field_validator("timezone", mode="before")
    @classmethod
    def _zone(cls, value: object) -> object:
        return ZoneInfo(value) if isinstance(value, str) else value

    @field_validator("encoding")
    @classmethod
    def _codec(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                b"some".decode(value, "ignore")
            except LookupError:
                raise ValueError(f"{value!r} is no encoding that Python knows") from None
        return value

    def channel(self, source: str) -> str:
        """The channel of a source."""
        return self.channels.get(source) or self.channels.get(_OTHER) or "system"


def slug(value: str) -> str:
    """Lower case, with one hyphen for every run of anything but a-z and 0-9, none at the ends."""
    return _NOT_IN_SLUG.sub("-", value.lower()).strip("-")


def read(content: Mapping[str, Any]) -> RecordMapping:
    """The mapping in a YAML page; raises MappingFault."""
    try:
        return RecordMapping.model_validate(content)
    except (ValidationError, ValueError, KeyError) as error:
        raise MappingFault(f"the mapping can't be used: {error}") from error


def read_file(path: Path) -> RecordMapping:
    """The mapping in a file; raises MappingFault."""
    try:
        return read(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError) as error:
        raise MappingFault(f"{path} can't be read: {error}") from error
