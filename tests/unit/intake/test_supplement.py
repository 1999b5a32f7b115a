"""What a citizen says when asked back: given how things stand, when this is said, then that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services import cities
from services.cities import PetitionKind
from services.common.kernel import DomainError, Kind
from services.intake.domain.admit import Refused
from services.intake.domain.events import InquirySupplemented
from services.intake.domain.model import AskedAbout, Inquiry, Mark, Place, Status
from services.intake.domain.supplement import (
    Changed,
    Standing,
    SupplementInquiry,
    standing,
    supplement,
)
from tests.unit.intake.test_decide import (
    ANSWERED_B,
    ID,
    MATTER,
    TO_A,
    UNROUTED,
    after,
    asked,
    at,
    which_service,
)

SEOUL = cities.load("seoul")
HERE = SupplementInquiry(question=1, place=Place(dong_code="1168010100"))
THERE = SupplementInquiry(question=1, place=Place(address="종로구 세종대로 175"))
NOISE = SupplementInquiry(question=1, service_code="noise")
NONE = SupplementInquiry(question=1, none_offered=True)


def say(state: Inquiry | None, order: SupplementInquiry, minutes: int = 10) -> Changed | None:
    return supplement(state, inquiry_id=ID, order=order, city=SEOUL, now=at(minutes))


def said(state: Inquiry, order: SupplementInquiry, minutes: int = 10) -> Inquiry:
    change = say(state, order, minutes)
    assert change is not None
    return change.state


def refusal(state: Inquiry | None, order: SupplementInquiry, minutes: int = 10) -> DomainError:
    with pytest.raises(DomainError) as error:
        say(state, order, minutes)
    return error.value


def test_a_place_is_stored_and_told_without_it() -> None:
    change = say(after(asked(1, 1)), HERE)
    assert change is not None
    assert change.events == (
        InquirySupplemented(
            inquiry_id=ID,
            matter=MATTER,
            number=1,
            about=AskedAbout.PLACE,
            none_offered=False,
            round=1,
            supplied_at=at(10),
        ),
    )
    record = change.state.record
    assert record.place == HERE.place
    assert record.asked.place is None, "what was said at receipt stays"
    assert [step.status for step in record.history] == [
        Status.RECEIVED,
        Status.ASKED,
        Mark.SUPPLEMENTED,
    ]
    assert change.state.status == "asked"


def test_a_chosen_service_is_told_as_the_matters() -> None:
    change = say(after(which_service(1, 1)), NOISE)
    assert change is not None
    [told] = change.events
    assert (told.about, told.matter.service_code) == (AskedAbout.SERVICE, "noise")
    assert change.state.record.named_service == "noise"


def test_a_service_of_the_list_may_be_chosen_although_it_was_not_offered() -> None:
    change = say(after(which_service(1, 1)), replace(NOISE, service_code="bus-complaint"))
    assert change is not None
    [told] = change.events
    assert told.matter.service_code == "bus-complaint"


@pytest.mark.parametrize("code", ["corruption-report", "unheard-of"])
def test_a_sealed_or_unknown_service_stands_on_no_list(code: str) -> None:
    error = refusal(after(which_service(1, 1)), replace(NOISE, service_code=code))
    assert isinstance(error, Refused)
    [fault] = error.faults
    assert fault.field == "service_code"
    assert "none_offered" in fault.message


def test_what_routing_took_the_kind_for_does_not_go_with_another_service() -> None:
    guessed = which_service(1, 1)
    kind = replace(guessed.matter, kind=PetitionKind.GRIEVANCE, permit=True)
    change = say(after(replace(guessed, matter=kind)), NOISE)
    assert change is not None
    [told] = change.events
    assert (told.matter.kind, told.matter.permit) == (None, False)


@pytest.mark.parametrize("question", [asked(1, 1), which_service(1, 1)])
def test_none_of_what_was_offered_is_an_answer_to_any_question(question: Any) -> None:
    change = say(after(question), NONE)
    assert change is not None
    [told] = change.events
    assert told.none_offered
    assert change.state.record.place is None


def test_the_newest_place_counts() -> None:
    state = said(after(asked(1, 1)), THERE)
    state = said(after(asked(2, 20), start=state), replace(HERE, question=2), 30)
    assert state.record.place == HERE.place
    state = said(after(asked(3, 40), start=state), replace(NONE, question=3), 50)
    assert state.record.place == HERE.place


def test_the_same_answer_again_changes_nothing_however_far_it_has_come() -> None:
    once = said(after(asked(1, 1)), HERE)
    for state in (once, after(TO_A, start=once), after(ANSWERED_B, start=once)):
        assert say(state, HERE, 9_000) is None


@pytest.mark.parametrize("other", [THERE, NONE, NOISE])
def test_another_answer_to_an_answered_question_is_a_conflict(other: SupplementInquiry) -> None:
    error = refusal(said(after(asked(1, 1)), HERE), other)
    assert (error.slug, error.kind, error.field) == (
        "question_answered",
        Kind.CONFLICT,
        "question",
    )


def test_at_its_last_moment_a_question_is_open_and_after_it_expired() -> None:
    state = after(asked(1, 1))
    assert say(state, HERE, 481) is not None
    late = at(481) + timedelta(milliseconds=1)
    with pytest.raises(DomainError) as error:
        supplement(state, inquiry_id=ID, order=HERE, city=SEOUL, now=late)
    assert (error.value.slug, error.value.kind) == ("question_expired", Kind.CONFLICT)


@pytest.mark.parametrize("gone_on", [TO_A, ANSWERED_B])
def test_a_question_is_closed_once_there_is_an_office_or_an_answer(gone_on: Any) -> None:
    for state in (after(asked(1, 1), gone_on), after(gone_on, asked(1, 1))):
        error = refusal(state, HERE)
        assert (error.slug, error.kind) == ("question_closed", Kind.CONFLICT)


def test_a_question_of_the_next_round_is_open_although_the_first_is_answered() -> None:
    assert say(after(ANSWERED_B, asked(1, 20, 2)), HERE, 30) is not None


def test_an_older_question_is_closed_by_the_next_and_keeps_its_answer() -> None:
    error = refusal(after(asked(1, 1), asked(2, 5)), HERE)
    assert error.slug == "question_closed"
    answered = said(after(which_service(1, 1)), NOISE)
    assert say(after(asked(2, 20), start=answered), NOISE, 30) is None


@pytest.mark.parametrize(
    ("question", "order", "field"),
    [
        (None, HERE, "question"),
        (asked(1, 1), replace(HERE, question=2), "question"),
        (asked(1, 1), NOISE, "place"),
        (which_service(1, 1), HERE, "service_code"),
        (which_service(1, 1), replace(NOISE, service_code="corruption"), "service_code"),
        (asked(1, 1), replace(HERE, place=Place(lat=0.0, lon=0.0)), "place.lat"),
        (asked(1, 1), replace(HERE, place=Place(lat=126.97, lon=37.56)), "place.lat"),
        (asked(1, 1), replace(HERE, place=Place(lat=37.5, lon=500.0)), "place.lon"),
        (asked(1, 1), replace(HERE, place=Place(dong_code="99")), "place.dong_code"),
    ],
)
def test_what_is_no_answer_to_the_question_is_refused_with_the_field(
    question: Any, order: SupplementInquiry, field: str
) -> None:
    error = refusal(after(*([] if question is None else [question])), order)
    assert isinstance(error, Refused)
    assert [fault.field for fault in error.faults] == [field]


def test_what_intake_does_not_hold_has_no_question() -> None:
    assert refusal(None, HERE).kind is Kind.NOT_FOUND


@pytest.mark.parametrize(
    ("state", "minutes", "stands"),
    [
        (after(asked(1, 1)), 10, Standing.OPEN),
        (after(asked(1, 1), UNROUTED), 10, Standing.OPEN),
        (after(asked(1, 1)), 482, Standing.EXPIRED),
        (after(asked(1, 1), TO_A), 10, Standing.CLOSED),
        (after(asked(1, 1), TO_A), 482, Standing.CLOSED),
        (said(after(asked(1, 1)), HERE), 482, Standing.ANSWERED),
        (after(TO_A, start=said(after(asked(1, 1)), HERE)), 482, Standing.ANSWERED),
    ],
)
def test_how_a_question_stands(state: Inquiry, minutes: int, stands: Standing) -> None:
    assert state.record.question is not None
    assert standing(state, state.record.question, at(minutes)) is stands
