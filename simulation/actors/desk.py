"""The person at the unrouted queue and at arbitration: asks the citizen back, names the office."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import httpx

_LOOK_EVERY_SECONDS = 1.0


class Desk:
    """Works routing's queue of inquiries for which no office was found, and designates. What the
    city asks the citizen about it leaves alone for as long as `waits` says so.

    `ask_back` gives the (office, service) that the citizen names, or None for somebody else's.
    `sealed_key` is of the few who may see sealed matters: what `key` does not see at arbitration is
    one of those. `transport` stands for routing in tests.
    """

    def __init__(
        self,
        routing_url: str,
        key: str,
        sealed_key: str,
        ask_back: Callable[[str], tuple[str, str] | None],
        *,
        waits: Callable[[str], bool] = lambda _: False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._waits = waits
        self._sealed = {"Authorization": f"Bearer {sealed_key}"}
        self._client = httpx.AsyncClient(
            base_url=routing_url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=10.0,
            trust_env=False,
            transport=transport,
        )
        self._ask_back = ask_back
        self._task: asyncio.Task[None] | None = None
        self.settled = 0

    def start(self) -> None:
        """Begins to look at the queue."""
        self._task = asyncio.create_task(self._work(), name="desk")

    async def stop(self) -> None:
        """Leaves the queue as it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._client.aclose()

    async def designate(self, inquiry_id: str) -> None:
        """Names the office for what others have refused: the one that the citizen names, for
        somebody else's inquiry the first that had it, which routing found competent. Tries until
        routing has taken it, or says that the inquiry no longer lies at arbitration."""
        where = f"/v1/assignments/{inquiry_id}"
        named = self._ask_back(inquiry_id)
        while True:
            try:
                lies, who = await self._seen(where)
                office = named[0] if named else str(lies["attempts"][0]["office"]["id"])
                answer = await self._client.post(
                    f"{where}/designate", json={"office": office}, headers=who
                )
                if not answer.is_server_error:
                    return
            except httpx.HTTPError:
                pass  # routing is away for now
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _seen(self, where: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """Where the matter lies, and as whom the desk sees it."""
        ordinary: Mapping[str, str] = {}
        answer = await self._client.get(where)
        if answer.status_code != httpx.codes.NOT_FOUND:
            return answer.raise_for_status().json(), ordinary
        answer = await self._client.get(where, headers=self._sealed)
        return answer.raise_for_status().json(), self._sealed

    async def _work(self) -> None:
        while True:
            try:
                for inquiry_id in await self._queue():
                    await self._settle(inquiry_id)
            except httpx.HTTPError:
                pass  # routing is away for now; the queue keeps what it has
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _queue(self) -> list[str]:
        """What waits for a person, and what waits for citizens who will not answer."""
        silent = [id_ for id_ in await self._waiting_for("citizen") if not self._waits(id_)]
        return [*await self._waiting_for("person"), *silent]

    async def _waiting_for(self, whom: str) -> list[str]:
        answer = await self._client.get("/v1/unrouted", params={"waiting_for": whom})
        return [item["inquiry_id"] for item in answer.raise_for_status().json()["items"]]

    async def _settle(self, inquiry_id: str) -> None:
        named = self._ask_back(inquiry_id)
        if named is None:
            return
        office, service = named
        answer = await self._client.post(
            f"/v1/unrouted/{inquiry_id}/assign", json={"office": office, "service_code": service}
        )
        self.settled += answer.is_success
