"""The desk in a real browser: an official works through it with the keyboard alone, with and
without scripts, and it keeps nobody out.

One city and one browser serve the whole walk: each takes seconds to start.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from dasan.intake.v1 import contacts_pb2

from services.routing.domain.assignment.model import Assigned, Unrouted
from tests.component.routing.world import Service, received, refusal

from .conftest import SeenDesk, findings, shoot

_NARROW = {"width": 320, "height": 640}
_WIDE = {"width": 1280, "height": 900}
_DARK = "골목 끝에서 뭔가 이상한 일이 계속 생깁니다. 확인 부탁드립니다.\n연락 주세요."
_FOCUSED = "document.activeElement.id"


async def filled(world: Service) -> None:
    """The queue with one that nobody understands and one whose place is known, an arbitration with
    two refusals, and a question to a citizen."""
    place = contacts_pb2.Place(dong_code="1168064000")
    world.intake.holds("a", _DARK, place)
    world.intake.holds("c", "제안합니다", place)
    world.intake.holds("d", "대형폐기물을 버리려고 합니다.")
    world.intake.holds("e", "ㅋ")
    now = world.now
    await world.routing.handle([received("a", at=now - timedelta(days=9)), received("e", at=now)])
    await world.routing.handle([received("c", "pothole", at=now)])
    state = world.store.documents["c"].state
    assert isinstance(state, Assigned)
    while isinstance(state, Assigned) and state.arbitration is None:
        current = state.current
        await world.routing.handle([refusal("c", current.number, current.office_id)])
        state = world.store.documents["c"].state
    await world.routing.handle([received("d", "bulky-waste", at=now)])


async def sign_in(page: Any, seen: SeenDesk) -> None:
    await page.goto(seen.address())
    assert await page.evaluate(_FOCUSED) == "key"
    await page.keyboard.type("desk")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".tabs")


async def look(page: Any, axe: str, name: str) -> None:
    """The page wide and narrow: nothing keeps anybody out, and nothing is wider than the screen."""
    await page.set_viewport_size(_WIDE)
    await shoot(page, f"desk-{name}")
    assert await findings(page, axe) == []
    await page.set_viewport_size(_NARROW)
    await shoot(page, f"desk-{name}-320")
    assert await findings(page, axe) == []
    assert await page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]
    await page.set_viewport_size(_WIDE)


async def test_nobody_is_kept_out_and_the_keyboard_is_enough(seen_desk: SeenDesk, axe: str) -> None:
    world, page = seen_desk.world, seen_desk.page
    await filled(world)
    await page.goto(seen_desk.address())
    await look(page, axe, "sign-in")
    await page.keyboard.type("wrong")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#error")
    assert await page.evaluate(_FOCUSED) == "error"
    await look(page, axe, "sign-in-wrong")
    await sign_in(page, seen_desk)
    await look(page, axe, "queue")
    # The first stop of the keyboard leads past the tabs.
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.goto(seen_desk.address("", waiting_for="citizen"))
    await look(page, axe, "citizens")
    await page.goto(seen_desk.address("/matters/a", service="street-light"))
    await look(page, axe, "matter")
    # Nothing chosen and a number written: the error has the focus, and nothing is lost.
    await page.fill("#sentence", "연락처 010-1234-5678로 회신 바랍니다")
    await page.focus("#sentence")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#error")
    assert await page.evaluate(_FOCUSED) == "error"
    assert "010" in await page.input_value("#sentence")
    await look(page, axe, "matter-error")
    await page.fill("#sentence", "골목의 보안등이 켜지지 않습니다")
    await page.focus("#office")
    await page.keyboard.type("강남구청")
    await page.focus("#sentence")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#said")
    assert await page.evaluate(_FOCUSED) == "said"
    assert "강남구청" in await page.inner_text("#said")
    await look(page, axe, "assigned")
    state = world.store.documents["a"].state
    assert isinstance(state, Assigned)
    assert state.current.office_id == "d-11680"
    [example] = world.examples.documents.values()
    assert example.state is not None
    assert example.state.language == "ko"
    await page.goto(seen_desk.address("/arbitrations"))
    await look(page, axe, "arbitrations")
    await page.goto(seen_desk.address("/matters/c"))
    await look(page, axe, "arbitration")
    await page.select_option("#office", "d-11680")
    await page.focus("#office")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/designate?**")
    await look(page, axe, "confirm")
    port = world.settings.routing_http_port
    assert {urlsplit(url).netloc for url in seen_desk.asked} == {f"127.0.0.1:{port}"}


async def test_it_works_without_scripts_in_english(seen_desk: SeenDesk, axe: str) -> None:
    world = seen_desk.world
    await filled(world)
    context = await seen_desk.page.context.browser.new_context(
        java_script_enabled=False, locale="en"
    )
    plain = await context.new_page()
    await plain.goto(seen_desk.address())
    await plain.fill("#key", "desk")
    await plain.click("main button")
    await plain.click("a[href*='/matters/e']")
    await plain.click("form[action*='/take'] button")
    assert "You are working on it" in await plain.inner_text(".claim")
    await shoot(plain, "desk-plain-matter-en")
    await plain.click("form[action*='/ask'] button")
    assert "the citizen was asked" in await plain.inner_text("#said")
    state = world.store.documents["e"].state
    assert isinstance(state, Unrouted)
    assert state.asked is not None
    await plain.goto(seen_desk.address("/matters/c", lang="en"))
    await plain.select_option("#office", index=1)
    await plain.click("section form button")
    await shoot(plain, "desk-plain-confirm-en")
    await plain.click("main form[action*='/designate'] button")
    assert "261123-c" in await plain.inner_text("#said")
    await context.close()
