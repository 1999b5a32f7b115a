"""The page a citizen sees, the API beside it, and the figures."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services import cities
from services.common.kernel import DomainError, Kind
from services.common.pages import LANGUAGES
from services.survey.domain.model import Answered
from tests.support.kit import known

from .conftest import World, case
from .fakes import FixedWindows


def one_heading(answer: httpx.Response) -> str:
    found = re.findall(r"<h1>(.*?)</h1>", answer.text)
    assert len(found) == 1
    return str(found[0])


async def test_the_page_asks_in_the_surveys_language(world: World) -> None:
    await world.hear(case("i-1", "ko"), case("i-2", "en-US"))
    korean = await world.client.get(world.page("i-1-1"))
    english = await world.client.get(world.page("i-2-1"))
    assert korean.status_code == english.status_code == 200
    assert '<html lang="ko">' in korean.text
    assert '<html lang="en">' in english.text
    assert one_heading(english) == "How satisfied are you with the answer?"
    for page in (korean.text, english.text):
        assert page.count('type="radio"') == 5
        # Every control has a label, and nothing is fetched or run.
        assert page.count("<label") == 6
        assert "<script" not in page
        assert "http" not in page


async def test_the_page_names_the_city_the_office_and_the_matter() -> None:
    world = World(city=cities.load("seoul"))
    await known(world.service)
    seoul = world.city
    code = next(iter(seoul.catalogue))
    for inquiry, language in (("i-1", "ko"), ("i-2", "en")):
        asked = case(inquiry, language)
        await world.hear(replace(asked, matter=replace(asked.matter, service_code=code)))
        page = (await world.client.get(world.page(f"{inquiry}-1"))).text
        for names in (
            seoul.names,
            seoul.contact_office.names,
            seoul.office("d-11140").names,
            seoul.service(code).names,
        ):
            assert html.escape(names[language]) in page


async def test_korean_pages_speak_as_an_office_does(world: World) -> None:
    await world.hear(case("i-1", "ko"), case("i-2", "ko"))
    form = await world.client.get(world.page("i-1-1"))
    faulty = await world.client.post(world.page("i-1-1"), data={"comment": ""})
    thanks = await world.client.post(world.page("i-1-1"), data={"score": "4"})
    already = await world.client.get(world.page("i-1-1"))
    world.now += timedelta(days=7)
    expired = await world.client.get(world.page("i-2-1"))
    assert one_heading(form) == "민원 처리에 만족하셨습니까?"
    assert "만족도를 선택하여 주시기 바랍니다." in faulty.text
    assert "남겨 주신 의견은 서비스 개선을 위해서만 활용됩니다." in form.text
    assert one_heading(thanks) == "감사합니다"
    assert one_heading(already) == "이미 참여하신 설문입니다"
    assert one_heading(expired) == "설문 기간이 종료되었습니다"
    for page in (form, faulty, thanks, already, expired):
        assert "조사" not in page.text


async def test_the_page_keeps_its_address_secret(world: World) -> None:
    await world.hear(case("i-1"))
    headers = (await world.client.get(world.page("i-1-1"))).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_a_form_is_answered_without_a_script_and_only_once(world: World) -> None:
    await world.hear(case("i-1", "en"))
    sent = {"score": "4", "comment": "Quick & kind\r\nThank you"}
    first = await world.client.post(world.page("i-1-1"), data=sent)
    again = await world.client.post(world.page("i-1-1"), data=sent)
    shown = await world.client.get(world.page("i-1-1"))
    assert (first.status_code, one_heading(first)) == (200, "Thank you")
    other = await world.client.post(world.page("i-1-1"), data={**sent, "score": "5"})
    assert (again.status_code, one_heading(again)) == (200, "Thank you")
    assert (other.status_code, one_heading(other)) == (409, "Already answered")
    assert (shown.status_code, one_heading(shown)) == (200, "Already answered")
    state = world.store.documents["i-1-1"].state
    assert isinstance(state, Answered)
    assert (state.score, state.comment) == (4, "Quick & kind\nThank you")


@pytest.mark.parametrize("charset", ["unicode_escape", "punycode", "undefined", "utf-8"])
async def test_only_the_pages_own_form_is_read(world: World, charset: str) -> None:
    """A form in parts names the codec to read it with. Among Python's are some that make text which
    no database takes, and one that takes seconds for a body."""
    await world.hear(case("i-1", "en"))
    parts = (("score", "4"), ("comment", "\\ud800-"))
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts
    )
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    answer = await world.client.post(
        world.page("i-1-1"), content=f"{body}--x--\r\n", headers={"Content-Type": kind}
    )
    assert answer.status_code == 422
    assert 'type="radio"' in answer.text
    assert world.told() == ["SurveyInvited"]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"comment": "no <b>score</b>"}, "Please choose"),
        ({"score": "9"}, "Please choose"),
        ({"score": "four"}, "Please choose"),
        ({"score": "5" * 5000}, "Please choose"),
        ({"score": "4", "comment": "x" * 2001}, "up to 2000"),
    ],
)
async def test_a_faulty_form_says_what_is_wrong_and_keeps_what_was_written(
    world: World, sent: dict[str, str], words: str
) -> None:
    await world.hear(case("i-1", "en"))
    answer = await world.client.post(world.page("i-1-1"), data=sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'role="alert"' in answer.text
    comment = sent.get("comment", "").replace("<", "&lt;").replace(">", "&gt;")
    assert f">{comment}</textarea>" in answer.text


async def test_a_survey_that_is_over_says_so(world: World) -> None:
    await world.hear(case("i-1", "en"))
    world.now += timedelta(days=7)
    shown = await world.client.get(world.page("i-1-1"))
    sent = await world.client.post(world.page("i-1-1"), data={"score": "4"})
    api = await world.client.post(world.api("i-1-1"), json={"score": 4})
    assert one_heading(shown) == one_heading(sent) == "The survey has ended"
    assert sent.status_code == api.status_code == 409
    assert api.json()["type"] == "urn:dasan:survey_expired"


async def test_a_wrong_link_tells_nothing(world: World) -> None:
    await world.hear(case("i-1"))
    for path in (f"/s/i-1-1/{world.tokens.of('i-1-2')}", "/s/i-1-1/x", world.page("i-404-1")):
        assert (await world.client.get(path)).status_code == 404
        assert (await world.client.post(path, data={"score": "4"})).status_code == 404
    for path in (f"/v1/surveys/i-1-1/{world.tokens.of('i-1-2')}/answer", world.api("i-404-1")):
        answer = await world.client.post(path, json={"score": 4})
        assert answer.status_code == 404
        assert answer.json()["type"] == "urn:dasan:unknown_survey"


async def test_the_api_takes_one_answer(world: World) -> None:
    await world.hear(case("i-1"))
    first = await world.client.post(world.api("i-1-1"), json={"score": 5, "comment": "고맙습니다"})
    world.now += timedelta(minutes=1)
    same = [
        await world.client.post(world.api("i-1-1"), json=sent)
        for sent in (
            {"score": 5, "comment": "고맙습니다"},
            {"score": 5, "comment": " 고맙습니다\r\n"},
        )
    ]
    again = await world.client.post(world.api("i-1-1"), json={"score": 1})
    assert first.status_code == 201
    assert [(one.status_code, one.json()) for one in same] == [(201, first.json())] * 2
    assert world.told() == ["SurveyInvited", "SurveyAnswered"]
    assert first.json() == {
        "survey_id": "i-1-1",
        "status": "answered",
        "answered_at": "2026-11-23T01:00:00Z",
    }
    assert again.status_code == 409
    assert again.json()["type"] == "urn:dasan:already_answered"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "score"),
        ({"score": 0}, "score"),
        ({"score": 6}, "score"),
        ({"score": "5"}, "score"),
        ({"score": 4.5}, "score"),
        ({"score": 5, "comment": "x" * 2001}, "comment"),
        ({"score": 5, "note": "x"}, "note"),
        ({"score": 5, "comment": "\ud800"}, "comment"),
    ],
)
async def test_the_api_names_the_field_at_fault(
    world: World, body: dict[str, Any], field: str
) -> None:
    await world.hear(case("i-1"))
    answer = await world.client.post(
        world.api("i-1-1"), content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_a_database_that_is_away_is_said_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*anything: Any) -> Any:
        raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    await world.hear(case("i-1"))
    for call in ("load", "save"):
        monkeypatch.setattr(world.store, call, away)
    page = await world.client.get(world.page("i-1-1"))
    form = await world.client.post(world.page("i-1-1"), data={"score": "4"})
    api = await world.client.post(world.api("i-1-1"), json={"score": 4})
    for answer in (page, form, api):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]


async def test_figures_of_a_view_that_is_away_are_refused_politely(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> Any:
        raise DomainError("view_away", Kind.UNAVAILABLE, "try again")

    monkeypatch.setattr(FixedWindows, "figures", away)
    answer = await world.client.get("/v1/satisfaction")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:dasan:view_away")
    assert int(answer.headers["Retry-After"]) > 0


async def test_satisfaction_of_the_city_and_its_offices(world: World) -> None:
    await world.hear(case("i-1"), case("i-2"), case("i-3"), case("i-4", office="c-9"))
    for survey, score in (("i-1-1", 5), ("i-2-1", 4)):
        await world.client.post(world.api(survey), json={"score": score})
    figures = (await world.client.get("/v1/satisfaction")).json()
    assert figures["city"] == {
        "points": 87.5,
        "answered": 2,
        "invited": 4,
        "response_rate": 0.5,
    }
    assert figures["offices"] == [
        {"office_id": "c-9", "points": None, "answered": 0, "invited": 1, "response_rate": 0.0},
        {
            "office_id": "d-11140",
            "points": 87.5,
            "answered": 2,
            "invited": 3,
            "response_rate": 0.6667,
        },
    ]
    assert figures["window"] == {
        "size_seconds": 3600,
        "hours": [
            {
                "from": "2026-11-23T01:00:00Z",
                "to": "2026-11-23T02:00:00Z",
                "points": 87.5,
                "answered": 2,
                "invited": 4,
                "response_rate": 0.5,
            }
        ],
    }


@pytest.mark.parametrize(
    ("sent", "kept"), [("a\x00b\x1b[2J\nc", "a b [2J\nc"), ("\u3164\u200b\x00", ""), ("", "")]
)
async def test_a_comment_is_plain_words_by_either_way_in(
    world: World, sent: str, kept: str
) -> None:
    await world.hear(case("i-1"), case("i-2"))
    await world.client.post(world.api("i-1-1"), json={"score": 5, "comment": sent})
    await world.client.post(world.page("i-2-1"), data={"score": "5", "comment": sent})
    stored = [document.state for document in world.store.documents.values()]
    assert [one.comment for one in stored if isinstance(one, Answered)] == [kept, kept]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_there_in_every_language_and_any_may_be_chosen(
    world: World, language: str
) -> None:
    await world.hear(case("i-1", "ko"))
    page = f"{world.page('i-1-1')}?lang={language}"
    shown = await world.client.get(page)
    faulty = await world.client.post(page, data={})
    thanks = await world.client.post(page, data={"score": "3"})
    already = await world.client.get(page)
    unknown = await world.client.get(f"{page.replace('i-1-1', 'i-1-2')}")
    pages = (shown, faulty, thanks, already, unknown)
    assert [one.status_code for one in pages] == [200, 422, 200, 200, 404]
    for one in pages:
        assert f'<html lang="{language}">' in one.text
        assert one.headers["Content-Language"] == language
    assert len({one_heading(one) for one in pages}) == 4


async def test_a_link_that_was_cut_is_answered_in_the_browsers_language(world: World) -> None:
    page = await world.client.get("/s/x/y", headers={"Accept-Language": "vi, en;q=0.5"})
    assert page.status_code == 404
    assert '<html lang="vi">' in page.text
