"""An office with many cases: whatever it asks for, little more is read than shown, what comes is
what a store in memory would give, and a watch that begins does not hold all at once."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import mongoengine
import pytest

from deploy.local.database import Database
from services.cities import PetitionKind
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.districts.adapters.repository import ALIAS, CaseDocument, MongoCaseReads, case_store
from services.districts.application.ports import DueAfter, WorkFilter
from services.districts.domain.case.model import UNFINISHED, Case, Stage
from tests.component.districts.offices import MemoryReads
from tests.support.memory import MemoryStore
from tests.unit.districts import case

MOST = 11
ACCEPTED, ANSWERED = frozenset({Stage.ACCEPTED}), frozenset({Stage.ANSWERED})
# What an office opens.
OPENED: Mapping[str, WorkFilter] = {
    "unfinished": WorkFilter(),
    "open": WorkFilter(stages=frozenset({Stage.OPEN})),
    "accepted": WorkFilter(stages=ACCEPTED),
    "answered": WorkFilter(stages=ANSWERED),
    "kind": WorkFilter(kind=PetitionKind.SUGGESTION),
    "service": WorkFilter(service_code="noise"),
    "permits": WorkFilter(permit_only=True),
    "officer": WorkFilter(assignee="kim-1"),
    "officer, answered": WorkFilter(assignee="kim-1", stages=ANSWERED),
    "overdue": WorkFilter(due_before=case.NOW),
    "within a week": WorkFilter(due_before=case.NOW + timedelta(days=7)),
    "after tomorrow": WorkFilter(due_from=case.NOW + timedelta(days=2)),
}
OTHERS: Mapping[str, WorkFilter] = {
    "officer, kind": WorkFilter(assignee="kim-1", kind=PetitionKind.SUGGESTION),
    "hidden": WorkFilter(hidden=frozenset({"noise"})),
    "hidden, permits": WorkFilter(hidden=frozenset({"noise"}), permit_only=True),
    "all stages": WorkFilter(stages=frozenset({*UNFINISHED, Stage.ANSWERED, Stage.DECLINED})),
    "none": WorkFilter(stages=frozenset({Stage.DECLINED})),
    "far off": WorkFilter(due_from=case.NOW + timedelta(days=80)),
    "a day": WorkFilter(
        due_from=case.NOW + timedelta(days=1), due_before=case.NOW + timedelta(days=2)
    ),
}


class Counted(mongo.MongoStore[Case]):
    """The real store; remembers what was asked of its collection."""

    def __init__(self) -> None:
        super().__init__(ALIAS, "cases", Case)
        self.conditions: list[dict[str, Any]] = []

    @property
    def collection(self) -> Any:
        found, conditions = super().collection, self.conditions

        class Collection:
            def find(self, conditions_: dict[str, Any], *more: Any) -> Any:
                conditions.append(conditions_)
                return found.find(conditions_, *more)

        return Collection()

    def read(self) -> int:
        """How many cases the bounds of the questions let through since the last call: so many do
        the local builds read, whatever the limit is."""
        whole = case_store().collection
        read = sum(len(list(whole.find(one, {"_id": 1}))) for one in self.conditions)
        self.conditions.clear()
        return read


@pytest.fixture(autouse=True)
def connected(database: Database) -> Iterator[None]:
    """A real store, empty, with its indexes."""
    mongo.connect(database.url, "test_large_offices", ALIAS)
    CaseDocument.drop_collection()
    mongo.ensure_indexes(CaseDocument)
    yield
    mongoengine.disconnect(ALIAS)


async def _filled() -> MemoryStore[Case]:
    """A large office's cases, in the real store and in memory."""
    store, memory = case_store(), MemoryStore[Case]()
    writes: list[Write[Case]] = [
        Write(base=0, after=Stored(id=id_, version=1, state=state))
        for id_, state in _cases(random.Random(18))
    ]
    assert all(await store.save(writes))
    assert all(await memory.save(writes))
    return memory


def _cases(chance: random.Random) -> Iterator[tuple[str, Case]]:
    """150 open, 150 accepted, due within two weeks but for a few that are overdue or far off, some
    at the very same time, and 300 that were answered within three years. One in five is a permit,
    an officer has one in four."""
    for number in range(600):
        stage = ("open", "accepted", "answered", "answered")[number % 4]
        permit = number % 5 == 0
        state: Case = (
            case.opened(permit=permit) if stage == "open" else case.accepted(permit=permit)
        )
        if stage == "answered":
            state = case.state(case.rule_on(state) if permit else case.reply(state))
            due_at = case.NOW - chance.random() * timedelta(days=3 * 365)
        else:
            hours = chance.randrange(-12, 14 * 24)
            # Some periods are very long.
            far = timedelta(days=90) if number % 10 == 1 else timedelta()
            due_at = case.NOW + timedelta(hours=hours) + far
        kind = PetitionKind.SUGGESTION if chance.random() < 0.3 else PetitionKind.OTHER
        service = chance.choice(["noise", "lights", "parks"])
        matter = replace(state.work.matter, kind=kind, service_code=service)
        work = replace(
            state.work,
            matter=matter,
            due_at=_in_milliseconds(due_at),
            needs_document=permit and number % 3 == 0,
        )
        officer = chance.choice(["kim-1", "lee-2", "", ""])
        yield (
            f"c-{chance.randrange(10**9):09}",
            replace(state, work=work, file=replace(state.file, assignee=officer)),
        )


def _in_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


async def test_little_more_is_read_of_a_large_office_than_is_shown() -> None:
    await _filled()
    for name, wanted in OPENED.items():
        store = Counted()
        reads = MongoCaseReads(store, lambda: case.NOW)
        page = await reads.due(case.OFFICE, wanted, after=None, most=MOST)
        assert len(page) == MOST or name == "overdue"
        _an_index_holds(store.conditions)
        assert store.read() <= 2 * MOST, name
        assert await reads.due(case.OFFICE, wanted, after=None, most=MOST) == page
        # Where the page ends is known by now.
        assert len(store.conditions) == len(wanted.stages)
        # What else is due at the very same time is read, and permits that wait for their document.
        assert store.read() <= 1.5 * MOST, name
        assert await reads.count(case.OFFICE, wanted, most=MOST) == len(page)
        assert store.read() <= 1.5 * MOST, name
        last = page[-1].state
        assert last is not None
        after = DueAfter(due_at=last.work.due_at, inquiry_id=page[-1].id)
        await reads.due(case.OFFICE, wanted, after=after, most=MOST)
        _an_index_holds(store.conditions)
        assert store.read() <= 3 * MOST, name


def _an_index_holds(conditions: Sequence[Mapping[str, Any]]) -> None:
    """Each question is of equal fields that begin an index, and one range right after them."""
    made = mongo.collection(ALIAS, "cases").list_indexes()
    indexes = [tuple(one["key"]) for one in made]
    for one in conditions:
        ranged = [name for name, value in one.items() if isinstance(value, dict)]
        equal = set(one) - {*ranged}
        assert len(ranged) <= 1
        assert any(
            set(index[: len(equal)]) == equal and [*index[len(equal) : len(one)]] == ranged
            for index in indexes
        ), one


async def test_the_lists_are_those_of_a_store_in_memory_whatever_was_read_before() -> None:
    memory = await _filled()
    here, there = MongoCaseReads(case_store(), lambda: case.NOW), MemoryReads(memory)
    lists = {**OPENED, **OTHERS}
    chance = random.Random(19)
    for turn in range(2):
        for wanted in lists.values():
            for most in (MOST, 2_000):
                after: DueAfter | None = None
                while True:
                    page = await here.due(case.OFFICE, wanted, after=after, most=most)
                    same = await there.due(case.OFFICE, wanted, after=after, most=most)
                    assert [one.id for one in page] == [one.id for one in same]
                    counted = await here.count(case.OFFICE, wanted, most=most)
                    assert after is not None or counted == len(page)
                    last = page[-1].state if page else None
                    if last is None or chance.random() < 0.5:
                        break
                    after = DueAfter(due_at=last.work.due_at, inquiry_id=page[-1].id)
        if turn == 0:
            await _move_some(case_store(), memory, chance)


async def _move_some(
    store: mongo.MongoStore[Case], memory: MemoryStore[Case], chance: random.Random
) -> None:
    """Others come first, and some that came first are due much later: what was remembered of each
    list is wrong."""
    some = chance.sample(sorted(memory.documents), 200)
    writes: list[Write[Case]] = []
    for id_ in some:
        state = memory.documents[id_].state
        assert state is not None
        days = timedelta(days=chance.choice([-40, -1, 90]))
        moved = replace(state, work=replace(state.work, due_at=state.work.due_at + days))
        writes.append(Write(base=1, after=Stored(id=id_, version=2, state=moved)))
    assert all(await store.save(writes))
    assert all(await memory.save(writes))


async def test_the_cases_of_an_office_do_not_lie_in_memory_as_documents_all_at_once() -> None:
    """As a document a case takes several times the memory of its state, and every watch begins with
    all unfinished cases of its office."""
    await _filled()
    reads = MongoCaseReads(case_store())
    await reads.at_offices([case.OFFICE], tuple(Stage))
    tracemalloc.start()
    try:
        found = await reads.at_offices([case.OFFICE], tuple(Stage))
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 600
    assert most - kept < kept / 2
