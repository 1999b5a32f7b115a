"""The beginning of a citizen's words in a message: only where somebody vouches for the address that
it goes to, never of a sealed matter, and never waited for."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict

import pytest

from services.notify.domain.model import Accepted, Later, Party

from .conftest import WORDS, World, answered, assigned, invited, received
from .fakes import Outbox

QUOTED = "민원 내용: 가로등이 꺼졌어요…"
VERIFIED = {"email_verified": True, "phone_verified": True}


def asked_for_words(world: World) -> list[list[str]]:
    return [ids for what, ids in world.peers.asked if what == "words"]


@pytest.fixture
def by_mail(mails: Outbox) -> World:
    return World(channels=[mails])


@pytest.fixture
def by_text(texts: Outbox) -> World:
    return World(channels=[texts])


async def test_every_mail_to_a_verified_address_repeats_what_was_asked(
    by_mail: World, mails: Outbox
) -> None:
    by_mail.knows("i-1", **VERIFIED)
    await by_mail.hear(received("i-1"), assigned("i-1"), answered("i-1"), invited("i-1"))
    assert len(mails.sent) == 4
    for message in mails.sent:
        assert QUOTED in message.body
        assert "evil" not in message.body


async def test_nobody_reads_words_at_an_address_that_nobody_vouches_for(
    by_mail: World, mails: Outbox
) -> None:
    """Anybody can type a stranger's address, and any words."""
    by_mail.knows("i-1")
    await by_mail.hear(received("i-1"), answered("i-1"), invited("i-1"))
    assert len(mails.sent) == 3
    assert not [message for message in mails.sent if "가로등" in message.body]
    assert asked_for_words(by_mail) == []


async def test_one_address_does_not_vouch_for_the_other(
    by_mail: World, mails: Outbox, by_text: World, texts: Outbox
) -> None:
    """A contact centre sees the number that calls, and not whose the e-mail address is."""
    by_mail.knows("i-1", phone_verified=True)
    by_text.knows("i-1", email_verified=True)
    for world in (by_mail, by_text):
        await world.hear(received("i-1"), answered("i-1"))
    assert len(mails.sent) == len(texts.sent) == 2
    assert not [m for m in (*mails.sent, *texts.sent) if "가로등" in m.body]


async def test_a_long_text_repeats_them_and_a_short_one_stays_short(
    by_text: World, texts: Outbox
) -> None:
    by_text.knows("i-1", "i-2", **VERIFIED, status_url="https://120.example/i/x")
    by_text.peers.answer["i-2", 1] = by_text.peers.answer["i-1", 1].__class__(text="가" * 100)
    await by_text.hear(answered("i-1"), answered("i-2"))
    forms = {message.delivery_id[:3]: message for message in texts.sent}
    assert forms["i-1"].form == "sms"
    assert "가로등" not in forms["i-1"].body
    assert forms["i-2"].form == "lms"
    assert QUOTED in forms["i-2"].body


async def test_words_of_a_sealed_matter_are_not_even_asked_for(
    by_mail: World, mails: Outbox
) -> None:
    by_mail.knows("i-1", **VERIFIED)
    await by_mail.hear(assigned("i-1", service="corruption"), answered("i-1"), received("i-1"))
    assert mails.sent == []
    assert asked_for_words(by_mail) == []


async def test_a_message_goes_without_words_that_cannot_be_had(
    by_mail: World, mails: Outbox
) -> None:
    by_mail.knows("i-1", **VERIFIED)
    by_mail.peers.away = "words"
    await by_mail.hear(received("i-1"))
    (message,) = mails.sent
    assert "○ 민원 내용" not in message.body
    assert by_mail.states() == {"i-1:received:1:1": "delivered"}


async def test_what_intake_withholds_is_left_out(by_mail: World, mails: Outbox) -> None:
    by_mail.knows("i-1", **VERIFIED)
    by_mail.peers.word.clear()
    await by_mail.hear(received("i-1"))
    assert "○ 민원 내용" not in mails.sent[0].body


async def test_the_words_are_kept_nowhere(
    by_mail: World, mails: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither while the message waits nor when it has gone out, on no event and in no log."""
    caplog.set_level(logging.DEBUG)
    by_mail.knows("i-1", **VERIFIED)
    for result in (Later(Party.PROVIDER), Accepted()):
        mails.behave = lambda message, result=result: result  # type: ignore[misc]
        await by_mail.hear(received("i-1"))
        by_mail.now += by_mail.patience.longest
        await by_mail.wake()
        for stored in by_mail.store.documents.values():
            assert stored.state is not None
            kept = json.dumps(asdict(stored.state), ensure_ascii=False, default=str)
            kept += "".join(str(envelope) for envelope in stored.outbox)
            assert not [word for word in WORDS.split() if word in kept]
    assert QUOTED in mails.sent[-1].body
    assert not [word for word in WORDS.split() if word in caplog.text]
