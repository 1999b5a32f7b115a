"""Routing follows the record of offices: the last state wins, whatever comes twice or late, and a
change applies from its day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import cities
from services.cities import City, OfficeKind, Place
from services.cities.recorded import (
    OfficeForm,
    OfficeName,
    OfficeRecorded,
    offices_on_record,
)
from services.common.kernel import DomainError, Kind
from services.routing.application.present_city import PresentCity
from services.routing.domain.delegations import DelegationRecorded
from tests.support.competence import verdict
from tests.support.offices import FixedOffices

TOWN = cities.load("saebom")
TODAY = date(2026, 11, 23)
LAST = date(2026, 12, 31)
AFTER = LAST + timedelta(days=1)
NAMES = (
    OfficeName(language="en", text="Mill Office"),
    OfficeName(language="ko", text="물레동주민센터"),
)
# The register has no delegation of bulky waste left in the district of Jongno.
NONE_LEFT = DelegationRecorded(
    delegation_id="delegation:11110:bulky-waste",
    district_code="11110",
    service_code="bulky-waste",
    periods=(),
    recorded_at=datetime(2026, 12, 1, tzinfo=UTC),
)
MILL = OfficeForm(
    starts=None,
    ends=None,
    names=NAMES,
    area=(),
    district="west",
    dong="mill",
    successors=(),
    capacity=None,
    phone="",
)
PLACE = Place(code="mill")


def recorded(*forms: OfficeForm, id_: str = "o-mill", revision: int = 1) -> OfficeRecorded:
    return OfficeRecorded(office_id=id_, kind=OfficeKind.DONG, forms=forms, revision=revision)


def on(day: date, *events: OfficeRecorded) -> City:
    """The town on a day, after these were heard."""
    heard = FixedOffices()
    heard.hear(*events)
    return TOWN.with_offices(offices_on_record(heard.newest().values()), day)


def office_of(city: City, day: date, service: str = "moving-in") -> str:
    return verdict(city, service, city.locate(PLACE, day), day).offices[0]


CLOSING = replace(MILL, ends=LAST)


def test_what_nobody_has_recorded_is_as_the_pack_says() -> None:
    assert on(TODAY) is TOWN
    city = on(TODAY, recorded(MILL))
    assert [office.id for office in city.offices_on(TODAY)] == [
        office.id for office in TOWN.offices_on(TODAY)
    ]
    assert city.offices["o-hill"] is TOWN.offices["o-hill"]
    assert city.offices["o-mill"].names == {"en": "Mill Office", "ko": "물레동주민센터"}


def test_a_closed_office_gets_no_new_work_from_its_day_on() -> None:
    event = recorded(CLOSING)
    assert office_of(on(LAST, event), LAST) == "o-mill"
    city = on(AFTER, event)
    assert office_of(city, AFTER) == "d-west"
    assert "o-mill" not in {office.id for office in city.offices_on(AFTER)}
    assert city.delegate("market-stall", "west", "mill", AFTER) is None
    assert city.delegate("market-stall", "west", "mill", LAST) is not None


def test_its_successor_takes_over_where_it_has_one() -> None:
    event = recorded(replace(CLOSING, successors=("o-quay",)))
    city = on(AFTER, event)
    received = verdict(city, "moving-in", city.locate(PLACE, LAST), LAST)
    assert received.offices[0] == "o-mill"
    later = cities.evaluate(
        city.rules,
        city,
        cities.at_place(
            cities.Facts(
                service="moving-in",
                channel=cities.Channel.WEB,
                language="en",
                received_at=datetime(2026, 12, 31, 3, 0, tzinfo=UTC),
                on=LAST,
                today=AFTER,
            ),
            city.locate(PLACE, LAST),
        ),
    )
    assert later.offices[0] == "o-quay"


def test_a_successor_that_was_not_heard_of_yet_gets_nothing() -> None:
    closing = recorded(replace(CLOSING, successors=("o-new",)))
    assert on(AFTER, closing).offices["o-mill"].successors == ()
    new = recorded(replace(MILL, starts=AFTER, dong="new"), id_="o-new")
    assert on(AFTER, closing, new).offices["o-mill"].successors == ("o-new",)
    assert on(AFTER, closing, new).office("o-new").district == "west"


def test_a_changed_capacity_counts_from_its_day_on_and_the_office_stays_open() -> None:
    event = recorded(
        replace(MILL, ends=LAST, capacity=10), replace(MILL, starts=AFTER, capacity=40)
    )
    assert on(LAST, event).offices["o-mill"].capacity == 10
    assert on(AFTER, event).offices["o-mill"].capacity == 40
    for day in (LAST, AFTER):
        assert office_of(on(day, event), day) == "o-mill"


def test_a_rule_that_a_closed_office_makes_stale_is_told() -> None:
    hall = TOWN.offices["c-hall"]
    closed = replace(hall, validity=cities.Validity(end=TODAY - timedelta(days=1)))
    city = TOWN.with_offices({"c-hall": [closed]}, TODAY)
    assert {one.office for one in cities.stale_rules(TOWN.rules, city, TODAY)} == {"c-hall"}
    assert not cities.stale_rules(TOWN.rules, TOWN, TODAY)


states = st.lists(
    st.builds(
        lambda office, revision: recorded(
            replace(MILL, capacity=revision), id_=f"o-{office}", revision=revision
        ),
        st.sampled_from(["mill", "quay", "hill"]),
        st.integers(1, 9),
    ),
    max_size=8,
)


@given(states, st.data())
def test_twice_late_and_out_of_order_make_no_difference(
    told: list[OfficeRecorded], data: st.DataObject
) -> None:
    def heard(events: Sequence[OfficeRecorded]) -> Mapping[str, OfficeRecorded]:
        offices = FixedOffices()
        offices.hear(*events)
        return offices.newest()

    in_order = heard(sorted(told, key=lambda event: event.revision))
    shuffled = data.draw(st.permutations([*told, *told]))
    assert heard(shuffled) == in_order


class Register:
    """The register as a test says."""

    def __init__(self) -> None:
        self.told: Mapping[str, DelegationRecorded] | None = None

    def newest(self) -> Mapping[str, DelegationRecorded]:
        if self.told is None:
            raise DomainError("view_away", Kind.UNAVAILABLE, "not read yet")
        return self.told


def delegated(city: City) -> set[tuple[str, str]]:
    return {(one.service, one.district) for one in city.delegations}


def test_the_city_of_now_changes_with_the_record_and_with_the_day_and_not_between() -> None:
    offices, register = FixedOffices(), Register()
    offices.away = True
    now = [datetime(2026, 12, 31, 14, 59, tzinfo=UTC)]
    present = PresentCity(cities.load("seoul"), offices, register, clock=lambda: now[0])
    with pytest.raises(DomainError, match="view_away"):
        present.now()
    offices.away = False
    with pytest.raises(DomainError, match="delegations_unread"):
        present.now()
    register.told = {}
    first = present.now()
    assert present.now() is first
    office = next(id_ for id_ in first.offices if id_.startswith("o-"))
    offices.hear(
        recorded(replace(MILL, ends=LAST), replace(MILL, starts=AFTER, capacity=7), id_=office)
    )
    second = present.now()
    assert second is not first
    assert second.offices[office].capacity is None
    assert present.now() is second
    now[0] += timedelta(minutes=1)  # midnight in Seoul
    third = present.now()
    assert third.offices[office].capacity == 7
    register.told = {NONE_LEFT.delegation_id: NONE_LEFT}
    fourth = present.now()
    assert ("bulky-waste", "11110") in delegated(third)
    assert delegated(fourth) == delegated(third) - {("bulky-waste", "11110")}
    assert fourth.offices[office].capacity == 7
    assert present.now() is fourth
