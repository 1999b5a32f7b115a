"""A case that is closed as a repetition, and one that leads others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.kernel import DomainError
from services.districts.domain.case import decide
from services.districts.domain.case.events import MattersJoined, MattersLinked, RepeatClosed
from services.districts.domain.case.model import Case, Closed, Open, Stage, item_for
from tests.unit.districts.case import (
    LATER,
    NOW,
    OFFICE,
    OTHER,
    TOWN,
    accepted,
    answered,
    assigned,
    declined,
    handed_on,
    opened,
    refuse,
    reopened,
    reply,
    state,
    take,
)

CLOSING = RepeatClosed(inquiry_id="i1", round=1, attempt=1, closed_at=LATER)
JOINING = MattersJoined(inquiry_id="m1", lead_inquiry_id="i1")


def closed(case: Case | None = None) -> Closed:
    change = decide.close(case or opened(), event=CLOSING, now=LATER)
    assert change is not None
    assert change.events == ()
    assert change.wake_at is None
    assert isinstance(change.state, Closed)
    return change.state


@pytest.mark.parametrize("given", [opened(), accepted(), declined()])
def test_what_is_not_answered_is_closed_and_lies_at_no_office_any_more(given: Case) -> None:
    case = closed(given)
    item = item_for(case, OFFICE, 3)
    assert item is not None
    assert item.stage is Stage.CLOSED
    assert decide.wake(case, city=TOWN, now=LATER + timedelta(days=90)) is None


@pytest.mark.parametrize("given", [answered(), reopened(), closed()])
def test_an_answer_a_later_round_and_the_first_closing_stand(given: Case) -> None:
    assert decide.close(given, event=CLOSING, now=LATER) is None


@pytest.mark.parametrize("given", [None, opened()])
def test_a_closing_that_comes_before_its_assignment_is_tried_again(given: Case | None) -> None:
    event = replace(CLOSING, attempt=2)
    with pytest.raises(DomainError, match="unknown_case"):
        decide.close(given, event=event, now=LATER)
    assert decide.close(handed_on(), event=event, now=LATER) is not None


def test_a_late_assignment_of_the_round_opens_nothing_and_a_later_round_does() -> None:
    late = assigned(2, OTHER)
    assert decide.open_case(closed(), city=TOWN, event=late, now=LATER) is None
    later = assigned(1, OTHER, round_=2)
    assert isinstance(state(decide.open_case(closed(), city=TOWN, event=later, now=LATER)), Open)


@pytest.mark.parametrize("command", [take, refuse, reply])
def test_a_late_command_is_told_that_the_case_is_closed(command: object) -> None:
    assert callable(command)
    with pytest.raises(DomainError, match="closed_as_repeat"):
        command(closed())


def test_a_lead_shows_each_joined_inquiry_once_to_the_office_that_has_it() -> None:
    led = state(decide.join(opened(), event=JOINING, now=LATER))
    assert decide.join(led, event=JOINING, now=LATER) is None
    item = item_for(led, OFFICE, 2)
    assert item is not None
    assert item.joined == ("m1",)
    next_ = state(decide.open_case(led, city=TOWN, event=assigned(2, OTHER), now=LATER))
    before, now = item_for(next_, OFFICE, 3), item_for(next_, OTHER, 3)
    assert before is not None
    assert now is not None
    assert (before.joined, now.joined) == ((), ("m1",))


def test_joining_leaves_the_clock_of_the_lead_as_it_was() -> None:
    case = opened()
    change = decide.join(case, event=JOINING, now=NOW)
    assert change is not None
    assert change.wake_at == case.look_at
    assert change.events == ()


def test_a_lead_that_is_not_known_yet_is_tried_again() -> None:
    with pytest.raises(DomainError, match="unknown_case"):
        decide.join(None, event=JOINING, now=NOW)


def test_a_duplicate_is_shown_once_to_the_office_that_has_the_case() -> None:
    event = MattersLinked(inquiry_id="i1", other_inquiry_id="d1")
    with pytest.raises(DomainError, match="unknown_case"):
        decide.link(None, event=event, now=NOW)
    linked = state(decide.link(accepted(), event=event, now=LATER))
    assert decide.link(linked, event=event, now=LATER) is None
    item = item_for(linked, OFFICE, 2)
    assert item is not None
    assert item.linked == ("d1",)
    next_ = state(decide.open_case(linked, city=TOWN, event=assigned(2, OTHER), now=LATER))
    assert next_.work.linked == ("d1",)
