"""An office's desk in a real browser: a clerk works through it with the keyboard alone, with and
without scripts, and it keeps nobody out.

One city and one browser serve the whole walk: each takes seconds to start.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from services.districts.application.ports import CitizenWords
from services.districts.domain.case.commands import AssignOfficer, Consult
from services.districts.domain.case.model import Accepted, Answered, Case, Declined
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
            assigned("permit", OFFICE, permit=True, service_code="bulky-waste", period="3d"),
        ),
    )


def at_dong(event: Any) -> Any:
    """The assignment with its place and the citizen's language."""
    matter = replace(event.matter, district_code="11680", dong_code=DONG, language="ko")
    return replace(event, matter=matter)


def state_of(world: Service, inquiry_id: str) -> Case | None:
    return world.store.documents[inquiry_id].state


async def tab_to(page: Any, selector: str) -> None:
    """Presses Tab until the element has the focus: a keyboard is enough to get there."""
    for _ in range(_MOST_STOPS):
        if await page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not get to {selector}")


async def choose(page: Any, value: str) -> None:
    """Goes down a list that has the focus until the value is chosen."""
    for _ in range(_MOST_STOPS):
        if await page.evaluate("document.activeElement.value") == value:
            return
        await page.keyboard.press("ArrowDown")
    raise AssertionError(f"the list has no {value}")


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


async def test_nobody_is_kept_out_and_the_keyboard_is_enough(seen_work: SeenWork, axe: str) -> None:
    world, page = seen_work.world, seen_work.page
    await filled(world)
    await page.goto(seen_work.address())
    await look(page, axe, "sign-in")
    await page.keyboard.type("wrong")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#error")
    assert await page.evaluate(_FOCUSED) == "error"
    await sign_in(page, seen_work)
    await look(page, axe, "list")
    # The first stop of the keyboard leads past the tabs.
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await tab_to(page, "a[href*='/cases/today']")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#acts")
    assert "<script>alert(1)</script>" in await page.inner_text(".words")
    await look(page, axe, "case")
    await press(page, "a")
    await page.wait_for_selector("#said")
    assert await page.evaluate(_FOCUSED) == "said"
    assert isinstance(state_of(world, "today"), Accepted)
    await look(page, axe, "taken")

    # The answer, by a text block; meanwhile a colleague changes the case.
    await press(page, "r")
    await page.wait_for_selector("#text")
    assert await page.evaluate(_FOCUSED) == "text", "who opens the form begins to write"
    await look(page, axe, "answer")
    await press(page, "t")
    assert await page.evaluate(_FOCUSED) == "block"
    await choose(page, "lamp-mended")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#text[autofocus]")
    assert await page.evaluate(_FOCUSED) == "text"
    written = await page.input_value("#text")
    assert "2026. 11. 23. 수리를 완료하였으며" in written
    await tab_to(page, "#officer_name")
    await page.keyboard.type("홍길동 주무관")
    await tab_to(page, "#officer_phone")
    await page.keyboard.type("02-120")
    assigned_to = AssignOfficer(assignee="K-7", officer_code="K-7")
    await world.replica.work.carry_out(OFFICE, "today", assigned_to)
    # Enter in a line sends the form, and not the text block.
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#h-changes")
    assert await page.evaluate(_FOCUSED) == "error"
    assert "K-7" in await page.inner_text("[aria-labelledby='h-changes']")
    assert await page.input_value("#text") == written
    await look(page, axe, "conflict")
    await tab_to(page, "#officer_phone")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#said")
    assert "답변했습니다" in await page.inner_text("#said")
    await page.keyboard.press("Tab")
    assert "/cases/" in await page.evaluate("document.activeElement.href"), "what is due next"
    await look(page, axe, "answered")
    state = state_of(world, "today")
    assert isinstance(state, Answered)
    assert state.reply.answer == written

    # Bad input: the error has the focus, stands beside its field, and nothing is lost.
    await page.goto(seen_work.address("/cases/new"))
    await press(page, "a")
    await page.wait_for_selector("#said")
    await press(page, "s")
    await page.wait_for_selector("#days")
    await tab_to(page, "#text")
    await page.keyboard.type("현장 사진을 보내 주시기 바랍니다.")
    await tab_to(page, "#days")
    await page.keyboard.type("365")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#days-error")
    assert await page.evaluate(_FOCUSED) == "error"
    assert await page.input_value("#text") == "현장 사진을 보내 주시기 바랍니다."
    await look(page, axe, "error")
    await tab_to(page, "#days")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("10")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#said")
    await look(page, axe, "supplement")

    # To hand on: the reason by space, the office down the list.
    await page.goto(seen_work.address("/cases/late/decline"))
    await look(page, axe, "decline")
    await tab_to(page, "[name=reason]")
    await page.keyboard.press("Space")
    await tab_to(page, "#suggested_office_id")
    await choose(page, DISTRICT)
    await tab_to(page, "p button[type=submit]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#said")
    declined = state_of(world, "late")
    assert isinstance(declined, Declined)
    assert declined.refusal.suggested_office_id == DISTRICT
    port = world.replica.settings.districts_http_port
    assert {urlsplit(url).netloc for url in seen_work.asked} == {f"127.0.0.1:{port}"}


async def test_permits_questions_and_what_a_district_reads(seen_work: SeenWork, axe: str) -> None:
    world, page = seen_work.world, seen_work.page
    await filled(world)
    await sign_in(page, seen_work)
    await page.goto(seen_work.address("/cases/permit"))
    await look(page, axe, "permit")
    await press(page, "f")
    await page.wait_for_selector("#amount_won")
    await tab_to(page, "#amount_won")
    await page.keyboard.type("5,000")
    await tab_to(page, "#reference")
    await page.keyboard.type("2026-1")
    await look(page, axe, "fee")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#said")
    await press(page, "r")
    await page.wait_for_selector("[name=decision]")
    await tab_to(page, "[name=decision]")
    await page.keyboard.press("Space")
    await tab_to(page, "#text")
    await page.keyboard.type("신고하신 대로 수리하였습니다.")
    await tab_to(page, "#to_be_collected")
    await page.keyboard.press("Space")
    await tab_to(page, "#officer_name")
    await page.keyboard.type("홍길동 주무관")
    await tab_to(page, "#officer_phone")
    await page.keyboard.type("02-120")
    await look(page, axe, "decide")
    await tab_to(page, "p button[type=submit]")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#said")
    await page.goto(seen_work.address("/cases/permit"))
    await look(page, axe, "granted")
    for act in ("revoke-permit", "record-collection"):
        await page.goto(seen_work.address(f"/cases/permit/{act}"))
        assert await findings(page, axe) == []
    await page.goto(seen_work.address("/cases/new"))
    await press(page, "a")
    await page.wait_for_selector("#said")
    question = Consult(consulted_office_id=DISTRICT, text="이 구간의 보안등을 관리합니까?", days=3)
    await world.replica.work.carry_out(OFFICE, "new", question)
    for act in ("extend-case", "consult", "start-work", "assign-officer", "add-note"):
        await page.goto(seen_work.address(f"/cases/new/{act}"))
        assert await findings(page, axe) == []
    await page.goto(seen_work.address("/cases/new/nothing"))
    await look(page, axe, "refused")

    other = await page.context.browser.new_page(locale="ko-KR")
    await sign_in(other, seen_work, DISTRICT)
    await press(other, "q")
    await other.wait_for_selector("a[href*='/consultations/new/1']")
    await look(other, axe, "questions")
    await other.goto(seen_work.address("/consultations/new/1/more-time"))
    assert await findings(other, axe) == []
    await other.goto(seen_work.address("/consultations"))
    await tab_to(other, "a[href*='/consultations/new/1']")
    await other.keyboard.press("Enter")
    await other.wait_for_selector("#text")
    await tab_to(other, "#text")
    await other.keyboard.type("네, 우리 구에서 관리합니다.")
    await look(other, axe, "question")
    await tab_to(other, "p button[type=submit]")
    await other.keyboard.press("Enter")
    await other.wait_for_selector("#said")
    await other.goto(seen_work.address("", office=OFFICE))
    await look(other, axe, "district-list")
    await other.goto(seen_work.address("/cases/new"))
    await look(other, axe, "district-case")
    assert await other.query_selector("#acts") is None
    await other.close()


async def test_it_works_without_scripts_in_english(seen_work: SeenWork, axe: str) -> None:
    world = seen_work.world
    await filled(world)
    context = await seen_work.page.context.browser.new_context(
        java_script_enabled=False, locale="en"
    )
    plain = await context.new_page()
    await plain.goto(seen_work.address())
    await plain.fill("#key", OFFICE)
    await plain.click("main form[action*='/sign-in'] button")
    await plain.click("a[href*='/cases/today']")
    await plain.click("form[action*='/accept'] button")
    assert "It is taken" in await plain.inner_text("#said")
    await plain.click("a[href*='/today/answer']")
    await plain.fill("#text", "First line.")
    await plain.select_option("#block", "lamp-mended")
    await plain.click("button[value='insert']")
    # In the language of the citizen, who wrote in Korean.
    assert (await plain.input_value("#text")).startswith("First line.\n\n말씀하신 가로등")
    await shoot(plain, "work-plain-answer-en")
    await plain.fill("#officer_name", "Officer Kim")
    await plain.fill("#officer_phone", "02-120")
    await plain.click("p button[type=submit]")
    assert "answered" in await plain.inner_text("#said")
    assert isinstance(state_of(world, "today"), Answered)
    await context.close()
