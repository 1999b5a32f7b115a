"""The rulebook of an inquiry: given a state, when something is heard, then this."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cities import Channel, Matter, PlaceQuestion
from services.common.kernel import DomainError, Kind
from services.intake.domain.admit import Admitted
from services.intake.domain.decide import follow, receive
from services.intake.domain.events import (
    CallAnswered,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseOverdue,
    DeadlineRecounted,
    Heard,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    OverdueLevel,
    PlaceAsked,
    ProgressNoticeDue,
    RepeatClosed,
    ServiceAsked,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
    SurveyAnswered,
    SurveyExpired,
    UnroutedDeadlineRecounted,
)
from services.intake.domain.model import (
    Accepted,
    Answer,
    Answered,
    Asked,
    AskedAbout,
    Assigned,
    Awaiting,
    Closed,
    ClosedCause,
    Contact,
    DateChange,
    DateReason,
    Inquiry,
    Mark,
    Outcome,
    Received,
    RecountCause,
    Status,
    Unrouted,
    Withdrawn,
    answers_of,
    at_receipt,
)

ID = "0192d3a4-0000-7000-8000-000000000001"
T0 = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


DUE = at(10_000)
NUMBER = "261123-00042-0"
MATTER = Matter(
    receipt_number=NUMBER,
    channel=Channel.WEB,
    language="ko",
    received_at=T0,
    has_contact=True,
    service_code="pothole",
)
ASKED = Admitted(
    channel=Channel.WEB,
    language="ko",
    service_code="pothole",
    received_at=T0,
    asked=Asked(
        text="words",
        place=None,
        contact=Contact(email="a@example.org"),
        expected_answer_by=DUE,
    ),
    answer=None,
)
ANONYMOUS = replace(ASKED, asked=replace(ASKED.asked, contact=None))
GIVEN = Answer(round=1, office_id="c-centre", answered_at=at(1), text="the answer")
CALL = replace(ASKED, answer=GIVEN)
ANONYMOUS_CALL = replace(ANONYMOUS, answer=GIVEN)


def received(admitted: Admitted = ASKED, request_digest: str | None = None) -> Inquiry:
    change = receive(
        None,
        inquiry_id=ID,
        receipt_number=NUMBER,
        request_digest=request_digest,
        admitted=admitted,
    )
    assert change is not None
    return change.state


def after(*events: Heard, start: Inquiry | None = None) -> Inquiry:
    def step(state: Inquiry, event: Heard) -> Inquiry:
        change = follow(state, event)
        assert change is None or change.events == (), "the public status tells nothing"
        return state if change is None else change.state

    return reduce(step, events, start or received())


def steps(state: Inquiry) -> list[Status | Mark]:
    return [step.status for step in state.record.history]


def to(
    office: str, round_: int, attempt: int, minutes: int, *, due_at: datetime = DUE
) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id=ID,
        matter=MATTER,
        round=round_,
        attempt=attempt,
        office_id=office,
        rule="district_of_place",
        due_at=due_at,
        assigned_at=at(minutes),
    )


def queued(
    round_: int, minutes: int, *, due_at: datetime = DUE, service_code: str = ""
) -> InquiryUnrouted:
    return InquiryUnrouted(
        inquiry_id=ID,
        matter=replace(MATTER, service_code=service_code),
        round=round_,
        due_at=due_at,
        unrouted_at=at(minutes),
    )


def taken(office: str, round_: int, attempt: int, minutes: int, late: int = 0) -> CaseAccepted:
    """Accepted, and entered `late` minutes after that."""
    return CaseAccepted(
        inquiry_id=ID,
        round=round_,
        attempt=attempt,
        office_id=office,
        accepted_at=at(minutes),
        entered_at=at(minutes + late),
    )


def ended(office: str, round_: int, minutes: int, late: int = 0) -> CaseAnswered:
    """Answered, and entered `late` minutes after that."""
    return CaseAnswered(
        inquiry_id=ID,
        round=round_,
        office_id=office,
        outcome=Outcome.ANSWERED,
        answered_at=at(minutes),
        entered_at=at(minutes + late),
    )


def overdue(minutes: int, level: OverdueLevel = OverdueLevel.EXAMINER) -> CaseOverdue:
    return CaseOverdue(inquiry_id=ID, round=1, office_id="d-a", level=level, overdue_at=at(minutes))


def moved(before: int, after_: int, round_: int = 1) -> DeadlineRecounted:
    return DeadlineRecounted(
        inquiry_id=ID,
        round=round_,
        cause=RecountCause.HOLIDAY,
        due_before=at(before),
        due_at=at(after_),
        recounted_at=at(before - 100),
    )


def asked(
    number: int,
    minutes: int,
    round_: int = 1,
    *,
    due_at: datetime = DUE,
    service_code: str = "pothole",
) -> PlaceAsked:
    """Where it is was asked."""
    return PlaceAsked(
        inquiry_id=ID,
        matter=replace(MATTER, service_code=service_code),
        round=round_,
        number=number,
        question=PlaceQuestion.WHICH_DISTRICT,
        candidate_office_ids=("o-1", "o-2"),
        due_at=due_at,
        asked_at=at(minutes),
        answer_by=at(minutes + 480),
    )


def which_service(number: int, minutes: int) -> ServiceAsked:
    return ServiceAsked(
        inquiry_id=ID,
        matter=replace(MATTER, service_code=""),
        round=1,
        number=number,
        candidate_service_codes=("pothole", "noise"),
        due_at=DUE,
        asked_at=at(minutes),
        answer_by=at(minutes + 480),
    )


NOTICE = ProgressNoticeDue(inquiry_id=ID, round=1, office_id="d-a", notice_at=at(5))
UNROUTED = queued(1, 1)
TO_A = to("d-a", 1, 1, 2)
TO_B = to("d-b", 1, 2, 4)
ACCEPTED_A = taken("d-a", 1, 1, 3)
ACCEPTED_B = taken("d-b", 1, 2, 5)
ANSWERED_B = ended("d-b", 1, 6)
RATED = SurveyAnswered(inquiry_id=ID, round=1, answered_at=at(7))
EXPIRED = SurveyExpired(inquiry_id=ID, round=1, expired_at=at(8))
FIRST_ROUND: list[Heard] = [UNROUTED, TO_A, ACCEPTED_A, TO_B, ACCEPTED_B, ANSWERED_B, RATED]
BY_TIME: list[Heard] = [overdue(4), NOTICE, *(overdue(5, level) for level in OverdueLevel)]

# The matter is opened again, and the second round begins with attempt 1 at another office.
UNROUTED_2 = queued(2, 20)
TO_C = to("d-c", 2, 1, 21)
ACCEPTED_C = taken("d-c", 2, 1, 22)
ANSWERED_C = ended("d-c", 2, 23)
RATED_C = SurveyAnswered(inquiry_id=ID, round=2, answered_at=at(24))
SECOND_ROUND: list[Heard] = [UNROUTED_2, TO_C, ACCEPTED_C, ANSWERED_C, RATED_C]


class TestWhatWasEnteredLate:
    """Who dates a step back is seen to have done so."""

    def test_a_step_says_when_it_was_entered_if_that_was_noticeably_later(self) -> None:
        state = after(TO_A, taken("d-a", 1, 1, 3, late=30), ended("d-a", 1, 40, late=600))
        shown = {step.status: (step.at, step.entered_at) for step in state.record.history}
        assert shown[Status.ACCEPTED] == (at(3), at(33))
        assert shown[Status.ANSWERED] == (at(40), at(640))
        assert shown[Status.ASSIGNED] == (at(2), None)

    def test_what_the_clocks_may_differ_by_is_not_late(self) -> None:
        state = after(
            TO_A, replace(ACCEPTED_A, entered_at=ACCEPTED_A.accepted_at + timedelta(seconds=59))
        )
        assert [step.entered_at for step in state.record.history] == [None, None, None]

    def test_an_answer_of_an_earlier_round_says_so_too(self) -> None:
        state = after(TO_A, TO_C, ended("d-a", 1, 6, late=60))
        [step] = [s for s in state.record.history if s.status is Status.ANSWERED]
        assert step.entered_at == at(66)


class TestTheDate:
    """What the page says must be what the office goes by, however the events come."""

    def test_an_assignment_with_the_same_date_moves_nothing(self) -> None:
        record = after(TO_A).record
        assert (record.expected_answer_by, record.date_changes) == (DUE, ())
        assert record.assignment is not None
        assert (record.assignment.office_id, record.assignment.rule) == ("d-a", "district_of_place")

    def test_another_date_moves_it_and_keeps_the_old_one_and_why(self) -> None:
        record = after(to("d-a", 1, 1, 2, due_at=at(500))).record
        assert record.expected_answer_by == at(500)
        assert record.date_changes == (
            DateChange(before=DUE, after=at(500), reason=DateReason.OTHER_SERVICE, at=at(2)),
        )
        assert record.asked.expected_answer_by == DUE, "the receipt is repeated from it"

    def test_a_provisional_date_is_none_once_there_is_an_office(self) -> None:
        unclear = replace(ASKED, asked=replace(ASKED.asked, provisional=True))
        assert received(unclear).record.provisional
        assert after(UNROUTED, start=received(unclear)).record.provisional
        record = after(to("d-a", 1, 1, 2, due_at=at(500)), start=received(unclear)).record
        assert not record.provisional
        assert [change.reason for change in record.date_changes] == [DateReason.FOUND_OUT]

    def test_what_waits_for_a_person_has_the_date_of_what_was_found(self) -> None:
        """The service is known and the place is not: the period is the service's already."""
        unclear = received(replace(ASKED, asked=replace(ASKED.asked, provisional=True)))
        found = queued(1, 1, due_at=at(500), service_code="pothole")
        record = after(found, start=unclear).record
        assert (record.expected_answer_by, record.provisional) == (at(500), False)
        assert record.date_changes == (
            DateChange(before=DUE, after=at(500), reason=DateReason.SERVICE_FOUND, at=at(1)),
        )
        assert after(found, found, start=unclear).record == record

    def test_a_date_that_routing_counts_without_a_service_is_provisional(self) -> None:
        record = after(queued(1, 1, due_at=at(500))).record
        assert (record.expected_answer_by, record.provisional) == (at(500), True)

    def test_what_was_unrouted_before_is_no_news_after_its_assignment(self) -> None:
        early, late = to("d-a", 1, 1, 2, due_at=at(600)), queued(1, 1, due_at=at(500))
        record = after(early, late).record
        assert (record.expected_answer_by, record.provisional) == (at(600), False)
        again = queued(2, 20, due_at=at(900), service_code="pothole")
        for events in ((early, again), (again, early)):
            assert after(*events).record.expected_answer_by == at(900)

    def test_each_later_round_and_attempt_moves_it_on(self) -> None:
        moves = (
            to("d-a", 1, 1, 2, due_at=at(500)),
            to("d-b", 1, 2, 4, due_at=at(600)),
            to("d-c", 2, 1, 21, due_at=at(900)),
        )
        record = after(*moves).record
        assert record.expected_answer_by == at(900)
        assert [(c.before, c.after, c.reason) for c in record.date_changes] == [
            (DUE, at(500), DateReason.OTHER_SERVICE),
            (at(500), at(600), DateReason.OTHER_SERVICE),
            (at(600), at(900), DateReason.OPENED_AGAIN),
        ]

    def test_a_call_that_is_opened_again_has_the_date_of_its_round(self) -> None:
        record = after(to("d-c", 2, 1, 21, due_at=at(900)), start=received(CALL)).record
        assert [change.reason for change in record.date_changes] == [DateReason.OPENED_AGAIN]

    def test_what_comes_again_moves_nothing(self) -> None:
        move = to("d-a", 1, 1, 2, due_at=at(500))
        once = after(move)
        assert follow(once, move) is None

    def test_in_whatever_order_they_come_the_newest_assignment_counts(self) -> None:
        events: list[Heard] = [
            to("d-a", 1, 1, 2, due_at=at(500)),
            to("d-b", 1, 2, 4, due_at=at(600)),
            to("d-c", 2, 1, 21, due_at=at(900)),
            ANSWERED_B,
            RATED,
        ]
        for order in permutations(events):
            record = after(*order).record
            assert record.expected_answer_by == at(900), order
            assert record.date_changes[0].before == DUE
            assert record.assignment is not None
            assert record.assignment.office_id == "d-c"


class TestWhatTimeBrings:
    """A date that moves, a date that passes, and the notice of how it stands."""

    @pytest.mark.parametrize("told", [500, 10_000])
    def test_a_moved_date_is_the_same_in_whatever_order_it_is_heard(self, told: int) -> None:
        events: list[Heard] = [
            to("d-a", 1, 1, 2, due_at=at(told)),
            moved(told, told + 100),
            moved(told + 100, told + 300),
            moved(told, told + 100),
        ]
        records = [after(*order).record for order in permutations(events)]
        assert {record.expected_answer_by for record in records} == {at(told + 300)}
        [changes] = {record.date_changes for record in records}
        assert [(c.before, c.after, c.reason) for c in changes[-2:]] == [
            (at(told), at(told + 100), DateReason.HOLIDAY),
            (at(told + 100), at(told + 300), DateReason.HOLIDAY),
        ]
        assert len(changes) == (2 if told == 10_000 else 3)

    def test_what_comes_again_moves_nothing(self) -> None:
        once = after(TO_A, moved(10_000, 10_100), overdue(10_200), NOTICE)
        for event in (moved(10_000, 10_100), overdue(10_200), NOTICE):
            assert follow(once, event) is None

    def test_the_next_office_keeps_the_moved_date_although_routing_had_not_heard_of_it(
        self,
    ) -> None:
        record = after(TO_A, moved(10_000, 10_100), TO_B).record
        assert record.expected_answer_by == at(10_100)
        assert len(record.date_changes) == 1

    def test_a_moved_date_of_another_round_is_history(self) -> None:
        record = after(TO_A, ANSWERED_B, TO_C, moved(10_000, 10_100)).record
        assert record.expected_answer_by == DUE
        early = after(TO_A, moved(10_000, 10_100, round_=2))
        assert early.record.expected_answer_by == DUE
        assert after(TO_C, start=early).record.expected_answer_by == at(10_100)

    def test_no_date_moves_to_an_earlier_one(self) -> None:
        assert follow(after(TO_A), moved(10_000, 10_000)) is None
        assert follow(after(TO_A), moved(10_000, 9_000)) is None

    def test_a_matter_without_an_office_has_its_date_moved_too(self) -> None:
        fields = moved(500, 600)
        event = UnroutedDeadlineRecounted(
            inquiry_id=ID,
            round=1,
            cause=RecountCause.HOLIDAY,
            due_before=fields.due_before,
            due_at=fields.due_at,
            recounted_at=fields.recounted_at,
        )
        heard: list[Heard] = [queued(1, 1, due_at=at(500)), event]
        for order in permutations(heard):
            assert after(*order).record.expected_answer_by == at(600)

    def test_a_date_that_stood_still_while_the_citizen_was_asked_says_so(self) -> None:
        stood = replace(moved(500, 600), cause=RecountCause.SUPPLEMENTED)
        [first, second] = after(to("d-a", 1, 1, 2, due_at=at(500)), stood).record.date_changes
        assert (first.reason, second.reason) == (DateReason.OTHER_SERVICE, DateReason.SUPPLEMENTED)

    def test_a_date_that_the_office_extended_says_so_once(self) -> None:
        longer = replace(moved(500, 600), cause=RecountCause.EXTENDED)
        heard = (to("d-a", 1, 1, 2, due_at=at(500)), longer, longer)
        assert [one.reason for one in after(*heard).record.date_changes] == [
            DateReason.OTHER_SERVICE,
            DateReason.EXTENDED,
        ]

    def test_the_history_says_once_that_the_office_was_reminded(self) -> None:
        state = after(TO_A, ACCEPTED_A, *BY_TIME)
        assert isinstance(state, Accepted)
        assert steps(state)[-2:] == [Mark.OVERDUE, Mark.PROGRESS_NOTICE]

    @pytest.mark.parametrize("event", BY_TIME)
    def test_an_answered_inquiry_stays_answered_and_only_its_history_grows(
        self, event: Heard
    ) -> None:
        before = after(TO_B, ANSWERED_B)
        assert replace(after(event, start=before), record=before.record) == before
        with pytest.raises(DomainError):
            follow(None, event)


def test_how_a_case_ended_is_kept_with_its_answer() -> None:
    refused = replace(ANSWERED_B, outcome=Outcome.PERMIT_REFUSED)
    (answer,) = answers_of(after(TO_A, refused))
    assert answer.outcome is Outcome.PERMIT_REFUSED


class TestReceiving:
    def test_a_question_is_stored_and_told_without_its_words(self) -> None:
        change = receive(
            None, inquiry_id=ID, receipt_number=NUMBER, request_digest=None, admitted=ASKED
        )
        assert change is not None
        assert isinstance(change.state, Received)
        assert change.state.record.matter == MATTER
        assert change.events == (
            InquiryReceived(inquiry_id=ID, matter=MATTER, expected_answer_by=DUE),
        )

    def test_a_call_answered_on_the_line_waits_only_for_its_survey(self) -> None:
        change = receive(
            None, inquiry_id=ID, receipt_number=NUMBER, request_digest=None, admitted=CALL
        )
        assert change is not None
        assert isinstance(change.state, Answered)
        assert change.events == (
            CallAnswered(
                inquiry_id=ID, matter=MATTER, round=1, office_id="c-centre", answered_at=at(1)
            ),
        )

    def test_an_anonymous_call_is_closed_at_once(self) -> None:
        state = received(ANONYMOUS_CALL)
        assert isinstance(state, Closed)
        assert steps(state) == [Status.RECEIVED, Status.ANSWERED, Status.CLOSED]

    def test_the_same_request_again_changes_nothing(self) -> None:
        again = receive(
            received(request_digest="f"),
            inquiry_id=ID,
            receipt_number="261123-00099-9",
            request_digest="f",
            admitted=ASKED,
        )
        assert again is None

    def test_another_request_under_the_same_key_is_refused(self) -> None:
        with pytest.raises(DomainError) as refusal:
            receive(
                received(request_digest="f"),
                inquiry_id=ID,
                receipt_number="261123-00099-9",
                request_digest="g",
                admitted=ASKED,
            )
        assert (refusal.value.slug, refusal.value.kind) == ("idempotency_key_reused", Kind.CONFLICT)


class TestFollowing:
    def test_a_whole_life(self) -> None:
        state = after(TO_A, TO_B, ACCEPTED_B, ANSWERED_B, RATED)
        assert isinstance(state, Closed)
        assert state.answer == Answer(round=1, office_id="d-b", answered_at=at(6))
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
        assert isinstance(after(RATED, start=received(CALL)), Closed)

    def test_an_inquiry_nobody_holds_may_be_on_its_way(self) -> None:
        with pytest.raises(DomainError) as refusal:
            follow(None, TO_A)
        assert refusal.value.kind is Kind.NOT_FOUND


class TestAsking:
    """What routing asks: kept by its number, and never a step back."""

    def test_it_waits_for_the_citizen(self) -> None:
        state = after(asked(1, 1))
        assert isinstance(state, Awaiting)
        assert steps(state) == [Status.RECEIVED, Status.ASKED]
        question = state.record.question
        assert question is not None
        assert (question.number, question.about, question.place) == (
            1,
            AskedAbout.PLACE,
            PlaceQuestion.WHICH_DISTRICT,
        )
        assert question.candidates == ("o-1", "o-2")
        assert question.answer_by == at(481)

    def test_the_service_is_asked_for_with_its_candidates(self) -> None:
        question = after(which_service(1, 1)).record.question
        assert question is not None
        assert (question.about, question.place) == (AskedAbout.SERVICE, None)
        assert question.candidates == ("pothole", "noise")

    @pytest.mark.parametrize(
        ("events", "status"),
        [
            ([asked(1, 1), UNROUTED], Status.UNROUTED),
            ([UNROUTED, asked(1, 2)], Status.UNROUTED),
            ([asked(1, 1), TO_A], Status.ASSIGNED),
            ([TO_A, asked(1, 1)], Status.ASSIGNED),
            ([ANSWERED_B, asked(1, 1)], Status.ANSWERED),
            ([ANSWERED_B, asked(1, 20, 2)], Status.ASKED),
        ],
    )
    def test_it_stands_before_the_queue_and_the_office_of_its_round(
        self, events: list[Heard], status: Status
    ) -> None:
        assert after(*events).status == status

    def test_only_the_newest_question_is_kept_in_whatever_order_they_come(self) -> None:
        heard: list[Heard] = [which_service(1, 1), asked(2, 5), TO_A]
        for order in permutations(heard):
            state = after(*order)
            assert isinstance(state, Assigned)
            assert state.record.question is not None
            assert state.record.question.number == 2
            assert sorted(steps(state)) == ["asked", "asked", "assigned", "received"]

    def test_what_comes_again_changes_nothing(self) -> None:
        once = after(asked(1, 1))
        assert follow(once, asked(1, 1)) is None
        assert follow(after(TO_A, asked(1, 1)), asked(1, 1)) is None

    def test_what_was_found_with_each_question_moves_the_date(self) -> None:
        """The service is known after the first answer; the place is asked for after that."""
        unclear = received(replace(ASKED, asked=replace(ASKED.asked, provisional=True)))
        first, second = which_service(1, 1), asked(2, 5, due_at=at(500))
        record = after(first, start=unclear).record
        assert (record.expected_answer_by, record.provisional) == (DUE, True)
        record = after(first, second, start=unclear).record
        assert (record.expected_answer_by, record.provisional) == (at(500), False)
        assert [change.reason for change in record.date_changes] == [DateReason.SERVICE_FOUND]
        late = after(second, first, start=unclear).record
        assert (late.expected_answer_by, late.provisional) == (at(500), False)


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
        once = after(*FIRST_ROUND)
        assert after(*FIRST_ROUND, start=once) == once


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
        assert (state.office_id, state.attempt) == ("d-b", 2)
        assert after(TO_B, start=state) == after(TO_A, TO_B, ACCEPTED_B)

    def test_an_acceptance_that_overtook_everything_stands_over_older_assignments(self) -> None:
        state = after(ACCEPTED_B, TO_A, TO_B)
        assert isinstance(state, Accepted)
        assert (state.office_id, state.attempt) == ("d-b", 2)

    def test_a_later_hand_over_moves_what_was_accepted_before_its_assignment_was_heard_of(
        self,
    ) -> None:
        third = replace(TO_B, attempt=3, office_id="d-c", assigned_at=at(9))
        state = after(ACCEPTED_B, third)
        assert isinstance(state, Assigned)
        assert state.office_id == "d-c"

    def test_a_survey_that_ended_before_the_answer_was_heard_closes_at_the_answer(self) -> None:
        state = after(TO_B, RATED)
        assert isinstance(state, Assigned)
        state = after(ANSWERED_B, start=state)
        assert isinstance(state, Closed)
        assert state.record.history[-1].at == at(7)

    @pytest.mark.parametrize("late", [asked(1, 1), UNROUTED, TO_A, TO_B, ACCEPTED_A, ACCEPTED_B])
    def test_nothing_moves_an_answered_inquiry_back(self, late: Heard) -> None:
        assert isinstance(after(ANSWERED_B, late), Answered)
        assert isinstance(after(ANSWERED_B, RATED, late), Closed)

    def test_a_second_answer_of_a_round_is_not_heard(self) -> None:
        other = replace(ANSWERED_B, office_id="d-a", answered_at=at(9))
        assert follow(after(ANSWERED_B), other) is None
        assert follow(after(ANSWERED_B, TO_C), other) is None

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


class TestRounds:
    def test_an_answered_inquiry_that_is_assigned_anew_is_open_again(self) -> None:
        state = after(TO_B, ANSWERED_B, TO_C)
        assert isinstance(state, Assigned)
        assert (state.round, state.attempt, state.office_id) == (2, 1, "d-c")
        assert answers_of(state) == (Answer(round=1, office_id="d-b", answered_at=at(6)),)

    def test_a_closed_one_that_no_office_is_found_for_waits_again(self) -> None:
        state = after(*FIRST_ROUND, UNROUTED_2)
        assert isinstance(state, Unrouted)
        assert state.round == 2

    def test_the_answer_of_the_second_round_answers_it_and_keeps_the_first(self) -> None:
        state = after(*FIRST_ROUND, TO_C, ACCEPTED_C, ANSWERED_C)
        assert isinstance(state, Answered)
        assert [answer.office_id for answer in answers_of(state)] == ["d-b", "d-c"]

    def test_the_second_rounds_survey_closes_it(self) -> None:
        state = after(*FIRST_ROUND, TO_C, ANSWERED_C, RATED_C)
        assert isinstance(state, Closed)
        assert steps(state)[-4:] == [
            Status.CLOSED,
            Status.ASSIGNED,
            Status.ANSWERED,
            Status.CLOSED,
        ]

    def test_without_contact_each_answer_closes_its_round(self) -> None:
        state = after(ANSWERED_B, TO_C, start=received(ANONYMOUS))
        assert isinstance(state, Assigned)
        closed = after(ANSWERED_C, start=state)
        assert isinstance(closed, Closed)
        assert closed.answer.round == 2

    @pytest.mark.parametrize("end", [RATED, EXPIRED])
    @pytest.mark.parametrize("before", [[TO_C], [TO_C, ACCEPTED_C], [UNROUTED_2]])
    def test_the_first_rounds_survey_does_not_end_the_second(
        self, before: list[Heard], end: Heard
    ) -> None:
        open_again = after(ANSWERED_B, *before)
        assert after(end, start=open_again).status == open_again.status
        answered = after(ANSWERED_C, end, start=open_again)
        assert isinstance(answered, Answered)
        assert isinstance(after(RATED_C, start=answered), Closed)

    def test_a_survey_that_ends_when_its_round_is_past_closes_nothing_in_the_history(self) -> None:
        late = replace(EXPIRED, expired_at=at(22))
        state = after(ANSWERED_B, TO_C, late)
        assert Status.CLOSED not in steps(state)
        assert state == after(ANSWERED_B, late, TO_C), "whichever is heard of first"

    @pytest.mark.parametrize("start", [[TO_C], [UNROUTED_2], [TO_C, ANSWERED_C]])
    @pytest.mark.parametrize(
        "late", [UNROUTED, TO_A, TO_B, ACCEPTED_A, ACCEPTED_B, ANSWERED_B, RATED]
    )
    def test_what_the_first_round_tells_late_is_history(
        self, start: list[Heard], late: Heard
    ) -> None:
        before = after(*start)
        assert replace(after(late, start=before), record=before.record) == before

    def test_a_second_round_that_is_heard_of_first_knows_the_first_answer_when_it_comes(
        self,
    ) -> None:
        state = after(TO_C, ANSWERED_C, ANSWERED_B)
        assert isinstance(state, Answered)
        assert [answer.round for answer in answers_of(state)] == [1, 2]

    def test_a_call_that_is_opened_again_keeps_its_answer_and_its_receipt(self) -> None:
        call = received(CALL)
        state = after(TO_C, start=call)
        assert isinstance(state, Assigned)
        assert answers_of(state) == (GIVEN,)
        assert at_receipt(state) is at_receipt(call) is Status.ANSWERED

    @given(st.data())
    def test_two_rounds_end_the_same_in_whatever_order_and_however_often_they_are_heard(
        self, data: st.DataObject
    ) -> None:
        questions: list[Heard] = [which_service(1, 0), asked(2, 19, 2)]
        life = [*questions, *FIRST_ROUND, *BY_TIME, *SECOND_ROUND]
        again = data.draw(st.lists(st.sampled_from(life), max_size=6))
        assert after(*data.draw(st.permutations([*life, *again]))) == after(*life)


CLOSED_B = RepeatClosed(inquiry_id=ID, round=1, office_id="d-b", closed_at=at(6))


class TestRepetitions:
    """What was closed because it repeats earlier inquiries."""

    def test_in_any_order_and_however_often_it_is_closed_once(self) -> None:
        heard: list[Heard] = [TO_A, ACCEPTED_A, TO_B, CLOSED_B, CLOSED_B]
        for order in permutations(heard):
            state = after(*order)
            assert state == after(*heard)
            assert state.status == Status.REPEAT_CLOSED.value
            assert steps(state).count(Status.REPEAT_CLOSED) == 1

    def test_an_answer_that_was_faster_counts_whichever_is_heard_first(self) -> None:
        events: list[Heard] = [TO_B, CLOSED_B, ANSWERED_B, RATED]
        for order in permutations(events):
            assert after(*order) == after(*events)
        assert after(*events).status == Status.CLOSED.value

    def test_a_later_round_opens_it_again(self) -> None:
        heard: list[Heard] = [TO_B, CLOSED_B, TO_C]
        for order in permutations(heard):
            assert after(*order).status == Status.ASSIGNED.value


WITHDRAWN_B = CaseClosed(
    inquiry_id=ID, round=1, office_id="d-b", cause=ClosedCause.WITHDRAWN, closed_at=at(6)
)


class TestWhatIsMissing:
    """What the office asks for stands in the history; who withdraws has no answer to wait for."""

    def test_asked_for_and_received_in_any_order_and_twice(self) -> None:
        asked_for = SupplementRequested(
            inquiry_id=ID, round=1, office_id="d-b", number=1, answer_by=at(9), requested_at=at(6)
        )
        came = SupplementReceived(
            inquiry_id=ID, round=1, office_id="d-b", number=1, received_at=at(7)
        )
        heard: list[Heard] = [TO_B, asked_for, came, asked_for]
        for order in permutations(heard):
            state = after(*order)
            assert state.status == Status.ASSIGNED.value
            assert steps(state)[-2:] == [Mark.SUPPLEMENT_REQUESTED, Mark.SUPPLEMENT_RECEIVED]

    def test_what_did_not_come_in_time_is_in_the_history(self) -> None:
        missed = SupplementUnanswered(
            inquiry_id=ID, round=1, office_id="d-b", number=1, unanswered_at=at(8)
        )
        assert steps(after(TO_B, missed))[-1] is Mark.SUPPLEMENT_UNANSWERED

    def test_who_withdraws_is_done_in_any_order_and_however_often(self) -> None:
        heard: list[Heard] = [TO_A, ACCEPTED_A, TO_B, WITHDRAWN_B, WITHDRAWN_B]
        for order in permutations(heard):
            state = after(*order)
            assert state == after(*heard)
            assert state.status == Status.WITHDRAWN.value
            assert steps(state).count(Status.WITHDRAWN) == 1

    @pytest.mark.parametrize("cause", ClosedCause)
    def test_who_is_deemed_to_have_withdrawn_is_told_apart_from_who_did(
        self, cause: ClosedCause
    ) -> None:
        closed = replace(WITHDRAWN_B, cause=cause)
        heard: list[Heard] = [TO_B, ACCEPTED_B, closed, closed]
        for order in permutations(heard):
            state = after(*order)
            assert isinstance(state, Withdrawn)
            assert state.cause is cause
            [step] = [one for one in state.record.history if one.status is Status.WITHDRAWN]
            assert step.cause is cause

    def test_a_later_round_opens_it_again(self) -> None:
        heard: list[Heard] = [TO_B, WITHDRAWN_B, TO_C]
        for order in permutations(heard):
            assert after(*order).status == Status.ASSIGNED.value

    def test_an_extension_moves_the_date_for_its_reason(self) -> None:
        longer = replace(moved(500, 600), cause=RecountCause.EXTENDED)
        state = after(to("d-a", 1, 1, 4, due_at=at(500)), longer)
        assert state.record.date_changes[-1].reason is DateReason.EXTENDED
        assert state.record.expected_answer_by == at(600)
