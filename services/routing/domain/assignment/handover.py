"""Hand-overs of an inquiry that lies at an office: refusals and alternatives. What then lies with
the arbitration desk is `arbitration`'s.

The receipt starts the clock. Whether a transfer to another agency starts it again is the city's
practice (`dates.restarts`), because no article says it. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.cities import City, Office, RuleSet
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.arbitration import to_desk
from services.routing.domain.assignment.events import (
    ArbitrationCause,
    CaseDeclined,
    DeadlineRecounted,
)
from services.routing.domain.assignment.giving import AssignmentChange, day_of, give, unknown
from services.routing.domain.assignment.model import Assigned, Assignment, Rule
from services.routing.domain.competence import may_take

REFUSALS_BEFORE_ARBITRATION = 2


def decline(
    state: Assignment | None, *, city: City, ruleset: RuleSet, event: CaseDeclined, now: datetime
) -> AssignmentChange | None:
    """Gives the inquiry to the next office after a refusal, whether or not the office had accepted
    it before.

    The second refusal leads to the arbitration desk, and so do one that names an office that has
    refused already, and the first when no other office is left. A permit has no alternatives: only
    an office that the refusing one names, and that may decide the permit, comes before the desk.

    What an office may not refuse comes back only once that office has closed: districts refuses it
    in the office's name, and the desk names another one. The desk itself refuses nothing.

    A refusal that comes twice or of another round changes nothing. Neither does one of a round that
    has ended. One that comes late, when the desk has taken the inquiry
    from the office, is kept for whoever decides, and moves nothing. Raises `unknown_assignment`
    (NOT_FOUND) when routing does not know the inquiry yet, `closing_unheard` (UNAVAILABLE) when
    the record of offices does not say here yet that the office of a binding attempt has closed.
    """
    if state is None:
        raise unknown()
    if not isinstance(state, Assigned):
        return None
    current = state.current
    refused = (event.round, event.attempt, event.office_id)
    if refused != (state.round, current.number, current.office_id):
        return _kept(city, state, event)
    if current.rule == Rule.ARBITRATION:
        return None
    if current.binding:
        _must_have_closed(city, current.office_id, day_of(city, now))
        return to_desk(city, state, ArbitrationCause.OFFICE_CLOSED, now)
    attempts = (*state.attempts[:-1], replace(current, refused=event.reason))
    given = replace(state, attempts=attempts)
    suggested = event.suggested_office_id
    cause = _disagreement(given, suggested)
    found = _next(city, ruleset, given, suggested, day_of(city, now)) if cause is None else None
    if found is None:
        return to_desk(city, given, cause or ArbitrationCause.NOBODY_LEFT, now)
    office, rule = found
    return give(city, given, office=office, rule=rule, now=now)


def _must_have_closed(city: City, office_id: str, today: date) -> None:
    """To drop the refusal instead would leave the matter with nobody, where the record is late."""
    office = city.offices.get(office_id)
    if office is not None and not office.validity.is_over(today):
        raise DomainError(
            "closing_unheard",
            Kind.UNAVAILABLE,
            "only an office that has closed gives back what it may not refuse; try again",
        )


def _kept(city: City, state: Assigned, event: CaseDeclined) -> AssignmentChange | None:
    """The refusal of an earlier attempt, which the inquiry had left before the office said so."""
    late = (event.round, event.attempt, event.office_id, None, False)
    attempts = tuple(
        replace(one, refused=event.reason)
        if (state.round, one.number, one.office_id, one.refused, one.binding) == late
        else one
        for one in state.attempts
    )
    if attempts == state.attempts:
        return None
    kept = replace(state, attempts=attempts)
    if kept.arbitration is not None:
        refused = tuple(one.office_id for one in attempts if one.refused is not None)
        kept = replace(kept, arbitration=replace(kept.arbitration, refused=refused))
    return Change(state=kept, wake_at=dates.next_step(city, kept))


def follow_date(
    state: Assignment | None, *, city: City, event: DeadlineRecounted
) -> AssignmentChange | None:
    """Keeps the later date of the case, so that the next office gets it, too. An earlier one came
    late or twice, or is of a period that a hand-over has begun anew since: a date only ever moves
    to a later one. Raises `unknown_assignment` (NOT_FOUND)."""
    if state is None:
        raise unknown()
    if not isinstance(state, Assigned) or state.round != event.round:
        return None
    if event.due_at <= state.decision.due_at:
        return None
    account = dates.counted_to(city, state, event.due_at)
    decision = replace(state.decision, due_at=event.due_at, account=account)
    moved = replace(state, decision=decision)
    return Change(state=moved, wake_at=dates.next_step(city, moved))


def _disagreement(given: Assigned, suggested: str) -> ArbitrationCause | None:
    """Why the last refusal shows that the offices do not agree; None where it does not."""
    *earlier, last = given.attempts
    refused = {attempt.office_id for attempt in earlier if attempt.refused is not None}
    if suggested in refused - {last.office_id}:
        return ArbitrationCause.SENT_BACK
    refusals = sum(attempt.refused is not None for attempt in given.attempts)
    return ArbitrationCause.REFUSED_TWICE if refusals >= REFUSALS_BEFORE_ARBITRATION else None


def _next(
    city: City, ruleset: RuleSet, given: Assigned, suggested: str, today: date
) -> tuple[Office, Rule] | None:
    """The office after a refusal: the suggested one, an alternative, or None for nobody."""
    tried = {attempt.office_id for attempt in given.attempts}
    named = [(suggested, Rule.SUGGESTED_OFFICE)] if suggested else []
    if not given.matter.permit:
        named += [(office_id, Rule.NEXT_ALTERNATIVE) for office_id in given.decision.offices]
    for office_id, rule in named:
        office = city.offices.get(office_id)
        if office is None or office.id in tried or office.id == city.arbitration_office.id:
            continue
        if may_take(ruleset, city, given.matter, office, today):
            return office, rule
    return None
