"""The page behind a citizen's link in a real browser: read by everybody, on any width, in any
light, by keyboard and by machine, with no script and no request to another host."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from services.cities import Channel, Matter, PlaceQuestion
from services.common.pages import LANGUAGES
from services.intake.domain.events import CaseAccepted, CaseAnswered, InquiryAssigned, PlaceAsked
from services.intake.domain.model import Outcome, Place
from tests.component.intake.conftest import START, World
from tests.component.intake.test_asking import service_asked

from .conftest import Seen, findings, shoot

_NARROW = {"width": 320, "height": 640}
LONG_WORD = "https://example.org/" + "a" * 200


async def whole_life(world: World, language: str) -> dict[str, str]:
    """An inquiry whose page has every part: refused, opened again, refused, its date moved."""
    receipt = await world.receipt(
        text=f"가게 앞에 무엇을 세우려고 합니다.\n어떻게 하면 되나요?\n{LONG_WORD}",
        place={"lat": 37.5663, "lon": 126.9779},
        contact={"email": "a@example.org"},
        language=language,
    )
    id_ = receipt["inquiry_id"]
    matter = Matter(
        receipt_number=receipt["receipt_number"],
        channel=Channel.WEB,
        language=language,
        received_at=START,
        has_contact=True,
        service_code="billboard-permit",
        permit=True,
        district_code="11110",
        dong_code="1111053000",
    )

    def assigned(round_: int, office: str, rule: str, minutes: int) -> InquiryAssigned:
        return InquiryAssigned(
            inquiry_id=id_,
            matter=matter,
            round=round_,
            attempt=1,
            office_id=office,
            rule=rule,
            delegated_by="d-11110" if rule == "delegated_permit" else "",
            due_at=world.city.due(START, world.city.service("billboard-permit").period).at,
            assigned_at=START + timedelta(minutes=minutes),
        )

    def accepted(round_: int, office: str, minutes: int) -> CaseAccepted:
        at = START + timedelta(minutes=minutes)
        return CaseAccepted(
            inquiry_id=id_,
            round=round_,
            attempt=1,
            office_id=office,
            accepted_at=at,
            entered_at=at,
        )

    def answered(round_: int, office: str, minutes: int) -> CaseAnswered:
        return CaseAnswered(
            inquiry_id=id_,
            round=round_,
            office_id=office,
            outcome=Outcome.PERMIT_REFUSED,
            answered_at=START + timedelta(minutes=minutes),
            entered_at=START + timedelta(minutes=minutes + 90),
        )

    world.offices.answers[id_] = {
        1: "설치 장소를 확인할 수 없어 허가하지 않습니다.\n장소를 알려 주십시오.",
        2: "장소가 보도 위이므로 허가하지 않습니다.",
    }
    await world.hear(
        assigned(1, "o-1111053000", "delegated_permit", 5),
        accepted(1, "o-1111053000", 10),
        answered(1, "o-1111053000", 60),
        assigned(2, "d-11110", "designated", 120),
        accepted(2, "d-11110", 130),
        answered(2, "d-11110", 180),
    )
    return receipt


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nobody_is_kept_out(seen: Seen, axe: str, language: str, scheme: str) -> None:
    receipt = await whole_life(seen.world, language)
    await seen.page.emulate_media(color_scheme=scheme)
    await seen.page.goto(seen.address(receipt))
    await seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    await shoot(seen.page, f"status-{language}-{scheme}")
    assert await seen.page.get_attribute("html", "lang") == language
    assert await findings(seen.page, axe) == []


async def asked(world: World, language: str) -> dict[str, str]:
    """An inquiry that speaks of a danger, whose citizen is asked in which dong it is."""
    receipt = await world.receipt(text="집이 무너지고 있어요", language=language)
    await world.hear(
        PlaceAsked(
            inquiry_id=receipt["inquiry_id"],
            matter=Matter(
                receipt_number=receipt["receipt_number"],
                channel=Channel.WEB,
                language=language,
                received_at=START,
                has_contact=False,
                service_code="street-light",
            ),
            round=1,
            number=1,
            question=PlaceQuestion.WHICH_DONG,
            candidate_office_ids=("o-1111053000", "o-1111054000"),
            due_at=datetime.fromisoformat(receipt["expected_answer_by"]),
            asked_at=START,
            answer_by=START + timedelta(hours=7),
        )
    )
    return receipt


# In the shortest words and the longest: what the form is made of is the same in all languages.
@pytest.mark.parametrize("language", ["ko", "vi"])
async def test_a_question_keeps_nobody_out_and_a_keyboard_answers_it(
    seen: Seen, axe: str, language: str
) -> None:
    receipt = await asked(seen.world, language)
    await seen.page.set_viewport_size(_NARROW)
    await seen.page.goto(seen.address(receipt))
    await shoot(seen.page, f"asked-{language}")
    assert await findings(seen.page, axe) == []
    assert await seen.page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]
    await seen.page.focus("button[type=submit]")
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("#asked-error")
    assert await findings(seen.page, axe) == []
    await seen.page.focus("input[type=radio]")
    await seen.page.keyboard.press("ArrowDown")
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("section[aria-labelledby=asked]:not(:has(form))")
    await shoot(seen.page, f"asked-answered-{language}")
    assert await findings(seen.page, axe) == []
    assert await seen.page.get_attribute("html", "lang") == language
    [stored] = seen.world.store.documents.values()
    assert stored.state is not None
    assert stored.state.record.place == Place(dong_code="1111054000")


@pytest.mark.parametrize("language", ["en", "mn"])
async def test_a_keyboard_finds_a_service_on_the_list_of_all(
    seen: Seen, axe: str, language: str
) -> None:
    receipt = await seen.world.receipt(language=language)
    await seen.world.hear(service_asked(receipt))
    await seen.page.set_viewport_size(_NARROW)
    await seen.page.goto(seen.address(receipt))
    await shoot(seen.page, f"asked-service-{language}")
    assert await findings(seen.page, axe) == []
    assert await seen.page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]
    await seen.page.focus("#service")
    name = seen.world.city.service("noise").names.get(language, "")
    await seen.page.keyboard.type(name or seen.world.city.service("noise").names["en"])
    await seen.page.keyboard.press("Tab")
    await seen.page.focus("button[type=submit]")
    await seen.page.keyboard.press("Enter")
    await seen.page.wait_for_selector("section[aria-labelledby=asked]:not(:has(form))")
    assert await findings(seen.page, axe) == []
    [stored] = seen.world.store.documents.values()
    assert stored.state is not None
    assert stored.state.record.named_service == "noise"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_page_of_320_pixels_scrolls_one_way_only(seen: Seen, language: str) -> None:
    """WCAG 2.2, 1.4.10; the words hold an address of 220 letters."""
    receipt = await whole_life(seen.world, language)
    await seen.page.set_viewport_size(_NARROW)
    await seen.page.goto(seen.address(receipt))
    await seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    await shoot(seen.page, f"status-{language}-320")
    assert await seen.page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]


async def test_the_colours_follow_what_the_reader_asked_for(seen: Seen) -> None:
    await seen.page.goto(seen.address(await seen.world.receipt()))
    papers = []
    for scheme in ("light", "dark"):
        await seen.page.emulate_media(color_scheme=scheme)
        papers.append(await seen.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(255, 255, 255)", "rgb(19, 20, 22)"]


async def test_a_keyboard_goes_through_it_in_the_order_of_reading(seen: Seen) -> None:
    await seen.page.goto(seen.address(await whole_life(seen.world, "en")))
    stops = []
    for _ in range(len(LANGUAGES) + 4):
        await seen.page.keyboard.press("Tab")
        stops.append(
            await seen.page.evaluate(
                "[document.activeElement.tagName, document.activeElement.lang,"
                " document.activeElement.getBoundingClientRect().left >= 0,"
                " getComputedStyle(document.activeElement).outlineStyle !== 'none']"
            )
        )
    languages = [["A", language, True, True] for language in LANGUAGES]
    # A refused permit may be objected to; then comes how the date was counted.
    then = [[tag, "", True, True] for tag in ("TEXTAREA", "BUTTON", "SUMMARY")]
    assert stops == [["A", "", True, True], *languages, *then]
    await seen.page.keyboard.press("Enter")
    assert await seen.page.evaluate("document.querySelector('details').open")


async def test_it_is_whole_without_a_script_and_asks_nobody_else(seen: Seen) -> None:
    receipt = await whole_life(seen.world, "ko")
    complaints: list[str] = []
    seen.page.on("console", lambda message: complaints.append(message.text))
    await seen.page.goto(seen.address(receipt))
    assert await seen.page.evaluate("document.scripts.length") == 0
    port = seen.world.settings.intake_http_port
    # A new browser asks every site for its picture.
    pages = [url for url in seen.asked if not url.endswith("/favicon.ico")]
    assert {urlsplit(url).netloc for url in pages} == {f"127.0.0.1:{port}"}
    assert [text for text in complaints if "favicon" not in text] == []


async def test_its_policy_runs_nothing_that_anybody_wrote_into_it(seen: Seen) -> None:
    attack = "<script>document.title='x'</script><img src=x onerror=\"document.title='x'\">"
    receipt = await seen.world.receipt(text=attack, place={"address": attack})
    await seen.page.goto(seen.address(receipt))
    assert receipt["receipt_number"] in await seen.page.title()
    assert attack in await seen.page.inner_text("main")


async def test_a_link_of_the_page_leads_to_the_same_in_another_language(seen: Seen) -> None:
    await seen.page.goto(seen.address(await seen.world.receipt(text="zzz", language="vi")))
    assert await seen.page.get_attribute("html", "lang") == "vi"
    await shoot(seen.page, "provisional-vi")
    await seen.page.click("a[hreflang=en]")
    assert await seen.page.get_attribute("html", "lang") == "en"
    await shoot(seen.page, "provisional-en")
    assert "This date is provisional" in await seen.page.inner_text("main")


async def test_a_link_that_was_cut_says_what_to_do(seen: Seen, axe: str) -> None:
    receipt = await seen.world.receipt()
    answer = await seen.page.goto(seen.address(receipt)[:-1])
    assert answer.status == 404
    await shoot(seen.page, "unknown")
    assert await findings(seen.page, axe) == []
