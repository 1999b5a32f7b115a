"""Messages name offices as they are recorded: through notify's handlers, without a restart.

Each test was red while `CityOfToday.as_known` gave the city of the pack.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services import cities
from services.cities.recorded import CityOfToday
from services.common.consuming.consume import Ack
from services.notify.adapters.words import TemplateWriter
from services.notify.application.ports import Answer
from services.notify.domain.model import DeliveryChannel
from tests.support.offices import FixedOffices, recorded

from .conftest import START, World, answered, assigned
from .fakes import Outbox

SEOUL = cities.load("seoul")
MAPO = SEOUL.office("d-11440").names
NEW = "d-11999"
NEW_NAMES = {"ko": "한강구청", "en": "Hangang-gu Office"}


@pytest.fixture
def offices() -> FixedOffices:
    return FixedOffices()


@pytest.fixture
def world(offices: FixedOffices, files: Outbox) -> World:
    today = CityOfToday(SEOUL, offices.newest, lambda: START)
    return World(channels=[files], writer=TemplateWriter(today.as_known))


async def told_of(world: World, files: Outbox, inquiry: str, office: str, language: str) -> str:
    """What the citizen reads when the inquiry comes to the office."""
    world.knows(inquiry, language=language)
    assert await world.hear(assigned(inquiry, office=office)) == [Ack()]
    return files.sent[-1].body


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_office_that_the_pack_does_not_know_is_called_as_it_is_recorded(
    world: World, files: Outbox, offices: FixedOffices, language: str
) -> None:
    offices.hear(recorded(NEW, 1, NEW_NAMES))
    body = await told_of(world, files, "i-1", NEW, language)
    assert NEW_NAMES[language] in body
    assert NEW not in body


async def test_a_text_and_who_answers_questions_name_it_too(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    texts = Outbox(DeliveryChannel.SMS)
    offices.hear(recorded(NEW, 1, NEW_NAMES))
    texting = World(channels=[texts], writer=world.writer)
    assert NEW_NAMES["ko"] in await told_of(texting, texts, "i-1", NEW, "ko")
    world.knows("i-2")
    world.peers.answer["i-2", 1] = Answer(text="고쳤습니다.", officer_name="김하나")
    await world.hear(replace(answered("i-2"), office_id=NEW))
    assert f"{NEW_NAMES['ko']} 김하나" in files.sent[-1].body


async def test_a_hand_over_to_it_is_a_transfer_between_agencies(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    offices.hear(recorded(NEW, 1, NEW_NAMES))
    world.knows("i-1")
    await world.hear(assigned("i-1"), assigned("i-1", 2, office=NEW, before="d-11440"))
    message = files.sent[-1]
    assert "이송되었습니다" in message.subject
    moved = f"○ 이송한 기관: {MAPO['ko']}\n○ 이송받은 기관: {NEW_NAMES['ko']}\n"
    assert moved in message.body


async def test_a_rename_is_followed_without_a_restart_whatever_comes_twice_or_late(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    before, after = (
        recorded("d-11440", 1, {"ko": "옛구청"}),
        recorded("d-11440", 2, {"ko": "새구청"}),
    )
    offices.hear(before)
    assert "옛구청" in await told_of(world, files, "i-1", "d-11440", "ko")
    offices.hear(after, before, after)
    body = await told_of(world, files, "i-2", "d-11440", "ko")
    assert "새구청" in body
    assert "옛구청" not in body


async def test_a_closed_office_goes_by_its_last_name(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    gone = recorded(NEW, 1, NEW_NAMES, ends=(START - timedelta(days=9)).date())
    offices.hear(gone)
    assert NEW_NAMES["ko"] in await told_of(world, files, "i-1", NEW, "ko")


async def test_a_message_waits_for_no_name_before_the_record_is_read(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    offices.hear(recorded("d-11440", 1, {"ko": "새구청"}), recorded(NEW, 1, NEW_NAMES))
    offices.away = True
    assert MAPO["ko"] in await told_of(world, files, "i-1", "d-11440", "ko")
    assert NEW in await told_of(world, files, "i-2", NEW, "ko")
    offices.away = False
    assert NEW_NAMES["ko"] in await told_of(world, files, "i-3", NEW, "ko")
