"""The one registry of contracts, read from the protobuf descriptors.

Producers, consumers, the AsyncAPI document and whoever creates topics all ask here; nothing else
says which topic an event travels on or which field is its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

# The default, for one machine. `PARTITIONS` in the environment replaces it, alike for all services.
PARTITIONS = 6
WEEK_HOURS = 7 * 24


# Events of sealed matters travel here, whatever their type, for the city's own services alone. On
# the topics of their types the code of the service, the office, the period or even that there is
# something to hide would tell a subscriber what the matter is.
SEALED_TOPIC = "dasan.sealed.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContract:
    """One event: its full proto name, the topic it travels on, the field that is its key.

    `kept_for_ever`: its topic is compacted and keeps the last record of each key for ever;
    otherwise every record is kept for WEEK_HOURS. `public`: systems outside the city may subscribe
    to it.
    """

    name: str
    topic: str
    key: str
    kept_for_ever: bool
    public: bool
    message: type[Message]

    @property
    def of_a_life(self) -> bool:
        """Whether it tells a step in the life of an inquiry, not what the city is or how it
        works."""
        return self.key == "inquiry_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """One topic to declare. `retention_hours` -1 keeps for ever; `cleanup` is Kafka's policy."""

    name: str
    partitions: int
    retention_hours: int
    cleanup: str = "delete"

    @property
    def retention_ms(self) -> int:
        """Kafka's `retention.ms`: -1 keeps for ever."""
        hours = self.retention_hours
        return -1 if hours < 0 else timedelta(hours=hours) // timedelta(milliseconds=1)


def files() -> tuple[FileDescriptor, ...]:
    """The descriptors of every contract file of Dasan."""
    names = {
        ".".join(("dasan", *path.relative_to(root).with_suffix("").parts))
        for root in import_module("dasan").__path__
        for path in Path(root).glob("*/v1/*_pb2.py")
    }
    return tuple(import_module(name).DESCRIPTOR for name in sorted(names))


def messages() -> Iterator[Descriptor]:
    """Every top-level message of every contract file."""
    for file in files():
        yield from file.message_types_by_name.values()


@cache
def events() -> dict[str, EventContract]:
    """The events by full proto name (`ce_type`)."""
    options_pb2: Any = import_module("dasan.options.v1.options_pb2")
    found = {}
    for descriptor in messages():
        options = descriptor.GetOptions()
        if options.HasExtension(options_pb2.event):
            event = options.Extensions[options_pb2.event]
            found[descriptor.full_name] = EventContract(
                name=descriptor.full_name,
                topic=event.topic,
                key=event.key,
                kept_for_ever=event.retention == options_pb2.RETENTION_LAST_OF_KEY,
                public=event.audience == options_pb2.AUDIENCE_SUBSCRIBER,
                message=GetMessageClass(descriptor),
            )
    return found


def event_topics() -> tuple[str, ...]:
    """The topics on which events travel, that of sealed matters too; sorted."""
    return tuple(sorted({SEALED_TOPIC, *(contract.topic for contract in events().values())}))


def life_topics() -> tuple[str, ...]:
    """Those on which events of inquiries' lives travel; sorted."""
    of_lives = {contract.topic for contract in events().values() if contract.of_a_life}
    return tuple(sorted({SEALED_TOPIC, *of_lives}))


def services() -> tuple[str, ...]:
    """The services that tell events, by the names of their packages; sorted."""
    return tuple(sorted({name.split(".")[1] for name in events()}))


def dlq_topic(service: str) -> str:
    """The topic to which a service sends records that it cannot handle."""
    return f"dasan.{service}.dlq"


# Fixed, whatever PARTITIONS is: the partition of an entry in its changelog must never change.
TABLE_PARTITIONS = 6
# Changelogs of Faust tables with the hours they are kept; -1 keeps the last of each key for ever.
TABLE_CHANGELOGS = {
    # A matter may stay open for months, and no event topic remembers it so long.
    "dasan-routing-matters-changelog": -1,
    # Its keys never come again after their hour, so compaction alone would keep all of them.
    "dasan-survey-satisfaction-changelog": 24,
}


def topics(partitions: int = PARTITIONS) -> tuple[TopicSpec, ...]:
    """Every topic to declare: events, those of sealed matters, dead letters, table changelogs;
    sorted by name."""
    kept_for_ever = {contract.topic: contract.kept_for_ever for contract in events().values()}
    kept_for_ever[SEALED_TOPIC] = False
    specs = [
        TopicSpec(name=topic, partitions=partitions, retention_hours=-1, cleanup="compact")
        if for_ever
        else TopicSpec(name=topic, partitions=partitions, retention_hours=WEEK_HOURS)
        for topic, for_ever in kept_for_ever.items()
    ]
    specs += [
        TopicSpec(name=dlq_topic(service), partitions=1, retention_hours=4 * WEEK_HOURS)
        for service in services()
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
