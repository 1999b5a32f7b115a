"""How an office shows who it is: by its key, or by a short-lived token that it got in exchange for
the key.

Owns when a token is renewed. What the city takes is left to the city.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Protocol

import httpx

# A token is renewed when this share of its life is over, so that it does not end during a call: a
# call lasts seconds, and the city gives no token for less than a minute.
_RENEWED_AT_SHARE = 0.75
_TRIES_APART_SECONDS = (0.2, 5.0)


class Credential(Protocol):
    """What an office sends as a bearer."""

    async def bearer(self) -> str:
        """What goes with the next call."""
        ...


class NoToken(Exception):
    """The city refused a token for good; the message says why."""


class Key:
    """The key itself with each call."""

    def __init__(self, key: str) -> None:
        self._key = key

    async def bearer(self) -> str:
        """The key."""
        return self._key


class Token:
    """A token for the key, exchanged at `url` and renewed before it ends (OAuth 2.0 client
    credentials, RFC 6749 section 4.4)."""

    def __init__(
        self,
        *,
        caller: str,
        key: str,
        url: str,
        http: httpx.AsyncClient,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._credentials = httpx.BasicAuth(caller, key)
        self._url = url
        self._http = http
        self._monotonic = monotonic
        self._token = ""
        self._renew_at = 0.0
        self._ends_at = 0.0
        self._renewing = asyncio.Lock()

    async def bearer(self) -> str:
        """A token with at least a quarter of its life left; an older one while the city gives no
        other. Waits while there is no token at all. Raises NoToken when the city refuses one for
        good."""
        async with self._renewing:
            delay, most = _TRIES_APART_SECONDS
            while self._monotonic() >= self._renew_at and not await self._renew():
                if self._monotonic() < self._ends_at:
                    break
                await asyncio.sleep(delay * random.uniform(0.5, 1.5))
                delay = min(delay * 2, most)
            return self._token

    async def _renew(self) -> bool:
        """Asks for a new token; returns whether the city gave one. False while the city is away."""
        asked_at = self._monotonic()
        try:
            answer = await self._http.post(
                self._url, data={"grant_type": "client_credentials"}, auth=self._credentials
            )
        except httpx.TransportError:
            return False
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return False
        if answer.status_code != httpx.codes.OK:
            raise NoToken(f"{answer.status_code} {answer.text[:200]}")
        given = answer.json()
        self._token = given["access_token"]
        self._ends_at = asked_at + given["expires_in"]
        self._renew_at = asked_at + given["expires_in"] * _RENEWED_AT_SHARE
        return True
