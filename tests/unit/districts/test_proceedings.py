"""Supplements, extensions, consultations, objections: given a case, when an order, then facts and
dates by the law's clock. All on Seoul's calendar; 2026-11-23 is a Monday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from services.cities import DayOff
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import commands as orders
from services.districts.domain.case import dates, decide
from services.districts.domain.case.events import (
    CaseAnswered,
    CaseClosed,
    CaseClosedCause,
    CaseExtended,
    CaseOverdue,
    CaseWithdrawn,
    ConsultationAnswered,
    ConsultationRequested,
    DeadlineRecounted,
    DeclineReason,
    ExtensionReason,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    Outcome,
    PermitDecision,
    ProgressNoticeDue,
    RecountCause,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)
from services.districts.domain.case.model import Case, State, item_for, state_of
from tests.support.calendars import with_days_off
from tests.unit.districts.case import NOW, OFFICE, OFFICER, OTHER, assigned, opened, state
from tests.unit.districts.test_transitions import SEOUL, in_state

DAY = timedelta(days=1)
TEXT = "인감증명서를 보완하여 주시기 바랍니다."


def last_moment(day: str) -> datetime:
    """The end of a day in Seoul, as the clock shows it."""
    return datetime.fromisoformat(f"{day}T23:59:59+09:00")


def closing(day: str) -> datetime:
    """The end of a working day in Seoul."""
    return datetime.fromisoformat(f"{day}T18:00:00+09:00")


def does(
    case: Case, command: orders.Command, at: datetime = NOW, office: str = OFFICE
) -> tuple[Case, list[decide.Told]]:
    entry = decide.Entry(now=at, by=None)
    change = decide.carry_out(case, city=SEOUL, command=command, office_id=office, entry=entry)
    return (case, []) if change is None else (change.state, list(change.events))


def woken(case: Case, at: datetime) -> tuple[Case, list[decide.Told]]:
    change = decide.wake(case, city=SEOUL, now=at)
    return (case, []) if change is None else (change.state, list(change.events))


def refused(case: Case, command: orders.Command, at: datetime = NOW) -> tuple[str, Kind]:
    with pytest.raises(DomainError) as error:
        does(case, command, at)
    return error.value.slug, error.value.kind


def of(told: list[decide.Told], kind: type[Any]) -> Any:
    [found] = [event for event in told if isinstance(event, kind)]
    return found


def weekly() -> Case:
    """An accepted case of seven days, due on Tuesday of the next week."""
    event = assigned(period="7d", due_at=closing("2026-12-01"))
    case = state(decide.open_case(None, city=SEOUL, event=event, now=NOW))
    return does(case, orders.Accept())[0]


def request(days: int = 5, text: str = TEXT) -> orders.RequestSupplement:
    return orders.RequestSupplement(text=text, days=days, officer_code="kim-1")


def extend(amount: int = 7, *, consent: bool = False) -> orders.ExtendCase:
    return orders.ExtendCase(amount=amount, reason=ExtensionReason.INVESTIGATION, consent=consent)


# --- supplement


def test_the_time_of_a_supplement_excludes_its_first_day_and_rolls_off_days_off() -> None:
    case, told = does(weekly(), request(days=5))
    asked = of(told, SupplementRequested)
    assert (asked.number, asked.answer_by) == (1, last_moment("2026-11-30"))  # the 28th: Saturday
    assert state_of(case) is State.SUPPLEMENT_REQUESTED


def test_a_supplement_that_comes_moves_the_date_by_the_days_it_was_waited_for() -> None:
    """Monday to Wednesday do not count, the day of the request and that of the arrival included."""
    case, _ = does(weekly(), request())
    case, told = does(case, orders.ReceiveSupplement(), NOW + 2 * DAY)
    came = of(told, SupplementReceived)
    assert (came.late, came.due_at) == (False, closing("2026-12-04"))
    moved = of(told, DeadlineRecounted)
    assert (moved.cause, moved.due_before, moved.due_at) == (
        RecountCause.SUPPLEMENTED,
        closing("2026-12-01"),
        closing("2026-12-04"),
    )
    assert case.work.due_at == closing("2026-12-04")


def test_nobody_is_reminded_while_a_supplement_is_waited_for() -> None:
    case, _ = does(weekly(), request(days=90))
    at = closing("2026-12-01") + DAY
    case, told = woken(case, at)
    assert (case.overdue, told) == (False, [])
    case, told = woken(case, NOW + 40 * DAY)
    assert [type(event) for event in told] == [ProgressNoticeDue]
    assert decide.recount(case, city=SEOUL, now=at) is None


def test_what_does_not_come_in_time_lets_the_period_run_on() -> None:
    case, _ = does(weekly(), request(days=2))
    by = last_moment("2026-11-25")
    assert woken(case, by)[1] == []
    case, told = woken(case, by + dates.MOMENT)
    assert of(told, SupplementUnanswered).unanswered_at == by + dates.MOMENT
    assert of(told, DeadlineRecounted).due_at == closing("2026-12-04")
    assert state_of(case) is State.SUPPLEMENT_UNANSWERED
    assert woken(case, by + dates.MOMENT)[1] == []


def test_a_supplement_that_comes_late_is_taken_and_stops_no_further_day() -> None:
    case, _ = does(weekly(), request(days=2))
    case, told = does(case, orders.ReceiveSupplement(), NOW + 4 * DAY)
    assert [type(event) for event in told] == [
        SupplementUnanswered,
        DeadlineRecounted,
        SupplementReceived,
    ]
    assert of(told, SupplementReceived).late
    assert case.work.due_at == closing("2026-12-04")
    assert state_of(case) is State.ACCEPTED


def test_a_supplement_that_came_is_no_change_when_it_is_entered_again() -> None:
    case, _ = does(weekly(), request())
    assert does(case, request())[1] == []
    case, _ = does(case, orders.ReceiveSupplement())
    assert does(case, orders.ReceiveSupplement())[1] == []


def test_the_citizen_may_have_more_time_twice() -> None:
    case, _ = does(weekly(), request(days=2))
    case, told = does(case, orders.ProlongSupplement(days=2))
    longer = of(told, SupplementProlonged)
    assert (longer.answer_before, longer.answer_by) == (
        last_moment("2026-11-25"),
        last_moment("2026-11-27"),
    )
    case, _ = does(case, orders.ProlongSupplement(days=1))
    assert refused(case, orders.ProlongSupplement(days=1)) == ("prolonged_twice", Kind.CONFLICT)


def test_a_further_request_gives_at_most_what_the_pack_says_and_there_is_no_third() -> None:
    case, _ = does(weekly(), request(days=2))
    case, _ = does(case, orders.ReceiveSupplement())
    assert refused(case, request(days=11, text="More.")) == ("invalid_days", Kind.INVALID)
    case, told = does(case, request(days=10, text="More."))
    assert of(told, SupplementRequested).number == 2
    case, _ = does(case, orders.ReceiveSupplement())
    assert refused(case, request(days=1, text="Still.")) == ("supplement_limit", Kind.CONFLICT)


@pytest.mark.parametrize(("days", "text"), [(0, TEXT), (91, TEXT), (5, " \u200b")])
def test_a_request_says_something_within_some_days(days: int, text: str) -> None:
    assert refused(weekly(), request(days=days, text=text))[1] is Kind.INVALID


def test_two_requests_without_an_answer_withdraw_the_matter_by_themselves() -> None:
    case, _ = does(weekly(), request(days=2))
    case, _ = woken(case, NOW + 3 * DAY)
    case, _ = does(case, request(days=3, text="Again."), NOW + 3 * DAY)
    case, told = woken(case, NOW + 30 * DAY)
    assert of(told, CaseWithdrawn).deemed
    assert of(told, CaseClosed).cause is CaseClosedCause.DEEMED_WITHDRAWN
    assert state_of(case) is State.WITHDRAWN
    assert not any(isinstance(event, CaseOverdue) for event in told)
    again = assigned(2, OTHER, period="7d")
    assert decide.open_case(case, city=SEOUL, event=again, now=NOW + 31 * DAY) is None


def test_documents_go_back_only_after_a_request_that_stayed_without_an_answer() -> None:
    back = orders.ReturnDocuments(text="보완하지 않아 되돌려 드립니다.", officer=OFFICER)
    assert refused(weekly(), back) == ("wrong_state", Kind.CONFLICT)
    case, _ = does(weekly(), request(days=2))
    assert refused(case, back) == ("wrong_state", Kind.CONFLICT)
    case, _ = woken(case, NOW + 3 * DAY)
    case, told = does(case, back, NOW + 3 * DAY)
    assert of(told, CaseAnswered).outcome is Outcome.RETURNED
    assert does(case, back, NOW + 3 * DAY)[1] == []


def test_a_holiday_that_is_declared_moves_a_date_that_a_supplement_has_moved() -> None:
    case, _ = does(weekly(), request())
    case, _ = does(case, orders.ReceiveSupplement(), NOW + 2 * DAY)
    declared = DayOff(day=date(2026, 12, 3), names={"ko": "임시공휴일"}, source="a test")
    later = with_days_off(SEOUL, [declared])
    change = decide.recount(case, city=later, now=NOW + 3 * DAY)
    assert change is not None
    assert change.state.work.due_at == closing("2026-12-07")


# --- extension


def test_an_extension_lengthens_the_period_once_and_again_with_consent() -> None:
    case, told = does(weekly(), extend(7))
    longer = of(told, CaseExtended)
    assert (longer.number, longer.due_before, longer.due_at) == (
        1,
        closing("2026-12-01"),
        closing("2026-12-10"),
    )
    assert of(told, DeadlineRecounted).cause is RecountCause.EXTENDED
    assert refused(case, extend(7)) == ("term_refused", Kind.INVALID)
    case, told = does(case, extend(7, consent=True))
    assert of(told, CaseExtended).number == 2
    assert refused(case, extend(1, consent=True)) == ("term_refused", Kind.INVALID)


def test_an_extension_is_at_most_the_period_and_comes_before_its_end() -> None:
    assert refused(weekly(), extend(8)) == ("term_refused", Kind.INVALID)
    late = closing("2026-12-01") + dates.MOMENT
    assert refused(weekly(), extend(1), late) == ("overdue", Kind.CONFLICT)
    without = does(opened(), orders.Accept())[0]
    assert refused(without, extend(1)) == ("no_period", Kind.CONFLICT)


def test_a_supplement_after_an_extension_counts_on_the_longer_period() -> None:
    case, _ = does(weekly(), extend(2))
    case, _ = does(case, request())
    case, _ = does(case, orders.ReceiveSupplement(), NOW + DAY)
    assert case.work.due_at == closing("2026-12-07")


def test_the_next_office_keeps_the_longer_date() -> None:
    case, _ = does(weekly(), extend(7))
    case, _ = does(
        case, orders.Decline(reason=DeclineReason.WRONG_PLACE, suggested_office_id=OTHER)
    )
    again = assigned(2, OTHER, period="7d", due_at=closing("2026-12-01"))
    case = state(decide.open_case(case, city=SEOUL, event=again, now=NOW))
    assert case.work.due_at == closing("2026-12-10")


# --- consultation


def test_the_office_that_is_asked_has_a_date_of_its_own_and_answers_once() -> None:
    ask = orders.Consult(consulted_office_id="d-11680", text="Is it yours?", days=6)
    case, told = does(weekly(), ask)
    assert of(told, ConsultationRequested).due_at == closing("2026-11-30")
    assert case.consulting == ("d-11680",)
    assert does(case, ask)[1] == []
    other = replace(ask, text="And this?")
    assert refused(case, other) == ("consulted_already", Kind.CONFLICT)
    answer = orders.AnswerConsultation(number=1, text="It is not.")
    case, told = does(case, answer, NOW + DAY, "d-11680")
    assert of(told, ConsultationAnswered).answered_at == NOW + DAY
    assert (case.consulting, state_of(case)) == ((), State.ACCEPTED)
    assert does(case, answer, NOW + DAY, "d-11680")[1] == []
    with pytest.raises(DomainError) as error:
        does(case, replace(answer, text="Or is it?"), NOW, "d-11680")
    assert error.value.slug == "consultation_answered"
    assert item_for(case, "d-11680", 1) is None


# --- what the office keeps for itself


def test_notes_and_officers_tell_nothing_and_a_name_is_no_code() -> None:
    case, told = does(weekly(), orders.AddNote(text="Rang twice.", officer_code="kim-1"))
    assert told == []
    assert [note.text for note in case.file.notes] == ["Rang twice."]
    case, told = does(case, orders.StartWork(assignee="kim-1"))
    assert (told, case.file.assignee, state_of(case)) == ([], "kim-1", State.IN_PROGRESS)
    name = orders.AssignOfficer(assignee="홍길동")
    assert refused(case, name) == ("invalid_officer_code", Kind.INVALID)


def test_the_history_grows_by_every_step_with_who_did_it() -> None:
    case, _ = does(weekly(), request())
    case, _ = does(case, orders.ReceiveSupplement(officer_code="lee-2"), NOW + DAY)
    case, _ = does(case, extend(7), NOW + DAY)
    case, _ = does(case, orders.WithdrawCase(), NOW + 2 * DAY)
    assert [(s.act, s.office_id, s.officer_code, s.reason) for s in case.file.history] == [
        ("Assign", "", "", ""),
        ("Accept", OFFICE, "", ""),
        ("RequestSupplement", OFFICE, "kim-1", ""),
        ("ReceiveSupplement", OFFICE, "lee-2", ""),
        ("ExtendCase", OFFICE, "", "investigation"),
        ("WithdrawCase", OFFICE, "", "withdrawn"),
    ]


def test_an_act_is_not_dated_before_the_one_before_it() -> None:
    case, _ = does(weekly(), request(), NOW + DAY)
    early = orders.ReceiveSupplement(occurred_at=NOW)
    assert refused(case, early, NOW + DAY) == ("invalid_time", Kind.INVALID)


# --- withdrawal


def test_a_matter_is_withdrawn_once_until_it_is_answered() -> None:
    case, told = does(weekly(), orders.WithdrawCase())
    assert [type(event) for event in told] == [CaseWithdrawn, CaseClosed]
    assert does(case, orders.WithdrawCase())[1] == []
    assert refused(case, orders.Answer(text="Done.", officer=OFFICER)) == (
        "withdrawn",
        Kind.CONFLICT,
    )
    done, _ = does(weekly(), orders.Answer(text="Done.", officer=OFFICER))
    assert refused(done, orders.WithdrawCase()) == ("already_answered", Kind.CONFLICT)


# --- objection

OBJECT = orders.FileObjection(text="이의가 있습니다.")


def test_an_objection_has_its_own_date_and_one_extension() -> None:
    refusal, _ = in_state(State.ANSWERED, permit=True)
    case, told = does(refusal, OBJECT)
    filed = of(told, ObjectionFiled)
    assert (filed.filed_at, filed.decide_by) == (NOW, last_moment("2026-12-03"))
    more = orders.ExtendObjection(reason=ExtensionReason.REVIEW)
    case, told = does(case, more)
    assert of(told, ObjectionExtended).due_at == last_moment("2026-12-14")  # the 13th: Sunday
    assert refused(case, more) == ("term_refused", Kind.INVALID)
    decision = orders.DecideObjection(upheld=False, text="이유 없습니다.")
    case, told = does(case, decision, NOW + DAY)
    assert not of(told, ObjectionDecided).upheld
    assert does(case, decision, NOW + DAY)[1] == []
    assert does(case, OBJECT)[1] == []
    again = replace(OBJECT, text="Once more.")
    assert refused(case, again) == ("objected_already", Kind.CONFLICT)


def test_the_time_to_decide_an_objection_is_extended_before_it_is_over() -> None:
    """Like any other period: an office that is late cannot make itself punctual."""
    refusal, _ = in_state(State.ANSWERED, permit=True)
    case, told = does(refusal, OBJECT)
    last = of(told, ObjectionFiled).decide_by
    more = orders.ExtendObjection(reason=ExtensionReason.REVIEW)
    assert refused(case, more, last + timedelta(milliseconds=1)) == ("overdue", Kind.CONFLICT)
    assert of(does(case, more, last)[1], ObjectionExtended).due_before == last


def test_an_objection_comes_within_sixty_days_of_a_refusal() -> None:
    refusal, _ = in_state(State.ANSWERED, permit=True)
    last = last_moment("2027-01-22")
    assert does(refusal, OBJECT, last)[1]
    assert refused(refusal, OBJECT, last + timedelta(seconds=1))[0] == "objection_too_late"
    answer, _ = in_state(State.ANSWERED, permit=False)
    assert refused(answer, OBJECT) == ("not_refused", Kind.CONFLICT)
    permit = orders.DecidePermit(decision=PermitDecision.GRANTED, text="Yes.", officer=OFFICER)
    granted, _ = does(in_state(State.ACCEPTED, permit=True)[0], permit)
    assert refused(granted, OBJECT) == ("not_refused", Kind.CONFLICT)


# --- what was stored before


def test_a_case_that_was_stored_before_there_was_a_file_is_read() -> None:
    adapter: TypeAdapter[Case] = TypeAdapter(Case)
    stored = adapter.dump_python(weekly())
    del stored["file"], stored["consulting"]
    case = adapter.validate_python(stored)
    assert state_of(case) is State.ACCEPTED
    assert does(case, request())[1]
