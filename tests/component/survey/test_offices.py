"""The page names offices as they are recorded, without a restart.

Each test was red while `CityOfToday.as_known` gave the city of the pack.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.cities import Workload
from tests.support.offices import recorded

from .conftest import START, TOWN, World, call, case

WEST = "d-west"
NEW = "d-north"
NEW_NAMES = {"ko": "북구청", "en": "North District Office"}


async def page_of(world: World, inquiry: str) -> str:
    return (await world.client.get(world.page(f"{inquiry}-1"))).text


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_an_office_that_the_pack_does_not_know_is_called_as_it_is_recorded(
    world: World, language: str
) -> None:
    world.record.hear(recorded(NEW, 1, NEW_NAMES))
    await world.hear(case("i-1", language, office=NEW))
    page = await page_of(world, "i-1")
    assert NEW_NAMES[language] in page
    assert NEW not in page


async def test_a_rename_is_followed_without_a_restart_whatever_comes_twice_or_late(
    world: World,
) -> None:
    before, after = recorded(WEST, 1, {"ko": "옛구청"}), recorded(WEST, 2, {"ko": "새구청"})
    world.record.hear(before)
    await world.hear(case("i-1", office=WEST))
    assert "옛구청" in await page_of(world, "i-1")
    world.record.hear(after, before, after)
    page = await page_of(world, "i-1")
    assert "새구청" in page
    assert "옛구청" not in page


async def test_a_closed_office_goes_by_its_last_name(world: World) -> None:
    gone = recorded(NEW, 1, NEW_NAMES, ends=(START - timedelta(days=9)).date())
    world.record.hear(gone)
    await world.hear(case("i-1", office=NEW))
    assert NEW_NAMES["ko"] in await page_of(world, "i-1")


async def test_a_page_waits_for_no_name_before_the_record_is_read(world: World) -> None:
    world.record.hear(recorded(WEST, 1, {"ko": "새구청"}))
    world.record.away = True
    await world.hear(case("i-1", office=WEST))
    assert TOWN.office_name(WEST, "ko") in await page_of(world, "i-1")
    world.record.away = False
    assert "새구청" in await page_of(world, "i-1")


async def test_a_call_that_a_new_office_answered_counts_for_its_workload(world: World) -> None:
    world.record.hear(recorded(NEW, 1, NEW_NAMES))
    await world.hear(call("i-1", office=NEW))
    state = world.store.documents["i-1-1"].state
    assert state is not None
    assert state.invitation.workload is Workload.DISTRICT
