"""A citizen is told once that a repetition was closed, why, and what can be done about it."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.common.consuming.consume import Ack
from services.notify.domain.events import RepeatClosed
from services.notify.domain.model import Skipped, SkipReason

from .conftest import World, answered, assigned, matter, progress, received
from .fakes import Outbox

CLOSED = RepeatClosed(
    inquiry_id="i-1", matter=matter("i-1"), round=1, attempt=1, office_id="d-west"
)
TOLD = "i-1:repeat_closed:1:1"


async def test_it_is_told_once_after_all_that_came_before(world: World, files: Outbox) -> None:
    world.knows("i-1")
    news = [CLOSED, assigned("i-1"), received("i-1"), CLOSED]
    assert await world.hear(*news) == [Ack()] * 4
    await world.hear(CLOSED)
    assert [message.delivery_id for message in files.sent][-1] == TOLD
    assert len(files.sent) == 3
    assert "http://intake.example/status?secret=s" in files.sent[-1].body


@pytest.mark.parametrize("order", list(permutations([CLOSED, progress("i-1")])))
async def test_nobody_hears_that_it_goes_on_once_it_is_closed(
    world: World, files: Outbox, order: tuple[object, ...]
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), assigned("i-1"))
    await world.hear(*order)
    assert [message.delivery_id for message in files.sent][2:] == [TOLD]


async def test_whom_an_office_has_answered_is_not_told_that_it_was_closed(
    world: World, files: Outbox
) -> None:
    world.knows("i-1")
    await world.hear(received("i-1"), assigned("i-1"), answered("i-1"))
    await world.hear(CLOSED)
    state = world.state(TOLD)
    assert isinstance(state, Skipped)
    assert state.reason is SkipReason.OVER
