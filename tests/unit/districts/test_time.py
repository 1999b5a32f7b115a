"""What time alone brings to a case: each reminder once, notices by the law's count, later dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import cities
from services.cities import City, DayOff, Period
from services.common.kernel import Change
from services.districts.domain.case import dates, decide
from services.districts.domain.case.events import (
    CaseOpened,
    CaseOverdue,
    DeadlineRecounted,
    OverdueLevel,
    ProgressNoticeDue,
    RecountCause,
)
from services.districts.domain.case.model import Accepted, Answered, Case, Open, item_for
from tests.support.calendars import with_days_off, without_day_off
from tests.unit.districts.case import (
    DUE,
    NOW,
    OFFICE,
    OTHER,
    TOWN,
    assigned,
    declined,
    opened,
    reply,
    state,
    take,
)

SEOUL = cities.load("seoul")
LONG_AFTER = NOW + timedelta(days=400)
EXAMINER, HEAD, CITY = OverdueLevel


def seoul(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=SEOUL.timezone)


def woken(case: Case, until: datetime, city: City = TOWN) -> tuple[Case, list[decide.Told]]:
    """The case woken whenever it asks to be, up to a time, and all that it told."""
    told: list[decide.Told] = []
    while isinstance(case, Open | Accepted) and case.look_at is not None and case.look_at <= until:
        change = decide.wake(case, city=city, now=case.look_at)
        assert change is not None
        assert change.wake_at == change.state.look_at
        case, told = change.state, [*told, *change.events]
    return case, told


def levels(told: Sequence[object]) -> list[OverdueLevel]:
    return [event.level for event in told if isinstance(event, CaseOverdue)]


def in_seoul(received: str, due: str, period: str = "") -> Open:
    received_at = seoul(received)
    event = assigned(due_at=seoul(due), period=period, clock_from=received_at)
    event = replace(event, matter=replace(event.matter, received_at=received_at))
    case = state(decide.open_case(None, city=SEOUL, event=event, now=received_at))
    assert isinstance(case, Open)
    return case


def test_the_examiner_is_told_at_once_then_the_head_then_the_city() -> None:
    # Three days are 24 working hours: Tuesday to Thursday. Fourteen days end with the last of them.
    case = in_seoul("2026-11-23T10:00", "2026-12-07T18:00")
    _, told = woken(case, seoul("2026-12-31T00:00"), SEOUL)
    overdue = [event for event in told if isinstance(event, CaseOverdue)]
    assert [(event.level, event.overdue_at - dates.MOMENT) for event in overdue] == [
        (EXAMINER, seoul("2026-12-07T18:00")),
        (HEAD, seoul("2026-12-10T18:00")),
        (CITY, seoul("2026-12-21T23:59:59")),
    ]
    assert {(event.office_id, event.attempt, event.round) for event in overdue} == {(OFFICE, 1, 1)}


def test_a_city_without_limits_for_the_others_tells_the_examiner_alone() -> None:
    boston = cities.load("boston")
    _, told = woken(opened(), DUE + timedelta(days=1), boston)
    assert levels(told) == [EXAMINER]
    case, more = woken(state(decide.wake(opened(), city=boston, now=LONG_AFTER)), LONG_AFTER)
    assert more == []
    assert isinstance(case, Open)
    assert case.look_at is None


def test_woken_late_it_tells_every_level_once_and_only_the_newest_notice() -> None:
    change = decide.wake(opened(), city=TOWN, now=LONG_AFTER)
    assert change is not None
    assert levels(change.events) == [EXAMINER, HEAD, CITY]
    [notice] = [event for event in change.events if isinstance(event, ProgressNoticeDue)]
    assert (notice.number, notice.overdue, notice.accepted) == (13, True, False)
    item = item_for(change.state, OFFICE, 7)
    assert item is not None
    assert (item.reminded, item.notices) == (CITY, 13)
    assert decide.wake(change.state, city=TOWN, now=LONG_AFTER) is None


@given(looks=st.lists(st.integers(0, 60 * 24), max_size=12))
def test_however_often_and_late_it_is_woken_each_fact_is_told_once(looks: list[int]) -> None:
    case: Case = opened()
    told: list[decide.Told] = []
    for hours in [*looks, 60 * 24]:
        now = NOW + timedelta(hours=hours)
        for _ in range(2):
            change = decide.wake(case, city=TOWN, now=now)
            if change is not None:
                case, told = change.state, [*told, *change.events]
    assert levels(told) == [EXAMINER, HEAD, CITY]
    numbers = [event.number for event in told if isinstance(event, ProgressNoticeDue)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == 1


def test_the_citizen_is_told_every_thirty_days_when_the_next_working_day_begins() -> None:
    # Thirty days after Monday 23 November are over with Wednesday 23 December; the next thirty end
    # on Friday 22 January, and the working day after that is Monday.
    case = state(take(in_seoul("2026-11-23T10:00", "2027-03-31T18:00")))
    _, told = woken(case, seoul("2027-01-31T00:00"), SEOUL)
    notices = [event for event in told if isinstance(event, ProgressNoticeDue)]
    assert [(event.number, event.notice_at) for event in notices] == [
        (1, seoul("2026-12-24T09:00")),
        (2, seoul("2027-01-25T09:00")),
    ]
    assert {(event.accepted, event.overdue) for event in notices} == {(True, False)}


def test_a_round_that_was_opened_again_counts_from_then() -> None:
    began = NOW + timedelta(days=90)
    event = assigned(1, round_=2, due_at=began + timedelta(days=60), clock_from=began)
    case = state(decide.open_case(state(reply(opened())), city=TOWN, event=event, now=began))
    _, told = woken(case, began + timedelta(days=40))
    [notice] = told
    assert isinstance(notice, ProgressNoticeDue)
    assert (notice.round, notice.number) == (2, 1)
    assert notice.notice_at > began + timedelta(days=29)


@pytest.mark.parametrize("end", [declined(), reply(opened()), None])
def test_time_brings_nothing_to_what_is_at_no_office(end: Case | decide.CaseChange | None) -> None:
    case = end.state if isinstance(end, Change) else end
    assert decide.wake(case, city=TOWN, now=LONG_AFTER) is None
    assert decide.recount(case, city=TOWN, now=NOW) is None


def test_a_case_that_is_handed_on_late_keeps_who_was_reminded() -> None:
    overdue, _ = woken(opened(), DUE + timedelta(days=1))
    given_back = replace(declined(), overdue=True, reminded=EXAMINER)
    change = decide.open_case(
        given_back, city=TOWN, event=assigned(2, OTHER), now=DUE + timedelta(days=1)
    )
    assert [type(event) for event in (change.events if change else ())] == [CaseOpened]
    item = item_for(state(change), OTHER, 1)
    assert item is not None
    assert item.reminded is EXAMINER
    assert isinstance(overdue, Open)
    assert overdue.reminded is EXAMINER


def test_a_case_that_reaches_its_office_overdue_tells_so_at_once() -> None:
    now = DUE + timedelta(days=20)
    change = decide.open_case(None, city=TOWN, event=assigned(), now=now)
    assert change is not None
    assert isinstance(change.events[0], CaseOpened)
    assert levels(change.events) == [EXAMINER, HEAD, CITY]


def test_a_clock_that_a_hand_over_starts_again_is_reminded_of_anew() -> None:
    given_back = replace(declined(), overdue=True, reminded=CITY)
    again = assigned(2, OTHER, due_at=DUE + timedelta(days=9), clock_from=DUE + timedelta(days=2))
    change = decide.open_case(given_back, city=TOWN, event=again, now=DUE + timedelta(days=2))
    case = state(change)
    assert isinstance(case, Open)
    assert (case.overdue, case.reminded) == (False, None)


# A holiday that is declared later. V12 was published: due on 2 October 2017, which became a holiday
# on 5 September, before Chuseok; the answer was due on Tuesday 10 October.

AD_HOC = SEOUL.clock.calendar.days_off[date(2017, 10, 2)]
BEFORE = without_day_off(SEOUL, AD_HOC)
TOLD_DUE, NEW_DUE = "2017-10-02T18:00", "2017-10-10T18:00"


def v12() -> Open:
    received_at = seoul("2017-09-22T10:00")
    due_at = BEFORE.due(received_at, Period.parse("7d")).at
    assert due_at == seoul(TOLD_DUE)
    event = assigned(due_at=due_at, period="7d", clock_from=received_at)
    event = replace(event, matter=replace(event.matter, received_at=received_at))
    case = state(decide.open_case(None, city=BEFORE, event=event, now=received_at))
    assert isinstance(case, Open)
    return case


def test_v12_the_date_moves_and_everybody_is_told_from_when_to_when() -> None:
    now = seoul("2017-09-25T09:00")
    change = decide.recount(v12(), city=SEOUL, now=now)
    assert change is not None
    [moved] = change.events
    assert isinstance(moved, DeadlineRecounted)
    assert (moved.due_before, moved.due_at) == (seoul(TOLD_DUE), seoul(NEW_DUE))
    assert (moved.cause, moved.recounted_at) == (RecountCause.HOLIDAY, now)
    assert change.wake_at == moved.due_at + dates.MOMENT
    item = item_for(change.state, OFFICE, 2)
    assert item is not None
    assert item.due_at == seoul(NEW_DUE)
    assert decide.recount(change.state, city=SEOUL, now=now) is None
    # A replica that does not know the holiday yet moves nothing back.
    assert decide.recount(change.state, city=BEFORE, now=now) is None
    # What is answered between the two dates is in time.
    ended = state(reply(change.state, now=seoul("2017-10-10T17:00")))
    assert isinstance(ended, Answered)
    assert not ended.overdue


def test_a_case_that_is_woken_at_its_old_date_moves_instead_of_being_overdue() -> None:
    change = decide.wake(v12(), city=SEOUL, now=seoul(TOLD_DUE) + dates.MOMENT)
    assert change is not None
    assert [type(event) for event in change.events] == [DeadlineRecounted]
    assert not change.state.overdue


def test_what_everybody_was_told_is_overdue_keeps_its_date() -> None:
    overdue = state(decide.wake(v12(), city=BEFORE, now=seoul(TOLD_DUE) + dates.MOMENT))
    assert overdue.overdue
    assert decide.recount(overdue, city=SEOUL, now=seoul("2017-10-03T09:00")) is None
    assert decide.look_now(overdue, city=SEOUL, now=seoul("2017-10-03T09:00")) is None
    case, told = woken(overdue, seoul("2017-12-31T09:00"), SEOUL)
    assert levels(told) == [HEAD, CITY]
    assert case.work.due_at == seoul(TOLD_DUE)


def test_a_date_that_no_period_gave_is_never_counted_again() -> None:
    case = v12()
    given_by_hand = replace(case, work=replace(case.work, period=""))
    assert decide.recount(given_by_hand, city=SEOUL, now=seoul("2017-09-25T09:00")) is None


def test_an_assignment_that_was_counted_without_the_holiday_is_told_as_moved_when_it_opens() -> (
    None
):
    case = v12()
    event = assigned(due_at=case.work.due_at, period="7d", clock_from=case.work.clock_from)
    event = replace(event, matter=case.work.matter)
    change = decide.open_case(None, city=SEOUL, event=event, now=seoul("2017-09-25T09:00"))
    assert change is not None
    assert [type(told) for told in change.events] == [CaseOpened, DeadlineRecounted]


def test_the_next_office_gets_the_later_date_although_routing_has_not_heard_of_it() -> None:
    case = v12()
    moved = state(decide.recount(case, city=SEOUL, now=seoul("2017-09-25T09:00")))
    event = assigned(2, OTHER, due_at=seoul(TOLD_DUE), period="7d", clock_from=case.work.clock_from)
    event = replace(event, matter=case.work.matter)
    change = decide.open_case(moved, city=SEOUL, event=event, now=seoul("2017-09-26T09:00"))
    assert change is not None
    [told] = change.events
    assert isinstance(told, CaseOpened)
    assert told.due_at == seoul(NEW_DUE)


def test_a_case_that_is_to_be_woken_by_hand_tells_nothing_itself() -> None:
    now = seoul("2017-09-25T09:00")
    change = decide.look_now(v12(), city=SEOUL, now=now)
    assert change is not None
    assert (change.events, change.wake_at) == ((), now)
    woken_ = decide.wake(change.state, city=SEOUL, now=now)
    assert woken_ is not None
    assert [type(event) for event in woken_.events] == [DeadlineRecounted]


def test_a_holiday_among_the_days_of_a_reminder_puts_off_the_reminder() -> None:
    overdue, _ = woken(opened(), DUE + dates.MOMENT)
    assert isinstance(overdue, Open)
    assert overdue.look_at is not None
    day = overdue.look_at.astimezone(TOWN.timezone).date()
    declared = DayOff(day=day, names={"en": "Holiday", "ko": "임시공휴일"}, source="a test")
    change = decide.wake(overdue, city=with_days_off(TOWN, [declared]), now=overdue.look_at)
    assert change is not None
    assert change.events == ()
    assert change.wake_at is not None
    assert change.wake_at > overdue.look_at
