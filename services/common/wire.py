"""Events as the domain knows them (dataclasses) to and from the contracts (protobuf).

A service lists its own event dataclasses; a field travels under the same name. Each consumer keeps
only the fields it reads, so a contract may grow without touching it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from google.protobuf.message import DecodeError, Message

from services.common import contracts
from services.common.envelope import Undecodable


class ContractBroken(Exception):
    """A decodable event that breaks its contract; `field` names where."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    read: Callable[[Message], Any]
    write: Callable[[Message, Any], None]


class Wire:
    """The events one service tells or hears, by full proto name.

    `known` maps the full name (`dasan.intake.v1.InquiryReceived`) to the service's dataclass.
    Raises ValueError at construction when a dataclass and its contract disagree.
    """

    def __init__(self, known: dict[str, type[Any]]) -> None:
        self._classes = known
        self._names = {cls: name for name, cls in known.items()}
        self._fields = {name: _plan(name, cls) for name, cls in known.items()}

    def types(self) -> Iterable[str]:
        """The full names this service knows."""
        return self._classes.keys()

    def topics(self, *names: str) -> tuple[str, ...]:
        """The topics that carry the named events."""
        return tuple(sorted({contracts.events()[name].topic for name in names}))

    def encode(self, event: object) -> tuple[str, str, bytes]:
        """The full name, the key and the bytes of an event."""
        name = self._names[type(event)]
        contract = contracts.events()[name]
        message = contract.message()
        for field in self._fields[name]:
            field.write(message, getattr(event, field.name))
        return name, getattr(message, contract.key), message.SerializeToString(deterministic=True)

    def decode(self, type_name: str, key: str, data: bytes) -> object | None:
        """The event, or None when this service does not listen to its type.

        Raises Undecodable for bytes that are not the message, ContractBroken for a message that
        lacks what the contract promises (its key, a time, an enum value), KeyError for a type
        that no contract names.
        """
        contract = contracts.events()[type_name]
        if type_name not in self._classes:
            return None
        message = contract.message()
        try:
            message.ParseFromString(data)
        except DecodeError as error:
            raise Undecodable("the value is not the message its type names") from error
        if getattr(message, contract.key) != key or not key:
            raise ContractBroken(contract.key, "differs from the record's key or is empty")
        values = {field.name: field.read(message) for field in self._fields[type_name]}
        return typing.cast(object, self._classes[type_name](**values))


def _plan(name: str, cls: type[Any]) -> tuple[_Field, ...]:
    descriptor = contracts.events()[name].message.DESCRIPTOR
    hints = typing.get_type_hints(cls)
    plan = []
    for field in fields(cls):
        proto = descriptor.fields_by_name.get(field.name)
        if proto is None:
            if field.default is MISSING:
                raise ValueError(f"{name} has no field {field.name}, which {cls.__name__} needs")
            continue
        plan.append(_convert(proto, hints[field.name]))
    return tuple(plan)


def _convert(proto: Any, hint: Any) -> _Field:
    optional = isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)
    if optional:
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    if hint is datetime:
        return _time(proto.name, optional)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _enum(proto, hint)
    if hint not in (str, int, bool, float):
        raise ValueError(f"{proto.full_name}: {hint} does not travel")

    def read(message: Message) -> Any:
        value = getattr(message, proto.name)
        return (value or None) if optional else value

    def write(message: Message, value: Any) -> None:
        if value is not None:
            setattr(message, proto.name, value)

    return _Field(proto.name, read, write)


def _time(name: str, optional: bool) -> _Field:
    def read(message: Message) -> datetime | None:
        if not message.HasField(name):
            if optional:
                return None
            raise ContractBroken(name, "is missing")
        try:
            time: datetime = getattr(message, name).ToDatetime(tzinfo=UTC)
        except ValueError as error:
            raise ContractBroken(name, "is no time of our calendar") from error
        return time

    def write(message: Message, value: datetime | None) -> None:
        if value is not None:
            getattr(message, name).FromDatetime(value.astimezone(UTC))

    return _Field(name, read, write)


def _enum(proto: Any, hint: type[StrEnum]) -> _Field:
    """Members travel by name: `Channel.PHONE` is CHANNEL_PHONE. Other values break the contract."""
    enum_type = proto.enum_type
    prefix = enum_type.values_by_number[0].name.removesuffix("UNSPECIFIED")
    by_number = {
        value.number: hint[value.name.removeprefix(prefix)]
        for value in enum_type.values
        if value.name.removeprefix(prefix) in hint.__members__
    }
    numbers = {member: number for number, member in by_number.items()}

    def read(message: Message) -> StrEnum:
        number = getattr(message, proto.name)
        if number not in by_number:
            raise ContractBroken(proto.name, f"value {number} is not one of {enum_type.name}")
        return by_number[number]

    def write(message: Message, value: StrEnum) -> None:
        setattr(message, proto.name, numbers[value])

    return _Field(proto.name, read, write)
