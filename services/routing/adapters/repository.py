"""Assignments in MongoDB, and the unrouted queue as an index over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.routing.application.ports import QueueState
from services.routing.domain.assignment.model import Assignment, Unrouted, WaitingFor

DATABASE = "dasan_routing"
ALIAS = "routing"
# A range, not `$exists`: the embedded server answers only the range from a sparse index.
_SINCE = "state.unrouted_at"
_EVER = {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}
_WAITING: Mapping[WaitingFor, Mapping[str, Any]] = {
    WaitingFor.PERSON: {_SINCE: _EVER, "state.asked": None},
    WaitingFor.CITIZEN: {_SINCE: _EVER, "state.asked.asked_at": _EVER},
}


class AssignmentDocument(AggregateDocument):
    """The shape of an assignment. Only what has no office has `state.unrouted_at`, and of that only
    what waits for its citizen has `state.asked`."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "assignments",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX, {"fields": ["state.unrouted_at"], "sparse": True}],
    }


DOCUMENTS = (AssignmentDocument,)


def assignment_store() -> MongoStore[Assignment]:
    """The assignments; connect the alias `routing` first."""
    return MongoStore(ALIAS, "assignments", Annotated[Assignment, Field(discriminator="status")])


class MongoQueue:
    """Those assignments that have no office."""

    def __init__(self, store: MongoStore[Assignment]) -> None:
        self._store = store

    async def state(
        self, waiting_for: WaitingFor, now: datetime, hidden: Collection[str] = ()
    ) -> QueueState:
        """How many there are, and since when the oldest waits."""
        return await in_thread(self._state, _waiting(waiting_for, hidden), now)

    async def due_first(
        self, waiting_for: WaitingFor, limit: int, hidden: Collection[str] = ()
    ) -> Sequence[Unrouted]:
        """Those whose answer is due first, first."""
        waiting = _waiting(waiting_for, hidden)
        return await in_thread(self._sorted, waiting, limit, ("state.decision.due_at", _SINCE))

    def _state(self, waiting: Mapping[str, Any], now: datetime) -> QueueState:
        collection = self._store.collection
        oldest = self._sorted(waiting, 1, (_SINCE,))
        return QueueState(
            waiting=collection.count_documents(waiting),
            oldest=oldest[0].unrouted_at if oldest else None,
            overdue=collection.count_documents({**waiting, "state.decision.due_at": {"$lt": now}}),
        )

    def _sorted(
        self, waiting: Mapping[str, Any], limit: int, fields: Sequence[str]
    ) -> list[Unrouted]:
        found = self._store.collection.find(waiting).sort([(name, 1) for name in fields])
        states = (state for _, state in self._store.readable(found))
        return list(islice((state for state in states if isinstance(state, Unrouted)), limit))


def _waiting(waiting_for: WaitingFor, hidden: Collection[str]) -> Mapping[str, Any]:
    waiting = _WAITING[waiting_for]
    return {**waiting, "state.matter.service_code": {"$nin": list(hidden)}} if hidden else waiting
