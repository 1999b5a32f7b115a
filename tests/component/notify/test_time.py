"""What time brings is told once, in its turn, and never once it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from services import cities
from services.common.consuming.consume import Ack
from services.notify.adapters.words import TemplateWriter
from services.notify.domain.model import (
    DeliveryChannel,
    Later,
    Patience,
    Skipped,
    SkipReason,
    Waiting,
    WaitReason,
)

from .conftest import (
    World,
    answered,
    assigned,
    progress,
    received,
    recounted,
    recounted_unrouted,
)
from .fakes import Outbox

PATIENT = Patience()


def ids(channel: Outbox) -> Sequence[str]:
    return [message.delivery_id.partition(":")[2] for message in channel.sent]


async def test_a_moved_date_and_each_notice_are_told_once_however_often_they_come(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    news: list[Any] = [received("i-1"), assigned("i-1"), recounted("i-1"), progress("i-1")]
    for _ in range(2):
        assert await world.hear(*news, *news) == [Ack()] * 8
    await world.hear(recounted("i-1", days=9), progress("i-1", 2))
    moved = [int(recounted("i-1", days).due_at.timestamp()) for days in (8, 9)]
    assert ids(files) == [
        "received:1:1",
        "assigned:1:1",
        f"recounted:1:{moved[0]}",
        "progress:1:1",
        f"recounted:1:{moved[1]}",
        "progress:1:2",
    ]


async def test_a_date_that_the_next_office_moves_to_the_same_day_is_the_same_news(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(recounted("i-1"), recounted_unrouted("i-1"), recounted("i-1", attempt=2))
    assert len(files.sent) == 1


@pytest.mark.parametrize("news", [recounted("i-1"), progress("i-1")])
async def test_in_whatever_order_it_comes_it_waits_for_what_was_before(news: Any) -> None:
    writer = TemplateWriter(lambda: cities.load("seoul"))
    for order in permutations([received("i-1"), assigned("i-1"), news]):
        channel = Outbox(DeliveryChannel.FILE)
        world = World(channels=[channel], patience=PATIENT, writer=writer)
        world.knows("i-1")
        for event in order:
            await world.hear(event)
        for _ in range(4):
            world.now += 2 * PATIENT.turn
            await world.wake()
        assert [name.partition(":")[0] for name in ids(channel)] == [
            "received",
            "assigned",
            news_name(news),
        ]


async def test_a_moved_date_of_what_has_no_office_waits_for_the_receipt_alone() -> None:
    channel = Outbox(DeliveryChannel.FILE)
    world = World(channels=[channel], patience=PATIENT)
    world.knows("i-1")
    await world.hear(recounted_unrouted("i-1"), received("i-1"))
    assert [name.partition(":")[0] for name in ids(channel)] == ["received", "recounted"]


@pytest.mark.parametrize("news", [recounted("i-1"), progress("i-1")])
async def test_nobody_is_told_that_there_is_no_answer_once_there_is_one(
    world: World, files: Outbox, news: Any
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), assigned("i-1"), answered("i-1"))
    assert await world.hear(news) == [Ack()]
    assert len(files.sent) == 3
    [skipped] = [s.state for s in world.store.documents.values() if isinstance(s.state, Skipped)]
    assert skipped.reason is SkipReason.OVER


async def test_a_notice_that_was_held_is_not_sent_after_the_answer(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), assigned("i-1"))
    accept = files.behave
    files.behave = lambda message: Later()
    await world.hear(progress("i-1"))
    waiting = world.state("i-1:progress:1:1")
    assert isinstance(waiting, Waiting)
    assert waiting.reason is WaitReason.HELD
    files.behave = accept
    await world.hear(answered("i-1"))
    world.now += PATIENT.longest
    await world.wake()
    assert isinstance(world.state("i-1:progress:1:1"), Skipped)
    assert ids(files)[-1] == "answered:1:1"


async def test_no_such_message_follows_a_sealed_matter(world: World, files: Outbox) -> None:
    world.knows("i-1")
    news: list[Any] = [recounted("i-1"), progress("i-1"), recounted_unrouted("i-1", 9)]
    await world.hear(
        *(replace(n, matter=replace(n.matter, service_code="corruption")) for n in news)
    )
    assert files.sent == []
    states = [stored.state for stored in world.store.documents.values()]
    assert {s.reason for s in states if isinstance(s, Skipped)} == {SkipReason.SEALED}


def news_name(news: Any) -> str:
    return "progress" if hasattr(news, "number") else "recounted"
