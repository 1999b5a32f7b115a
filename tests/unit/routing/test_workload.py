"""How the offices keep up: pace, trend, the edge, and the shares of the days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from services.cities import Workload, load
from services.routing.domain.matters import Ended, Lies, Load, Whereabouts
from services.routing.domain.workload import (
    PACE_DAYS,
    SHARED_DAYS,
    Pace,
    Strain,
    Trend,
    Workloads,
    workloads,
)

SEOUL = load("seoul")
# Monday, 10:00.
NOW = datetime(2026, 11, 23, 10, tzinfo=SEOUL.timezone)
TODAY = NOW.date()
DAY = timedelta(days=1)
WEEK = SEOUL.working_days_before(TODAY, PACE_DAYS)


def matter(
    arrived: datetime = NOW,
    *,
    answered: datetime | None = None,
    office: str = "d-11680",
    workload: Workload = Workload.DISTRICT,
    service: str = "pothole",
) -> Whereabouts:
    return Whereabouts(
        lies=Lies(
            round=1,
            attempt=1,
            office_id=office,
            workload=workload,
            service_code=service,
            dong_code="",
            received_at=arrived - 2 * DAY,
            assigned_at=arrived,
            due_at=NOW + DAY,
        ),
        ended=None if answered is None else Ended(round=1, at=answered),
    )


def figures(*known: Whereabouts) -> Workloads:
    return workloads(known, NOW, zone=SEOUL.timezone, working_days=WEEK, sealed=SEOUL.sealed)


def pace(arrived: int, answered: int) -> Pace:
    return Pace(arrived=arrived, answered=answered)


def test_the_last_working_days_leave_out_days_off() -> None:
    assert [day.day for day in WEEK] == [16, 17, 18, 19, 20]
    chuseok = SEOUL.working_days_before(date(2026, 9, 28), 3)
    assert [day.isoformat() for day in chuseok] == ["2026-09-21", "2026-09-22", "2026-09-23"]


def test_what_came_today_is_no_part_of_the_pace() -> None:
    found = figures(matter(), matter(NOW - 3 * DAY), matter(NOW - 3 * DAY, answered=NOW))
    assert found.by_office["d-11680"] == Pace(
        arrived_today=1, answered_today=1, arrived=2, answered=0, working_days=5
    )


def test_a_weekend_counts_with_the_working_days_around_it() -> None:
    saturday = NOW - 2 * DAY
    assert figures(matter(saturday, answered=saturday)).by_office["d-11680"].answered_per_day == 0.2
    assert figures(matter(NOW - 8 * DAY)).by_office["d-11680"].arrived == 0


@pytest.mark.parametrize(
    ("arrived", "answered", "trend"),
    [
        (0, 0, Trend.STEADY),
        (3, 0, Trend.STEADY),
        (4, 0, Trend.GROWING),
        (0, 4, Trend.SHRINKING),
        (100, 75, Trend.STEADY),
        (100, 70, Trend.GROWING),
        (70, 100, Trend.SHRINKING),
    ],
)
def test_a_trend_is_more_than_chance(arrived: int, answered: int, trend: Trend) -> None:
    assert pace(arrived, answered).trend is trend


def test_who_falls_behind_works_at_the_edge_once_something_is_overdue() -> None:
    growing = pace(40, 10)
    assert growing.strains(Load(open=30), None) == ()
    assert growing.strains(Load(open=30, overdue=1), None) == (Strain.FALLS_BEHIND,)
    assert pace(40, 40).strains(Load(open=30, overdue=9), None) == ()


def test_who_gets_more_than_the_capacity_works_at_the_edge_even_while_keeping_up() -> None:
    assert pace(50, 50).strains(Load(), 10) == ()
    assert pace(51, 51).strains(Load(), 10) == (Strain.OVER_CAPACITY,)


def test_days_of_work_are_unknown_where_nothing_was_answered() -> None:
    assert pace(5, 10).days_of_work(Load(open=7)) == 3.5
    assert pace(5, 0).days_of_work(Load(open=7)) is None


def test_the_shares_of_a_day_add_up_and_a_day_without_work_has_none() -> None:
    found = figures(
        matter(),
        matter(office="c-dasan", workload=Workload.CITY),
        matter(office="c-dasan", workload=Workload.CITY),
        matter(office="o-1", workload=Workload.DONG, answered=NOW),
        matter(NOW - (SHARED_DAYS - 1) * DAY),
        matter(NOW - SHARED_DAYS * DAY),
    )
    today = found.shares[-1]
    assert (today.day, len(found.shares)) == (TODAY, SHARED_DAYS)
    assert [today.of(kind) for kind in Workload] == [0.5, 0.25, 0.25]
    assert found.shares[0].of(Workload.DISTRICT) == 1.0
    assert found.shares[1].of(Workload.CITY) is None
    assert sum(sum(day.arrived.values()) for day in found.shares) == 5


@pytest.mark.parametrize("hour", [0, 23])
def test_a_day_is_the_citys(hour: int) -> None:
    at = NOW.replace(hour=hour) - DAY
    assert figures(matter(at)).shares[-2].arrived[Workload.DISTRICT] == 1


def test_a_sealed_matter_is_in_no_figure() -> None:
    sealed = next(iter(SEOUL.sealed))
    assert figures(matter(service=sealed)).by_office == {}


def test_a_matter_that_was_opened_again_arrives_again_and_is_not_answered() -> None:
    again = matter(answered=NOW - DAY)
    assert again.lies is not None
    opened = replace(again, lies=replace(again.lies, round=2))
    found = figures(opened).by_office["d-11680"]
    assert (found.arrived_today, found.answered) == (1, 0)


def test_a_refusal_is_no_work_of_who_refused() -> None:
    offices: Sequence[str] = list(figures(matter(office="d-11650")).by_office)
    assert offices == ["d-11650"]
