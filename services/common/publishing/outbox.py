"""The types of the outbox: where an event lies, the record that it becomes, and what a bus answers.

Owns no state. `aggregates` writes outboxes, `publisher` and `sweep` send them, `mongo` keeps them.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from services.common.events import contracts
from services.common.events.envelope import Envelope
from services.common.process import metrics, telemetry
from services.common.process.threads import Threads

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class OutboxPlace:
    """Which save of which run answers for an outbox. Places of one run sort by number, as text too.

    A run is one life of one process; its numbers start at 1 and go over all stores of the service.
    """

    run: str
    number: int

    def __str__(self) -> str:
        return f"{self.run}:{self.number:012d}"

    @classmethod
    def parse(cls, text: str) -> OutboxPlace:
        """The place that `str` wrote; raises ValueError for anything else."""
        run, _, number = text.rpartition(":")
        if not run:
            raise ValueError("no place of an outbox")
        return cls(run, int(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """The events that one stored aggregate has to tell, as saved at `place`.

    `carried` names the place of each event (by its id) that another living run saved first and is
    about to tell. `readable` is false when this version of the service cannot read the entries.
    """

    id: str
    version: int
    place: OutboxPlace
    envelopes: tuple[Envelope, ...]
    carried: Mapping[str, OutboxPlace] = field(default_factory=dict)
    readable: bool = True


class Outboxes(Protocol):
    """A store as `publisher` and `sweep` see it. Every method raises DomainError UNAVAILABLE when
    the database is away."""

    name: str
    """The same for every process that serves it, whatever its version: its collection."""

    async def unsent(self, run: str, above: int, up_to: int | None, limit: int) -> Sequence[Outbox]:
        """The outboxes that `run` saved at numbers over `above` and up to `up_to` (None: all), in
        order of the numbers.

        At most about `limit`: the outboxes of one number come together, which may make it more.
        Fewer than `limit` means that there are no others. Outboxes that were sent long ago may be
        among them.
        """
        ...

    async def mark_sent(self, sent: Collection[tuple[str, int]]) -> None:
        """Empties the outbox of each (id, version), unless the document has a newer version."""
        ...


async def page(
    stores: Sequence[Outboxes], run: str, above: int, up_to: int | None, limit: int
) -> tuple[list[tuple[Outboxes, Outbox]], int | None]:
    """A page of the outboxes that a run saved at numbers over `above`, each with its store, in
    order over all stores.

    The second value is the number up to which the page is complete; `up_to` itself when it was the
    last page.
    """
    found: list[tuple[Outboxes, Outbox]] = []
    complete = up_to
    for store in stores:
        some = await store.unsent(run, above, up_to, limit)
        if len(some) >= limit:
            last = some[-1].place.number
            complete = last if complete is None else min(complete, last)
        found += [(store, outbox) for outbox in some]
    if complete is not None:
        found = [(store, outbox) for store, outbox in found if outbox.place.number <= complete]
    return sorted(found, key=lambda pair: pair[1].place.number), complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One Kafka record to send."""

    topic: str
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


def topic_of(envelope: Envelope) -> str | None:
    """The topic that the event's contract names, or that of sealed matters; None for a type this
    version does not know."""
    contract = contracts.events().get(envelope.type)
    if contract is None:
        return None
    return contracts.SEALED_TOPIC if envelope.sealed else contract.topic


def record_of(envelope: Envelope) -> Record:
    """The record of an event, for the topic that `topic_of` says. KeyError for an unknown type."""
    topic = topic_of(envelope)
    if topic is None:
        raise KeyError(envelope.type)
    return Record(
        topic=topic,
        key=envelope.key.encode(),
        headers=tuple(envelope.headers()),
        value=envelope.data,
    )


class Sent(Enum):
    """What became of a record."""

    TAKEN = "taken"
    """The broker has it, on all replicas in sync."""
    NOT_NOW = "not_now"
    """Try again: the broker or the topic is away, or an earlier record of its key was not taken."""
    REFUSED = "refused"
    """Never, as it is: too large, for example."""


class Bus(Protocol):
    """Something that sends records; blocking, called from a thread."""

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """Returns for each record what became of it; never raises for a fault of a record or the
        broker.

        Once a record is not taken, no later one of its topic and key is.
        """
        ...

    def close(self) -> None:
        """Lets go of the connections, within seconds."""
        ...


async def hand_over(threads: Threads, bus: Bus, envelopes: Sequence[Envelope]) -> dict[str, Sent]:
    """Sends events in a thread; what became of each, by its id.

    An event of a type that this version does not know is REFUSED. If the bus breaks its contract
    and raises, every record counts as NOT_NOW.
    """
    outcome = {envelope.id: Sent.REFUSED for envelope in envelopes}
    records = {e.id: record_of(e) for e in envelopes if topic_of(e) is not None}
    if not records:
        return outcome
    with telemetry.publishing([e.traceparent for e in envelopes if e.id in records]):
        try:
            sent = await threads.run(bus.send, list(records.values()))
        except Exception as error:
            log.error("bus.failed", extra=telemetry.failure(error))
            sent = [Sent.NOT_NOW] * len(records)
    outcome |= dict(zip(records, sent, strict=True))
    metrics.PUBLISHED.inc(sum(one is Sent.TAKEN for one in sent))
    return outcome
