"""Cases in a real database: every state comes back as it was, offices are read by index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import mongoengine
import pytest

from deploy.local.database import Database
from services.cities import PetitionKind
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.districts.adapters.repository import ALIAS, CaseDocument, MongoCaseReads, case_store
from services.districts.application.ports import CaseReads, DocumentReads, DueAfter, WorkFilter
from services.districts.domain.case import decide
from services.districts.domain.case.model import Case, Stage, State
from services.districts.domain.permit.model import (
    Checked,
    Document,
    FeeSettled,
    PermitFile,
    Revocation,
    Terms,
)
from tests.component.districts.offices import MemoryReads
from tests.support.figures import moved
from tests.support.logs import logged
from tests.support.memory import MemoryStore
from tests.unit.districts import case
from tests.unit.districts.test_transitions import ASKED, in_state

STATES: dict[str, Case] = {
    "open": case.opened(),
    "accepted": case.accepted(),
    "declined": case.declined(),
    "answered": case.answered(),
    "granted": case.granted(),
    "handed on": case.handed_on(),
    "reopened": case.reopened(),
    "reopened elsewhere": case.reopened(case.OTHER),
}
FIRST = case.state(
    decide.open_case(
        None,
        city=case.TOWN,
        event=case.assigned(inquiry_id="first"),
        now=case.NOW - timedelta(hours=1),
    )
)

DOCUMENT = Document(
    number="2026-A",
    round=1,
    office_id=case.OFFICE,
    delegated_by="",
    decided_at=case.NOW,
    conditional=True,
    terms=Terms(holder="다산상회", conditions=("밤 10시",), valid_until=date(2027, 2, 28)),
    valid_until=date(2027, 2, 28),
    expires_at=case.LATER,
    collect_by=case.LATER,
    revocation=Revocation(reason="조건 위반", revoked_at=case.NOW),
    replaced_by="2026-B",
)
FILE = PermitFile(
    checked=Checked(missing=("drawings",), checked_at=case.NOW),
    fee=FeeSettled(amount=28_000, exemption="", reference="T-1", settled_at=case.NOW),
    documents=(DOCUMENT, replace(DOCUMENT, number="2026-B", replaced_by="")),
    numbers=("2026-A", "2026-B"),
)
PERMITTED: Case = replace(case.granted(), work=replace(case.granted().work, permit=FILE))


@pytest.fixture
def stores(database: Database) -> Sequence[mongo.MongoStore[Case] | MemoryStore[Case]]:
    """The real store, empty, and the fake one."""
    mongo.connect(database.url, "test_districts", ALIAS)
    CaseDocument.drop_collection()
    mongo.ensure_indexes(CaseDocument)
    return case_store(), MemoryStore[Case]()


@pytest.fixture(autouse=True)
def disconnected() -> object:
    """Lets go of the connection afterwards."""
    yield
    mongoengine.disconnect(ALIAS)


def named(inquiry_id: str, state: Case) -> Case:
    return replace(state, work=replace(state.work, inquiry_id=inquiry_id))


async def test_every_state_comes_back_as_it_was(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    for store in stores:
        writes: list[Write[Case]] = [
            Write(base=0, after=Stored(id=id_, version=1, state=state))
            for id_, state in STATES.items()
        ]
        assert all(await store.save(writes))
        found = await store.load(STATES)
        assert {id_: stored.state for id_, stored in found.items()} == STATES


async def test_every_state_of_the_table_comes_back_with_its_file_and_who_is_asked_is_found(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    mongo_store, memory_store = stores
    assert isinstance(mongo_store, mongo.MongoStore)
    assert isinstance(memory_store, MemoryStore)
    cases = {where.value: in_state(where, permit=True)[0] for where in State}
    asked = {id_ for id_, state in cases.items() if state.consulting}
    assert "in_progress" in asked
    reads: list[CaseReads] = [MongoCaseReads(mongo_store), MemoryReads(memory_store)]
    for store, read in zip(stores, reads, strict=True):
        await store.save(
            [Write(base=0, after=Stored(id=i, version=1, state=c)) for i, c in cases.items()]
        )
        found = await store.load(cases)
        assert {id_: stored.state for id_, stored in found.items()} == cases
        assert {stored.id for stored in await read.consulting(ASKED, 100)} == asked
        assert len(await read.consulting(ASKED, 1)) == 1
        assert await read.consulting("d-11290", 100) == []


async def test_an_offices_work_is_read_in_order(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    mongo_store, memory_store = stores
    assert isinstance(mongo_store, mongo.MongoStore)
    assert isinstance(memory_store, MemoryStore)
    reads: list[CaseReads] = [MongoCaseReads(mongo_store), MemoryReads(memory_store)]
    for store, read in zip(stores, reads, strict=True):
        cases = {**{id_: named(id_, state) for id_, state in STATES.items()}, "first": FIRST}
        await store.save(
            [Write(base=0, after=Stored(id=i, version=3, state=c)) for i, c in cases.items()]
        )
        both = await read.at_offices([case.OFFICE], (Stage.OPEN, Stage.ACCEPTED))
        assert {stored.id for stored in both} == {"first", "open", "accepted", "reopened"}
        assert {stored.version for stored in both} == {3}
        assert both[0].state == FIRST
        there = await read.at_offices([case.OTHER], (Stage.OPEN,))
        assert [stored.id for stored in there] == ["handed on", "reopened elsewhere"]
        assert await read.at_offices(["o-hill"], tuple(Stage)) == []
        assert await read.versions_at([case.OFFICE, case.OTHER, "o-hill"], (Stage.OPEN,)) == {
            case.OFFICE: {stored.id: 3 for stored in both if stored.id != "accepted"},
            case.OTHER: {"handed on": 3, "reopened elsewhere": 3},
        }
        some = await read.of(iter(["answered", "nowhere", "open"]))
        assert {stored.id: (stored.version, stored.state) for stored in some} == {
            id_: (3, named(id_, STATES[id_])) for id_ in ("answered", "open")
        }
        assert await read.of([]) == []


class Asked(mongo.MongoStore[Case]):
    """The real store; remembers the conditions of what is looked for in its collection."""

    def __init__(self) -> None:
        super().__init__(ALIAS, "cases", Case)
        self.conditions: list[Mapping[str, Any]] = []

    @property
    def collection(self) -> Any:
        found, conditions = super().collection, self.conditions

        class Collection:
            def find(self, conditions_: Mapping[str, Any], *more: Any) -> Any:
                conditions.append(conditions_)
                return found.find(conditions_, *more)

        return Collection()


async def test_an_index_bounds_whatever_is_read_of_watched_offices(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    """For several offices or stages at once (`$in`) the embedded server goes through all cases that
    the offices ever had: seconds, with a million cases stored."""
    store = Asked()
    reads, offices = MongoCaseReads(store), [case.OFFICE, case.OTHER]
    await reads.at_offices(offices, (Stage.OPEN, Stage.ACCEPTED))
    await reads.versions_at(offices, (Stage.OPEN, Stage.ACCEPTED))
    await reads.changed_since(offices, case.NOW)
    assert len(store.conditions) == 4 + 4 + 2
    fields = [set(one) for one in store.conditions]
    made = mongo.collection(ALIAS, "cases").list_indexes()
    indexes = [tuple(one["key"]) for one in made]
    for one, names in zip(store.conditions, fields, strict=True):
        assert any(set(index[: len(names)]) == names for index in indexes)
        ranges = [value for value in one.values() if not isinstance(value, str)]
        assert ranges in ([], [{"$gte": case.NOW}])


async def test_what_is_due_first_is_listed_first_and_page_by_page(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    mongo_store, memory_store = stores
    assert isinstance(mongo_store, mongo.MongoStore)
    assert isinstance(memory_store, MemoryStore)
    reads: list[CaseReads] = [MongoCaseReads(mongo_store), MemoryReads(memory_store)]
    dues = {f"c-{n:02}": case.DUE + timedelta(hours=n % 3) for n in range(12)}
    permits, taken = {"c-01", "c-04"}, {"c-02", "c-07", "c-08"}
    cases = {
        id_: named(
            id_,
            _due_at(
                case.accepted(permit=id_ in permits)
                if id_ in taken
                else case.opened(permit=id_ in permits),
                due_at,
            ),
        )
        for id_, due_at in dues.items()
    } | {"done": case.answered(), "elsewhere": case.handed_on()}
    worked_on = replace(cases["c-02"], file=replace(cases["c-02"].file, assignee="kim-1"))
    cases["c-02"] = worked_on
    in_order = sorted(dues, key=lambda id_: (dues[id_], id_))
    filters = {
        WorkFilter(): in_order,
        WorkFilter(due_before=case.DUE + timedelta(hours=1)): in_order[:4],
        WorkFilter(due_before=case.DUE): [],
        WorkFilter(stages=frozenset({Stage.ACCEPTED})): [i for i in in_order if i in taken],
        WorkFilter(permit_only=True): [i for i in in_order if i in permits],
        WorkFilter(service_code="market-stall"): [i for i in in_order if i in permits],
        WorkFilter(kind=PetitionKind.GRIEVANCE): [],
        WorkFilter(assignee="kim-1"): ["c-02"],
        WorkFilter(assignee="kim-1", due_before=case.DUE): [],
        WorkFilter(stages=frozenset({Stage.ANSWERED})): ["done"],
    }
    for store, read in zip(stores, reads, strict=True):
        await store.save(
            [Write(base=0, after=Stored(id=i, version=3, state=c)) for i, c in cases.items()]
        )
        for wanted, ids in filters.items():
            for most in (1, 5, 100):
                assert await _all_of(read, wanted, most) == ids


async def _all_of(read: CaseReads, wanted: WorkFilter, most: int) -> list[str]:
    """The ids of all pages, of `most` cases each."""
    ids: list[str] = []
    after: DueAfter | None = None
    while page := await read.due(case.OFFICE, wanted, after=after, most=most):
        assert len(page) <= most
        ids += [stored.id for stored in page]
        last = page[-1].state
        assert last is not None
        after = DueAfter(due_at=last.work.due_at, inquiry_id=ids[-1])
    return ids


def _due_at(state: Case, due_at: datetime) -> Case:
    return replace(state, work=replace(state.work, due_at=due_at))


async def test_a_permit_comes_back_as_it_was_and_is_found_by_its_numbers(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    mongo_store, memory_store = stores
    assert isinstance(mongo_store, mongo.MongoStore)
    assert isinstance(memory_store, MemoryStore)
    reads: list[DocumentReads] = [MongoCaseReads(mongo_store), MemoryReads(memory_store)]
    cases: dict[str, Case] = {"open": case.opened(), "permit": PERMITTED}
    for store, read in zip(stores, reads, strict=True):
        await store.save(
            [Write(base=0, after=Stored(id=i, version=1, state=c)) for i, c in cases.items()]
        )
        for number in ("2026-A", "2026-B"):
            [found] = await read.with_document(number)
            assert (found.id, found.state) == ("permit", PERMITTED)
        assert await read.with_document("2026-C") == []


async def test_what_changed_is_found_by_every_office_that_had_it(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    mongo_store, memory_store = stores
    assert isinstance(mongo_store, mongo.MongoStore)
    assert isinstance(memory_store, MemoryStore)
    reads: list[CaseReads] = [MongoCaseReads(mongo_store), MemoryReads(memory_store)]
    a_moment = timedelta(milliseconds=1)
    for store, read in zip(stores, reads, strict=True):
        cases = {**{id_: named(id_, state) for id_, state in STATES.items()}, "first": FIRST}
        await store.save(
            [Write(base=0, after=Stored(id=i, version=3, state=c)) for i, c in cases.items()]
        )
        mill, west = [case.OFFICE], [case.OTHER]
        assert await read.changed_since(mill, case.NOW) == dict.fromkeys(STATES, 3)
        assert set(await read.changed_since(mill, case.NOW - timedelta(hours=1))) == set(cases)
        moved = {"reopened": 3, "reopened elsewhere": 3}
        assert await read.changed_since(mill, case.NOW + a_moment) == moved
        assert await read.changed_since([*mill, *west], case.LATER) == moved
        assert await read.changed_since(west, case.NOW) == {
            "handed on": 3,
            "reopened elsewhere": 3,
        }
        assert await read.changed_since(mill, case.LATER + a_moment) == {}
        assert await read.changed_since(["o-hill"], case.NOW - timedelta(days=1)) == {}


async def test_a_case_that_cannot_be_read_does_not_hide_the_others(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]], caplog: pytest.LogCaptureFixture
) -> None:
    store = stores[0]
    assert isinstance(store, mongo.MongoStore)
    ids = [f"i-{number}" for number in range(50)]
    await store.save(
        [Write(base=0, after=Stored(id=i, version=1, state=case.opened())) for i in ids]
    )
    # As a newer version of this service may have written it.
    odd = {"$set": {"state.attempts_left": "words of a citizen", "state.work.opened_at": "soon"}}
    store.collection.update_one({"_id": "i-7"}, odd)
    reads = MongoCaseReads(store)
    with moved("dasan_documents_unreadable_total"):
        found = await reads.at_offices([case.OFFICE], (Stage.OPEN,))
    # It is there, so that whoever asked knows that something cannot be told.
    assert {stored.id for stored in found} == {*ids}
    assert [stored.id for stored in found if stored.state is None] == ["i-7"]
    assert [stored.id for stored in await reads.of(ids) if stored.state is None] == ["i-7"]
    unreadable = logged(caplog, "document.unreadable")
    assert [said["ids"] for said in unreadable] == [["i-7"]] * 2
    assert "words of a citizen" not in caplog.text
