"""What becomes of an assignment: the first office, hand-overs, arbitration, a person's word.

The statutory clock is started once, by the receipt; no hand-over starts it again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.cities import City, Matter, Office
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.events import CaseDeclined, InquiryAssigned, InquiryUnrouted
from services.routing.domain.model import (
    FIRST_ROUND,
    Assigned,
    Assignment,
    Attempt,
    CategorySource,
    NotRouted,
    Routed,
    Rule,
    Unrouted,
)
from services.routing.domain.policy import delegated_by, may_take, workload_of

REFUSALS_BEFORE_ARBITRATION = 2

Told = InquiryAssigned | InquiryUnrouted
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

    `matter` has what the decision found.
    """
    if state is not None:
        return None
    if isinstance(decision, NotRouted):
        unrouted = Unrouted(
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
        )
        return Change(state=unrouted, events=(told,))
    given = Assigned(
        inquiry_id=inquiry_id, matter=matter, round=FIRST_ROUND, decision=decision, attempts=()
    )
    office = city.office(decision.offices[0])
    return _give(city, given, office=office, rule=decision.rule, now=now)


def decline(
    state: Assignment | None, *, city: City, event: CaseDeclined, now: datetime
) -> AssignmentChange | None:
    """Gives the inquiry to the next office; the second refusal leads to arbitration.

    A refusal of any but the current round and attempt comes late or again and changes nothing, and
    so does one of a binding attempt. Raises `unknown_assignment` (NOT_FOUND) when nothing was
    assigned yet.
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
    office, rule = _next(city, given, event.suggested_office_id, _day(city, now))
    return _give(city, given, office=office, rule=rule, now=now)


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
    _check_competent(city, service_code, office, now)
    service = city.service(service_code)
    decision = Routed(
        rule=Rule.MANUAL,
        offices=tuple(dict.fromkeys((office.id, city.arbitration_office.id))),
        due_at=city.due(state.matter.received_at, service.period).at,
        inputs=replace(state.decision.inputs, category=CategorySource.PERSON),
    )
    given = Assigned(
        inquiry_id=state.inquiry_id,
        matter=replace(
            state.matter, service_code=service.code, kind=service.kind, permit=service.permit
        ),
        round=state.round,
        decision=decision,
        attempts=(),
    )
    return _give(city, given, office=office, rule=Rule.MANUAL, now=now)


def designate(
    state: Assignment | None, *, city: City, office: Office, now: datetime
) -> AssignmentChange | None:
    """The arbitration desk's binding word on what lies with it; the same again changes nothing.

    Source: Enforcement Decree of the Civil Petitions Treatment Act, Article 38 (1) 1. Raises
    `unknown_assignment` (NOT_FOUND), `not_in_arbitration` (CONFLICT), `office_not_competent`
    (INVALID).
    """
    if state is None:
        raise _unknown()
    if isinstance(state, Assigned):
        current = state.current
        if current.rule is Rule.DESIGNATED and current.office_id == office.id:
            return None
        if current.rule is Rule.ARBITRATION:
            _check_competent(city, state.matter.service_code, office, now)
            return _give(city, state, office=office, rule=Rule.DESIGNATED, now=now)
    raise DomainError(
        "not_in_arbitration",
        Kind.CONFLICT,
        "only what lies with the arbitration desk is designated",
    )


def _next(city: City, given: Assigned, suggested: str, on: date) -> tuple[Office, Rule]:
    """The office after a refusal: the suggested one, an alternative, or the arbitration desk."""
    tried = {attempt.office_id for attempt in given.attempts}
    refusals = sum(attempt.refused is not None for attempt in given.attempts)
    if refusals < REFUSALS_BEFORE_ARBITRATION:
        named = [(suggested, Rule.SUGGESTED_OFFICE)] if suggested else []
        named += [(office_id, Rule.NEXT_ALTERNATIVE) for office_id in given.decision.offices]
        for office_id, rule in named:
            office = city.offices.get(office_id)
            if office is None or office.id in tried or office.id == city.arbitration_office.id:
                continue
            if may_take(city, given.matter.service_code, office, on):
                return office, rule
    return city.arbitration_office, Rule.ARBITRATION


def _give(
    city: City, given: Assigned, *, office: Office, rule: Rule, now: datetime
) -> AssignmentChange:
    """One attempt more than were `given`, and the fact that tells it."""
    before = given.attempts[-1] if given.attempts else None
    attempt = Attempt(
        number=len(given.attempts) + 1,
        office_id=office.id,
        workload=workload_of(office),
        rule=rule,
        binding=rule in (Rule.ARBITRATION, Rule.DESIGNATED),
        delegated_by=delegated_by(city, given.matter.service_code, office, _day(city, now)),
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
        due_at=given.decision.due_at,
        assigned_at=now,
        previous_office_id=before.office_id if before else "",
        decline_reason=before.refused if before else None,
    )
    return Change(state=replace(given, attempts=(*given.attempts, attempt)), events=(told,))


def _check_competent(city: City, service_code: str, office: Office, now: datetime) -> None:
    if not may_take(city, service_code, office, _day(city, now)):
        raise DomainError(
            "office_not_competent",
            Kind.INVALID,
            "the office is closed, or the district has not delegated this permit to it",
            field="office",
        )


def _day(city: City, now: datetime) -> date:
    return now.astimezone(city.timezone).date()


def _unknown() -> DomainError:
    return DomainError("unknown_assignment", Kind.NOT_FOUND, "routing has no such inquiry")
