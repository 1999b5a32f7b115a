"""Asks again and again whether a condition holds, where no event says that it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], bool], within_seconds: float = 30) -> None:
    """Returns when the condition, about another task, thread or process, holds; raises
    TimeoutError."""
    async with asyncio.timeout(within_seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def become(ask: Callable[[], Any], wanted: Any, within_seconds: float = 20) -> None:
    """Returns when a question that blocks is answered so; raises TimeoutError."""
    async with asyncio.timeout(within_seconds):
        while await asyncio.to_thread(ask) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
