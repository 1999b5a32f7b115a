"""What becomes of an assignment: given a state, when an event comes, then these facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pydantic import TypeAdapter

from services.cities import DayOff, PetitionKind, Workload
from services.common.kernel import DomainError, Kind
from services.routing.domain.assignment import arbitration, dates, handover, queue
from services.routing.domain.assignment.events import (
    CaseDeclined,
    DeadlineRecounted,
    DeclineReason,
    InquiryAssigned,
    InquiryUnrouted,
    RecountCause,
    UnroutedDeadlineRecounted,
    UnroutedReason,
)
from services.routing.domain.assignment.model import Assigned, Assignment, Rule, Unrouted, Urgency
from tests.support.calendars import with_days_off
from tests.unit.routing.town import (
    HILL,
    MATTER,
    MILL,
    NOW,
    SHARED,
    TOWN,
    after,
    asked,
    assigned,
    declined,
    received,
    routed,
    told,
    unrouted,
)


def test_a_received_inquiry_is_assigned_with_everything_its_office_needs() -> None:
    change = received(routed("market-stall", place=MILL))
    event = told(change)
    assert (event.round, event.attempt) == (1, 1)
    assert (event.office_id, event.workload) == ("o-mill", Workload.DONG)
    assert (event.delegated_by, event.binding) == ("d-west", False)
    assert event.matter == replace(
        MATTER,
        service_code="market-stall",
        kind=PetitionKind.STATUTORY,
        permit=True,
        district_code="west",
        dong_code="mill",
    )
    assert event.assigned_at == NOW
    assert event.due_at > MATTER.received_at
    assert change is not None
    assert change.state.matter == event.matter
    assert change.wake_at == taken_late(change.state)


def test_without_an_office_the_inquiry_waits_in_the_queue_and_says_so() -> None:
    change = received(asked("lamp"))
    assert change is not None
    assert change.events == (
        InquiryUnrouted(
            inquiry_id="i1",
            matter=replace(MATTER, service_code="lamp", kind=PetitionKind.OTHER),
            round=1,
            reason=UnroutedReason.NO_PLACE,
            unrouted_at=NOW,
            due_at=assigned("lamp", HILL).decision.due_at,
        ),
    )


@pytest.mark.parametrize("state", [assigned("idea"), unrouted()], ids=["assigned", "unrouted"])
def test_a_receipt_that_comes_again_changes_nothing(state: Assignment) -> None:
    assert received(routed("idea"), state) is None


def test_the_first_refusal_leads_to_the_next_alternative() -> None:
    given = assigned("lamp", HILL)
    event = told(after(given, declined(1, "d-east")))
    assert (event.attempt, event.office_id, event.rule) == (2, "c-works", Rule.NEXT_ALTERNATIVE)
    assert event.workload is Workload.CITY
    assert not event.binding


def test_a_hand_over_does_not_start_the_clock_again() -> None:
    given = assigned("lamp", HILL)
    assert told(after(given, declined(1, "d-east"))).due_at == given.decision.due_at


def test_a_hand_over_names_the_office_before_and_why_it_refused() -> None:
    """The citizen is told both (Enforcement Decree, Article 13 (3))."""
    event = told(after(assigned("lamp", HILL), declined(1, "d-east")))
    assert (event.previous_office_id, event.decline_reason) == (
        "d-east",
        DeclineReason.NOT_COMPETENT,
    )
    designated = told(
        arbitration.designate(
            in_arbitration(), city=TOWN, ruleset=TOWN.rules, office=TOWN.office("c-works"), now=NOW
        )
    )
    desk = TOWN.arbitration_office.id
    assert (designated.previous_office_id, designated.decline_reason) == (desk, None)


def test_the_office_that_the_refusing_one_names_comes_first() -> None:
    event = told(after(assigned("lamp", HILL), declined(1, "d-east", suggested="d-west")))
    assert (event.office_id, event.rule) == ("d-west", Rule.SUGGESTED_OFFICE)


@pytest.mark.parametrize("suggested", ["o-nowhere", "d-east", "c-hall"])
def test_a_suggestion_that_cannot_be_followed_is_passed_over(suggested: str) -> None:
    event = told(after(assigned("lamp", HILL), declined(1, "d-east", suggested=suggested)))
    assert event.office_id == "c-works"


def test_a_permit_is_not_handed_to_an_office_without_the_delegation() -> None:
    given = assigned("market-stall", MILL)
    event = told(after(given, declined(1, "o-mill", suggested="o-hill")))
    assert (event.office_id, event.delegated_by) == ("c-hall", "")


@pytest.mark.parametrize("suggested", ["", "d-west"])
def test_a_declined_delegated_permit_goes_to_arbitration_and_not_back_to_the_district(
    suggested: str,
) -> None:
    """The power stays with the community office until the district takes it back."""
    given = assigned("market-stall", MILL)
    event = told(after(given, declined(1, "o-mill", suggested=suggested)))
    assert (event.office_id, event.rule) == ("c-hall", Rule.ARBITRATION)


def test_a_permit_that_its_district_declines_is_given_to_no_supervising_department() -> None:
    event = told(after(assigned("market-stall", HILL), declined(1, "d-east")))
    assert (event.office_id, event.rule) == ("c-hall", Rule.ARBITRATION)


def test_a_permit_may_be_handed_to_another_delegated_office() -> None:
    given = assigned("market-stall", MILL)
    event = told(after(given, declined(1, "o-mill", suggested="o-quay")))
    assert (event.office_id, event.delegated_by) == ("o-quay", "d-west")


def test_the_second_refusal_leads_to_arbitration_which_binds() -> None:
    change = after(assigned("moving-in", SHARED), declined(1, "d-west"))
    assert change is not None
    second = told(change)
    event = told(after(change.state, declined(2, second.office_id, suggested="d-east")))
    assert (event.attempt, event.office_id, event.rule) == (3, "c-hall", Rule.ARBITRATION)
    assert event.binding


def test_with_nobody_left_the_first_refusal_leads_to_arbitration() -> None:
    event = told(after(assigned("idea"), declined(1, "c-hall")))
    assert (event.office_id, event.rule, event.binding) == ("c-hall", Rule.ARBITRATION, True)


@pytest.mark.parametrize(
    "event",
    [
        declined(1, "d-east"),
        declined(1, "d-east", suggested="d-west", reason=DeclineReason.WRONG_PLACE),
        declined(2, "d-east"),
        declined(3, "c-works"),
        declined(2, "c-works", round_=2),
    ],
    ids=[
        "again",
        "again with other words",
        "not its attempt",
        "an attempt to come",
        "a round to come",
    ],
)
def test_a_refusal_that_is_not_of_the_current_attempt_changes_nothing(event: CaseDeclined) -> None:
    change = after(assigned("lamp", HILL), declined(1, "d-east"))
    assert change is not None
    assert after(change.state, event) is None


def test_a_refusal_of_the_round_before_changes_nothing_whatever_its_attempt() -> None:
    given = replace(assigned("lamp", HILL), round=2)
    assert after(given, declined(1, "d-east")) is None
    event = told(after(given, declined(1, "d-east", round_=2)))
    assert (event.round, event.attempt, event.office_id) == (2, 2, "c-works")


def test_a_binding_attempt_cannot_be_refused() -> None:
    change = after(assigned("idea"), declined(1, "c-hall"))
    assert change is not None
    assert after(change.state, declined(2, "c-hall")) is None


def test_a_refusal_before_the_receipt_is_asked_for_again() -> None:
    with pytest.raises(DomainError) as refused:
        handover.decline(None, city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=NOW)
    assert (refused.value.slug, refused.value.kind) == ("unknown_assignment", Kind.NOT_FOUND)


def test_a_refusal_of_what_waits_in_the_queue_changes_nothing() -> None:
    assert after(unrouted(), declined(1, "d-east")) is None


def test_an_assignment_says_by_which_rules_and_how_sure_it_is_and_a_persons_by_none() -> None:
    by_words = told(received(routed(text="a street lamp, and market stalls", place=HILL)))
    assert (by_words.rule, by_words.ruleset_version) == ("district_of_place", TOWN.rules.version)
    assert 0 < by_words.confidence < 1
    named = told(received(routed("lamp", place=HILL)))
    assert (named.ruleset_version, named.confidence) == (TOWN.rules.version, 1)
    by_person = told(after(assigned("lamp", HILL), declined(1, "d-east", suggested="d-west")))
    assert (by_person.rule, by_person.ruleset_version) == (Rule.SUGGESTED_OFFICE, "")


def test_what_spoke_against_other_offices_is_kept_in_codes() -> None:
    state = assigned("market-stall", MILL)
    assert state.decision.verdict.rejected
    stored = TypeAdapter(Assigned).dump_python(state, mode="json")
    assert TypeAdapter(Assigned).validate_python(stored) == state


def test_a_person_takes_an_inquiry_out_of_the_queue() -> None:
    later = NOW + timedelta(days=2)
    change = queue.assign_by_hand(
        unrouted(),
        city=TOWN,
        ruleset=TOWN.rules,
        office=TOWN.office("d-east"),
        service_code="lamp",
        now=later,
    )
    event = told(change)
    assert (event.round, event.attempt) == (1, 1)
    assert (event.office_id, event.rule) == ("d-east", Rule.MANUAL)
    assert event.due_at == assigned("lamp", HILL).decision.due_at
    assert event.assigned_at == later


def test_a_person_names_the_category_and_the_matter_has_it_from_then_on() -> None:
    east = TOWN.office("d-east")
    change = queue.assign_by_hand(
        unrouted(), city=TOWN, ruleset=TOWN.rules, office=east, service_code="market-stall", now=NOW
    )
    assert told(change).matter == replace(
        MATTER, service_code="market-stall", kind=PetitionKind.STATUTORY, permit=True
    )


def test_the_same_order_of_a_person_again_changes_nothing_another_is_refused() -> None:
    east, west = TOWN.office("d-east"), TOWN.office("d-west")
    change = queue.assign_by_hand(
        unrouted(), city=TOWN, ruleset=TOWN.rules, office=east, service_code="lamp", now=NOW
    )
    assert change is not None
    again = queue.assign_by_hand(
        change.state, city=TOWN, ruleset=TOWN.rules, office=east, service_code="lamp", now=NOW
    )
    assert again is None
    with pytest.raises(DomainError, match="already_assigned"):
        queue.assign_by_hand(
            change.state, city=TOWN, ruleset=TOWN.rules, office=west, service_code="lamp", now=NOW
        )


def test_a_person_cannot_give_a_permit_to_an_office_without_the_delegation() -> None:
    with pytest.raises(DomainError, match="office_not_competent") as refused:
        queue.assign_by_hand(
            unrouted(),
            city=TOWN,
            ruleset=TOWN.rules,
            office=TOWN.office("o-hill"),
            service_code="market-stall",
            now=NOW,
        )
    assert refused.value.field == "office"


def in_arbitration() -> Assigned:
    change = after(assigned("idea"), declined(1, "c-hall"))
    assert change is not None
    assert isinstance(change.state, Assigned)
    return change.state


def test_the_arbitration_desk_designates_an_office_which_may_not_decline() -> None:
    change = arbitration.designate(
        in_arbitration(), city=TOWN, ruleset=TOWN.rules, office=TOWN.office("c-works"), now=NOW
    )
    event = told(change)
    assert (event.attempt, event.office_id, event.rule) == (3, "c-works", Rule.DESIGNATED)
    assert event.binding
    assert change is not None
    with pytest.raises(DomainError, match="closing_unheard"):
        after(change.state, declined(3, "c-works"))
    again = arbitration.designate(
        change.state, city=TOWN, ruleset=TOWN.rules, office=TOWN.office("c-works"), now=NOW
    )
    assert again is None


@pytest.mark.parametrize("state", [assigned("lamp", HILL), unrouted()])
def test_only_what_lies_with_the_arbitration_desk_is_designated(state: Assignment) -> None:
    with pytest.raises(DomainError, match="not_in_arbitration"):
        arbitration.designate(
            state, city=TOWN, ruleset=TOWN.rules, office=TOWN.office("c-works"), now=NOW
        )


def test_a_persons_order_on_an_unknown_inquiry_says_so() -> None:
    works = TOWN.office("c-works")
    with pytest.raises(DomainError, match="unknown_assignment"):
        queue.assign_by_hand(
            None, city=TOWN, ruleset=TOWN.rules, office=works, service_code="lamp", now=NOW
        )
    with pytest.raises(DomainError, match="unknown_assignment"):
        arbitration.designate(None, city=TOWN, ruleset=TOWN.rules, office=works, now=NOW)


def test_the_state_remembers_who_refused_and_why() -> None:
    change = after(assigned("lamp", HILL), declined(1, "d-east", reason=DeclineReason.WRONG_PLACE))
    assert change is not None
    assert isinstance(change.state, Assigned)
    first, second = change.state.attempts
    assert first == replace(assigned("lamp", HILL).current, refused=DeclineReason.WRONG_PLACE)
    assert second.refused is None


def moved(due_at: datetime, round_: int = 1) -> DeadlineRecounted:
    return DeadlineRecounted(inquiry_id="i1", round=round_, due_at=due_at)


def taken_late(state: Assignment) -> datetime:
    """When somebody is told that the office has not taken it; no other date puts that off."""
    assert isinstance(state, Assigned)
    assert state.current.take_by is not None
    return state.current.take_by + dates.MOMENT


def dates_after(*told_: DeadlineRecounted) -> datetime:
    state: Assignment = assigned("lamp", HILL)
    for event in told_:
        change = handover.follow_date(state, city=TOWN, event=event)
        if change is not None:
            assert (change.events, change.wake_at) == ((), taken_late(state))
            state = change.state
    return state.decision.due_at


def test_the_next_office_gets_the_date_to_which_a_holiday_moved_the_case() -> None:
    given = assigned("lamp", HILL)
    later = given.decision.due_at + timedelta(days=1)
    change = handover.follow_date(given, city=TOWN, event=moved(later))
    event = told(after(change.state if change else given, declined(1, "d-east")))
    assert event.due_at == later
    assert (event.clock_from, event.period) == (given.decision.clock_from, given.decision.period)


def test_moved_dates_that_come_twice_late_or_swapped_end_with_the_latest() -> None:
    told_due = assigned("lamp", HILL).decision.due_at
    once, twice = (moved(told_due + timedelta(days=days)) for days in (1, 2))
    for order in ([once, twice], [twice, once], [once, once, twice, once], [twice, twice]):
        assert dates_after(*order) == twice.due_at
    assert dates_after(moved(told_due - timedelta(days=1))) == told_due
    assert dates_after(moved(told_due + timedelta(days=1), round_=2)) == told_due


def test_a_date_that_moved_before_the_receipt_is_heard_of_is_asked_for_again() -> None:
    with pytest.raises(DomainError) as unknown:
        handover.follow_date(None, city=TOWN, event=moved(NOW))
    assert unknown.value.slug == "unknown_assignment"


def test_an_assignment_says_which_period_it_was_counted_by() -> None:
    change = received(routed("lamp", place=HILL))
    assert change is not None
    [event] = change.events
    assert isinstance(event, InquiryAssigned)
    assert event.clock_from == MATTER.received_at
    assert event.period == str(TOWN.service("lamp").period)


def on_a_holiday(state: Unrouted) -> DayOff:
    day = state.decision.due_at.astimezone(TOWN.timezone).date()
    return DayOff(day=day, names={"en": "Holiday", "ko": "임시공휴일"}, source="a test")


def test_a_holiday_moves_the_date_of_what_waits_in_the_queue_once() -> None:
    state = unrouted()
    city = with_days_off(TOWN, [on_a_holiday(state)])
    assert queue.recount(state, city=TOWN, now=NOW) is None
    change = queue.recount(state, city=city, now=NOW)
    assert change is not None
    [event] = change.events
    assert isinstance(event, UnroutedDeadlineRecounted)
    assert (event.cause, event.due_before) == (RecountCause.HOLIDAY, state.decision.due_at)
    assert event.due_at == change.state.decision.due_at > event.due_before
    assert change.wake_at is not None
    for calendar in (city, TOWN):  # the second of a replica that does not know the holiday yet
        assert queue.recount(change.state, city=calendar, now=NOW) is None
    assert queue.recount(assigned("lamp", HILL), city=city, now=NOW) is None


def test_what_is_woken_at_its_old_date_moves_instead_of_being_overdue() -> None:
    state = unrouted()
    city = with_days_off(TOWN, [on_a_holiday(state)])
    over = state.decision.due_at + timedelta(milliseconds=1)
    change = queue.wake(state, city=city, ruleset=city.rules, now=over)
    assert change is not None
    assert [type(event) for event in change.events] == [UnroutedDeadlineRecounted]
    overdue = queue.wake(state, city=TOWN, ruleset=TOWN.rules, now=over)
    assert overdue is not None
    assert isinstance(overdue.state, Unrouted)
    assert overdue.state.urgency is Urgency.OVERDUE
    assert queue.recount(overdue.state, city=city, now=over) is None


def test_the_desk_designates_and_does_not_answer() -> None:
    desk = TOWN.arbitration_office
    twice = handover.decline(
        assigned("lamp", HILL), city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=NOW
    )
    assert twice is not None
    last = handover.decline(
        twice.state, city=TOWN, ruleset=TOWN.rules, event=declined(2, "c-works"), now=NOW
    )
    assert last is not None
    state = last.state
    with pytest.raises(DomainError, match="office_not_competent"):
        arbitration.designate(state, city=TOWN, ruleset=TOWN.rules, office=desk, now=NOW)


def test_the_coordinator_decides_before_the_answer_is_due() -> None:
    late = dates.to_decide(TOWN, NOW, NOW + timedelta(minutes=5))
    assert late.by == NOW + timedelta(minutes=5)
    over = dates.to_decide(TOWN, NOW, NOW - timedelta(minutes=5))
    assert over.by > NOW
