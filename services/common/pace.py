"""Work that comes in a stream is gathered; the first after a quiet moment is not kept waiting."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

# What a round costs by itself (threads, a question to a peer, two commands to the database) is some
# 5 ms; this lets the events of a busy moment share it.
GATHER = timedelta(milliseconds=200)


class Pace:
    """At most one round in `every`, counted from the end of the one before.

    What a round costs by itself (a thread, a request, a durable write) is then shared by all that
    came meanwhile.
    """

    def __init__(self, every: timedelta = GATHER) -> None:
        self._every = every.total_seconds()
        self._ended = float("-inf")

    @property
    def milliseconds(self) -> int:
        """How long a round gathers."""
        return round(self._every * 1000)

    async def turn(self) -> None:
        """Returns when the next round may begin."""
        wait = self._ended + self._every - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)

    def ended(self) -> None:
        """A round that had something to do is over."""
        self._ended = time.monotonic()
