"""The SMS channel: a gateway that takes one message per HTTP request and knows repetitions.

The gateway gets `{"to": "+82…", "type": "sms", "text": "…"}`, or type `lms` with a `subject`, with
`Idempotency-Key: <delivery id>`; any 2xx means that it has the message. `sms_answers` says what its
other statuses lead to.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

import httpx

from services.notify.adapters import provider_answers
from services.notify.adapters.addresses import BadAddress, phone
from services.notify.adapters.sms_answers import judge
from services.notify.application.ports import Contact, Form, Message
from services.notify.domain.model import (
    Accepted,
    DeliveryChannel,
    Later,
    Result,
)

log = logging.getLogger(__name__)

SECONDS = 10.0


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

    def address(self, contact: Contact) -> str:
        """The number."""
        return f"tel:{contact.phone}"

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """See `sms_answers`; a gateway that is away is waited for."""
        return await asyncio.gather(*(self._post(message) for message in messages))

    async def _post(self, message: Message) -> Result:
        try:
            body = _body(message)
        except BadAddress as error:
            return provider_answers.bad_address(self.kind, message.delivery_id, error)
        async with self._slots:
            try:
                answer = await self._client.post(
                    self._url, json=body, headers={"Idempotency-Key": message.delivery_id}
                )
            except httpx.TransportError as error:
                log.warning("sms.not_taken", extra={"error": type(error).__name__})
                return Later()
            except Exception as error:
                return provider_answers.not_built(self.kind, message.delivery_id, error)
        return Accepted() if answer.is_success else self._told(answer, message.delivery_id)

    def _told(self, answer: httpx.Response, delivery_id: str) -> Result:
        judged = judge(answer.status_code)
        result = provider_answers.not_taken(self.kind, judged, delivery_id, status=judged.code)
        if isinstance(result, Later):
            return Later(judged.row.about, _retry_after(answer))
        return result

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._client.aclose()


def _body(message: Message) -> Mapping[str, str]:
    """What the gateway gets; raises BadAddress."""
    body = {
        "to": phone(message.contact.phone),
        # A text that is not short goes as `lms`: as `sms` a gateway would cut it.
        "type": str(Form.SMS if message.form is Form.SMS else Form.LMS),
        "text": message.body,
    }
    return body | ({"subject": message.subject} if message.subject else {})


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """The wait the gateway asks for in seconds; a date is not worth reading here."""
    value = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(value)) if value.isdecimal() and len(value) < 7 else None
