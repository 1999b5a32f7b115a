"""What is late beside the answer: a question to another office, an objection. On Seoul's calendar;
2026-11-23 is a Monday."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.common.kernel import DomainError
from services.districts.domain.case import commands as orders
from services.districts.domain.case import dates, decide, permits
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.events import (
    ConsultationExtended,
    ConsultationOverdue,
    DeclineReason,
    ExtensionReason,
    ObjectionOverdue,
    OverdueLevel,
    PermitDecision,
)
from services.districts.domain.case.model import Case, State, item_for, state_of
from services.districts.domain.case.transitions import Act
from tests.unit.districts.case import NOW, OFFICE, OFFICER, OTHER, TOWN, assigned, state
from tests.unit.districts.test_proceedings import DAY, closing, does, last_moment, of, woken
from tests.unit.districts.test_transitions import ASKED, COMMANDS, SEOUL, in_state

LEVELS = [OverdueLevel.EXAMINER, OverdueLevel.HEAD, OverdueLevel.CITY]


def asked(days: int = 10, due: str = "2026-12-31") -> Case:
    """A case in hand, about which another office was asked."""
    event = assigned(period="20d", due_at=closing(due))
    case = state(decide.open_case(None, city=SEOUL, event=event, now=NOW))
    case, _ = does(case, orders.Accept())
    question = orders.Consult(consulted_office_id=ASKED, text="And you?", days=days)
    return does(case, question)[0]


def extend(days: int = 3) -> orders.ExtendConsultation:
    return orders.ExtendConsultation(number=1, days=days, reason=ExtensionReason.REVIEW)


def refused(case: Case, command: orders.Command, at: datetime = NOW) -> str:
    with pytest.raises(DomainError) as error:
        does(case, command, at, ASKED)
    return error.value.slug


class TestTheQuestion:
    def test_the_office_takes_more_time_once_and_no_more_than_it_was_given(self) -> None:
        """Petitions Act 20 (2)."""
        case = asked(days=6)
        assert refused(case, extend(7)) == "term_refused"
        case, told = does(case, extend(6), NOW + DAY, ASKED)
        longer = of(told, ConsultationExtended)
        assert (longer.due_before, longer.due_at) == (closing("2026-11-30"), closing("2026-12-08"))
        assert refused(case, extend(1)) == "extended_already"
        assert allowed(case, ASKED, SEOUL, NOW + DAY) == ("AnswerConsultation",)

    def test_an_extension_comes_before_the_end(self) -> None:
        late = closing("2026-11-30") + dates.MOMENT
        assert refused(asked(days=6), extend(), late) == "overdue"

    def test_each_level_is_told_once_that_it_was_not_answered(self) -> None:
        """At once, after three working days, after fourteen days; however often it is woken."""
        case = asked(days=6)
        assert case.look_at == closing("2026-11-30") + dates.MOMENT
        told: list[decide.Told] = []
        for _ in LEVELS:
            assert case.look_at is not None
            case, some = woken(case, case.look_at)
            told += some
        overdue = [one for one in told if isinstance(one, ConsultationOverdue)]
        assert [one.level for one in overdue] == LEVELS
        assert [one.overdue_at for one in overdue][:2] == [
            closing("2026-11-30") + dates.MOMENT,
            closing("2026-12-03") + dates.MOMENT,
        ]
        assert case.file.consultations[0].reminded is OverdueLevel.CITY
        later = woken(case, closing("2026-12-28"))[1]
        assert not [one for one in later if isinstance(one, ConsultationOverdue)]

    def test_all_that_were_missed_are_told_at_once_and_an_answer_ends_them(self) -> None:
        case, told = woken(asked(days=6), closing("2026-12-02"))
        assert of(told, ConsultationOverdue).level is OverdueLevel.EXAMINER
        answer = orders.AnswerConsultation(number=1, text="No.")
        case, _ = does(case, answer, closing("2026-12-02"), ASKED)
        case, told = woken(case, closing("2026-12-28"))
        assert not [one for one in told if isinstance(one, ConsultationOverdue)]

    def test_it_is_told_while_a_supplement_is_waited_for(self) -> None:
        """The clock of the question runs for itself."""
        case, _ = does(asked(days=6), orders.RequestSupplement(text="A plan, please.", days=60))
        case, told = woken(case, closing("2026-12-02"))
        assert of(told, ConsultationOverdue).number == 1
        assert state_of(case) is State.SUPPLEMENT_REQUESTED

    def test_the_question_goes_along_to_another_office(self) -> None:
        case, _ = does(asked(days=6), orders.Decline(reason=DeclineReason.WRONG_PLACE))
        event = assigned(2, OTHER, period="20d", due_at=closing("2026-12-31"))
        case = state(decide.open_case(case, city=SEOUL, event=event, now=NOW + DAY))
        _, told = woken(case, closing("2026-12-01"))
        late = of(told, ConsultationOverdue)
        assert (late.office_id, late.consulted_office_id) == (OTHER, ASKED)


class TestTheObjection:
    def objected(self) -> Case:
        case, at = in_state(State.OBJECTED, permit=True)
        noted = decide.note(case, office_id=OFFICE, now=at)
        return state(permits.watched(noted, SEOUL))

    def test_each_level_is_told_once_that_it_is_not_decided(self) -> None:
        case = self.objected()
        decide_by = last_moment("2026-12-03")
        assert case.look_at == decide_by + dates.MOMENT
        levels = []
        for _ in LEVELS:
            assert case.look_at is not None
            change = permits.wake(case, city=SEOUL, now=case.look_at)
            assert change is not None
            late = of(list(change.events), ObjectionOverdue)
            assert late.decide_by == decide_by
            levels.append(late.level)
            case = change.state
        assert (levels, case.look_at) == (LEVELS, None)
        item = item_for(case, OFFICE, 5)
        assert item is not None
        assert item.objection_reminded is OverdueLevel.CITY
        assert [step.act for step in case.file.history][-3:] == ["RemindObjection"] * 3

    def test_an_extension_puts_it_off_and_a_decision_ends_it(self) -> None:
        entry = decide.Entry(now=NOW + DAY, by=None)

        def done(case: Case, command: orders.Command) -> Case:
            change = decide.carry_out(
                case, city=SEOUL, command=command, office_id=OFFICE, entry=entry
            )
            return state(permits.watched(change, SEOUL))

        longer = done(self.objected(), orders.ExtendObjection(reason=ExtensionReason.REVIEW))
        assert longer.look_at == last_moment("2026-12-14") + dates.MOMENT
        decided = done(longer, COMMANDS[Act.DECIDE_OBJECTION])
        assert decided.look_at is None
        assert permits.wake(decided, city=SEOUL, now=NOW + 90 * DAY) is None

    def test_the_small_town_has_limits_of_its_own(self) -> None:
        case, at = in_state(State.ANSWERED, permit=True)
        entry = decide.Entry(now=at, by=None)
        objection = orders.FileObjection(text="I disagree.")
        change = decide.carry_out(case, city=TOWN, command=objection, office_id=OFFICE, entry=entry)
        assert state_of(state(change)) is State.OBJECTED
        late = replace(entry, now=at + timedelta(days=31))
        with pytest.raises(DomainError, match="30 days"):
            decide.carry_out(case, city=TOWN, command=objection, office_id=OFFICE, entry=late)


class TestTheSecondAnswer:
    """After dissatisfaction another officer answers; the round has a date of its own."""

    def again(self, first: str = "kim-1", office: str = OFFICE) -> Case:
        case, at = in_state(State.IN_PROGRESS, permit=False)
        case, _ = does(case, orders.Answer(text="Done.", officer=OFFICER, officer_code=first), at)
        event = assigned(1, office, round_=2, period="7d", due_at=closing("2026-12-08"))
        return state(decide.open_case(case, city=SEOUL, event=event, now=NOW + DAY))

    def answer(self, code: str, text: str = "Done again.") -> orders.Answer:
        return orders.Answer(text=text, officer=OFFICER, officer_code=code)

    def test_the_same_officer_is_refused_and_another_one_is_not(self) -> None:
        case = self.again()
        with pytest.raises(DomainError) as refused:
            does(case, self.answer("kim-1"), NOW + DAY)
        assert (refused.value.slug, refused.value.field) == ("same_officer", "officer_code")
        assert "Answer" in refused.value.allowed
        assert state_of(does(case, self.answer("lee-2"), NOW + DAY)[0]) is State.ANSWERED

    def test_without_a_code_it_is_the_officer_who_works_on_it(self) -> None:
        """In both rounds."""
        case = self.again(first="")
        at = NOW + DAY
        case, _ = does(case, orders.Accept(), at)
        case, _ = does(case, orders.StartWork(assignee="kim-1"), at)
        with pytest.raises(DomainError, match="another officer"):
            does(case, self.answer(""), at)
        case, _ = does(case, orders.AssignOfficer(assignee="lee-2"), at)
        assert state_of(does(case, self.answer(""), at)[0]) is State.ANSWERED

    def test_who_gives_no_code_keeps_the_order_itself(self) -> None:
        case, _ = does(self.again(), self.answer(""), NOW + DAY)
        assert state_of(case) is State.ANSWERED

    def test_a_code_is_its_offices_own(self) -> None:
        case = self.again(office=OTHER)
        case, _ = does(case, self.answer("kim-1"), NOW + DAY, OTHER)
        assert state_of(case) is State.ANSWERED

    def test_the_same_answer_again_is_no_change(self) -> None:
        case, _ = does(self.again(), self.answer("lee-2"), NOW + DAY)
        assert does(case, self.answer("lee-2"), NOW + DAY)[1] == []

    def test_a_second_decision_on_a_permit_is_anothers_too(self) -> None:
        case, at = in_state(State.IN_PROGRESS, permit=True)
        refusal = orders.DecidePermit(
            decision=PermitDecision.REFUSED, text="No.", officer=OFFICER, officer_code="kim-1"
        )
        case, _ = does(case, refusal, at)
        event = assigned(
            1, OFFICE, round_=2, permit=True, period="7d", due_at=closing("2026-12-08")
        )
        case = state(decide.open_case(case, city=SEOUL, event=event, now=NOW + DAY))
        with pytest.raises(DomainError, match="another officer"):
            does(case, replace(refusal, text="No, again."), NOW + DAY)

    def test_the_round_has_a_date_of_its_own(self) -> None:
        case = self.again()
        assert (case.work.round, case.work.due_at) == (2, closing("2026-12-08"))
        assert (case.overdue, case.reminded) == (False, None)
