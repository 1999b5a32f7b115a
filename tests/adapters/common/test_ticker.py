"""The ticker over the database: what it puts off is counted there and outlives the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

import mongoengine
import pytest

from deploy.local.database import Database
from services.common.aggregates import mongo
from services.common.aggregates.mongo import WAKE_INDEX, AggregateDocument, MongoStore
from services.common.aggregates.ticker import Ticker
from services.common.aggregates.update import Due, Stored, Write

from .conftest import NOW, Counting

SECOND = timedelta(seconds=1)


class SleeperDocument(AggregateDocument):
    meta: ClassVar[dict[str, Any]] = {
        "collection": "sleepers",
        "db_alias": "night",
        "auto_create_index": False,
        "indexes": [WAKE_INDEX],
    }


@pytest.fixture
def store(database: Database) -> Iterator[MongoStore[Counting]]:
    mongo.connect(database.url, "night", "night")
    mongo.ensure_indexes(SleeperDocument)
    SleeperDocument.objects.delete()
    yield MongoStore("night", "sleepers", Counting)
    mongoengine.disconnect("night")


def at(time: datetime) -> Callable[[], datetime]:
    return lambda: time


def sleeping(id_: str, *, base: int = 0, count: int = 1) -> Write[Counting]:
    state = Counting(count=count)
    return Write(base=base, after=Stored(id=id_, version=base + 1, state=state, wake_at=NOW))


async def test_a_document_that_cannot_be_woken_is_put_off_alone(
    store: MongoStore[Counting],
) -> None:
    await store.save([sleeping(f"i-{number}") for number in range(30)])
    await store.save([sleeping("bad")])
    now = NOW

    async def wake(ids: Sequence[str], _: datetime) -> None:
        if "bad" in ids:
            raise ZeroDivisionError
        found = await store.load(ids)
        await store.save(
            [
                Write(
                    base=one.version, after=Stored(id=id_, version=one.version + 1, state=one.state)
                )
                for id_, one in found.items()
            ]
        )

    for failures in range(1, 4):
        # A new one each time: what it knows lies in the database.
        await Ticker(store=store, wake=wake, clock=at(now)).tick()
        pause = SECOND * 2 ** (failures - 1)
        expected = Due(id="bad", version=1, wake_at=now + pause, failures=failures)
        assert await store.waking(now + pause, 100) == [expected]
        assert await store.waking(now, 100) == []
        now += pause


async def test_what_a_save_wrote_meanwhile_is_not_put_off(store: MongoStore[Counting]) -> None:
    await store.save([sleeping("ended"), sleeping("moved"), sleeping("due")])
    seen = {one.id: one for one in await store.waking(NOW, 100)}
    await store.postpone([seen["due"]], NOW)
    await store.save(
        [
            Write(base=1, after=Stored(id="ended", version=2, state=Counting(count=2))),
            Write(
                base=1,
                after=Stored(
                    id="moved", version=2, state=Counting(count=2), wake_at=NOW + 10 * SECOND
                ),
            ),
        ]
    )
    await store.postpone([seen["ended"], seen["moved"], seen["due"]], NOW + SECOND)
    assert await store.waking(NOW + 60 * SECOND, 100) == [
        Due(id="due", version=1, wake_at=NOW + SECOND, failures=2),
        Due(id="moved", version=2, wake_at=NOW + 10 * SECOND, failures=0),
    ]
    await store.save([sleeping("due", base=1, count=2)])
    assert [one.failures for one in await store.waking(NOW, 1)] == [0]
