"""The board, the desk and every answer of routing name offices as they are recorded, without a
restart.

Each test was red while `PresentCity.as_known` gave the city of the pack.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from services.cities.recorded import OfficeName, OfficeRecorded
from tests.component.routing.test_board import text
from tests.component.routing.test_desk import at_the_desk, form_of, in_arbitration
from tests.component.routing.test_offices import recorded
from tests.component.routing.world import TOWN, Service, lying, open_routing

HALL, WEST, MILL = (TOWN.offices[id_] for id_ in ("c-hall", "d-west", "o-mill"))
NEW = "o-weir"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


def called(text: str) -> tuple[OfficeName, ...]:
    return (OfficeName(language="en", text=text), OfficeName(language="ko", text=text))


def weir() -> OfficeRecorded:
    """A community office of Westbank that the pack does not know."""
    form = {"names": called("Weir Community Office"), "area": called("Weir"), "dong": "weir"}
    return replace(recorded(MILL, 1, **form), office_id=NEW)


async def office_in(service: Service, path: str, *at: str | int) -> Any:
    """What an answer of the API says in a place."""
    found = (await service.http.get(path)).json()
    for step in at:
        found = found[step]
    return found


async def test_the_board_follows_a_rename_whatever_comes_twice_or_late(service: Service) -> None:
    before = recorded(WEST, 1, area=called("Oldbank"), names=called("Oldbank Office"))
    after = recorded(WEST, 2, area=called("Newbank"), names=called("Newbank Office"))
    service.matters.matters = [lying("d-west")]
    service.offices.hear(before)
    assert "Oldbank: 1 open" in await text(service, lang="en")
    service.offices.hear(after, before, after)
    service.seconds += 60
    assert "Newbank: 1 open" in await text(service, lang="en")
    page = await text(service, "/board/districts/west", lang="en")
    assert "Newbank at work" in page
    assert "Newbank Office 1 0 0" in page
    assert "Oldbank" not in page
    name = await office_in(service, "/v1/workload", "offices", 0, "office", "names", "en")
    assert name == "Newbank Office"


async def test_what_lies_at_a_new_office_lies_in_its_district(service: Service) -> None:
    mill = lying("o-mill")
    assert mill.lies is not None
    service.matters.matters = [replace(mill, lies=replace(mill.lies, office_id=NEW))]
    assert "Westbank: 0 open" in await text(service, lang="en")
    service.offices.hear(weir())
    service.seconds += 60
    assert "Westbank: 1 open" in await text(service, lang="en")
    assert "Weir 1 0 0" in await text(service, "/board/districts/west", lang="en")


async def test_the_figures_hold_the_load_against_the_capacity_of_today(service: Service) -> None:
    service.matters.matters = [lying("d-west"), lying("d-west")]
    assert await office_in(service, "/v1/workload", "offices", 0, "capacity_per_day") is None
    service.offices.hear(recorded(WEST, 1, capacity=40))
    assert await office_in(service, "/v1/workload", "offices", 0, "capacity_per_day") == 40


async def test_the_desk_calls_offices_as_they_are_recorded(service: Service) -> None:
    await in_arbitration(service)
    browser = await at_the_desk(service)
    assert "Town Hall" in await browser.see("/desk/arbitrations")
    works = TOWN.offices["c-works"]
    service.offices.hear(recorded(HALL, 1, names=called("City House")))
    service.offices.hear(recorded(works, 1, names=called("Roads and Lamps")))
    for path in ("/desk/arbitrations", "/desk/matters/a"):
        page = await browser.see(path)
        assert "City House" in page
        assert "Town Hall" not in page
    page = await browser.see("/desk/matters/a/designate?office=c-works")
    assert "Roads and Lamps" in page
    answer = await browser.send("/desk/matters/a/designate", office="c-works", **form_of(page))
    assert "Office: Roads and Lamps" in await browser.read(answer)


async def test_every_answer_says_the_name_of_now(service: Service) -> None:
    await in_arbitration(service)
    service.offices.hear(recorded(HALL, 1, names=called("City House")))
    refused = ("items", 0, "refused", 0, "names", "en")
    assert await office_in(service, "/v1/arbitrations", *refused) == "City House"
    attempt = ("attempts", 0, "office", "names", "en")
    assert await office_in(service, "/v1/assignments/a", *attempt) == "City House"
    competent = ("offices", 0, "names", "en")
    assert await office_in(service, "/v1/decisions/a", *competent) == "City House"
    account = await office_in(service, "/v1/decisions/a?language=en", "sections")
    assert "City House" in str(account)
    assert "Town Hall" not in str(account)


async def test_no_page_waits_for_a_name_before_the_record_is_read(service: Service) -> None:
    await in_arbitration(service)
    service.offices.hear(recorded(HALL, 1, names=called("City House")))
    service.offices.away = True
    browser = await at_the_desk(service)
    assert "Town Hall" in await browser.see("/desk/arbitrations")
    service.offices.away = False
    assert "City House" in await browser.see("/desk/arbitrations")
