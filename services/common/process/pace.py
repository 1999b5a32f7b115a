"""How long a stream of work gathers before it is done together: longer in a busy process, not at
all in a quiet one.

Owns how long a round waits for more. What a round does, and how much it may hold, is left to its
caller. docs/adr/0012 says why.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import timedelta

# The longest gathering. A round costs some 5 ms whatever its size (threads, a question to a peer,
# two commands to the database); the events of a busy moment share that.
GATHER = timedelta(milliseconds=200)

# The time constant of all measures here. Longer: a rush is noticed later, and gathering goes on
# after it. Shorter: chance decides.
_REMEMBER_SECONDS = 1.0
# The least time between two measurements of the process.
_LOOK_SECONDS = 0.1
# Each pair: the value from which a round waits, and the one at which it waits longest;
# docs/adr/0012 says where they come from. Below the first of these rates of this process there is
# time for rounds of one event each.
_INQUIRIES_PER_SECOND = (25.0, 40.0)
# The share of one processor that this process uses; a single loop cannot use more than one.
_LOOP_SHARE = (0.30, 0.60)
# How much later than planned the loop runs its timers.
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
        """Notes how many seconds after its time the loop ran something."""
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
    """Says when the next round may begin: in a quiet process at once, in a busy one `every` after
    the end of the round before, in between in proportion.

    The events that came meanwhile share what a round costs (a thread, a request, a durable write).
    `per_inquiry` (at least 1) is how many events one inquiry brings to this round; the rate that
    counts as quiet is so many times higher. A `steady` pace is for what nobody waits for: it
    gathers for all of `every`, quiet or not, and leaves the machine to those who are waited for.
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
        coming = _between(self._rate / self._per_inquiry, _INQUIRIES_PER_SECOND)
        return timedelta(seconds=self._every * max(coming, self._load.now()))

    async def turn(self) -> None:
        """Returns when the next round may begin."""
        asked = self._monotonic()
        wait = max(0.0, self._ended + self.gathers.total_seconds() - asked)
        # Sleeps even for no time: tasks that are ready run first, and their time is the lag.
        await asyncio.sleep(wait)
        self._load.late(self._monotonic() - asked - wait)

    def round_ended(self, events: int, *, full: bool = False) -> None:
        """A round of so many events is over. `full`: more events wait already, so the next round
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
    """The weight, 0.0 to 1.0, of a measurement over so many seconds beside all earlier ones."""
    return 1.0 - math.exp(-seconds / _REMEMBER_SECONDS)
