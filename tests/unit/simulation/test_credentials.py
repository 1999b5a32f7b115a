"""An office's token is renewed before it ends, and while the city is away."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
import pytest

from simulation.actors.credentials import Key, NoToken, Token

LIFE_SECONDS = 900
turn = asyncio.sleep


class City:
    """Gives a token for each request, unless it `answers` something else."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.asked: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._give))
        self.token = Token(
            caller="o-mill",
            key="the-key",
            url="http://city/v1/token",
            http=http,
            monotonic=lambda: self.now,
        )

    async def _give(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await turn(0)  # others may call meanwhile
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        given = {"access_token": f"token-{len(self.asked)}", "expires_in": LIFE_SECONDS}
        return httpx.Response(200, json=given)


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> City:
    async def at_once(_: float) -> None:
        """The pauses between tries."""
        await turn(0)

    monkeypatch.setattr(asyncio, "sleep", at_once)
    return City()


async def test_a_key_is_sent_as_it_is() -> None:
    assert await Key("the-key").bearer() == "the-key"


async def test_a_token_is_got_once_and_renewed_before_it_ends(city: City) -> None:
    assert await city.token.bearer() == await city.token.bearer() == "token-1"
    city.now += LIFE_SECONDS * 0.75 - 1
    assert await city.token.bearer() == "token-1"
    city.now += 1
    assert await city.token.bearer() == "token-2"
    assert len(city.asked) == 2


async def test_it_asks_as_rfc_6749_says(city: City) -> None:
    await city.token.bearer()
    [request] = city.asked
    assert request.content == b"grant_type=client_credentials"
    sent = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
    assert sent == b"o-mill:the-key"


async def test_many_calls_at_once_get_one_token(city: City) -> None:
    given = await asyncio.gather(*(city.token.bearer() for _ in range(20)))
    assert set(given) == {"token-1"}


AWAY: list[Any] = [httpx.ConnectError("away"), httpx.Response(503)]


async def test_while_the_city_is_away_the_old_token_serves_until_its_end(city: City) -> None:
    assert await city.token.bearer() == "token-1"
    city.now += LIFE_SECONDS - 1
    city.answers = list(AWAY[:1])
    assert await city.token.bearer() == "token-1"
    city.now += 1
    city.answers = list(AWAY)
    assert await city.token.bearer() == "token-5"


async def test_who_is_refused_is_told(city: City) -> None:
    city.answers = [httpx.Response(401, json={"error": "invalid_client"})]
    with pytest.raises(NoToken, match="401"):
        await city.token.bearer()
