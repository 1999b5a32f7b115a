"""When an answer is due, and how urgent a matter is that has no office. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.cities import City, Due, Matter, Office, Period, provisional_due
from services.routing.domain.assignment.model import Account, Unrouted, Urgency
from services.routing.domain.competence import another_agency

# A matter in the unrouted queue is urgent in the last quarter of its time. Smaller than 4: the
# queue alarms while there is time enough. Larger: it alarms when nobody can answer in time any
# more.
PRESSING_SHARE = 4
# The database keeps times to the millisecond. At the due moment itself an answer is still in time;
# a millisecond later it is late.
MOMENT = timedelta(milliseconds=1)


def due(city: City, matter: Matter, clock_from: datetime) -> Due:
    """When the answer is due if the clock began at `clock_from`; without a service it is
    provisional, the earliest end that the law could set. What is no matter yet, because it must be
    a document, is answered with how to file it. Raises OutOfCalendar."""
    if not matter.service_code:
        return provisional_due(city, clock_from, matter.channel)
    service = city.as_asked(city.service(matter.service_code), matter.channel)
    return city.due_for(service, clock_from)


def account(city: City, matter: Matter, due: Due) -> Account:
    """How the date was counted, in each language of the city; of a matter without a service, how
    the provisional one was."""
    clock = city.clock
    if not matter.service_code:
        return {each: tuple(clock.explain_provisional(due, each)) for each in city.languages}
    return {each: tuple(due.explain(each)) for each in city.languages}


def later_end(city: City, state: Unrouted) -> datetime | None:
    """When the period of an inquiry without an office ends by the city's calendar of today, where
    that is later than was told."""
    decision = state.decision
    period = Period.parse(decision.period)
    return city.later_end(state.matter.received_at, period, decision.due_at)


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


def presses_at(state: Unrouted) -> datetime:
    """When the matter's urgency becomes NEAR."""
    due_at = state.decision.due_at
    return due_at - (due_at - state.matter.received_at) / PRESSING_SHARE


def wake_at(state: Unrouted, now: datetime) -> datetime | None:
    """When the urgency changes next; None once it is overdue."""
    match urgency(state, now):
        case Urgency.WAITING:
            return presses_at(state)
        case Urgency.NEAR:
            return state.decision.due_at + MOMENT
        case Urgency.OVERDUE:
            return None
