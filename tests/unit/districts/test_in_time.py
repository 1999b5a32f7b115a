"""Who acts after a time is over finds the case as it is by then, whether or not the ticker has
woken it: the same history, the same facts, each once, and the same refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel import DomainError
from services.districts.domain.case import commands as orders
from services.districts.domain.case import dates, decide, in_time, permits
from services.districts.domain.case.events import (
    ActRefusal,
    CaseAnswered,
    CaseOverdue,
    CitizenActRefused,
    InspectionOverrun,
    ObjectionOverdue,
    PermitDecision,
    SupplementReceived,
    SupplementSent,
    SupplementUnanswered,
    WithdrawalAsked,
)
from services.districts.domain.case.model import Case, State, state_of
from services.districts.domain.case.transitions import Act
from services.districts.domain.permit.model import Terms
from tests.unit.districts.case import NOW, OFFICE, OFFICER, OTHER, assigned
from tests.unit.districts.case import state as state_after
from tests.unit.districts.test_transitions import ASKED, COMMANDS, SEOUL, fresh, in_state

MOMENT = dates.MOMENT
GRANT = orders.DecidePermit(
    decision=PermitDecision.GRANTED,
    text="Yes.",
    officer=OFFICER,
    terms=Terms(valid_until=NOW.date() + timedelta(days=40), to_be_collected=True),
)
ORDERS: dict[str, orders.Command | orders.PermitCommand] = {
    **{act.value: command for act, command in COMMANDS.items()},
    "Grant": GRANT,
    "AskAgain": orders.RequestSupplement(text="Again, please.", days=10),
    "ReceiveDatedBack": orders.ReceiveSupplement(occurred_at=NOW + timedelta(days=1)),
    "RecordFee": orders.RecordFee(amount=1000, reference="T-1"),
    "RecordCollection": orders.RecordCollection(),
    "RevokePermit": orders.RevokePermit(reason="A condition was broken."),
}
# When the next one acts: so long after the last act, or around the moment that time changes the
# case next.
WAITS = [timedelta(), timedelta(hours=3), timedelta(days=2), timedelta(days=70)]
AROUND = [-MOMENT, timedelta(), timedelta(seconds=1), timedelta(days=1)]

Moment = Callable[[Case, datetime], datetime]
Outcome = tuple[Case, tuple[decide.Told, ...], tuple[str, tuple[str, ...]] | None]


def waits(by: timedelta) -> Moment:
    return lambda case, at: at + by


def around(by: timedelta) -> Moment:
    return lambda case, at: at if case.look_at is None else max(at, case.look_at + by)


MOMENTS = [*map(waits, WAITS), *map(around, AROUND)]


def woken(case: Case, at: datetime) -> tuple[Case, tuple[decide.Told, ...]]:
    change = permits.wake(case, city=SEOUL, now=at)
    return (case, ()) if change is None else (change.state, change.events)


def ordered(
    case: Case, command: orders.Command | orders.PermitCommand, at: datetime, office: str = OFFICE
) -> Outcome:
    entry = decide.Entry(now=at, by=None)
    try:
        change = in_time.carry_out(case, city=SEOUL, command=command, office_id=office, entry=entry)
    except DomainError as error:
        return case, (), (error.slug, error.allowed)
    return (case, (), None) if change is None else (change.state, change.events, None)


@given(
    permit=st.booleans(),
    acts=st.lists(
        st.tuples(
            st.sampled_from(sorted(ORDERS)),
            st.sampled_from([OFFICE, OFFICE, OFFICE, ASKED]),
            st.integers(min_value=0, max_value=len(MOMENTS) - 1),
        ),
        max_size=12,
    ),
)
def test_a_command_gives_the_same_whether_or_not_the_ticker_ran_just_before(
    permit: bool, acts: list[tuple[str, str, int]]
) -> None:
    case, at = fresh(permit=permit), NOW
    for name, office, moment in acts:
        at = MOMENTS[moment](case, at)
        on_time, told_by_time = woken(case, at)
        expected, told, refused = ordered(on_time, ORDERS[name], at, office)
        after, told_late, refused_late = ordered(case, ORDERS[name], at, office)
        assert refused_late == refused
        # What was due and is refused is left to the ticker.
        after, left = woken(after, at)
        assert (after, told_late + left) == (expected, told_by_time + told)
        assert refused or not left
        case = after


def waiting(*, times: int) -> tuple[Case, datetime]:
    """A case whose supplement, requested for the `times`th time, is waited for; and the first
    moment after its time."""
    case, at = in_state(State.ACCEPTED, permit=False)
    for number in range(times):
        text = f"Please send page {number}."
        case, _, _ = ordered(case, orders.RequestSupplement(text=text, days=5), at)
        waited = case.file.waited_for(1)
        assert waited is not None
        at = waited.answer_by + MOMENT
        if number + 1 < times:
            case, _ = woken(case, at)
    return case, at


@pytest.mark.parametrize("act", [Act.ANSWER, Act.RETURN_DOCUMENTS, Act.EXTEND_CASE])
def test_once_the_time_of_a_supplement_is_over_the_office_goes_on(act: Act) -> None:
    case, at = waiting(times=1)
    assert ordered(case, COMMANDS[act], at - MOMENT)[2] is not None
    after, told, refused = ordered(case, COMMANDS[act], at)
    assert refused is None
    assert isinstance(told[0], SupplementUnanswered)
    assert after.file.history[-2].act == Act.LAPSE_SUPPLEMENT
    assert woken(after, at) == (after, ())


def test_the_next_office_accepts_what_another_one_waited_for() -> None:
    """What it accepted once the time was over is at work, not waited for."""
    case, at = waiting(times=1)
    case, _, _ = ordered(case, COMMANDS[Act.DECLINE], at - timedelta(hours=1))
    again = assigned(2, OTHER, period="7d")
    case = state_after(decide.open_case(case, city=SEOUL, event=again, now=at - timedelta(hours=1)))
    after, told, _ = ordered(case, orders.Accept(), at, OTHER)
    assert isinstance(told[0], SupplementUnanswered)
    assert state_of(after) is State.SUPPLEMENT_UNANSWERED


def test_nothing_is_done_on_what_is_deemed_withdrawn_by_then() -> None:
    case, at = waiting(times=2)
    _, _, refused = ordered(case, COMMANDS[Act.ANSWER], at)
    assert refused == ("withdrawn", (Act.ADD_NOTE.value,))


def test_once_an_inspection_is_over_the_office_decides() -> None:
    case, _ = in_state(State.INSPECTION_ORDERED, permit=True)
    running = case.file.inspecting(1)
    assert running is not None
    after, told, refused = ordered(case, COMMANDS[Act.DECIDE_PERMIT], running.ends_by + MOMENT)
    assert (state_of(after), refused) == (State.ANSWERED, None)
    assert isinstance(told[0], InspectionOverrun)


def test_a_late_answer_tells_first_that_it_was_late() -> None:
    case, at = in_state(State.ACCEPTED, permit=False)
    at = case.work.due_at + MOMENT
    _, told, _ = ordered(case, COMMANDS[Act.ANSWER], at)
    [late, done] = [one for one in told if isinstance(one, CaseOverdue | CaseAnswered)]
    assert isinstance(late, CaseOverdue)
    assert isinstance(done, CaseAnswered)
    assert done.overdue


def test_a_late_decision_on_an_objection_tells_first_that_it_was_late() -> None:
    case, _ = in_state(State.OBJECTED, permit=True)
    [objection] = case.file.objections
    case = replace(case, look_at=objection.decide_by + MOMENT)
    after, told, _ = ordered(case, COMMANDS[Act.DECIDE_OBJECTION], objection.decide_by + MOMENT)
    assert isinstance(told[0], ObjectionOverdue)
    assert state_of(after) is State.ANSWERED


def test_the_same_again_tells_what_was_due_and_nothing_else() -> None:
    case, at = waiting(times=1)
    after, told, refused = ordered(case, orders.Accept(), at)
    assert refused is None
    assert isinstance(told[0], SupplementUnanswered)
    assert (after, told) == woken(case, at)


# --- what citizens did


def test_a_citizen_who_sent_it_in_time_stays_in_time() -> None:
    """It is heard once the time is over: nothing was unanswered."""
    case, at = waiting(times=2)
    event = SupplementSent(inquiry_id="i1", round=1, act=1, acted_at=at - MOMENT, request=2)
    change = in_time.act(case, city=SEOUL, event=event, now=at + timedelta(seconds=1))
    assert change is not None
    assert not any(isinstance(one, SupplementUnanswered) for one in change.events)
    [came] = [one for one in change.events if isinstance(one, SupplementReceived)]
    assert not came.late


def test_a_citizen_who_withdraws_what_is_deemed_withdrawn_is_told_so() -> None:
    case, at = waiting(times=2)
    event = WithdrawalAsked(inquiry_id="i1", round=1, act=1, acted_at=at)
    change = in_time.act(case, city=SEOUL, event=event, now=at)
    assert change is not None
    [told] = [one for one in change.events if isinstance(one, CitizenActRefused)]
    assert told.reason is ActRefusal.WITHDRAWN
    assert (change.state.file.history) == woken(case, at)[0].file.history
