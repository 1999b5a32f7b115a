"""Assignments in MongoDB, and the unrouted queue as an index over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.routing.application.ports import QueueState
from services.routing.domain.assignment.model import Assignment, Unrouted

DATABASE = "dasan_routing"
ALIAS = "routing"
# A range, not `$exists`: the embedded server answers only the range from a sparse index.
_SINCE = "state.unrouted_at"
_WAITING = {_SINCE: {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}}


class AssignmentDocument(AggregateDocument):
    """The shape of an assignment. Only what waits in the queue has `state.unrouted_at`."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "assignments",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX, {"fields": ["state.unrouted_at"], "sparse": True}],
    }


class RuleSetDocument(AggregateDocument):
    """The shape of a version of the rules; its id is the version."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "rulesets",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


DOCUMENTS = (AssignmentDocument, RuleSetDocument)


def assignment_store() -> MongoStore[Assignment]:
    """The assignments; connect the alias `routing` first."""
    return MongoStore(ALIAS, "assignments", Annotated[Assignment, Field(discriminator="status")])


class MongoQueue:
    """The unrouted queue: those assignments that have no office."""

    def __init__(self, store: MongoStore[Assignment]) -> None:
        self._store = store

    async def state(self, now: datetime, hidden: Collection[str] = ()) -> QueueState:
        """How long the queue is, and since when the oldest waits."""
        return await in_thread(self._state, now, hidden)

    async def due_first(self, limit: int, hidden: Collection[str] = ()) -> Sequence[Unrouted]:
        """Those whose answer is due first, first."""
        return await in_thread(self._sorted, limit, hidden, ("state.decision.due_at", _SINCE))

    def _state(self, now: datetime, hidden: Collection[str]) -> QueueState:
        collection, waiting = self._store.collection, _waiting(hidden)
        oldest = self._sorted(1, hidden, (_SINCE,))
        return QueueState(
            waiting=collection.count_documents(waiting),
            oldest=oldest[0].unrouted_at if oldest else None,
            overdue=collection.count_documents({**waiting, "state.decision.due_at": {"$lt": now}}),
        )

    def _sorted(self, limit: int, hidden: Collection[str], fields: Sequence[str]) -> list[Unrouted]:
        found = self._store.collection.find(_waiting(hidden)).sort([(name, 1) for name in fields])
        states = (state for _, state in self._store.readable(found))
        return list(islice((state for state in states if isinstance(state, Unrouted)), limit))


def _waiting(hidden: Collection[str]) -> Mapping[str, Any]:
    return {**_WAITING, "state.matter.service_code": {"$nin": list(hidden)}} if hidden else _WAITING
