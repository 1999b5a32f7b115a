"""The public door of a city as any citizen's software uses it: over the public API, until it is
stored.

Chooses among several intakes as a load balancer does, and records what came of it. A request that
one intake does not take is sent again under the same key, so that it is stored once, whichever
intake took it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

import httpx

# What intake takes from callers with a key alone.
_OF_BEFORE = frozenset({"answer", "received_at"})
_TRIES_APART_SECONDS = (0.2, 5.0)
# How often the balancer probes. An intake must report that it is not ready for longer than this
# before it closes its port.
_LOOK_EVERY_SECONDS = 1.0
_CONNECTIONS = 64


class NotTaken(Exception):
    """The city refused an inquiry for good; the message says why."""


class Door(Protocol):
    """Where an inquiry is posted."""

    async def post(self, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The receipt; raises `NotTaken`."""
        ...

    async def close(self) -> None:
        """Lets go of the connections."""
        ...


class IntakeClient:
    """Every intake by its address, used in turn. `failed` says which requests an intake was given
    and did not store, and how: refused connections, broken ones, 5xx. With the `key` of a contact
    centre it posts what happened before: answered calls, and what was received earlier."""

    def __init__(
        self,
        addresses: Iterable[str],
        *,
        key: str = "",
        connections: int = _CONNECTIONS,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.addresses = list(addresses)
        self.failed: list[str] = []
        self._key = key
        self._turn = 0
        self._not_ready: set[str] = set()
        self._client = client or httpx.AsyncClient(
            timeout=15.0,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=False,
        )

    async def post(self, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The receipt; sends again while no intake takes it, and raises `NotTaken` at a 4xx."""
        delay, most = _TRIES_APART_SECONDS
        headers = {"Idempotency-Key": key}
        if self._key and body.keys() & _OF_BEFORE:
            headers["Authorization"] = f"Bearer {self._key}"
        while True:
            intake = self._next()
            try:
                answer = await self._client.post(
                    f"{intake}/v1/inquiries", json=body, headers=headers
                )
            except httpx.TransportError as error:
                self.failed.append(f"{intake}: {error!r}")
            else:
                if answer.status_code == httpx.codes.CREATED:
                    receipt: Mapping[str, Any] = answer.json()
                    return receipt
                if answer.is_client_error:
                    raise NotTaken(f"{answer.status_code}: {answer.text[:300]}")
                self.failed.append(f"{intake}: {answer.status_code}")
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))
            delay = min(delay * 2, most)

    @asynccontextmanager
    async def watched(self, probes: Mapping[str, str]) -> AsyncIterator[None]:
        """Meanwhile nothing is sent to an intake whose `/readyz` doesn't say 200; `probes` has, by
        the address of each intake, that of its management port."""
        asked = [(intake, f"{probes[intake]}/readyz") for intake in self.addresses]
        await asyncio.gather(*(self._look(*one) for one in asked))
        watches = [asyncio.create_task(self._watch(*one)) for one in asked]
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
        ready = [one for one in self.addresses if one not in self._not_ready] or self.addresses
        self._turn += 1
        return ready[self._turn % len(ready)]

    async def _watch(self, intake: str, probe: str) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            await self._look(intake, probe)

    async def _look(self, intake: str, probe: str) -> None:
        ready = False
        with suppress(httpx.TransportError):
            answer = await self._client.get(probe, timeout=1.0)
            ready = answer.status_code == httpx.codes.OK
        if ready:
            self._not_ready.discard(intake)
        else:
            self._not_ready.add(intake)
