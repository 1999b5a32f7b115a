"""What time brings is told once by all replicas together, and offices see it on their screens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from dasan.districts.v1 import cases_pb2 as cases_pb
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.events_pb2 import OVERDUE_LEVEL_CITY, OVERDUE_LEVEL_UNSPECIFIED
from prometheus_client import REGISTRY

from services.cities import City, DayOff, Period
from services.common.aggregates.marking import marking
from services.common.aggregates.ticker import Ticker
from services.common.process.clock import new_id
from services.districts.application.recount import recount_by_hand
from services.districts.domain.case.events import (
    CaseAnswered,
    CaseOverdue,
    DeadlineRecounted,
    OverdueLevel,
    ProgressNoticeDue,
    SupplementUnanswered,
)
from tests.component.districts.offices import (
    DUE,
    NOW,
    TOWN,
    WIRE,
    MemoryOfficeReads,
    MemoryReads,
    Replica,
    Service,
    answer_request,
    as_office,
    assigned,
    list_work,
)
from tests.support.calendars import with_days_off
from tests.support.kit import part

MILL = as_office("o-mill")
RECEIVED = NOW - timedelta(hours=1)
WEEK = Period.parse("7d")


async def ticked(*replicas: Replica) -> None:
    """Every replica wakes what is due, at the same time and twice."""
    for _ in range(2):
        tickers = [part(replica.districts, Ticker, "ticker") for replica in replicas]
        await asyncio.gather(*(ticker.tick() for ticker in tickers))


async def test_each_level_is_told_once_by_two_replicas_that_wake_late(service: Service) -> None:
    other = await service.another()
    await service.assign(assigned("a"))
    before = REGISTRY.get_sample_value("dasan_cases_overdue_total") or 0
    told: list[object] = []
    for days in (0, 1, 4, 5, 20, 21, 40):
        await service.later(DUE + timedelta(days=days, seconds=1) - service.now)
        await ticked(service.replica, other)
        told += [event for event in service.told("a") if event not in told]
    overdue = [event.level for event in told if isinstance(event, CaseOverdue)]
    assert overdue == list(OverdueLevel)
    notices = [event.number for event in told if isinstance(event, ProgressNoticeDue)]
    assert notices == [1]
    assert REGISTRY.get_sample_value("dasan_cases_overdue_total") == before + 1


async def test_the_office_sees_who_was_reminded_and_which_notice_was_due(service: Service) -> None:
    await service.assign(assigned("a"))
    call = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=MILL)
    [item] = await list_work(call)
    assert (item.overdue_level, item.progress_notices) == (OVERDUE_LEVEL_UNSPECIFIED, 0)
    await service.later(timedelta(days=60))
    await ticked(service.replica)
    async with asyncio.timeout(5):
        item = (await call.read()).item
    assert (item.inquiry_id, item.overdue_level) == ("a", OVERDUE_LEVEL_CITY)
    assert item.progress_notices == 1


async def test_who_answers_before_the_ticker_has_woken_the_case_finds_it_as_it_is(
    service: Service,
) -> None:
    """The time of the supplement and the period are over, and no ticker has run."""
    due_at = TOWN.due(RECEIVED, WEEK).at
    await service.assign(assigned("a", due_at=due_at, period="7d"))
    await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=MILL)
    async with service.replica.acting() as cases:
        request = cases_pb.RequestSupplementRequest(inquiry_id="a", text="The plan.", days=5)
        await cases.RequestSupplement(request, metadata=MILL)
    before = REGISTRY.get_sample_value("dasan_cases_overdue_total") or 0
    await service.later(timedelta(days=60))
    done = await service.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MILL)
    assert done.item.state == pb.WORK_STATE_ANSWERED
    told = service.told("a")
    assert [type(event) for event in told[-2:]] == [ProgressNoticeDue, CaseAnswered]
    [unanswered] = [number for number, e in enumerate(told) if isinstance(e, SupplementUnanswered)]
    assert unanswered < min(n for n, e in enumerate(told) if isinstance(e, CaseOverdue))
    assert REGISTRY.get_sample_value("dasan_cases_overdue_total") == before + 1
    await ticked(service.replica, await service.another())
    assert service.told("a") == told


def with_holiday(due_at: datetime) -> City:
    """The town once the day of that date was declared a holiday."""
    day = due_at.astimezone(TOWN.timezone).date()
    return with_days_off(
        TOWN, [DayOff(day=day, names={"en": "Holiday", "ko": "임시공휴일"}, source="a test")]
    )


@pytest.fixture
async def told_due(service: Service) -> datetime:
    """When the open cases `a` and `b` and the answered `done` are due; `set` is due then, too, by
    no period."""
    due_at = TOWN.due(RECEIVED, WEEK).at
    ids = ("a", "b", "done")
    await service.assign(*(assigned(id_, due_at=due_at, period="7d") for id_ in ids))
    await service.assign(assigned("set", due_at=due_at))
    await service.offices.Answer(answer_request(inquiry_id="done", text="Done."), metadata=MILL)
    return due_at


def moved(service: Service) -> Sequence[DeadlineRecounted]:
    return [
        event
        for id_ in service.store.documents
        for event in service.told(id_)
        if isinstance(event, DeadlineRecounted)
    ]


async def test_a_declared_holiday_moves_open_dates_once_over_all_replicas(
    service: Service, told_due: datetime
) -> None:
    await service.replica.districts.recount.once()
    assert moved(service) == []
    service.city = with_holiday(told_due)
    started = [await service.another(), await service.another()]
    for replica in (*started, service.replica):
        await replica.districts.recount.once()
        await replica.districts.recount.once()
    new_due = service.city.due(RECEIVED, WEEK).at
    assert new_due > told_due
    assert sorted((e.inquiry_id, e.due_before, e.due_at) for e in moved(service)) == [
        ("a", told_due, new_due),
        ("b", told_due, new_due),
    ]
    call = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=MILL)
    dates = {i.inquiry_id: i.due_at.ToDatetime(told_due.tzinfo) for i in await list_work(call)}
    assert dates == {"a": new_due, "b": new_due, "set": told_due}


async def test_a_round_that_was_cut_off_begins_anew_and_moves_nothing_twice(
    service: Service, told_due: datetime
) -> None:
    service.city = with_holiday(told_due)
    started = await service.another()

    def cut_off() -> None:
        started.reads.before_list = lambda: None
        raise asyncio.CancelledError

    started.reads.before_list = cut_off
    with pytest.raises(asyncio.CancelledError):
        await started.districts.recount.once()
    await started.districts.recount.once()
    assert [event.inquiry_id for event in moved(service)] == ["a", "b"]


@pytest.mark.parametrize("apply", [False, True])
async def test_by_hand_it_says_what_moves_and_moves_it_only_when_told_to(
    service: Service, told_due: datetime, apply: bool
) -> None:
    service.city = with_holiday(told_due)
    started = await service.another()
    marks = marking("districts", service.store, wire=WIRE, clock=lambda: NOW, new_id=new_id)
    report = await recount_by_hand(
        service.city,
        MemoryReads(service.store),
        MemoryOfficeReads(service.recorded),
        marks if apply else None,
        clock=lambda: service.now,
        new_id=new_id,
    )
    new_due = service.city.due(RECEIVED, WEEK).at
    days = tuple(at.astimezone(TOWN.timezone).date() for at in (told_due, new_due))
    assert (report.cases, report.days) == (2, {days: 2})
    assert [move.inquiry_id for move in report.samples] == ["a", "b"]
    assert report.marked == (2 if apply else 0)
    assert moved(service) == []
    await ticked(started)
    assert [event.inquiry_id for event in moved(service)] in (["a", "b"] if apply else [],)
