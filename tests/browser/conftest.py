"""A real browser, and a service behind a real port: intake, survey, routing, or districts."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from scripts.doctor import BROWSERS
from services import cities
from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.http_kit import HttpServer
from services.common.pages.assets import Assets
from services.common.pages.live import Live
from services.common.process.clock import utc_now
from services.common.process.parts import Part
from services.common.run.service import running
from tests.component.districts.offices import Service as Districts
from tests.component.districts.offices import in_seoul
from tests.component.intake.conftest import World
from tests.component.routing import busy
from tests.component.routing.world import Service as RoutingWorld
from tests.component.routing.world import open_routing
from tests.component.survey.conftest import World as SurveyWorld
from tests.support.kit import known, part

# It may not ask anybody anything, which would be a request to another host.
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
# Where to put what the browser shows, for a person to look at; nowhere when absent.
SCREENSHOTS = "SCREENSHOTS"


@dataclass
class Seen:
    """Intake at a port, and a page of the browser that notes every address it asks for."""

    world: World
    page: Any
    asked: list[str]

    def address(self, receipt: dict[str, str], **query: str) -> str:
        """The link of a receipt, at the port."""
        port = self.world.settings.intake_http_port
        link = receipt["status_url"].replace("https://ask.example", f"http://127.0.0.1:{port}")
        return link + ("?" + urlencode(query) if query else "")


async def shoot(page: Any, name: str) -> None:
    """Keeps a picture of the whole page where a person asked for it."""
    if folder := os.environ.get(SCREENSHOTS):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


# WCAG 2.2 AA, and what its authors call good practice.
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def findings(page: Any, axe: str) -> list[str]:
    """What axe says against the page, each with its place."""
    # The page's policy lets no script in; this one comes from outside the page.
    await page.evaluate(axe)
    found = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules})", {"type": "tag", "values": _RULES}
    )
    return [f"{v['id']}: {node['target']}" for v in found["violations"] for node in v["nodes"]]


@dataclass
class SeenSurvey:
    """Survey at a port, and a page of the browser."""

    world: SurveyWorld
    page: Any

    def address(self, survey_id: str) -> str:
        """The link of a survey, at the port."""
        port = self.world.settings.survey_http_port
        return f"http://127.0.0.1:{port}{self.world.page(survey_id)}"


@pytest.fixture
def axe() -> str:
    """The script that looks for what keeps people out."""
    file = Assets().file("axe-core", "axe.min.js")
    if file is None:
        pytest.skip("axe-core is not fetched: python scripts/fetch_assets.py")
    return file.read_text(encoding="utf-8")


@pytest.fixture
async def browser() -> AsyncIterator[Any]:
    """The browser of this machine."""
    browser_file = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser_file is None:
        pytest.skip("no browser here: apt-get install chromium fonts-nanum")
    playwright = pytest.importorskip("playwright.async_api")
    async with playwright.async_playwright() as driver:
        launched = await driver.chromium.launch(executable_path=browser_file, args=list(_QUIET))
        yield launched
        await launched.close()


@asynccontextmanager
async def at_its_port(world: World | SurveyWorld) -> AsyncIterator[None]:
    """Meanwhile the service answers there, and stores what it takes."""
    await known(world.service)
    parts: list[Part] = [part(world.service, GroupCommit), part(world.service, HttpServer)]
    async with world.client, running(parts):
        yield


@pytest.fixture
async def seen(browser: Any) -> AsyncIterator[Seen]:
    """The browser before intake."""
    world = World(city=cities.load("seoul"))
    async with at_its_port(world):
        page = await browser.new_page(bypass_csp=False)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield Seen(world=world, page=page, asked=asked)


@dataclass
class SeenBoard:
    """Routing's board at a port, and a page of the browser that notes every address it asks for."""

    world: RoutingWorld
    page: Any
    asked: list[str]

    def address(self, path: str = "", **query: str) -> str:
        """An address of the board, at the port."""
        port = self.world.settings.routing_http_port
        asked = "?" + urlencode(query) if query else ""
        return f"http://127.0.0.1:{port}/board{path}{asked}"


@pytest.fixture
async def seen_board(browser: Any) -> AsyncIterator[SeenBoard]:
    """The browser before the board of a city where much is going on."""
    city = cities.load("seoul")
    async with open_routing(city) as world:
        world.now = utc_now()
        world.matters.matters = busy.matters(city, world.now)
        world.news.told = busy.hour(city, world.now)
        live, web = part(world.routing, Live), part(world.routing, HttpServer)
        async with running([live, web]):
            page = await browser.new_page(bypass_csp=False)
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            yield SeenBoard(world=world, page=page, asked=asked)
            # As a service stops: a browser that watches would keep the server otherwise.
            world.readiness.drain()


@dataclass
class SeenDesk:
    """Routing's desk at a port, and a page of the browser that notes every address it asks for."""

    world: RoutingWorld
    page: Any
    asked: list[str]

    def address(self, path: str = "", **query: str) -> str:
        """An address of the desk, at the port."""
        port = self.world.settings.routing_http_port
        asked = "?" + urlencode(query) if query else ""
        return f"http://127.0.0.1:{port}/desk{path}{asked}"


@pytest.fixture
async def seen_desk(browser: Any) -> AsyncIterator[SeenDesk]:
    """The browser before the desk of a city in which nothing waits yet."""
    async with (
        open_routing(cities.load("seoul")) as world,
        running([part(world.routing, HttpServer)]),
    ):
        page = await browser.new_page(bypass_csp=False, locale="ko-KR")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield SeenDesk(world=world, page=page, asked=asked)


@dataclass
class SeenWork:
    """The desk of districts at a port, and a page of the browser that notes every address it asks
    for."""

    world: Districts
    page: Any
    asked: list[str]

    def address(self, path: str = "", **query: str) -> str:
        """An address of the desk, at the port."""
        port = self.world.replica.settings.districts_http_port
        asked = "?" + urlencode(query) if query else ""
        return f"http://127.0.0.1:{port}/desk{path}{asked}"


@pytest.fixture
async def seen_work(browser: Any) -> AsyncIterator[SeenWork]:
    """The browser before the desk of an office in whose city nothing is to be done yet."""
    world = in_seoul()
    districts = world.replica.districts
    await known(districts)
    async with running([part(districts, GroupCommit), part(districts, HttpServer)]):
        page = await browser.new_page(bypass_csp=False, locale="ko-KR")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield SeenWork(world=world, page=page, asked=asked)


@pytest.fixture
async def seen_survey(browser: Any) -> AsyncIterator[SeenSurvey]:
    """The browser before survey."""
    world = SurveyWorld(city=cities.load("seoul"))
    async with at_its_port(world):
        yield SeenSurvey(world=world, page=await browser.new_page(bypass_csp=False))
