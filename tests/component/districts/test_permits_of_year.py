"""A year of permits out of a real database: what of a case counts, in a stream, beside the fake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import mongoengine
import pytest

from deploy.local.database import Database
from services import cities
from services.cities import Matter
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.districts.adapters import permits_of_year
from services.districts.adapters.permits_of_year import MongoPermitReads, looked_at_later
from services.districts.adapters.repository import ALIAS, CaseDocument, case_store
from services.districts.application.ports import PermitReads
from services.districts.domain.case import decide
from services.districts.domain.case.commands import DecidePermit
from services.districts.domain.case.events import PermitDecision
from services.districts.domain.case.file import Consultation, File, Inspection, Objection
from services.districts.domain.case.model import Case
from services.districts.domain.recommendation.record import Permit
from tests.component.districts.offices import MemoryPermits
from tests.support.memory import MemoryStore
from tests.unit.districts import case

ZONE = case.TOWN.timezone
TODAY = case.RECEIVED.astimezone(ZONE).date()
BEGIN, END = case.RECEIVED - timedelta(days=1), case.RECEIVED + timedelta(days=1)
PERMIT = Permit(
    service="market-stall",
    district="11680",
    dong="",
    office=case.OFFICE,
    received_on=TODAY,
    decided_on=TODAY,
    consulted=False,
    inspected=False,
)


# What waits may still be looked at.
WAITING = replace(PERMIT, decided_on=None, inspected=None)


def refused() -> Case:
    decided = case.rule_on(case.accepted(permit=True), decision=PermitDecision.REFUSED, text="No.")
    return case.state(decided)


LOOKED = Inspection(
    round=1,
    ordered_at=case.NOW,
    ends_by=case.LATER,
    done_at=case.LATER,
    stopped_until=case.LATER,
    finding="The wall leans.",
)
ASKED = Consultation(
    round=1,
    number=1,
    asking_office_id=case.OFFICE,
    office_id=case.OTHER,
    question="And you?",
    days=3,
    requested_at=case.NOW,
    due_at=case.DUE,
)
OBJECTION = Objection(round=1, text="I disagree.", filed_at=case.NOW, decide_by=case.DUE)


def again(decision: PermitDecision) -> Case:
    """Refused, opened again at the district, and decided there."""
    event = case.assigned(1, case.OTHER, round_=2, permit=True)
    opened = case.state(decide.open_case(refused(), city=case.TOWN, event=event, now=case.LATER))
    command = DecidePermit(decision=decision, text="Well.", officer=case.OFFICER)
    return case.state(case.order(opened, command, case.OTHER, case.LATER))


CASES: dict[str, tuple[Case, Permit]] = {
    "open": (case.opened(permit=True), WAITING),
    "accepted": (case.accepted(permit=True), WAITING),
    "granted": (case.granted(), PERMIT),
    "refused": (refused(), replace(PERMIT, refused=True)),
    "overturned": (again(PermitDecision.GRANTED), replace(PERMIT, refused=True, overturned=True)),
    "on conditions": (
        again(PermitDecision.GRANTED_CONDITIONALLY),
        replace(PERMIT, refused=True, overturned=True),
    ),
    "inspected": (
        replace(case.granted(), file=File(inspections=(LOOKED,))),
        replace(PERMIT, inspected=True),
    ),
    "asked about": (
        replace(case.granted(), file=File(consultations=(ASKED,))),
        replace(PERMIT, consulted=True),
    ),
    "objected to": (
        replace(refused(), file=File(objections=(OBJECTION,))),
        replace(PERMIT, refused=True),
    ),
    "rejected": (
        replace(refused(), file=File(objections=(replace(OBJECTION, upheld=False),))),
        replace(PERMIT, refused=True),
    ),
    "upheld": (
        replace(refused(), file=File(objections=(replace(OBJECTION, upheld=True),))),
        replace(PERMIT, refused=True, overturned=True),
    ),
    "refused again": (again(PermitDecision.REFUSED), replace(PERMIT, refused=True)),
}


@pytest.fixture
def stores(database: Database) -> Sequence[mongo.MongoStore[Case] | MemoryStore[Case]]:
    """The real store, empty, and the fake one."""
    mongo.connect(database.url, "test_permits", ALIAS)
    CaseDocument.drop_collection()
    mongo.ensure_indexes(CaseDocument)
    return case_store(), MemoryStore[Case]()


@pytest.fixture(autouse=True)
def disconnected() -> object:
    """Lets go of the connection afterwards."""
    yield
    mongoengine.disconnect(ALIAS)


def both(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> Sequence[PermitReads]:
    real, fake = stores
    assert isinstance(real, mongo.MongoStore)
    assert isinstance(fake, MemoryStore)
    return MongoPermitReads(real, ZONE), MemoryPermits(fake, case.TOWN)


async def save(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]], cases: dict[str, Case]
) -> None:
    for store in stores:
        writes: list[Write[Case]] = [
            Write(base=0, after=Stored(id=id_, version=1, state=state))
            for id_, state in cases.items()
        ]
        assert all(await store.save(writes))


async def read(
    reads: PermitReads, since: datetime = BEGIN, until: datetime = END, district: str = "11680"
) -> list[Permit | None]:
    return [permit async for permit in reads.of_district(district, since, until)]


def matter_of(state: Case, **changes: object) -> Case:
    matter: Matter = replace(state.work.matter, **changes)  # type: ignore[arg-type]
    return replace(state, work=replace(state.work, matter=matter))


@pytest.mark.parametrize("name", CASES)
async def test_the_first_decision_counts_and_a_later_grant_overturns_a_refusal(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]], name: str
) -> None:
    state, permit = CASES[name]
    await save(stores, {name: state})
    for reads in both(stores):
        assert await read(reads) == [permit]


async def test_only_the_permits_of_the_district_and_the_span_are_read(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    granted = case.granted()
    await save(
        stores,
        {
            "here": granted,
            "no permit": case.answered(),
            "elsewhere": matter_of(granted, district_code="west"),
            "before": matter_of(granted, received_at=BEGIN - timedelta(milliseconds=1)),
            "first": matter_of(granted, received_at=BEGIN),
            "after": matter_of(granted, received_at=END),
        },
    )
    for reads in both(stores):
        found = await read(reads)
        assert len(found) == 2
        assert all(permit is not None and permit.district == "11680" for permit in found)
        assert await read(reads, district="nowhere") == []


async def test_a_consulted_office_is_another_department(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    granted = case.granted()
    await save(stores, {"i": replace(granted, work=replace(granted.work, consulted=("o-quay",)))})
    for reads in both(stores):
        assert await read(reads) == [replace(PERMIT, consulted=True)]


async def test_a_case_that_was_stored_before_inspections_were_recorded_leaves_them_unknown(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    await save(stores, {"i": case.granted()})
    store = stores[0]
    assert isinstance(store, mongo.MongoStore)
    store.collection.update_one({"_id": "i"}, {"$unset": {"state.file.inspections": ""}})
    assert await read(MongoPermitReads(store, ZONE)) == [replace(PERMIT, inspected=None)]


async def test_of_a_kind_at_which_the_office_looks_later_nothing_is_known(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    await save(stores, {"i": case.granted()})
    store = stores[0]
    assert isinstance(store, mongo.MongoStore)
    later = MongoPermitReads(store, ZONE, {"market-stall"})
    assert await read(later) == [replace(PERMIT, inspected=None)]
    assert looked_at_later(cities.load("seoul")) == {"food-business"}


async def test_a_day_is_the_citys(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]],
) -> None:
    # A quarter past midnight in Seoul is the day before in UTC.
    at = datetime.combine(date(2026, 11, 23), datetime.min.time(), tzinfo=ZONE)
    late = matter_of(case.granted(), received_at=at + timedelta(minutes=15))
    await save(stores, {"i": late})
    for reads in both(stores):
        [permit] = await read(reads)
        assert permit is not None
        assert permit.received_on == date(2026, 11, 23)


async def test_many_come_in_pieces_and_an_odd_one_is_told(
    stores: Sequence[mongo.MongoStore[Case] | MemoryStore[Case]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permits_of_year, "_TOGETHER", 7)
    await save(stores, {f"i-{number}": case.granted() for number in range(50)})
    store = stores[0]
    assert isinstance(store, mongo.MongoStore)
    store.collection.update_one({"_id": "i-9"}, {"$unset": {"state.work.matter.dong_code": ""}})
    found = await read(MongoPermitReads(store, ZONE))
    assert (len(found), found.count(None), found.count(PERMIT)) == (50, 1, 49)


def test_words_and_officers_are_not_even_asked_for() -> None:
    assert not {
        "file.inspections.finding",
        "file.consultations.question",
        "file.objections.text",
    } & {*permits_of_year.FIELDS}
    assert not {"reply.answer", "reply.officer", "past.end.answer", "past.end.officer"} & {
        *permits_of_year.FIELDS
    }
