"""One citizen's news goes out in its order, over another way where one fails, and not too often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.common.consuming.consume import Ack
from services.notify.domain.model import (
    Accepted,
    Failed,
    FailureReason,
    Later,
    Party,
    Refused,
    Waiting,
    WaitReason,
)

from .conftest import PATIENCE, World, answered, assigned, invited, received
from .fakes import MemoryLimits, Outbox

PATIENT = replace(PATIENCE, turn=timedelta(seconds=2), unheard=timedelta(minutes=2))
UNDELIVERABLE = Refused(FailureReason.UNDELIVERABLE)


def ids(channel: Outbox) -> list[str]:
    return [message.delivery_id.partition(":")[2] for message in channel.sent]


def reason(world: World, delivery_id: str) -> WaitReason | None:
    state = world.state(delivery_id)
    return state.reason if isinstance(state, Waiting) else None


async def test_news_in_one_batch_goes_out_in_its_order(files: Outbox) -> None:
    world = World(channels=[files], patience=PATIENT)
    world.knows("i-1", "i-2")
    batch = [
        *(invited("i-1"), answered("i-1"), assigned("i-1"), received("i-1")),
        *(answered("i-2"), assigned("i-2"), received("i-2")),
    ]
    assert await world.hear(*batch) == [Ack()] * 7
    of_one = [m.delivery_id for m in files.sent if m.delivery_id.startswith("i-1")]
    assert of_one == [f"i-1:{what}:1:1" for what in ("received", "assigned", "answered", "survey")]
    assert set(world.states().values()) == {"delivered"}


async def test_an_answer_heard_before_the_receipt_waits_for_it(files: Outbox) -> None:
    world = World(channels=[files], patience=PATIENT)
    world.knows("i-1")
    assert await world.hear(answered("i-1"), assigned("i-1")) == [Ack()] * 2
    assert files.sent == []
    assert reason(world, "i-1:answered:1:1") is WaitReason.TURN
    await world.hear(received("i-1"))
    for _ in range(3):
        world.now += 2 * PATIENT.turn
        await world.wake()
    assert ids(files) == ["received:1:1", "assigned:1:1", "answered:1:1"]


async def test_a_receipt_that_never_comes_holds_up_nobody_for_ever(files: Outbox) -> None:
    world = World(channels=[files], patience=PATIENT)
    world.knows("i-1")
    await world.hear(assigned("i-1"))
    for _ in range(59):
        world.now += PATIENT.turn
        await world.wake()
    assert files.sent == []
    world.now += PATIENT.turn
    await world.wake()
    assert ids(files) == ["assigned:1:1"]


async def test_later_news_waits_while_earlier_news_is_tried_and_no_longer(files: Outbox) -> None:
    world = World(channels=[files], patience=PATIENT)
    world.knows("i-1", "i-2")
    files.behave = lambda message: Later(Party.RECIPIENT)
    await world.hear(received("i-1"), assigned("i-1"))
    files.behave = lambda message: Accepted()
    await world.hear(received("i-2"))
    assert ids(files) == ["received:1:1", "received:1:1"]
    assert reason(world, "i-1:assigned:1:1") is WaitReason.TURN
    world.now += PATIENT.first
    await world.wake()
    world.now += PATIENT.first
    await world.wake()
    assert ids(files)[2:] == ["received:1:1", "assigned:1:1"]


async def test_news_after_a_failure_goes_out(files: Outbox) -> None:
    world = World(channels=[files], patience=PATIENT)
    world.knows("i-1")
    files.behave = lambda message: UNDELIVERABLE
    await world.hear(received("i-1"))
    files.behave = lambda message: Accepted()
    await world.hear(assigned("i-1"))
    assert world.states() == {"i-1:received:1:1": "failed", "i-1:assigned:1:1": "delivered"}


async def test_where_the_mail_cannot_reach_the_citizen_a_text_does(
    mails: Outbox, texts: Outbox
) -> None:
    world = World(channels=[mails, texts])
    world.knows("i-1")
    world.knows("i-2", phone="")
    mails.behave = lambda message: UNDELIVERABLE
    await world.hear(received("i-1"), received("i-2"))
    assert reason(world, "i-1:received:1:1") is WaitReason.OTHER_WAY
    await world.wake()
    assert ids(texts) == ["received:1:1"]
    assert world.states() == {"i-1:received:1:1": "delivered", "i-2:received:1:1": "failed"}
    assert world.told() == [
        ("MessageDelivered", "i-1:received:1:1"),
        ("MessageFailed", "i-2:received:1:1"),
    ]


async def test_what_no_way_reaches_has_failed_for_the_last_reason(
    mails: Outbox, texts: Outbox
) -> None:
    world = World(channels=[mails, texts])
    world.knows("i-1")
    mails.behave = lambda message: UNDELIVERABLE
    texts.behave = lambda message: Refused(FailureReason.BAD_ADDRESS)
    await world.hear(received("i-1"))
    await world.wake()
    state = world.state("i-1:received:1:1")
    assert isinstance(state, Failed)
    assert state.reason is FailureReason.BAD_ADDRESS
    assert (len(mails.sent), len(texts.sent)) == (1, 1)


async def test_a_message_that_is_refused_itself_tries_no_other_way(
    mails: Outbox, texts: Outbox
) -> None:
    world = World(channels=[mails, texts])
    world.knows("i-1")
    mails.behave = lambda message: Refused(FailureReason.REJECTED)
    await world.hear(received("i-1"))
    assert world.states() == {"i-1:received:1:1": "failed"}
    assert texts.sent == []


async def test_a_provider_at_fault_for_days_loses_nothing(mails: Outbox) -> None:
    world = World(channels=[mails])
    world.knows("i-1")
    mails.behave = lambda message: Later(Party.PROVIDER)
    await world.hear(received("i-1"))
    for _ in range(100):
        world.now += PATIENCE.longest
        assert await world.wake() == 1
    assert reason(world, "i-1:received:1:1") is WaitReason.HELD
    mails.behave = lambda message: Accepted()
    world.now += PATIENCE.longest
    await world.wake()
    assert world.states() == {"i-1:received:1:1": "delivered"}


async def test_one_address_gets_no_more_than_its_limit_and_nothing_is_lost(
    mails: Outbox,
) -> None:
    world = World(channels=[mails], limits=MemoryLimits(most=3))
    flood = [f"i-{number}" for number in range(8)]
    world.knows(*flood, email="victim@x.example")
    world.knows("j-1", email="other@x.example")
    assert await world.hear(*(received(id_) for id_ in [*flood, "j-1"])) == [Ack()] * 9
    assert len(mails.sent) == 4
    assert world.states()["j-1:received:1:1"] == "delivered"
    assert reason(world, "i-7:received:1:1") is WaitReason.LIMIT
    assert await world.wake() == 0
    for hour, sent in ((1, 7), (2, 9)):
        world.now += timedelta(hours=1)
        await world.wake()
        assert (hour, len(mails.sent)) == (hour, sent)
    assert set(world.states().values()) == {"delivered"}


async def test_the_limit_is_shared_by_all_replicas(mails: Outbox) -> None:
    world = World(channels=[mails], limits=MemoryLimits(most=3))
    world.knows("i-1", "i-2", "i-3", "i-4", email="victim@x.example")
    await world.hear(received("i-1"), received("i-2"))
    world.service = world.another()
    await world.hear(received("i-3"), received("i-4"))
    assert len(mails.sent) == 3
