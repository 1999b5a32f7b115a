"""What only the database can show: numbers under rivalry, the index on them, the states kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import mongoengine
import pytest

from deploy.local.database import Database
from services.cities import Channel, City, Matter
from services.common.aggregates import mongo
from services.common.aggregates.mongo import MongoStore
from services.common.aggregates.update import Saved, Stored, Write
from services.common.consuming.consume import Ack
from services.common.kernel import DomainError, Kind
from services.common.process import clock
from services.intake.adapters.repository import (
    ALIAS,
    DOCUMENTS,
    AccessDocument,
    BlockNumbers,
    MongoAccessLog,
    MongoFinder,
    inquiry_store,
)
from services.intake.application.ports import Access
from services.intake.domain.events import InquiryAssigned
from services.intake.domain.model import (
    Accepted,
    Answer,
    Answered,
    Asked,
    Assigned,
    Assignment,
    Closed,
    Contact,
    DateChange,
    DateReason,
    Inquiry,
    Outcome,
    Place,
    Received,
    Record,
    Status,
    Step,
    SurveyEnd,
    Unrouted,
)
from tests.support.kit import incoming, known

from .conftest import START, World

DAY = date(2026, 11, 23)
MATTER = Matter(
    receipt_number="261123-00042-0",
    channel=Channel.PHONE,
    language="ko",
    received_at=START,
    has_contact=True,
    service_code="pothole",
)
RECORD = Record(
    matter=MATTER,
    asked=Asked(
        text="문의",
        place=Place(lat=37.5663, lon=126.9779),
        contact=Contact(name="홍길동", phone="+821000000001"),
        expected_answer_by=START + timedelta(days=3),
        provisional=True,
    ),
    history=(
        Step(status=Status.RECEIVED, round=1, at=START),
        Step(status=Status.ASSIGNED, round=1, at=START, office_id="d-11110"),
    ),
    earlier=(Answer(round=1, office_id="d-11110", answered_at=START, text="네"),),
    surveys_ended=(SurveyEnd(round=1, at=START),),
    assignment=Assignment(
        matter=MATTER,
        round=1,
        attempt=1,
        office_id="d-11110",
        rule="delegated_permit",
        delegated_by="d-11110",
        due_at=START,
    ),
    date_changes=(
        DateChange(
            before=START + timedelta(days=3),
            after=START,
            reason=DateReason.OTHER_SERVICE,
            at=START,
        ),
    ),
    request_digest="f",
)
ANSWER = Answer(round=2, office_id="d-11110", answered_at=START, outcome=Outcome.PERMIT_REFUSED)


@pytest.fixture(scope="module")
def connected(database: Database) -> Iterator[None]:
    mongo.connect(database.url, "intake_under_test", ALIAS)
    mongo.ensure_indexes(*DOCUMENTS)
    yield
    mongoengine.disconnect(ALIAS)


@pytest.fixture
def store(connected: None) -> MongoStore[Inquiry]:
    for document in DOCUMENTS:
        document.objects.delete()
    return inquiry_store()


def write(state: Inquiry, id_: str = "i-1") -> Write[Inquiry]:
    return Write(base=0, after=Stored(id=id_, version=1, state=state))


@pytest.mark.parametrize(
    "state",
    [
        Received(record=RECORD),
        Received(record=replace(RECORD, asked=replace(RECORD.asked, place=None, contact=None))),
        Unrouted(record=RECORD, round=2),
        Assigned(record=RECORD, round=2, attempt=2, office_id="d-11110"),
        Accepted(record=RECORD, round=2, attempt=1, office_id="d-11110"),
        Answered(record=RECORD, answer=ANSWER),
        Closed(record=RECORD, answer=ANSWER),
    ],
    ids=lambda state: str(state.status),
)
async def test_every_state_comes_back_as_it_went(
    store: MongoStore[Inquiry], state: Inquiry
) -> None:
    assert await store.save([write(state)]) == [Saved.DONE]
    assert (await store.load(["i-1"]))["i-1"].state == state
    assert await MongoFinder(store).by_receipt("261123-00042-0") == ("i-1", state)
    assert await MongoFinder(store).by_receipt("261123-00043-9") is None
    assert await MongoFinder(store).by_id("i-1") == state
    assert await MongoFinder(store).by_id("i-2") is None


async def test_a_step_is_in_the_history_once_however_often_and_late_it_is_told(
    store: MongoStore[Inquiry], seoul: City
) -> None:
    """A replay tells it with an id that is remembered no more; what was stored says it is there."""
    await store.save([write(Received(record=replace(RECORD, history=RECORD.history[:1])))])
    event = InquiryAssigned(
        inquiry_id="i-1",
        matter=RECORD.matter,
        round=1,
        attempt=1,
        office_id="d-11110",
        rule="district_of_place",
        due_at=START,
        assigned_at=clock.utc_now(),
    )
    for _ in range(3):
        # Each time as after a restart: nothing is known but what lies in the database.
        intake = World(city=seoul).restarted(store)
        await known(intake)
        assert await intake.handle([incoming(event)]) == [Ack()]
    state = (await store.load(["i-1"]))["i-1"].state
    assert state is not None
    assert [step.status for step in state.record.history] == [Status.RECEIVED, Status.ASSIGNED]


async def test_a_receipt_number_is_never_stored_twice(store: MongoStore[Inquiry]) -> None:
    received = Received(record=RECORD)
    assert await store.save([write(received, "i-1")]) == [Saved.DONE]
    (refused,) = await store.save([write(received, "i-2")])
    assert isinstance(refused, DomainError)
    assert refused.kind is Kind.CONFLICT
    assert not await store.load(["i-2"])


async def test_processes_that_count_together_never_give_a_number_twice(
    store: MongoStore[Inquiry],
) -> None:
    processes = [BlockNumbers(size=7) for _ in range(4)]
    numbers = await asyncio.gather(*(process.next(DAY) for process in processes for _ in range(30)))
    assert len(set(numbers)) == 120
    assert min(numbers) == 1


async def test_each_day_counts_from_one(store: MongoStore[Inquiry]) -> None:
    numbers = BlockNumbers(size=3)
    next_day = DAY + timedelta(days=1)
    got = [await numbers.next(day) for day in (DAY, next_day, DAY, next_day, DAY, DAY)]
    assert got == [1, 1, 2, 2, 3, 4]


async def test_while_the_database_is_away_all_who_wait_hear_it_at_once() -> None:
    leases = 0

    async def lease(day: date, size: int) -> int:
        nonlocal leases
        leases += 1
        await asyncio.sleep(0)
        raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    numbers = BlockNumbers(lease=lease)
    outcomes = await asyncio.gather(*(numbers.next(DAY) for _ in range(50)), return_exceptions=True)
    assert all(isinstance(outcome, DomainError) for outcome in outcomes)
    assert leases == 1


async def test_the_next_block_is_leased_before_it_is_needed() -> None:
    leases = 0
    answered = asyncio.Event()

    async def lease(day: date, size: int) -> int:
        nonlocal leases
        leases += 1
        if leases > 1:
            await answered.wait()
        return 1 + size * (leases - 1)

    numbers = BlockNumbers(lease=lease, size=10)
    got = [await numbers.next(DAY) for _ in range(10)]
    await asyncio.sleep(0)
    assert leases == 2  # while the database takes its time, nobody has waited for it
    answered.set()
    assert [*got, await numbers.next(DAY)] == list(range(1, 12))


async def test_a_failed_lease_ahead_is_nobodys_failure() -> None:
    away = False

    async def lease(day: date, size: int) -> int:
        if away:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")
        return 1

    numbers = BlockNumbers(lease=lease, size=10)
    assert await numbers.next(DAY) == 1
    away = True
    assert [await numbers.next(DAY) for _ in range(9)] == list(range(2, 11))
    with pytest.raises(DomainError):
        await numbers.next(DAY)


async def test_an_access_is_kept(store: MongoStore[Inquiry]) -> None:
    access = Access(
        at=START, caller="notify", purpose="notify", what="contact", inquiry_ids=("i-1", "i-2")
    )
    await MongoAccessLog().note(access)
    (kept,) = AccessDocument.objects
    assert (kept.at, kept.caller, kept.purpose, kept.what) == (START, "notify", "notify", "contact")
    assert kept.inquiry_ids == ["i-1", "i-2"]
