"""What holds of every deadline, whatever the receipt, the period and the interruptions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.cities import (
    Cause,
    City,
    DayOff,
    Due,
    Extension,
    Period,
    Suspension,
    Term,
    Unit,
    load,
)
from services.cities.law.calendar import MINUTE

SEOUL = load("seoul")
SAEBOM = load("saebom")
CALENDAR = SEOUL.clock.calendar


def moments_in(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Aware moments of some years, to the microsecond."""
    start = datetime(first, 1, 2, tzinfo=UTC)
    end = datetime(last, 12, 30, tzinfo=UTC)
    seconds = int((end - start).total_seconds())
    return st.builds(
        lambda second, micro: start + timedelta(seconds=second, microseconds=micro),
        st.integers(0, seconds),
        st.sampled_from([0, 1, 999_999]),
    )


moments = moments_in(2023, 2028)
minutes = moments.map(lambda moment: moment.replace(second=0, microsecond=0))
hour_periods = st.integers(1, 60).map(lambda n: Period(amount=n, unit=Unit.HOURS))
short_periods = st.integers(1, 5).map(lambda n: Period(amount=n, unit=Unit.DAYS))
long_periods = st.integers(6, 120).map(lambda n: Period(amount=n, unit=Unit.DAYS))
calendar_periods = st.one_of(
    st.builds(Period, amount=st.integers(1, 20), unit=st.just(Unit.WEEKS)),
    st.builds(Period, amount=st.integers(1, 24), unit=st.just(Unit.MONTHS)),
    st.builds(Period, amount=st.integers(1, 3), unit=st.just(Unit.YEARS)),
    st.builds(Period, amount=st.integers(1, 200), unit=st.just(Unit.CALENDAR_DAYS)),
)
working_periods = st.one_of(hour_periods, short_periods, long_periods, calendar_periods)


@st.composite
def suspensions(draw: st.DrawFn) -> Suspension:
    start = draw(st.dates(date(2022, 12, 1), date(2029, 3, 1)))
    length = draw(st.integers(0, 40))
    return Suspension(
        cause=draw(st.sampled_from(Cause)),
        start=start,
        end=start + timedelta(days=length),
        prolonged=draw(st.booleans()),
    )


def due_of(term: Term) -> Due:
    due = SEOUL.due_of(term)
    assert isinstance(due, Due)
    return due


@settings(deadline=None, max_examples=100)
@given(moments, moments, working_periods, st.lists(suspensions(), max_size=3))
def test_who_comes_later_is_never_due_sooner(
    one: datetime, other: datetime, period: Period, stops: list[Suspension]
) -> None:
    earlier, later = sorted((one, other))
    first = due_of(Term(received_at=earlier, period=period, suspensions=tuple(stops)))
    second = due_of(Term(received_at=later, period=period, suspensions=tuple(stops)))
    assert first.at <= second.at


@settings(deadline=None, max_examples=100)
@given(moments, working_periods, st.lists(suspensions(), max_size=3))
def test_nothing_is_due_on_a_day_off_nor_before_its_receipt(
    received: datetime, period: Period, stops: list[Suspension]
) -> None:
    due = due_of(Term(received_at=received, period=period, suspensions=tuple(stops)))
    assert CALENDAR.is_working(due.date)
    assert due.local.date() == due.date
    assert due.date >= received.astimezone(SEOUL.timezone).date()


@settings(deadline=None, max_examples=100)
@given(moments, working_periods, st.lists(suspensions(), max_size=2), suspensions())
def test_a_suspension_never_shortens(
    received: datetime, period: Period, stops: list[Suspension], another: Suspension
) -> None:
    without = Term(received_at=received, period=period, suspensions=tuple(stops))
    with_it = Term(received_at=received, period=period, suspensions=(*stops, another))
    assert due_of(with_it).at >= due_of(without).at


@settings(deadline=None, max_examples=100)
@given(moments, st.one_of(short_periods, long_periods), st.booleans())
def test_an_extension_lengthens(received: datetime, period: Period, twice: bool) -> None:
    extensions = (Extension(period=period), Extension(period=period, consent=True))
    plain = due_of(Term(received_at=received, period=period))
    term = Term(
        received_at=received, period=period, extensions=extensions if twice else extensions[:1]
    )
    assert due_of(term).at > plain.at


@settings(deadline=None, max_examples=100)
@given(minutes, st.one_of(hour_periods, short_periods))
def test_hours_equal_a_count_minute_by_minute(received: datetime, period: Period) -> None:
    hours = period.amount * (8 if period.unit is Unit.DAYS else 1)
    assert SEOUL.due(received, period).local == counted(SEOUL, received, hours, open_in_seoul)


@settings(deadline=None, max_examples=100)
@given(
    moments_in(2026, 2029).map(lambda moment: moment.replace(second=0, microsecond=0)),
    st.integers(1, 30),
)
def test_other_working_hours_are_counted_too(received: datetime, hours: int) -> None:
    due = SAEBOM.due(received, Period(amount=hours, unit=Unit.HOURS))
    assert due.local == counted(SAEBOM, received, hours, open_in_saebom)


def counted(
    city: City, received: datetime, hours: int, is_open: Callable[[datetime], bool]
) -> datetime:
    """The end of so many hours, found by looking at every minute."""
    left, now = hours * 60, received.astimezone(city.timezone)
    while left:
        if now.date() not in city.clock.calendar.days_off and is_open(now):
            left -= 1
        now += timedelta(minutes=1)
    return now


def open_in_seoul(local: datetime) -> bool:
    return local.weekday() < 5 and (9 <= local.hour < 12 or 13 <= local.hour < 18)


def open_in_saebom(local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    if local.weekday() == 4:
        return 8 * 60 <= minute < 12 * 60
    lunch = 12 * 60 + 30 <= minute < 13 * 60 + 30
    return local.weekday() < 4 and 8 * 60 <= minute < 17 * 60 and not lunch


@settings(deadline=None, max_examples=100)
@given(moments, long_periods)
def test_days_equal_a_count_day_by_day(received: datetime, period: Period) -> None:
    day, left = received.astimezone(SEOUL.timezone).date(), period.amount
    while True:
        if day.weekday() < 5 and day not in CALENDAR.days_off:
            left -= 1
            if not left:
                break
        day += timedelta(days=1)
    assert SEOUL.due(received, period).date == day


@settings(deadline=None, max_examples=100)
@given(moments, working_periods, st.lists(suspensions(), max_size=3))
def test_the_account_has_no_gap_and_adds_up(
    received: datetime, period: Period, stops: list[Suspension]
) -> None:
    term = Term(received_at=received, period=period, suspensions=tuple(stops))
    due = due_of(term)
    spans = due.spans()
    assert spans[0].start == received
    assert spans[-1].end == due.local
    assert all(a.end == b.start for a, b in pairwise(spans))
    total = sum(span.amount for span in spans)
    if period.unit is Unit.HOURS:
        assert total == period.amount * 60 * MINUTE
    elif SEOUL.clock.counts_hours(period):
        assert total == period.amount * 8 * 60 * MINUTE
    elif period.unit in (Unit.DAYS, Unit.CALENDAR_DAYS):
        assert total == period.amount
    for language in SEOUL.languages:
        assert len(due.explain(language)) == len(spans) + 2


@settings(deadline=None, max_examples=100)
@given(moments, st.integers(1, 400), st.lists(suspensions(), max_size=2))
def test_elapsed_days_keep_the_time_of_day(
    received: datetime, amount: int, stops: list[Suspension]
) -> None:
    period = Period(amount=amount, unit=Unit.ELAPSED_DAYS)
    plain = SEOUL.due(received, period)
    assert plain.at == received + timedelta(days=amount)
    due = due_of(Term(received_at=received, period=period, suspensions=tuple(stops)))
    assert due.at >= plain.at
    assert (due.at - plain.at) % timedelta(days=1) == timedelta(0)
    assert sum(span.amount for span in due.spans()) == amount
    for language in SEOUL.languages:
        assert due.explain(language)


@settings(deadline=None, max_examples=25)
@given(minutes, working_periods)
def test_a_day_off_declared_later_never_brings_a_deadline_forward(
    received: datetime, period: Period
) -> None:
    due = SEOUL.due(received, period)
    declared = DayOff(day=due.date, names={"ko": "임시공휴일", "en": "ad hoc"}, source="a test")
    later = SEOUL.clock.calendar.with_days_off([declared])
    moved = SEOUL.clock.on(later).due_of(due.term)
    assert isinstance(moved, Due)
    assert moved.at > due.at
