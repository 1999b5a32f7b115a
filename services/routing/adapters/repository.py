"""Assignments in MongoDB; the unrouted queue and the coordinator's lists as indexes over them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, ClassVar

from pydantic import Field

from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore, in_thread
from services.routing.application.ports import DeskPlace, DeskState, QueueState
from services.routing.domain.assignment.events import EscalationLevel
from services.routing.domain.assignment.model import Assigned, Assignment, Unrouted, WaitingFor

DATABASE = "dasan_routing"
ALIAS = "routing"
# A range, not `$exists`: the embedded server answers only the range from a sparse index.
_EVER = {"$gte": datetime(1970, 1, 1, tzinfo=UTC)}
_SINCE = "state.unrouted_at"
_WAITING: Mapping[WaitingFor, Mapping[str, Any]] = {
    WaitingFor.PERSON: {_SINCE: _EVER, "state.asked": None},
    WaitingFor.CITIZEN: {_SINCE: _EVER, "state.asked.asked_at": _EVER},
}
_DECIDE_BY = "state.arbitration.decide_by"
_UNTAKEN_SINCE = "state.untaken.since"


class AssignmentDocument(AggregateDocument):
    """The shape of an assignment. Only what has no office has `state.unrouted_at`, and of that only
    what waits for its citizen has `state.asked`. Only what lies with the arbitration desk has
    `state.arbitration.decide_by`, and only what nobody has taken in time `state.untaken.since`."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "assignments",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [
            WAKE_INDEX,
            *(
                {"fields": [field], "sparse": True}
                for field in (_SINCE, _DECIDE_BY, _UNTAKEN_SINCE)
            ),
        ],
    }


class RuleSetDocument(AggregateDocument):
    """The shape of a version of the rules; its id is the version."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "rulesets",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


class ExampleDocument(AggregateDocument):
    """The shape of a sentence that an official wrote for the next training."""

    meta: ClassVar[dict[str, Any]] = {
        "collection": "examples",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


DOCUMENTS = (AssignmentDocument, RuleSetDocument, ExampleDocument)


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


class MongoDesk:
    """The assignments that the coordinator looks after."""

    def __init__(self, store: MongoStore[Assignment]) -> None:
        self._store = store

    async def state(self, now: datetime, hidden: Collection[str] = ()) -> DeskState:
        """How long the list of arbitrations is."""
        return await in_thread(self._state, now, hidden)

    async def decide_first(
        self, limit: int, hidden: Collection[str] = (), after: DeskPlace | None = None
    ) -> Sequence[Assigned]:
        """What must be decided first, first."""
        return await in_thread(self._sorted, limit, hidden, after)

    async def untaken(self) -> Mapping[EscalationLevel, int]:
        """How many nobody has taken, by the highest level that was told."""
        return await in_thread(self._untaken)

    def _state(self, now: datetime, hidden: Collection[str]) -> DeskState:
        count = self._store.collection.count_documents
        return DeskState(
            open=count(_without(hidden, {_DECIDE_BY: _EVER})),
            overdue=count(_without(hidden, {_DECIDE_BY: {**_EVER, "$lt": now}})),
        )

    def _sorted(
        self, limit: int, hidden: Collection[str], after: DeskPlace | None
    ) -> list[Assigned]:
        since = _EVER if after is None else {"$gte": after.decide_by}
        found = self._store.collection.find(_without(hidden, {_DECIDE_BY: since}))
        ordered = found.sort([(_DECIDE_BY, 1), ("_id", 1)])
        states = (state for _, state in self._store.readable(ordered))
        behind = (state for state in states if _is_behind(state, after))
        return list(islice((state for state in behind if isinstance(state, Assigned)), limit))

    def _untaken(self) -> Mapping[EscalationLevel, int]:
        count = self._store.collection.count_documents
        return {
            level: count({_UNTAKEN_SINCE: _EVER, "state.untaken.level": level.value})
            for level in EscalationLevel
        }


def _is_behind(state: Assignment, place: DeskPlace | None) -> bool:
    """Whether what is due at the place or later stands behind it."""
    if place is None or not isinstance(state, Assigned) or state.arbitration is None:
        return True
    here = (state.arbitration.decide_by, state.inquiry_id)
    return here > (place.decide_by, place.inquiry_id)


def _waiting(waiting_for: WaitingFor, hidden: Collection[str]) -> Mapping[str, Any]:
    return _without(hidden, _WAITING[waiting_for])


def _without(hidden: Collection[str], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**wanted, "state.matter.service_code": {"$nin": list(hidden)}} if hidden else wanted
