"""When an answer is due, and when it presses that nobody has the matter. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.cities import City, Due, Matter, Office, provisional_due
from services.routing.domain.competence import another_agency
from services.routing.domain.model import Unrouted, Urgency

# A matter in the unrouted queue presses in the last quarter of its time. More: the queue alarms
# where there is time enough. Less: nobody can answer in time any more when it does.
PRESSING_SHARE = 4
# The finest time that the database keeps: at the due moment itself an answer is still in time.
MOMENT = timedelta(milliseconds=1)


def due(city: City, matter: Matter, clock_from: datetime) -> Due:
    """When the answer is due if the clock began at `clock_from`; without a service it is
    provisional, the earliest end that the law could set. Raises OutOfCalendar."""
    if not matter.service_code:
        return provisional_due(city, clock_from, matter.channel)
    return city.due_for(city.service(matter.service_code), clock_from)


def restarts(city: City, before: Office, after: Office) -> bool:
    """Whether this hand-over starts the clock again.

    No article says so: it is the city's practice `transfer_restarts_clock`, and only where another
    agency gets the matter. A city without the practice keeps the clock.
    """
    practice = city.practices.get("transfer_restarts_clock")
    restarting = practice is not None and practice.value == "yes"
    return restarting and another_agency(before, after)


def urgency(state: Unrouted, now: datetime) -> Urgency:
    """How much it presses at `now` that nobody has the matter."""
    if now > state.decision.due_at:
        return Urgency.OVERDUE
    return Urgency.NEAR if now >= presses_at(state) else Urgency.WAITING


def presses_at(state: Unrouted) -> datetime:
    """When it begins to press."""
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
