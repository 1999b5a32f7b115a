"""Assignments in MongoDB, and the unrouted queue as an index over them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.mongo import AggregateDocument, MongoStore, in_thread
from services.routing.application.ports import QueueState
from services.routing.domain.model import Assignment, Unrouted

DATABASE = "dasan_routing"
ALIAS = "routing"
# A range, not `$exists`: the embedded server answers only the range from a sparse index.
_WAITING = {"state.unrouted_at": {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}}


class AssignmentDocument(AggregateDocument):
    """The shape of an assignment. Only what waits in the queue has `state.unrouted_at`."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "assignments",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["state.unrouted_at"], "sparse": True}],
    }


DOCUMENTS = (AssignmentDocument,)


def assignment_store() -> MongoStore[Assignment]:
    """The assignments; connect the alias `routing` first."""
    return MongoStore(ALIAS, "assignments", Annotated[Assignment, Field(discriminator="status")])


class MongoQueue:
    """The unrouted queue: those assignments that have no office."""

    def __init__(self, store: MongoStore[Assignment]) -> None:
        self._store = store

    async def state(self) -> QueueState:
        """How long the queue is, and since when the oldest waits."""
        return await in_thread(self._state)

    async def oldest(self, limit: int) -> Sequence[Unrouted]:
        """Those that wait longest, first."""
        return await in_thread(self._oldest, limit)

    def _state(self) -> QueueState:
        waiting = self._store.collection.count_documents(_WAITING)
        oldest = self._oldest(1) if waiting else []
        return QueueState(waiting=waiting, oldest=oldest[0].unrouted_at if oldest else None)

    def _oldest(self, limit: int) -> list[Unrouted]:
        found = self._store.collection.find(_WAITING).sort("state.unrouted_at", 1)
        states = (state for _, state in self._store.readable(found))
        return list(islice((state for state in states if isinstance(state, Unrouted)), limit))
