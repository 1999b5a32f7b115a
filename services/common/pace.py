"""Work that comes in a stream is gathered as long as the process is busy; a quiet one waits for
nothing.

Owns how long a round waits for more. What a round does, and how much it may hold, is left to its
caller. docs/adr/0012 says why.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

# What a round costs by itself (threads, a question to a peer, two commands to the database) is some
# 5 ms; this lets the events of a busy moment share it.
GATHER = timedelta(milliseconds=200)

# The meter looks this often at most, and forgets what it saw with the second of these. Longer: a
# rush is noticed later, and gathering goes on when it is over. Shorter: chance decides.
_LOOK_SECONDS = 0.1
_REMEMBER_SECONDS = 1.0
# Where waiting begins and where it is at its longest; docs/adr/0012 says where they come from.
# This process's part of one processor, where the machine has little left: below the first, sharing
# rounds would save next to nothing of it.
_OWN_SHARE = (0.05, 0.12)
_MACHINE_SHARE = (0.40, 0.55)
# Alone: one loop has no more than one processor, however many the machine has.
_LOOP_SHARE = (0.30, 0.60)
_LAG_SECONDS = (0.005, 0.040)

_STAT = Path("/proc/stat")


def machine_times() -> tuple[float, float] | None:
    """The processor time spent and offered on the whole machine since it started, in the same unit;
    None where the system does not say."""
    try:
        with _STAT.open() as lines:
            ticks = [int(field) for field in lines.readline().split()[1:9]]
    except (OSError, ValueError):
        return None
    # user, nice, system, idle, iowait, irq, softirq, steal
    offered = sum(ticks)
    return (offered - ticks[3] - ticks[4], offered) if len(ticks) == 8 and offered else None


class Load:
    """How busy this process and its machine are, from 0.0 (quiet) to 1.0 (every round counts).

    Measured when asked, from what was spent since the last time; nothing runs beside. It is busy
    when its machine has little left and it is one of those who use it; when its own loop has little
    left, whatever the machine; or when the loop comes late.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        own: Callable[[], float] = time.process_time,
        machine: Callable[[], tuple[float, float] | None] = machine_times,
    ) -> None:
        self._monotonic = monotonic
        self._own = own
        self._machine = machine
        self._looked: tuple[float, float, tuple[float, float] | None] | None = None
        self._own_share = 0.0
        self._machine_share = 0.0
        self._lag = 0.0
        self._lag_at = 0.0

    def now(self) -> float:
        """How busy it is."""
        self._look()
        scarce = _between(self._machine_share, _MACHINE_SHARE)
        return max(
            min(scarce, _between(self._own_share, _OWN_SHARE)),
            _between(self._own_share, _LOOP_SHARE),
            _between(self._lag, _LAG_SECONDS),
        )

    def late(self, seconds: float) -> None:
        """Notes by how much something came late that the loop was to do at a certain time."""
        now = self._monotonic()
        self._lag += (max(seconds, 0.0) - self._lag) * _weight(now - self._lag_at)
        self._lag_at = now

    def _look(self) -> None:
        now = self._monotonic()
        if self._looked is None:
            self._looked = now, self._own(), self._machine()
            return
        before, own_before, machine_before = self._looked
        if now - before < _LOOK_SECONDS:
            return
        own, machine = self._own(), self._machine()
        self._looked = now, own, machine
        weight = _weight(now - before)
        share = (own - own_before) / (now - before)
        self._own_share += (share - self._own_share) * weight
        if machine and machine_before and machine[1] > machine_before[1]:
            share = (machine[0] - machine_before[0]) / (machine[1] - machine_before[1])
            self._machine_share += (share - self._machine_share) * weight


# One for the process: all that gathers in it shares its processor time.
LOAD = Load()


class Pace:
    """At most one round in `every`, counted from the end of the one before; in a quiet process the
    next begins at once, and in between it waits in proportion to how busy the process is.

    What a round costs by itself (a thread, a request, a durable write) is then shared by all that
    came meanwhile. A `steady` pace is for what nobody waits for: it gathers for all of `every`,
    quiet or not, and leaves the machine to those who are waited for.
    """

    def __init__(
        self, every: timedelta = GATHER, *, steady: bool = False, load: Load = LOAD
    ) -> None:
        self._every = every.total_seconds()
        self._steady = steady
        self._load = load
        self._ended = float("-inf")

    @property
    def gathers(self) -> timedelta:
        """How long a round gathers now."""
        return timedelta(seconds=self._gathers())

    async def turn(self) -> None:
        """Returns when the next round may begin."""
        wait = self._wait()
        began = time.monotonic()
        # Also for no time: others that are ready come first, and how long they take is the lag.
        await asyncio.sleep(wait)
        self._load.late(time.monotonic() - began - wait)

    def ended(self, *, full: bool = False) -> None:
        """A round that had something to do is over; when it was full, more waits already and the
        next begins at once."""
        self._ended = float("-inf") if full else time.monotonic()

    def _wait(self) -> float:
        return max(0.0, self._ended + self._gathers() - time.monotonic())

    def _gathers(self) -> float:
        return self._every if self._steady else self._every * self._load.now()


def _between(value: float, bounds: tuple[float, float]) -> float:
    """Where a value lies between two, from 0.0 to 1.0."""
    low, high = bounds
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _weight(seconds: float) -> float:
    """How much what was seen over so long counts beside all that was seen before."""
    return 1.0 - math.exp(-seconds / _REMEMBER_SECONDS)
