"""Events as the domain knows them (dataclasses) to and from the contracts (protobuf).

A service lists its own event dataclasses; a field travels under the same name. A repeated field is
a tuple, a message within a message a dataclass, a Timestamp a datetime to the millisecond, a text
that holds a day (ISO 8601) a date. Each consumer keeps only the fields it reads, so a contract may
grow without touching it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Iterable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message

from services.common.events import contracts
from services.common.events.envelope import Undecodable
from services.common.kernel import to_milliseconds

# Python's calendar begins with year 1 and ends with 9999: a time of either cannot be told in every
# zone, nor can anything be counted from it. One such record would stop whoever shows its time.
_YEARS = range(2, 9999)


class ContractBroken(Exception):
    """A decodable event that breaks its contract; `field` names where."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class Newer(Exception):
    """A field has a value that its contract does not have yet: a newer version told the event."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    read: Callable[[Message], Any]
    write: Callable[[Message, Any], None]


class Wire:
    """The events one service tells or hears, by full proto name.

    `known` maps the full name (`dasan.intake.v1.InquiryReceived`) to the service's dataclass.
    `sealed` are the codes of the services whose matters are sealed. Raises ValueError at
    construction when a dataclass and its contract disagree.
    """

    def __init__(self, known: dict[str, type[Any]], sealed: Collection[str] = ()) -> None:
        self._classes = known
        self._sealed = frozenset(sealed)
        self._names = {cls: name for name, cls in known.items()}
        self._fields = {name: _plan(name, cls) for name, cls in known.items()}

    def types(self) -> Iterable[str]:
        """The full names this service knows."""
        return self._classes.keys()

    def topics(self, *names: str) -> tuple[str, ...]:
        """The topics that carry the named events, those of sealed matters too."""
        carry = {contracts.events()[name].topic for name in names}
        return tuple(sorted({*carry, contracts.SEALED_TOPIC}))

    def hearing(self, names: Iterable[str]) -> Wire:
        """What listens to the named events alone: on a topic of several services it passes over
        what its own service tells."""
        return Wire({name: self._classes[name] for name in names}, self._sealed)

    def seals(self, event: object) -> bool:
        """Whether the event is of a sealed matter, so that no subscriber may see it."""
        return getattr(getattr(event, "matter", None), "service_code", "") in self._sealed

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
        lacks what the contract promises (its key, a time, an enum value), Newer for an enum value
        that the contract does not have yet, KeyError for a type that no contract names.
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
    return _fields(typing.cast(Descriptor, contracts.events()[name].message.DESCRIPTOR), cls)


def _fields(descriptor: Descriptor, cls: type[Any]) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(cls)
    plan = []
    for field in fields(cls):
        proto = descriptor.fields_by_name.get(field.name)
        if proto is None:
            if field.default is MISSING and field.default_factory is MISSING:
                raise ValueError(
                    f"{descriptor.full_name} has no field {field.name}, which {cls.__name__} needs"
                )
            continue
        plan.append(_field(proto, hints[field.name]))
    return tuple(plan)


@dataclass(frozen=True, slots=True)
class _Form:
    """How one value travels. `put` returns the value for a scalar field; `fill` writes into the
    message of a message field."""

    get: Callable[[Any], Any]
    put: Callable[[Any], Any] | None = None
    fill: Callable[[Any, Any], None] | None = None


def _field(proto: FieldDescriptor, hint: Any) -> _Field:
    if proto.is_repeated:
        return _list(proto, hint)
    optional = isinstance(hint, types.UnionType) and type(None) in typing.get_args(hint)
    if optional:
        hint = next(arg for arg in typing.get_args(hint) if arg is not type(None))
    form = _form(proto, hint)
    name = proto.name
    if form.fill is not None:
        return _message(name, form.get, form.fill, optional)
    get, put = form.get, form.put
    assert put is not None

    def read(message: Message) -> Any:
        value = getattr(message, name)
        return None if optional and not value else get(value)

    def write(message: Message, value: Any) -> None:
        if value is not None:
            setattr(message, name, put(value))

    return _Field(name, read, write)


def _message(
    name: str, get: Callable[[Any], Any], fill: Callable[[Any, Any], None], optional: bool
) -> _Field:
    def read(message: Message) -> Any:
        if message.HasField(name):
            return get(getattr(message, name))
        if optional:
            return None
        raise ContractBroken(name, "is missing")

    def write(message: Message, value: Any) -> None:
        if value is not None:
            part = getattr(message, name)
            part.SetInParent()
            fill(part, value)

    return _Field(name, read, write)


def _list(proto: FieldDescriptor, hint: Any) -> _Field:
    """A repeated field is a tuple of any length."""
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is not tuple or len(arguments) != 2 or arguments[1] is not ...:
        raise ValueError(f"{proto.full_name} is repeated: tuple[..., ...], not {hint}")
    form = _form(proto, arguments[0])
    name, get, put, fill = proto.name, form.get, form.put, form.fill

    def read(message: Message) -> Any:
        return tuple(get(value) for value in getattr(message, name))

    def write(message: Message, values: Any) -> None:
        target = getattr(message, name)
        for value in values:
            if fill is not None:
                fill(target.add(), value)
            elif put is not None:
                target.append(put(value))

    return _Field(name, read, write)


def _form(proto: FieldDescriptor, hint: Any) -> _Form:
    if hint is datetime:
        return _time(proto)
    if hint is date:
        return _day(proto)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _enum(proto, hint)
    if proto.message_type is not None and is_dataclass(hint):
        return _nested(proto, typing.cast(type[Any], hint))
    if proto.message_type is not None or hint not in (str, int, bool, float):
        raise ValueError(f"{proto.full_name}: {hint} does not travel")
    return _Form(get=_same, put=_same)


def _same(value: Any) -> Any:
    return value


def _nested(proto: FieldDescriptor, cls: type[Any]) -> _Form:
    plan = _fields(typing.cast(Descriptor, proto.message_type), cls)

    def get(message: Any) -> Any:
        try:
            return cls(**{field.name: field.read(message) for field in plan})
        except ContractBroken as error:
            raise ContractBroken(f"{proto.name}.{error.field}", "within") from error

    def fill(message: Any, value: Any) -> None:
        for field in plan:
            field.write(message, getattr(value, field.name))

    return _Form(get=get, fill=fill)


def _time(proto: FieldDescriptor) -> _Form:
    def get(value: Any) -> datetime:
        try:
            time: datetime = value.ToDatetime(tzinfo=UTC)
        except (ValueError, OverflowError) as error:
            raise ContractBroken(proto.name, "is no time of our calendar") from error
        if time.year not in _YEARS:
            raise ContractBroken(proto.name, "is no time that anything can be counted from")
        return to_milliseconds(time)

    def fill(value: Any, time: datetime) -> None:
        value.FromDatetime(to_milliseconds(time.astimezone(UTC)))

    return _Form(get=get, fill=fill)


def _day(proto: FieldDescriptor) -> _Form:
    """A day without a time travels as text; an optional one that is None as the empty text."""
    if proto.type != FieldDescriptor.TYPE_STRING:
        raise ValueError(f"{proto.full_name} is no text, as a day needs")

    def get(text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise ContractBroken(proto.name, "is no day of our calendar") from error
        if day.year not in _YEARS:
            raise ContractBroken(proto.name, "is no day that anything can be counted from")
        return day

    return _Form(get=get, put=date.isoformat)


def _enum(proto: FieldDescriptor, hint: type[StrEnum]) -> _Form:
    """Members travel by name: `Channel.PHONE` is CHANNEL_PHONE. Other values break the contract."""
    enum_type = proto.enum_type
    if enum_type is None:
        raise ValueError(f"{proto.full_name} is no enum, as {hint.__name__} needs")
    prefix = enum_type.values_by_number[0].name.removesuffix("UNSPECIFIED")
    by_number = {
        value.number: hint[value.name.removeprefix(prefix)]
        for value in enum_type.values
        if value.name.removeprefix(prefix) in hint.__members__
    }
    numbers = {member: number for number, member in by_number.items()}

    def get(number: int) -> StrEnum:
        if number not in enum_type.values_by_number:
            raise Newer(proto.name)
        if number not in by_number:
            raise ContractBroken(proto.name, f"value {number} is not one of {enum_type.name}")
        return by_number[number]

    return _Form(get=get, put=numbers.__getitem__)
