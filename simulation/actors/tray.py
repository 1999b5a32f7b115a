"""A tray on an office's desk: what comes within a moment goes to the city by one call of many."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from simulation.actors.office_software import MOST_AT_ONCE, OfficeSoftware


class Tray:
    """Commands of one kind, collected by office. `calls` counts the calls and `commands` what they
    had, `grouped` what came with others, `most` says how many commands the fullest of them had."""

    def __init__(self, rpc: str, seconds: float) -> None:
        """`rpc` is `AcceptMany` or `AnswerMany`; a call is sent so long after its first command."""
        self._rpc = rpc
        self._seconds = seconds
        self._waiting: dict[str, list[tuple[Any, asyncio.Future[Any]]]] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self.calls = 0
        self.commands = 0
        self.grouped = 0
        self.most = 0

    async def put(self, office: OfficeSoftware, command: Any) -> Any:
        """The `CommandResult` of this command, once the city has answered."""
        result: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        waiting = self._waiting.setdefault(office.office_id, [])
        waiting.append((command, result))
        if len(waiting) == 1:
            task = asyncio.create_task(self._send_soon(office))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return await result

    async def _send_soon(self, office: OfficeSoftware) -> None:
        await asyncio.sleep(self._seconds)
        waiting = self._waiting.pop(office.office_id)
        for start in range(0, len(waiting), MOST_AT_ONCE):
            await self._send(office, waiting[start : start + MOST_AT_ONCE])

    async def _send(
        self, office: OfficeSoftware, together: Sequence[tuple[Any, asyncio.Future[Any]]]
    ) -> None:
        self.calls += 1
        self.commands += len(together)
        self.grouped += len(together) if len(together) > 1 else 0
        self.most = max(self.most, len(together))
        try:
            results = await office.many(self._rpc, [command for command, _ in together])
        except Exception as error:
            for _, waiting in together:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), result in zip(together, results, strict=True):
            if not waiting.done():
                waiting.set_result(result)
