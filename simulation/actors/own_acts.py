"""What citizens do about matters of theirs that an office has, over the public API with the
receipt's secret: they send what was asked for, ask for more time, withdraw, object.

Each act is sent again by some, as by a second tap or a line that broke, and by some once more in
other words or out of turn. What the city must make of it is the judge's to say (`judge.acts`); this
keeps what the city said.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from simulation.actors.shares import Shares
from simulation.judge.acts import Act, ActKind, Replied, misjudged
from simulation.judge.promises import Asked

_TRIES_APART_SECONDS = 0.3
_LOOK_EVERY_SECONDS = 0.2
# How long what is on the bus may take to come to the citizen's page.
_SHOWN_WITHIN_SECONDS = 60.0
_DONE_ALREADY = "act_done"


Beside = Callable[[], Awaitable[None]]
"""What an office does at the very moment of a citizen's act."""


async def nothing() -> None:
    """No office does anything."""


class NotShown(Exception):
    """The page did not come to show what it must; the message says of what."""


@dataclass(slots=True, kw_only=True)
class OwnActs:
    """All citizens' acts of one day. `asked` gives what a citizen knows of an inquiry by its id,
    `acted` hears of each act that the city has stored. `transport` stands for intake in tests.

    `stored` counts the acts that the city has stored by kind, `refused` those that it refused at
    the door by the slug, `sent_again` those that were sent more than once.
    """

    intake_url: str
    asked: Callable[[str], Asked | None]
    acted: Callable[[str, Act], None]
    shares: Shares
    chance: random.Random
    mark: str
    transport: httpx.AsyncBaseTransport | None = None
    stored: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    sent_again: int = 0
    regretted: set[str] = field(default_factory=set)
    """The inquiries that their citizens took back at once, by id."""
    _replied: list[tuple[Replied, tuple[str, ...]]] = field(default_factory=list)
    _client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self._client = httpx.AsyncClient(
            base_url=self.intake_url, timeout=15.0, trust_env=False, transport=self.transport
        )

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.aclose()

    def faults(self) -> Iterator[str]:
        """What is wrong with what the city said to all of them, once all is at rest."""
        for replied, must_refuse in self._replied:
            asked = self.asked(replied.inquiry_id)
            assert asked is not None, "only who has a receipt acts"
            yield from misjudged(replied, asked.acts, must_refuse=must_refuse)

    async def sends(
        self, inquiry_id: str, round_: int, request: int, *, beside: Beside = nothing
    ) -> None:
        """The citizen reads what is missing, sends it and sees that the case has it; some before
        name a request that nobody made, and some send something else afterwards. Of what comes on
        paper as well the office may be the first to tell."""
        asked = self._of(inquiry_id)
        await self._until_asked_for(asked, request)
        body = {"round": round_, "request": request, "text": f"1. {self.mark}"}
        if self._happens("out_of_turn"):
            await self._in_vain(
                asked, ActKind.SUPPLEMENT, {**body, "request": request + 1}, "not_asked"
            )
        act = self._act(asked, ActKind.SUPPLEMENT, body, request=request)
        number, _ = await asyncio.gather(act, beside())
        await self._until_decided(asked, number)
        if number and self._happens("out_of_turn"):
            other = {**body, "text": f"2. {self.mark}"}
            await self._in_vain(asked, ActKind.SUPPLEMENT, other, _DONE_ALREADY)

    async def asks_for_time(
        self, inquiry_id: str, round_: int, request: int, *, days: int, until: int
    ) -> None:
        """The citizen asks for so many days more and sees that they are given: to `until` (Unix
        seconds) by their own reckoning. Some name another number of days afterwards."""
        asked = self._of(inquiry_id)
        await self._until_asked_for(asked, request)
        body = {"round": round_, "request": request, "extension": 1, "days": days}
        number = await self._act(asked, ActKind.MORE_TIME, body, request=request, until=until)
        await self._until_decided(asked, number)
        if number and self._happens("out_of_turn"):
            other = {**body, "days": days + 1}
            await self._in_vain(asked, ActKind.MORE_TIME, other, _DONE_ALREADY)

    async def withdraws(self, inquiry_id: str, round_: int, *, beside: Beside = nothing) -> None:
        """The citizen takes the matter back and sees that the case is closed; some then withdraw
        the round that never was."""
        asked = self._of(inquiry_id)
        act = self._act(asked, ActKind.WITHDRAWAL, {"round": round_})
        number, _ = await asyncio.gather(act, beside())
        await self._until_decided(asked, number)
        if self._happens("out_of_turn"):
            await self._in_vain(asked, ActKind.WITHDRAWAL, {"round": round_ + 1}, "round_over")

    async def regrets(self, inquiry_id: str, round_: int) -> None:
        """The citizen takes the matter back, whatever comes of it: perhaps no office has it yet,
        perhaps one answers it at this very moment."""
        self.regretted.add(inquiry_id)
        await self._act(self._of(inquiry_id), ActKind.WITHDRAWAL, {"round": round_})

    async def objects(self, inquiry_id: str, round_: int, *, beside: Beside = nothing) -> None:
        """The citizen reads that a permit is refused, objects and sees what becomes of it. Some
        then object again, for other reasons."""
        asked = self._of(inquiry_id)
        await self._shown(asked, lambda page: page["objection_until"] is not None, "an objection")
        body = {"round": round_, "text": f"1. {self.mark}"}
        act = self._act(asked, ActKind.OBJECTION, body)
        number, _ = await asyncio.gather(act, beside())
        await self._until_decided(asked, number)
        if number and self._happens("out_of_turn"):
            # Where the case has refused the first, there is one already.
            other = {**body, "text": f"2. {self.mark}"}
            await self._in_vain(asked, ActKind.OBJECTION, other, _DONE_ALREADY, "objected_already")

    async def objects_in_vain(self, inquiry_id: str, round_: int) -> None:
        """The citizen objects to what was not refused."""
        body = {"round": round_, "text": self.mark}
        await self._in_vain(self._of(inquiry_id), ActKind.OBJECTION, body, "no_objections")

    def _of(self, inquiry_id: str) -> Asked:
        asked = self.asked(inquiry_id)
        assert asked is not None, "only who has a receipt acts"
        return asked

    def _happens(self, what: str) -> bool:
        return self.shares.happens(what, self.chance)

    async def _act(
        self,
        asked: Asked,
        kind: ActKind,
        body: Mapping[str, Any],
        *,
        request: int = 0,
        until: int = 0,
    ) -> int:
        """The number under which the city has stored the act; 0 where it has refused it."""
        again = self._happens("sent_again")
        self.sent_again += again
        sent = [self._post(asked, kind, body) for _ in range(1 + again)]
        said = tuple(await asyncio.gather(*sent))
        round_ = body["round"]
        replied = Replied(
            inquiry_id=asked.inquiry_id, kind=kind, round=round_, said=said, request=request
        )
        self._replied.append((replied, ()))
        stored = [one for one in said if isinstance(one, int)]
        for number in dict.fromkeys(stored):
            act = Act(kind=kind, round=round_, number=number, request=request, until=until)
            self.acted(asked.inquiry_id, act)
        if stored:
            self.stored[kind.value] += 1
        self.refused.update(one for one in set(said) if isinstance(one, str))
        return stored[0] if stored else 0

    async def _in_vain(
        self, asked: Asked, kind: ActKind, body: Mapping[str, Any], *slugs: str
    ) -> None:
        """Sends what the city must refuse by any of these slugs."""
        said = await self._post(asked, kind, body)
        replied = Replied(inquiry_id=asked.inquiry_id, kind=kind, round=body["round"], said=(said,))
        self._replied.append((replied, slugs))
        if isinstance(said, str):
            self.refused[said] += 1

    async def _post(self, asked: Asked, kind: ActKind, body: Mapping[str, Any]) -> int | str:
        """Sends an act until the city has answered: its number, or the slug of the refusal."""
        while True:
            try:
                answer = await self._client.post(
                    f"/v1/inquiries/{asked.receipt_number}/acts",
                    params={"secret": asked.secret},
                    json={"kind": kind, **body},
                )
            except httpx.TransportError:
                pass  # intake is away for now
            else:
                if answer.is_success:
                    number: int = answer.json()["number"]
                    return number
                if answer.is_client_error:
                    slug: str = answer.json()["type"]
                    return slug.rpartition(":")[2]
            await asyncio.sleep(_TRIES_APART_SECONDS)

    async def _until_asked_for(self, asked: Asked, request: int) -> None:
        def there(page: Mapping[str, Any]) -> bool:
            shown = page["request"]
            return shown is not None and shown["number"] == request and shown["open"]

        await self._shown(asked, there, f"request {request}")

    async def _until_decided(self, asked: Asked, number: int) -> None:
        """Returns at once where nothing is stored."""
        if not number:
            return

        def decided(page: Mapping[str, Any]) -> bool:
            return any(
                one["number"] == number and one["standing"] != "waiting" for one in page["acts"]
            )

        await self._shown(asked, decided, f"what became of act {number}")

    async def _shown(
        self, asked: Asked, look: Callable[[Mapping[str, Any]], bool], what: str
    ) -> None:
        """Returns once the page shows it; raises NotShown."""
        until = time.monotonic() + _SHOWN_WITHIN_SECONDS
        while time.monotonic() < until:
            try:
                answer = await self._client.get(
                    f"/v1/inquiries/{asked.receipt_number}", params={"secret": asked.secret}
                )
            except httpx.TransportError:
                pass  # intake is away for now
            else:
                if answer.is_success and look(answer.json()["proceedings"]):
                    return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        raise NotShown(f"{asked.inquiry_id}: the page does not show {what}")
