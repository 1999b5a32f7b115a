"""When an answer is due, how urgent a matter is that has no office, and by when an office takes one
or the arbitration desk decides. Pure.

How long each takes is data of the city's pack: the limits below. Where a limit is missing, what it
would bring never comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.cities import (
    Cause,
    City,
    Due,
    Matter,
    Office,
    OutOfCalendar,
    Period,
    Suspension,
    Term,
    provisional_due,
)
from services.routing.domain.assignment.events import EscalationLevel
from services.routing.domain.assignment.model import (
    Account,
    Asked,
    Assigned,
    QuestionEnd,
    Unrouted,
    Urgency,
)
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
# Within what an office accepts or refuses, counted from its assignment.
TAKE_FIRST, TAKE_SAME_AGENCY, TAKE_OTHER_AGENCY = (
    "take_first",
    "take_same_agency",
    "take_other_agency",
)
# After what somebody higher is told that it has not, and then the coordinator has to decide. All
# are counted from the end of the time to take: what is told, and when, follows from that alone.
_UNTAKEN = {
    EscalationLevel.AGENCY: "untaken_to_agency",
    EscalationLevel.COORDINATOR: "untaken_to_coordinator",
}
_TO_ARBITRATION = "untaken_to_arbitration"
# Within what the coordinator decides.
_ARBITRATION = "arbitration"


# The office that acts on a danger has so long to take it, which is assumed. Longer: nobody looks
# why it does not. Shorter: the heads are told while it is on its way.
DANGER_TO_TAKE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """When a step must be done, and the period (`3h`) that ends then."""

    period: str
    by: datetime


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


def account(city: City, matter: Matter, due: Due) -> Account:
    """How the date was counted, in each language of the city; of a matter without a service, how
    the provisional one was."""
    clock = city.clock
    if not matter.service_code:
        return {each: tuple(clock.explain_provisional(due, each)) for each in city.languages}
    return {each: tuple(due.explain(each)) for each in city.languages}


def counted_to(city: City, state: Assigned | Unrouted, due_at: datetime) -> Account:
    """How a date was counted to which a matter has moved; as it was where the city's calendar of
    today does not lead to it."""
    clock_from = state.decision.clock_from if isinstance(state, Assigned) else None
    begun_at = clock_from or state.matter.received_at
    # What stood still before a hand-over that began the clock anew does not count.
    stood = state.questions if begun_at == state.matter.received_at else ()
    counted = due(city, state.matter, begun_at, stood)
    same = counted.at == due_at
    return account(city, state.matter, counted) if same else state.decision.account


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


def to_take(city: City, before: Office | None, office: Office, now: datetime) -> Limited | None:
    """By when `office` accepts or refuses what it gets `now` from the office `before`, None for the
    first of the round; None in a city without the limit.

    The law limits the hand-over (Petitions Decree 13), not the taking. That an office has as long
    for it is assumed.
    """
    if before is None:
        return _limited(city, TAKE_FIRST, now)
    other = another_agency(before, office)
    return _limited(city, TAKE_OTHER_AGENCY if other else TAKE_SAME_AGENCY, now)


def to_act(now: datetime) -> Limited:
    """By when the office that acts on a danger has taken it, by day and night."""
    return Limited(period="", by=now + DANGER_TO_TAKE)


def to_decide(city: City, now: datetime, due_at: datetime) -> Limited:
    """By when the coordinator decides what is opened `now`: within the city's limit, and never
    later than when the answer to the citizen is due, unless that is over."""
    limited = _limited(city, _ARBITRATION, now)
    if limited is not None and (limited.by <= due_at or due_at <= now):
        return limited
    return Limited(period="", by=due_at)


def later_limit(city: City, begun_at: datetime, told: Limited) -> datetime | None:
    """When such a period ends by the city's calendar of today, where that is later than was told;
    None for a date that no period gave."""
    if not told.period:
        return None
    return city.later_end(begun_at, Period.parse(told.period), told.by)


def escalations(
    city: City, take_by: datetime, after: EscalationLevel | None
) -> Iterator[tuple[EscalationLevel, datetime]]:
    """The levels above `after`, each with the moment from which it is told that nobody has taken
    what was to be taken by `take_by`. The office's own is the first, and at once."""
    levels = list(EscalationLevel)
    for level in levels[0 if after is None else levels.index(after) + 1 :]:
        at = take_by if level is EscalationLevel.OFFICE else _end(city, _UNTAKEN[level], take_by)
        if at is None:
            return
        yield level, at + MOMENT


def arbitrated_at(city: City, take_by: datetime) -> datetime | None:
    """When what nobody has taken comes to arbitration; None where it never does."""
    at = _end(city, _TO_ARBITRATION, take_by)
    return None if at is None else at + MOMENT


def next_step(city: City, state: Assigned) -> datetime | None:
    """When time alone changes what lies at an office next; None where it does not."""
    if state.arbitration is not None:
        return None if state.arbitration.overdue else state.arbitration.decide_by + MOMENT
    current = state.current
    if current.take_by is None or current.taken_at is not None:
        return None
    levels = escalations(city, current.take_by, current.escalated)
    return next((at for _, at in levels), None) or arbitrated_at(city, current.take_by)


def _limited(city: City, limit: str, begun_at: datetime) -> Limited | None:
    end = _end(city, limit, begun_at)
    return None if end is None else Limited(period=str(city.limit(limit)), by=end)


def _end(city: City, limit: str, begun_at: datetime) -> datetime | None:
    """When a limit that began then ends; None where the city has no such limit, or its calendar
    ends before."""
    if limit not in city.limits:
        return None
    try:
        due = city.due_of(Term(received_at=begun_at, period=city.limit(limit)))
    except OutOfCalendar:
        return None
    assert isinstance(due, Due), "a term without suspensions is never paused"
    return due.at
