"""Work that nobody asked for: repeated until the service stops, whatever fails in between.

Owns when a round begins and what follows one that fails. What a round does is left to its owner,
who must see to it that a round which is cut off in the middle does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Any

from services.common.kernel import DomainError, Kind
from services.common.process import metrics, telemetry
from services.common.process.backoff import Growing
from services.common.process.parts import Stage

log = logging.getLogger(__name__)

# The pause after a round that failed; it doubles each time. Longer: work is done later after a
# short outage. Shorter: all jobs ask a database at once when it comes back.
FIRST_PAUSE = timedelta(milliseconds=500)
LONGEST_PAUSE = timedelta(seconds=30)


def always() -> bool:
    """The `turn` of work that every process does."""
    return True


class Job:
    """A part that does a round of `work` every so often (`every`) until the service stops.

    A round that fails is logged, counted and followed by the next after a growing pause; the job
    goes on. `work` returns True when it has more to do at once. `turn` says whether this process
    may work now, where one of all replicas is enough.
    """

    stage = Stage.WORK

    def __init__(
        self,
        name: str,
        every: timedelta,
        work: Callable[[], Awaitable[bool | None]],
        turn: Callable[[], bool] = always,
    ) -> None:
        self.name = name
        self._every = every
        self._work = work
        self._turn = turn
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts repeating."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Lets the round in hand finish and begins no other. When this is cancelled, the round is
        cut off."""
        self._stopping.set()
        await let_finish(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """The tasks whose end is the end of the service."""
        return [self._task] if self._task else []

    async def _run(self) -> None:
        pauses = Growing(FIRST_PAUSE.total_seconds(), LONGEST_PAUSE.total_seconds())
        while not self._stopping.is_set():
            try:
                more = self._turn() and await self._work()
            except Exception as error:
                self._tell(error)
                pause = max(self._every, timedelta(seconds=pauses.next_seconds()))
            else:
                pause = timedelta() if more else self._every
                pauses.succeeded()
            await self._rest(pause)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, DomainError) and error.kind is Kind.UNAVAILABLE:
            metrics.JOB_FAILURES.labels(self.name, "unavailable").inc()
            log.warning("job.waiting", extra={"job": self.name, "slug": error.slug})
            return
        metrics.JOB_FAILURES.labels(self.name, "unexpected").inc()
        log.error("job.failed", extra={"job": self.name, **telemetry.failure(error)})

    async def _rest(self, pause: timedelta) -> None:
        """Waits so long, or until the service stops."""
        if not pause:
            await asyncio.sleep(0)  # a round that waited for nothing must not keep out the others
            return
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._stopping.wait()
        except TimeoutError:
            pass


async def let_finish(task: asyncio.Task[Any] | None) -> None:
    """Returns when the task is done, however it ended. A cancellation of this call cancels the
    task, and passes on only when the task has ended."""
    if task is None:
        return
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        raise


async def cut_off(task: asyncio.Task[Any] | None) -> None:
    """Cancels the task and returns when it has let go of everything, however it ended."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
