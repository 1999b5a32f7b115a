"""A store and a bus in memory: for component tests, held to the same suites as the real ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from services.common.aggregates import Store, Stored, Write
from services.common.publisher import Record, Runs, Sent, place

S = TypeVar("S")


class MemoryStore(Store[S], Generic[S]):
    """Aggregates in a dict; the same guard as the database's."""

    def __init__(self) -> None:
        self.documents: dict[str, Stored[S]] = {}

    async def load(self, ids: Iterable[str]) -> Mapping[str, Stored[S]]:
        return {id_: self.documents[id_] for id_ in ids if id_ in self.documents}

    async def save(self, writes: Sequence[Write[S]]) -> Sequence[bool]:
        return [self._save(write) for write in writes]

    def _save(self, write: Write[S]) -> bool:
        current = self.documents.get(write.after.id)
        if (current.version if current else 0) != write.base:
            return False
        self.documents[write.after.id] = write.after
        return True

    async def unsent(
        self, run: str, after: int, up_to: int | None, limit: int
    ) -> Sequence[Stored[S]]:
        low, high = place(run, after), f"{run};" if up_to is None else place(run, up_to)
        found = [d for d in self.documents.values() if low < d.outbox_at <= high]
        return sorted(found, key=lambda d: d.outbox_at)[:limit]

    async def mark_sent(self, sent: Sequence[tuple[str, int]]) -> None:
        for id_, version in sent:
            stored = self.documents.get(id_)
            if stored is not None and stored.version == version:
                self.documents[id_] = replace(stored, outbox=(), outbox_at="")

    async def waking(self, due: datetime, limit: int) -> Sequence[str]:
        found = [(d.wake_at, d.id) for d in self.documents.values() if d.wake_at is not None]
        return [id_ for when, id_ in sorted(found) if when <= due][:limit]


class MemoryBus:
    """Keeps what was sent; `away` makes it refuse like a broker that is gone."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.away = False

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """Sends all or, when away, none."""
        if not self.away:
            self.records.extend(records)
        return [Sent.NOT_NOW if self.away else Sent.TAKEN] * len(records)

    def close(self) -> None:
        """Nothing to close."""


class MemoryRuns(Runs):
    """What the processes of a service know of each other, in a dict."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[int, datetime, bool]] = {}
        self._claims: dict[str, tuple[str, datetime]] = {}

    async def beat(self, run: str, sent: int, until: datetime, *, clean: bool = False) -> None:
        self._runs[run] = (sent, until, clean)

    async def sent(self, since: datetime) -> Mapping[str, int]:
        return {run: sent for run, (sent, until, _) in self._runs.items() if until > since}

    async def expired(self, now: datetime) -> Mapping[str, int]:
        found = self._runs.items()
        return {run: sent for run, (sent, until, clean) in found if until <= now and not clean}

    async def claim(self, run: str, by: str, now: datetime, until: datetime) -> bool:
        holder, held_until = self._claims.get(run, (by, now))
        if holder != by and held_until > now:
            return False
        self._claims[run] = (by, until)
        return True

    async def forget(self, run: str, before: datetime) -> None:
        sent, until, _ = self._runs[run]
        if until <= before:
            self._runs[run] = (sent, until, True)


class Kept:
    """An `Outgoing` for tests that look at what would be told."""

    def __init__(self) -> None:
        self.documents: list[Stored[Any]] = []
        self.unsure_of: list[int] = []
        self._last = 0

    def begin(self) -> int:
        """The next number."""
        self._last += 1
        return self._last

    def place(self, number: int) -> str:
        """As of a run called `test`."""
        return place("test", number)

    def is_sent(self, outbox_at: str) -> bool:
        """Never: outboxes only grow, so that a test sees everything told."""
        return False

    def saved(self, number: int, documents: Sequence[Stored[Any]]) -> None:
        """Keeps them."""
        self.documents.extend(documents)

    def unsure(self, number: int) -> None:
        """Keeps the number."""
        self.unsure_of.append(number)
