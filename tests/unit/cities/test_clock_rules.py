"""What the clock refuses, what stops it, how calendar terms end, and how it explains itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.cities import (
    Cause,
    City,
    Due,
    Extension,
    InvalidPeriod,
    NaiveTime,
    OutOfCalendar,
    Paused,
    Period,
    Reason,
    Suspension,
    Term,
    TermRefused,
    Unit,
    UnknownCode,
    days,
    hours,
)


def at(city: City, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=city.timezone)


@pytest.mark.parametrize(
    ("written", "received", "due"),
    [
        ("1w", "2026-11-23", "2026-11-30"),  # ends on Sunday, the 29th
        ("2w", "2026-11-24", "2026-12-07"),
        ("1m", "2026-01-31", "2026-03-03"),  # 28 February, a Saturday, then two days off
        ("1m", "2026-11-23", "2026-12-22"),
        ("3m", "2026-11-30", "2027-03-02"),  # 28 February, a Sunday, and 1 March
        ("1y", "2026-02-28", "2027-03-02"),  # 27 February, a Saturday, and 1 March
        ("1c", "2026-11-27", "2026-11-30"),
        ("30c", "2026-11-23", "2026-12-23"),
    ],
)
def test_a_calendar_term(written: str, received: str, due: str, seoul: City) -> None:
    found = seoul.due(at(seoul, received + " 10:00"), Period.parse(written))
    assert found.date == date.fromisoformat(due)


def test_a_term_for_an_appeal_runs_to_the_end_of_its_day(seoul: City) -> None:
    found = seoul.due(at(seoul, "2026-11-23 10:00"), seoul.limit("objection"))
    assert found.local == at(seoul, "2027-01-22 23:59:59")


@pytest.mark.parametrize(
    ("limit", "due"),
    [
        ("petition_room_to_department", "2026-11-24 09:30"),
        ("to_other_department", "2026-11-24 11:30"),
        ("to_other_agency", "2026-11-24 17:30"),
    ],
)
def test_hand_over_limits(limit: str, due: str, seoul: City) -> None:
    received = at(seoul, "2026-11-23 17:30")
    assert seoul.due(received, seoul.limit(limit)).local == at(seoul, due)


def test_an_unknown_limit_is_named(seoul: City) -> None:
    with pytest.raises(UnknownCode, match="coffee_break"):
        seoul.limit("coffee_break")


def test_the_due_moment_is_utc(seoul: City) -> None:
    due = seoul.due(datetime(2026, 11, 23, 0, 0, tzinfo=UTC), hours(1))
    assert due.at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert due.at.tzinfo is UTC


def test_a_naive_time_is_refused(seoul: City) -> None:
    with pytest.raises(NaiveTime) as refused:
        seoul.due(datetime(2026, 11, 23, 9, 0), days(7))  # noqa: DTZ001
    assert refused.value.field == "received_at"


@pytest.mark.parametrize("written", ["0h", "-3d", "99999d", "1001d", "6y", "3x", "", "d", "3.5h"])
def test_a_period_out_of_bounds_is_refused(written: str) -> None:
    with pytest.raises(InvalidPeriod):
        Period.parse(written)


def test_the_bound_of_a_period_is_told() -> None:
    with pytest.raises(InvalidPeriod, match="1 to 1000, not -1"):
        days(-1)


@pytest.mark.parametrize("written", ["now", "3h", "7d", "2w", "1m", "1y", "60c", "30e"])
def test_a_period_is_written_as_it_is_read(written: str) -> None:
    assert str(Period.parse(written)) == written


@pytest.mark.parametrize(
    "received",
    [
        datetime(1999, 1, 1, tzinfo=UTC),
        datetime(2036, 12, 31, 8, 0, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 0, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("written", ["8h", "5d", "30d", "2y", "90c", "90e"])
def test_a_day_without_a_calendar_is_refused(received: datetime, written: str, seoul: City) -> None:
    with pytest.raises(OutOfCalendar, match="2017-01-01 to 2036-12-31"):
        seoul.due(received, Period.parse(written))


def test_an_inspection_stops_the_clock_up_to_its_limit_only(seoul: City) -> None:
    received = at(seoul, "2026-11-02 10:00")

    def due(stop: Suspension) -> date:
        found = seoul.due_of(Term(received_at=received, period=days(7), suspensions=(stop,)))
        assert isinstance(found, Due)
        return found.date

    start, end = date(2026, 11, 4), date(2027, 1, 29)
    # Fourteen working days from the 4th end on the 23rd; five more are left after the two counted.
    plain = Suspension(cause=Cause.INSPECTION, start=start, end=end)
    assert due(plain) == date(2026, 11, 30)
    # Seven more end on 2 December.
    prolonged = Suspension(cause=Cause.INSPECTION, start=start, end=end, prolonged=True)
    assert due(prolonged) == date(2026, 12, 9)
    # One that is still going on is taken to last as long as it may.
    assert due(Suspension(cause=Cause.INSPECTION, start=start)) == due(plain)


def test_inspections_share_one_limit_however_they_are_cut(seoul: City) -> None:
    received = at(seoul, "2026-11-02 10:00")

    def due(*stops: tuple[date, date]) -> date:
        suspensions = tuple(
            Suspension(cause=Cause.INSPECTION, start=start, end=end) for start, end in stops
        )
        found = seoul.due_of(Term(received_at=received, period=days(7), suspensions=suspensions))
        assert isinstance(found, Due)
        return found.date

    whole = due((date(2026, 11, 4), date(2027, 1, 29)))
    cut = due((date(2026, 11, 4), date(2026, 11, 12)), (date(2026, 11, 13), date(2027, 1, 29)))
    assert cut == whole == date(2026, 11, 30)
    # What lies before the receipt uses nothing up.
    early = (date(2026, 9, 1), date(2026, 10, 30))
    assert due(early, (date(2026, 11, 4), date(2027, 1, 29))) == whole


def test_an_open_suspension_without_a_limit_leaves_the_end_open(seoul: City) -> None:
    stop = Suspension(cause=Cause.SUPPLEMENT, start=date(2026, 11, 25))
    term = Term(received_at=at(seoul, "2026-11-23 10:00"), period=days(7), suspensions=(stop,))
    assert seoul.due_of(term) == Paused(term=term, since=date(2026, 11, 25), cause=Cause.SUPPLEMENT)


def test_a_suspension_stops_hours_for_whole_days(seoul: City) -> None:
    stop = Suspension(cause=Cause.HEARING, start=date(2026, 11, 24), end=date(2026, 11, 25))
    term = Term(received_at=at(seoul, "2026-11-23 16:00"), period=hours(4), suspensions=(stop,))
    due = seoul.due_of(term)
    assert isinstance(due, Due)
    assert due.local == at(seoul, "2026-11-26 11:00")


def test_overlapping_suspensions_count_once(seoul: City) -> None:
    first = Suspension(cause=Cause.SUPPLEMENT, start=date(2026, 11, 25), end=date(2026, 11, 27))
    second = Suspension(cause=Cause.HEARING, start=date(2026, 11, 26), end=date(2026, 12, 1))
    term = Term(
        received_at=at(seoul, "2026-11-23 10:00"), period=days(7), suspensions=(second, first)
    )
    due = seoul.due_of(term)
    assert isinstance(due, Due)
    assert due.date == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("extensions", "because"),
    [
        ((Extension(period=days(8)),), "at most the original period"),
        ((Extension(period=hours(8)),), "unit of the original"),
        ((Extension(period=days(7)), Extension(period=days(7))), "consent"),
        ((Extension(period=days(7), consent=True),) * 3, "at most 2"),
    ],
)
def test_an_extension_the_law_does_not_allow(
    extensions: tuple[Extension, ...], because: str, seoul: City
) -> None:
    term = Term(received_at=at(seoul, "2026-11-23 10:00"), period=days(7), extensions=extensions)
    with pytest.raises(TermRefused, match=because):
        seoul.due_of(term)


def test_a_suspension_cannot_end_before_it_starts() -> None:
    with pytest.raises(TermRefused):
        Suspension(cause=Cause.TEST, start=date(2026, 1, 2), end=date(2026, 1, 1))


def test_the_account_in_hours_names_each_reason(seoul: City) -> None:
    due = seoul.due(at(seoul, "2026-09-23 11:00"), hours(8))
    assert [span.reason for span in due.spans()] == [
        Reason.WORKED,
        Reason.BREAK,
        Reason.WORKED,
        Reason.CLOSED,
        Reason.HOLIDAY,
        Reason.HOLIDAY,
        Reason.HOLIDAY,
        Reason.WEEKEND,
        Reason.CLOSED,
        Reason.WORKED,
    ]
    told = due.explain("en")
    assert told[0] == "received 2026-09-23 11:00"
    assert "2026-09-23 11:00 to 2026-09-23 12:00: 1 h of working time counted" in told
    assert "2026-09-25 00:00 to 2026-09-26 00:00: day off (Chuseok), not counted" in told
    assert told[-1] == "due 2026-09-28 11:00"
    assert due.explain("ko")[-1] == "처리기한 2026. 9. 28. 11:00"


def test_the_account_in_days_shows_the_stop_and_what_is_left(seoul: City) -> None:
    stop = Suspension(cause=Cause.SUPPLEMENT, start=date(2026, 11, 25), end=date(2026, 12, 1))
    term = Term(received_at=at(seoul, "2026-11-23 10:00"), period=days(7), suspensions=(stop,))
    due = seoul.due_of(term)
    assert isinstance(due, Due)
    assert due.explain("en") == (
        "received 2026-11-23 10:00",
        "2026-11-23 to 2026-11-24: 2 working day(s) counted",
        "2026-11-25 to 2026-12-01: clock stopped (supplement requested), not counted",
        "2026-12-02 to 2026-12-04: 3 working day(s) counted",
        "2026-12-05 to 2026-12-06: weekend, not counted",
        "2026-12-07 to 2026-12-08: 2 working day(s) counted",
        "due by 2026-12-08 18:00",
    )


def test_the_hours_of_an_account_add_up_though_a_receipt_has_seconds(seoul: City) -> None:
    received = at(seoul, "2026-11-23 10:00") + timedelta(seconds=16)
    told = seoul.due(received, hours(3)).explain("ko")
    assert [
        line.partition(": ")[2] for line in told if "근무시간 " in line and "외" not in line
    ] == [
        "근무시간 2시간 산입",
        "근무시간 1시간 산입",
    ]
    assert told[-1] == "처리기한 2026. 11. 23. 14:00"


def test_the_account_of_a_calendar_term_shows_its_first_and_its_rolled_days(seoul: City) -> None:
    due = seoul.due(at(seoul, "2026-11-23 10:00"), Period(amount=90, unit=Unit.CALENDAR_DAYS))
    assert due.explain("en") == (
        "received 2026-11-23 10:00",
        "2026-11-23: first day, not counted",
        "2026-11-24 to 2027-02-21: 90 calendar day(s) counted",
        "2027-02-22: moved to the next working day",
        "due by 2027-02-22 23:59",
    )


def test_boston_keeps_the_hour_and_moves_what_comes_at_night_to_the_morning(boston: City) -> None:
    # As its recorded targets do: Monday to Tuesday week over Martin Luther King's day.
    asked = at(boston, "2015-01-12 11:48")
    assert boston.due(asked, days(5)).local == at(boston, "2015-01-20 11:48")
    at_night = at(boston, "2015-04-07 01:17")
    assert boston.due(at_night, days(3)).local == at(boston, "2015-04-09 17:00")
    assert boston.due(asked, Period.parse("30e")).local == at(boston, "2015-02-11 11:48")


def test_a_change_of_the_clocks_at_the_weekend_costs_no_working_time(boston: City) -> None:
    due = boston.due(at(boston, "2026-03-06 16:00"), hours(2))
    assert due.local == at(boston, "2026-03-09 09:30")
    assert due.at - at(boston, "2026-03-06 16:00").astimezone(UTC) == timedelta(
        hours=64, minutes=30
    )


def test_a_language_without_phrases_is_answered_in_english(seoul: City) -> None:
    due = seoul.due(at(seoul, "2026-11-23 10:00"), hours(1))
    assert due.explain("vi") == due.explain("en")
