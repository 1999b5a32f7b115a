"""Work that comes in a stream is gathered as far as needed; where it is quiet, nobody waits.

Owns how long a round waits for more. What a round does, and how much it may hold, is left to its
caller. docs/adr/0012 says why.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import timedelta

# What a round costs by itself (threads, a question to a peer, two commands to the database) is some
# 5 ms; this lets the events of a busy moment share it.
GATHER = timedelta(milliseconds=200)

# What is measured is forgotten with this. Longer: a rush is noticed later, and gathering goes on
# when it is over. Shorter: chance decides.
_REMEMBER_SECONDS = 1.0
# The meter of the process looks this often at most.
_LOOK_SECONDS = 0.1
# Where waiting begins and where it is at its longest; docs/adr/0012 says where they come from.
# Inquiries a second of this process: below the first there is time for rounds of one event each.
_INQUIRIES = (25.0, 40.0)
# The process's own part of one processor: one loop has no more.
_LOOP_SHARE = (0.30, 0.60)
# By how much the loop comes late.
_LAG_SECONDS = (0.005, 0.040)


class Load:
    """How busy this process is as a whole, from 0.0 (quiet) to 1.0 (every round counts): how much
    of one processor it uses, or by how much its loop comes late. Measured when asked, from what was
    spent since the last time; nothing runs beside."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        own: Callable[[], float] = time.process_time,
    ) -> None:
        self._monotonic = monotonic
        self._own = own
        self._looked: tuple[float, float] | None = None
        self._share = 0.0
        self._lag = 0.0
        self._lag_at = 0.0

    def now(self) -> float:
        """How busy it is."""
        self._look()
        return max(_between(self._share, _LOOP_SHARE), _between(self._lag, _LAG_SECONDS))

    def late(self, seconds: float) -> None:
        """Notes by how much something came late that the loop was to do at a certain time."""
        now = self._monotonic()
        self._lag += (max(seconds, 0.0) - self._lag) * _weight(now - self._lag_at)
        self._lag_at = now

    def _look(self) -> None:
        now = self._monotonic()
        if self._looked is None:
            self._looked = now, self._own()
            return
        before, own_before = self._looked
        if now - before < _LOOK_SECONDS:
            return
        own = self._own()
        self._looked = now, own
        self._share += ((own - own_before) / (now - before) - self._share) * _weight(now - before)


# One for the process: all that gathers in it shares its processor time.
LOAD = Load()


class Pace:
    """At most one round in `every`, counted from the end of the one before; in a quiet process the
    next begins at once, and in between it waits in proportion to how busy it is.

    What a round costs by itself (a thread, a request, a durable write) is then shared by all that
    came meanwhile. `per_inquiry` is how many of its events one inquiry brings, at least 1: so many
    times as many are still quiet. A `steady` pace is for what nobody waits for: it gathers for all
    of `every`, quiet or not, and leaves the machine to those who are waited for.
    """

    def __init__(
        self,
        every: timedelta = GATHER,
        *,
        per_inquiry: int = 1,
        steady: bool = False,
        load: Load = LOAD,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._every = every.total_seconds()
        self._per_inquiry = per_inquiry
        self._steady = steady
        self._load = load
        self._monotonic = monotonic
        self._ended = float("-inf")
        # Events a second, as they came of late.
        self._rate = 0.0
        self._faded = monotonic()

    @property
    def gathers(self) -> timedelta:
        """How long a round gathers now."""
        if self._steady:
            return timedelta(seconds=self._every)
        self._fade()
        coming = _between(self._rate / self._per_inquiry, _INQUIRIES)
        return timedelta(seconds=self._every * max(coming, self._load.now()))

    async def turn(self) -> None:
        """Returns when the next round may begin."""
        asked = self._monotonic()
        wait = max(0.0, self._ended + self.gathers.total_seconds() - asked)
        # Also for no time: others that are ready come first, and how long they take is the lag.
        await asyncio.sleep(wait)
        self._load.late(self._monotonic() - asked - wait)

    def round_ended(self, events: int, *, full: bool = False) -> None:
        """A round of so many events is over; when it was full, more waits already and the next
        begins at once."""
        self._fade()
        self._rate += events / _REMEMBER_SECONDS
        self._ended = float("-inf") if full else self._monotonic()

    def _fade(self) -> None:
        now = self._monotonic()
        self._rate *= math.exp((self._faded - now) / _REMEMBER_SECONDS)
        self._faded = now


def _between(value: float, bounds: tuple[float, float]) -> float:
    """Where a value lies between two, from 0.0 to 1.0."""
    low, high = bounds
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _weight(seconds: float) -> float:
    """How much what was seen over so long counts beside all that was seen before."""
    return 1.0 - math.exp(-seconds / _REMEMBER_SECONDS)
