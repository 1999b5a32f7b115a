"""The AsyncAPI 3.0 document of every event, made from the descriptors and their comments.

`make protos` writes it to protos/asyncapi.yaml, and a test proves that current.
"""

from __future__ import annotations

from typing import Any

import yaml
from google.protobuf import descriptor_pb2

from services.common import contracts
from services.common.envelope import CONTENT_TYPE

_HEADERS = {
    "ce_specversion": "CloudEvents version, 1.0",
    "ce_id": "Unique id of the event; the same id has the same effect once",
    "ce_source": "Service that tells it",
    "ce_type": "Full name of the protobuf message in the value",
    "ce_time": "When it was told, ISO 8601 with offset",
    "ce_subject": "Id of the inquiry",
    "ce_partitionkey": "The record's key, the id of the inquiry",
    "ce_sequence": "Version of the aggregate that told it, from 1; compare it only with the same "
    "ce_source and ce_type, and drop no event because of it",
    "ce_correlationid": "Id of the inquiry whose life it belongs to",
    "ce_causationid": "Id of the event or command that led to it",
    "traceparent": "W3C trace context of its creation",
    "content-type": CONTENT_TYPE,
}


def document(comments: dict[str, str]) -> dict[str, Any]:
    """The whole document. `comments` maps full proto names to their comments."""
    by_topic: dict[str, list[contracts.EventContract]] = {}
    for contract in sorted(contracts.events().values(), key=lambda c: c.name):
        by_topic.setdefault(contract.topic, []).append(contract)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dasan",
            "version": "1",
            "description": "Facts of a city's citizen service. CloudEvents 1.0, Kafka binary mode, "
            "protobuf values; records are keyed by the inquiry. No personal data travels here.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic: _channel(topic, found) for topic, found in sorted(by_topic.items())},
        "operations": {
            f"receive.{topic}": {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{topic}"},
            }
            for topic in sorted(by_topic)
        },
        "components": {
            "messages": {
                contract.name: _message(contract, comments)
                for contract in sorted(contracts.events().values(), key=lambda c: c.name)
            },
            "messageTraits": {"cloudEvent": {"headers": _headers()}},
        },
    }


def _channel(topic: str, found: list[contracts.EventContract]) -> dict[str, Any]:
    return {
        "address": topic,
        "messages": {c.name: {"$ref": f"#/components/messages/{c.name}"} for c in found},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
    }


def _message(contract: contracts.EventContract, comments: dict[str, str]) -> dict[str, Any]:
    descriptor = contract.message.DESCRIPTOR
    return {
        "name": contract.name,
        "summary": comments.get(contract.name, ""),
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"{contract.key} of the event"},
                "bindingVersion": "0.5.0",
            }
        },
        "payload": {
            "type": "object",
            "description": f"Protobuf message {contract.name}",
            "properties": {
                field.name: {
                    "type": _json_type(field),
                    "description": comments.get(field.full_name, ""),
                    "x-protobuf-field": field.number,
                }
                for field in descriptor.fields
            },
        },
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            name: {"type": "string", "description": text} for name, text in _HEADERS.items()
        },
    }


def _json_type(field: Any) -> str:
    kinds = descriptor_pb2.FieldDescriptorProto
    if field.type == kinds.TYPE_BOOL:
        return "boolean"
    if field.type in (kinds.TYPE_DOUBLE, kinds.TYPE_FLOAT):
        return "number"
    if field.type in (kinds.TYPE_INT32, kinds.TYPE_INT64, kinds.TYPE_UINT32, kinds.TYPE_UINT64):
        return "integer"
    return "string"


def comments_in(image: bytes) -> dict[str, str]:
    """The leading comments of messages and fields in a descriptor set with source info."""
    files = descriptor_pb2.FileDescriptorSet.FromString(image)
    found: dict[str, str] = {}
    for file in files.file:
        for location in file.source_code_info.location:
            name = _name_at(file, list(location.path))
            if name:
                found[name] = " ".join(location.leading_comments.split())
    return found


def _name_at(file: descriptor_pb2.FileDescriptorProto, path: list[int]) -> str:
    message, field = 4, 2  # numbers of message_type and field in descriptor.proto
    if len(path) == 2 and path[0] == message:
        return f"{file.package}.{file.message_type[path[1]].name}"
    if len(path) == 4 and path[0] == message and path[2] == field:
        owner = file.message_type[path[1]]
        return f"{file.package}.{owner.name}.{owner.field[path[3]].name}"
    return ""


def rendered(image: bytes) -> str:
    """The document as YAML. `image` is a descriptor set with source info."""
    head = "# Generated from the contracts: make protos. Do not edit.\n"
    body: str = yaml.safe_dump(
        document(comments_in(image)), sort_keys=False, allow_unicode=True, width=100
    )
    return head + body
