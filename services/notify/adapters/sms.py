"""The SMS channel: a gateway that takes one message per HTTP request and knows repetitions.

The gateway gets `{"to": "+82…", "text": "…"}` with `Idempotency-Key: <delivery id>`; any 2xx means
that it has the message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

import httpx

from services.common import telemetry
from services.notify.application.ports import Contact, Message
from services.notify.domain.model import Accepted, DeliveryChannel, Later, Refused, Result

log = logging.getLogger(__name__)

SECONDS = 10.0
# Statuses that speak of now, not of this message.
_LATER = {408, 409, 423, 425, 429}


class SmsChannel:
    """Posts up to `parallel` messages at the same time."""

    kind = DeliveryChannel.SMS
    repeatable = True

    def __init__(self, *, url: str, token: str, parallel: int) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=parallel, max_keepalive_connections=parallel)
        self._client = httpx.AsyncClient(headers=headers, timeout=SECONDS, limits=limits)
        self._url = url
        self._slots = asyncio.Semaphore(parallel)

    def reaches(self, contact: Contact) -> bool:
        """Whoever left a phone number."""
        return bool(contact.phone)

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """Later when the gateway is away, busy or failing; Refused when it says no."""
        return await asyncio.gather(*(self._post(message) for message in messages))

    async def _post(self, message: Message) -> Result:
        async with self._slots:
            try:
                answer = await self._client.post(
                    self._url,
                    json={"to": message.contact.phone, "text": message.body},
                    headers={"Idempotency-Key": message.delivery_id},
                )
            except httpx.TransportError as error:
                log.warning("sms.not_taken", extra={"error": type(error).__name__})
                return Later()
            except Exception as error:
                # What the citizen left makes no request, in whatever way the library says so.
                log.warning(
                    "sms.not_built",
                    extra={"delivery_id": message.delivery_id, **telemetry.failure(error)},
                )
                return Refused()
        if answer.is_success:
            return Accepted()
        log.warning("sms.not_taken", extra={"status": answer.status_code})
        if answer.is_server_error or answer.status_code in _LATER:
            return Later(_retry_after(answer))
        return Refused()

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.aclose()


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """The wait the gateway asks for in seconds; a date is not worth reading here."""
    value = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(value)) if value.isdecimal() and len(value) < 7 else None
