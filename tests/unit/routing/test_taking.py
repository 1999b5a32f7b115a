"""Whether an office takes what it got, who is told when it does not, and how a round ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import cities
from services.cities import City, DayOff, Office
from services.common.kernel import DomainError, Kind
from services.routing.domain.assignment import (
    arbitration,
    dates,
    ending,
    giving,
    handover,
    queue,
    taking,
)
from services.routing.domain.assignment.events import (
    ArbitrationCause,
    ArbitrationDecided,
    ArbitrationOpened,
    AssignmentEscalated,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    DeadlineRecounted,
    EscalationLevel,
    InquiryAssigned,
    Outcome,
    PermitDecided,
)
from services.routing.domain.assignment.giving import AssignmentChange
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    EndCause,
    Ended,
    Rule,
    Unrouted,
)
from tests.support.calendars import with_days_off
from tests.unit.routing.town import (
    HILL,
    MILL,
    NOW,
    SHARED,
    TOWN,
    assigned,
    declined,
    received,
    routed,
    told,
    unrouted,
)

SEOUL = cities.load("seoul")
OFFICE, AGENCY, COORDINATOR = EscalationLevel
MINUTE = timedelta(minutes=1)


def seoul_time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL.timezone)


# The working hours of the law, in the vectors that the city's clock is checked by; with the
# weekend, the lunch, Chuseok and Seollal between. `before` is the office that hands the matter on.
TIMES_TO_TAKE = [
    ("first", "2026-11-23 17:30", None, "c-road", "2026-11-24 09:30"),
    ("first, on a Friday", "2026-11-20 17:30", None, "c-road", "2026-11-23 09:30"),
    ("same agency, over lunch", "2026-11-23 11:00", "c-audit", "c-road", "2026-11-23 15:00"),
    ("same agency, at the close", "2026-11-23 18:00", "c-audit", "c-road", "2026-11-24 12:00"),
    ("same district", "2026-11-23 11:00", "d-11680", "o-1168064000", "2026-11-23 15:00"),
    ("another agency, Chuseok", "2026-09-23 15:00", "c-road", "d-11680", "2026-09-28 15:00"),
    ("another agency, Seollal", "2027-02-05 17:00", "d-11140", "d-11680", "2027-02-10 17:00"),
]


@pytest.mark.parametrize(
    ("now", "before", "office", "by"),
    [row[1:] for row in TIMES_TO_TAKE],
    ids=[row[0] for row in TIMES_TO_TAKE],
)
def test_an_office_takes_or_refuses_within_the_working_hours_of_its_hand_over(
    now: str, before: str | None, office: str, by: str
) -> None:
    handing = None if before is None else SEOUL.office(before)
    limited = dates.to_take(SEOUL, handing, SEOUL.office(office), seoul_time(now))
    assert limited is not None
    assert limited.by == seoul_time(by)


def test_the_limits_of_taking_are_not_called_law_in_seoul() -> None:
    for name in (dates.TAKE_FIRST, dates.TAKE_SAME_AGENCY, dates.TAKE_OTHER_AGENCY):
        assert SEOUL.limits[name].certainty is cities.Certainty.ASSUMED


def accepted(
    attempt: int, office: str, round_: int = 1, at: datetime = NOW + MINUTE
) -> CaseAccepted:
    return CaseAccepted(
        inquiry_id="i1", round=round_, attempt=attempt, office_id=office, accepted_at=at
    )


def answered(round_: int = 1, outcome: Outcome = Outcome.ANSWERED) -> CaseAnswered:
    return CaseAnswered(inquiry_id="i1", round=round_, outcome=outcome, answered_at=NOW + MINUTE)


def decided(round_: int = 1) -> PermitDecided:
    return PermitDecided(inquiry_id="i1", round=round_, decided_at=NOW + MINUTE)


def woken(state: Assignment, now: datetime, city: City = TOWN) -> AssignmentChange | None:
    match state:
        case Assigned(arbitration=None):
            return taking.wake(state, city=city, now=now)
        case Assigned():
            return arbitration.wake(state, city=city, now=now)
        case Unrouted():
            return queue.wake(state, city=city, ruleset=city.rules, now=now)
        case Ended():
            return None


def lies(change: AssignmentChange | None) -> Assigned:
    assert change is not None
    assert isinstance(change.state, Assigned)
    return change.state


def takes_by(state: Assigned) -> datetime:
    assert state.current.take_by is not None
    return state.current.take_by


def hours_after(moment: datetime, limit: str) -> datetime:
    """The moment after a limit of the town has passed since then."""
    due = TOWN.due_of(TOWN.term_within(limit, moment))
    assert isinstance(due, cities.Due)
    return due.at + dates.MOMENT


def levels(change: AssignmentChange | None) -> list[tuple[EscalationLevel, datetime]]:
    assert change is not None
    return [(e.level, e.escalated_at) for e in change.events if isinstance(e, AssignmentEscalated)]


class TestNotTaken:
    def test_each_level_is_told_at_its_time_and_then_the_desk_gets_it(self) -> None:
        state = assigned("lamp", HILL)
        take_by = takes_by(state)
        assert take_by == NOW + timedelta(hours=1)
        times = [
            (OFFICE, take_by + dates.MOMENT),
            (AGENCY, hours_after(take_by, "untaken_to_agency")),
            (COORDINATOR, hours_after(take_by, "untaken_to_coordinator")),
        ]
        for level, at in times:
            assert dates.next_step(TOWN, state) == at
            change = woken(state, at)
            assert levels(change) == [(level, at)]
            state = lies(change)
            assert state.current.escalated is level
            assert (state.untaken and state.untaken.level) is level
        desk_at = hours_after(take_by, "untaken_to_arbitration")
        assert dates.next_step(TOWN, state) == desk_at
        change = woken(state, desk_at)
        event = told(change)
        assert (event.office_id, event.rule, event.attempt) == ("c-hall", Rule.ARBITRATION, 2)
        assert (event.previous_office_id, event.decline_reason) == ("d-east", None)
        desk = lies(change)
        assert (desk.arbitration and desk.arbitration.cause) is ArbitrationCause.NOT_TAKEN
        assert desk.untaken is None
        assert levels(change) == []

    def test_at_the_last_moment_of_its_time_nobody_is_told(self) -> None:
        state = assigned("lamp", HILL)
        change = woken(state, takes_by(state))
        assert change is not None
        assert (change.events, change.wake_at) == ((), takes_by(state) + dates.MOMENT)

    def test_one_that_is_woken_late_tells_all_that_have_come_in_their_order(self) -> None:
        state = assigned("lamp", HILL)
        take_by = takes_by(state)
        change = woken(state, hours_after(take_by, "untaken_to_coordinator"))
        assert [level for level, _ in levels(change)] == [OFFICE, AGENCY, COORDINATOR]
        assert [at for _, at in levels(change)] == sorted(at for _, at in levels(change))
        days = woken(state, take_by + timedelta(days=9))
        assert [level for level, _ in levels(days)] == [OFFICE, AGENCY, COORDINATOR]
        assert days is not None
        assert [type(event) for event in days.events[3:]] == [InquiryAssigned, ArbitrationOpened]

    def test_no_later_change_of_the_matter_puts_the_times_off(self) -> None:
        """They follow from the time to take, never from when the state was changed last."""
        state = assigned("lamp", HILL)
        moved = handover.follow_date(
            state,
            city=TOWN,
            event=DeadlineRecounted(
                inquiry_id="i1", round=1, due_at=state.decision.due_at + timedelta(days=1)
            ),
        )
        assert moved is not None
        assert moved.wake_at == takes_by(state) + dates.MOMENT
        assert dates.next_step(TOWN, lies(moved)) == moved.wake_at

    def test_who_has_taken_it_is_left_alone(self) -> None:
        state = assigned("lamp", HILL)
        taken = taking.accept(state, city=TOWN, event=accepted(1, "d-east"))
        assert taken is not None
        assert (taken.events, taken.wake_at) == ((), None)
        assert lies(taken).current.taken_at == NOW + MINUTE
        assert woken(taken.state, NOW + timedelta(days=9)) is None

    def test_who_takes_it_late_stops_what_is_not_told_yet(self) -> None:
        state = assigned("lamp", HILL)
        late = lies(woken(state, takes_by(state) + dates.MOMENT))
        taken = lies(taking.accept(late, city=TOWN, event=accepted(1, "d-east")))
        assert (taken.untaken, taken.current.escalated) == (None, OFFICE)
        assert dates.next_step(TOWN, taken) is None

    def test_a_hand_over_starts_anew(self) -> None:
        state = assigned("lamp", HILL)
        late = lies(woken(state, takes_by(state) + dates.MOMENT))
        change = handover.decline(
            late, city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=NOW
        )
        event, second = told(change), lies(change)
        assert event.take_by == second.current.take_by
        assert takes_by(second) == hours_after(NOW, "take_other_agency") - dates.MOMENT
        assert (second.untaken, second.current.escalated) == (None, None)
        assert second.attempts[0].escalated is OFFICE
        assert levels(woken(second, takes_by(second) + dates.MOMENT)) == [
            (OFFICE, takes_by(second) + dates.MOMENT)
        ]

    def test_who_may_not_refuse_has_no_time_to_take_it(self) -> None:
        change = designated(in_arbitration(), "c-works")
        assert told(change).take_by is None
        assert lies(change).current.binding
        assert dates.next_step(TOWN, lies(change)) is None

    def test_in_a_city_without_the_limits_nobody_is_told(self) -> None:
        boston = cities.load("boston")
        assert dates.to_take(boston, None, next(iter(boston.offices.values())), NOW) is None

    def test_a_holiday_that_is_declared_later_gives_more_time_once(self) -> None:
        state = assigned("lamp", HILL)
        friday = DayOff(day=NOW.date(), names={"en": "Holiday", "ko": "임시공휴일"}, source="test")
        city = with_days_off(TOWN, [friday])
        change = woken(state, takes_by(state) + dates.MOMENT, city)
        moved = lies(change)
        assert levels(change) == []
        assert takes_by(moved) > takes_by(state)
        # A replica that does not know the holiday takes nothing back.
        again = woken(moved, takes_by(state) + dates.MOMENT, TOWN)
        assert levels(again) == []
        assert takes_by(lies(again)) == takes_by(moved)
        # Once somebody was told, the time that was told stays.
        late = lies(woken(state, takes_by(state) + dates.MOMENT))
        assert takes_by(lies(woken(late, takes_by(state) + 2 * MINUTE, city))) == takes_by(state)


class TestAcceptance:
    @pytest.mark.parametrize(
        "event",
        [
            accepted(1, "d-west"),
            accepted(2, "d-east"),
            accepted(1, "d-east", round_=2),
            accepted(1, "d-east", round_=0),
        ],
        ids=["not its office", "an attempt to come", "a round to come", "an earlier round"],
    )
    def test_one_that_is_not_of_an_attempt_changes_nothing(self, event: CaseAccepted) -> None:
        assert taking.accept(assigned("lamp", HILL), city=TOWN, event=event) is None

    def test_one_that_comes_twice_changes_nothing(self) -> None:
        state = lies(taking.accept(assigned("lamp", HILL), city=TOWN, event=accepted(1, "d-east")))
        later = accepted(1, "d-east", at=NOW + 9 * MINUTE)
        assert taking.accept(state, city=TOWN, event=later) is None

    def test_one_before_the_receipt_is_asked_for_again(self) -> None:
        with pytest.raises(DomainError, match="unknown_assignment"):
            taking.accept(None, city=TOWN, event=accepted(1, "d-east"))

    def test_one_that_is_heard_after_the_desk_got_it_is_kept_and_moves_nothing(self) -> None:
        state = assigned("lamp", HILL)
        desk = lies(woken(state, takes_by(state) + timedelta(days=9)))
        change = taking.accept(desk, city=TOWN, event=accepted(1, "d-east"))
        kept = lies(change)
        assert kept.attempts[0].taken_at == NOW + MINUTE
        assert (kept.current.office_id, kept.arbitration) == ("c-hall", desk.arbitration)
        assert change is not None
        assert change.wake_at == dates.next_step(TOWN, desk)

    def test_an_office_that_has_accepted_may_still_refuse(self) -> None:
        state = lies(taking.accept(assigned("lamp", HILL), city=TOWN, event=accepted(1, "d-east")))
        change = handover.decline(
            state, city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=NOW
        )
        assert told(change).previous_office_id == "d-east"
        assert lies(change).attempts[0].taken_at is not None


def lasting() -> Assigned:
    """A lamp whose answer is due long after anybody's time to take it or to decide is over."""
    lamp = assigned("lamp", HILL)
    return replace(lamp, decision=replace(lamp.decision, due_at=NOW + timedelta(days=30)))


def in_arbitration() -> Assigned:
    """A lamp that two offices have refused."""
    first = handover.decline(
        lasting(), city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=NOW
    )
    second = handover.decline(
        lies(first), city=TOWN, ruleset=TOWN.rules, event=declined(2, "c-works"), now=NOW
    )
    return lies(second)


def designated(
    state: Assignment, office: str, now: datetime = NOW, city: City = TOWN
) -> AssignmentChange | None:
    return arbitration.designate(
        state, city=city, ruleset=city.rules, office=city.office(office), now=now
    )


def closing(office: str, last: date | None) -> City:
    """The town where the record says that this is the office's last day."""
    form = replace(TOWN.office(office), validity=cities.Validity(end=last))
    return TOWN.with_offices({office: [form]}, NOW.astimezone(TOWN.timezone).date())


class TestArbitration:
    def test_two_refusals_open_it_with_a_clock_of_its_own(self) -> None:
        first = handover.decline(
            lasting(),
            city=TOWN,
            ruleset=TOWN.rules,
            event=declined(1, "d-east"),
            now=NOW,
        )
        change = handover.decline(
            lies(first), city=TOWN, ruleset=TOWN.rules, event=declined(2, "c-works"), now=NOW
        )
        assert change is not None
        assigned_, opened = change.events
        assert isinstance(assigned_, InquiryAssigned)
        assert isinstance(opened, ArbitrationOpened)
        assert opened.cause is ArbitrationCause.REFUSED_TWICE
        assert opened.refused_office_ids == ("d-east", "c-works")
        assert opened.decide_by == hours_after(NOW, "arbitration") - dates.MOMENT
        assert (opened.attempt, opened.opened_at) == (assigned_.attempt, NOW)
        assert assigned_.take_by is None
        assert change.wake_at == opened.decide_by + dates.MOMENT

    def test_an_office_that_names_the_one_that_refused_opens_it(self) -> None:
        first = handover.decline(
            assigned("lamp", HILL),
            city=TOWN,
            ruleset=TOWN.rules,
            event=declined(1, "d-east", "d-west"),
            now=NOW,
        )
        assert told(first).office_id == "d-west"
        change = handover.decline(
            lies(first),
            city=TOWN,
            ruleset=TOWN.rules,
            event=declined(2, "d-west", "d-east"),
            now=NOW,
        )
        assert opened_by(change) is ArbitrationCause.SENT_BACK

    def test_a_transfer_by_the_desk_that_comes_back_opens_it_again(self) -> None:
        transferred = lies(designated(in_arbitration(), "d-west"))
        for suggested, cause in (
            ("d-east", ArbitrationCause.SENT_BACK),
            ("o-mill", ArbitrationCause.REFUSED_TWICE),
        ):
            event = declined(4, "d-west", suggested)
            change = handover.decline(
                transferred, city=TOWN, ruleset=TOWN.rules, event=event, now=NOW
            )
            assert opened_by(change) is cause

    def test_what_a_closed_office_may_not_refuse_comes_back_to_the_desk(self) -> None:
        """districts gives it back in the office's name; it waits while the record is behind."""
        bound = lies(designated(in_arbitration(), "c-works"))
        assert bound.current.binding
        event = declined(bound.current.number, "c-works")
        today = NOW.astimezone(TOWN.timezone).date()

        def back(city: City) -> AssignmentChange | None:
            return handover.decline(bound, city=city, ruleset=city.rules, event=event, now=NOW)

        for last in (None, today):
            with pytest.raises(DomainError) as waits:
                back(closing("c-works", last))
            assert (waits.value.slug, waits.value.kind) == ("closing_unheard", Kind.UNAVAILABLE)
        closed = closing("c-works", today - timedelta(days=1))
        change = back(closed)
        assert opened_by(change) is ArbitrationCause.OFFICE_CLOSED
        desk = lies(change)
        assert desk.arbitration is not None
        # Those of before it was designated: to have closed is no refusal.
        assert desk.arbitration.refused == ("d-east", "c-works")
        assert change is not None
        assert change.wake_at == desk.arbitration.decide_by + dates.MOMENT
        again = handover.decline(desk, city=closed, ruleset=closed.rules, event=event, now=NOW)
        assert again is None
        with pytest.raises(DomainError, match="office_not_competent"):
            designated(desk, "c-works", city=closed)
        assert told(designated(desk, "d-west", city=closed)).office_id == "d-west"

    def test_what_lies_with_the_desk_is_refused_by_nobody(self) -> None:
        """Also where the desk's own office has closed: it is on the coordinator's list."""
        desk = in_arbitration()
        closed = closing("c-hall", NOW.date() - timedelta(days=1))
        event = declined(desk.current.number, "c-hall")
        assert handover.decline(desk, city=closed, ruleset=closed.rules, event=event, now=NOW) is (
            None
        )

    def test_with_nobody_left_it_is_opened_by_the_first_refusal(self) -> None:
        change = handover.decline(
            assigned("market-stall", MILL),
            city=TOWN,
            ruleset=TOWN.rules,
            event=declined(1, "o-mill"),
            now=NOW,
        )
        assert opened_by(change) is ArbitrationCause.NOBODY_LEFT

    def test_the_coordinator_may_leave_it_where_nobody_took_it(self) -> None:
        state = assigned("lamp", HILL)
        desk = lies(woken(state, takes_by(state) + timedelta(days=9)))
        change = designated(desk, "d-east")
        event = told(change)
        assert (event.office_id, event.attempt, event.rule) == ("d-east", 3, Rule.TRANSFERRED)
        assert event.take_by is not None
        assert lies(change).arbitration is None

    def test_a_refusal_that_is_heard_after_the_desk_got_it_is_shown_to_whoever_decides(
        self,
    ) -> None:
        state = assigned("lamp", HILL)
        desk = lies(woken(state, takes_by(state) + timedelta(days=9)))
        late = declined(1, "d-east")
        change = handover.decline(desk, city=TOWN, ruleset=TOWN.rules, event=late, now=NOW)
        assert change is not None
        kept = lies(change)
        assert (change.events, change.wake_at) == ((), dates.next_step(TOWN, desk))
        assert kept.current == desk.current
        assert (kept.arbitration and kept.arbitration.refused) == ("d-east",)
        for again in (late, declined(1, "d-west"), declined(1, "d-east", round_=2)):
            assert (
                handover.decline(kept, city=TOWN, ruleset=TOWN.rules, event=again, now=NOW) is None
            )

    def test_what_is_decided_is_told_with_the_assignment(self) -> None:
        desk = in_arbitration()
        change = designated(desk, "c-works")
        assert change is not None
        said, given_ = change.events
        assert said == ArbitrationDecided(
            inquiry_id="i1",
            matter=desk.matter,
            round=1,
            attempt=3,
            office_id="c-works",
            binding=True,
            decided_at=NOW,
        )
        assert isinstance(given_, InquiryAssigned)
        assert given_.attempt == 4

    def test_it_is_overdue_after_its_last_moment_and_marked_once(self) -> None:
        desk = in_arbitration()
        assert desk.arbitration is not None
        by = desk.arbitration.decide_by
        early = woken(desk, by)
        assert early is not None
        assert (early.state, early.wake_at) == (desk, by + dates.MOMENT)
        over = woken(desk, by + dates.MOMENT)
        assert lies(over).arbitration == replace(desk.arbitration, overdue=True)
        assert over is not None
        assert (over.events, over.wake_at) == ((), None)
        assert woken(over.state, by + timedelta(days=9)) is None

    def test_a_holiday_gives_the_coordinator_more_time(self) -> None:
        desk = in_arbitration()
        assert desk.arbitration is not None
        by = desk.arbitration.decide_by
        off = DayOff(day=by.date(), names={"en": "Holiday", "ko": "임시공휴일"}, source="test")
        moved = lies(woken(desk, by + dates.MOMENT, with_days_off(TOWN, [off]))).arbitration
        assert moved is not None
        assert not moved.overdue
        assert moved.decide_by > by


def closed() -> CaseClosed:
    return CaseClosed(inquiry_id="i1", round=1, closed_at=NOW + MINUTE)


def opened_by(change: AssignmentChange | None) -> ArbitrationCause:
    assert change is not None
    [opened] = [event for event in change.events if isinstance(event, ArbitrationOpened)]
    assert lies(change).arbitration is not None
    return opened.cause


class TestTheEnd:
    @pytest.mark.parametrize(
        ("event", "cause"),
        [
            (answered(), EndCause.ANSWERED),
            (answered(outcome=Outcome.PERMIT_REFUSED), EndCause.PERMIT_DECIDED),
            (answered(outcome=Outcome.RETURNED), EndCause.RETURNED),
            (decided(), EndCause.PERMIT_DECIDED),
            (closed(), EndCause.WITHDRAWN),
        ],
    )
    def test_a_round_ends_once_whatever_is_heard_first(
        self, event: CaseAnswered | PermitDecided | CaseClosed, cause: EndCause
    ) -> None:
        change = ending.end(assigned("lamp", HILL), event=event)
        assert change is not None
        assert isinstance(change.state, Ended)
        assert (change.events, change.wake_at) == ((), None)
        assert (change.state.cause, change.state.ended_at) == (cause, NOW + MINUTE)
        for later in (answered(), decided(), closed(), answered(outcome=Outcome.PERMIT_GRANTED)):
            assert ending.end(change.state, event=later) is None

    def test_the_end_of_an_earlier_round_changes_nothing(self) -> None:
        state = replace(assigned("lamp", HILL), round=2)
        assert ending.end(state, event=answered(round_=1)) is None
        assert ending.end(state, event=answered(round_=2)) is not None

    def test_one_before_the_receipt_is_asked_for_again_and_the_queue_stays(self) -> None:
        with pytest.raises(DomainError, match="unknown_assignment"):
            ending.end(None, event=answered())
        assert ending.end(unrouted(), event=answered()) is None

    def test_an_answer_of_an_office_that_no_longer_has_it_ends_an_open_arbitration(self) -> None:
        assert isinstance(lies_ended(in_arbitration()), Ended)

    def test_nothing_is_told_of_what_has_ended(self) -> None:
        state = lies_ended(assigned("lamp", HILL))
        assert (
            handover.decline(
                state, city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=NOW
            )
            is None
        )
        assert taking.accept(state, city=TOWN, event=accepted(1, "d-east")) is None
        recounted = DeadlineRecounted(inquiry_id="i1", round=1, due_at=NOW + timedelta(days=99))
        assert handover.follow_date(state, city=TOWN, event=recounted) is None
        with pytest.raises(DomainError, match="not_in_arbitration"):
            designated(state, "c-works")
        with pytest.raises(DomainError, match="already_assigned"):
            queue.assign_by_hand(
                state,
                city=TOWN,
                ruleset=TOWN.rules,
                office=TOWN.office("d-west"),
                service_code="lamp",
                now=NOW,
            )


def lies_ended(state: Assigned) -> Ended:
    change = ending.end(state, event=answered())
    assert change is not None
    assert isinstance(change.state, Ended)
    return change.state


OFFICES: Sequence[Office] = tuple(TOWN.offices.values())
STEPS = st.one_of(
    st.tuples(st.just("wake"), st.integers(1, 30)),
    st.tuples(st.sampled_from(["accept", "decline", "answer"]), st.integers(-1, 1)),
    st.tuples(st.just("designate"), st.integers(0, len(OFFICES) - 1)),
)


def step(state: Assignment, now: datetime, kind: str, number: int) -> AssignmentChange | None:
    """One thing that happens; `number` is the distance from the current attempt, which a late or
    early event misses, or the office that is named."""
    assert isinstance(state, Assigned | Ended)
    current = state.current
    attempt = current.number + number
    match kind:
        case "wake":
            return woken(state, now)
        case "accept":
            event = accepted(attempt, current.office_id, at=now)
            return taking.accept(state, city=TOWN, event=event)
        case "decline":
            other = OFFICES[attempt % len(OFFICES)].id
            refusal = declined(attempt, current.office_id, other)
            return handover.decline(state, city=TOWN, ruleset=TOWN.rules, event=refusal, now=now)
        case "answer":
            return ending.end(state, event=answered(round_=1 + number))
    try:
        return designated(state, OFFICES[number].id, now)
    except DomainError:
        return None


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(STEPS, max_size=25), place=st.sampled_from([HILL, MILL, SHARED]))
def test_whatever_comes_in_whatever_order(
    steps: Sequence[tuple[str, int]], place: cities.Place
) -> None:
    """Each level once for each attempt, one open arbitration at most, nothing after the end, and
    every hand-over counted."""
    state: Assignment = assigned("lamp", place)
    now, open_ = NOW, 0
    events: list[giving.Told] = []
    for kind, number in steps:
        now += timedelta(hours=number) if kind == "wake" else MINUTE
        change = step(state, now, kind, number)
        if change is None:
            continue
        assert not isinstance(state, Ended)
        state = change.state
        events += change.events
        for event in change.events:
            open_ += isinstance(event, ArbitrationOpened) - isinstance(event, ArbitrationDecided)
            assert 0 <= open_ <= 1
        assert isinstance(state, Ended) or (open_ == 1) == (lies(change).arbitration is not None)
        assert change.wake_at is None or isinstance(state, Assigned)
    told_levels = [(e.attempt, e.level) for e in events if isinstance(e, AssignmentEscalated)]
    assert len(told_levels) == len(set(told_levels))
    ranks = [(attempt, list(EscalationLevel).index(level)) for attempt, level in told_levels]
    assert ranks == sorted(ranks)
    assert isinstance(state, Assigned | Ended)
    assert state.hops == sum(isinstance(e, InquiryAssigned) for e in events)


def test_who_is_consulted_is_told_to_each_office_but_itself() -> None:
    matter, decision = routed("lamp", place=HILL)
    both = replace(decision, consulted=("c-works", "o-mill"))
    first = received((matter, both))
    assert told(first).consulted_office_ids == ("c-works", "o-mill")
    next_ = handover.decline(
        lies(first), city=TOWN, ruleset=TOWN.rules, event=declined(1, "d-east"), now=NOW
    )
    assert (told(next_).office_id, told(next_).consulted_office_ids) == ("c-works", ("o-mill",))


def test_what_no_rule_names_an_office_for_is_in_arbitration_from_the_start() -> None:
    matter, decision = routed("lamp", place=HILL)
    nobody = replace(decision, rule=Rule.ARBITRATION.value, offices=("c-hall",))
    change = received((matter, nobody))
    assert opened_by(change) is ArbitrationCause.NOBODY_LEFT
    assert told(change).take_by is None
