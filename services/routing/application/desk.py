"""Keeps the figures true of what the coordinator looks after, and repeats the alarm."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from services.common.kernel import DomainError
from services.routing.application import metrics
from services.routing.application.ports import Desk

log = logging.getLogger(__name__)


class DeskWatch:
    """Looks how many arbitrations are open and how many matters nobody has taken."""

    def __init__(self, desk: Desk, *, clock: Callable[[], datetime], remind: timedelta) -> None:
        """Warns again each time that `remind` has passed while an arbitration is overdue."""
        self._desk = desk
        self._clock = clock
        self._remind = remind
        self._reminded: datetime | None = None

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
        due = self._reminded is None or now - self._reminded >= self._remind
        if state.overdue and due:
            self._reminded = now
            log.error(
                "routing.arbitrations_wait", extra={"open": state.open, "overdue": state.overdue}
            )
