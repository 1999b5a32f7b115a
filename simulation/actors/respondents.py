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
_TRIES_APART_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0, 3.0)


def api_address(message: str) -> str | None:
    """Where to post the answer to the survey that a message links to; None without a link."""
    found = _LINK.search(message)
    if found is None:
        return None
    base, survey_id, token = found.groups()
    return f"{base}/v1/surveys/{survey_id}/{token}/answer"


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
    ) -> None:
        """`folder` is the citizens' mailbox; `patience` gives the seconds until one answers."""
        self._folder = folder
        self._rate = response_rate
        self._score = Draw(dict(enumerate(scores, 1)))
        self._comments = comments
        self._patience = patience
        self._chance = chance
        self._client = httpx.AsyncClient(timeout=15.0, trust_env=False)

    def willing(self) -> bool:
        """Whether the next who is invited will answer."""
        return self._chance.random() < self._rate

    async def answer(self, delivery_id: str) -> bool:
        """One takes their time, opens the message and answers; whether the city has stored it."""
        await asyncio.sleep(self._patience())
        file = self._folder / f"{delivery_id}.json"
        address = api_address(file.read_text("utf-8"))
        if address is None:
            return False
        comment = self._chance.choice(self._comments) if self._chance.random() < 0.2 else ""
        body = {"score": self._score(self._chance), "comment": comment}
        for delay_seconds in _TRIES_APART_SECONDS:
            try:
                answer = await self._client.post(address, json=body)
            except httpx.TransportError:
                await asyncio.sleep(delay_seconds)
                continue
            # The city refuses a repetition of a stored answer as such; so if the first reply was
            # lost, the answer is stored.
            if answer.status_code in (httpx.codes.CREATED, httpx.codes.CONFLICT):
                return True
            if answer.is_client_error:
                return False
            await asyncio.sleep(delay_seconds)
        return False

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.aclose()
