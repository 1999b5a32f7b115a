"""Keeps the gauges true of what waits for a person, and repeats the alarm while something does.

Owns the gauges of the unrouted queue, of the coordinator's lists and of rules that somebody must
mend. The first alarm of a matter is that of the handler that stored it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from services.cities import City, stale_rules
from services.common.kernel import DomainError
from services.routing.application import metrics
from services.routing.application.ports import Desk, UnroutedQueue
from services.routing.application.present_city import PresentCity
from services.routing.application.rulesets import RulesInForce
from services.routing.domain.assignment.model import WaitingFor

log = logging.getLogger(__name__)


class UnroutedWatch:
    """Looks at what has no office, and warns again each time that `remind` has passed while an
    inquiry waits for a person."""

    def __init__(
        self, queue: UnroutedQueue, *, clock: Callable[[], datetime], remind: timedelta
    ) -> None:
        self._queue = queue
        self._clock = clock
        self._reminder = _Reminder(remind)

    async def look(self) -> None:
        """Looks at the queue once. A database that is away is logged; the next look asks again."""
        try:
            now = self._clock()
            state = await self._queue.state(WaitingFor.PERSON, now)
            asked = await self._queue.state(WaitingFor.CITIZEN, now)
        except DomainError as error:
            log.warning("routing.queue_unknown", extra={"slug": error.slug})
            return
        metrics.UNROUTED.set(state.waiting)
        metrics.ASKED.set(asked.waiting)
        metrics.UNROUTED_OVERDUE.set(state.overdue + asked.overdue)
        if state.oldest is not None and self._reminder.is_due(now):
            log.warning(
                "routing.unrouted_waiting",
                extra={
                    "waiting": state.waiting,
                    "overdue": state.overdue,
                    "oldest_seconds": round((now - state.oldest).total_seconds()),
                },
            )


class DeskWatch:
    """Looks how many arbitrations are open and how many matters nobody has taken, and warns again
    each time that `remind` has passed while an arbitration is overdue."""

    def __init__(self, desk: Desk, *, clock: Callable[[], datetime], remind: timedelta) -> None:
        self._desk = desk
        self._clock = clock
        self._reminder = _Reminder(remind)

    async def look(self) -> None:
        """Looks once. A database that is away is logged; the next look asks again."""
        try:
            now = self._clock()
            state = await self._desk.state(now)
            untaken = await self._desk.untaken()
        except DomainError as error:
            log.warning("routing.desk_unknown", extra={"slug": error.slug})
            return
        metrics.ARBITRATIONS_OPEN.set(state.open)
        metrics.ARBITRATIONS_OVERDUE.set(state.overdue)
        for level, count in untaken.items():
            metrics.UNTAKEN.labels(level.value).set(count)
        if state.overdue and self._reminder.is_due(now):
            log.error(
                "routing.arbitrations_wait", extra={"open": state.open, "overdue": state.overdue}
            )


class RulesWatch:
    """Alarms of rules whose office is closed today, before a decision passes one over; once for
    each day, version, and change of the offices."""

    def __init__(
        self, city: PresentCity, rules: RulesInForce, clock: Callable[[], datetime]
    ) -> None:
        self._city = city
        self._rules = rules
        self._clock = clock
        self._looked_at: tuple[str, date, City] | None = None

    async def look(self) -> None:
        """Looks once a day, and when other rules are in force or an office was recorded; raises
        DomainError UNAVAILABLE."""
        now = self._clock()
        rules, city = self._rules.at(now), self._city.now()
        today = now.astimezone(city.timezone).date()
        # After a change of the offices the city is another object, which differs from this one.
        if self._looked_at == (rules.version, today, city):
            return
        stale = await asyncio.to_thread(stale_rules, rules, city, today)
        metrics.RULES_STALE.set(len({one.rule for one in stale}))
        for one in stale:
            log.error(
                "rules.office_closed",
                extra={"rule": one.rule, "ruleset": rules.version, "office_id": one.office},
            )
        self._looked_at = rules.version, today, city


class _Reminder:
    """When somebody is to be warned again."""

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._last: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether `every` has passed since this was true last."""
        if self._last is not None and now - self._last < self._every:
            return False
        self._last = now
        return True
