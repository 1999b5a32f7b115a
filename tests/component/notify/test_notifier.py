"""What citizens are told when, in batches, once, also when something fails in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from deploy.local.ports import Ports
from services import cities
from services.common.aggregates.ticker import Ticker
from services.common.aggregates.update import Due, Saved, Write, WriteOutcome
from services.common.consuming.consume import Ack, Retry, outcome_of
from services.common.kernel import DomainError, Kind
from services.notify.adapters.wire import wire
from services.notify.adapters.words import TemplateWriter
from services.notify.application.ports import Answer, Message
from services.notify.domain.events import MessageDelivered, MessageSkipped
from services.notify.domain.model import (
    Accepted,
    Delivery,
    DeliveryChannel,
    Failed,
    FailureReason,
    Later,
    Notice,
    Party,
    Refused,
    Result,
    Sending,
    Skipped,
    SkipReason,
    Waiting,
    WaitReason,
)
from tests.adapters.notify.mailbox import Mailbox
from tests.adapters.notify.mailbox import channel as email_channel
from tests.support.figures import moved
from tests.support.kit import known, part

from .conftest import PATIENCE, TRACEPARENT, World, answered, assigned, heard, invited, received
from .fakes import Outbox


async def test_each_event_is_told_once_and_each_assignment(world: World, files: Outbox) -> None:
    world.knows("i-1")
    life = [received("i-1"), assigned("i-1"), assigned("i-1", 2), answered("i-1"), invited("i-1")]
    assert await world.hear(*life) == [Ack()] * 5
    ids = ["received:1:1", "assigned:1:1", "assigned:1:2", "answered:1:1", "survey:1:1"]
    assert [message.delivery_id for message in files.sent] == [f"i-1:{id_}" for id_ in ids]
    assert world.told() == [("MessageDelivered", f"i-1:{id_}") for id_ in ids]
    assert "answer to i-1" in files.sent[3].body
    assert "http://survey.example/s/i-1-1/token" in files.sent[4].body


async def test_each_hand_over_to_a_channel_is_measured(world: World) -> None:
    """One for a batch, whatever the number of its messages."""
    world.knows("i-1", "i-2")
    with (
        moved("dasan_delivery_duration_seconds_count", channel="file"),
        moved("dasan_deliveries_total", by=2, channel="file", result="accepted"),
    ):
        await world.hear(received("i-1"), received("i-2"))


async def test_a_second_round_is_told_again_in_its_own_words(world: World, files: Outbox) -> None:
    """And what of the first round comes again meanwhile tells nobody anything."""
    world.knows("i-1")
    first = [assigned("i-1"), answered("i-1"), invited("i-1")]
    await world.hear(*first)
    world.peers.answer["i-1", 2] = Answer(text="second thoughts")
    world.peers.link["i-1-2"] = "http://survey.example/s/i-1-2/token"
    second = [assigned("i-1", round=2), answered("i-1", round=2), invited("i-1", round=2)]
    assert await world.hear(*second, *first, *second) == [Ack()] * 9
    sent = {message.delivery_id: message.body for message in files.sent[3:]}
    assert list(sent) == ["i-1:assigned:2:1", "i-1:answered:2:1", "i-1:survey:2:1"]
    assert "second thoughts" in sent["i-1:answered:2:1"]
    assert "answer to i-1" not in sent["i-1:answered:2:1"]
    assert "/s/i-1-2/token" in sent["i-1:survey:2:1"]
    assert len(world.told()) == 6


async def test_the_first_answer_is_told_as_it_was_also_after_the_second(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    world.peers.answer["i-1", 2] = Answer(text="second thoughts")
    await world.hear(answered("i-1", round=2))
    await world.hear(answered("i-1"))
    assert [message.delivery_id for message in files.sent] == [
        "i-1:answered:2:1",
        "i-1:answered:1:1",
    ]
    assert "answer to i-1" in files.sent[1].body


async def test_what_is_told_names_the_event_that_it_tells_of(world: World) -> None:
    world.knows("i-1")
    news = [
        heard(received("i-1"), "e-1"),
        heard(assigned("i-1", round=2), "e-2"),
        heard(answered("i-1"), "e-3"),
        heard(invited("i-1"), "e-4"),
        heard(received("i-2", has_contact=False), "e-5"),
    ]
    await world.handle(news)
    known = wire(())
    told = [known.decode(e.type, e.key, e.data) for e in world.store.told()]
    assert sorted(
        (one.cause_event_id, one.cause_type, one.message, one.round)
        for one in told
        if isinstance(one, MessageDelivered | MessageSkipped)
    ) == [
        ("e-1", "dasan.intake.v1.InquiryReceived", "received", 1),
        ("e-2", "dasan.routing.v1.InquiryAssigned", "assigned", 2),
        ("e-3", "dasan.districts.v1.CaseAnswered", "answered", 1),
        ("e-4", "dasan.survey.v1.SurveyInvited", "survey", 1),
        ("e-5", "dasan.intake.v1.InquiryReceived", "received", 1),
    ]


async def test_all_that_is_told_is_correlated_by_its_inquiry(world: World, files: Outbox) -> None:
    world.knows("i-1", "i-2")
    foreign = heard(received("i-1"))
    await world.handle([replace(foreign, cause=replace(foreign.cause, correlation_id=""))])
    files.behave = lambda message: Later()
    await world.hear(received("i-2"))
    files.behave = lambda message: Accepted()
    world.now += PATIENCE.longest
    await world.wake()
    told = [(told.aggregate, told.key, told.correlation_id) for told in world.store.told()]
    assert told == [("i-1:received:1:1", "i-1", "i-1"), ("i-2:received:1:1", "i-2", "i-2")]


async def test_only_who_was_told_shows_that_the_others_answer(world: World) -> None:
    """A peer that refuses notify for hours buries nobody, though others leave no contact."""
    world.knows("i-1", "i-2")
    news = [received("i-1"), received("i-2", has_contact=False)]
    outcomes = [*await world.hear(*news), *await world.hear(*news)]
    on_its_own = [outcome.on_its_own for outcome in outcomes if isinstance(outcome, Ack)]
    assert on_its_own == [False, True, True, True]


async def test_a_batch_asks_each_peer_once(world: World) -> None:
    world.knows("i-1", "i-2", "i-3")
    await world.hear(received("i-1"), answered("i-2"), assigned("i-1"), invited("i-3"))
    assert world.peers.asked == [
        ("contacts", ["i-1", "i-2", "i-3"]),
        ("answers", ["i-2"]),
        ("links", ["i-3-1"]),
    ]


async def test_the_same_news_again_tells_nobody_twice(world: World, files: Outbox) -> None:
    world.knows("i-1")
    again = heard(received("i-1"), cause="e-1")
    await world.handle([again, again])
    await world.handle([again])
    await world.hear(received("i-1"))
    assert len(files.sent) == 1
    assert world.told() == [("MessageDelivered", "i-1:received:1:1")]


async def test_late_and_disordered_news_is_told_all_the_same(world: World, files: Outbox) -> None:
    """The log of what was told must be whole, whatever order the topics come in."""
    world.knows("i-1")
    await world.hear(invited("i-1"), answered("i-1"))
    await world.hear(assigned("i-1"), received("i-1"))
    assert len(files.sent) == 4


async def test_who_left_no_contact_is_not_looked_up(world: World, files: Outbox) -> None:
    assert await world.hear(received("i-1", has_contact=False)) == [Ack()]
    assert files.sent == []
    assert world.peers.asked == []
    state = world.store.documents["i-1:received:1:1"].state
    assert isinstance(state, Skipped)
    assert state.reason is SkipReason.NO_CONTACT
    assert world.told() == [("MessageSkipped", "i-1:received:1:1")]


async def test_no_ordinary_message_follows_a_sealed_matter(world: World, files: Outbox) -> None:
    """Who sees the citizen's mail or phone must not learn of it; nobody is even asked for them."""
    world.knows("i-1")
    news: list[Any] = [received("i-1"), assigned("i-1"), answered("i-1"), invited("i-1")]
    sealed = [replace(n, matter=replace(n.matter, service_code="corruption")) for n in news]
    assert await world.hear(*sealed) == [Ack()] * 4
    assert files.sent == []
    assert world.peers.asked == []
    states = [stored.state for stored in world.store.documents.values()]
    assert [s.reason for s in states if isinstance(s, Skipped)] == [SkipReason.SEALED] * 4


async def test_what_intake_does_not_know_yet_is_asked_again_and_holds_up_nobody(
    world: World, files: Outbox
) -> None:
    world.knows("i-2")
    assert await world.hear(received("i-1"), received("i-2")) == [Retry(), Ack()]
    assert world.states() == {"i-2:received:1:1": "delivered"}
    world.knows("i-1")
    assert await world.hear(received("i-1")) == [Ack()]
    assert len(files.sent) == 2


async def test_an_answer_not_seen_yet_is_asked_for_again(world: World) -> None:
    world.knows("i-1")
    del world.peers.answer["i-1", 1]
    assert await world.hear(answered("i-1")) == [Retry()]


async def test_the_answer_of_another_round_is_not_taken_for_one_not_seen_yet(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    assert await world.hear(answered("i-1", round=2), received("i-1")) == [Retry(), Ack()]
    world.peers.answer["i-1", 2] = Answer(text="second thoughts")
    assert await world.hear(answered("i-1", round=2)) == [Ack()]
    assert "second thoughts" in files.sent[1].body


async def test_a_survey_that_is_over_needs_no_invitation(world: World, files: Outbox) -> None:
    world.knows("i-1")
    del world.peers.link["i-1-1"]
    assert await world.hear(invited("i-1")) == [Ack()]
    assert files.sent == []
    assert world.states() == {}


@pytest.mark.parametrize("peer", ["contacts", "answers", "links"])
async def test_a_peer_that_is_away_keeps_the_whole_batch_waiting(
    world: World, files: Outbox, peer: str
) -> None:
    world.knows("i-1", "i-2", "i-3")
    world.peers.away = peer
    batch = [received("i-1"), answered("i-2"), invited("i-3")]
    with pytest.raises(DomainError) as waiting:
        await world.hear(*batch)
    assert waiting.value.kind == "unavailable"
    world.peers.away = ""
    assert await world.hear(*batch) == [Ack()] * 3
    assert len(files.sent) == 3


async def test_a_failed_try_waits_is_tried_again_and_gives_up(world: World, files: Outbox) -> None:
    world.knows("i-1")
    files.behave = lambda message: Later(Party.RECIPIENT)
    assert await world.hear(received("i-1")) == [Ack()]
    assert world.states() == {"i-1:received:1:1": "waiting"}
    assert await world.wake() == 0
    for _ in range(PATIENCE.tries - 1):
        world.now += PATIENCE.longest
        assert await world.wake() == 1
    state = world.store.documents["i-1:received:1:1"].state
    assert isinstance(state, Failed)
    assert (state.reason, state.course.tries) == (FailureReason.EXHAUSTED, 3)
    assert world.told() == [("MessageFailed", "i-1:received:1:1")]
    world.now += timedelta(days=1)
    assert await world.wake() == 0


async def test_a_provider_that_comes_back_delivers(world: World, files: Outbox) -> None:
    world.knows("i-1")
    files.behave = lambda message: Later()
    await world.hear(received("i-1"))
    files.behave = lambda message: Accepted()
    # The news again, meanwhile, is not a try.
    await world.hear(received("i-1"))
    assert len(files.sent) == 1
    world.now += timedelta(seconds=10)
    await world.wake()
    assert world.told() == [("MessageDelivered", "i-1:received:1:1")]
    outbox = world.store.documents["i-1:received:1:1"].outbox
    assert outbox[0].traceparent == TRACEPARENT


async def test_one_bad_address_fails_alone(world: World, files: Outbox) -> None:
    world.knows("i-1", "i-2", "i-3")

    def behave(message: object) -> Result:
        return REFUSED if message is files.sent[1] else Accepted()

    files.behave = behave
    await world.hear(received("i-1"), received("i-2"), received("i-3"))
    assert list(world.states().values()) == ["delivered", "failed", "delivered"]


async def test_two_tickers_try_once(
    world: World, files: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each process read what is due before the other one woke it."""
    world.knows("i-1")
    files.behave = lambda message: Later()
    await world.hear(received("i-1"))
    files.behave = lambda message: Accepted()
    world.now += timedelta(seconds=10)
    due = await world.store.waking(world.now, 10)

    async def waking(*_: object) -> Sequence[Due]:
        return due

    monkeypatch.setattr(world.store, "waking", waking)
    other = world.another()
    await known(other)
    for service in (world.service, other):
        await part(service, Ticker).tick()
    assert len(files.sent) == 2
    assert world.told() == [("MessageDelivered", "i-1:received:1:1")]


async def test_a_contact_that_is_gone_ends_the_tries(world: World, files: Outbox) -> None:
    world.knows("i-1", "i-2")
    files.behave = lambda message: Later()
    await world.hear(received("i-1"), invited("i-2"))
    del world.peers.contact["i-1"]
    del world.peers.link["i-2-1"]
    world.now += timedelta(seconds=10)
    await world.wake()
    states = [stored.state for stored in world.store.documents.values()]
    assert [s.reason for s in states if isinstance(s, Skipped)] == [
        SkipReason.NO_CONTACT,
        SkipReason.OVER,
    ]


async def test_an_e_mail_where_there_is_an_address_else_a_text_message(
    mails: Outbox, texts: Outbox
) -> None:
    world = World(channels=[mails, texts])
    world.knows("i-1")
    world.knows("i-2", email="")
    world.knows("i-3", email="", phone="")
    await world.hear(received("i-1"), received("i-2"), received("i-3"))
    assert [message.delivery_id for message in mails.sent] == ["i-1:received:1:1"]
    assert [message.delivery_id for message in texts.sent] == ["i-2:received:1:1"]
    assert world.states()["i-3:received:1:1"] == "skipped"


async def test_a_crash_while_mailing_is_followed_by_one_more_try(mails: Outbox) -> None:
    """The record before the try survives; after the patience the same message goes out again."""

    class Crashed(BaseException):
        """Not something a handler catches: the end of the process."""

    def crash(message: object) -> Result:
        raise Crashed

    world = World(channels=[mails])
    world.knows("i-1")
    mails.behave = crash
    with pytest.raises(Crashed):
        await world.hear(received("i-1"))
    assert isinstance(world.store.documents["i-1:received:1:1"].state, Sending)
    mails.behave = lambda message: Accepted()
    # The event comes again at once, as it was never acked; the open try is not its business.
    assert await world.hear(received("i-1")) == [Ack()]
    assert len(mails.sent) == 1
    assert await world.wake() == 0
    world.now += PATIENCE.unknown
    assert await world.wake() == 1
    assert [message.delivery_id for message in mails.sent] == ["i-1:received:1:1"] * 2
    assert world.told() == [("MessageDelivered", "i-1:received:1:1")]


async def test_a_mailed_message_is_recorded_before_and_after(mails: Outbox) -> None:
    world = World(channels=[mails])
    world.knows("i-1", "i-2")
    seen: list[dict[str, str]] = []

    def look(message: object) -> Result:
        seen.append(world.states())
        return Accepted()

    mails.behave = look
    await world.hear(received("i-1"), received("i-2"))
    assert seen[0] == {"i-1:received:1:1": "sending", "i-2:received:1:1": "sending"}
    assert set(world.states().values()) == {"delivered"}


async def test_no_personal_data_is_kept_or_told(world: World, files: Outbox) -> None:
    world.knows("i-1", name="김하나", email="hana@citizen.example", phone="+82211112222")
    await world.hear(received("i-1"), answered("i-1"))
    kept = repr(list(world.store.documents.values()))
    for secret in ("김하나", "hana", "82211112222", "answer to", "secret="):
        assert secret not in kept


async def test_channels_may_be_mixed_with_the_file_as_last(mails: Outbox, files: Outbox) -> None:
    world = World(channels=[mails, files])
    world.knows("i-1", email="")
    await world.hear(received("i-1"))
    assert [m.delivery_id for m in files.sent] == ["i-1:received:1:1"]
    state = world.store.documents["i-1:received:1:1"].state
    assert getattr(state, "channel", None) is DeliveryChannel.FILE


REFUSED = Refused(FailureReason.UNDELIVERABLE)
IDS = [f"i-{number:02}" for number in range(24)]
BAD = "i-07"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mailing(mailbox: Mailbox) -> Iterator[World]:
    """Notify with the real e-mail channel and a mail server."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=Ports.free().notify_http)
    controller.start()
    yield World(channels=[email_channel(controller.port)])
    controller.stop()


def recipients(mailbox: Mailbox) -> list[str]:
    return sorted(mail["To"].addresses[0].username for mail in mailbox.mails)


async def test_one_mail_that_cannot_be_built_fails_alone(mailing: World, mailbox: Mailbox) -> None:
    """Of 24: the others go out once and are recorded, and nothing stays half done."""
    for id_ in IDS:
        mailing.knows(id_, email=f"{id_}@citizen.example")
    mailing.knows(BAD, email="a@[1")
    batch = [heard(received(id_), cause=id_) for id_ in IDS]
    assert await mailing.handle(batch) == [Ack()] * 24
    others = [id_ for id_ in IDS if id_ != BAD]
    assert recipients(mailbox) == others
    expected = {f"{id_}:received:1:1": "delivered" for id_ in IDS} | {
        f"{BAD}:received:1:1": "failed"
    }
    assert mailing.states() == expected
    state = mailing.store.documents[f"{BAD}:received:1:1"].state
    assert isinstance(state, Failed)
    assert state.reason is FailureReason.BAD_ADDRESS

    assert await mailing.handle(batch) == [Ack()] * 24
    mailing.now += timedelta(days=1)
    assert await mailing.wake() == 0
    assert recipients(mailbox) == others


async def test_one_mail_that_cannot_be_built_fails_alone_when_it_is_tried_again(
    mailing: World, mailbox: Mailbox
) -> None:
    for id_ in IDS:
        mailing.knows(id_, email=f"{id_}@citizen.example")
    mailbox.refuse = {f"{id_}@citizen.example": "450 later" for id_ in IDS}
    await mailing.hear(*(received(id_) for id_ in IDS))
    assert set(mailing.states().values()) == {"waiting"}
    mailbox.refuse = {}
    mailing.knows(BAD, email="a@[1")
    mailing.now += PATIENCE.longest
    assert await mailing.wake() == 24
    assert recipients(mailbox) == [id_ for id_ in IDS if id_ != BAD]
    assert mailing.states().pop(f"{BAD}:received:1:1") == "failed"
    assert sorted(mailing.states().values()) == ["delivered"] * 23 + ["failed"]
    assert await mailing.wake() == 0


class Stumbling(TemplateWriter):
    """Cannot write to one citizen."""

    def write(self, notice: Notice, *given: Any, **more: Any) -> Message:
        if notice.inquiry_id == BAD:
            raise ZeroDivisionError("words of a citizen")
        return super().write(notice, *given, **more)


async def test_one_message_that_cannot_be_written_is_held_alone_until_the_text_is_mended(
    mails: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    """However long that takes: nothing is wrong with the citizen."""
    world = World(channels=[mails], writer=Stumbling(lambda: cities.load("seoul")))
    world.knows(*IDS)
    assert await world.hear(*(received(id_) for id_ in IDS)) == [Ack()] * 24
    assert len(mails.sent) == 23
    assert sorted(world.states().values()) == ["delivered"] * 23 + ["waiting"]
    for _ in range(3 * PATIENCE.tries):
        world.now += PATIENCE.longest
        assert await world.wake() == 1
    state = world.state(f"{BAD}:received:1:1")
    assert isinstance(state, Waiting)
    assert state.reason is WaitReason.HELD
    assert len(mails.sent) == 23
    assert "words of a citizen" not in caplog.text
    world.writer = TemplateWriter(lambda: cities.load("seoul"))
    world.service = world.another()
    await known(world.service)
    world.now += PATIENCE.longest
    assert await world.wake() == 1
    assert world.states()[f"{BAD}:received:1:1"] == "delivered"


@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_channel_that_fails_as_a_whole_leaves_nothing_half_done(repeatable: bool) -> None:
    broken = Outbox(DeliveryChannel.EMAIL, repeatable=repeatable)

    def fail(message: object) -> Result:
        raise ZeroDivisionError

    broken.behave = fail
    world = World(channels=[broken])
    world.knows("i-1", "i-2")
    assert await world.hear(received("i-1"), received("i-2")) == [Ack()] * 2
    assert set(world.states().values()) == {"waiting"}
    broken.behave = lambda message: Accepted()
    world.now += PATIENCE.longest
    await world.wake()
    assert set(world.states().values()) == {"delivered"}


@pytest.mark.parametrize("repeatable", [True, False])
async def test_one_delivery_that_cannot_be_stored_is_asked_for_again_alone(
    repeatable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others write to it all the time, say."""
    channel = Outbox(DeliveryChannel.EMAIL, repeatable=repeatable)
    world = World(channels=[channel])
    world.knows("i-1", "i-2", "i-3")
    save = world.store.save
    contended = DomainError("contended", Kind.UNAVAILABLE, "too many writers")

    async def all_but_one(
        writes: Sequence[Write[Delivery]], fence: Callable[[], None]
    ) -> Sequence[WriteOutcome]:
        stored = iter(await save([w for w in writes if not w.after.id.startswith("i-2")], fence))
        return [Saved.LOST if w.after.id.startswith("i-2") else next(stored) for w in writes]

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "save", all_but_one)
        news = [received("i-1"), received("i-2"), received("i-3", has_contact=False)]
        assert await world.hear(*news) == [Ack(), outcome_of(contended), Ack()]
        assert await world.hear(received("i-2", has_contact=False)) == [outcome_of(contended)]
    assert world.states() == {"i-1:received:1:1": "delivered", "i-3:received:1:1": "skipped"}
    assert await world.hear(received("i-2")) == [Ack()]
    assert world.states()["i-2:received:1:1"] == "delivered"


async def test_a_delivery_of_a_newer_version_is_left_to_it(world: World, files: Outbox) -> None:
    world.knows("i-1", "i-2")
    await world.hear(received("i-1"))
    world.store.unreadable.add("i-1:received:1:1")
    waits = Retry(slug="unreadable", may_pass=True)
    assert await world.hear(received("i-1"), received("i-2")) == [waits, Ack()]
    assert [m.delivery_id for m in files.sent] == ["i-1:received:1:1", "i-2:received:1:1"]
