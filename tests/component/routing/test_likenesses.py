"""By what matters are alike, in a real database: found by citizen, by place and by list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import mongoengine
import pytest

from deploy.local.database import Database
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.routing.adapters import likenesses as adapter
from services.routing.adapters.likenesses import (
    LikenessDocument,
    MongoAssignments,
    MongoLikenesses,
)
from services.routing.adapters.repository import ALIAS, AssignmentDocument, assignment_store
from services.routing.application.ports import Offer
from services.routing.domain.assignment.model import Assignment
from tests.unit.routing.test_likeness import alike
from tests.unit.routing.town import MILL, NOW, assigned, unrouted

HOUR = timedelta(hours=1)


@pytest.fixture
def kept(database: Database) -> Iterator[MongoLikenesses]:
    """The real collection, empty."""
    mongo.connect(database.url, "test_routing", ALIAS)
    LikenessDocument.drop_collection()
    mongo.ensure_indexes(LikenessDocument)
    yield MongoLikenesses()
    mongoengine.disconnect(ALIAS)


async def test_a_likeness_comes_back_as_it_was_however_often_it_is_kept(
    kept: MongoLikenesses,
) -> None:
    mine, nobody = alike("a"), alike("b", petitioner="", place=("", ""), text="")
    await kept.keep([mine, nobody])
    await kept.offer(Offer.REPEAT, ["a"], NOW)
    await kept.keep([mine])
    assert await kept.of(["a", "b", "gone"]) == {"a": mine, "b": nobody}
    assert await kept.not_looked_at(["gone", "a"]) == ["gone"]
    assert [one.likeness for one in await kept.offered(Offer.REPEAT, 9, ())] == [mine]
    await kept.keep([])
    assert await kept.of([]) == {}


async def test_a_citizens_matters_and_those_of_a_place_are_found_the_newest_first(
    kept: MongoLikenesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = {"a": 3, "b": 1, "c": 2, "other": 0}
    await kept.keep([alike(id_, days=day) for id_, day in days.items() if id_ != "other"])
    await kept.keep([alike("other", petitioner="q", place=("east", "hill"))])
    await kept.keep([alike("nobody", petitioner=""), alike("elsewhere", service="noise")])
    own = await kept.of_petitioner("p")
    assert [one.inquiry_id for one in own] == ["elsewhere", "b", "c", "a"]
    assert await kept.of_petitioner("") == []
    near = await kept.of_place("lamp", "west", NOW - timedelta(days=2))
    assert [one.inquiry_id for one in near] == ["nobody", "b", "c"]
    monkeypatch.setattr(adapter, "MOST_COMPARED", 2)
    assert len(await kept.of_petitioner("p")) == 2
    assert len(await kept.of_place("lamp", "west", NOW - timedelta(days=90))) == 2


async def test_a_list_has_what_was_offered_longest_first_until_it_is_withdrawn(
    kept: MongoLikenesses,
) -> None:
    await kept.keep([alike("a"), alike("b"), alike("c", service="noise")])
    await kept.offer(Offer.REPEAT, ["b"], NOW)
    await kept.offer(Offer.REPEAT, ["a", "b", "c"], NOW + HOUR)
    await kept.offer(Offer.JOINT, ["a"], NOW)

    async def shown(limit: int = 9, hidden: tuple[str, ...] = ()) -> list[tuple[str, bool]]:
        found = await kept.offered(Offer.REPEAT, limit, hidden)
        return [(one.likeness.inquiry_id, one.since == NOW) for one in found]

    assert await shown() == [("b", True), ("a", False), ("c", False)]
    assert await shown(limit=1) == [("b", True)]
    assert await shown(hidden=("noise",)) == [("b", True), ("a", False)]
    await kept.withdraw(Offer.REPEAT, ["b", "gone"])
    assert await shown() == [("a", False), ("c", False)]
    assert [one.likeness.inquiry_id for one in await kept.offered(Offer.JOINT, 9, ())] == ["a"]


async def test_assignments_are_read_from_an_id_on_with_their_services(
    kept: MongoLikenesses,
) -> None:
    AssignmentDocument.drop_collection()
    store = assignment_store()
    states: dict[str, Assignment] = {
        "019a-1": replace(assigned("lamp", MILL), inquiry_id="019a-1"),
        "019a-2": replace(unrouted(), inquiry_id="019a-2"),
        "019b-3": replace(assigned("idea"), inquiry_id="019b-3"),
    }
    await store.save(
        [Write(base=0, after=Stored(id=id_, version=1, state=one)) for id_, one in states.items()]
    )
    reads = MongoAssignments(store)
    assert await reads.since("019a", 2) == [("019a-1", "lamp"), ("019a-2", "")]
    assert await reads.since("019a-2\0", 2) == [("019b-3", "idea")]
    assert await reads.since("019b-3\0", 2) == []
