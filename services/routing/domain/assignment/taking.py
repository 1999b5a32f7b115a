"""Whether the office that got an inquiry takes it, and who is told when it does not.

Everything follows from the time by which the office must have taken it: what is told, and when,
never depends on when a state was last changed. Each level is told once for each attempt, however
late and often the inquiry is woken. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City
from services.common.kernel import Change
from services.routing.domain.assignment import arbitration, dates
from services.routing.domain.assignment.dates import Limited
from services.routing.domain.assignment.events import (
    ArbitrationCause,
    AssignmentEscalated,
    CaseAccepted,
    EscalationLevel,
)
from services.routing.domain.assignment.giving import AssignmentChange, Told, unknown
from services.routing.domain.assignment.model import Assigned, Assignment, Untaken


def accept(state: Assignment | None, *, city: City, event: CaseAccepted) -> AssignmentChange | None:
    """Stores that the office of an attempt has taken the inquiry: nobody is told any more that it
    has not.

    Of an earlier attempt of the round that is stored, too, and moves nothing: the inquiry had gone
    on before the acceptance was heard. One that came twice changes nothing, nor does one of another
    round or of a round that has ended. Raises `unknown_assignment` (NOT_FOUND).
    """
    if state is None:
        raise unknown()
    if not isinstance(state, Assigned) or event.round != state.round:
        return None
    accepted = (event.attempt, event.office_id, None)
    attempts = tuple(
        replace(one, taken_at=event.accepted_at)
        if (one.number, one.office_id, one.taken_at) == accepted
        else one
        for one in state.attempts
    )
    if attempts == state.attempts:
        return None
    taken = replace(state, attempts=attempts)
    if taken.current.taken_at is not None:
        taken = replace(taken, untaken=None)
    return Change(state=taken, wake_at=dates.next_step(city, taken))


def wake(state: Assigned, *, city: City, now: datetime) -> AssignmentChange | None:
    """Tells everybody whose time has come that nobody has taken the inquiry; after the last one,
    the arbitration desk gets it. What was taken meanwhile is left as it is.

    One that is woken late tells all levels that have come, in their order. A holiday that was
    declared since gives the office more time, unless somebody was told already.
    """
    state = _by_calendar(state, city)
    take_by = state.current.take_by
    if take_by is None or state.current.taken_at is not None:
        return None
    told: list[Told] = []
    for level, at in dates.escalations(city, take_by, state.current.escalated):
        if now < at:
            break
        told.append(_escalated(state, level, take_by, at))
        state = _untaken(state, level, take_by)
    else:
        opens_at = dates.arbitrated_at(city, take_by)
        if opens_at is not None and now >= opens_at:
            change = arbitration.to_desk(city, state, ArbitrationCause.NOT_TAKEN, now)
            return replace(change, events=(*told, *change.events))
    return Change(state=state, events=tuple(told), wake_at=dates.next_step(city, state))


def _by_calendar(state: Assigned, city: City) -> Assigned:
    """The state with the later time that the city's calendar of today gives the office."""
    current = state.current
    if current.take_by is None or current.escalated is not None:
        return state
    told = Limited(period=current.take_within, by=current.take_by)
    later = dates.later_limit(city, current.assigned_at, told)
    if later is None:
        return state
    return replace(state, attempts=(*state.attempts[:-1], replace(current, take_by=later)))


def _untaken(state: Assigned, level: EscalationLevel, take_by: datetime) -> Assigned:
    """The state once that level was told."""
    told = replace(state.current, escalated=level)
    untaken = Untaken(level=level, since=take_by)
    return replace(state, attempts=(*state.attempts[:-1], told), untaken=untaken)


def _escalated(
    state: Assigned, level: EscalationLevel, take_by: datetime, at: datetime
) -> AssignmentEscalated:
    return AssignmentEscalated(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round=state.round,
        attempt=state.current.number,
        office_id=state.current.office_id,
        level=level,
        take_by=take_by,
        escalated_at=at,
    )
