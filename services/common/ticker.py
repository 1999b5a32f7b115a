"""Turns `wake_at` times that have come into orders. Nothing in Dasan sleeps for the future."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.common.aggregates import Store
from services.common.kernel import DomainError
from services.common.parts import Stage

log = logging.getLogger(__name__)

EVERY = timedelta(milliseconds=500)
BATCH = 200


class Ticker:
    """Wakes what is due, in batches. Two tickers on one store do the same work twice, with one
    effect: the guard on the version lets only the first decision through."""

    name = "ticker"
    stage = Stage.WORK

    def __init__(
        self,
        *,
        store: Store[Any],
        wake: Callable[[Sequence[str], datetime], Awaitable[None]],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._wake = wake
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts looking."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stops after the batch in hand is given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return [self._task] if self._task else []

    async def _run(self) -> None:
        while True:
            try:
                while await self.tick() == BATCH:
                    pass
            except DomainError as error:
                log.warning("ticker.failed", extra={"slug": error.slug})
            await asyncio.sleep(EVERY.total_seconds())

    async def tick(self) -> int:
        """Wakes one batch; returns how many were due."""
        now = self._clock()
        due = await self._store.waking(now, BATCH)
        if due:
            await self._wake(due, now)
        return len(due)
