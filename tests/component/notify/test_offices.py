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


async def asked_about(world: World, files: Outbox, inquiry: str, answer: Answer) -> str:
    """Whom the citizen may ask about the answer, as the message of it says."""
    world.knows(inquiry)
    world.peers.answer[inquiry, 1] = answer
    assert await world.hear(replace(answered(inquiry), office_id=NEW)) == [Ack()]
    [line] = (one for one in files.sent[-1].body.splitlines() if "처리결과 문의" in one)
    return line.partition(": ")[2]


@pytest.mark.parametrize(
    ("phone", "officers", "told"),
    [
        ("02-2199-0000", "", "☎ 02-2199-0000"),
        ("02-2199-0000", "02-2199-0001", "☎ 02-2199-0001"),
        ("", "", "국번 없이 120"),
    ],
)
async def test_an_answer_is_asked_about_at_the_office_s_own_number(
    world: World, files: Outbox, offices: FixedOffices, phone: str, officers: str, told: str
) -> None:
    """The officer's number comes first, the city's last. Red while the form of a follower had no
    phone."""
    offices.hear(recorded(NEW, 2, NEW_NAMES, phone=phone), recorded(NEW, 1, NEW_NAMES, phone="1"))
    answer = Answer(text="고쳤습니다.", officer_name="김하나", officer_phone=officers)
    said = await asked_about(world, files, "i-1", answer)
    assert said == f"{NEW_NAMES['ko']} 김하나({told})"


async def test_nobody_is_sent_to_the_number_of_a_closed_office(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    """Red while a closed office kept the number of its last form."""
    ends = (START - timedelta(days=9)).date()
    offices.hear(recorded(NEW, 1, NEW_NAMES, ends=ends, phone="02-2199-0000"))
    said = await asked_about(world, files, "i-1", Answer(text="고쳤습니다."))
    assert said == f"{NEW_NAMES['ko']}(국번 없이 120)"


async def test_a_mail_comes_from_the_new_name_of_the_unit_that_writes(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    """Red while a process kept the name that the unit had at its start."""
    desk = SEOUL.contact_office
    await told_of(world, files, "i-1", "d-11440", "en")
    assert files.sent[-1].sender == f"서울특별시 {desk.names['ko']}"
    offices.hear(recorded(desk.id, 1, {"ko": "120한강콜재단"}))
    body = await told_of(world, files, "i-2", "d-11440", "ko")
    assert files.sent[-1].sender == "서울특별시 120한강콜재단"
    assert "서울특별시 120한강콜재단 드림" in body
    offices.hear(recorded(desk.id, 2, {"ko": "120한강\n콜재단"}))
    await told_of(world, files, "i-3", "d-11440", "ko")
    assert files.sent[-1].sender == "서울특별시 120한강 콜재단"


async def test_a_message_waits_for_no_name_before_the_record_is_read(
    world: World, files: Outbox, offices: FixedOffices
) -> None:
    offices.hear(recorded("d-11440", 1, {"ko": "새구청"}), recorded(NEW, 1, NEW_NAMES))
    offices.away = True
    assert MAPO["ko"] in await told_of(world, files, "i-1", "d-11440", "ko")
    assert NEW in await told_of(world, files, "i-2", NEW, "ko")
    offices.away = False
    assert NEW_NAMES["ko"] in await told_of(world, files, "i-3", NEW, "ko")
