"""A citizen is told once what they are asked, and never once it is of no use any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.cities import PlaceQuestion
from services.common.consuming.consume import Ack
from services.notify.domain.events import PlaceAsked, ServiceAsked
from services.notify.domain.model import Delivered, Later, Skipped, SkipReason

from .conftest import START, World, answered, assigned, matter, received
from .fakes import Outbox


def place_asked(number: int = 1) -> PlaceAsked:
    return PlaceAsked(
        inquiry_id="i-1",
        matter=matter("i-1"),
        round=1,
        number=number,
        question=PlaceQuestion.WHICH_DISTRICT,
        answer_by=START + timedelta(hours=8),
    )


def service_asked(number: int = 1) -> ServiceAsked:
    return ServiceAsked(
        inquiry_id="i-1",
        matter=replace(matter("i-1"), service_code=""),
        round=1,
        number=number,
        answer_by=START + timedelta(hours=8),
    )


def reason(world: World, delivery_id: str) -> SkipReason:
    state = world.state(delivery_id)
    assert isinstance(state, Skipped)
    return state.reason


@pytest.mark.parametrize("asked", [place_asked(), service_asked()])
async def test_it_is_told_once_with_the_link_however_often_it_comes(
    world: World, files: Outbox, asked: Any
) -> None:
    world.knows("i-1")
    assert await world.hear(received("i-1"), asked, asked) == [Ack()] * 3
    await world.hear(asked)
    _, told = files.sent
    assert told.delivery_id == "i-1:asked:1:1"
    assert "http://intake.example/status?secret=s" in told.body


@pytest.mark.parametrize("later", [assigned("i-1"), answered("i-1"), place_asked(2)])
async def test_what_is_over_is_skipped_as_over_in_whatever_order_it_comes(
    world: World, files: Outbox, later: Any
) -> None:
    """Also where both come in one batch, as after notify was away."""
    for number, batches in enumerate([[[later], [place_asked()]], [[place_asked(), later]]]):
        id_ = f"i-{number}"
        world.knows(id_)
        for batch in batches:
            await world.hear(*(replace(one, inquiry_id=id_) for one in batch))
        assert reason(world, f"{id_}:asked:1:1") is SkipReason.OVER
    assert not [message for message in files.sent if ":asked:1:1" in message.delivery_id]


async def test_a_question_that_was_held_until_after_its_time_is_skipped(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"))
    accept = files.behave
    files.behave = lambda message: Later()
    await world.hear(place_asked())
    files.behave = accept
    world.now = START + timedelta(hours=8, seconds=1)
    await world.wake()
    assert reason(world, "i-1:asked:1:1") is SkipReason.OVER


async def test_the_office_is_told_whatever_became_of_the_question(
    world: World, files: Outbox
) -> None:
    life: list[Any] = [received("i-1"), place_asked(), assigned("i-1")]
    for number, order in enumerate(permutations(life)):
        id_ = f"i-{number}"
        world.knows(id_)
        for event in order:
            await world.hear(replace(event, inquiry_id=id_))
        await world.wake()
        assert isinstance(world.state(f"{id_}:assigned:1:1"), Delivered), order


async def test_no_question_about_a_sealed_matter_is_told(world: World, files: Outbox) -> None:
    world.knows("i-1")
    asked = place_asked()
    await world.hear(replace(asked, matter=replace(asked.matter, service_code="corruption")))
    assert files.sent == []
    assert reason(world, "i-1:asked:1:1") is SkipReason.SEALED
    await world.hear(received("i-1"))
    assert reason(world, "i-1:received:1:1") is SkipReason.SEALED
