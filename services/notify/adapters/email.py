"""The e-mail channel over SMTP.

A citizen's own text enters the headers of a mail in two places, the address and the name, each only
in a form that can hold no header: see `addresses` and `domain/addressee`. The finished bytes are
checked once more, in case a version of Python writes headers in another way.

SMTP cannot recognise a repetition: if the process dies between the server's yes and our record of
it, the mail is sent again. Every try of a delivery carries the same Message-ID, by which some mail
systems recognise the second one.
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
from email.policy import SMTPUTF8 as SMTPUTF8_POLICY
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from services.common.process import telemetry
from services.notify.adapters import provider_answers
from services.notify.adapters.addresses import BadAddress, Mailbox, counted_mail, mailbox
from services.notify.adapters.provider_answers import Judged
from services.notify.adapters.smtp_answers import Step, judge
from services.notify.application.ports import Contact, Message
from services.notify.domain.model import (
    Accepted,
    DeliveryChannel,
    FailureReason,
    Later,
    Refused,
    Result,
)

log = logging.getLogger(__name__)

SECONDS = 20.0
# A server that does not offer 8BITMIME may refuse bytes of eight bits (RFC 6152).
_SEVEN_BITS = SMTP_POLICY.clone(cte_type="7bit")


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
        """`sender` is a bare address, which each message gives its name. `clock` gives aware
        times, for the date of a mail; `trust` replaces the machine's certificates."""
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

    def address(self, contact: Contact) -> str:
        """The mailbox, in one spelling."""
        return f"mailto:{counted_mail(contact.email)}"

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """See `smtp_answers` for what the server's answers lead to; a server that is away is
        waited for."""
        results: list[Result] = [Later()] * len(messages)
        numbered = list(enumerate(messages))
        lanes = min(self._parallel, len(messages))
        await asyncio.gather(*(self._lane(numbered[n::lanes], results) for n in range(lanes)))
        return results

    async def _lane(self, messages: Sequence[tuple[int, Message]], results: list[Result]) -> None:
        """Sends over one connection; messages that it does not come to stay Later."""
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
        except aiosmtplib.SMTPResponseException as error:
            # An answer to the greeting or the login: it concerns every message that this connection
            # did not come to.
            _told(judge(Step.CONNECT, error.code, error.message))
        except (aiosmtplib.SMTPException, OSError) as error:
            # Only the error's type is logged: its text may hold an address.
            log.warning("email.not_taken", extra={"error": type(error).__name__})

    async def _one(self, client: aiosmtplib.SMTP, message: Message) -> Result:
        try:
            box = mailbox(message.contact.email)
        except BadAddress as error:
            return provider_answers.bad_address(self.kind, message.delivery_id, error)
        try:
            raw = self._mail(message, box)
        except Exception as error:
            return provider_answers.not_built(self.kind, message.delivery_id, error)
        return await self._handed_over(client, box, raw, message.delivery_id)

    async def _handed_over(
        self, client: aiosmtplib.SMTP, box: Mailbox, raw: bytes, delivery_id: str
    ) -> Result:
        options = ["SMTPUTF8", "BODY=8BITMIME"] if box.needs_utf8 else []
        try:
            await client.sendmail(self._sender, [str(box)], raw, mail_options=options)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            return _told(judge(Step.RCPT, refused.code, refused.message), delivery_id)
        except aiosmtplib.SMTPSenderRefused as error:
            return _told(judge(Step.MAIL, error.code, error.message), delivery_id)
        except aiosmtplib.SMTPResponseException as error:
            return _told(judge(Step.DATA, error.code, error.message), delivery_id)
        except aiosmtplib.SMTPNotSupported:
            log.warning(
                "email.bad_address",
                extra={"delivery_id": delivery_id, "why": "the server has no SMTPUTF8"},
            )
            return Refused(FailureReason.BAD_ADDRESS)
        except ValueError as error:
            log.warning(
                "email.bad_address", extra={"delivery_id": delivery_id, **telemetry.failure(error)}
            )
            return Refused(FailureReason.BAD_ADDRESS)
        return Accepted()

    def _mail(self, message: Message, box: Mailbox) -> bytes:
        """The mail as it is sent. Raises any error of the library for a text of which no mail can
        be made, and ValueError if the mail has other headers than these."""
        mail = EmailMessage(policy=SMTPUTF8_POLICY if box.needs_utf8 else _SEVEN_BITS)
        mail["To"] = Address(message.contact.called, box.local, box.domain)
        local, _, domain = self._sender.rpartition("@")
        mail["From"] = Address(message.sender, local, domain)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(self._clock())
        # What stands before the @ has no colon there (RFC 5322, dot-atom-text).
        name = message.delivery_id.replace(":", ".")
        mail["Message-ID"] = f"<{name}@{domain}>"
        # Out-of-office programs must not answer a machine.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.body)
        raw = mail.as_bytes()
        if _headers_of(raw) != [name.lower() for name in mail.keys()]:  # noqa: SIM118
            raise ValueError("a header was added while the mail was written")
        return raw


def _headers_of(raw: bytes) -> Sequence[str]:
    """The names of the headers as a mail server reads them."""
    head = raw.partition(b"\r\n\r\n")[0]
    lines = [line for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    return [line.partition(b":")[0].decode("ascii", "replace").lower() for line in lines]


def _told(judged: Judged, delivery_id: str = "") -> Result:
    return provider_answers.not_taken(
        DeliveryChannel.EMAIL, judged, delivery_id, code=judged.code, enhanced=judged.enhanced
    )
