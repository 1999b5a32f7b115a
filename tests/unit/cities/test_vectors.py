"""The worked examples of the petitions law: receipt, period, due."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.cities import (
    Calendar,
    Cause,
    City,
    Clock,
    DayOff,
    Due,
    Extension,
    Period,
    Suspension,
    Term,
    days,
)


def at(city: City, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=city.timezone)


@pytest.mark.parametrize(
    ("name", "received", "period", "due"),
    [
        ("V1", "2026-11-20 16:30", "now", "2026-11-23 10:30"),
        ("V2", "2026-11-23 07:10", "3h", "2026-11-23 12:00"),
        ("V3", "2026-11-23 11:00", "3h", "2026-11-23 15:00"),
        ("V4", "2026-11-23 17:30", "1h", "2026-11-24 09:30"),
        ("V5", "2026-11-23 18:00", "3h", "2026-11-24 12:00"),
        ("V6", "2026-09-23 15:00", "8h", "2026-09-28 15:00"),
        ("V7", "2027-02-05 17:00", "8h", "2027-02-10 17:00"),
        ("V8", "2026-11-21 10:00", "8h", "2026-11-23 18:00"),
        ("V9", "2026-05-04 10:00", "3d", "2026-05-08 10:00"),
        ("V10", "2026-09-21 14:00", "5d", "2026-09-30 14:00"),
    ],
)
def test_a_period_in_hours(name: str, received: str, period: str, due: str, seoul: City) -> None:
    assert seoul.due(at(seoul, received), Period.parse(period)).local == at(seoul, due)


@pytest.mark.parametrize(
    ("name", "received", "period", "due"),
    [
        ("V11", "2026-12-22 10:00", "6d", "2026-12-30"),
        ("V13", "2026-11-23 17:50", "7d", "2026-12-01"),
        ("V14", "2026-02-13 09:00", "14d", "2026-03-10"),
        ("V15", "2025-09-29 09:00", "14d", "2025-10-23"),
        ("V16", "2026-04-29 09:00", "7d", "2026-05-11"),
        ("V17", "2026-10-03 09:00", "7d", "2026-10-15"),
        ("V20 objection", "2026-11-23 09:00", "60c", "2027-01-22"),
        ("V20 appeal", "2026-11-23 09:00", "90c", "2027-02-22"),
    ],
)
def test_a_period_in_days(name: str, received: str, period: str, due: str, seoul: City) -> None:
    assert seoul.due(at(seoul, received), Period.parse(period)).date == date.fromisoformat(due)


def test_v12_a_holiday_declared_later_moves_the_deadlines_it_touches(seoul: City) -> None:
    declared = seoul.clock.calendar.days_off[date(2017, 10, 2)]
    before = without(seoul, declared)
    touched = before.due(at(seoul, "2017-09-22 10:00"), days(7))
    untouched = before.due(at(seoul, "2017-09-20 10:00"), days(7))
    assert touched.date == date(2017, 10, 2)

    after = before.with_days_off([declared])

    assert after.due_of(untouched.term) == untouched
    moved = after.due_of(touched.term)
    assert isinstance(moved, Due)
    assert moved.date == date(2017, 10, 10)


def without(city: City, off: DayOff) -> Clock:
    calendar = city.clock.calendar
    earlier = Calendar(
        timezone=calendar.timezone,
        years=calendar.years,
        hours=calendar.hours,
        days_off=[day for day in calendar.days_off.values() if day != off],
    )
    return city.clock.on(earlier)


def test_v18_an_extension_and_a_second_one_with_consent(seoul: City) -> None:
    once = (Extension(period=days(7)),)
    twice = (*once, Extension(period=days(7), consent=True))
    received = at(seoul, "2026-11-23 17:50")

    def due(extensions: tuple[Extension, ...]) -> date:
        found = seoul.due_of(Term(received_at=received, period=days(7), extensions=extensions))
        assert isinstance(found, Due)
        return found.date

    assert due(once) == date(2026, 12, 10)
    assert due(twice) == date(2026, 12, 21)


def test_v19_a_supplement_leaves_out_the_day_it_is_asked_and_the_day_it_comes(seoul: City) -> None:
    asked = Suspension(cause=Cause.SUPPLEMENT, start=date(2026, 11, 25), end=date(2026, 12, 1))
    term = Term(received_at=at(seoul, "2026-11-23 10:00"), period=days(7), suspensions=(asked,))
    due = seoul.due_of(term)
    assert isinstance(due, Due)
    assert due.date == date(2026, 12, 8)


@pytest.mark.parametrize("day", [date(2026, 5, 1), date(2026, 7, 17)])
def test_the_holidays_new_in_2026_are_there(day: date, seoul: City) -> None:
    assert not seoul.clock.calendar.is_working(day)
