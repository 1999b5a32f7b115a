"""Places by address and hour: one suite for the database and the fake that stands in for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import mongoengine
import pytest
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from deploy.local.database import Database
from services.common.aggregates import mongo
from services.notify.adapters.limits import COLLECTION, MongoLimits
from services.notify.adapters.repository import ALIAS
from services.notify.application.ports import Limits
from tests.component.notify.fakes import MemoryLimits

NOW = datetime(2026, 11, 23, 1, 40, tzinfo=UTC)
HANA, DURI = "mailto:hana@citizen.example", "tel:+82200000000"


@pytest.fixture
def connected(database: Database) -> Iterator[None]:
    mongo.connect(database.url, f"notify_{uuid4().hex}", ALIAS)
    yield
    mongoengine.disconnect(ALIAS)


@pytest.fixture(params=["memory", "mongo"])
def limits(request: pytest.FixtureRequest) -> Limits:
    """Three messages an hour."""
    if request.param == "memory":
        return MemoryLimits(most=3)
    request.getfixturevalue("connected")
    return MongoLimits(ALIAS, most=3, key="k" * 43)


def news(address: str, *numbers: int) -> list[tuple[str, str]]:
    return [(f"{address}-{number}", address) for number in numbers]


async def test_an_address_gets_so_many_in_an_hour_and_another_is_not_concerned(
    limits: Limits,
) -> None:
    wanted = [*news(HANA, 1, 2), *news(DURI, 1), *news(HANA, 3, 4, 5)]
    assert set(await limits.take(wanted, NOW)) == {f"{HANA}-4", f"{HANA}-5"}
    assert set(await limits.take([*news(HANA, 6), *news(DURI, 2)], NOW)) == {f"{HANA}-6"}


async def test_a_place_that_a_delivery_has_is_not_taken_twice(limits: Limits) -> None:
    for _ in range(5):
        assert not await limits.take(news(HANA, 1, 2), NOW)
    assert not await limits.take(news(HANA, 3), NOW)
    assert await limits.take(news(HANA, 4), NOW)
    assert not await limits.take(news(HANA, 1, 2, 3), NOW)


async def test_the_next_hour_has_places_again(limits: Limits) -> None:
    assert await limits.take(news(HANA, 1, 2, 3, 4), NOW)
    free = limits.free_at(NOW)
    assert free == NOW + timedelta(minutes=20)
    assert await limits.take(news(HANA, 4), free - timedelta(seconds=1))
    assert not await limits.take(news(HANA, 4), free)


async def test_replicas_share_the_places(connected: None) -> None:
    """Also when all of them make an address's first document at the same moment."""
    replicas = [MongoLimits(ALIAS, most=3, key="k" * 43) for _ in range(3)]
    taken = await asyncio.gather(
        *(
            replica.take(news(address, *range(10 * n, 10 * n + 2)), NOW)
            for n, replica in enumerate(replicas)
            for address in (HANA, DURI)
        )
    )
    assert sum(len(over) for over in taken) == 2 * (6 - 3)


async def test_two_that_make_the_same_document_at_once_are_not_taken_for_a_full_one(
    connected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database tells the slower one the same as where no place is left."""
    write = Collection.bulk_write

    def slower(*arguments: Any, **given: Any) -> Any:
        monkeypatch.setattr(Collection, "bulk_write", write)
        raise BulkWriteError({"writeErrors": [{"index": 0, "code": 11000}]})

    monkeypatch.setattr(Collection, "bulk_write", slower)
    assert not await MongoLimits(ALIAS, most=3, key="k" * 43).take(news(HANA, 1), NOW)


async def test_the_address_is_kept_as_a_digest_with_a_key_and_not_for_long(
    connected: None,
) -> None:
    collection = mongo.collection(ALIAS, COLLECTION)
    limits = MongoLimits(ALIAS, most=3, key="k" * 43)
    await limits.take([("i-1:received:1:1", HANA)], NOW)
    await MongoLimits(ALIAS, most=3, key="l" * 43).take([("i-1:received:1:1", HANA)], NOW)
    kept = list(collection.find())
    assert "hana" not in repr(kept)
    assert len({document["_id"] for document in kept}) == 2
    await limits.take([("i-2:received:1:1", HANA)], NOW + timedelta(hours=3))
    assert [document["taken"] for document in collection.find()] == [["i-2:received:1:1"]]
