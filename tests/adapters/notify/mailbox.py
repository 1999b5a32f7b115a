"""A mail server that keeps what it takes, and the channel that sends to it."""

from __future__ import annotations

import asyncio
import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from services.notify.adapters.email import EmailChannel

WRITTEN = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Mailbox:
    """Takes what it is told to take and keeps it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.refuse: dict[str, str] = {}
        self.refuse_sender = self.refuse_data = ""
        self.hang_up_after = -1
        self.open = self.most_open = 0

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if len(self.mails) == self.hang_up_after:
            server.transport.abort()
            return "451 gone"
        if self.refuse_data:
            return self.refuse_data
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        await asyncio.sleep(0)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.raw.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        self.open -= 1
        return "250 OK"


def channel(port: int, **given: Any) -> EmailChannel:
    values: dict[str, Any] = {"user": "", "password": "", "parallel": 4, "tls": "none"}
    return EmailChannel(
        host="127.0.0.1",
        port=port,
        sender="120@city.example",
        clock=lambda: WRITTEN,
        **{**values, **given},
    )
