"""Hand-overs of an inquiry that lies at an office: refusals, alternatives, the arbitration desk.

The receipt starts the clock. Whether a transfer to another agency starts it again is the city's
practice (`dates.restarts`), because no article says it. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.cities import City, Office, RuleSet
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment.events import CaseDeclined, DeadlineRecounted
from services.routing.domain.assignment.giving import (
    AssignmentChange,
    check_competent,
    day_of,
    give,
    unknown,
)
from services.routing.domain.assignment.model import Assigned, Assignment, Rule, Unrouted
from services.routing.domain.competence import another_agency, may_take

REFUSALS_BEFORE_ARBITRATION = 2


def decline(
    state: Assignment | None, *, city: City, ruleset: RuleSet, event: CaseDeclined, now: datetime
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
        raise unknown()
    if isinstance(state, Unrouted):
        return None
    current = state.current
    refused = (event.round, event.attempt, event.office_id)
    if refused != (state.round, current.number, current.office_id) or current.binding:
        return None
    attempts = (*state.attempts[:-1], replace(current, refused=event.reason))
    given = replace(state, attempts=attempts)
    suggested = event.suggested_office_id
    office, rule = _next(city, ruleset, given, suggested, day_of(city, now))
    return give(city, given, office=office, rule=rule, now=now)


def follow_date(state: Assignment | None, *, event: DeadlineRecounted) -> AssignmentChange | None:
    """Keeps the later date of the case, so that the next office gets it, too. An earlier one came
    late or twice, or is of a period that a hand-over has begun anew since: a date only ever moves
    to a later one. Raises `unknown_assignment` (NOT_FOUND)."""
    if state is None:
        raise unknown()
    if isinstance(state, Unrouted) or state.round != event.round:
        return None
    if event.due_at <= state.decision.due_at:
        return None
    return Change(state=replace(state, decision=replace(state.decision, due_at=event.due_at)))


def designate(
    state: Assignment | None, *, city: City, ruleset: RuleSet, office: Office, now: datetime
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
        raise unknown()
    if isinstance(state, Assigned):
        current = state.current
        desk = city.arbitration_office
        rule = Rule.TRANSFERRED if another_agency(desk, office) else Rule.DESIGNATED
        if (current.rule, current.office_id) == (rule, office.id):
            return None
        if current.rule == Rule.ARBITRATION:
            check_competent(city, ruleset, state.matter, office, now)
            return give(city, state, office=office, rule=rule, now=now)
    raise DomainError(
        "not_in_arbitration",
        Kind.CONFLICT,
        "only what lies with the arbitration desk is designated",
    )


def _next(
    city: City, ruleset: RuleSet, given: Assigned, suggested: str, today: date
) -> tuple[Office, Rule]:
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
            if may_take(ruleset, city, given.matter, office, today):
                return office, rule
    return city.arbitration_office, Rule.ARBITRATION
