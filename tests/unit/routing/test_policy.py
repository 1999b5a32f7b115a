"""Which office is competent: the rulebook of the first decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import cities
from services.cities import Guess, Method, PetitionKind, Place, PlaceClass, Understanding
from services.routing.domain.assignment.events import UnroutedReason
from services.routing.domain.assignment.model import (
    CategorySource,
    NotRouted,
    PlaceForm,
    Routed,
)
from services.routing.domain.competence import delegated_by, may_take
from services.routing.domain.policy import Statement, route
from tests.unit.routing.town import HILL, MATTER, MILL, SHARED, TODAY, TOWN, asked, routed

SEOUL = cities.load("seoul")
POTHOLE = replace(MATTER, service_code="pothole")


def test_a_city_service_goes_to_its_department_without_a_place() -> None:
    _, decision = routed("idea")
    assert (decision.rule, decision.offices) == ("city_owner", ("c-hall",))
    assert decision.inputs.place_form is PlaceForm.NONE


def test_a_district_service_goes_to_the_district_of_the_place_with_alternatives_behind() -> None:
    matter, decision = routed("lamp", place=HILL)
    assert decision.rule == "district_of_place"
    assert decision.offices == ("d-east", "c-works", "c-hall")
    assert (matter.district_code, matter.dong_code) == ("east", "hill")


def test_a_district_service_needs_no_more_than_the_district() -> None:
    matter, decision = routed("lamp", place=SHARED)
    assert decision.offices[0] == "d-west"
    assert decision.facts.place is PlaceClass.DISTRICT
    assert (matter.district_code, matter.dong_code) == ("west", "")


def test_a_community_offices_service_goes_to_the_office_of_the_place() -> None:
    _, decision = routed("moving-in", place=MILL)
    assert (decision.rule, decision.offices[0]) == ("community_office_of_place", "o-mill")


def test_between_offices_of_one_district_the_district_gets_it() -> None:
    _, decision = routed("moving-in", place=SHARED)
    assert (decision.rule, decision.offices[0]) == ("district_of_ambiguous_place", "d-west")
    assert {"o-mill", "o-quay"} <= set(decision.offices[1:])


def test_a_delegated_permit_goes_to_the_community_office() -> None:
    matter, decision = routed("market-stall", place=MILL)
    assert (decision.rule, decision.offices[0]) == ("delegated_permit", "o-mill")
    assert (matter.permit, matter.kind) == (True, PetitionKind.STATUTORY)
    assert delegated_by(TOWN, matter, TOWN.office("o-mill"), TODAY) == "d-west"


@pytest.mark.parametrize(
    ("place", "on", "office"),
    [(HILL, TODAY, "d-east"), (MILL, date(2026, 6, 30), "d-west")],
    ids=["a district that has not delegated", "the day before the delegation"],
)
def test_without_a_delegation_the_district_decides_the_permit(
    place: Place, on: date, office: str
) -> None:
    _, decision = asked("market-stall", place=place, on=on)
    assert isinstance(decision, Routed)
    assert (decision.rule, decision.offices[0]) == ("permit_not_delegated", office)


def test_words_decide_when_no_category_was_named_and_leave_only_the_catalogues_terms() -> None:
    matter, decision = routed(text="Mrs Kim says the street lamp at her gate is broken", place=MILL)
    assert (matter.service_code, decision.inputs.category) == ("lamp", CategorySource.WORDS)
    assert decision.inputs.terms == ("street lamp",)


def test_a_named_category_is_worth_more_than_the_words() -> None:
    matter, decision = routed("idea", text="street lamp", place=MILL)
    assert (matter.service_code, decision.inputs.category) == ("idea", CategorySource.NAMED)
    assert decision.inputs.terms == ()


def test_a_category_that_the_catalogue_does_not_know_leaves_it_to_the_words() -> None:
    matter, _ = routed("abolished", text="street lamp", place=MILL)
    assert matter.service_code == "lamp"


@pytest.mark.parametrize(
    ("service", "text", "place", "reason"),
    [
        ("", "nothing the town knows", MILL, UnroutedReason.NO_CATEGORY),
        ("lamp", "", None, UnroutedReason.NO_PLACE),
        ("lamp", "", Place(code="nowhere"), UnroutedReason.NO_PLACE),
        ("lamp", "", Place(address="Garam, Long Street 4"), UnroutedReason.OUTSIDE),
    ],
)
def test_what_no_office_is_found_for_says_why(
    service: str, text: str, place: Place | None, reason: UnroutedReason
) -> None:
    matter, decision = asked(service, text, place)
    assert isinstance(decision, NotRouted)
    assert decision.reason is reason
    assert matter.service_code == service, "what was found so far"


def test_a_point_beyond_the_city_is_outside() -> None:
    busan = Place(lat=35.18, lon=129.08)
    _, decision = route(SEOUL, SEOUL.rules, Statement(text="", place=busan), POTHOLE, today=TODAY)
    assert isinstance(decision, NotRouted)
    assert decision.reason is UnroutedReason.OUTSIDE


def test_a_name_in_several_districts_is_ambiguous() -> None:
    """Sinsa-dong is a legal place of Eunpyeong and of Gangnam."""
    _, decision = route(
        SEOUL, SEOUL.rules, Statement(text="", place=Place(address="신사동")), POTHOLE, today=TODAY
    )
    assert isinstance(decision, NotRouted)
    assert decision.reason is UnroutedReason.AMBIGUOUS


BULKY_WASTE = Statement(text="대형폐기물 배출신고 하려고요", place=Place(lat=37.4979, lon=127.0276))


def test_bulky_waste_in_seoul_goes_to_the_community_office_by_delegation() -> None:
    named = replace(MATTER, service_code="bulky-waste")
    matter, decision = route(SEOUL, SEOUL.rules, BULKY_WASTE, named, today=TODAY)
    assert isinstance(decision, Routed)
    assert (matter.service_code, decision.rule) == ("bulky-waste", "delegated_permit")
    office = SEOUL.office(decision.offices[0])
    assert delegated_by(SEOUL, matter, office, TODAY) == f"d-{office.district}"


def test_words_alone_apply_for_no_permit_however_plain_they_are() -> None:
    """A dong office that takes an application decides it, for a fee, in the citizen's name."""
    matter, decision = route(SEOUL, SEOUL.rules, BULKY_WASTE, MATTER, today=TODAY)
    assert isinstance(decision, NotRouted)
    assert (matter.service_code, decision.reason) == ("", UnroutedReason.UNSURE)
    first = decision.inputs.guesses[0]
    assert (first.service, first.probability > 0.99) == ("bulky-waste", True)


def test_an_office_that_is_closed_or_lacks_the_delegation_may_not_take_it() -> None:
    quay, hill = TOWN.office("o-quay"), TOWN.office("o-hill")
    moving = replace(MATTER, service_code="moving-in")
    assert may_take(TOWN.rules, TOWN, moving, quay, TODAY)
    assert not may_take(TOWN.rules, TOWN, moving, quay, date(2026, 6, 30))
    assert not may_take(TOWN.rules, TOWN, replace(MATTER, service_code="market-stall"), hill, TODAY)


@given(
    text=st.text(max_size=200),
    service=st.sampled_from(["", *TOWN.catalogue]),
    place=st.none()
    | st.builds(Place, code=st.sampled_from(["mill", "quay", "hill", "w1", "w2", "e1", "x"]))
    | st.builds(Place, address=st.text(max_size=50)),
)
def test_every_question_ends_at_an_office_or_in_the_queue(
    text: str, service: str, place: Place | None
) -> None:
    matter, decision = asked(service, text, place)
    if isinstance(decision, Routed):
        assert decision.offices[0] in TOWN.offices
        assert decision.offices[-1] == TOWN.arbitration_office.id
    assert (matter, decision) == asked(service, text, place)


@pytest.mark.parametrize(
    ("lead", "others", "consulted"),
    [
        ("pothole", ("animal", "bus-complaint"), ("c-transport",)),
        ("bus-complaint", ("pothole", "animal"), ("d-11680",)),
        ("bus-complaint", ("suggestion", "proposal"), ()),
        ("proposal", ("pothole",), ()),
        ("pothole", (), ()),
    ],
    ids=["not itself", "each once", "no desk and no proposal", "a proposal leads", "none"],
)
def test_the_lead_office_consults_those_of_the_further_matters(
    monkeypatch: pytest.MonkeyPatch, lead: str, others: tuple[str, ...], consulted: tuple[str, ...]
) -> None:
    guess = Guess(service=lead, probability=0.9, terms=("a term",))
    said = Understanding(
        guesses=(guess,), sure=True, others=others, method=Method.KEYWORDS, model=""
    )
    monkeypatch.setattr(SEOUL, "understand", lambda _: said)
    statement = Statement(text="two matters", place=Place(code="1168064000"))
    _, decision = route(SEOUL, SEOUL.rules, statement, MATTER, today=TODAY)
    assert isinstance(decision, Routed)
    assert decision.consulted == consulted
