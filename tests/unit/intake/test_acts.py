"""What a citizen does about a matter at an office: given how things stand, when this is done, then
that. What intake hears of it comes in any order and twice."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from services import cities
from services.common.kernel import DomainError, Kind
from services.intake.domain import acts
from services.intake.domain.admit import Refused
from services.intake.domain.decide import follow
from services.intake.domain.events import (
    CaseAnswered,
    CitizenActRefused,
    CitizenActTaken,
    Heard,
    MoreTimeAsked,
    ObjectionFiled,
    ObjectionMade,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementSent,
    SupplementUnanswered,
    WithdrawalAsked,
)
from services.intake.domain.model import ActRefusal, Inquiry, Outcome
from tests.unit.intake.test_decide import (
    ACCEPTED_B,
    ANSWERED_B,
    ID,
    TO_B,
    TO_C,
    UNROUTED,
    WITHDRAWN_B,
    after,
    at,
)

SEOUL = cities.load("seoul")
BY = at(60)
ASKED_FOR = SupplementRequested(
    inquiry_id=ID, round=1, office_id="d-b", number=1, answer_by=BY, requested_at=at(6)
)
AGAIN = SupplementRequested(
    inquiry_id=ID, round=1, office_id="d-b", number=2, answer_by=at(90), requested_at=at(70)
)
CAME = SupplementReceived(inquiry_id=ID, round=1, office_id="d-b", number=1, received_at=at(8))
MISSED = SupplementUnanswered(inquiry_id=ID, round=1, office_id="d-b", number=1, unanswered_at=BY)
LONGER = SupplementProlonged(
    inquiry_id=ID, round=1, office_id="d-b", number=1, answer_by=at(80), prolonged_at=at(7)
)
REFUSED = CaseAnswered(
    inquiry_id=ID,
    round=1,
    office_id="d-b",
    outcome=Outcome.PERMIT_REFUSED,
    answered_at=at(7),
    entered_at=at(7),
)
SEND = acts.SendSupplement(round=1, request=1, text="여기 있습니다.")
MORE = acts.AskMoreTime(round=1, request=1, extension=1, days=3)
WITHDRAW = acts.WithdrawMatter(round=1)
OBJECT = acts.MakeObjection(round=1, text="그렇지 않습니다.")


def does(state: Inquiry | None, order: acts.ActOrder, minutes: int = 10) -> acts.Acted | None:
    return acts.act(state, inquiry_id=ID, order=order, city=SEOUL, now=at(minutes))


def done(state: Inquiry, *orders: acts.ActOrder, minutes: int = 10) -> Inquiry:
    for order in orders:
        change = does(state, order, minutes)
        assert change is not None
        state = change.state
    return state


def hears(state: Inquiry, *events: Heard) -> Inquiry:
    for event in events:
        change = follow(state, event=event)
        state = state if change is None else change.state
    return state


def refusal(state: Inquiry | None, order: acts.ActOrder, minutes: int = 10) -> DomainError:
    with pytest.raises(DomainError) as error:
        does(state, order, minutes)
    return error.value


def slug(state: Inquiry, order: acts.ActOrder, minutes: int = 10) -> str:
    error = refusal(state, order, minutes)
    assert error.kind is Kind.CONFLICT
    return error.slug


AT_OFFICE = after(TO_B, ACCEPTED_B)
WAITING = after(TO_B, ACCEPTED_B, ASKED_FOR)
TURNED_DOWN = after(TO_B, ACCEPTED_B, REFUSED)


@pytest.mark.parametrize(
    ("state", "order", "told"),
    [
        (WAITING, SEND, SupplementSent),
        (WAITING, MORE, MoreTimeAsked),
        (AT_OFFICE, WITHDRAW, WithdrawalAsked),
        (TURNED_DOWN, OBJECT, ObjectionMade),
    ],
)
def test_an_act_is_stored_and_told_without_its_words(
    state: Inquiry, order: acts.ActOrder, told: type[object]
) -> None:
    change = does(state, order)
    assert change is not None
    [event] = change.events
    assert isinstance(event, told)
    assert (event.inquiry_id, event.round, event.act) == (ID, 1, 1)
    assert event.acted_at == at(10)
    [stored] = change.state.record.acts
    said = getattr(order, "text", "")
    assert stored.text == said
    assert not said or said not in repr(event)
    assert change.state.status == state.status, "the case decides"


@pytest.mark.parametrize(
    ("state", "order"),
    [(WAITING, SEND), (WAITING, MORE), (AT_OFFICE, WITHDRAW), (TURNED_DOWN, OBJECT)],
)
def test_the_same_again_is_the_same_act_even_once_it_is_taken(
    state: Inquiry, order: acts.ActOrder
) -> None:
    once = done(state, order)
    assert does(once, order, 20) is None
    taken = hears(once, CitizenActTaken(inquiry_id=ID, round=1, act=1, taken_at=at(11)))
    assert does(taken, order, 30) is None
    assert acts.done_before(taken, order) == taken.record.acts[0]


@pytest.mark.parametrize(
    ("state", "order", "other"),
    [
        (WAITING, SEND, acts.SendSupplement(round=1, request=1, text="다른 것")),
        (WAITING, SEND, acts.SendSupplement(round=1, request=1, attachments=("A-1",))),
        (WAITING, MORE, acts.AskMoreTime(round=1, request=1, extension=1, days=4)),
        (TURNED_DOWN, OBJECT, acts.MakeObjection(round=1, text="다른 이유")),
    ],
)
def test_the_same_with_other_words_is_refused(
    state: Inquiry, order: acts.ActOrder, other: acts.ActOrder
) -> None:
    assert slug(done(state, order), other) == "act_done"


def test_what_the_case_refused_may_be_done_again() -> None:
    once = done(WAITING, SEND)
    turned = CitizenActRefused(
        inquiry_id=ID, round=1, act=1, reason=ActRefusal.BETWEEN_OFFICES, refused_at=at(11)
    )
    state = hears(once, turned)
    assert state.record.acts[0].refusal is ActRefusal.BETWEEN_OFFICES
    change = does(state, SEND, 20)
    assert change is not None
    assert [one.number for one in change.state.record.acts] == [1, 2]


def test_what_became_of_an_act_is_known_once_however_often_it_is_heard() -> None:
    taken = CitizenActTaken(inquiry_id=ID, round=1, act=1, taken_at=at(11))
    late = CitizenActRefused(
        inquiry_id=ID, round=1, act=1, reason=ActRefusal.ANSWERED, refused_at=at(12)
    )
    state = hears(done(WAITING, SEND), taken)
    assert hears(state, taken, late) == state
    assert hears(AT_OFFICE, taken, late) == AT_OFFICE, "an act that is not known here"


class TestNotAfterTheEnd:
    """What is ended as far as intake knows is not even sent."""

    @pytest.mark.parametrize("order", [SEND, MORE, WITHDRAW])
    @pytest.mark.parametrize("end", [ANSWERED_B, WITHDRAWN_B])
    def test_of_an_ended_round(self, order: acts.ActOrder, end: Heard) -> None:
        state = after(TO_B, ACCEPTED_B, ASKED_FOR, end)
        assert slug(state, order) == "matter_ended"
        assert not acts.may_withdraw(state)
        assert acts.open_request(state) is None

    @pytest.mark.parametrize("order", [SEND, MORE, WITHDRAW, OBJECT])
    def test_of_an_earlier_round(self, order: acts.ActOrder) -> None:
        state = after(TO_B, ACCEPTED_B, ASKED_FOR, ANSWERED_B, TO_C)
        assert slug(state, order) == "round_over"

    def test_before_there_is_an_office(self) -> None:
        assert slug(after(UNROUTED), WITHDRAW) == "no_office_yet"

    def test_of_an_inquiry_that_is_not_there(self) -> None:
        assert refusal(None, WITHDRAW).kind is Kind.NOT_FOUND


class TestSupplement:
    """What the office asked for, as far as its events are heard."""

    def test_what_is_heard_of_a_request_is_the_same_in_any_order_and_twice(self) -> None:
        events: list[Heard] = [ASKED_FOR, LONGER, CAME, ASKED_FOR, LONGER]
        expected = after(TO_B, *events)
        [request] = expected.record.requests
        assert (request.answer_by, request.prolonged_at) == (at(80), (at(7),))
        assert request.received_at == at(8)
        for order in permutations(events):
            assert after(TO_B, *order).record.requests == expected.record.requests

    def test_it_may_come_late_as_long_as_the_office_has_not_decided(self) -> None:
        state = after(TO_B, ACCEPTED_B, ASKED_FOR, MISSED)
        assert acts.open_request(state) is not None
        assert does(state, SEND, 70) is not None

    def test_it_comes_once(self) -> None:
        assert slug(after(TO_B, ASKED_FOR, CAME), SEND) == "not_asked"
        assert acts.open_request(done(WAITING, SEND)) is None

    def test_only_the_newest_request_is_answered(self) -> None:
        state = after(TO_B, ASKED_FOR, MISSED, AGAIN)
        assert slug(state, SEND, 75) == "not_asked"
        assert does(state, acts.SendSupplement(round=1, request=2, text="여기"), 75)
        assert slug(AT_OFFICE, SEND) == "not_asked"

    @pytest.mark.parametrize(
        ("order", "field"),
        [
            (acts.SendSupplement(round=1, request=1), "text"),
            (acts.SendSupplement(round=1, request=1, text=" \u200b "), "text"),
            (acts.SendSupplement(round=1, request=1, text="가" * 5001), "text"),
            (acts.SendSupplement(round=1, request=1, attachments=("",)), "attachments"),
            (acts.SendSupplement(round=1, request=1, attachments=("a\nb",)), "attachments"),
            (acts.SendSupplement(round=1, request=1, attachments=("a" * 301,)), "attachments"),
            (acts.SendSupplement(round=1, request=1, attachments=("a",) * 11), "attachments"),
            (acts.AskMoreTime(round=1, request=1, extension=1, days=0), "days"),
            (acts.AskMoreTime(round=1, request=1, extension=1, days=91), "days"),
            (acts.MakeObjection(round=1, text="  "), "text"),
        ],
    )
    def test_what_says_nothing_is_refused_by_its_field(
        self, order: acts.ActOrder, field: str
    ) -> None:
        error = refusal(WAITING, order)
        assert isinstance(error, Refused)
        assert error.field == field

    def test_a_document_alone_is_something(self) -> None:
        assert does(WAITING, acts.SendSupplement(round=1, request=1, attachments=("1-2-3",)))


class TestMoreTime:
    """Twice for each request (Petitions Decree 24 (2))."""

    def test_it_is_asked_for_twice(self) -> None:
        second = acts.AskMoreTime(round=1, request=1, extension=2, days=3)
        third = acts.AskMoreTime(round=1, request=1, extension=2, days=9)
        state = done(WAITING, MORE, second)
        assert slug(state, third) == "act_done"
        [request] = state.record.requests
        assert acts.next_extension(state, request, at(11)) == 0

    def test_what_the_office_gave_by_itself_counts(self) -> None:
        state = after(TO_B, ASKED_FOR, LONGER)
        assert slug(state, MORE) == "prolonged_meanwhile"
        second = acts.AskMoreTime(round=1, request=1, extension=2, days=3)
        assert slug(done(state, second), MORE) == "prolonged_twice"

    def test_not_once_its_time_is_over(self) -> None:
        assert slug(WAITING, MORE, 61) == "time_over"
        assert slug(after(TO_B, ASKED_FOR, MISSED), MORE) == "time_over"
        assert does(WAITING, MORE, 60) is not None, "the last moment is in time"


class TestObjection:
    """To a refused permit, within 60 days of the answer (Petitions Act 35 (1))."""

    def test_only_to_a_refused_permit(self) -> None:
        assert slug(after(TO_B, ANSWERED_B), OBJECT) == "no_objections"
        assert slug(AT_OFFICE, OBJECT) == "no_objections"
        assert acts.objection_until(AT_OFFICE, SEOUL, at(10)) is None

    def test_within_sixty_days(self) -> None:
        until = acts.objection_until(TURNED_DOWN, SEOUL, at(10))
        assert until is not None
        assert timedelta(days=59) < until - at(7) < timedelta(days=64)
        last = acts.act(TURNED_DOWN, inquiry_id=ID, order=OBJECT, city=SEOUL, now=until)
        assert last is not None
        moment = until + timedelta(milliseconds=1)
        with pytest.raises(DomainError) as error:
            acts.act(TURNED_DOWN, inquiry_id=ID, order=OBJECT, city=SEOUL, now=moment)
        assert error.value.slug == "objection_too_late"

    def test_once(self) -> None:
        filed = ObjectionFiled(inquiry_id=ID, round=1, office_id="d-b", filed_at=at(9))
        state = after(TO_B, ACCEPTED_B, REFUSED, filed)
        assert slug(state, OBJECT) == "objected_already"
        assert acts.objection_until(state, SEOUL, at(10)) is None
        assert acts.objection_until(done(TURNED_DOWN, OBJECT), SEOUL, at(10)) is None


def test_nobody_grows_an_inquiry_without_end() -> None:
    state = WAITING
    for number in range(1, acts.MOST_ACTS + 1):
        state = hears(
            done(state, SEND),
            CitizenActRefused(
                inquiry_id=ID,
                round=1,
                act=number,
                reason=ActRefusal.BETWEEN_OFFICES,
                refused_at=at(11),
            ),
        )
    assert slug(state, SEND) == "too_many_acts"
