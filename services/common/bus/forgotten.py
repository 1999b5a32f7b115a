"""Compares what is on the bus with what a service still knows: the other way round from `audit`.

After a database was restored to an older point, its service has forgotten what it had acknowledged
since. What it told of that is still on the bus, and so the loss can be named, one aggregate at a
time. Owns the comparison; what to do about each is a person's (docs/disaster-recovery.md). Blocks
until the topics are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from google.protobuf.message import DecodeError

from services.common.aggregates import mongo
from services.common.bus.audit import records_since
from services.common.bus.brokers import Brokers
from services.common.bus.dead_letters import ONLY_FOR
from services.common.events import contracts
from services.common.events.envelope import Envelope, Undecodable, from_record

# Ids of one `$in`. The embedded server answers so many fastest; a real one bears any number.
_CHUNK = 20
# What tells a fact from others of its aggregate and type.
_FACT_FIELDS = ("round", "attempt", "message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """A fact that the service told and that its database knows nothing of.

    `version` is the one that the aggregate had when it first told the fact, `known` the one in
    which it lies in the database now; 0: it is not there at all. `key` is the id of the inquiry.
    """

    aggregate: str
    key: str
    type: str
    event: str
    time: datetime
    version: int
    known: int


def forgotten(
    *, service: str, alias: str, collections: Sequence[str], brokers: Brokers, since: datetime
) -> list[Forgotten]:
    """What the service has told since then and does not know, in the order of the times.

    Exact while the service stands still after a restore. Once it works again, an aggregate that
    reaches the same version by another way counts as known; a fact that was told a second time
    counts by its lower version. Raises DomainError UNAVAILABLE (database), KafkaError and
    `audit.NotRead`.
    """
    told = _facts(service, brokers, since)
    known = _versions(alias, collections, {one.aggregate for one in told})
    found = (
        Forgotten(
            aggregate=one.aggregate,
            key=one.key,
            type=one.type,
            event=one.id,
            time=one.time,
            version=one.version,
            known=known.get(one.aggregate, 0),
        )
        for one in told
    )
    return sorted(
        (one for one in found if one.version > one.known), key=lambda one: (one.time, one.event)
    )


def told_by(service: str, brokers: Brokers, since: datetime) -> Iterator[Envelope]:
    """The events of known contracts that the service has told since then, in the order of each
    partition; what a replay sent to one reader alone is left out.

    Blocks; raises KafkaError and `audit.NotRead`.
    """
    of_service = {
        name: contract.topic
        for name, contract in contracts.events().items()
        if name.split(".")[1] == service
    }
    for record in records_since(brokers, {*of_service.values(), contracts.SEALED_TOPIC}, since):
        if any(name == ONLY_FOR for name, _ in record.headers):
            continue
        try:
            envelope = from_record(record.key, record.headers, record.value)
        except Undecodable:
            continue
        if envelope.type in of_service:
            yield envelope


def _facts(service: str, brokers: Brokers, since: datetime) -> Sequence[Envelope]:
    """Each fact that the service told, as of its lowest version."""
    facts: dict[tuple[Any, ...], Envelope] = {}
    for envelope in told_by(service, brokers, since):
        fact = (envelope.aggregate, envelope.type, *_which(envelope))
        if fact not in facts or envelope.version < facts[fact].version:
            facts[fact] = envelope
    return list(facts.values())


def _which(envelope: Envelope) -> tuple[Any, ...]:
    """What tells the fact from others of its type: its round, attempt and message."""
    message: Any = contracts.events()[envelope.type].message()
    try:
        message.ParseFromString(envelope.data)
    except DecodeError:
        return (envelope.id,)
    return tuple(getattr(message, name, None) for name in _FACT_FIELDS)


def _versions(alias: str, collections: Sequence[str], ids: Iterable[str]) -> Mapping[str, int]:
    """The version in which each aggregate lies in the database."""
    found: dict[str, int] = {}
    wanted = sorted(ids)
    with mongo.reachable():
        for name in collections:
            documents = mongo.collection(alias, name)
            for start in range(0, len(wanted), _CHUNK):
                chunk = {"$in": wanted[start : start + _CHUNK]}
                for document in documents.find({"_id": chunk}, {"version": 1}):
                    version = document.get("version", 0)
                    found[document["_id"]] = max(version, found.get(document["_id"], 0))
    return found
