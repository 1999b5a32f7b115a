"""What becomes of a case: given a state, when an event or a command comes, then these facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from services.common.kernel import DomainError, Kind
from services.districts.domain import decide
from services.districts.domain.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    DeclineReason,
    Outcome,
    PermitDecided,
)
from services.districts.domain.model import Case, Open, Stage, item_for
from tests.unit.districts.case import (
    DUE,
    NOW,
    OFFICE,
    OTHER,
    RECEIVED,
    accepted,
    answered,
    assigned,
    declined,
    granted,
    handed_on,
    opened,
    refuse,
    reply,
    rule_on,
    state,
    take,
)

Command = Callable[[Case | None, str], decide.CaseChange | None]

COMMANDS: dict[str, Command] = {"accept": take, "decline": refuse, "answer": reply}


def test_an_assignment_opens_the_case_and_plans_a_look_at_its_deadline() -> None:
    change = decide.open_case(None, event=assigned(permit=True), now=NOW)
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseOpened)
    assert (event.office_id, event.attempt, event.permit) == (OFFICE, 1, True)
    assert (event.due_at, event.opened_at, change.wake_at) == (DUE, NOW, DUE)


@pytest.mark.parametrize(
    "given", [opened(), accepted(), declined(), answered()], ids=lambda case: case.status
)
def test_the_same_assignment_again_changes_nothing(given: Case) -> None:
    assert decide.open_case(given, event=assigned(1), now=NOW) is None


def test_an_older_assignment_that_comes_late_changes_nothing() -> None:
    assert decide.open_case(opened(2, OTHER), event=assigned(1), now=NOW) is None


@pytest.mark.parametrize("given", [opened(), accepted(), declined()], ids=lambda case: case.status)
def test_a_later_assignment_opens_the_case_at_its_office(given: Case) -> None:
    change = decide.open_case(given, event=assigned(2, OTHER), now=NOW)
    assert isinstance(state(change), Open)
    assert state(change).work.office_id == OTHER
    assert [left.office_id for left in state(change).past] == [OFFICE]


def test_a_later_assignment_of_an_answered_case_changes_nothing() -> None:
    assert decide.open_case(answered(), event=assigned(2, OTHER), now=NOW) is None


def test_accepting_takes_responsibility_once() -> None:
    change = take(opened())
    assert change is not None
    assert change.events == (
        CaseAccepted(
            inquiry_id="i1", receipt_number="261123-00001-1", office_id=OFFICE, accepted_at=NOW
        ),
    )
    assert change.wake_at == DUE
    assert take(state(change)) is None
    assert take(answered()) is None


def test_declining_says_why_and_who_may_be_competent() -> None:
    change = refuse(opened())
    assert change is not None
    assert change.events == (
        CaseDeclined(
            inquiry_id="i1",
            receipt_number="261123-00001-1",
            office_id=OFFICE,
            attempt=1,
            reason=DeclineReason.WRONG_PLACE,
            suggested_office_id=OTHER,
            declined_at=NOW,
        ),
    )
    assert change.wake_at is None


@pytest.mark.parametrize("given", [declined(), handed_on()], ids=["declined", "handed on"])
def test_the_same_refusal_again_changes_nothing_another_is_refused(given: Case) -> None:
    assert refuse(given) is None
    with pytest.raises(DomainError, match="handed_on"):
        refuse(given, reason=DeclineReason.NOT_COMPETENT)


def test_what_arbitration_gave_cannot_be_declined() -> None:
    with pytest.raises(DomainError) as refused:
        refuse(opened(binding=True))
    assert (refused.value.slug, refused.value.kind) == ("binding", Kind.CONFLICT)


@pytest.mark.parametrize(
    ("given", "slug"), [(accepted(), "already_accepted"), (answered(), "already_answered")]
)
def test_what_was_taken_cannot_be_declined(given: Case, slug: str) -> None:
    with pytest.raises(DomainError, match=slug):
        refuse(given)


def test_answering_ends_the_case_with_everything_the_survey_and_the_message_need() -> None:
    change = reply(accepted())
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseAnswered)
    assert (event.outcome, event.answered_at, event.overdue) == (Outcome.ANSWERED, NOW, False)
    assert (event.language, event.has_contact, event.received_at) == ("en", True, RECEIVED)
    assert change.wake_at is None


def test_answering_an_open_case_accepts_it_too() -> None:
    change = reply(opened())
    assert change is not None
    assert [type(event) for event in change.events] == [CaseAccepted, CaseAnswered]


def test_the_same_answer_again_changes_nothing_another_is_refused() -> None:
    assert reply(answered(), text=" Done.\n") is None
    with pytest.raises(DomainError) as refused:
        reply(answered(), text="Something else.")
    assert (refused.value.slug, refused.value.kind) == ("already_answered", Kind.CONFLICT)


@pytest.mark.parametrize("text", ["", " \n", "x" * 10_001])
def test_an_answer_has_words_but_not_too_many(text: str) -> None:
    with pytest.raises(DomainError, match="invalid_answer") as refused:
        reply(accepted(), text=text)
    assert refused.value.field == "text"


def test_an_answer_after_the_statutory_time_is_overdue() -> None:
    change = reply(accepted(), now=DUE + timedelta(seconds=1))
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseAnswered)
    assert event.overdue


def test_an_answer_given_in_time_and_told_late_is_not_overdue() -> None:
    change = reply(accepted(), at=DUE, now=DUE + timedelta(days=1))
    assert change is not None
    [event] = change.events
    assert isinstance(event, CaseAnswered)
    assert not event.overdue


@pytest.mark.parametrize(
    ("at", "accepted_by_us"),
    [
        (NOW + timedelta(seconds=60), True),
        (NOW + timedelta(seconds=61), False),
        (RECEIVED, True),
        (RECEIVED - timedelta(seconds=1), False),
    ],
)
def test_what_an_office_says_about_the_time_must_be_possible(
    at: datetime, accepted_by_us: bool
) -> None:
    for command in (take, reply):
        if accepted_by_us:
            assert command(opened(), at=at) is not None
            continue
        with pytest.raises(DomainError) as refused:
            command(opened(), at=at)
        assert (refused.value.slug, refused.value.field) == ("invalid_time", "occurred_at")


@pytest.mark.parametrize(
    ("grant", "outcome"), [(True, "PERMIT_GRANTED"), (False, "PERMIT_REFUSED")]
)
def test_a_permit_is_decided_in_the_name_of_the_delegating_office(
    grant: bool, outcome: str
) -> None:
    change = rule_on(accepted(permit=True), grant=grant)
    assert change is not None
    decided, ended = change.events
    assert decided == PermitDecided(
        inquiry_id="i1",
        receipt_number="261123-00001-1",
        service_code="market-stall",
        office_id=OFFICE,
        delegated_by="d-west",
        granted=grant,
        decided_at=NOW,
    )
    assert isinstance(ended, CaseAnswered)
    assert ended.outcome is Outcome[outcome]


def test_the_same_decision_again_changes_nothing_the_opposite_is_refused() -> None:
    assert rule_on(granted()) is None
    with pytest.raises(DomainError, match="already_answered"):
        rule_on(granted(), grant=False)


def test_a_permit_is_not_answered_and_an_inquiry_is_not_decided() -> None:
    with pytest.raises(DomainError, match="permit_case"):
        reply(accepted(permit=True))
    with pytest.raises(DomainError, match="not_a_permit"):
        rule_on(accepted())


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("given", [None, opened(), answered(), declined()])
def test_a_case_of_another_office_is_like_one_that_does_not_exist(
    command: Command, given: Case | None
) -> None:
    with pytest.raises(DomainError) as refused:
        command(given, "o-hill")
    with pytest.raises(DomainError) as none_there:
        command(None, "o-hill")
    assert refused.value.kind is Kind.NOT_FOUND
    assert str(refused.value) == str(none_there.value)


@pytest.mark.parametrize("command", [take, reply])
@pytest.mark.parametrize("given", [declined(), handed_on()], ids=["declined", "handed on"])
def test_an_office_can_do_nothing_with_what_it_refused(command: Command, given: Case) -> None:
    with pytest.raises(DomainError) as refused:
        command(given, OFFICE)
    assert (refused.value.slug, refused.value.kind) == ("handed_on", Kind.CONFLICT)


@pytest.mark.parametrize("given", [opened(), accepted()], ids=lambda case: case.status)
def test_the_deadline_marks_what_is_unfinished_once(given: Case) -> None:
    assert decide.wake(given, now=DUE - timedelta(seconds=1)) is None
    change = decide.wake(given, now=DUE)
    assert state(change).overdue
    assert change is not None
    assert (change.events, change.wake_at) == ((), None)
    assert decide.wake(state(change), now=DUE) is None


@pytest.mark.parametrize("given", [None, declined(), answered()])
def test_the_deadline_says_nothing_to_what_is_not_at_an_office(given: Case | None) -> None:
    assert decide.wake(given, now=DUE) is None


def test_what_is_overdue_when_it_comes_is_not_woken() -> None:
    change = decide.open_case(None, event=assigned(due_at=NOW), now=NOW)
    assert state(change).overdue
    assert change is not None
    assert change.wake_at is None


@pytest.mark.parametrize(
    ("case", "office", "stage"),
    [
        (opened(), OFFICE, Stage.OPEN),
        (accepted(), OFFICE, Stage.ACCEPTED),
        (answered(), OFFICE, Stage.ANSWERED),
        (declined(), OFFICE, Stage.DECLINED),
        (handed_on(), OFFICE, Stage.DECLINED),
        (handed_on(), OTHER, Stage.OPEN),
        (opened(), OTHER, None),
    ],
)
def test_each_office_sees_its_own_side_of_a_case(
    case: Case, office: str, stage: Stage | None
) -> None:
    item = item_for(case, office)
    assert (item and item.stage) == stage
