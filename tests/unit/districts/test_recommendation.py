"""The rulebook of the recommendation: every threshold at its edge, and what an office's day holds.

The town's pack: delegated from 50 permits a year and dong, with at most 5 % inspections and 5 %
other departments, 20 % of refusals overturned (of at least 5), a period of at most 3 days, and 80 %
of 10 permits a working day. Taken back below 12 permits, above 15 %, 15 %, 40 %, or above 10 a day.
In its district `west` market stalls are delegated from July 2026 on; `east` has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from services import cities
from services.cities import City, Period, Practice
from services.cities.catalogue.model import Service
from services.common.kernel import DomainError
from services.districts.domain.recommendation.decide import (
    Criterion,
    Finding,
    Recommendation,
    Report,
    Verdict,
    recommend,
)
from services.districts.domain.recommendation.record import Days, Permit, Year
from services.districts.domain.recommendation.thresholds import Thresholds, is_longer

TOWN = cities.load("saebom")
STALL = TOWN.service("market-stall")
# A year of 365 days; its working days are given, so that a day's load is easy to follow.
SINCE, UNTIL, ON = date(2026, 12, 1), date(2027, 11, 30), date(2027, 12, 1)
WORKING_DAYS = 250


def permit(dong: str = "hill", /, **changes: Any) -> Permit:
    found = Permit(
        service="market-stall",
        district="east" if dong == "hill" else "west",
        dong=dong,
        office="d-east" if dong == "hill" else f"o-{dong}",
        received_on=SINCE,
        decided_on=SINCE + timedelta(days=5),
        inspected=False,
        consulted=False,
    )
    return replace(found, **changes)


def report(
    permits: Iterable[Permit], *, district: str = "east", city: City = TOWN, on: date = ON
) -> Report:
    year = Year(district=district, since=SINCE, until=UNTIL, working_days=lambda a, b: (b - a).days)
    for each in permits:
        year.add(each)
    return recommend(city, year, Thresholds.of(city), on=on, working_days=WORKING_DAYS)


def stall(found: Report, office: str = "o-hill") -> Recommendation:
    [row] = [r for r in found.recommendations if (r.service, r.office) == ("market-stall", office)]
    return row


def finding(row: Recommendation, criterion: Criterion) -> Finding:
    [reason] = [reason for reason in row.reasons if reason.criterion is criterion]
    return reason.finding


def town(change: Callable[[Service], Service], **practices: str) -> City:
    """The town with other market stalls and other numbers."""
    made: City = object.__new__(City)
    made.__dict__.update(TOWN.__dict__)
    stalls = change(STALL)
    made.catalogue = {**TOWN.catalogue, stalls.code: stalls}
    made.__dict__["_all_services"] = tuple(made.catalogue.values())
    assumed = TOWN.practices["delegation_least_volume"]
    made.practices = {
        **TOWN.practices,
        **{f"delegation_{name}": replace(assumed, value=v) for name, v in practices.items()},
    }
    return made


def many(count: int, dong: str = "hill", /, **changes: Any) -> list[Permit]:
    return [permit(dong, **changes) for _ in range(count)]


# -- what the district has ----------------------------------------------------------------------


@pytest.mark.parametrize(("volume", "verdict"), [(50, Verdict.DELEGATE), (49, Verdict.KEEP)])
def test_enough_permits_a_year_are_delegated(volume: int, verdict: Verdict) -> None:
    row = stall(report(many(volume)))
    assert (row.verdict, row.volume, row.received) == (verdict, volume, volume)
    assert not row.delegated_now


def test_a_volume_is_that_of_a_whole_year() -> None:
    half = Year(
        district="east",
        since=date(2027, 1, 1),
        until=date(2027, 3, 14),
        working_days=lambda a, b: 0,
    )
    assert half.yearly(10) == pytest.approx(50)  # 73 days are a fifth of a year


@pytest.mark.parametrize("share", ["inspected", "consulted"])
@pytest.mark.parametrize(("of", "verdict"), [(5, Verdict.DELEGATE), (6, Verdict.KEEP)])
def test_a_kind_that_seldom_needs_others_is_delegated(
    share: str, of: int, verdict: Verdict
) -> None:
    permits = many(100 - of) + many(of, **{share: True})
    assert stall(report(permits)).verdict is verdict


@pytest.mark.parametrize("share", ["inspected", "consulted"])
def test_what_nobody_recorded_never_speaks_for_a_change(share: str) -> None:
    row = stall(report(many(100, **{share: None})))
    assert row.verdict is Verdict.KEEP
    criterion = Criterion.INSPECTION if share == "inspected" else Criterion.CONSULTATION
    assert finding(row, criterion) is Finding.UNKNOWN


def test_a_share_is_taken_of_those_of_whom_it_is_known() -> None:
    permits = many(90, inspected=None) + many(9) + many(1, inspected=True)
    [reason] = [r for r in stall(report(permits)).reasons if r.criterion is Criterion.INSPECTION]
    assert (reason.value, reason.finding) == (10.0, Finding.BETWEEN)


@pytest.mark.parametrize(("of", "verdict"), [(2, Verdict.DELEGATE), (3, Verdict.KEEP)])
def test_a_kind_whose_refusals_hold_is_delegated(of: int, verdict: Verdict) -> None:
    refused = many(10 - of, refused=True) + many(of, refused=True, overturned=True)
    assert stall(report(many(100) + refused)).verdict is verdict


@pytest.mark.parametrize(("refusals", "verdict"), [(4, Verdict.DELEGATE), (5, Verdict.KEEP)])
def test_of_few_refusals_no_share_is_taken(refusals: int, verdict: Verdict) -> None:
    overturned = many(refusals, refused=True, overturned=True)
    assert stall(report(many(100) + overturned)).verdict is verdict


@pytest.mark.parametrize(
    ("period", "verdict"),
    [
        ("now", Verdict.DELEGATE),
        ("24h", Verdict.DELEGATE),
        ("3d", Verdict.DELEGATE),
        ("25h", Verdict.KEEP),
        ("4d", Verdict.KEEP),
        ("1w", Verdict.KEEP),
    ],
)
def test_a_kind_with_a_short_period_is_delegated(period: str, verdict: Verdict) -> None:
    city = town(lambda service: replace(service, period=Period.parse(period)))
    assert stall(report(many(100), city=city)).verdict is verdict


def test_periods_of_all_units_have_an_order() -> None:
    order = [Period.parse(text) for text in ("now", "3h", "1d", "3c", "3d", "1w", "1m", "1y")]
    assert all(is_longer(b, a) for a, b in pairwise(order))
    assert not is_longer(Period.parse("8h"), Period.parse("1d"))


def test_what_the_district_may_not_delegate_stays() -> None:
    city = town(lambda service: replace(service, delegable=False))
    assert stall(report(many(100), city=city)).verdict is Verdict.KEEP


def test_what_nobody_asked_for_stays() -> None:
    row = stall(report([]))
    assert (row.verdict, row.days, row.days_gained) == (Verdict.KEEP, None, None)
    assert finding(row, Criterion.VOLUME) is Finding.UNKNOWN


# -- speed, and what citizens gain --------------------------------------------------------------


def test_days_saved_are_told_where_an_office_decides_something() -> None:
    # Another kind, which the community office decides on the second day.
    lamps = many(3, service="lamp", office="o-hill", decided_on=SINCE + timedelta(days=2))
    row = stall(report(many(100) + lamps))
    assert (row.days, row.days_expected, row.days_gained) == (5, 2, 300.0)
    assert row.verdict is Verdict.DELEGATE


def test_nothing_is_delegated_to_an_office_that_is_slower() -> None:
    lamps = many(3, service="lamp", office="o-hill", decided_on=SINCE + timedelta(days=6))
    row = stall(report(many(100) + lamps))
    assert row.verdict is Verdict.KEEP
    assert finding(row, Criterion.SPEED) is Finding.BETWEEN
    as_fast = many(3, service="lamp", office="o-hill")
    assert stall(report(many(100) + as_fast)).verdict is Verdict.DELEGATE


def test_where_no_office_decides_anything_nobody_knows_the_gain() -> None:
    row = stall(report(many(100)))
    assert (row.days_expected, row.days_gained, row.verdict) == (None, None, Verdict.DELEGATE)


# -- the day of a community office --------------------------------------------------------------


@pytest.mark.parametrize(("volume", "verdict"), [(2000, Verdict.DELEGATE), (2001, Verdict.KEEP)])
def test_what_fits_into_four_fifths_of_the_day_is_delegated(volume: int, verdict: Verdict) -> None:
    found = report(many(volume))
    assert stall(found).verdict is verdict
    [load] = found.loads
    assert (load.now, load.capacity, load.assumed) == (0, 10, True)
    assert load.recommended == (8 if verdict is Verdict.DELEGATE else 0)


def test_the_capacity_that_an_office_states_counts() -> None:
    city = town(lambda service: service)
    hill = replace(TOWN.offices["o-hill"], capacity=1)
    city.__dict__["_all_offices"] = tuple(
        hill if office.id == "o-hill" else office for office in TOWN.offices.values()
    )
    found = report(many(201), city=city)
    assert stall(found).verdict is Verdict.KEEP
    assert [(load.capacity, load.assumed) for load in found.loads] == [(1, False)]
    assert stall(report(many(200), city=city)).verdict is Verdict.DELEGATE


# -- what is delegated --------------------------------------------------------------------------


def west(permits: Iterable[Permit], city: City = TOWN) -> Recommendation:
    return stall(report(permits, district="west", city=city), "o-mill")


@pytest.mark.parametrize(("volume", "verdict"), [(12, Verdict.KEEP), (11, Verdict.RECALL)])
def test_what_hardly_anybody_asks_for_is_taken_back(volume: int, verdict: Verdict) -> None:
    row = west(many(volume, "mill"))
    assert row.delegated_now
    assert row.verdict is verdict
    assert row.days_gained is None


@pytest.mark.parametrize("share", ["inspected", "consulted"])
@pytest.mark.parametrize(("of", "verdict"), [(15, Verdict.KEEP), (16, Verdict.RECALL)])
def test_what_often_needs_others_is_taken_back(share: str, of: int, verdict: Verdict) -> None:
    permits = many(100 - of, "mill") + many(of, "mill", **{share: True})
    assert west(permits).verdict is verdict


@pytest.mark.parametrize(("of", "verdict"), [(4, Verdict.KEEP), (5, Verdict.RECALL)])
def test_an_office_whose_refusals_do_not_hold_loses_the_kind(of: int, verdict: Verdict) -> None:
    refused = many(10 - of, "mill", refused=True)
    overturned = many(of, "mill", refused=True, overturned=True)
    assert west(many(100, "mill") + refused + overturned).verdict is verdict
    # The refusals of another office are not its own.
    elsewhere = many(10, "quay", refused=True, overturned=True)
    assert west(many(100, "mill") + elsewhere).verdict is Verdict.KEEP


@pytest.mark.parametrize(("volume", "verdict"), [(2500, Verdict.KEEP), (2501, Verdict.RECALL)])
def test_what_an_office_cannot_do_in_a_day_is_taken_back(volume: int, verdict: Verdict) -> None:
    found = report(many(volume, "mill"), district="west")
    row = stall(found, "o-mill")
    assert row.verdict is verdict
    assert finding(row, Criterion.CAPACITY) is (
        Finding.MET if verdict is Verdict.KEEP else Finding.MISSED
    )
    [load] = [load for load in found.loads if load.office == "o-mill"]
    assert load.recommended == (10 if verdict is Verdict.KEEP else 0)


def test_what_may_no_longer_be_delegated_is_taken_back() -> None:
    assert west(many(100, "mill"), town(lambda s: replace(s, delegable=False))).verdict is (
        Verdict.RECALL
    )
    longer = town(lambda s: replace(s, period=Period.parse("4d")))
    assert west(many(100, "mill"), longer).verdict is Verdict.RECALL


def test_what_nobody_asked_for_or_recorded_is_not_taken_back() -> None:
    assert west([]).verdict is Verdict.KEEP
    unknown = many(100, "mill", inspected=None, consulted=None)
    assert west(unknown).verdict is Verdict.KEEP


def test_what_was_not_delegated_yet_on_the_day_counts_as_the_districts() -> None:
    found = report([], district="west", on=date(2026, 6, 30))
    assert not stall(found, "o-mill").delegated_now
    assert stall(report([], district="west", on=date(2026, 7, 1)), "o-mill").delegated_now


# -- counting -----------------------------------------------------------------------------------


def test_every_permit_is_counted_once_and_no_other() -> None:
    permits = [
        *many(7),
        *many(2, decided_on=None),
        permit("", district="east", office="d-east"),
        permit("closed", district="east", office="d-east"),
        permit("mill"),  # another district's
        permit(received_on=SINCE - timedelta(days=1)),
        permit(received_on=UNTIL + timedelta(days=1)),
        permit(received_on=UNTIL, decided_on=UNTIL),
    ]
    found = report(permits)
    [kind] = found.kinds
    assert (found.received, kind.received, kind.waiting, kind.elsewhere) == (12, 12, 2, 2)
    assert sum(row.received for row in found.recommendations) + kind.elsewhere == 12


def test_a_decision_dated_before_the_receipt_took_no_day() -> None:
    assert stall(report(many(3, decided_on=SINCE - timedelta(days=1)))).days == 0


def test_quantiles_are_days_that_came() -> None:
    days = Days()
    for each in (0, 0, 1, 1, 2, 3, 3, 4, 9, 30):
        days.add(each)
    assert [days.quantile(share) for share in (0.0, 0.5, 0.9, 1.0)] == [0, 2, 9, 30]
    assert Days().quantile(0.5) is None


def test_the_same_permits_in_another_order_give_the_same_report() -> None:
    permits = many(60) + many(5, inspected=True) + many(4, refused=True)
    assert report(permits) == report(list(reversed(permits)))


# -- the numbers of the pack --------------------------------------------------------------------


def test_a_pack_without_the_numbers_gives_no_report() -> None:
    with pytest.raises(DomainError, match="delegation_least_volume") as refused:
        Thresholds.of(cities.load("boston"))
    assert refused.value.slug == "thresholds_missing"


@pytest.mark.parametrize(
    "practices",
    [
        {"least_volume": "many"},
        {"least_volume": "-1"},
        {"least_volume": "nan"},
        {"capacity_used": "inf"},
        {"recall_volume": "51"},
        {"most_inspected": "16"},
    ],
)
def test_numbers_that_make_no_sense_are_named(practices: dict[str, str]) -> None:
    [name] = practices
    with pytest.raises(DomainError) as refused:
        Thresholds.of(town(lambda service: service, **practices))
    assert refused.value.slug == "thresholds_unusable"
    assert f"delegation_{name}" in refused.value.message


@pytest.mark.parametrize("pack", ["saebom", "seoul"])
def test_every_number_of_the_packs_is_marked_as_assumed(pack: str) -> None:
    limits = Thresholds.of(cities.load(pack))
    assert {limit.certainty for limit in limits.listed()} == {cities.Certainty.ASSUMED}
    assert all(isinstance(cities.load(pack).practices[t.name], Practice) for t in limits.listed())


def test_a_span_without_a_working_day_is_the_callers_mistake() -> None:
    year = Year(district="east", since=SINCE, until=UNTIL, working_days=lambda a, b: 0)
    with pytest.raises(ValueError, match="no working day"):
        recommend(TOWN, year, Thresholds.of(TOWN), on=ON, working_days=0)
    with pytest.raises(ValueError, match="ends before"):
        Year(district="east", since=UNTIL, until=SINCE, working_days=lambda a, b: 0)
