"""The board in a real browser: it shows by itself what changes, and keeps nobody out.

One city serves each test's walk: a browser takes seconds to start.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.common.pages import live
from services.common.pages.assets import Assets

from .conftest import SeenBoard, findings, shoot

_NARROW = {"width": 320, "height": 640}
_WALL = {"width": 1440, "height": 900}
_OPEN_SHOWN = "document.querySelector('.tile dd b').textContent"

pytestmark = pytest.mark.skipif(
    not live.scripts(Assets()), reason="htmx is not fetched: python scripts/fetch_assets.py"
)


async def comes(page: Any, expression: str, wanted: str) -> None:
    """Waits until the page says so. The library's own waiting needs `eval`, which the page's policy
    forbids."""
    async with asyncio.timeout(20):
        while await page.evaluate(expression) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_it_shows_by_itself_what_changes_and_keeps_the_readers_place(
    seen_board: SeenBoard,
) -> None:
    world, page = seen_board.world, seen_board.page
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(seen_board.address())
    await page.wait_for_selector("body[data-live=on]")
    before = await page.evaluate(_OPEN_SHOWN)
    await page.focus("#area-11680")
    # All matters of that district are answered, and all that nobody is shown.
    world.matters.matters = [
        each
        for each in world.matters.matters
        if each.lies
        and world.city.office(each.lies.office_id).district != "11680"
        and not world.city.service(each.lies.service_code).sealed
    ]
    world.seconds += 60
    after = f"{sum(each.still_lies is not None for each in world.matters.matters):,}"
    assert before != after
    await comes(page, _OPEN_SHOWN, after)
    # A region was replaced around the link that the keyboard stands on.
    await comes(page, "document.activeElement.id", "area-11680")
    # A hidden page watches nothing; it goes on when it is seen again.
    hidden = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
    change = "document.dispatchEvent(new Event('visibilitychange'))"
    await page.evaluate(hidden % "true" + change)
    assert await page.get_attribute("body", "data-live") == "off"
    world.matters.matters = world.matters.matters[:7]
    world.seconds += 60
    await page.evaluate(hidden % "false" + change)
    await comes(page, _OPEN_SHOWN, "7")
    assert await page.get_attribute("body", "data-live") == "on"
    # The service stops: the page says that its figures are old.
    world.readiness.drain()
    await page.wait_for_selector("body[data-live=away]")
    assert await page.is_visible(".live .away")
    port = world.settings.routing_http_port
    assert {urlsplit(url).netloc for url in seen_board.asked} == {f"127.0.0.1:{port}"}
    assert [text for text in complaints if "Security Policy" in text] == []


async def test_nobody_is_kept_out(seen_board: SeenBoard, axe: str) -> None:
    page = seen_board.page
    # Another pair would cost seconds and find the same.
    for language, path in (("ko", ""), ("en", "/districts/11680")):
        await page.set_viewport_size(_WALL)
        await page.goto(seen_board.address(path, lang=language))
        await page.wait_for_selector("body[data-live=on]")
        assert await page.get_attribute("html", "lang") == language
        name = f"board{path.replace('/', '-')}-{language}"
        await shoot(page, name)
        assert await findings(page, axe) == []
        await page.set_viewport_size(_NARROW)
        await shoot(page, f"{name}-320")
        assert await page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]
    # A keyboard goes over the map; an area leads to its district.
    await page.goto(seen_board.address(lang="en"))
    await page.focus("#area-11110")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/board/districts/11110**")
    assert "Jongno-gu" in await page.inner_text("h1")


async def test_it_is_whole_without_scripts_and_honest_without_figures(
    seen_board: SeenBoard,
) -> None:
    world = seen_board.world
    context = await seen_board.page.context.browser.new_context(java_script_enabled=False)
    plain = await context.new_page()
    await plain.goto(seen_board.address(lang="ko"))
    await shoot(plain, "board-plain")
    assert await plain.is_visible("#reload")
    assert not await plain.is_visible(".live .on")
    assert "강남구" in await plain.inner_text("table")
    await context.close()
    world.matters.away, world.news.away = True, True
    world.seconds += 60
    await seen_board.page.goto(seen_board.address(lang="ko"))
    await shoot(seen_board.page, "board-away")
    assert await seen_board.page.inner_text("#map") == await seen_board.page.inner_text("#flow")
    world.matters.away, world.news.away = False, False
    world.matters.matters = []
    world.seconds += 60
    world.news.told = type(world.news.told)()
    await seen_board.page.goto(seen_board.address(lang="ko"))
    await shoot(seen_board.page, "board-empty")
    assert await seen_board.page.evaluate(_OPEN_SHOWN) == "0"
