"""Group commit: commands that arrive together are settled together.

Owns who waits and who is refused at once, and keeps one caller's failure from the others. What a
batch does is left to `settle`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

from services.common.aggregates.update import Settled, Update
from services.common.kernel import DomainError, Kind
from services.common.process import metrics
from services.common.process.background import let_finish
from services.common.process.pace import Pace
from services.common.process.parts import Stage

S = TypeVar("S")

MOST = 200
# Callers that may wait. More: while the database is away the last one waits longer for a refusal
# (for ten batches of some seconds each). Fewer: a short standstill refuses what could be stored.
MOST_WAITING = 2_000
# How long a batch gathers at most: a person or a system waits for the answer.
GATHER = timedelta(milliseconds=15)


class GroupCommit(Generic[S]):
    """While one batch is being stored, the next gathers; each caller waits for its own result.

    A batch gathers by `pace`, unless told otherwise for GATHER at most.
    """

    name = "group_commit"
    stage = Stage.COMMIT

    def __init__(
        self,
        settle: Callable[[Sequence[Update[S]]], Awaitable[Sequence[Settled[S]]]],
        pace: Pace | None = None,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._settle = settle
        self._pace = pace or Pace(GATHER)
        self._most_waiting = most_waiting
        self._waiting: OrderedDict[asyncio.Future[Settled[S]], Update[S]] = OrderedDict()
        self._something = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def submit(self, update: Update[S]) -> Settled[S]:
        """Waits until the update is stored; raises its refusal, or the error that kept it from
        being stored.

        Raises DomainError of kind UNAVAILABLE: `overloaded` when too many wait already, `stopping`
        when the service ends. An update whose caller leaves before its turn is not stored.
        """
        if self._stopping:
            raise _refused("stopping", "this service is ending; try again")
        if len(self._waiting) >= self._most_waiting:
            raise _refused("overloaded", "too many wait already; try again in a moment")
        future: asyncio.Future[Settled[S]] = asyncio.get_running_loop().create_future()
        self._waiting[future] = update
        self._something.set()
        try:
            settled = await future
        finally:
            self._waiting.pop(future, None)
        if settled.error is not None:
            raise settled.error
        return settled

    async def start(self) -> None:
        """Starts settling."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Settles what was submitted, then stops; refuses what comes meanwhile. When this is
        cancelled, those who still wait hear `stopping`."""
        self._stopping = True
        self._something.set()
        await let_finish(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """The tasks whose end is the end of the service."""
        return [self._task] if self._task else []

    async def _run(self) -> None:
        try:
            while not self._stopping or self._waiting:
                await self._something.wait()
                await self._pace.turn()
                batch = self._take()
                if batch:
                    await self._commit(batch)
                    self._pace.round_ended(len(batch), full=len(batch) == MOST)
        finally:
            for future in self._waiting:
                _resolve(future, _refused("stopping", "this service is ending; try again"))

    def _take(self) -> list[tuple[Update[S], asyncio.Future[Settled[S]]]]:
        """The next batch, longest waiting first."""
        batch: list[tuple[Update[S], asyncio.Future[Settled[S]]]] = []
        while self._waiting and len(batch) < MOST:
            future, update = self._waiting.popitem(last=False)
            batch.append((update, future))
        if not self._waiting and not self._stopping:
            self._something.clear()
        return batch

    async def _commit(self, batch: list[tuple[Update[S], asyncio.Future[Settled[S]]]]) -> None:
        try:
            results = await self._settle([update for update, _ in batch])
        except Exception as error:
            if len(batch) == 1 or _same_for_all(error):
                for _, future in batch:
                    _resolve(future, error)
                return
            # One bad update must not fail its neighbours, and its caller must hear of it.
            middle = len(batch) // 2
            await self._commit(batch[:middle])
            await self._commit(batch[middle:])
            return
        except BaseException:
            # Cancelled in the middle: nobody knows whether the batch is stored, and trying again is
            # safe.
            for _, future in batch:
                _resolve(future, _refused("stopping", "this service is ending; try again"))
            raise
        for (_, future), result in zip(batch, results, strict=True):
            _resolve(future, result)


def _same_for_all(error: Exception) -> bool:
    """Whether an error concerns every update of the batch, as when the database is away."""
    return isinstance(error, DomainError) and error.kind is Kind.UNAVAILABLE


def _refused(slug: str, message: str) -> DomainError:
    metrics.REFUSED_COMMANDS.labels(slug).inc()
    return DomainError(slug, Kind.UNAVAILABLE, message)


def _resolve(future: asyncio.Future[Settled[S]], outcome: Settled[S] | Exception) -> None:
    if future.done():
        return  # the caller went away
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
