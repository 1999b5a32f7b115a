"""Counts the dates of the unrouted queue again, once a day may have become a holiday.

The city's pack is read once in the life of a process, so that its start is the only moment at which
the calendar can have changed for it. The first process that has the turn and was started with the
new calendar moves the dates; one with the old calendar moves nothing (`City.later_end`).
"""

from __future__ import annotations

import logging

from services.cities import City
from services.routing.application.handlers import Routing
from services.routing.application.ports import UnroutedQueue
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.model import WaitingFor

log = logging.getLogger(__name__)

# All are read: more than this many inquiries that wait for a person, or for their citizens, is
# another emergency.
MOST = 100_000
# So many are moved by one write. More: other saves of this process wait longer. Fewer: more
# statements.
MOVED_TOGETHER = 200


class Recount:
    """The round of a process: done once, by the process whose turn it is."""

    def __init__(self, *, city: City, queue: UnroutedQueue, routing: Routing) -> None:
        self._city = city
        self._queue = queue
        self._routing = routing
        self._done = False

    async def once(self) -> None:
        """Moves the dates that the calendar of this process moves, unless it has done so. Raises
        DomainError UNAVAILABLE."""
        if self._done:
            return
        waiting = [
            one
            for waiting_for in WaitingFor
            for one in await self._queue.due_first(waiting_for, MOST)
        ]
        ids = [one.inquiry_id for one in waiting if dates.later_end(self._city, one)]
        moved = 0
        for start in range(0, len(ids), MOVED_TOGETHER):
            moved += await self._routing.recount(ids[start : start + MOVED_TOGETHER])
        self._done = True
        log.info("queue.recounted", extra={"moved": moved})
