"""Citizens who read their messages and answer the survey, through the link in the message alone."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx

from simulation.actors.citizens import Draw

_LINK = re.compile(r"(https?://[^\s\"'<>\\]+?)/s/([^/\s]+)/([A-Za-z0-9_-]+)")
_DELAYS = (0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0, 3.0)


def api_address(message: str) -> str | None:
    """Where to post the answer to the survey that a message links to; None without a link."""
    found = _LINK.search(message)
    if found is None:
        return None
    base, inquiry_id, token = found.groups()
    return f"{base}/v1/surveys/{inquiry_id}/{token}/answer"


class Respondents:
    """Those among the invited who answer, after a moment, with a score."""

    def __init__(
        self,
        *,
        folder: Path,
        response_rate: float,
        scores: Sequence[float],
        comments: Sequence[str],
        patience: Callable[[], float],
        chance: random.Random,
        done: Callable[[str, bool], None],
    ) -> None:
        """`done` hears of each who has finished, and whether the city has stored an answer."""
        self._folder = folder
        self._rate = response_rate
        self._score = Draw(dict(enumerate(scores, 1)))
        self._comments = comments
        self._patience = patience
        self._chance = chance
        self._tell = done
        self._client = httpx.AsyncClient(timeout=15.0, trust_env=False)
        self._tasks: set[asyncio.Task[bool]] = set()

    @property
    def thinking(self) -> int:
        """How many are about to answer."""
        return len(self._tasks)

    def invite(self, inquiry_id: str, delivery_id: str) -> None:
        """A message with a survey link lies in the citizen's mailbox."""
        if self._chance.random() < self._rate:
            task = asyncio.create_task(self._answer(delivery_id, self._patience()))
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._done(inquiry_id, done))

    async def stop(self) -> None:
        """Those who still think never answer."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._client.aclose()

    def _done(self, inquiry_id: str, task: asyncio.Task[bool]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self._tell(inquiry_id, task.result())

    async def _answer(self, delivery_id: str, patience: float) -> bool:
        await asyncio.sleep(patience)
        file = self._folder / f"{delivery_id}.json"
        address = api_address(file.read_text("utf-8"))
        if address is None:
            return False
        comment = self._chance.choice(self._comments) if self._chance.random() < 0.2 else ""
        body = {"score": self._score(self._chance), "comment": comment}
        for delay in _DELAYS:
            try:
                answer = await self._client.post(address, json=body)
            except httpx.TransportError:
                await asyncio.sleep(delay)
                continue
            # A repeat of what was stored, though the reply got lost on the way, is refused as such.
            if answer.status_code in (httpx.codes.CREATED, httpx.codes.CONFLICT):
                return True
            if answer.is_client_error:
                return False
            await asyncio.sleep(delay)
        return False
