"""An office's desk in a real browser: a clerk works through it with the keyboard alone, with and
without scripts, and it keeps nobody out.

One city and one browser serve the whole walk: each takes seconds to start.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.districts.application.ports import CitizenWords
from tests.component.districts.offices import NOW, Service, assigned

from .conftest import SeenWork, findings, shoot

OFFICE, DISTRICT, DONG = "o-1168064000", "d-11680", "1168064000"
_SMALL = {"width": 320, "height": 640}
_PHONE = {"width": 360, "height": 740}
_WIDE = {"width": 1280, "height": 900}
_DARK = "<script>alert(1)</script> 골목 끝 보안등이 꺼져 있습니다.\n빨리 고쳐 주세요."
_FOCUSED = "document.activeElement.id"
# A page has fewer stops than this, links of lists included.
_MOST_STOPS = 120


async def filled(world: Service) -> None:
    """Work that is overdue, due today, new and in hand; one is an application for a permit."""
    dark = CitizenWords(
        text=_DARK, address="강남구 역삼로 7길 16", dong_code=DONG, lat=37.4955, lon=127.0332
    )
    bulky = CitizenWords(
        text="책상과 의자를 버립니다.",
        address="",
        dong_code=DONG,
        lat=None,
        lon=None,
        attributes=(
            ("items", "2"),
            ("description", "책상 1, 의자 1"),
            ("put_out_on", "2026-11-25"),
        ),
    )
    world.intake.words |= {"late": dark, "today": dark, "new": dark, "permit": bulky}
    light = "street-light"
    await world.assign(
        at_dong(assigned("late", OFFICE, due_at=NOW - timedelta(hours=20), service_code=light)),
        at_dong(assigned("today", OFFICE, due_at=NOW + timedelta(hours=6), service_code=light)),
        at_dong(assigned("new", OFFICE, period="5d", service_code=light)),
        at_dong(
            assigned("permit", OFFICE, permit=True, service_code="mail-order", period="3d"),
        ),
    )


def at_dong(event: Any) -> Any:
    """The assignment with its place and the citizen's language."""
    matter = replace(event.matter, district_code="11680", dong_code=DONG, language="ko")
    return replace(event, matter=matter)


async def tab_to(page: Any, selector: str) -> None:
    """Presses Tab until the element has the focus: a keyboard is enough to get there."""
    for _ in range(_MOST_STOPS):
        if await page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not get to {selector}")


async def press(page: Any, letter: str) -> None:
    """Presses an access key with its modifier. The driver's own way leaves out the letter that was
    pressed, by which the browser knows the key."""
    session = await page.context.new_cdp_session(page)
    key = {"modifiers": 1, "key": letter, "code": f"Key{letter.upper()}", "text": letter}
    code = {"unmodifiedText": letter, "windowsVirtualKeyCode": ord(letter.upper())}
    await session.send("Input.dispatchKeyEvent", {"type": "keyDown", **key, **code})
    await session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key, **code})
    await session.detach()


async def sign_in(page: Any, seen: SeenWork, key: str = OFFICE) -> None:
    await page.goto(seen.address())
    assert await page.evaluate(_FOCUSED) == "key"
    await page.keyboard.type(key)
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".tabs")


async def look(page: Any, axe: str, name: str) -> None:
    """The page wide and narrow: nothing keeps anybody out, and nothing is wider than the screen."""
    await page.set_viewport_size(_WIDE)
    await shoot(page, f"work-{name}")
    assert await findings(page, axe) == []
    for size in (_PHONE, _SMALL):
        await page.set_viewport_size(size)
        await shoot(page, f"work-{name}-{size['width']}")
        assert await findings(page, axe) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == size["width"]
    await page.set_viewport_size(_WIDE)


async def test_shots(seen_work: SeenWork, axe: str) -> None:
    world, page = seen_work.world, seen_work.page
    await filled(world)
    await page.goto(seen_work.address())
    await look(page, axe, "sign-in")
    await sign_in(page, seen_work)
    await look(page, axe, "list")
    await page.goto(seen_work.address("/cases/new"))
    await look(page, axe, "case")
    await press(page, "a")
    await page.wait_for_selector("#said")
    await look(page, axe, "taken")
    await page.goto(seen_work.address("/cases/late/answer"))
    await look(page, axe, "answer")
    await page.goto(seen_work.address("/cases/late/decline"))
    await look(page, axe, "decline")
    await page.goto(seen_work.address("/cases/permit"))
    await look(page, axe, "permit")
    await page.goto(seen_work.address("/cases/permit/decide-permit"))
    await look(page, axe, "decide")
    await page.goto(seen_work.address("/cases/permit/check-application"))
    await look(page, axe, "check")
