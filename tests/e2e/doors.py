"""The city's intakes as a load balancer uses them: in turn, and only those that say they are ready.

Owns the choice of the intake and what came of it. A request that one intake doesn't take is sent to
the next under the same key, so that it is stored once whichever took it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from simulation.actors.intake_client import NotTaken

_TRIES_APART_SECONDS = (0.2, 5.0)
# As a balancer's probe: an intake must say that it is not ready for longer than this before it
# closes its port.
_LOOK_EVERY_SECONDS = 1.0
_CONNECTIONS = 64


class Doors:
    """Every intake by its address. `failed` says which requests an intake was given and did not
    store, and how: refused connections, broken ones, 5xx."""

    def __init__(self, addresses: Iterable[str], client: httpx.AsyncClient | None = None) -> None:
        self.addresses = list(addresses)
        self.failed: list[str] = []
        self._turn = 0
        self._not_ready: set[str] = set()
        self._client = client or httpx.AsyncClient(
            timeout=15.0,
            limits=httpx.Limits(
                max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
            ),
            trust_env=False,
        )

    async def post(self, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The receipt; sends again while no intake takes it, and raises `NotTaken` at a 4xx."""
        delay, most = _TRIES_APART_SECONDS
        while True:
            door = self._next()
            try:
                answer = await self._client.post(
                    f"{door}/v1/inquiries", json=body, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError as error:
                self.failed.append(f"{door}: {error!r}")
            else:
                if answer.status_code == httpx.codes.CREATED:
                    receipt: Mapping[str, Any] = answer.json()
                    return receipt
                if answer.is_client_error:
                    raise NotTaken(f"{answer.status_code}: {answer.text[:300]}")
                self.failed.append(f"{door}: {answer.status_code}")
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, most)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Meanwhile nothing is sent to an intake whose `/readyz` doesn't say 200."""
        await asyncio.gather(*map(self._look, self.addresses))
        watches = [asyncio.create_task(self._watch(door)) for door in self.addresses]
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
            await asyncio.wait(watches)
            self._not_ready.clear()

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.aclose()

    def _next(self) -> str:
        """The next in turn of those that are ready; of all when none is."""
        ready = [door for door in self.addresses if door not in self._not_ready] or self.addresses
        self._turn += 1
        return ready[self._turn % len(ready)]

    async def _watch(self, door: str) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            await self._look(door)

    async def _look(self, door: str) -> None:
        ready = False
        with suppress(httpx.TransportError):
            answer = await self._client.get(f"{door}/readyz", timeout=1.0)
            ready = answer.status_code == httpx.codes.OK
        if ready:
            self._not_ready.discard(door)
        else:
            self._not_ready.add(door)
