"""The e-mail channel over SMTP.

SMTP can't tell a repetition: between a server's yes and our record of it lies a moment in which a
crash makes us send again. Every try of a delivery carries the same Message-ID, by which mail
systems that look at it recognise the second one.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from services.common import telemetry
from services.notify.application.ports import Contact, Message
from services.notify.domain.model import Accepted, DeliveryChannel, Later, Refused, Result

log = logging.getLogger(__name__)

SECONDS = 20.0


class EmailChannel:
    """Sends over up to `parallel` connections at the same time, each for its share of a batch."""

    kind = DeliveryChannel.EMAIL
    repeatable = False

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: Literal["none", "starttls", "tls"],
        user: str,
        password: str,
        sender: str,
        parallel: int,
        clock: Callable[[], datetime],
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`clock` gives aware times, for the date of a mail; `trust` replaces the machine's
        certificates."""
        self._host = host
        self._port = port
        self._tls = tls
        self._user = user or None
        self._password = password or None
        self._sender = sender
        self._parallel = parallel
        self._clock = clock
        self._trust = trust

    def reaches(self, contact: Contact) -> bool:
        """Whoever left an address."""
        return bool(contact.email)

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """Later when the server is away or says so (4xx); Refused when it says never (5xx)."""
        results: list[Result] = [Later()] * len(messages)
        numbered = list(enumerate(messages))
        lanes = min(self._parallel, len(messages))
        await asyncio.gather(*(self._lane(numbered[n::lanes], results) for n in range(lanes)))
        return results

    async def _lane(self, messages: Sequence[tuple[int, Message]], results: list[Result]) -> None:
        """One connection; what it doesn't come to stays Later."""
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._tls == "tls",
            start_tls=self._tls == "starttls",
            username=self._user,
            password=self._password,
            timeout=SECONDS,
            tls_context=self._trust,
        )
        try:
            async with client:
                for number, message in messages:
                    results[number] = await self._one(client, message)
        except (aiosmtplib.SMTPException, OSError) as error:
            # Its text may hold an address; its kind and code don't.
            log.warning(
                "email.not_taken",
                extra={"error": type(error).__name__, "code": getattr(error, "code", None)},
            )

    async def _one(self, client: aiosmtplib.SMTP, message: Message) -> Result:
        try:
            await client.send_message(self._mail(message))
        except aiosmtplib.SMTPRecipientsRefused as error:
            return _judged(error.recipients[0].code)
        except aiosmtplib.SMTPResponseException as error:
            return _judged(error.code)
        except aiosmtplib.SMTPNotSupported:
            return Refused()  # an address that this server cannot take
        except (aiosmtplib.SMTPException, OSError):
            raise  # the connection is gone, and with it the rest of its share
        except Exception as error:
            # What the citizen left makes no mail, in whatever way the library says so.
            log.warning(
                "email.not_built",
                extra={"delivery_id": message.delivery_id, **telemetry.failure(error)},
            )
            await client.rset()  # in case the server has heard of it already
            return Refused()
        return Accepted()

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP_POLICY)
        local, _, domain = message.contact.email.rpartition("@")
        mail["To"] = Address(message.contact.name, local, domain)
        mail["From"] = self._sender
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(self._clock())
        # What stands before the @ has no colon there (RFC 5322, dot-atom-text).
        name = message.delivery_id.replace(":", ".")
        mail["Message-ID"] = f"<{name}@{self._sender.rpartition('@')[2]}>"
        # No out-of-office reply should answer a machine.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        return mail


def _judged(code: int) -> Result:
    return Refused() if 500 <= code < 600 else Later()
