"""What is more than an office and a date: a transfer, a referral, what any office does, a sealed
matter. Each is told once and as what it is, whether it comes twice, late or before earlier news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.events import InquiryAssigned
from services.notify.domain.model import Accepted, Later, Party, Patience, Skipped, SkipReason

from .conftest import World, answered, assigned, invited, received
from .fakes import Outbox


def transferred(inquiry: str) -> InquiryAssigned:
    return assigned(inquiry, 2, rule="transferred", before="d-11110")


def referred(inquiry: str) -> InquiryAssigned:
    return assigned(inquiry, rule="referred", service="subway-complaint", office="c-dasan")


def any_office(inquiry: str) -> InquiryAssigned:
    return assigned(inquiry, rule="any_office", service="certificates", office="c-dasan")


def sealed(inquiry: str) -> InquiryAssigned:
    return assigned(inquiry, service="corruption")


FACTS: list[tuple[Callable[[str], InquiryAssigned], str, str]] = [
    (transferred, "i-1:assigned:1:2", "소관 조정 결과 위 기관의 소관으로 판단됨"),
    (referred, "i-1:assigned:1:1", "☎ 1577-1234"),
    (any_office, "i-1:assigned:1:1", "어느 동주민센터에서나"),
]


@pytest.mark.parametrize(("fact", "id_", "said"), FACTS)
async def test_a_fact_that_comes_twice_is_told_once(
    world: World, files: Outbox, fact: Any, id_: str, said: str
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), fact("i-1"), fact("i-1"))
    await world.hear(fact("i-1"))
    [told] = [m for m in files.sent if m.delivery_id == id_]
    assert said in told.body


@pytest.mark.parametrize(("fact", "id_", "said"), FACTS)
async def test_a_fact_that_comes_before_the_receipt_waits_for_it(
    world: World, files: Outbox, fact: Any, id_: str, said: str
) -> None:
    world.patience = Patience()
    world.service = world.another()
    world.knows("i-1")
    if id_.endswith(":2"):
        await world.hear(assigned("i-1"))
    await world.hear(fact("i-1"))
    assert files.sent == []
    await world.hear(received("i-1"))
    for _ in range(3):
        world.now += timedelta(minutes=2)
        await world.wake()
    assert files.sent[0].delivery_id == "i-1:received:1:1"
    assert files.sent[-1].delivery_id == id_
    assert said in files.sent[-1].body


@pytest.mark.parametrize(("fact", "id_", "said"), FACTS)
async def test_a_fact_that_comes_after_the_answer_is_told_all_the_same(
    world: World, files: Outbox, fact: Any, id_: str, said: str
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), answered("i-1"))
    world.now += timedelta(hours=1)
    await world.hear(fact("i-1"))
    assert said in files.sent[-1].body


async def test_nothing_follows_a_sealed_matter_however_often_it_is_told(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(sealed("i-1"), sealed("i-1"))
    await world.hear(sealed("i-1"), answered("i-1"), invited("i-1"))
    assert files.sent == []
    assert {reason(world, id_) for id_ in world.store.documents} == {SkipReason.SEALED}


async def test_a_receipt_that_comes_after_its_matter_is_sealed_is_not_told(
    world: World, files: Outbox
) -> None:
    """Nobody had classified it at receipt, so the receipt itself does not show it."""
    world.knows("i-1")
    await world.hear(sealed("i-1"))
    await world.hear(received("i-1"))
    assert files.sent == []
    assert reason(world, "i-1:received:1:1") is SkipReason.SEALED


async def test_a_receipt_in_one_batch_with_what_seals_it_is_not_told(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), sealed("i-1"))
    assert files.sent == []


async def test_a_receipt_that_waits_is_not_told_once_its_matter_is_sealed(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    files.behave = lambda message: Later(Party.PROVIDER)
    await world.hear(received("i-1"))
    files.behave = lambda message: Accepted()
    await world.hear(sealed("i-1"))
    files.sent.clear()
    world.now += timedelta(minutes=5)
    await world.wake()
    assert files.sent == []
    assert reason(world, "i-1:received:1:1") is SkipReason.SEALED


async def test_no_event_of_a_sealed_matter_leaves_its_topic_not_even_that_of_its_receipt(
    world: World, files: Outbox
) -> None:
    """The receipt's own matter shows nothing, but the reason why it was skipped would."""
    world.knows("i-1", "i-2", "i-3")
    await world.hear(sealed("i-1"))
    await world.hear(received("i-1"))
    await world.hear(received("i-2"), sealed("i-2"))
    files.behave = lambda message: Later(Party.PROVIDER)
    await world.hear(received("i-3"))
    await world.hear(sealed("i-3"))
    world.now += timedelta(minutes=5)
    await world.wake()
    told = [envelope for stored in world.store.documents.values() for envelope in stored.outbox]
    assert len(told) == 6
    assert all(envelope.sealed for envelope in told)


def reason(world: World, id_: str) -> SkipReason | None:
    state = world.state(id_)
    return state.reason if isinstance(state, Skipped) else None
