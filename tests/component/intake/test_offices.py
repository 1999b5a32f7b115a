"""The page and the status name offices as they are recorded, without a restart.

Each test was red while `CityOfToday.as_known` gave the city of the pack.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.cities import OfficeKind, PlaceQuestion
from services.cities.recorded import OfficeName, OfficeRecorded
from tests.support.callers import header
from tests.support.offices import recorded

from .conftest import START, World
from .test_asking import SAJIK, place_asked
from .test_page import assigned, opened, text

JONGNO = "d-11110"
NEW = "d-11999"
NEW_NAMES = {"ko": "한강구청", "en": "Hangang-gu Office"}
DONG = "1111099900"


def new_dong() -> OfficeRecorded:
    """A community office that the pack does not know."""
    state = recorded(f"o-{DONG}", 1, {"ko": "새봄동주민센터"})
    form = replace(
        state.forms[0],
        area=(OfficeName(language="ko", text="새봄동"),),
        district="11110",
        dong=DONG,
    )
    return replace(state, kind=OfficeKind.DONG, forms=(form,))


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_office_that_the_pack_does_not_know_is_called_as_it_is_recorded(
    world: World, language: str
) -> None:
    world.record.hear(recorded(NEW, 1, NEW_NAMES))
    receipt = await world.receipt(category="pothole")
    await world.hear(assigned(world, receipt, office_id=NEW, delegated_by=NEW))
    page = text(await opened(world, receipt, language))
    assert NEW_NAMES[language] in page
    assert NEW not in page
    status = (await opened(world, receipt, language, accept="application/json")).json()
    assert status["office"] == {"id": NEW, "name": NEW_NAMES["ko"]}


async def test_a_rename_is_followed_without_a_restart_whatever_comes_twice_or_late(
    world: World,
) -> None:
    before, after = recorded(JONGNO, 1, {"ko": "옛구청"}), recorded(JONGNO, 2, {"ko": "새구청"})
    world.record.hear(before)
    receipt = await world.receipt(category="pothole")
    await world.hear(assigned(world, receipt))
    assert "옛구청" in text(await opened(world, receipt))
    world.record.hear(after, before, after)
    page = text(await opened(world, receipt))
    assert "새구청" in page
    assert "옛구청" not in page


async def test_a_closed_office_goes_by_its_last_name(world: World) -> None:
    gone = recorded(NEW, 1, NEW_NAMES, ends=(START - timedelta(days=9)).date())
    world.record.hear(gone)
    receipt = await world.receipt(category="pothole")
    await world.hear(assigned(world, receipt, office_id=NEW))
    assert NEW_NAMES["ko"] in text(await opened(world, receipt))


NUMBER = "02-2199-0000"


async def test_an_office_shows_its_own_number_on_the_page(world: World) -> None:
    """Red while the form of a follower had no phone."""
    receipt = await world.receipt(category="pothole")
    await world.hear(assigned(world, receipt))
    assert "담당기관 연락처" not in text(await opened(world, receipt))
    world.record.hear(recorded(JONGNO, 2, {"ko": "새구청"}, phone=NUMBER))
    world.record.hear(recorded(JONGNO, 1, {"ko": "옛구청"}, phone="02-0000-0000"))
    page = text(await opened(world, receipt))
    assert "담당기관 연락처" in page
    assert NUMBER in page
    assert "02-0000-0000" not in page


async def test_a_closed_office_shows_no_number(world: World) -> None:
    """Red while a closed office kept the number of its last form."""
    ends = (START - timedelta(days=9)).date()
    world.record.hear(recorded(NEW, 1, NEW_NAMES, ends=ends, phone=NUMBER))
    receipt = await world.receipt(category="pothole")
    await world.hear(assigned(world, receipt, office_id=NEW))
    page = text(await opened(world, receipt))
    assert NEW_NAMES["ko"] in page
    assert NUMBER not in page


async def test_a_page_waits_for_no_name_before_the_record_is_read(world: World) -> None:
    world.record.hear(recorded(JONGNO, 1, {"ko": "새구청"}))
    world.record.away = True
    receipt = await world.receipt(category="pothole")
    await world.hear(assigned(world, receipt))
    assert world.city.office_name(JONGNO, "ko") in text(await opened(world, receipt))
    world.record.away = False
    assert "새구청" in text(await opened(world, receipt))


async def test_a_citizen_may_choose_the_dong_of_a_new_office(world: World) -> None:
    world.record.hear(new_dong())
    receipt = await world.receipt(category="pothole")
    candidates = (f"o-{SAJIK}", f"o-{DONG}")
    await world.hear(place_asked(receipt, PlaceQuestion.WHICH_DONG, candidates))
    assert "새봄동" in text(await opened(world, receipt))


async def test_an_answer_that_a_new_office_gave_on_a_call_is_taken_in(world: World) -> None:
    body = {
        "text": "문의합니다",
        "channel": "phone",
        "answer": {"text": "이미 고쳤습니다", "office": NEW},
    }
    refused = await world.client.post("/v1/inquiries", json=body, headers=header("system"))
    assert [error["field"] for error in refused.json()["errors"]] == ["answer.office"]
    world.record.hear(recorded(NEW, 1, NEW_NAMES))
    taken = await world.client.post("/v1/inquiries", json=body, headers=header("system"))
    assert taken.status_code == 201, taken.text
