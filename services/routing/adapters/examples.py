"""What officials taught, in MongoDB."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.common.aggregates.mongo import MongoStore, in_thread
from services.routing.adapters.repository import ALIAS
from services.routing.domain.example.model import Example


def example_store() -> MongoStore[Example]:
    """The sentences; connect the alias `routing` first."""
    return MongoStore(ALIAS, "examples", Example)


class MongoExamples:
    """All sentences: officials write some a day."""

    def __init__(self, store: MongoStore[Example]) -> None:
        self._store = store

    async def all(self, hidden: Collection[str] = ()) -> Sequence[Example]:
        """Every sentence, the oldest first; see `ports.StoredExamples`."""
        return await in_thread(self._all, hidden)

    def _all(self, hidden: Collection[str]) -> list[Example]:
        wanted: Mapping[str, Any] = {"state.service_code": {"$nin": list(hidden)}} if hidden else {}
        found = self._store.collection.find(wanted).sort([("state.written_at", 1), ("_id", 1)])
        return [state for _, state in self._store.readable(found)]
