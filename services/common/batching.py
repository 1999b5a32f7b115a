"""Group commit: commands that arrive together are settled together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Generic, TypeVar

from services.common.aggregates import Order, Settled
from services.common.kernel import DomainError
from services.common.pace import Pace
from services.common.parts import Stage

S = TypeVar("S")

MOST = 200
# A person or a system waits for the answer.
GATHER = timedelta(milliseconds=15)


class GroupCommit(Generic[S]):
    """While one batch is being stored, the next gathers; each caller waits for its own result.

    `gather` is how long a busy service waits for more; an idle one settles a command at once.
    """

    name = "group_commit"
    stage = Stage.COMMIT

    def __init__(
        self,
        settle: Callable[[Sequence[Order[S]]], Awaitable[Sequence[Settled[S]]]],
        gather: timedelta = GATHER,
    ) -> None:
        self._settle = settle
        self._pace = Pace(gather)
        self._queue: asyncio.Queue[tuple[Order[S], asyncio.Future[Settled[S]]]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    async def submit(self, order: Order[S]) -> Settled[S]:
        """Waits until the order is stored; raises its refusal, or what kept it from storing."""
        future: asyncio.Future[Settled[S]] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((order, future))
        settled = await future
        if settled.error is not None:
            raise settled.error
        return settled

    async def start(self) -> None:
        """Starts settling."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Settles what was submitted, then stops."""
        await self._queue.join()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return [self._task] if self._task else []

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            await self._pace.turn()
            while len(batch) < MOST and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._commit(batch)
            self._pace.ended()
            for _ in batch:
                self._queue.task_done()

    async def _commit(self, batch: list[tuple[Order[S], asyncio.Future[Settled[S]]]]) -> None:
        try:
            results = await self._settle([order for order, _ in batch])
        except DomainError as error:  # the database is away: the same for everyone
            for _, future in batch:
                _resolve(future, error)
            return
        except Exception as error:
            # One bad order must not fail its neighbours, and its caller must hear of it.
            if len(batch) == 1:
                _resolve(batch[0][1], error)
                return
            for entry in batch:
                await self._commit([entry])
            return
        for (_, future), result in zip(batch, results, strict=True):
            _resolve(future, result)


def _resolve(future: asyncio.Future[Settled[S]], outcome: Settled[S] | Exception) -> None:
    if future.done():
        return  # the caller went away
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
