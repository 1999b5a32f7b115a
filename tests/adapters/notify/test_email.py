"""The e-mail channel against a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from prometheus_client import REGISTRY

from deploy.local.ports import Ports
from services.notify.domain.model import (
    Accepted,
    FailureReason,
    Later,
    MessageName,
    Party,
    Refused,
)
from tests.support.logs import logged

from .conftest import message
from .mailbox import WRITTEN, Mailbox, channel

GONE = Refused(FailureReason.UNDELIVERABLE)
BAD = Refused(FailureReason.BAD_ADDRESS)
HEADERS = [
    *("to", "from", "subject", "date", "message-id", "auto-submitted"),
    *("content-type", "content-transfer-encoding", "mime-version"),
]


def header_names(raw: bytes) -> list[str]:
    """As a server reads them: a line that begins with a space goes on with the one before."""
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return [
        line.partition(b":")[0].decode().lower()
        for line in head.split(b"\n")
        if not line.startswith((b" ", b"\t"))
        # What the test's own server adds.
        and not line.startswith(b"X-")
    ]


def to_lines(raw: bytes) -> list[bytes]:
    return [line for line in raw.replace(b"\r\n", b"\n").split(b"\n") if line.startswith(b"To:")]


def alarms(about: str) -> float:
    labels = {"channel": "email", "about": about}
    return REGISTRY.get_sample_value("dasan_notify_alarms_total", labels) or 0.0


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=Ports.free().notify_http)
    controller.start()
    yield controller
    controller.stop()


@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_nothing_is_sent_in_plain_where_encryption_is_asked_for(
    server: Controller, mailbox: Mailbox, tls: str
) -> None:
    """Somebody between may have taken the offer to encrypt out of the server's answer."""
    assert await channel(server.port, tls=tls).send([message("i-1:received:1:1")]) == [Later()]
    assert mailbox.mails == []


async def test_a_mail_arrives_as_it_was_written(server: Controller, mailbox: Mailbox) -> None:
    assert await channel(server.port).send([message("i-1:received:1:1")]) == [Accepted()]
    (mail,) = mailbox.mails
    assert mail["Subject"] == "답변입니다 (1)"
    assert mail["To"] == "김하나 <a@citizen.example>"
    assert mail["From"] == "서울특별시 120다산콜재단 <120@city.example>"
    assert mail["Date"].datetime == WRITTEN
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == "안녕하세요.\n끝\n"


async def test_every_try_of_a_delivery_has_the_same_message_id(
    server: Controller, mailbox: Mailbox
) -> None:
    for _ in range(2):
        await channel(server.port).send([message("i-1:received:1:1"), message("i-1:survey:1:1")])
    assert sorted(mail["Message-ID"] for mail in mailbox.mails) == [
        "<i-1.received.1.1@city.example>",
        "<i-1.received.1.1@city.example>",
        "<i-1.survey.1.1@city.example>",
        "<i-1.survey.1.1@city.example>",
    ]


@pytest.mark.parametrize("name", MessageName)
async def test_a_message_id_is_one_that_mail_allows(
    server: Controller, mailbox: Mailbox, name: MessageName
) -> None:
    """RFC 5322: dot-atom-text on both sides of the @."""
    atom = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    inquiry_id = "019ab3f0-7c1e-7d2a-9b1c-0123456789ab"
    await channel(server.port).send([message(f"{inquiry_id}:{name}:12:34")])
    (mail,) = mailbox.mails
    words = rf"{atom}(\.{atom})*"
    # A long one begins on the second line of its header.
    assert re.fullmatch(rf"<{words}@{words}>", mail["Message-ID"].strip())


async def test_each_mail_has_its_own_result(server: Controller, mailbox: Mailbox) -> None:
    mailbox.refuse = {"gone@x.example": "550 no such user", "full@x.example": "452 mailbox full"}
    sent = [
        message("1", email="gone@x.example"),
        message("2"),
        message("3", email="full@x.example"),
        message("4", email="no\naddress"),
        message("5", email="a..b@citizen.example"),
        message("6"),
    ]
    # One connection, so that each mail follows a refused one.
    results = await channel(server.port, parallel=1).send(sent)
    assert results == [GONE, Accepted(), Later(Party.RECIPIENT), BAD, BAD, Accepted()]


@pytest.mark.parametrize(
    "typed",
    [
        "=?utf-8?q?a=0aBcc:_x@y.example?=",
        "=?utf-8?q?a=0a=0aPay_here?=",
        "=?utf-8?b?YQpCY2M6IHhAeS5leGFtcGxl?=",
        "Kim\r\nBcc: x@y.example",
        "Kim\nBcc: x@y.example",
        "Kim <x@y.example>,",
        "당첨 https://evil.example/claim",
    ],
)
async def test_no_name_adds_a_header_or_speaks_to_a_stranger(
    server: Controller, mailbox: Mailbox, typed: str
) -> None:
    assert await channel(server.port).send([message("1", name=typed)]) == [Accepted()]
    assert mailbox.recipients == ["a@citizen.example"]
    assert to_lines(mailbox.raw[0]) == [b"To: a@citizen.example"]
    assert header_names(mailbox.raw[0]) == HEADERS
    assert b"evil" not in mailbox.raw[0]
    assert mailbox.mails[0].get_content().replace("\r\n", "\n") == "안녕하세요.\n끝\n"


@pytest.mark.parametrize(
    "local",
    ["=?utf-8?q?a=0aBcc=3A_x=40y.example?=", "a\r\nBcc: x@y.example\r\n", '"a\nBcc: x"', "a,b"],
)
async def test_no_address_adds_a_header(server: Controller, mailbox: Mailbox, local: str) -> None:
    sent = [message("1", email=f"{local}@citizen.example"), message("2")]
    assert await channel(server.port, parallel=1).send(sent) == [BAD, Accepted()]
    assert mailbox.recipients == ["a@citizen.example"]
    assert header_names(mailbox.raw[0]) == HEADERS


async def test_a_header_that_a_library_would_add_is_seen_in_the_bytes(
    server: Controller, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a Python makes of a header: what goes out is looked at as a server reads it."""
    written = EmailMessage.as_bytes

    def adding(mail: EmailMessage) -> bytes:
        return written(mail).replace(b"\r\nFrom:", b"\r\nBcc: x@y.example\r\nFrom:")

    monkeypatch.setattr(EmailMessage, "as_bytes", adding)
    rejected = Refused(FailureReason.REJECTED)
    assert await channel(server.port).send([message("1")]) == [rejected]
    assert mailbox.raw == []


async def test_a_domain_in_its_own_letters_is_sent_to_in_its_ascii_form(
    server: Controller, mailbox: Mailbox
) -> None:
    assert await channel(server.port).send([message("1", email="kim@bücher.example")]) == [
        Accepted()
    ]
    assert mailbox.recipients == ["kim@xn--bcher-kva.example"]
    assert b"<kim@xn--bcher-kva.example>" in b"".join(to_lines(mailbox.raw[0]))


async def test_letters_before_the_at_go_where_the_server_takes_them(mailbox: Mailbox) -> None:
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=Ports.free().notify_http, enable_SMTPUTF8=True
    )
    controller.start()
    try:
        sent = [message("1", email="김@bücher.example"), message("2")]
        results = await channel(controller.port, parallel=1).send(sent)
    finally:
        controller.stop()
    assert results == [Accepted(), Accepted()]
    assert mailbox.recipients == ["김@xn--bcher-kva.example", "a@citizen.example"]
    assert "<김@xn--bcher-kva.example>".encode() in b"".join(to_lines(mailbox.raw[0]))
    assert header_names(mailbox.raw[0]) == HEADERS
    assert mailbox.raw[1].isascii()


async def test_where_the_server_takes_no_such_letters_the_address_is_at_fault(
    mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=Ports.free().notify_http, enable_SMTPUTF8=False
    )
    controller.start()
    try:
        assert await channel(controller.port).send([message("1", email="김@x.example")]) == [BAD]
    finally:
        controller.stop()
    assert [said["why"] for said in logged(caplog, "email.bad_address")] == [
        "the server has no SMTPUTF8"
    ]


@pytest.mark.parametrize("step", ["refuse_sender", "refuse_data", "refuse"])
async def test_a_quota_of_ours_is_no_refusal_and_an_alarm(
    server: Controller, mailbox: Mailbox, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    words = "550 5.4.5 Daily user sending quota of a@citizen.example exceeded"
    setattr(mailbox, step, {"a@citizen.example": words} if step == "refuse" else words)
    before = alarms("provider")
    assert await channel(server.port).send([message("1")]) == [Later(Party.PROVIDER)]
    assert alarms("provider") == before + 1
    (alarm,) = logged(caplog, "email.alarm")
    assert (alarm["about"], alarm["enhanced"], alarm["code"]) == ("provider", "4.5", 550)
    assert alarm["words"] == "Mail system congestion"
    # The server's own words may hold an address.
    assert "citizen.example" not in caplog.text


async def test_a_message_that_the_server_refuses_is_final_and_an_alarm(
    server: Controller, mailbox: Mailbox
) -> None:
    mailbox.refuse_data = "552 5.3.4 Message too big"
    before = alarms("message")
    assert await channel(server.port).send([message("1")]) == [Refused(FailureReason.REJECTED)]
    assert alarms("message") == before + 1


async def test_one_mail_that_cannot_be_built_is_refused_alone(
    server: Controller, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    """The library says so in many ways."""
    sent = [message(f"{number}") for number in range(24)]
    sent[7] = message("7", email="a@[1")
    sent[11] = replace(message("11"), subject="half a character: \ud800")
    sent[13] = replace(message("13"), body="half a character: \ud800")
    sent[17] = replace(message("17"), subject="two\r\nBcc: x@y.example")
    results = await channel(server.port, parallel=2).send(sent)
    rejected = Refused(FailureReason.REJECTED)
    bad = {7: BAD, 11: rejected, 13: rejected, 17: rejected}
    assert results == [bad.get(n, Accepted()) for n in range(24)]
    assert len(mailbox.mails) == 20
    assert "a@[1" not in caplog.text
    not_built = logged(caplog, "email.not_built")
    assert {said["delivery_id"] for said in not_built} == {"11", "13", "17"}


async def test_many_mails_share_a_few_connections(server: Controller, mailbox: Mailbox) -> None:
    sent = [message(f"{n}") for n in range(50)]
    results = await channel(server.port, parallel=4).send(sent)
    assert results == [Accepted()] * 50
    assert len(mailbox.mails) == 50
    assert mailbox.most_open <= 4


async def test_a_server_that_hangs_up_leaves_the_rest_for_later(
    server: Controller, mailbox: Mailbox
) -> None:
    mailbox.hang_up_after = 2
    results = await channel(server.port, parallel=1).send([message(f"{n}") for n in range(4)])
    assert results == [Accepted(), Accepted(), Later(), Later()]


async def test_a_server_that_is_away_is_asked_again_later() -> None:
    results = await channel(Ports.free().notify_http).send([message("1"), message("2")])
    assert results == [Later(), Later()]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_login_that_is_required_is_made_and_a_wrong_one_is_not_the_citizens_fault(
    mailbox: Mailbox,
) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        right = (login.login, login.password) == (b"dasan", b"secret")
        return AuthResult(success=right, handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=Ports.free().notify_http,
        authenticator=check,
        auth_required=True,
        auth_require_tls=False,
    )
    controller.start()
    try:
        right = channel(controller.port, user="dasan", password="secret")
        wrong = channel(controller.port, user="dasan", password="guess")
        assert await right.send([message("1")]) == [Accepted()]
        assert await wrong.send([message("2")]) == [Later()]
    finally:
        controller.stop()
