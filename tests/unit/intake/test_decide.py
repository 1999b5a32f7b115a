"""The rulebook of an inquiry: given a state, when something is heard, then this."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest

from services.common.kernel import DomainError, Kind
from services.intake.domain.admit import Admitted
from services.intake.domain.decide import follow, receive
from services.intake.domain.events import (
    CallAnswered,
    CaseAccepted,
    CaseAnswered,
    Heard,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    SurveyAnswered,
    SurveyExpired,
)
from services.intake.domain.model import (
    Accepted,
    Answer,
    Answered,
    Asked,
    Assigned,
    Channel,
    Closed,
    Contact,
    Inquiry,
    Received,
    Status,
    Unrouted,
)

ID = "0192d3a4-0000-7000-8000-000000000001"
T0 = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


ASKED = Asked(
    text="words",
    category=None,
    place=None,
    contact=Contact(email="a@example.org"),
    channel=Channel.WEB,
    language="ko",
    received_at=T0,
    expected_answer_by=at(10_000),
)
ANONYMOUS = replace(ASKED, contact=None)
CALL = Answer(office_id="c-centre", answered_at=at(1), text="the answer")


def received(
    asked: Asked = ASKED, answer: Answer | None = None, fingerprint: str | None = None
) -> Inquiry:
    change = receive(
        None,
        inquiry_id=ID,
        receipt_number="261123-00042-0",
        fingerprint=fingerprint,
        admitted=Admitted(asked=asked, answer=answer),
    )
    assert change is not None
    return change.state


def after(*events: Heard, start: Inquiry | None = None) -> Inquiry:
    def step(state: Inquiry, event: Heard) -> Inquiry:
        change = follow(state, event)
        assert change is None or change.events == (), "the public status tells nothing"
        return state if change is None else change.state

    return reduce(step, events, start or received())


def steps(state: Inquiry) -> list[Status]:
    return [step.status for step in state.record.history]


UNROUTED = InquiryUnrouted(inquiry_id=ID, unrouted_at=at(1))
TO_A = InquiryAssigned(inquiry_id=ID, attempt=1, office_id="d-a", assigned_at=at(2))
TO_B = InquiryAssigned(inquiry_id=ID, attempt=2, office_id="d-b", assigned_at=at(4))
ACCEPTED_A = CaseAccepted(inquiry_id=ID, office_id="d-a", accepted_at=at(3))
ACCEPTED_B = CaseAccepted(inquiry_id=ID, office_id="d-b", accepted_at=at(5))
ANSWERED_B = CaseAnswered(inquiry_id=ID, office_id="d-b", answered_at=at(6))
RATED = SurveyAnswered(inquiry_id=ID, answered_at=at(7))
EXPIRED = SurveyExpired(inquiry_id=ID, expired_at=at(8))


class TestReceiving:
    def test_a_question_is_stored_and_told_without_its_words(self) -> None:
        change = receive(
            None,
            inquiry_id=ID,
            receipt_number="261123-00042-0",
            fingerprint=None,
            admitted=Admitted(asked=ASKED, answer=None),
        )
        assert change is not None
        assert isinstance(change.state, Received)
        assert change.events == (
            InquiryReceived(
                inquiry_id=ID,
                receipt_number="261123-00042-0",
                channel=Channel.WEB,
                language="ko",
                service_code="",
                received_at=T0,
                expected_answer_by=at(10_000),
                has_contact=True,
            ),
        )

    def test_a_call_answered_on_the_line_waits_only_for_its_survey(self) -> None:
        change = receive(
            None,
            inquiry_id=ID,
            receipt_number="261123-00042-0",
            fingerprint=None,
            admitted=Admitted(asked=ASKED, answer=CALL),
        )
        assert change is not None
        assert isinstance(change.state, Answered)
        (told,) = change.events
        assert isinstance(told, CallAnswered)
        assert (told.office_id, told.answered_at, told.has_contact) == ("c-centre", at(1), True)

    def test_an_anonymous_call_is_closed_at_once(self) -> None:
        state = received(ANONYMOUS, CALL)
        assert isinstance(state, Closed)
        assert steps(state) == [Status.RECEIVED, Status.ANSWERED, Status.CLOSED]

    def test_the_same_request_again_changes_nothing(self) -> None:
        stored = received(fingerprint="f")
        again = receive(
            stored,
            inquiry_id=ID,
            receipt_number="261123-00099-9",
            fingerprint="f",
            admitted=Admitted(asked=ASKED, answer=None),
        )
        assert again is None

    def test_another_request_under_the_same_key_is_refused(self) -> None:
        with pytest.raises(DomainError) as refusal:
            receive(
                received(fingerprint="f"),
                inquiry_id=ID,
                receipt_number="261123-00099-9",
                fingerprint="g",
                admitted=Admitted(asked=ASKED, answer=None),
            )
        assert (refusal.value.slug, refusal.value.kind) == ("idempotency_key_reused", Kind.CONFLICT)


class TestFollowing:
    def test_a_whole_life(self) -> None:
        state = after(TO_A, TO_B, ACCEPTED_B, ANSWERED_B, RATED)
        assert isinstance(state, Closed)
        assert state.answer == Answer(office_id="d-b", answered_at=at(6))
        assert steps(state) == [
            Status.RECEIVED,
            Status.ASSIGNED,
            Status.ASSIGNED,
            Status.ACCEPTED,
            Status.ANSWERED,
            Status.CLOSED,
        ]

    def test_unrouted_until_a_person_assigns_it(self) -> None:
        assert isinstance(after(UNROUTED), Unrouted)
        assert isinstance(after(UNROUTED, TO_A), Assigned)

    def test_a_reassignment_changes_the_office(self) -> None:
        state = after(TO_A, TO_B)
        assert isinstance(state, Assigned)
        assert (state.office_id, state.attempt) == ("d-b", 2)

    def test_a_hand_over_after_acceptance_changes_the_office(self) -> None:
        state = after(TO_A, ACCEPTED_A, TO_B)
        assert isinstance(state, Assigned)
        assert state.office_id == "d-b"

    def test_a_survey_that_nobody_answered_closes_as_well(self) -> None:
        state = after(TO_B, ACCEPTED_B, ANSWERED_B, EXPIRED)
        assert isinstance(state, Closed)
        assert state.record.history[-1].at == at(8)

    def test_without_contact_the_answer_closes(self) -> None:
        state = after(TO_B, ANSWERED_B, start=received(ANONYMOUS))
        assert isinstance(state, Closed)
        assert state.record.history[-1].at == at(6)

    def test_a_call_closes_with_its_survey(self) -> None:
        assert isinstance(after(RATED, start=received(ASKED, CALL)), Closed)

    def test_an_inquiry_nobody_holds_may_be_on_its_way(self) -> None:
        with pytest.raises(DomainError) as refusal:
            follow(None, TO_A)
        assert refusal.value.kind is Kind.NOT_FOUND


class TestTwice:
    @pytest.mark.parametrize(
        ("before", "event"),
        [
            ([], UNROUTED),
            ([], TO_A),
            ([TO_A], ACCEPTED_A),
            ([TO_B, ACCEPTED_B], ANSWERED_B),
            ([TO_B, ANSWERED_B], RATED),
            ([TO_B, ANSWERED_B], EXPIRED),
            ([], RATED),
        ],
    )
    def test_the_second_time_nothing_happens(self, before: list[Heard], event: Heard) -> None:
        once = after(*before, event)
        assert follow(once, event) is None

    def test_the_whole_life_again_changes_nothing(self) -> None:
        life: list[Heard] = [UNROUTED, TO_A, ACCEPTED_A, TO_B, ACCEPTED_B, ANSWERED_B, RATED]
        once = after(*life)
        assert after(*life, start=once) == once


class TestLate:
    def test_unrouted_after_the_office_is_known_is_history(self) -> None:
        state = after(TO_A, UNROUTED)
        assert isinstance(state, Assigned)
        assert steps(state) == [Status.RECEIVED, Status.UNROUTED, Status.ASSIGNED]

    def test_an_older_assignment_is_history(self) -> None:
        state = after(TO_B, TO_A)
        assert isinstance(state, Assigned)
        assert state.office_id == "d-b"

    def test_the_first_offices_acceptance_after_the_hand_over_is_history(self) -> None:
        state = after(TO_A, TO_B, ACCEPTED_A)
        assert isinstance(state, Assigned)
        assert state.office_id == "d-b"

    def test_an_acceptance_that_overtook_its_assignment_stands(self) -> None:
        state = after(TO_A, ACCEPTED_B)
        assert isinstance(state, Accepted)
        assert state.office_id == "d-b"
        assert after(TO_B, start=state) == replace(
            state, attempt=2, record=after(TO_B, start=state).record
        )

    def test_an_acceptance_that_overtook_everything_stands_over_older_assignments(self) -> None:
        state = after(ACCEPTED_B, TO_A, TO_B)
        assert isinstance(state, Accepted)
        assert (state.office_id, state.attempt) == ("d-b", 2)

    def test_after_its_assignment_came_a_later_hand_over_moves_it(self) -> None:
        to_c = InquiryAssigned(inquiry_id=ID, attempt=3, office_id="d-c", assigned_at=at(9))
        state = after(ACCEPTED_B, TO_A, TO_B, to_c)
        assert isinstance(state, Assigned)
        assert state.office_id == "d-c"

    def test_a_survey_that_ended_before_the_answer_was_heard_closes_at_the_answer(self) -> None:
        state = after(TO_B, RATED)
        assert isinstance(state, Assigned)
        state = after(ANSWERED_B, start=state)
        assert isinstance(state, Closed)
        assert state.record.history[-1].at == at(7)

    @pytest.mark.parametrize("late", [UNROUTED, TO_A, TO_B, ACCEPTED_A, ACCEPTED_B])
    def test_nothing_moves_an_answered_inquiry_back(self, late: Heard) -> None:
        assert isinstance(after(ANSWERED_B, late), Answered)
        assert isinstance(after(ANSWERED_B, RATED, late), Closed)

    def test_a_second_answer_is_not_heard(self) -> None:
        other = CaseAnswered(inquiry_id=ID, office_id="d-a", answered_at=at(9))
        state = after(ANSWERED_B)
        assert follow(state, other) is None

    def test_in_whatever_order_a_life_is_heard_it_ends_the_same(self) -> None:
        """Routing, offices and survey each tell in order; how the three mix is chance."""
        topics: list[list[Heard]] = [[TO_A, TO_B], [ACCEPTED_B, ANSWERED_B], [RATED]]
        ends = set()
        for order in set(permutations([0, 0, 1, 1, 2])):
            left = [iter(topic) for topic in topics]
            ends.add(after(*(next(left[topic]) for topic in order)))
        (end,) = ends
        assert isinstance(end, Closed)
        assert [step.at for step in end.record.history] == sorted(
            step.at for step in end.record.history
        )
