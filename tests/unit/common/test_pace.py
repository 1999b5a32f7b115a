"""Who is kept waiting, and for how long."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from services.common.pace import Pace


async def test_the_first_after_a_quiet_moment_is_not_kept() -> None:
    async with asyncio.timeout(1):
        await Pace(timedelta(seconds=60)).turn()


async def test_the_next_waits_from_the_end_of_the_one_before() -> None:
    pace = Pace(timedelta(seconds=0.05))
    pace.ended()
    ended = time.monotonic()
    await pace.turn()
    assert time.monotonic() - ended >= 0.045
    async with asyncio.timeout(1):
        await Pace(timedelta(seconds=0)).turn()


async def test_a_round_with_nothing_to_do_keeps_nobody() -> None:
    pace = Pace(timedelta(seconds=60))
    await pace.turn()
    async with asyncio.timeout(1):
        await pace.turn()
