"""What a citizen did themselves: given a case, when the act is heard, then the facts that an
office's entry would tell, and that it was taken or refused by name. On Seoul's calendar; 2026-11-23
is a Monday."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.common.kernel import DomainError, Kind
from services.districts.domain.case import citizen, dates, decide
from services.districts.domain.case import commands as orders
from services.districts.domain.case.events import (
    ActRefusal,
    CaseClosed,
    CaseClosedCause,
    CitizenActKind,
    CitizenActRefused,
    CitizenActTaken,
    DeclineReason,
    MoreTimeAsked,
    ObjectionFiled,
    ObjectionMade,
    PermitDecision,
    SupplementProlonged,
    SupplementReceived,
    SupplementSent,
    SupplementUnanswered,
    WithdrawalAsked,
)
from services.districts.domain.case.model import Case, State, state_of
from tests.unit.districts.case import NOW, OFFICE, OFFICER, assigned, state
from tests.unit.districts.test_proceedings import DAY, does, last_moment, request, weekly, woken
from tests.unit.districts.test_transitions import SEOUL, in_state

# States that only the case of a permit has, or only its kind.
OF_PERMITS = (State.OBJECTED, State.INSPECTION_ORDERED)
HOUR = timedelta(hours=1)


def sent(act: int = 1, at: datetime = NOW, *, request: int = 1, round_: int = 1) -> SupplementSent:
    return SupplementSent(inquiry_id="i1", round=round_, act=act, acted_at=at, request=request)


def more_time(act: int = 1, at: datetime = NOW, *, days: int = 3) -> MoreTimeAsked:
    return MoreTimeAsked(inquiry_id="i1", round=1, act=act, acted_at=at, request=1, days=days)


def withdrawal(act: int = 1, at: datetime = NOW, *, round_: int = 1) -> WithdrawalAsked:
    return WithdrawalAsked(inquiry_id="i1", round=round_, act=act, acted_at=at)


def objection(act: int = 1, at: datetime = NOW) -> ObjectionMade:
    return ObjectionMade(inquiry_id="i1", round=1, act=act, acted_at=at)


def heard(
    case: Case, event: citizen.CitizenActed, at: datetime | None = None
) -> tuple[Case, list[decide.Told]]:
    change = citizen.act(case, city=SEOUL, event=event, now=event.acted_at if at is None else at)
    return (case, []) if change is None else (change.state, list(change.events))


def of(told: list[decide.Told], kind: type[Any]) -> Any:
    [found] = [event for event in told if isinstance(event, kind)]
    return found


def asked_for(days: int = 5) -> Case:
    return does(weekly(), request(days=days))[0]


def refused_permit() -> Case:
    event = assigned(permit=True, period="7d", due_at=NOW + 7 * DAY)
    case = state(decide.open_case(None, city=SEOUL, event=event, now=NOW))
    case, _ = does(case, orders.Accept())
    ruling = orders.DecidePermit(decision=PermitDecision.REFUSED, text="No.", officer=OFFICER)
    return does(case, ruling)[0]


def why(told: list[decide.Told]) -> ActRefusal:
    reason: ActRefusal = of(told, CitizenActRefused).reason
    return reason


def test_what_is_sent_counts_as_a_supplement_that_came() -> None:
    at = NOW + 2 * DAY
    by_office, expected = does(asked_for(), orders.ReceiveSupplement(occurred_at=at), at)
    case, told = heard(asked_for(), sent(at=at))
    assert told[:-1] == expected
    assert state_of(case) is state_of(by_office)
    assert case.work == by_office.work
    taken = told[-1]
    assert isinstance(taken, CitizenActTaken)
    assert (taken.act, taken.kind, taken.taken_at) == (1, CitizenActKind.SUPPLEMENT, at)


def test_the_history_names_no_office_for_what_the_citizen_did() -> None:
    case, _ = heard(asked_for(), sent(at=NOW + DAY))
    step = case.file.history[-1]
    assert (step.act, step.office_id, step.officer_code) == ("ReceiveSupplement", "", "")


@pytest.mark.parametrize(
    ("case", "event"),
    [
        (asked_for(), sent()),
        (asked_for(), more_time()),
        (weekly(), withdrawal()),
        (refused_permit(), objection()),
        (weekly(), sent()),
        (refused_permit(), withdrawal()),
    ],
    ids=["sent", "more time", "withdrawal", "objection", "refused: not asked", "refused: answered"],
)
def test_an_act_that_is_heard_twice_has_its_effect_once(
    case: Case, event: citizen.CitizenActed
) -> None:
    if not case.file.supplements and isinstance(event, SupplementSent):
        case = does(does(case, request())[0], orders.ReceiveSupplement())[0]
        case = does(case, request(text="또"))[0]
    after, told = heard(case, event)
    assert told
    assert heard(after, event, NOW + DAY) == (after, [])


def test_a_late_act_is_dated_when_the_citizen_did_it() -> None:
    """Districts was away for three days; the supplement was sent in time and stays so."""
    case, told = heard(asked_for(days=2), sent(at=NOW + DAY), at=NOW + 4 * DAY)
    came = of(told, SupplementReceived)
    assert (came.late, came.received_at, came.entered_at) == (False, NOW + DAY, NOW + 4 * DAY)
    assert not [one for one in told if isinstance(one, SupplementUnanswered)]
    assert state_of(case) is State.ACCEPTED


def test_an_act_whose_supplement_was_marked_unanswered_meanwhile_is_taken_and_not_late() -> None:
    case, _ = woken(asked_for(days=2), last_moment("2026-11-25") + dates.MOMENT)
    case, told = heard(case, sent(at=NOW + DAY), at=NOW + 4 * DAY)
    assert not of(told, SupplementReceived).late
    assert of(told, CitizenActTaken).kind is CitizenActKind.SUPPLEMENT


def test_what_is_sent_after_the_time_is_taken_as_late() -> None:
    case, _ = woken(asked_for(days=2), last_moment("2026-11-25") + dates.MOMENT)
    _, told = heard(case, sent(at=NOW + 4 * DAY))
    assert of(told, SupplementReceived).late


def test_an_act_does_not_come_before_what_was_done_on_the_case() -> None:
    """The clocks differ: the act says a time before the request it answers."""
    _, told = heard(asked_for(), sent(at=NOW - HOUR), at=NOW + HOUR)
    assert of(told, SupplementReceived).received_at == NOW
    _, told = heard(asked_for(), sent(at=NOW + 3 * HOUR), at=NOW + HOUR)
    assert of(told, SupplementReceived).received_at == NOW + HOUR


def test_what_the_office_has_entered_already_is_taken_and_tells_nothing_more() -> None:
    case, _ = does(asked_for(), orders.ReceiveSupplement(), NOW + HOUR)
    after, told = heard(case, sent(), at=NOW + DAY)
    assert [type(event) for event in told] == [CitizenActTaken]
    assert after.work == case.work
    assert after.look_at == case.look_at


def test_more_time_is_given_twice_and_not_a_third_time() -> None:
    case, told = heard(asked_for(), more_time(1, days=3))
    assert of(told, SupplementProlonged).answer_by == last_moment("2026-12-03")
    case, told = heard(case, more_time(2, NOW + HOUR))
    assert of(told, CitizenActTaken).act == 2
    case, told = heard(case, more_time(3, NOW + 2 * HOUR))
    assert why(told) is ActRefusal.PROLONGED_TWICE


def test_more_time_beyond_the_bounds_is_refused_by_name() -> None:
    _, told = heard(asked_for(), more_time(days=4000))
    assert why(told) is ActRefusal.NO_SUCH_TIME


def test_a_withdrawal_ends_the_case_without_an_answer() -> None:
    case, told = heard(weekly(), withdrawal(at=NOW + HOUR))
    assert of(told, CaseClosed).cause is CaseClosedCause.WITHDRAWN
    assert state_of(case) is State.WITHDRAWN
    assert isinstance(told[-1], CitizenActTaken)


def test_an_objection_is_filed_and_its_words_stay_in_intake() -> None:
    case, told = heard(refused_permit(), objection(at=NOW + 59 * DAY))
    assert of(told, ObjectionFiled).filed_at == NOW + 59 * DAY
    [filed] = case.file.objections
    assert filed.text == ""
    assert state_of(case) is State.OBJECTED


def test_who_objected_in_time_is_in_time_however_late_it_is_heard() -> None:
    _, told = heard(refused_permit(), objection(at=NOW + 59 * DAY), at=NOW + 70 * DAY)
    assert of(told, ObjectionFiled)
    _, told = heard(refused_permit(), objection(at=NOW + 62 * DAY))
    assert why(told) is ActRefusal.TOO_LATE


@pytest.mark.parametrize("state_", list(State))
def test_the_table_decides_of_a_withdrawal(state_: State) -> None:
    """Not after the end: what is ended stays as it ended, and the refusal says how."""
    case, now = in_state(state_, permit=state_ in OF_PERMITS)
    event = withdrawal(at=now, round_=case.work.round)
    after, told = heard(case, event)
    expected = {
        State.ANSWERED: ActRefusal.ANSWERED,
        State.OBJECTED: ActRefusal.ANSWERED,
        State.DECLINED: ActRefusal.BETWEEN_OFFICES,
        State.CLOSED: ActRefusal.CLOSED,
    }
    if state_ in expected:
        assert why(told) is expected[state_]
        assert state_of(after) is state_
        assert len(told) == 1
    else:
        assert state_of(after) is State.WITHDRAWN
        assert isinstance(told[-1], CitizenActTaken)


@pytest.mark.parametrize("permit", [False, True])
@pytest.mark.parametrize("state_", list(State))
def test_no_state_and_no_act_is_left_without_a_decision(state_: State, permit: bool) -> None:
    case, now = in_state(state_, permit=permit or state_ in OF_PERMITS)
    events: list[citizen.CitizenActed] = [withdrawal(1, now), objection(2, now)]
    # One that answers a request which this case never had is tried again.
    if case.file.supplements:
        events += [more_time(3, now), sent(4, now)]
    for event in events:
        _, told = heard(case, event)
        assert isinstance(told[-1], CitizenActTaken | CitizenActRefused)


def test_an_act_about_a_round_that_is_over_is_refused() -> None:
    case = does(weekly(), orders.Answer(text="Yes.", officer=OFFICER))[0]
    event = assigned(1, OFFICE, round_=2, period="7d", due_at=NOW + 9 * DAY)
    again = state(decide.open_case(case, city=SEOUL, event=event, now=NOW + HOUR))
    _, told = heard(again, withdrawal(at=NOW, round_=1), at=NOW + 2 * HOUR)
    assert why(told) is ActRefusal.ROUND_OVER


def test_an_answer_to_a_request_that_a_later_one_replaced_is_refused() -> None:
    case, _ = woken(asked_for(days=2), last_moment("2026-11-25") + dates.MOMENT)
    case, _ = does(case, request(days=5, text="또"), NOW + 4 * DAY)
    _, told = heard(case, sent(at=NOW, request=1), at=NOW + 5 * DAY)
    assert why(told) is ActRefusal.NOT_ASKED


@pytest.mark.parametrize(
    "event", [sent(round_=2), sent(request=2), withdrawal(round_=2)], ids=["round", "request", "-"]
)
def test_what_is_heard_before_its_round_or_request_is_tried_again(
    event: citizen.CitizenActed,
) -> None:
    for case in (None, asked_for()):
        with pytest.raises(DomainError) as error:
            citizen.act(case, city=SEOUL, event=event, now=NOW)
        assert error.value.kind is Kind.NOT_FOUND


def test_a_refused_act_leaves_the_case_as_it_was() -> None:
    case = does(weekly(), orders.Answer(text="Yes.", officer=OFFICER))[0]
    after, _ = heard(case, withdrawal(at=NOW + HOUR))
    assert (after.work, after.status, after.file.history) == (
        case.work,
        case.status,
        case.file.history,
    )


def test_acts_in_any_order_and_each_twice_are_each_decided_once() -> None:
    events: tuple[citizen.CitizenActed, ...] = (
        more_time(1, NOW),
        sent(2, NOW + HOUR),
        withdrawal(3, NOW + 2 * HOUR),
    )
    for order in permutations((*events, *events)):
        case = asked_for()
        told: list[decide.Told] = []
        for event in order:
            case, more = heard(case, event, NOW + 3 * HOUR)
            told += more
        decided = [one.act for one in told if isinstance(one, CitizenActTaken | CitizenActRefused)]
        assert sorted(decided) == [1, 2, 3]
        assert state_of(case) is State.WITHDRAWN


def test_between_offices_nothing_is_lost() -> None:
    """Refused by name, so that the citizen does it again once the next office has it."""
    case, _ = does(asked_for(), orders.Decline(reason=DeclineReason.NOT_COMPETENT))
    _, told = heard(case, sent(at=NOW + HOUR))
    assert why(told) is ActRefusal.BETWEEN_OFFICES
