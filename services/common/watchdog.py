"""Notices a consumer that stands still although there is something to read.

After a broker outage or a rebalance a Faust consumer is known to stop reading without an error, or
to go on reading and never commit again, because a record got lost on the way. A process in that
state looks healthy, so it ends itself, and whoever runs it starts it anew: it begins with what was
committed last. A consumer that waits for a dependency has work in hand and is left alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

log = logging.getLogger(__name__)

STILL_SECONDS = 60.0
LOOK_EVERY = 10.0


class Stalled(Exception):
    """Nothing was read or committed for too long while records lay waiting."""


class Watchdog:
    """`still` says for how many seconds the consumer has stood still; `lag`, called in a thread,
    how many records wait for the group."""

    name = "watchdog"

    def __init__(
        self,
        *,
        still: Callable[[], float],
        lag: Callable[[], int],
        allowed: float = STILL_SECONDS,
        every: float = LOOK_EVERY,
    ) -> None:
        self._still = still
        self._lag = lag
        self._allowed = allowed
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts looking."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stops looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def failed(self) -> Iterable[asyncio.Task[Any]]:
        """Ends with Stalled, and with it the service."""
        return [self._task] if self._task else []

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            if self._still() < self._allowed:
                continue
            waiting = await asyncio.to_thread(self._lag)
            # Something may have come in just now: only what waits for a standing consumer counts.
            if waiting and self._still() >= self._allowed:
                log.error("consumer.stalled", extra={"waiting": waiting})
                raise Stalled(f"{waiting} records wait and nothing is read or committed")
