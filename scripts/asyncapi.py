"""The AsyncAPI 3.0 document of every event, made from the descriptors and their comments.

`make protos` writes it to protos/asyncapi.yaml; a test proves that this file is current. It
describes the payloads as JSON Schema, under the field names of the .proto; on the bus they are
protobuf.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from dasan.options.v1 import options_pb2
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from services.common.bus.dead_letters import ONLY_FOR
from services.common.events import contracts
from services.common.events.contracts import EventContract, TopicSpec
from services.common.events.envelope import CONTENT_TYPE

# https://www.asyncapi.com/docs/reference/bindings/kafka
BINDING = "0.5.0"

ABOUT = """\
Facts of a city's citizen service: CloudEvents 1.0 in Kafka's binary mode, with protobuf values. The
schemas name fields as the .proto files do. No personal data travels here: what a citizen wrote, and
how to reach them, is asked for by gRPC, with a purpose.

**How long.** Each channel says how long its records are kept. A reader that is away for longer has
missed what was told meanwhile.

**Order.** Only within one topic and key, and there it is the order in which each document told its
events; a repetition may come behind what was told after it. Between topics and between keys there
is no order: an answer may be seen before the case that it ends. Each event therefore says by itself
which inquiry and which round it is of.

**Duplicates.** Each event comes at least once. The same `ce_id` is the same event: let it have its
effect once.

**How to begin.** With a new consumer group at the earliest record that is kept
(`auto.offset.reset=earliest`). There is no snapshot of what happened before that yet.

**What never comes.** A matter that the city's catalogue marks as sealed, such as a report of
corruption, is told on `dasan.sealed.v1`, which is for the services of the city alone. Where only
the words of such a matter say what it is about, its receipt and the message that confirms it are
told to all, in codes that say nothing of it, and nothing is told after that.

**Versions.** `ce_aggregateversion` is the version that one document of the telling service had when
it told the event; `ce_subject` names that document. It rises with each change of the document. The
several events of one change share it, and changes that tell nothing leave gaps. Compare it only
between events whose `ce_source` and `ce_subject` are both equal, and drop nothing because of it: an
event with a lower version may be one that you have not seen.

**What may come.** New event types, new fields and new values of an enum. Pass over a type that you
do not know, and be ready for a value that you do not know. What is there keeps its meaning; a
change of meaning is a new package (`v2`) beside the old one. `x-audience: internal` marks an event
for the services of the city alone, which may change with them.

How to subscribe, step by step, with a consumer that runs: docs/subscribing.md.
"""

SERVER = {
    "host": "{brokers}",
    "protocol": "kafka",
    "description": "The brokers of one city, plain and without a login on one machine. What a "
    "deployment asks of its clients (TLS, SASL) its operators say.",
    "variables": {
        "brokers": {
            "description": "KAFKA_BOOTSTRAP of the deployment: host:port, several with commas",
            "default": "127.0.0.1:19092",
        }
    },
    "bindings": {"kafka": {"bindingVersion": BINDING}},
}

_HEADERS: dict[str, dict[str, Any]] = {
    "ce_specversion": {"description": "Version of CloudEvents", "const": "1.0"},
    "ce_id": {
        "description": "Unique id of the event. It may come again under the same id, which has its "
        "effect once"
    },
    "ce_source": {"description": "Service that tells it", "pattern": "^/dasan/[a-z]+$"},
    "ce_type": {"description": "Full name of the protobuf message in the value"},
    "ce_time": {"description": "When it was told", "format": "date-time"},
    "ce_subject": {
        "description": "Id of the document of the telling service that told it: the inquiry's own "
        "for its inquiry, assignment and case, one of its own for a survey or a delivery"
    },
    "ce_partitionkey": {
        "description": "The record's key: the id of the inquiry; of RuleSetActivated"
        " the version of the rules, of DelegationRecorded the id of the delegation,"
        " of OfficeRecorded the id of the office"
    },
    "ce_aggregateversion": {
        "description": "Version, from 1, that the document named by ce_subject had when it told "
        "this. Compare it only with that of events of equal ce_source and ce_subject. Several "
        "events of one change share it. Drop nothing because of it",
        "pattern": "^[0-9]+$",
    },
    "ce_correlationid": {"description": "Id of the inquiry whose life it belongs to"},
    "ce_causationid": {"description": "Id of the event or command that led to it"},
    "traceparent": {"description": "W3C trace context of its creation; not there when it had none"},
    ONLY_FOR: {
        "description": "Only on a record that one service of Dasan had put away and has back to "
        "handle it now; the event was told before. Pass it over"
    },
    "content-type": {"description": "Form of the value", "const": CONTENT_TYPE},
}
_NOT_ALWAYS_THERE = {"traceparent", ONLY_FOR}

_INQUIRY = "019ac0e5-7c00-7b7a-9d3e-5f1c2a9b4d10"
_EVENT = "019ac0e6-11d8-7c55-8a40-0e6d9b7a2f31"
_TIME = "2026-11-26T09:00:00Z"
# What the fields of an example say, by name; a text without an entry is left out.
_EXAMPLES = {
    "ruleset_version": "2026-12-01",
    "delegation_id": "delegation:11110:bulky-waste",
    "valid_from": "2026-12-01",
    "legal_basis": "서울특별시 종로구 사무위임 조례",
    "inquiry_id": _INQUIRY,
    "receipt_number": "261126-00001-5",
    "language": "ko",
    "service_code": "noise",
    "district_code": "11110",
    "dong_code": "1111053000",
    "office_id": "d-11110",
    "suggested_office_id": "d-11140",
    "delegated_by": "d-11110",
    "rule": "district_of_place",
    "survey_id": f"{_INQUIRY}-1",
    "delivery_id": f"{_INQUIRY}:answered:1:1",
    "message": "answered",
    "cause_type": "dasan.districts.v1.CaseAnswered",
    "cause_event_id": _EVENT,
}

_INTEGERS = {
    FieldDescriptor.TYPE_INT32,
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT32,
    FieldDescriptor.TYPE_UINT64,
}
_UNSIGNED = {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_UINT64}
_TIMESTAMP = "google.protobuf.Timestamp"


SEALED = (
    "For the services of the city alone: the events of sealed matters, such as reports of "
    "corruption, whatever their type. None of them is on the topic that its type has otherwise."
)


def document(comments: dict[str, str]) -> dict[str, Any]:
    """The whole document. `comments` maps full proto names to their comments."""
    events = sorted(contracts.events().values(), key=lambda contract: contract.name)
    topics = {topic.name: topic for topic in contracts.topics()}
    by_topic: dict[str, list[EventContract]] = {}
    for contract in events:
        by_topic.setdefault(contract.topic, []).append(contract)
    by_topic[contracts.SEALED_TOPIC] = events
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Dasan", "version": "1", "description": ABOUT},
        "servers": {"city": SERVER},
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            name: _channel(topics[name], found) for name, found in sorted(by_topic.items())
        },
        "operations": {
            f"receive.{topic}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{topic}"},
            }
            for topic in sorted(by_topic)
        },
        "components": {
            "messages": {contract.name: _message(contract, comments) for contract in events},
            "messageTraits": {"cloudEvent": {"headers": _headers()}},
            "schemas": dict(sorted(_schemas(events, comments))),
        },
    }


def _channel(topic: TopicSpec, found: list[EventContract]) -> dict[str, Any]:
    sealed = topic.name == contracts.SEALED_TOPIC
    about = _about_channel(topic, sorted({contract.key for contract in found}))
    return {
        "address": topic.name,
        "description": f"{SEALED} {about}" if sealed else about,
        **({"x-audience": "internal"} if sealed else {}),
        "messages": {c.name: {"$ref": f"#/components/messages/{c.name}"} for c in found},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [topic.cleanup],
                    "retention.ms": topic.retention_ms,
                },
                "bindingVersion": BINDING,
            }
        },
    }


def _about_channel(topic: TopicSpec, keys: list[str]) -> str:
    if topic.cleanup == "compact":
        kept = (
            "The last record of each key is kept for ever and carries a whole state, earlier ones "
            "until the broker compacts the topic: whoever reads from the beginning knows all that "
            "there is."
        )
        begin = "Begin at the earliest record, however long ago it was told."
    else:
        kept = (
            f"Kept for {topic.retention_hours // 24} days: a reader that is away for longer has "
            "missed what was told meanwhile."
        )
        begin = "Begin at the earliest record that is kept; there is no snapshot of earlier ones."
    return (
        f"{kept} Within one key ({', '.join(keys)}) each document's events come in the order in "
        "which it told them; there is no order between keys, nor between this topic and another. "
        f"Each comes at least once: let the same ce_id have its effect once. {begin} A deployment "
        "may have more partitions than are named here, which are those of a city on one machine."
    )


def _message(contract: EventContract, comments: dict[str, str]) -> dict[str, Any]:
    descriptor: Any = contract.message.DESCRIPTOR
    return {
        "name": contract.name,
        "summary": comments.get(contract.name, ""),
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "x-audience": "subscriber" if contract.public else "internal",
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"{contract.key} of the event"},
                "bindingVersion": BINDING,
            }
        },
        "payload": _object(descriptor, f"Protobuf message {contract.name}", comments),
        "examples": [{"headers": _example_headers(contract), "payload": _example(descriptor)}],
    }


def _object(descriptor: Descriptor, description: str, comments: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {field.name: _property(field, comments) for field in descriptor.fields},
    }


def _property(field: FieldDescriptor, comments: dict[str, str]) -> dict[str, Any]:
    """A field as a property; a list of such for one that is repeated. What is defined apart stands
    in an `allOf`, since whatever stands beside a `$ref` is not read."""
    value = _value(field)
    if field.is_repeated:
        value = {"type": "array", "items": value}
    elif "$ref" in value:
        value = {"allOf": [value]}
    return {
        **value,
        "description": comments.get(field.full_name, ""),
        "x-protobuf-field": field.number,
        "x-privacy": _privacy(field),
    }


def _value(field: FieldDescriptor) -> dict[str, Any]:
    """The schema of one value of a field."""
    if field.message_type is not None:
        name = field.message_type.full_name
        return {"type": "string", "format": "date-time"} if name == _TIMESTAMP else _ref(name)
    if field.enum_type is not None:
        return _ref(field.enum_type.full_name)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return {"type": "boolean"}
    if field.type in _INTEGERS:
        return {"type": "integer", "minimum": 0} if field.type in _UNSIGNED else {"type": "integer"}
    if field.type in (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT):
        return {"type": "number"}
    return {"type": "string"}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _privacy(field: FieldDescriptor) -> str:
    extension: Any = options_pb2.privacy
    said = field.GetOptions().Extensions[extension]
    return options_pb2.Privacy.Name(said).removeprefix("PRIVACY_").lower()


def _schemas(
    events: Iterable[EventContract], comments: dict[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The messages and enums that events are made of, each defined once."""
    left: list[Descriptor] = [contract.message.DESCRIPTOR for contract in events]  # type: ignore[misc]
    seen: set[str] = set()
    while left:
        for field in left.pop().fields:
            inner, enum = field.message_type, field.enum_type
            if enum is not None and enum.full_name not in seen:
                seen.add(enum.full_name)
                yield enum.full_name, _enum(enum, comments)
            if inner is None or inner.full_name in {*seen, _TIMESTAMP}:
                continue
            seen.add(inner.full_name)
            left.append(inner)
            about = comments.get(inner.full_name, "")
            yield inner.full_name, _object(inner, about, comments)


def _enum(enum: EnumDescriptor, comments: dict[str, str]) -> dict[str, Any]:
    """The names of its values, with what each means; on the bus they are the numbers."""
    meanings = (
        f"- `{value.name}`: {comments.get(f'{enum.full_name}.{value.name}', '')}"
        for value in enum.values
    )
    return {
        "type": "string",
        "enum": [value.name for value in enum.values],
        "description": "\n".join((comments.get(enum.full_name, ""), "", *meanings)),
        "x-protobuf-numbers": {value.name: value.number for value in enum.values},
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in _HEADERS if name not in _NOT_ALWAYS_THERE],
        "properties": {name: {"type": "string", **rest} for name, rest in _HEADERS.items()},
    }


def _example_headers(contract: EventContract) -> dict[str, str]:
    message = _example(contract.message.DESCRIPTOR)
    subject = message.get("delivery_id") or message.get("survey_id") or message[contract.key]
    return {
        "ce_specversion": "1.0",
        "ce_id": _EVENT,
        "ce_source": f"/dasan/{contract.name.split('.')[1]}",
        "ce_type": contract.name,
        "ce_time": _TIME,
        "ce_subject": subject,
        "ce_partitionkey": message[contract.key],
        "ce_aggregateversion": "1",
        "ce_correlationid": _INQUIRY,
        "ce_causationid": _EVENT,
        "content-type": CONTENT_TYPE,
    }


def _example(descriptor: Any) -> dict[str, Any]:
    """A message with something in every field that there is an example for."""
    found = {field.name: _example_of(field) for field in descriptor.fields}
    return {name: value for name, value in found.items() if value is not None}


def _example_of(field: FieldDescriptor) -> Any:
    value: Any
    if field.message_type is not None:
        stamp = field.message_type.full_name == _TIMESTAMP
        value = _TIME if stamp else _example(field.message_type)
    elif field.enum_type is not None:
        value = field.enum_type.values_by_number[1].name
    elif field.type == FieldDescriptor.TYPE_BOOL:
        value = False
    elif field.type == FieldDescriptor.TYPE_STRING:
        value = _EXAMPLES.get(field.name)
    else:
        value = 1
    return [value] if field.is_repeated and value is not None else value


def comments_in(image: bytes) -> dict[str, str]:
    """The leading comments of messages, enums, their fields and values in a descriptor set with
    source info, by full name; a value's is that of its enum and its own."""
    files = descriptor_pb2.FileDescriptorSet.FromString(image)
    found: dict[str, str] = {}
    for file in files.file:
        for location in file.source_code_info.location:
            name = _name_at(file, list(location.path))
            if name:
                found[name] = " ".join(location.leading_comments.split())
    return found


def _name_at(file: descriptor_pb2.FileDescriptorProto, path: list[int]) -> str:
    """The full name of what a path leads to; empty for anything but what events are made of."""
    # Numbers of the fields in descriptor.proto.
    message, enum, inner = 4, 5, 2
    kinds: dict[int, Any] = {message: file.message_type, enum: file.enum_type}
    if len(path) not in (2, 4) or path[0] not in kinds:
        return ""
    owner = kinds[path[0]][path[1]]
    name = f"{file.package}.{owner.name}"
    if len(path) == 2:
        return name
    if path[2] != inner:
        return ""
    parts = owner.field if path[0] == message else owner.value
    return f"{name}.{parts[path[3]].name}"


def rendered(image: bytes) -> str:
    """The document as YAML. `image` is a descriptor set with source info."""
    head = "# Generated from the contracts: make protos. Do not edit.\n"
    body: str = yaml.dump(
        document(comments_in(image)),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return head + body


class _Dumper(yaml.SafeDumper):
    """Writes longer texts line by line, and nothing by an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
