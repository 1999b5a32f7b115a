"""Assignments in a real database: every state comes back as it was, the queue is in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import mongoengine
import pytest

from deploy.local.database import Database
from services.common import mongo
from services.common.aggregates import Stored, Write
from services.routing.adapters.repository import (
    ALIAS,
    AssignmentDocument,
    MongoQueue,
    assignment_store,
)
from services.routing.application.ports import QueueState
from services.routing.domain import decide
from services.routing.domain.model import Assignment, Unrouted
from tests.unit.routing.town import (
    HILL,
    MILL,
    NOW,
    SHARED,
    TOWN,
    after,
    asked,
    assigned,
    declined,
    received,
    routed,
)


@pytest.fixture
def store(database: Database) -> Iterator[mongo.MongoStore[Assignment]]:
    """The real store, empty."""
    mongo.connect(database.url, "test_routing", ALIAS)
    AssignmentDocument.drop_collection()
    mongo.ensure_indexes(AssignmentDocument)
    yield assignment_store()
    mongoengine.disconnect(ALIAS)


def unrouted(minutes: int) -> Unrouted:
    change = decide.receive(
        None,
        city=TOWN,
        event=replace(received("lamp"), inquiry_id=f"waits {minutes}"),
        decision=asked("lamp"),
        now=NOW + timedelta(minutes=minutes),
    )
    assert change is not None
    assert isinstance(change.state, Unrouted)
    return change.state


async def save(store: mongo.MongoStore[Assignment], states: Mapping[str, Assignment]) -> None:
    writes: list[Write[Assignment]] = [
        Write(base=0, after=Stored(id=id_, version=1, state=state)) for id_, state in states.items()
    ]
    assert all(await store.save(writes))


async def test_every_state_comes_back_as_it_was(store: mongo.MongoStore[Assignment]) -> None:
    handed_on = after(assigned("lamp", HILL), declined(1, "d-east"))
    assert handed_on is not None
    by_words = decide.receive(
        None,
        city=TOWN,
        event=received(),
        decision=routed(text="a street lamp", place=SHARED),
        now=NOW,
    )
    assert by_words is not None
    states: dict[str, Assignment] = {
        "unrouted": unrouted(0),
        "city": assigned("idea"),
        "permit": assigned("market-stall", MILL),
        "handed on": handed_on.state,
        "by words": by_words.state,
    }
    await save(store, states)
    found = await store.load(states)
    assert {id_: stored.state for id_, stored in found.items()} == states


async def test_the_queue_holds_what_waits_longest_first(
    store: mongo.MongoStore[Assignment],
) -> None:
    queue = MongoQueue(store)
    assert await queue.state() == QueueState(waiting=0, oldest=None)
    assert await queue.oldest(10) == []
    waiting = {f"waits {minutes}": unrouted(minutes) for minutes in (2, 0, 1)}
    await save(store, {**waiting, "city": assigned("idea")})
    assert await queue.state() == QueueState(waiting=3, oldest=NOW)
    assert list(await queue.oldest(2)) == [unrouted(0), unrouted(1)]


async def test_one_that_cannot_be_read_hides_no_other_in_the_queue(
    store: mongo.MongoStore[Assignment],
) -> None:
    """As a newer version may write one, and then be rolled back."""
    waiting = {f"waits {minutes}": unrouted(minutes) for minutes in (0, 1, 2)}
    await save(store, dict(waiting))
    store.collection.update_one({"_id": "waits 0"}, {"$set": {"state.inquiry": "of tomorrow"}})
    queue = MongoQueue(store)
    assert list(await queue.oldest(2)) == [unrouted(1), unrouted(2)]
    assert await queue.state() == QueueState(waiting=3, oldest=unrouted(1).unrouted_at)
