"""Below a receipt's link a citizen never reads problem details: every refusal is a page in their
language, says when to try again, and keeps what was written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.cities import City
from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.http_kit import FORM, LARGEST_BODY_BYTES
from services.common.pages import LANGUAGES
from services.common.run.service import running
from services.intake.application.documents import MOST_WITHIN_MINUTE
from tests.support.kit import known, part

from .conftest import World
from .test_acts import NUMBER, SENT, asked_for, path, texts
from .test_asking import ANSWER_BY, assigned, place_asked
from .test_page import BROWSER, text

ADDRESS = "사직로 8길 <31> 앞"


def is_page(answer: httpx.Response, language: str) -> bool:
    """Whether it is a page in the language, kept nowhere."""
    return (
        answer.headers["Content-Type"].startswith("text/html")
        and f'<html lang="{language}">' in answer.text
        and answer.headers["Cache-Control"] == "no-store"
        and "urn:dasan" not in answer.text
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("method", "below", "status", "said"),
    [
        ("GET", "/no_such_act", 404, "unknown"),
        ("GET", f"/documents/{NUMBER}/more", 404, "unknown"),
        ("GET", f"/documents/{'A' * 99}", 404, "unknown"),
        ("GET", f"/documents/{NUMBER}?format=doc", 404, "unknown"),
        ("DELETE", "", 405, "unknown"),
        ("POST", f"/documents/{NUMBER}", 405, "unknown"),
        ("POST", "/no_such_act", 422, "unread"),
    ],
)
async def test_what_is_not_there_is_a_page(
    world: World, language: str, method: str, below: str, status: int, said: str
) -> None:
    address = path(await asked_for(world)) + below
    joint = "&" if "?" in below else "?"
    answer = await world.client.request(
        method, f"{address}{joint}lang={language}", headers={"Accept": BROWSER}
    )
    assert answer.status_code == status
    assert is_page(answer, language)
    assert texts(language)[f"{said}.title"] in answer.text


async def test_a_method_that_is_not_there_names_those_that_are(world: World) -> None:
    answer = await world.client.put(path(await asked_for(world)))
    assert (answer.status_code, is_page(answer, "ko")) == (405, True)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("below", ["", "/supplement"])
async def test_a_form_that_is_too_large_or_has_too_many_fields_is_a_page(
    world: World, below: str
) -> None:
    address = path(await asked_for(world)) + below
    large = b"text=" + b"x" * LARGEST_BODY_BYTES
    many = "&".join(f"f{n}=x" for n in range(99)).encode()
    for body, status in ((large, 413), (many, 400)):
        answer = await world.client.post(
            address, content=body, headers={"Content-Type": FORM, "Accept-Language": "vi"}
        )
        assert (answer.status_code, is_page(answer, "vi")) == (status, True)
        assert texts("vi")["unread.text"] in text(answer)


async def test_an_unexpected_error_is_a_page_that_tells_nothing_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: str) -> Any:
        raise RuntimeError("a secret of ours")

    receipt = await asked_for(world)
    monkeypatch.setattr(world.store, "by_id", broken)
    transport = httpx.ASGITransport(app=world.service.web, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://ask.example") as client:
        answer = await client.get(path(receipt), headers={"Accept": BROWSER})
    assert (answer.status_code, is_page(answer, "ko")) == (500, True)
    assert "secret of ours" not in answer.text


async def test_a_program_still_gets_problem_details(world: World) -> None:
    for address in ("/i/AAAAAAAAAAAAAAAAAAAAAA", "/v1/no_such_address"):
        answer = await world.client.get(address, headers={"Accept": "application/json"})
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_too_many_documents_are_a_page_that_says_when_to_come_again(world: World) -> None:
    receipt = await asked_for(world)
    address = f"{path(receipt)}/documents/{NUMBER}?lang=en"
    for _ in range(MOST_WITHIN_MINUTE):
        assert (await world.client.get(address)).status_code == 404
    answer = await world.client.get(address)
    assert (answer.status_code, is_page(answer, "en")) == (429, True)
    assert 0 < int(answer.headers["Retry-After"]) <= 60


class TestLimited:
    """More forms of one sender than a stranger may send within an hour."""

    @pytest.fixture
    async def limited(self, seoul: City) -> AsyncIterator[World]:
        """Intake that takes two things of a sender an hour."""
        made = World(city=seoul, anonymous_per_hour=2)
        await known(made.service)
        async with made.client, running([part(made.service, GroupCommit)]):
            yield made

    async def test_a_form_too_many_says_when_there_is_room_again(self, limited: World) -> None:
        receipt, other = await asked_for(limited), await limited.receipt()
        await limited.receipt()
        await limited.hear(place_asked(other))
        act = await limited.client.post(f"{path(receipt)}/supplement?lang=ko", data=SENT)
        fields = {"question": "1", "choice": "elsewhere", "address": ADDRESS}
        answer = await limited.client.post(f"{path(other)}?lang=ko", data=fields)
        for page in (act, answer):
            assert (page.status_code, is_page(page, "ko")) == (429, True)
            assert 0 < int(page.headers["Retry-After"]) <= 3600
        assert "사직로 8길 &lt;31&gt; 앞" in answer.text


class TestAddress:
    """A citizen who has typed where it is does not type it twice."""

    async def send(self, world: World, receipt: dict[str, str]) -> httpx.Response:
        fields = {"question": "1", "choice": "elsewhere", "address": ADDRESS}
        return await world.client.post(f"{path(receipt)}?lang=ko", data=fields)

    async def test_after_the_question_closed_or_expired(self, world: World) -> None:
        closed, expired = await world.receipt(), await world.receipt()
        await world.hear(place_asked(closed), place_asked(expired), assigned(closed))
        page = await self.send(world, closed)
        assert page.status_code == 409
        assert "사직로 8길 &lt;31&gt; 앞</textarea>" in page.text
        world.now = ANSWER_BY + timedelta(seconds=1)
        page = await self.send(world, expired)
        assert page.status_code == 409
        assert "사직로 8길 &lt;31&gt; 앞</textarea>" in page.text

    async def test_after_another_tab_answered(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        data = {"question": "1", "choice": "none"}
        assert (await world.client.post(path(receipt), data=data)).status_code == 303
        page = await self.send(world, receipt)
        assert page.status_code == 409
        assert "사직로 8길 &lt;31&gt; 앞</textarea>" in page.text

    async def test_while_the_database_is_away(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        world.store.away = True
        page = await self.send(world, receipt)
        assert page.status_code == 503
        assert page.text.count("사직로 8길 &lt;31&gt; 앞") == 1
