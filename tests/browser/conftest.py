"""A real browser, intake behind a real port, and inquiries whose pages show everything."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from services import cities
from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.http_kit import HttpServer
from services.common.pages.assets import Assets
from services.common.process.parts import Part
from services.common.run.service import running
from tests.component.intake.conftest import World
from tests.support.kit import known, part

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
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

    async def shoot(self, name: str) -> None:
        """Keeps a picture of the whole page where a person asked for it."""
        if folder := os.environ.get(SCREENSHOTS):
            await self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture
def axe() -> str:
    """The script that looks for what keeps people out."""
    file = Assets().file("axe-core", "axe.min.js")
    if file is None:
        pytest.skip("axe-core is not fetched: python scripts/fetch_assets.py")
    return file.read_text(encoding="utf-8")


@pytest.fixture
async def seen() -> AsyncIterator[Seen]:
    """The browser before intake."""
    browser_file = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser_file is None:
        pytest.skip("no browser here: apt-get install chromium fonts-nanum")
    playwright = pytest.importorskip("playwright.async_api")
    world = World(city=cities.load("seoul"))
    await known(world.service)
    parts: list[Part] = [part(world.service, GroupCommit), part(world.service, HttpServer)]
    async with world.client, running(parts), playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=browser_file, args=list(_QUIET))
        page = await browser.new_page(bypass_csp=False)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        yield Seen(world=world, page=page, asked=asked)
        await browser.close()
