"""Matters of many citizens with the same aim: who they are, and what joining does."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from services.common.kernel import DomainError
from services.routing.domain.assignment.events import InquiryAssigned, MattersJoined
from services.routing.domain.assignment.giving import AssignmentChange
from services.routing.domain.assignment.model import Assigned, Assignment, Joint, Rule
from services.routing.domain.likeness import joint
from services.routing.domain.likeness.compare import Likeness
from services.routing.domain.likeness.repeats import Known
from tests.unit.routing.test_likeness import alike
from tests.unit.routing.town import HILL, MILL, NOW, TOWN, assigned, received, routed, unrouted


def crowd(count: int = 5) -> list[Likeness]:
    """The same from so many citizens, a day apart, the latest first."""
    return [alike(f"m{n}", petitioner=f"p{n}", days=n) for n in range(count)]


def known(count: int = 5, service: str = "lamp") -> dict[str, Known]:
    state = assigned(service, MILL)
    return {
        one.inquiry_id: Known(likeness=one, state=replace(state, inquiry_id=one.inquiry_id))
        for one in crowd(count)
    }


def slug(order: object) -> str:
    assert callable(order)
    with pytest.raises(DomainError) as caught:
        order()
    return caught.value.slug


def test_five_citizens_with_the_same_aim_are_found_the_earliest_first() -> None:
    five = crowd()
    for order in permutations(five):
        found = joint.same_aim(five[2], order)
        assert [one.inquiry_id for one in found] == ["m4", "m3", "m2", "m1", "m0"]


@pytest.mark.parametrize(
    "fifth",
    [
        alike("m4", petitioner="p1", days=4),
        alike("m4", petitioner="", days=4),
        alike("m4", petitioner="p4", days=40),
        alike("m4", petitioner="p4", service="noise"),
        alike("m4", petitioner="p4", place=("east", "hill")),
        alike("m4", petitioner="p4", text="길 건너 술집이 새벽까지 음악을 크게 틀어요"),
    ],
)
def test_four_and_one_that_does_not_belong_to_them_are_none(fifth: Likeness) -> None:
    assert joint.same_aim(crowd()[0], [*crowd(4), fifth]) == []


def test_without_a_place_or_a_contact_nobody_is_of_one_aim() -> None:
    nowhere = [replace(one, district_code="", dong_code="") for one in crowd()]
    assert joint.same_aim(nowhere[0], nowhere) == []
    assert joint.same_aim(replace(crowd()[0], petitioner=""), crowd()) == []


def test_a_joint_matter_has_five_citizens_and_one_service() -> None:
    joint.check(TOWN, "m0", known(), ["m1", "m2", "m3", "m4"])
    assert slug(lambda: joint.check(TOWN, "m0", known(4), ["m1", "m2", "m3"])) == "not_joint"
    same = known() | {"m4": replace(known()["m4"], likeness=alike("m4", petitioner="p1"))}
    assert slug(lambda: joint.check(TOWN, "m0", same, ["m1", "m2", "m3", "m4"])) == "not_joint"
    other = known() | {"m4": known(5, "idea")["m4"]}
    assert slug(lambda: joint.check(TOWN, "m0", other, ["m1", "m2", "m3", "m4"])) == "not_joint"
    assert slug(lambda: joint.check(TOWN, "m0", known(), ["m1", "gone"])) == "unknown_assignment"
    many = [f"m{n}" for n in range(joint.MOST_MEMBERS + 1)]
    assert slug(lambda: joint.check(TOWN, "m0", known(), many)) == "too_many_members"


def test_one_more_is_joined_to_those_that_are_joined() -> None:
    there = known()
    leading = there["m0"].state
    assert isinstance(leading, Assigned)
    led = replace(leading, joint=Joint(lead="m0", members=("m2", "m3")))
    joint.check(TOWN, "m0", there | {"m0": replace(there["m0"], state=led)}, ["m1"])


def join(state: Assignment | None, office: str = "d-west") -> AssignmentChange | None:
    return joint.join(state, city=TOWN, ruleset=TOWN.rules, lead_id="l", office_id=office, now=NOW)


def test_a_member_at_the_leads_office_stays_there_and_is_told_once() -> None:
    change = join(assigned("lamp", MILL))
    assert change is not None
    assert change.events == (
        MattersJoined(
            inquiry_id="i1",
            matter=change.state.matter,
            lead_inquiry_id="l",
            joined_at=NOW,
        ),
    )
    assert change.wake_at == received_wake(MILL)
    assert join(change.state) is None


def received_wake(place: object) -> object:
    change = received(routed("lamp", place=MILL if place is MILL else HILL))
    assert change is not None
    return change.wake_at


def test_a_member_elsewhere_moves_to_the_leads_office_if_that_may_take_it() -> None:
    change = join(assigned("lamp", HILL))
    assert change is not None
    told, moved = change.events
    assert isinstance(told, MattersJoined)
    assert isinstance(moved, InquiryAssigned)
    assert (moved.office_id, moved.rule, moved.attempt) == ("d-west", Rule.JOINED, 2)
    assert moved.ruleset_version == "", "a person named the office"
    assert isinstance(change.state, Assigned)
    assert not change.state.current.binding


@pytest.mark.parametrize("office", ["gone", TOWN.arbitration_office.id])
def test_a_member_stays_where_the_leads_office_may_not_take_it(office: str) -> None:
    change = join(assigned("lamp", HILL), office)
    assert change is not None
    assert [type(event) for event in change.events] == [MattersJoined]


def test_a_permit_never_moves_to_an_office_without_the_power() -> None:
    change = join(assigned("market-stall", MILL), "d-west")
    assert change is not None
    assert [type(event) for event in change.events] == [MattersJoined]


def test_what_is_joined_elsewhere_or_not_open_is_refused() -> None:
    elsewhere = replace(assigned("lamp", MILL), joint=Joint(lead="x"))
    assert slug(lambda: join(elsewhere)) == "joined_elsewhere"
    assert slug(lambda: joint.lead(elsewhere, city=TOWN, members=["m1"])) == "joined_elsewhere"
    assert slug(lambda: join(unrouted())) == "not_open"
    assert slug(lambda: join(None)) == "unknown_assignment"


def test_a_lead_keeps_those_it_leads_already() -> None:
    first = joint.lead(assigned("lamp", MILL), city=TOWN, members=["m2", "m1"])
    assert first is not None
    assert first.events == ()
    second = joint.lead(first.state, city=TOWN, members=["m3", "m1"])
    assert second is not None
    assert isinstance(second.state, Assigned)
    assert second.state.joint == Joint(lead="i1", members=("m1", "m2", "m3"))
    assert joint.lead(second.state, city=TOWN, members=["m1"]) is None
