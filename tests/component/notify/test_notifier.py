"""What citizens are told when, in batches, once, also when something fails in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.common.consume import Ack, Retry
from services.common.kernel import DomainError
from services.notify.domain.model import (
    Accepted,
    DeliveryChannel,
    Failed,
    FailureReason,
    Later,
    Refused,
    Result,
    Sending,
)

from .conftest import PATIENCE, World, answered, assigned, incoming, invited, received
from .fakes import Outbox


async def test_each_step_is_told_once_and_each_assignment(world: World, files: Outbox) -> None:
    world.knows("i-1")
    life = [received("i-1"), assigned("i-1"), assigned("i-1", 2), answered("i-1"), invited("i-1")]
    assert await world.hear(*life) == [Ack()] * 5
    steps = ["RECEIVED:1", "ASSIGNED:1", "ASSIGNED:2", "ANSWERED:1", "SURVEY:1"]
    assert [message.delivery_id for message in files.sent] == [f"i-1:{step}" for step in steps]
    assert world.told() == [("MessageDelivered", f"i-1:{step}") for step in steps]
    assert "answer to i-1" in files.sent[3].body
    assert "http://survey.example/s/i-1/token" in files.sent[4].body


async def test_a_batch_asks_each_peer_once(world: World) -> None:
    world.knows("i-1", "i-2", "i-3")
    await world.hear(received("i-1"), answered("i-2"), assigned("i-1"), invited("i-3"))
    assert world.peers.asked == [
        ("contacts", ["i-1", "i-2", "i-3"]),
        ("answers", ["i-2"]),
        ("links", ["i-3"]),
    ]


async def test_the_same_news_again_tells_nobody_twice(world: World, files: Outbox) -> None:
    world.knows("i-1")
    again = incoming(received("i-1"), cause="e-1")
    await world.notifier.handle([again, again])
    await world.notifier.handle([again])
    await world.hear(received("i-1"))
    assert len(files.sent) == 1
    assert world.told() == [("MessageDelivered", "i-1:RECEIVED:1")]


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
    state = world.store.documents["i-1:RECEIVED:1"].state
    assert isinstance(state, Failed)
    assert state.reason is FailureReason.NO_CONTACT
    assert world.told() == [("MessageFailed", "i-1:RECEIVED:1")]


async def test_what_intake_does_not_know_yet_is_asked_again_and_holds_up_nobody(
    world: World, files: Outbox
) -> None:
    world.knows("i-2")
    assert await world.hear(received("i-1"), received("i-2")) == [Retry(), Ack()]
    assert world.states() == {"i-2:RECEIVED:1": "delivered"}
    world.knows("i-1")
    assert await world.hear(received("i-1")) == [Ack()]
    assert len(files.sent) == 2


async def test_an_answer_not_seen_yet_is_asked_for_again(world: World) -> None:
    world.knows("i-1")
    del world.peers.answer["i-1"]
    assert await world.hear(answered("i-1")) == [Retry()]


async def test_a_survey_that_is_over_needs_no_invitation(world: World, files: Outbox) -> None:
    world.knows("i-1")
    del world.peers.link["i-1"]
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
    files.behave = lambda message: Later()
    assert await world.hear(received("i-1")) == [Ack()]
    assert world.states() == {"i-1:RECEIVED:1": "waiting"}
    assert await world.wake() == 0
    for _ in range(PATIENCE.tries - 1):
        world.now += PATIENCE.longest
        assert await world.wake() == 1
    state = world.store.documents["i-1:RECEIVED:1"].state
    assert isinstance(state, Failed)
    assert (state.reason, state.attempts) == (FailureReason.EXHAUSTED, 3)
    assert world.told() == [("MessageFailed", "i-1:RECEIVED:1")]
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
    assert world.told() == [("MessageDelivered", "i-1:RECEIVED:1")]
    outbox = world.store.documents["i-1:RECEIVED:1"].outbox
    assert outbox[0].traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_one_bad_address_fails_alone(world: World, files: Outbox) -> None:
    world.knows("i-1", "i-2", "i-3")

    def behave(message: object) -> Result:
        return Refused() if message is files.sent[1] else Accepted()

    files.behave = behave
    await world.hear(received("i-1"), received("i-2"), received("i-3"))
    assert list(world.states().values()) == ["delivered", "failed", "delivered"]


async def test_two_tickers_try_once(world: World, files: Outbox) -> None:
    world.knows("i-1")
    files.behave = lambda message: Later()
    await world.hear(received("i-1"))
    files.behave = lambda message: Accepted()
    world.now += timedelta(seconds=10)
    due = [one.id for one in await world.store.waking(world.now, 10)]
    await world.notifier.wake(due, world.now)
    await world.notifier.wake(due, world.now)
    assert len(files.sent) == 2
    assert world.told() == [("MessageDelivered", "i-1:RECEIVED:1")]


async def test_a_contact_that_is_gone_ends_the_tries(world: World, files: Outbox) -> None:
    world.knows("i-1", "i-2")
    files.behave = lambda message: Later()
    await world.hear(received("i-1"), invited("i-2"))
    del world.peers.contact["i-1"]
    del world.peers.link["i-2"]
    world.now += timedelta(seconds=10)
    await world.wake()
    reasons = [
        d.state.reason for d in world.store.documents.values() if isinstance(d.state, Failed)
    ]
    assert reasons == [FailureReason.NO_CONTACT, FailureReason.EXHAUSTED]


async def test_an_e_mail_where_there_is_an_address_else_a_text_message(
    mails: Outbox, texts: Outbox
) -> None:
    world = World(channels=[mails, texts])
    world.knows("i-1")
    world.knows("i-2", email="")
    world.knows("i-3", email="", phone="")
    await world.hear(received("i-1"), received("i-2"), received("i-3"))
    assert [message.delivery_id for message in mails.sent] == ["i-1:RECEIVED:1"]
    assert [message.delivery_id for message in texts.sent] == ["i-2:RECEIVED:1"]
    assert world.states()["i-3:RECEIVED:1"] == "failed"


async def test_a_crash_while_mailing_is_followed_by_one_more_try(mails: Outbox) -> None:
    """The record before the try survives; after the patience the same message goes out again."""

    class Crashed(Exception):
        pass

    def crash(message: object) -> Result:
        raise Crashed

    world = World(channels=[mails])
    world.knows("i-1")
    mails.behave = crash
    with pytest.raises(Crashed):
        await world.hear(received("i-1"))
    assert isinstance(world.store.documents["i-1:RECEIVED:1"].state, Sending)
    mails.behave = lambda message: Accepted()
    # The event comes again at once, as it was never acked; the open try is not its business.
    assert await world.hear(received("i-1")) == [Ack()]
    assert len(mails.sent) == 1
    assert await world.wake() == 0
    world.now += PATIENCE.unknown
    assert await world.wake() == 1
    assert [message.delivery_id for message in mails.sent] == ["i-1:RECEIVED:1"] * 2
    assert world.told() == [("MessageDelivered", "i-1:RECEIVED:1")]


async def test_a_mailed_message_is_recorded_before_and_after(mails: Outbox) -> None:
    world = World(channels=[mails])
    world.knows("i-1", "i-2")
    seen: list[dict[str, str]] = []

    def look(message: object) -> Result:
        seen.append(world.states())
        return Accepted()

    mails.behave = look
    await world.hear(received("i-1"), received("i-2"))
    assert seen[0] == {"i-1:RECEIVED:1": "sending", "i-2:RECEIVED:1": "sending"}
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
    assert [m.delivery_id for m in files.sent] == ["i-1:RECEIVED:1"]
    state = world.store.documents["i-1:RECEIVED:1"].state
    assert getattr(state, "channel", None) is DeliveryChannel.FILE
