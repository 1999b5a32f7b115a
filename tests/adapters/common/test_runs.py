"""One suite for every book of runs: the database and the one in memory that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import mongoengine
import pytest

from deploy.local.database import Database
from services.common.aggregates import mongo
from services.common.aggregates.mongo_runs import MongoRuns
from services.common.publishing.runs import Runs, RunWord
from tests.support.memory import MemoryRuns

from .conftest import NOW


@pytest.fixture(scope="module")
def connected(database: Database) -> Iterator[str]:
    mongo.connect(database.url, "kit_runs", "kit_runs")
    yield "kit_runs"
    mongoengine.disconnect("kit_runs")


@pytest.fixture(params=["memory", "mongo"])
def runs(request: pytest.FixtureRequest) -> Runs:
    if request.param == "memory":
        return MemoryRuns()
    alias = request.getfixturevalue("connected")
    mongo.collection(alias, "runs").drop()
    return MongoRuns(alias)


async def living(runs: Runs) -> list[RunWord]:
    return sorted(await runs.living(), key=lambda word: word.run)


async def test_a_new_run_has_a_document_before_it_says_anything(runs: Runs) -> None:
    await runs.open(RunWord(run="one"))
    assert await living(runs) == [RunWord(run="one")]
    await runs.open(RunWord(run="one"))  # the answer to the first was lost
    assert await living(runs) == [RunWord(run="one")]


async def test_a_beat_counts_and_says_how_far_the_run_is(runs: Runs) -> None:
    await runs.open(RunWord(run="one"))
    word = RunWord(
        run="one", sent=7, stuck=frozenset({3, 5}), looked_up=2, oldest=NOW - timedelta(minutes=1)
    )
    assert await runs.beat(word)
    assert await runs.beat(word)
    assert await living(runs) == [replace(word, beats=2)]
    assert list(await runs.words_of(["one", "none"])) == [replace(word, beats=2)]


async def test_a_run_without_a_document_has_no_beat(runs: Runs) -> None:
    assert not await runs.beat(RunWord(run="gone"))
    assert await living(runs) == []


async def test_a_claimed_run_beats_no_more(runs: Runs) -> None:
    await runs.open(RunWord(run="slow"))
    (word,) = await runs.living()
    assert await runs.claim(word, "heir")
    assert not await runs.beat(RunWord(run="slow", sent=9))
    assert await living(runs) == []
    assert list(await runs.dead()) == [RunWord(run="slow", alive=False, claimed_by="heir")]


async def test_a_run_that_beat_meanwhile_is_not_claimed(runs: Runs) -> None:
    await runs.open(RunWord(run="slow"))
    (word,) = await runs.living()
    assert await runs.beat(RunWord(run="slow"))
    assert not await runs.claim(word, "heir")


async def test_of_two_who_claim_at_once_one_gets_it(runs: Runs) -> None:
    await runs.open(RunWord(run="dead"))
    (word,) = await runs.living()
    assert [await runs.claim(word, by) for by in ("one", "two")] == [True, False]
    (claimed,) = await runs.dead()
    assert claimed.claimed_by == "one"
    assert await runs.claim(claimed, "two")  # for when the holder itself is dead
    assert not await runs.claim(claimed, "three")


async def test_a_run_that_ends_with_something_open_is_for_others_at_once(runs: Runs) -> None:
    await runs.open(RunWord(run="one"))
    await runs.end(RunWord(run="one", sent=4, stuck=frozenset({2})))
    (word,) = await runs.dead()
    assert (word.sent, word.stuck, word.claimed_by) == (4, frozenset({2}), "")


async def test_the_last_word_of_a_claimed_run_changes_nothing(runs: Runs) -> None:
    await runs.open(RunWord(run="slow"))
    (word,) = await runs.living()
    await runs.claim(word, "heir")
    await runs.end(RunWord(run="slow", sent=99))
    (claimed,) = await runs.dead()
    assert (claimed.sent, claimed.claimed_by) == (0, "heir")


async def test_a_removed_run_that_has_something_open_comes_back_as_a_dead_one(runs: Runs) -> None:
    await runs.end(RunWord(run="asleep", sent=4))
    (word,) = await runs.dead()
    assert (word.run, word.sent) == ("asleep", 4)


async def test_a_run_that_left_nothing_leaves_no_document(runs: Runs) -> None:
    await runs.open(RunWord(run="one"))
    await runs.close("one")
    assert not await runs.words_of(["one"])


async def test_only_the_holder_removes_what_is_swept(runs: Runs) -> None:
    await runs.open(RunWord(run="dead"))
    (word,) = await runs.living()
    await runs.claim(word, "heir")
    await runs.remove("dead", "another")
    assert await runs.words_of(["dead"])
    await runs.remove("dead", "heir")
    assert not await runs.words_of(["dead"])


async def test_the_living_and_the_dead_are_found_by_an_index(connected: str) -> None:
    await MongoRuns(connected).open(RunWord(run="one"))
    indexes = mongo.collection(connected, "runs").index_information()
    assert [("alive", 1)] in [index["key"] for index in indexes.values()]


async def test_a_run_names_the_stores_it_serves_from_its_beginning_to_its_end(runs: Runs) -> None:
    word = RunWord(run="one", stores=frozenset({"cases", "offices"}))
    await runs.open(word)
    assert await living(runs) == [word]
    await runs.beat(word)
    assert [found.stores for found in await runs.living()] == [word.stores]
    await runs.end(word)
    assert [found.stores for found in await runs.dead()] == [word.stores]
