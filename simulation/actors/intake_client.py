"""Posting an inquiry as any citizen's software would: over the public API, until it is stored."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

import httpx

_TRIES_APART_SECONDS = (0.2, 5.0)


class NotTaken(Exception):
    """The city refused an inquiry for good; the message says why."""


class Intake:
    """The public door of the city. One inquiry is stored once, however often it has to be sent."""

    def __init__(self, base_url: str, *, connections: int = 32) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=15.0,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=False,
        )

    async def post(self, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The receipt; sends again while the city is away, and raises `NotTaken` at a 4xx."""
        delay, most = _TRIES_APART_SECONDS
        while True:
            try:
                answer = await self._client.post(
                    "/v1/inquiries", json=body, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                receipt: Mapping[str, Any] = answer.json()
                return receipt
            if answer is not None and answer.is_client_error:
                raise NotTaken(f"{answer.status_code}: {answer.text[:300]}")
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, most)

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.aclose()
