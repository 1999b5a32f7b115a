"""A permit from its check to its end: when an office or time acts, then these facts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import cities
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import decide, permits
from services.districts.domain.case.commands import (
    Accept,
    Answer,
    CheckApplication,
    DecidePermit,
    PermitCommand,
    RecordCollection,
    RecordFee,
    RevokePermit,
    WithdrawCase,
)
from services.districts.domain.case.events import (
    CaseAnswered,
    PermitChecked,
    PermitCollected,
    PermitDecided,
    PermitDecision,
    PermitExpired,
    PermitFeePaid,
    PermitIssued,
    PermitRevoked,
    PermitUncollected,
)
from services.districts.domain.case.model import Answered, Case, item_for
from services.districts.domain.permit import number as numbers
from services.districts.domain.permit.decide import months_after
from services.districts.domain.permit.model import Document, Standing, Terms, standing
from tests.unit.districts.case import DUE, LATER, NOW, OFFICE, OFFICER, OTHER, assigned, state

SEOUL = cities.load("seoul")
FOOD = "food-business"


def permit_case(service: str = FOOD, *, accept: bool = True, round_: int = 1) -> Case:
    event = assigned(permit=True, round_=round_)
    event = replace(event, matter=replace(event.matter, service_code=service))
    case = state(decide.open_case(None, city=SEOUL, event=event, now=NOW))
    if not accept:
        return case
    entry = decide.Entry(now=NOW, by=None)
    return state(
        decide.carry_out(case, city=SEOUL, command=Accept(), office_id=OFFICE, entry=entry)
    )


def order(
    case: Case | None,
    command: PermitCommand | DecidePermit,
    office: str = OFFICE,
    now: datetime = NOW,
) -> decide.CaseChange | None:
    entry = decide.Entry(now=now, by=None)
    return permits.carry_out(case, command=command, office_id=office, entry=entry, city=SEOUL)


def deciding(decision: PermitDecision = PermitDecision.GRANTED, **terms: Any) -> DecidePermit:
    return DecidePermit(decision=decision, text="수리함", officer=OFFICER, terms=Terms(**terms))


def refusal_of(case: Case | None, command: PermitCommand | DecidePermit, **by: Any) -> str:
    with pytest.raises(DomainError) as refused:
        order(case, command, **by)
    return refused.value.slug


def issued(service: str = FOOD, **terms: Any) -> Case:
    return state(order(permit_case(service), deciding(**terms)))


def document(case: Case) -> Document:
    assert case.work.permit is not None
    return case.work.permit.documents[-1]


class TestTheCheck:
    def test_it_says_what_is_missing_and_is_said_once(self) -> None:
        command = CheckApplication(missing=("health_check",))
        change = order(permit_case(), command)
        assert change is not None
        [told] = change.events
        assert isinstance(told, PermitChecked)
        assert (told.complete, told.missing) == (False, ("health_check",))
        assert order(change.state, command) is None

    def test_a_later_check_replaces_it_once_the_documents_came(self) -> None:
        missing = state(order(permit_case(), CheckApplication(missing=("health_check",))))
        assert refusal_of(missing, deciding()) == "incomplete"
        whole = state(order(missing, CheckApplication()))
        assert refusal_of(whole, deciding()) == "fee_unpaid"

    @pytest.mark.parametrize("code", ["building_register", "land_use"])
    def test_what_the_office_sees_by_itself_it_must_not_ask_for(self, code: str) -> None:
        """Petitions Act 10."""
        with pytest.raises(DomainError, match="Act 10") as refused:
            order(permit_case(), CheckApplication(missing=(code,)))
        assert (refused.value.kind, refused.value.field) == (Kind.INVALID, "missing")

    def test_what_the_kind_does_not_name_is_refused(self) -> None:
        assert refusal_of(permit_case(), CheckApplication(missing=("pet",))) == "invalid_document"

    def test_a_service_without_a_kind_has_no_check(self) -> None:
        assert refusal_of(permit_case("noise"), CheckApplication()) == "no_kind"


class TestTheFee:
    PAID = RecordFee(amount=28_000, reference="T-1")

    def test_it_is_settled_once(self) -> None:
        change = order(permit_case(), self.PAID)
        assert change is not None
        [told] = change.events
        assert isinstance(told, PermitFeePaid)
        assert (told.amount_won, told.exempted) == (28_000, False)
        assert order(change.state, self.PAID, now=LATER) is None
        other = RecordFee(amount=28_000, reference="T-2")
        assert refusal_of(change.state, other) == "fee_settled"

    @pytest.mark.parametrize(
        ("fee", "slug"),
        [
            (RecordFee(amount=27_000, reference="T-1"), "invalid_amount"),
            (RecordFee(amount=28_000), "invalid_reference"),
            (RecordFee(amount=28_000, reference="T" * 65), "invalid_reference"),
            (RecordFee(amount=0, exemption="friend"), "invalid_exemption"),
        ],
    )
    def test_it_is_the_kinds(self, fee: RecordFee, slug: str) -> None:
        assert refusal_of(permit_case(), fee) == slug

    def test_an_exemption_waives_it(self) -> None:
        card = permit_case("resident-card")
        waived = RecordFee(amount=0, exemption="first_after_disaster")
        change = order(card, waived)
        assert change is not None
        [told] = change.events
        assert isinstance(told, PermitFeePaid)
        assert (told.amount_won, told.exempted) == (0, True)

    def test_where_an_ordinance_sets_it_the_office_says_how_much(self) -> None:
        assert order(permit_case("bulky-waste"), RecordFee(amount=4_500, reference="T-9"))
        too_much = RecordFee(amount=1_000_000_001, reference="T-9")
        assert refusal_of(permit_case("bulky-waste"), too_much) == "invalid_amount"

    def test_once_it_was_checked_here_a_grant_waits_for_the_fee(self) -> None:
        """With `must_be_grantable` taken out of `_decided`, the first grant is not refused."""
        whole = state(order(permit_case(), CheckApplication()))
        assert refusal_of(whole, deciding()) == "fee_unpaid"
        assert order(whole, deciding(PermitDecision.REFUSED)) is not None
        paid = state(order(whole, self.PAID))
        assert order(paid, deciding()) is not None

    def test_an_office_that_keeps_fees_elsewhere_is_not_held_up(self) -> None:
        assert order(permit_case(), deciding()) is not None


class TestTheDecision:
    def test_a_grant_has_a_document_that_is_told_with_it(self) -> None:
        change = order(permit_case("billboard-permit", accept=False), deciding())
        assert change is not None
        names = [type(event).__name__ for event in change.events]
        assert names == ["CaseAccepted", "PermitDecided", "CaseAnswered", "PermitIssued"]
        told = change.events[-1]
        assert isinstance(told, PermitIssued)
        paper = document(change.state)
        assert told.document_no == paper.number == numbers.document_number("i1", 1, 2026)
        assert (told.valid_until, paper.valid_until) == ("2029-11-23", date(2029, 11, 23))
        assert paper.expires_at == datetime(2029, 11, 23, 15, tzinfo=UTC)
        assert change.wake_at == paper.expires_at
        assert change.state.work.permit is not None
        assert change.state.work.permit.numbers == (paper.number,)

    def test_a_refusal_has_none(self) -> None:
        change = order(permit_case(), deciding(PermitDecision.REFUSED))
        assert change is not None
        assert not any(isinstance(event, PermitIssued) for event in change.events)
        assert change.state.work.permit is None
        assert change.wake_at is None

    def test_the_same_decision_again_is_no_change_and_one_on_other_terms_a_conflict(self) -> None:
        case = issued(holder="다산상회")
        assert order(case, deciding(holder=" 다산상회 "), now=LATER) is None
        assert refusal_of(case, deciding(holder="다른상회")) == "already_answered"

    def test_a_permit_without_an_end_holds_for_ever(self) -> None:
        case = issued()
        assert document(case).valid_until is None
        assert standing(document(case), NOW + timedelta(days=36_500)) is Standing.VALID

    def test_the_office_may_state_the_last_day(self) -> None:
        assert document(issued(valid_until=date(2027, 2, 28))).valid_until == date(2027, 2, 28)
        assert document(issued(valid_until=date(2026, 11, 23))).valid_until == date(2026, 11, 23)

    @pytest.mark.parametrize("last", [date(2026, 11, 22), date(2076, 11, 24)])
    def test_a_last_day_lies_between_the_decision_and_fifty_years_after(self, last: date) -> None:
        assert refusal_of(permit_case(), deciding(valid_until=last)) == "invalid_validity"

    @pytest.mark.parametrize(
        ("decision", "conditions", "slug"),
        [
            (PermitDecision.GRANTED, ("밤 10시까지",), "invalid_conditions"),
            (PermitDecision.GRANTED_CONDITIONALLY, (" ",), "invalid_conditions"),
            (PermitDecision.GRANTED_CONDITIONALLY, ("a" * 501,), "invalid_conditions"),
            (PermitDecision.GRANTED_CONDITIONALLY, ("a",) * 21, "invalid_conditions"),
        ],
    )
    def test_conditions_are_of_a_conditional_grant(
        self, decision: PermitDecision, conditions: tuple[str, ...], slug: str
    ) -> None:
        assert refusal_of(permit_case(), deciding(decision, conditions=conditions)) == slug

    def test_a_holder_is_named_on_one_line(self) -> None:
        for holder in ("a\nb", "a" * 101):
            assert refusal_of(permit_case(), deciding(holder=holder)) == "invalid_holder"

    def test_a_later_rounds_document_replaces_the_earlier_one(self) -> None:
        first = issued()
        event = replace(assigned(round_=2, permit=True), matter=first.work.matter)
        again = state(decide.open_case(first, city=SEOUL, event=event, now=LATER))
        assert standing(document(again), LATER) is Standing.VALID, "until the next decision"
        second = state(order(again, deciding(), now=LATER))
        assert second.work.permit is not None
        earlier, later = second.work.permit.documents
        assert earlier.replaced_by == later.number
        assert standing(earlier, LATER) is Standing.REPLACED
        assert second.work.permit.numbers == (earlier.number, later.number)

    def test_the_office_sees_the_file_and_another_office_does_not(self) -> None:
        seen = item_for(issued(), OFFICE, 3)
        assert seen is not None
        assert seen.file is not None
        assert item_for(issued(), OTHER, 3) is None


class TestCollection:
    def test_it_is_recorded_once(self) -> None:
        case = issued(to_be_collected=True)
        change = order(case, RecordCollection())
        assert change is not None
        [told] = change.events
        assert isinstance(told, PermitCollected)
        assert told.document_no == document(case).number
        assert order(change.state, RecordCollection(), now=LATER) is None
        assert change.wake_at is None

    def test_what_nobody_came_for_is_destroyed_after_fifteen_days(self) -> None:
        """Petitions Decree 25 (4): from the due day on, the first not counted; 30 November and 15
        days end with 15 December."""
        case = issued(to_be_collected=True)
        last = document(case).collect_by
        assert last is not None
        assert case.look_at == last + timedelta(milliseconds=1)
        assert last.astimezone(SEOUL.timezone).date() == date(2026, 12, 15)
        assert permits.wake(case, city=SEOUL, now=last) is None
        change = permits.wake(case, city=SEOUL, now=last + timedelta(milliseconds=1))
        assert change is not None
        [told] = change.events
        assert isinstance(told, PermitUncollected)
        assert told.uncollected_at == last
        assert permits.wake(change.state, city=SEOUL, now=last + timedelta(days=1)) is None
        assert refusal_of(change.state, RecordCollection(), now=last + timedelta(days=1)) == (
            "not_valid"
        )

    def test_of_a_decision_that_came_too_late_the_days_run_from_it(self) -> None:
        """Else what an office decides sixteen days after the due day would be destroyed before
        anybody could come for it."""
        late = permit_case().work.due_at + timedelta(days=20)
        case = state(order(permit_case(), deciding(to_be_collected=True), now=late))
        last = document(case).collect_by
        assert last is not None
        assert standing(document(case), late + timedelta(days=14)) is Standing.VALID
        days = last.astimezone(SEOUL.timezone).date() - late.astimezone(SEOUL.timezone).date()
        assert days == timedelta(days=15)

    def test_nobody_need_come_for_what_is_sent(self) -> None:
        assert document(issued()).collect_by is None
        assert refusal_of(issued(), RecordCollection()) == "not_to_be_collected"


class TestTheEnd:
    def test_the_last_day_is_told_when_it_is_over(self) -> None:
        case = issued("billboard-permit")
        end = document(case).expires_at
        assert end is not None
        moment = timedelta(milliseconds=1)
        assert standing(document(case), end - moment) is Standing.VALID
        assert standing(document(case), end) is Standing.EXPIRED
        assert permits.wake(case, city=SEOUL, now=end - moment) is None
        change = permits.wake(case, city=SEOUL, now=end + timedelta(days=3))
        assert change is not None
        [told] = change.events
        assert isinstance(told, PermitExpired)
        assert told.expired_at == end
        assert permits.wake(change.state, city=SEOUL, now=end + timedelta(days=4)) is None
        assert change.wake_at is None

    def test_the_office_takes_it_back_once_with_a_reason(self) -> None:
        case, command = issued("billboard-permit"), RevokePermit(reason="조건 위반")
        change = order(case, command)
        assert change is not None
        [told] = change.events
        assert isinstance(told, PermitRevoked)
        assert not hasattr(told, "reason"), "the words stay here"
        assert standing(document(change.state), NOW) is Standing.REVOKED
        assert order(change.state, command, now=LATER) is None
        assert refusal_of(change.state, RevokePermit(reason="다른 이유")) == "not_valid"
        assert change.wake_at is None, "nothing is left to expire"

    @pytest.mark.parametrize("reason", ["", "\u3164", "a" * 1001])
    def test_a_reason_can_be_read(self, reason: str) -> None:
        assert refusal_of(issued(), RevokePermit(reason=reason)) == "invalid_reason"

    def test_another_office_learns_nothing(self) -> None:
        assert refusal_of(issued(), RevokePermit(reason="x"), office=OTHER) == "unknown_case"
        assert refusal_of(None, RevokePermit(reason="x")) == "unknown_case"

    def test_there_is_nothing_to_take_back_of_a_refusal(self) -> None:
        refused = state(order(permit_case(), deciding(PermitDecision.REFUSED)))
        assert refusal_of(refused, RevokePermit(reason="x")) == "unknown_document"


def test_nothing_is_checked_or_paid_after_the_decision() -> None:
    assert refusal_of(issued(), CheckApplication()) == "already_answered"
    fee = RecordFee(amount=28_000, reference="T-1")
    assert refusal_of(issued(), fee) == "already_answered"


def test_an_office_that_the_case_has_left_does_nothing_more() -> None:
    case = permit_case()
    event = replace(assigned(2, OTHER, permit=True), matter=case.work.matter)
    left = state(decide.open_case(case, city=SEOUL, event=event, now=LATER))
    assert refusal_of(left, CheckApplication()) == "handed_on"


def test_what_was_asked_by_word_of_mouth_is_not_checked() -> None:
    case = permit_case()
    spoken = replace(case, work=replace(case.work, needs_document=True))
    assert refusal_of(spoken, CheckApplication()) == "needs_document"


def test_a_time_lies_between_what_it_follows_and_now() -> None:
    for at in (NOW + timedelta(minutes=2), NOW - timedelta(hours=2)):
        assert refusal_of(permit_case(), CheckApplication(occurred_at=at)) == "invalid_time"


def test_a_case_without_a_permit_is_woken_as_ever() -> None:
    case = permit_case()
    late = DUE + timedelta(seconds=1)
    assert permits.wake(case, city=SEOUL, now=late) == decide.wake(case, city=SEOUL, now=late)
    entry = decide.Entry(now=NOW, by=None)
    asked = replace(case, work=replace(case.work, matter=replace(case.work.matter, permit=False)))
    answer = Answer(text="네", officer=OFFICER)
    told = decide.carry_out(asked, city=SEOUL, command=answer, office_id=OFFICE, entry=entry)
    assert isinstance(state(told), Answered)
    assert permits.wake(state(told), city=SEOUL, now=late) is None


def test_the_history_has_one_step_for_each_act_on_a_permit() -> None:
    case = state(order(permit_case(), CheckApplication()))
    case = state(order(case, RecordFee(amount=28_000, reference="1")))
    case = state(order(case, deciding()))
    case = state(order(case, RevokePermit(reason="거짓 신청", document_no="")))
    steps = [(step.act, step.office_id) for step in case.file.history]
    assert steps == [
        ("Assign", ""),
        ("Accept", OFFICE),
        ("CheckApplication", OFFICE),
        ("RecordFee", OFFICE),
        ("DecidePermit", OFFICE),
        ("RevokePermit", OFFICE),
    ]


def test_a_round_that_is_withdrawn_leaves_an_earlier_document_its_end() -> None:
    case = issued("billboard-permit")
    event = replace(assigned(permit=True, round_=2), matter=case.work.matter)
    case = state(decide.open_case(case, city=SEOUL, event=event, now=NOW))
    entry = decide.Entry(now=NOW, by=None)
    change = permits.watched(
        decide.carry_out(case, city=SEOUL, command=WithdrawCase(), office_id=OFFICE, entry=entry),
        SEOUL,
    )
    over = document(case).expires_at
    assert change is not None
    assert over is not None
    assert change.wake_at == over
    woken = permits.wake(state(change), city=SEOUL, now=over)
    assert woken is not None
    assert [type(event) for event in woken.events] == [PermitExpired]
    assert state(woken).file.history[-1].act == "ExpirePermit"
    assert permits.wake(state(woken), city=SEOUL, now=over) is None
    assert refusal_of(state(woken), CheckApplication()) == "withdrawn"


def test_what_is_told_of_a_grant_is_the_decision_first() -> None:
    change = order(permit_case(), deciding())
    assert change is not None
    kinds = [type(event) for event in change.events]
    assert kinds == [PermitDecided, CaseAnswered, PermitIssued]


@pytest.mark.parametrize(
    ("day", "months", "last"),
    [
        (date(2026, 11, 23), 12, date(2027, 11, 23)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(day: date, months: int, last: date) -> None:
    """Civil Act 160 (2), (3)."""
    assert months_after(day, months) == last


NUMBERS = st.builds(numbers.document_number, st.uuids().map(str), st.integers(1, 9), st.just(2026))


class TestTheNumber:
    def test_it_is_always_the_same_for_the_same_decision(self) -> None:
        made = {numbers.document_number("i1", 1, 2026) for _ in range(3)}
        assert len(made) == 1
        assert numbers.document_number("i1", 2, 2026) not in made

    @given(NUMBERS)
    def test_it_is_read_however_it_is_written(self, number: str) -> None:
        for written in (number, number.lower(), number.replace("-", " "), f" {number}"):
            assert numbers.read(written) == number
        assert numbers.read(number.replace("0", "O").replace("1", "l")) == number

    @given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
    def test_any_single_wrong_character_is_found(self, number: str, at: int, other: str) -> None:
        plain = number.replace("-", "")
        if plain[at] == other:
            return
        with pytest.raises(DomainError, match="compare each character"):
            numbers.read(plain[:at] + other + plain[at + 1 :])

    @given(NUMBERS, st.integers(0, 16))
    def test_any_swap_of_neighbours_is_found(self, number: str, at: int) -> None:
        plain = number.replace("-", "")
        if plain[at] == plain[at + 1]:
            return
        with pytest.raises(DomainError, match="compare each character"):
            numbers.read(plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :])

    @given(st.text(max_size=60))
    def test_whatever_is_typed_is_a_number_or_refused(self, text: str) -> None:
        with suppress(DomainError):
            assert numbers.read(numbers.read(text)) == numbers.read(text)
