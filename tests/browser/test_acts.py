"""What a citizen does about their case on its page, in a real browser: by keyboard, on any width,
read by machine, with no script and no request to another host."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from services.cities import Channel, Matter
from services.intake.application.ports import IssuedDocument, Proceedings, Worth
from services.intake.domain.events import (
    CaseAnswered,
    CitizenActRefused,
    InquiryAssigned,
    SupplementRequested,
)
from services.intake.domain.model import ActRefusal, Outcome
from tests.component.intake.conftest import START, World

from .conftest import Seen, findings, shoot

_NARROW = {"width": 320, "height": 640}


async def at_office(world: World, language: str) -> dict[str, str]:
    """An inquiry that lies at its office."""
    receipt = await world.receipt(text="가게를 열려고 합니다.", language=language)
    await world.hear(
        InquiryAssigned(
            inquiry_id=receipt["inquiry_id"],
            matter=Matter(
                receipt_number=receipt["receipt_number"],
                channel=Channel.WEB,
                language=language,
                received_at=START,
                has_contact=False,
                service_code="billboard-permit",
                permit=True,
            ),
            round=1,
            attempt=1,
            office_id="d-11110",
            rule="district_of_place",
            due_at=datetime.fromisoformat(receipt["expected_answer_by"]),
            assigned_at=START + timedelta(minutes=1),
        )
    )
    return receipt


async def asked_for(world: World, language: str) -> dict[str, str]:
    """One whose office asks for something."""
    receipt = await at_office(world, language)
    await world.hear(
        SupplementRequested(
            inquiry_id=receipt["inquiry_id"],
            round=1,
            office_id="d-11110",
            number=1,
            answer_by=START + timedelta(days=7),
            requested_at=START + timedelta(minutes=2),
        )
    )
    words = "평면도를 보내 주십시오.\n" + "https://example.org/" + "a" * 200
    world.offices.cases[receipt["inquiry_id"]] = Proceedings(requests={(1, 1): words})
    return receipt


async def decided(world: World, outcome: Outcome) -> dict[str, str]:
    """One whose permit is decided."""
    receipt = await at_office(world, "ko")
    at = START + timedelta(minutes=3)
    await world.hear(
        CaseAnswered(
            inquiry_id=receipt["inquiry_id"],
            round=1,
            office_id="d-11110",
            outcome=outcome,
            answered_at=at,
            entered_at=at,
        )
    )
    return receipt


# In the shortest words and the longest: what the forms are made of is the same in all languages.
@pytest.mark.parametrize("language", ["ko", "vi"])
async def test_a_supplement_is_sent_by_keyboard_on_a_narrow_page(
    seen: Seen, axe: str, language: str
) -> None:
    receipt = await asked_for(seen.world, language)
    await seen.page.set_viewport_size(_NARROW)
    await seen.page.goto(seen.address(receipt))
    await seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    await shoot(seen.page, f"supplement-{language}")
    assert await findings(seen.page, axe) == []
    assert await seen.page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]
    await seen.page.focus("section[aria-labelledby=request] button[type=submit]")
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("#act-error")
    assert await findings(seen.page, axe) == []
    await seen.page.focus("#text")
    await seen.page.keyboard.type("여기 있습니다.")
    for _ in range(2):
        await seen.page.keyboard.press("Tab")
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("section[aria-labelledby=acts]")
    assert await findings(seen.page, axe) == []
    assert not await seen.page.query_selector("form")
    assert seen.world.told() == ["InquiryReceived", "SupplementSent"]
    assert urlsplit(seen.page.url).path == urlsplit(seen.address(receipt)).path
    await seen.page.reload()
    assert seen.world.told() == ["InquiryReceived", "SupplementSent"]
    assert len({urlsplit(address).netloc for address in seen.asked}) == 1


async def test_a_second_tab_gets_back_what_it_wrote_for_nothing(seen: Seen, axe: str) -> None:
    receipt = await asked_for(seen.world, "ko")
    other = await seen.page.context.browser.new_page()
    for page in (seen.page, other):
        await page.set_viewport_size(_NARROW)
        await page.goto(seen.address(receipt))
    for page, words in ((other, "첫 번째"), (seen.page, "두 번째" + "가" * 500)):
        await page.fill("#text", words)
        await page.click("section[aria-labelledby=request] form button")
        await page.wait_for_selector("section[aria-labelledby=acts]")
    assert await seen.page.input_value("#kept") == words
    assert await findings(seen.page, axe) == []
    assert await seen.page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]
    assert seen.world.told() == ["InquiryReceived", "SupplementSent"]
    await other.close()


async def test_more_time_is_asked_for(seen: Seen, axe: str) -> None:
    receipt = await asked_for(seen.world, "en")
    await seen.page.goto(seen.address(receipt))
    await seen.page.click("summary:has-text('If you need more time')")
    await seen.page.fill("#days", "5")
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("section[aria-labelledby=acts]")
    assert seen.world.told() == ["InquiryReceived", "MoreTimeAsked"]
    assert await findings(seen.page, axe) == []


async def test_a_withdrawal_is_asked_about_once_more_and_can_be_left(seen: Seen, axe: str) -> None:
    receipt = await at_office(seen.world, "en")
    await seen.page.goto(seen.address(receipt))
    await seen.page.click("a:has-text('Withdraw the inquiry')")
    await seen.page.wait_for_selector("h1:has-text('Do you want to withdraw')")
    await shoot(seen.page, "withdrawal")
    assert await findings(seen.page, axe) == []
    await seen.page.click("a:has-text('No, back')")
    await seen.page.wait_for_selector("section[aria-labelledby=withdrawal]")
    assert seen.world.told() == ["InquiryReceived"]
    await seen.page.click("a:has-text('Withdraw the inquiry')")
    await seen.page.click("button[type=submit]")
    await seen.page.wait_for_selector("section[aria-labelledby=acts]")
    assert seen.world.told() == ["InquiryReceived", "WithdrawalAsked"]
    await seen.world.hear(
        CitizenActRefused(
            inquiry_id=receipt["inquiry_id"],
            round=1,
            act=1,
            reason=ActRefusal.ANSWERED,
            refused_at=START + timedelta(minutes=5),
        )
    )
    await seen.page.reload()
    assert "The office had answered before." in await seen.page.inner_text("main")
    assert await findings(seen.page, axe) == []


async def test_an_objection_is_made(seen: Seen, axe: str) -> None:
    receipt = await decided(seen.world, Outcome.PERMIT_REFUSED)
    await seen.page.goto(seen.address(receipt))
    await shoot(seen.page, "objection")
    assert await findings(seen.page, axe) == []
    await seen.page.fill("#reasons", "요건을 모두 갖추었습니다.")
    await seen.page.click("section[aria-labelledby=objection] button")
    await seen.page.wait_for_selector("section[aria-labelledby=acts]")
    assert seen.world.told() == ["InquiryReceived", "ObjectionMade"]


async def test_a_document_is_downloaded_and_says_where_it_is_verified(seen: Seen, axe: str) -> None:
    receipt = await decided(seen.world, Outcome.PERMIT_GRANTED)
    number = "2026-FJB5-MEST-GHKT-ZT"
    seen.world.offices.cases[receipt["inquiry_id"]] = Proceedings(
        requests={},
        documents=(
            IssuedDocument(number=number, round=1, worth=Worth.VALID, valid_until=date(2027, 1, 1)),
        ),
        verify_url="https://permits.example/permits",
    )
    await seen.page.goto(seen.address(receipt))
    await shoot(seen.page, "document")
    assert await findings(seen.page, axe) == []
    assert "https://permits.example/permits" in await seen.page.inner_text("main")
    async with seen.page.expect_download() as begun:
        await seen.page.click("a:has-text('PDF')")
    download = await begun.value
    assert download.suggested_filename == f"{number}.pdf"
