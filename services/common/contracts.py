"""The one registry of contracts, read from the protobuf descriptors.

Producers, consumers, the AsyncAPI document and the topic manifests all ask here; nothing else
says which topic an event travels on or which field is its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

CONTEXTS = ("intake", "routing", "districts", "survey", "notify")
SERVICES = CONTEXTS

# Small local default; deploy/k8s raises it. A keyed topic's count is fixed once it holds records.
PARTITIONS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContract:
    """One event: its full proto name, the topic it travels on, the field that is its key."""

    name: str
    topic: str
    key: str
    message: type[Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """One topic to declare. `retention_hours` -1 keeps for ever; `cleanup` is Kafka's policy."""

    name: str
    partitions: int
    retention_hours: int
    cleanup: str = "delete"


def files() -> tuple[FileDescriptor, ...]:
    """The descriptors of every contract file of Dasan."""
    modules = {
        "intake": ("events", "contacts"),
        "routing": ("events",),
        "districts": ("events", "work", "answers"),
        "survey": ("events", "invitations"),
        "notify": ("events",),
        "options": ("options",),
    }
    return tuple(
        import_module(f"dasan.{context}.v1.{name}_pb2").DESCRIPTOR
        for context, names in modules.items()
        for name in names
    )


def messages() -> Iterator[Descriptor]:
    """Every top-level message of every contract file."""
    for file in files():
        yield from file.message_types_by_name.values()


@cache
def events() -> dict[str, EventContract]:
    """The events by full proto name (`ce_type`)."""
    extension: Any = import_module("dasan.options.v1.options_pb2").event
    found = {}
    for descriptor in messages():
        options = descriptor.GetOptions()
        if options.HasExtension(extension):
            event = options.Extensions[extension]
            found[descriptor.full_name] = EventContract(
                name=descriptor.full_name,
                topic=event.topic,
                key=event.key,
                message=GetMessageClass(descriptor),
            )
    return found


def dlq_topic(service: str) -> str:
    """Where a service puts records it cannot use."""
    return f"dasan.{service}.dlq"


# Fixed, whatever PARTITIONS is: an entry's place in its changelog must never change.
TABLE_PARTITIONS = 6
# Changelogs of Faust tables with the hours they are kept; -1 keeps the last of each key for ever.
TABLE_CHANGELOGS = {
    # A matter may stay open for months, and no event topic remembers it so long.
    "dasan-routing-matters-changelog": -1,
    # Its keys never come again after their hour, so compaction alone would keep all of them.
    "dasan-survey-satisfaction-changelog": 24,
}


def topics(partitions: int = PARTITIONS) -> tuple[TopicSpec, ...]:
    """Every topic to declare: events, dead letters, table changelogs; sorted by name."""
    named = {contract.topic for contract in events().values()}
    week = 7 * 24
    specs = [TopicSpec(name=t, partitions=partitions, retention_hours=week) for t in named]
    specs += [
        TopicSpec(name=dlq_topic(service), partitions=1, retention_hours=4 * week)
        for service in SERVICES
    ]
    specs += [
        TopicSpec(
            name=name,
            partitions=TABLE_PARTITIONS,
            retention_hours=hours,
            cleanup="compact" if hours < 0 else "compact,delete",
        )
        for name, hours in TABLE_CHANGELOGS.items()
    ]
    return tuple(sorted(specs, key=lambda spec: spec.name))
