"""What citizens say when the city asks them back, over the public API with the receipt's secret.

Most answer rightly after a while, some mean nothing of what is offered, some never answer.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import httpx

from simulation.actors.citizens import Inquiry
from simulation.actors.intake_client import NotTaken

SILENT_SHARE = 0.07
"""Of those who are asked, who never answer; the desk calls them in the end."""
NONE_SHARE = 0.05
"""Of those who answer, who say that they mean nothing of what is offered, or do not know."""
FOUND_SHARE = 0.8
"""Of those whose service is not offered, who find it on the list of all; assumed, as the others."""
_TRIES_APART_SECONDS = 0.5
# How long a question that is on the bus may take to come to the citizen's page.
_SHOWN_WITHIN_SECONDS = 60.0


class Replies:
    """Answers questions at the door of one intake. `listed` are the codes of the services that the
    page lists beside those offered; `patience` gives the seconds until somebody answers;
    `transport` stands for intake in tests."""

    def __init__(
        self,
        intake_url: str,
        *,
        listed: Collection[str],
        patience: Callable[[], float],
        chance: random.Random,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=intake_url, timeout=15.0, trust_env=False, transport=transport
        )
        self._listed = listed
        self._patience = patience
        self._chance = chance

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.aclose()

    async def think(self) -> None:
        """Returns when the citizen has read the question and thought about it."""
        await asyncio.sleep(self._patience())

    def decide(self, inquiry: Inquiry, asked: Any) -> Mapping[str, Any] | None:
        """What the citizen answers to a question (PlaceAsked or ServiceAsked); None for nothing,
        ever."""
        if self._chance.random() < SILENT_SHARE:
            return None
        body = {"question": asked.number}
        none = {**body, "none_offered": True}
        if self._chance.random() < NONE_SHARE:
            return none
        offered = getattr(asked, "candidate_service_codes", None)
        if offered is None:
            place = {"dong_code": inquiry.dong}
            return none if inquiry.dong is None else {**body, "place": place}
        named = inquiry.service in offered or self._finds(inquiry.service)
        return {**body, "service_code": inquiry.service} if named else none

    def _finds(self, service_code: str) -> bool:
        """Whether a citizen finds a service on the list of all that may be chosen."""
        on_the_list = service_code in self._listed
        return self._chance.random() < FOUND_SHARE and on_the_list

    async def send(self, receipt_number: str, secret: str, body: Mapping[str, Any]) -> bool:
        """Whether the city has taken the answer; False where the matter has gone on without it.
        Sends it again while no intake takes it, and while intake has not heard of the question yet,
        which a citizen would not see before; raises NotTaken for any other refusal."""
        shown_by = time.monotonic() + _SHOWN_WITHIN_SECONDS
        while True:
            try:
                answer = await self._client.post(
                    f"/v1/inquiries/{receipt_number}/answers", params={"secret": secret}, json=body
                )
            except httpx.TransportError:
                pass  # intake is away for now
            else:
                if answer.is_success:
                    return True
                if answer.status_code == httpx.codes.CONFLICT:
                    return False
                shown = not _unheard_of(answer) or time.monotonic() > shown_by
                if answer.is_client_error and shown:
                    raise NotTaken(f"{answer.status_code}: {answer.text[:300]}")
            await asyncio.sleep(_TRIES_APART_SECONDS)


def _unheard_of(answer: httpx.Response) -> bool:
    """Whether the refusal is of the question's number alone."""
    if answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        return False
    return [one["field"] for one in answer.json().get("errors", [])] == ["question"]
