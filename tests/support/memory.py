"""A store, a bus and a book of runs in memory, held to the same suites as the real ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar
from uuid import uuid4

from services.common.aggregates.update import (
    Aggregates,
    Due,
    Loaded,
    Saved,
    Store,
    Stored,
    Write,
    WriteOutcome,
    unfenced,
)
from services.common.events.envelope import Envelope
from services.common.events.wire import Wire
from services.common.publishing.outbox import Outbox, OutboxPlace, Record, Sent
from services.common.publishing.runs import Runs, RunWord

S = TypeVar("S")


class MemoryStore(Store[S], Generic[S]):
    """Aggregates in a dict; the same guard as the database's. `unreadable` names those that this
    version cannot read."""

    name = "memory"

    def __init__(self) -> None:
        self.documents: dict[str, Stored[S]] = {}
        self.unreadable: set[str] = set()
        self._failures: dict[str, int] = {}

    def told(self) -> list[Envelope]:
        """The events in the outboxes of its documents: all so far, unless a test has them sent."""
        return [envelope for stored in self.documents.values() for envelope in stored.outbox]

    async def load(self, ids: Iterable[str]) -> Loaded[S]:
        there = {id_ for id_ in ids if id_ in self.documents}
        readable = there - self.unreadable
        return Loaded({id_: self.documents[id_] for id_ in readable}, there & self.unreadable)

    async def save(
        self, writes: Sequence[Write[S]], fence: Callable[[], None] = unfenced
    ) -> Sequence[WriteOutcome]:
        fence()
        return [self._save(write) for write in writes]

    def _save(self, write: Write[S]) -> WriteOutcome:
        current = self.documents.get(write.after.id)
        if (current.version if current else 0) != write.base:
            return Saved.LOST
        self.documents[write.after.id] = write.after
        self._failures.pop(write.after.id, None)
        return Saved.DONE

    async def unsent(self, run: str, above: int, up_to: int | None, limit: int) -> Sequence[Outbox]:
        found = [o for stored in self.documents.values() if (o := stored.to_tell())]
        found = [o for o in found if o.place.run == run and o.place.number > above]
        found = [o for o in found if up_to is None or o.place.number <= up_to]
        found.sort(key=lambda outbox: outbox.place.number)
        if len(found) <= limit:
            return found
        last = found[limit - 1].place
        return [outbox for outbox in found if outbox.place <= last]

    async def mark_sent(self, sent: Collection[tuple[str, int]]) -> None:
        for id_, version in sent:
            stored = self.documents.get(id_)
            if stored is not None and stored.version == version:
                self.documents[id_] = replace(stored, outbox=(), outbox_at=None, carried={})

    async def waking(self, due: datetime, limit: int) -> Sequence[Due]:
        found = [
            Due(
                id=stored.id,
                version=stored.version,
                wake_at=stored.wake_at,
                failures=self._failures.get(stored.id, 0),
            )
            for stored in self.documents.values()
            if stored.wake_at is not None and stored.wake_at <= due
        ]
        return sorted(found, key=lambda one: (one.wake_at, one.id))[:limit]

    async def postpone(self, due: Sequence[Due], until: datetime) -> None:
        for one in due:
            stored = self.documents.get(one.id)
            if stored is None or stored.version != one.version or stored.wake_at is None:
                continue
            if stored.wake_at <= until:
                self.documents[one.id] = replace(stored, wake_at=until)
                self._failures[one.id] = self._failures.get(one.id, 0) + 1


class MemoryBus:
    """Keeps what was sent; `away` makes it refuse like a broker that is gone, `undeclared` like
    topics that are missing, `refused` names events (by `ce_id`) that it never takes."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.away = False
        self.undeclared: set[str] = set()
        self.refused: set[str] = set()

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """Takes the records that it may; after one that it refuses, none of the same topic and
        key."""
        stopped: set[tuple[str, bytes]] = set()
        sent = []
        for record in records:
            lane = (record.topic, record.key)
            outcome = Sent.NOT_NOW if lane in stopped else self._one(record)
            if outcome is Sent.TAKEN:
                self.records.append(record)
            else:
                stopped.add(lane)
            sent.append(outcome)
        return sent

    def _one(self, record: Record) -> Sent:
        if self.away or record.topic in self.undeclared:
            return Sent.NOT_NOW
        return Sent.REFUSED if event_id(record) in self.refused else Sent.TAKEN

    def close(self) -> None:
        """Nothing to close."""


def event_id(record: Record) -> str:
    """The id of the event in a record."""
    return dict(record.headers)["ce_id"].decode()


class MemoryRuns(Runs):
    """What the processes of a service know of each other, in a dict."""

    def __init__(self) -> None:
        self.words: dict[str, RunWord] = {}

    async def open(self, word: RunWord) -> None:
        self.words.setdefault(word.run, word)

    async def beat(self, word: RunWord) -> bool:
        before = self.words.get(word.run)
        if before is None or not before.alive:
            return False
        self.words[word.run] = replace(word, beats=before.beats + 1, alive=True, claimed_by="")
        return True

    async def end(self, word: RunWord) -> None:
        before = self.words.get(word.run)
        if before is None or before.alive:
            beats = before.beats if before else 0
            self.words[word.run] = replace(word, beats=beats, alive=False, claimed_by="")

    async def close(self, run: str) -> None:
        self.words.pop(run, None)

    async def living(self) -> Sequence[RunWord]:
        return [word for word in self.words.values() if word.alive]

    async def dead(self) -> Sequence[RunWord]:
        return [word for word in self.words.values() if not word.alive]

    async def words_of(self, runs: Collection[str]) -> Sequence[RunWord]:
        return [self.words[run] for run in runs if run in self.words]

    async def claim(self, word: RunWord, by: str) -> bool:
        now = self.words.get(word.run)
        if now is None or (now.beats, now.alive, now.claimed_by) != (
            word.beats,
            word.alive,
            word.claimed_by,
        ):
            return False
        self.words[word.run] = replace(now, alive=False, claimed_by=by)
        return True

    async def remove(self, run: str, by: str) -> None:
        if run in self.words and self.words[run].claimed_by == by:
            del self.words[run]


class RecordingOutgoing:
    """An `Outgoing` for tests that look at what would be told."""

    def __init__(self, run: str = "test") -> None:
        self.run = run
        self.outboxes: list[Outbox] = []
        self.unsure_of: list[OutboxPlace] = []
        self._last = 0

    async def learn(self, places: Iterable[OutboxPlace]) -> None:
        """Nothing is told."""

    def rest(self, outbox: Outbox) -> Outbox:
        """All of it: outboxes only grow, so that a test sees everything told."""
        return outbox

    def begin(self) -> OutboxPlace:
        """The next number."""
        self._last += 1
        return OutboxPlace(self.run, self._last)

    def must_hold(self, place: OutboxPlace) -> None:
        """It always does."""

    def saved(self, place: OutboxPlace, outboxes: Sequence[Outbox]) -> None:
        """Keeps them."""
        self.outboxes.extend(outboxes)

    def unsure(self, place: OutboxPlace) -> None:
        """Keeps the place."""
        self.unsure_of.append(place)


def shell_of(store: Store[S], wire: Wire, at: datetime, run: str = "test") -> Aggregates[S]:
    """The shell around the decisions on one store at this time, without what would tell them."""
    return Aggregates(
        store=store,
        wire=wire,
        source="/dasan/kit",
        outgoing=RecordingOutgoing(run),
        clock=lambda: at,
        new_id=lambda: str(uuid4()),
    )
