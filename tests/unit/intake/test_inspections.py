"""An office looks at the place: what intake hears of it comes in any order, twice and late. It says
whether the clock stands still."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from services import cities
from services.intake.application.status import Standstill, deadline
from services.intake.domain.decide import follow
from services.intake.domain.events import (
    Heard,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    SupplementRequested,
)
from services.intake.domain.inspections import clock_stands
from services.intake.domain.model import Inquiry, Mark
from tests.unit.intake.test_decide import (
    ACCEPTED_B,
    ANSWERED_B,
    ID,
    TO_B,
    TO_C,
    WITHDRAWN_B,
    after,
    at,
    steps,
)

SEOUL = cities.load("seoul")
DUE = TO_B.due_at
BEFORE = DUE - timedelta(minutes=1)
ENDS, LATER_END = DUE + timedelta(days=3), DUE + timedelta(days=7)
ORDERED = InspectionOrdered(
    inquiry_id=ID, round=1, office_id="d-b", ends_by=ENDS, ordered_at=BEFORE
)
LONGER = InspectionProlonged(
    inquiry_id=ID, round=1, office_id="d-b", ends_by=LATER_END, prolonged_at=DUE
)
DONE = InspectionDone(inquiry_id=ID, round=1, office_id="d-b", done_at=DUE + timedelta(days=1))
OVERRUN = InspectionOverrun(
    inquiry_id=ID, round=1, office_id="d-b", overrun_at=LATER_END + timedelta(milliseconds=1)
)
LATE = DUE + timedelta(days=2)


@pytest.mark.parametrize(
    ("heard", "stands"),
    [
        ([ORDERED], True),
        ([ORDERED, LONGER], True),
        ([ORDERED, DONE], False),
        ([ORDERED, LONGER, OVERRUN], False),
    ],
)
def test_in_any_order_and_twice_it_ends_in_the_same_state(heard: list[Heard], stands: bool) -> None:
    wanted = after(TO_B, ACCEPTED_B, *heard)
    for order in permutations([TO_B, ACCEPTED_B, *heard]):
        state = after(*order, *order)
        assert state.record.inspections == wanted.record.inspections
        assert clock_stands(state, LATE) is stands
    for event in heard:
        assert follow(wanted, event) is None


def test_while_it_runs_nobody_is_late_and_the_page_says_why() -> None:
    state = after(TO_B, ACCEPTED_B, ORDERED)
    found = deadline(SEOUL, state, LATE)
    assert (found.overdue, found.stands) == (False, Standstill.INSPECTION)
    assert deadline(SEOUL, after(TO_B, ACCEPTED_B), LATE).overdue


def test_it_holds_the_clock_for_its_time_and_no_moment_longer() -> None:
    state = after(TO_B, ACCEPTED_B, ORDERED)
    assert clock_stands(state, ENDS)
    assert not clock_stands(state, ENDS + timedelta(milliseconds=1))
    longer = after(TO_B, ACCEPTED_B, LONGER, ORDERED)
    assert clock_stands(longer, LATER_END)
    assert deadline(SEOUL, state, LATER_END).overdue


def test_one_that_is_heard_of_only_as_prolonged_stops_nothing_yet() -> None:
    assert not clock_stands(after(TO_B, ACCEPTED_B, LONGER), LATE)


def test_one_that_was_ordered_too_late_excuses_nobody() -> None:
    late = InspectionOrdered(
        inquiry_id=ID, round=1, office_id="d-b", ends_by=LATER_END, ordered_at=LATE
    )
    state = after(TO_B, ACCEPTED_B, late)
    assert deadline(SEOUL, state, LATE + timedelta(hours=1)).overdue


@pytest.mark.parametrize("end", [ANSWERED_B, WITHDRAWN_B])
def test_after_the_end_nothing_stands_still(end: Heard) -> None:
    for order in permutations([TO_B, ACCEPTED_B, ORDERED, end]):
        state = after(*order)
        assert not clock_stands(state, LATE)
        assert deadline(SEOUL, state, LATE).stands is None


def test_that_of_an_earlier_round_stops_no_later_one() -> None:
    assert not clock_stands(after(TO_B, ACCEPTED_B, ORDERED, ANSWERED_B, TO_C), LATE)


def test_who_is_waited_for_is_told_that_first() -> None:
    asked = SupplementRequested(
        inquiry_id=ID, round=1, office_id="d-b", number=1, answer_by=ENDS, requested_at=at(6)
    )
    state: Inquiry = after(TO_B, ACCEPTED_B, ORDERED, asked)
    assert deadline(SEOUL, state, LATE).stands is Standstill.SUPPLEMENT


def test_each_is_a_step_of_the_history_once() -> None:
    state = after(TO_B, ACCEPTED_B, DONE, LONGER, ORDERED, ORDERED)
    marks = (Mark.INSPECTION_ORDERED, Mark.INSPECTION_PROLONGED, Mark.INSPECTION_DONE)
    assert tuple(steps(state)[-3:]) == marks
    assert steps(after(TO_B, OVERRUN, OVERRUN)).count(Mark.INSPECTION_OVERRUN) == 1
