"""The e-mail channel against a real SMTP server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from deploy.local.ports import Ports
from services.notify.domain.model import Accepted, Later, MessageName, Refused
from tests.support.logs import logged

from .conftest import message
from .mailbox import WRITTEN, Mailbox, channel


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=Ports.free().notify_http)
    controller.start()
    yield controller
    controller.stop()


async def test_a_mail_arrives_as_it_was_written(server: Controller, mailbox: Mailbox) -> None:
    assert await channel(server.port).send([message("i-1:received:1:1")]) == [Accepted()]
    (mail,) = mailbox.mails
    assert mail["Subject"] == "답변입니다 (1)"
    assert mail["To"] == "김하나 <a@citizen.example>"
    assert mail["From"] == "120@city.example"
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
    assert re.fullmatch(rf"<{words}@{words}>", mail["Message-ID"])


async def test_each_mail_has_its_own_result(server: Controller, mailbox: Mailbox) -> None:
    mailbox.refuse = {"gone@x.example": "550 no such user", "full@x.example": "452 mailbox full"}
    sent = [
        message("1", email="gone@x.example"),
        message("2"),
        message("3", email="full@x.example"),
        message("4", email="no\naddress"),
        message("5", email="한글@citizen.example"),
        message("6"),
    ]
    # One connection, so that each mail follows a refused one.
    results = await channel(server.port, parallel=1).send(sent)
    assert results[:4] == [Refused(), Accepted(), Later(), Refused()]
    assert results[5] == Accepted()


async def test_one_mail_that_cannot_be_built_is_refused_alone(
    server: Controller, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    """The library says so in many ways: of the first address it raises AttributeError."""
    sent = [message(f"{number}") for number in range(24)]
    sent[7] = message("7", email="a@[1")
    sent[11] = replace(message("11"), subject="half a character: \ud800")
    sent[13] = replace(message("13"), body="half a character: \ud800")
    results = await channel(server.port, parallel=2).send(sent)
    bad = {7, 11, 13}
    assert results == [Refused() if n in bad else Accepted() for n in range(24)]
    assert len(mailbox.mails) == 21
    assert "a@[1" not in caplog.text
    not_built = logged(caplog, "email.not_built")
    assert [said["delivery_id"] for said in not_built] == ["7", "11", "13"]


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
