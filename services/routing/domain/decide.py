"""What becomes of an assignment: the first office, hand-overs, arbitration, a person's decision.

The receipt starts the clock. Whether a transfer to another agency starts it again is the city's
practice (`dates.restarts`), because no article says it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.cities import FIRST_ROUND, City, Matter, Office
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain import dates
from services.routing.domain.competence import (
    another_agency,
    delegated_by,
    may_take,
    workload_of,
)
from services.routing.domain.events import (
    CaseDeclined,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryUnrouted,
    RecountCause,
    UnroutedDeadlineRecounted,
)
from services.routing.domain.model import (
    Assigned,
    Assignment,
    Attempt,
    CategorySource,
    NotRouted,
    Routed,
    Rule,
    Unrouted,
    Urgency,
)
from services.routing.domain.policy import with_service

REFUSALS_BEFORE_ARBITRATION = 2

Told = InquiryAssigned | InquiryUnrouted | UnroutedDeadlineRecounted
AssignmentChange = Change[Assignment, Told]


def receive(
    state: Assignment | None,
    *,
    city: City,
    inquiry_id: str,
    matter: Matter,
    decision: Routed | NotRouted,
    now: datetime,
) -> AssignmentChange | None:
    """Stores the first decision on an inquiry; a repeated receipt changes nothing.

    `matter` holds the service and the place that `policy.route` found.
    """
    if state is not None:
        return None
    if isinstance(decision, NotRouted):
        return _queue(inquiry_id, matter, decision, now)
    given = Assigned(
        inquiry_id=inquiry_id, matter=matter, round=FIRST_ROUND, decision=decision, attempts=()
    )
    office = city.office(decision.offices[0])
    return _give(city, given, office=office, rule=decision.rule, now=now)


def wake(state: Assignment | None, *, city: City, now: datetime) -> AssignmentChange | None:
    """Marks an inquiry that still waits in the queue with its urgency at `now`, by the date that
    the city's calendar gives now; one that has an office by now is left as it is."""
    if not isinstance(state, Unrouted):
        return None
    if (moved := recount(state, city=city, now=now)) is not None:
        return moved
    pressing = replace(state, urgency=dates.urgency(state, now))
    return Change(state=pressing, wake_at=dates.wake_at(pressing, now))


def decline(
    state: Assignment | None, *, city: City, event: CaseDeclined, now: datetime
) -> AssignmentChange | None:
    """Gives the inquiry to the next office after a refusal.

    The second refusal leads to the arbitration desk, and so does the first when no other office is
    left. A permit has no alternatives: only an office that the refusing one names, and that may
    decide the permit, comes before the desk.

    A refusal that is not of the current round and attempt came late or twice, and changes nothing.
    Neither does a refusal of a binding attempt. Raises `unknown_assignment` (NOT_FOUND) when
    routing does not know the inquiry yet.
    """
    if state is None:
        raise _unknown()
    if isinstance(state, Unrouted):
        return None
    current = state.current
    refused = (event.round, event.attempt, event.office_id)
    if refused != (state.round, current.number, current.office_id) or current.binding:
        return None
    attempts = (*state.attempts[:-1], replace(current, refused=event.reason))
    given = replace(state, attempts=attempts)
    office, rule = _next(city, given, event.suggested_office_id, day_of(city, now))
    return _give(city, given, office=office, rule=rule, now=now)


def follow_date(state: Assignment | None, *, event: DeadlineRecounted) -> AssignmentChange | None:
    """Keeps the later date of the case, so that the next office gets it, too. An earlier one came
    late or twice, or is of a period that a hand-over has begun anew since: a date only ever moves
    to a later one. Raises `unknown_assignment` (NOT_FOUND)."""
    if state is None:
        raise _unknown()
    if isinstance(state, Unrouted) or state.round != event.round:
        return None
    if event.due_at <= state.decision.due_at:
        return None
    return Change(state=replace(state, decision=replace(state.decision, due_at=event.due_at)))


def recount(state: Assignment | None, *, city: City, now: datetime) -> AssignmentChange | None:
    """Moves the date of an inquiry in the unrouted queue to the later one that the city's calendar
    gives now. One that is marked as overdue stays: its period had ended, and everybody was told.
    Of an inquiry with an office, districts moves the date."""
    if not isinstance(state, Unrouted) or state.urgency is Urgency.OVERDUE:
        return None
    later = dates.later_end(city, state)
    if later is None:
        return None
    told = UnroutedDeadlineRecounted(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round=state.round,
        cause=RecountCause.HOLIDAY,
        due_before=state.decision.due_at,
        due_at=later,
        recounted_at=now,
    )
    moved = replace(state, decision=replace(state.decision, due_at=later))
    moved = replace(moved, urgency=dates.urgency(moved, now))
    return Change(state=moved, events=(told,), wake_at=dates.wake_at(moved, now))


def assign_by_hand(
    state: Assignment | None, *, city: City, office: Office, service_code: str, now: datetime
) -> AssignmentChange | None:
    """A person's assignment out of the unrouted queue; the same one again changes nothing.

    Raises `unknown_assignment` (NOT_FOUND), `already_assigned` (CONFLICT), `office_not_competent`
    (INVALID) and OutOfCalendar.
    """
    if state is None:
        raise _unknown()
    if isinstance(state, Assigned):
        first = state.attempts[0]
        if (first.rule, first.office_id, state.matter.service_code) == (
            Rule.MANUAL,
            office.id,
            service_code,
        ):
            return None
        raise DomainError(
            "already_assigned", Kind.CONFLICT, "this inquiry has left the unrouted queue"
        )
    matter = with_service(city, state.matter, city.service(service_code))
    _check_competent(city, matter, office, now)
    due = dates.due(city, matter, matter.received_at)
    decision = Routed(
        rule=Rule.MANUAL,
        offices=tuple(dict.fromkeys((office.id, city.arbitration_office.id))),
        clock_from=matter.received_at,
        period=str(due.period),
        due_at=due.at,
        inputs=replace(state.decision.inputs, category=CategorySource.PERSON),
    )
    given = Assigned(
        inquiry_id=state.inquiry_id,
        matter=matter,
        round=state.round,
        decision=decision,
        attempts=(),
    )
    return _give(city, given, office=office, rule=Rule.MANUAL, now=now)


def designate(
    state: Assignment | None, *, city: City, office: Office, now: datetime
) -> AssignmentChange | None:
    """The arbitration desk names the office for an inquiry that lies with it; the same office named
    again changes nothing.

    The mediation committee designates a department of its own agency, the city, which may not
    decline (Enforcement Decree of the Civil Petitions Treatment Act, Article 38 (1) 1). A district
    is another agency: the matter is transferred to it (Article 13 (3)), and it may decline. Where
    it is not clear which agency is competent, the one that supervises both decides (Administrative
    Procedures Act, Article 6 (2)); that the city does not supervise districts in this sense is
    assumed. Raises `unknown_assignment` (NOT_FOUND), `not_in_arbitration` (CONFLICT),
    `office_not_competent` (INVALID).
    """
    if state is None:
        raise _unknown()
    if isinstance(state, Assigned):
        current = state.current
        desk = city.arbitration_office
        rule = Rule.TRANSFERRED if another_agency(desk, office) else Rule.DESIGNATED
        if (current.rule, current.office_id) == (rule, office.id):
            return None
        if current.rule is Rule.ARBITRATION:
            _check_competent(city, state.matter, office, now)
            return _give(city, state, office=office, rule=rule, now=now)
    raise DomainError(
        "not_in_arbitration",
        Kind.CONFLICT,
        "only what lies with the arbitration desk is designated",
    )


def _queue(inquiry_id: str, matter: Matter, decision: NotRouted, now: datetime) -> AssignmentChange:
    """Puts the inquiry into the unrouted queue, to be woken when its due time is near."""
    waiting = Unrouted(
        inquiry_id=inquiry_id,
        matter=matter,
        round=FIRST_ROUND,
        decision=decision,
        unrouted_at=now,
    )
    told = InquiryUnrouted(
        inquiry_id=inquiry_id,
        matter=matter,
        round=FIRST_ROUND,
        reason=decision.reason,
        unrouted_at=now,
        due_at=decision.due_at,
    )
    # Where the due time is near already, the inquiry is woken at once, so that `wake` alone decides
    # on its urgency.
    return Change(state=waiting, events=(told,), wake_at=max(now, dates.presses_at(waiting)))


def _next(city: City, given: Assigned, suggested: str, today: date) -> tuple[Office, Rule]:
    """The office after a refusal: the suggested one, an alternative, or the arbitration desk."""
    tried = {attempt.office_id for attempt in given.attempts}
    refusals = sum(attempt.refused is not None for attempt in given.attempts)
    if refusals < REFUSALS_BEFORE_ARBITRATION:
        named = [(suggested, Rule.SUGGESTED_OFFICE)] if suggested else []
        if not given.matter.permit:
            named += [(office_id, Rule.NEXT_ALTERNATIVE) for office_id in given.decision.offices]
        for office_id, rule in named:
            office = city.offices.get(office_id)
            if office is None or office.id in tried or office.id == city.arbitration_office.id:
                continue
            if may_take(city, given.matter, office, today):
                return office, rule
    return city.arbitration_office, Rule.ARBITRATION


def _give(
    city: City, given: Assigned, *, office: Office, rule: Rule, now: datetime
) -> AssignmentChange:
    """Adds an attempt at `office` to those of `given`, and tells it with InquiryAssigned."""
    decision = _handed_on(city, given, office, now)
    before = given.attempts[-1] if given.attempts else None
    attempt = Attempt(
        number=len(given.attempts) + 1,
        office_id=office.id,
        workload=workload_of(office),
        rule=rule,
        binding=rule in (Rule.ARBITRATION, Rule.DESIGNATED),
        delegated_by=delegated_by(city, given.matter, office, day_of(city, now)),
        assigned_at=now,
    )
    told = InquiryAssigned(
        inquiry_id=given.inquiry_id,
        matter=given.matter,
        round=given.round,
        attempt=attempt.number,
        office_id=attempt.office_id,
        workload=attempt.workload,
        rule=attempt.rule,
        binding=attempt.binding,
        delegated_by=attempt.delegated_by,
        due_at=decision.due_at,
        assigned_at=now,
        previous_office_id=before.office_id if before else "",
        decline_reason=before.refused if before else None,
        clock_from=decision.clock_from,
        period=decision.period,
    )
    attempts = (*given.attempts, attempt)
    return Change(state=replace(given, decision=decision, attempts=attempts), events=(told,))


def _handed_on(city: City, given: Assigned, office: Office, now: datetime) -> Routed:
    """The decision after the hand-over to `office`: with a new due time where the hand-over starts
    the clock again, else as it was.

    Raises OutOfCalendar.
    """
    decision = given.decision
    before = city.offices.get(given.current.office_id) if given.attempts else None
    if before is None or not dates.restarts(city, before, office):
        return decision
    due = dates.due(city, given.matter, now)
    return replace(decision, clock_from=now, period=str(due.period), due_at=due.at)


def _check_competent(city: City, matter: Matter, office: Office, now: datetime) -> None:
    if not may_take(city, matter, office, day_of(city, now)):
        raise DomainError(
            "office_not_competent",
            Kind.INVALID,
            "the office is closed, or has no power to decide this permit: name the community office"
            " that it is delegated to, or else the district",
            field="office",
        )


def day_of(city: City, now: datetime) -> date:
    """The city's local day."""
    return now.astimezone(city.timezone).date()


def _unknown() -> DomainError:
    return DomainError("unknown_assignment", Kind.NOT_FOUND, "routing has no such inquiry")
