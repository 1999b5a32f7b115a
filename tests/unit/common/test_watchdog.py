"""The watchdog ends a consumer that stands still, and no other."""

from __future__ import annotations

import asyncio

import pytest

from services.common.watchdog import Stalled, Watchdog


class Consumer:
    def __init__(self, still: float, waiting: int) -> None:
        self.still = still
        self.waiting = waiting
        self.asked = 0
        self.looked = asyncio.Event()

    def lag(self) -> int:
        self.asked += 1
        return self.waiting


async def ended(consumer: Consumer) -> bool:
    """Whether the watchdog ends within some looks."""
    watchdog = Watchdog(still=lambda: consumer.still, lag=consumer.lag, allowed=60, every=0.005)
    await watchdog.start()
    (task,) = watchdog.failed()
    await asyncio.wait([task], timeout=0.2)
    done = task.done()
    if done:
        with pytest.raises(Stalled):
            task.result()
    await watchdog.stop()
    return done


async def test_nothing_read_for_long_while_records_wait_is_a_stall() -> None:
    assert await ended(Consumer(still=61, waiting=3))


async def test_a_quiet_night_is_no_stall() -> None:
    consumer = Consumer(still=3600, waiting=0)
    assert not await ended(consumer)
    assert consumer.asked > 1


async def test_who_is_at_work_or_waits_for_a_dependency_is_not_even_asked() -> None:
    consumer = Consumer(still=0, waiting=500)
    assert not await ended(consumer)
    assert consumer.asked == 0


async def test_what_comes_in_while_the_broker_is_asked_is_no_stall() -> None:
    consumer = Consumer(still=61, waiting=0)

    def lag() -> int:
        consumer.still = 0
        return 1

    consumer.lag = lag  # type: ignore[method-assign]
    assert not await ended(consumer)
