"""The survey's page in a real browser, which walks through all its states in one test for each
language: a browser takes seconds to start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.common.pages import LANGUAGES
from tests.component.survey.conftest import case

from .conftest import SeenSurvey, findings, shoot

_NARROW = {"width": 320, "height": 640}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nobody_is_kept_out_of_any_of_its_pages(
    seen_survey: SeenSurvey, axe: str, language: str
) -> None:
    world, page = seen_survey.world, seen_survey.page
    asked = case("i-1", language)
    await world.hear(replace(asked, matter=replace(asked.matter, service_code="pothole")))
    await page.set_viewport_size(_NARROW)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.goto(seen_survey.address("i-1-1"))
        await shoot(page, f"survey-{language}-{scheme}")
        assert await page.get_attribute("html", "lang") == language
        assert await page.evaluate("document.documentElement.scrollWidth") == _NARROW["width"]
        assert await findings(page, axe) == []
    # Without a choice the browser itself asks for one; a faulty form is one that was sent past it.
    await page.evaluate("document.querySelector('form').noValidate = true")
    await page.click("button")
    assert await page.inner_text("[role=alert]")
    assert await findings(page, axe) == []
    await page.check("input[value='4']")
    await page.click("button")
    await shoot(page, f"survey-{language}-thanks")
    assert await findings(page, axe) == []
    await page.goto(seen_survey.address("i-1-1")[:-1])
    assert await findings(page, axe) == []
