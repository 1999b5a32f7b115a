"""Turns `wake_at` times that have come into updates. Nothing in Dasan sleeps for the future.

Owns what becomes of a document that cannot be woken: the ticker puts off this one alone, and goes
on with the others. What happens when a document is woken is left to `wake`.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from services.common.aggregates.update import Due
from services.common.kernel import DomainError, Kind, TimedOut
from services.common.process import metrics, telemetry
from services.common.process.background import Job, always
from services.common.process.backoff import grown

log = logging.getLogger(__name__)

EVERY = timedelta(milliseconds=500)
BATCH = 200
# The first pause of a document that cannot be woken; it doubles each time, up to LONGEST_PUT_OFF.
# Longer: a document that a new version can wake waits longer after the deployment. Shorter: a
# document that no version can wake costs more tries.
FIRST_PUT_OFF = timedelta(seconds=1)
LONGEST_PUT_OFF = timedelta(minutes=10)
# After so many rounds in a row that ended with UNAVAILABLE, one document alone may be the cause: a
# peer that stumbles over it answers nothing else. Then the ticker wakes in small groups. More: the
# neighbours of such a document wait longer. Fewer: a short outage already leads to small groups.
PATIENT_ROUNDS = 3
# Documents of a small group; the group that is due last comes first. If GROUPS_TRIED groups fail
# and none succeeds, something is away for all.
GROUP = 10
GROUPS_TRIED = 5

Wake = Callable[[Sequence[str], datetime], Awaitable[None]]


class Waking(Protocol):
    """What a ticker needs of a store; see `update.Store`."""

    async def waking(self, due: datetime, limit: int) -> Sequence[Due]:
        """Documents whose `wake_at` has come, oldest first."""
        ...

    async def postpone(self, due: Sequence[Due], until: datetime) -> None:
        """Moves the `wake_at` of these to `until` and counts one failure of each."""
        ...


class Ticker(Job):
    """Wakes what is due, in batches.

    Two tickers on one store do the same work twice, with one effect: the guard on the version lets
    only the first decision through. `turn` saves that work.
    """

    def __init__(
        self,
        *,
        store: Waking,
        wake: Wake,
        clock: Callable[[], datetime],
        turn: Callable[[], bool] = always,
        name: str = "ticker",
    ) -> None:
        super().__init__(name, EVERY, self.tick, turn)
        self._store = store
        self._wake = wake
        self._clock = clock
        # Documents that the last round woke without a failure: versions by id.
        self._woken: dict[str, int] = {}
        self._left_in_a_row = 0

    async def tick(self) -> bool:
        """Wakes one batch; True when all of it went well and more may be due.

        Raises DomainError UNAVAILABLE when something that all of them need is away.
        """
        now = self._clock()
        due = await self._store.waking(now, BATCH)
        stuck = [one for one in due if self._woken.get(one.id) == one.version]
        fresh = [one for one in due if self._woken.get(one.id) != one.version]
        self._woken = {}
        await self._put_off(stuck, now, "stuck")
        try:
            if self._left_in_a_row < PATIENT_ROUNDS:
                failed = await self._wake_all(fresh, now)
            else:
                failed = await self._wake_in_groups(fresh, now)
        except DomainError:
            self._left_in_a_row += 1
            raise
        self._left_in_a_row = 0
        return len(due) == BATCH and not stuck and not failed

    async def _wake_all(self, due: Sequence[Due], now: datetime) -> int:
        """Wakes them all; where that fails, in halves, down to the single document that cannot be
        woken and is put off. Returns how many were put off."""
        if not due:
            return 0
        try:
            await self._wake([one.id for one in due], now)
        except Exception as error:
            if _concerns_all(error, len(due)):
                raise
            if len(due) > 1:
                middle = len(due) // 2
                first = await self._wake_all(due[:middle], now)
                return first + await self._wake_all(due[middle:], now)
            await self._put_off_culprit(due[0], now, error)
            return 1
        self._woken.update((one.id, one.version) for one in due)
        return 0

    async def _wake_in_groups(self, due: Sequence[Due], now: datetime) -> int:
        """Wakes them in small groups, after rounds that ended with UNAVAILABLE. If a group
        succeeds, nothing is away for all; the documents that then still fail by themselves are put
        off. Returns how many were.

        Raises DomainError UNAVAILABLE when no group succeeds.
        """
        failed: list[Sequence[Due]] = []
        put_off = well = 0
        size = max(1, min(GROUP, len(due) // GROUPS_TRIED))
        groups = [due[start : start + size] for start in range(0, len(due), size)]
        for group in reversed(groups):
            try:
                put_off += await self._wake_all(group, now)
                well += 1
            except DomainError:
                failed.append(group)
                if not well and len(failed) == min(GROUPS_TRIED, len(groups)):
                    raise
        for one in (one for group in failed for one in group):
            try:
                put_off += await self._wake_all([one], now)
            except DomainError as error:
                await self._put_off_culprit(one, now, error)
                put_off += 1
        return put_off

    async def _put_off_culprit(self, one: Due, now: datetime, error: Exception) -> None:
        log.error(
            "ticker.failed",
            extra={"ticker": self.name, "id": one.id, **telemetry.failure(error)},
        )
        await self._put_off([one], now, "failed")

    async def _put_off(self, due: Sequence[Due], now: datetime, reason: str) -> None:
        """Puts off each by a pause that grows with its earlier failures."""
        if not due:
            return
        metrics.WAKE_FAILURES.labels(self.name, reason).inc(len(due))
        if reason == "stuck":
            log.warning(
                "ticker.stuck",
                extra={"ticker": self.name, "count": len(due), "ids": [o.id for o in due[:10]]},
            )
        by_failures: defaultdict[int, list[Due]] = defaultdict(list)
        for one in due:
            by_failures[one.failures].append(one)
        for failures, same in by_failures.items():
            pause = grown(failures, FIRST_PUT_OFF, LONGEST_PUT_OFF)
            await self._store.postpone(same, now + pause)


def _concerns_all(error: Exception, count: int) -> bool:
    """Whether the error would meet all others, too. A batch that took too long may succeed in
    halves."""
    if isinstance(error, TimedOut) and count > 1:
        return False
    return isinstance(error, DomainError) and error.kind is Kind.UNAVAILABLE
