"""When an answer is due, and how urgent a matter is that has no office. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from services.cities import (
    Cause,
    City,
    Due,
    Matter,
    Office,
    Period,
    Suspension,
    provisional_due,
)
from services.routing.domain.assignment.model import Asked, QuestionEnd, Unrouted, Urgency
from services.routing.domain.competence import another_agency

# A matter in the unrouted queue is urgent in the last quarter of its time. Smaller than 4: the
# queue alarms while there is time enough. Larger: it alarms when nobody can answer in time any
# more.
PRESSING_SHARE = 4
# An answer that is given in the last moment comes within this time. Longer: the office that finds
# out gets the inquiry later. Shorter: a slow minute of the bus makes an answer vain.
ON_THE_WAY = timedelta(minutes=1)
# The database keeps times to the millisecond. At the due moment itself an answer is still in time;
# a millisecond later it is late.
MOMENT = timedelta(milliseconds=1)


def due(city: City, matter: Matter, clock_from: datetime, questions: tuple[Asked, ...] = ()) -> Due:
    """When the answer is due if the clock began at `clock_from` and stood still for the answers to
    `questions`; without a service it is provisional, the earliest end that the law could set. What
    is no matter yet, because it must be a document, is answered with how to file it. Raises
    OutOfCalendar."""
    if not matter.service_code:
        return provisional_due(city, clock_from, matter.channel)
    service = city.as_asked(city.service(matter.service_code), matter.channel)
    found = city.due_for(service, clock_from)
    suspended = stops(city, questions)
    if not suspended:
        return found
    moved = city.due_of(replace(found.term, suspensions=suspended))
    assert isinstance(moved, Due), "every suspension of it has ended"
    return moved


def stops(city: City, questions: tuple[Asked, ...]) -> tuple[Suspension, ...]:
    """The days on which the clock stood still, where the city's practice `asking_stops_clock` is
    `yes`: from a question to its answer, both included (Enforcement Decree of the Administrative
    Procedures Act, Article 11). What nobody answered stops no clock."""
    practice = city.practices.get("asking_stops_clock")
    if practice is None or practice.value != "yes":
        return ()
    return tuple(
        Suspension(
            cause=Cause.SUPPLEMENT,
            start=asked.asked_at.astimezone(city.timezone).date(),
            end=asked.ended_at.astimezone(city.timezone).date(),
        )
        for asked in questions
        if asked.ended is QuestionEnd.ANSWERED and asked.ended_at is not None
    )


def later_end(city: City, state: Unrouted) -> datetime | None:
    """When the period of an inquiry without an office ends by the city's calendar of today, where
    that is later than was told."""
    decision = state.decision
    period = Period.parse(decision.period)
    suspended = stops(city, state.questions)
    return city.later_end(state.matter.received_at, period, decision.due_at, suspended)


def restarts(city: City, before: Office, after: Office) -> bool:
    """Whether this hand-over starts the clock again.

    No article says whether. The city's practice `transfer_restarts_clock` does, and only for a
    hand-over to another agency. In a city without the practice the clock runs on.
    """
    practice = city.practices.get("transfer_restarts_clock")
    restarting = practice is not None and practice.value == "yes"
    return restarting and another_agency(before, after)


def urgency(state: Unrouted, now: datetime) -> Urgency:
    """How urgent it is at `now` that the matter gets an office."""
    if now > state.decision.due_at:
        return Urgency.OVERDUE
    return Urgency.NEAR if now >= presses_at(state) else Urgency.WAITING


def unanswered_at(asked: Asked) -> datetime:
    """When an answer in the last moment would have come."""
    return asked.answer_by + ON_THE_WAY


def presses_at(state: Unrouted) -> datetime:
    """When the matter's urgency becomes NEAR."""
    due_at = state.decision.due_at
    return due_at - (due_at - state.matter.received_at) / PRESSING_SHARE


def wake_at(state: Unrouted, now: datetime) -> datetime | None:
    """When to look at it next, not before `now`: the urgency that it is marked with changes, or the
    time is over in which the citizen may answer. None when neither will be."""
    looks = [] if state.asked is None else [max(now, unanswered_at(state.asked))]
    match state.urgency:
        case Urgency.WAITING:
            looks.append(max(now, presses_at(state)))
        case Urgency.NEAR:
            looks.append(max(now, state.decision.due_at + MOMENT))
        case Urgency.OVERDUE:
            pass
    return min(looks, default=None)
