"""The channels that leave the machine: real SMTP and an SMS gateway over HTTP, once end to end."""

from __future__ import annotations

import email
import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from email import policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import pytest_asyncio
from aiosmtpd.controller import Controller

from deploy.local.ports import HOST, Ports
from simulation.judge.lifecycles import Kind, delivery_label
from tests.support.city import City

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]


MESSAGES = ("received:1", "assigned:1:1", "answered:1", "survey:1")


@dataclass
class Mailbox:
    """A mail server that keeps what it takes."""

    messages: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 taken"


@dataclass(slots=True)
class Phone:
    """An SMS gateway that keeps what it takes, by idempotency key."""

    messages: dict[str, dict[str, str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    server = Controller(box, hostname=HOST, port=Ports.free().otlp)
    server.start()
    yield box, server.port
    server.stop()


@pytest.fixture(scope="module")
def phone() -> Iterator[tuple[Phone, str]]:
    phone = Phone()

    class Gateway(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            phone.messages[self.headers["idempotency-key"]] = json.loads(body)
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer((HOST, 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield phone, f"http://{HOST}:{server.server_port}/messages"
    server.shutdown()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def connected(
    city: City, mailbox: tuple[Mailbox, int], phone: tuple[Phone, str]
) -> AsyncIterator[City]:
    """The city, with notify writing to the mail server and the gateway instead of files."""
    notify = city.stack["notify"]
    as_before = notify.command
    environment = {
        "NOTIFY_CHANNELS": "email,sms",
        "SMTP_HOST": HOST,
        "SMTP_PORT": str(mailbox[1]),
        "SMTP_TLS": "none",
        "SMTP_FROM": "120@city.example.org",
        "SMS_GATEWAY_URL": phone[1],
    }
    await city.stop(["notify"])
    notify.command = replace(as_before, env={**as_before.env, **environment})
    await city.start("notify")
    yield city
    await city.stop(["notify"])
    notify.command = as_before
    await city.start("notify")


async def test_who_left_an_address_gets_e_mail_and_who_left_a_number_a_text(
    connected: City, mailbox: tuple[Mailbox, int], phone: tuple[Phone, str]
) -> None:
    city, texts = connected, phone[0].messages
    body = {"text": "버스가 안 와요", "category": "bus-complaint"}
    by_mail = await city.ask(
        Kind.CASE, {**body, "contact": {"name": "시민", "email": "citizen@example.org"}}
    )
    by_text = await city.ask(
        Kind.CASE, {**body, "language": "en", "contact": {"phone": "+1 202-555-0143"}}
    )
    for asked in (by_mail, by_text):
        await city.told(asked.inquiry_id, "CaseOpened:1:1")
        office = (await city.told(asked.inquiry_id, "InquiryAssigned:1:1")).message.office_id
        await city.office(office).answer(asked.inquiry_id, "배차를 늘렸습니다")
        for message in MESSAGES:
            await city.told(asked.inquiry_id, f"MessageDelivered:{message}", within=40)
    # Those of earlier tests' citizens may still come.
    number = by_mail.receipt_number
    mails = [mail for mail in mailbox[0].messages if number in mail.get_content()]
    assert len(mails) == 4
    assert {address_in(mail, "to") for mail in mails} == {"citizen@example.org"}
    assert {address_in(mail, "from") for mail in mails} == {"120@city.example.org"}
    assert len({mail["message-id"] for mail in mails}) == 4
    bodies = [mail.get_content() for mail in mails]
    assert sum("배차를 늘렸습니다" in text for text in bodies) == 1
    # The gateway knows a repetition by the delivery's id.
    assert {delivery_label(key) for key in texts} == set(MESSAGES)
    assert {key.partition(":")[0] for key in texts} == {by_text.inquiry_id}
    assert {text["to"] for text in texts.values()} == {"+12025550143"}
    (answered,) = [text for key, text in texts.items() if delivery_label(key) == "answered:1"]
    assert "배차를 늘렸습니다" in answered["text"]


def address_in(mail: EmailMessage, header: str) -> str:
    """The bare address of the one person whom a header names."""
    (address,) = mail[header].addresses
    return str(address.addr_spec)
