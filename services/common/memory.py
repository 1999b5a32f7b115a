"""A store and a bus in memory: for component tests, held to the same suites as the real ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from services.common.aggregates import Store, Stored, Write
from services.common.publisher import Record

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

    async def mark_sent(self, sent: Sequence[tuple[str, int]]) -> None:
        for id_, version in sent:
            stored = self.documents.get(id_)
            if stored is not None and stored.version == version:
                self.documents[id_] = replace(stored, outbox=(), outbox_due=None)

    async def unsent(self, due: datetime, limit: int) -> Sequence[Stored[S]]:
        found = [(d.outbox_due, d) for d in self.documents.values() if d.outbox_due is not None]
        return [d for when, d in sorted(found, key=lambda f: f[0]) if when <= due][:limit]

    async def waking(self, due: datetime, limit: int) -> Sequence[str]:
        found = [(d.wake_at, d.id) for d in self.documents.values() if d.wake_at is not None]
        return [id_ for when, id_ in sorted(found) if when <= due][:limit]


class MemoryBus:
    """Keeps what was sent; `away` makes it refuse like a broker that is gone."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.away = False

    def send(self, records: Sequence[Record]) -> Sequence[bool]:
        """Sends all or, when away, none."""
        if not self.away:
            self.records.extend(records)
        return [not self.away] * len(records)

    def close(self) -> None:
        """Nothing to close."""


class Discarded:
    """An `Outgoing` for tests that look at the store's outbox instead."""

    def soon(self, saved: Sequence[Stored[Any]]) -> None:
        """Leaves everything to the sweep."""
