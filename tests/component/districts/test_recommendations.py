"""The report over HTTP and by hand: who sees which, what is read, and that data stays data."""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from services.cities import Matter
from services.common.aggregates.update import Stored
from services.common.kernel import DomainError
from services.common.pages.assets import Assets
from services.common.run.settings import ServiceSettings
from services.districts.adapters.permits_of_year import permits_in_file
from services.districts.domain.case.model import Answered, Case
from services.districts.domain.delegation.model import Delegation, Entered, Grant
from services.districts.domain.recommendation.decide import Report, recommend
from services.districts.domain.recommendation.record import Permit, Year
from services.districts.domain.recommendation.thresholds import Thresholds
from services.districts.entrypoints.by_hand import COMMANDS
from services.districts.entrypoints.recommendations.page import ReportPages
from services.districts.entrypoints.recommendations.text import as_text
from tests.component.districts.offices import NOW, TOWN, Service
from tests.component.districts.test_changing_offices import record
from tests.support.callers import header
from tests.unit.districts import case

SPAN = {"since": "2026-11-01", "until": "2026-11-30"}
RECEIVED_ON = (NOW - timedelta(hours=1)).astimezone(TOWN.timezone).date()
MARKUP = "<script>alert(1)</script>&\"'"


def of_district(found: Case, district: str, dong: str, inquiry_id: str) -> Case:
    """The same case, of a place."""
    matter: Matter = replace(found.work.matter, district_code=district, dong_code=dong)
    return replace(found, work=replace(found.work, inquiry_id=inquiry_id, matter=matter))


def keep(service: Service, *cases: Case) -> None:
    for each in cases:
        id_ = each.work.inquiry_id
        service.store.documents[id_] = Stored(id=id_, version=1, state=each)


@pytest.fixture
async def web(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """The service with permits of both of the town's districts."""
    granted = case.granted()
    keep(
        service,
        of_district(granted, "west", "mill", "w1"),
        of_district(granted, "west", "mill", "w2"),
        of_district(case.accepted(permit=True), "west", "quay", "w3"),
        of_district(granted, "east", "hill", "e1"),
        of_district(case.answered(), "west", "mill", "no permit"),
    )
    transport = httpx.ASGITransport(app=service.replica.districts.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://districts") as client:
        yield client


async def ask(web: httpx.AsyncClient, key: str, district: str, **more: str) -> httpx.Response:
    return await web.get(
        "/v1/recommendations",
        params={"district": district, **SPAN, **more},
        headers=header(key) if key else {},
    )


async def test_a_district_sees_its_own_permits_and_no_others(web: httpx.AsyncClient) -> None:
    body = (await ask(web, "d-west", "west")).json()
    assert (body["district"], body["received"]) == ("west", 3)
    rows = {row["office"]: row for row in body["recommendations"]}
    assert set(rows) == {"o-mill", "o-quay"}
    assert (rows["o-mill"]["received"], rows["o-mill"]["waiting"]) == (2, 0)
    assert (rows["o-quay"]["received"], rows["o-quay"]["waiting"]) == (1, 1)
    assert rows["o-mill"]["delegated_now"]
    own = (await ask(web, "d-east", "east")).json()
    assert (own["district"], own["received"]) == ("east", 1)


@pytest.mark.parametrize(
    ("kind", "grants", "mill"),
    [
        ("market-stall", (), False),  # the registry has taken back what the pack began with
        ("market-stall", ("o-mill",), True),
        ("market-stall", ("o-quay",), False),
        ("moving-in", (), True),  # the registry says nothing of this kind
    ],
)
async def test_what_is_delegated_is_what_the_registry_holds(
    service: Service, web: httpx.AsyncClient, kind: str, grants: tuple[str, ...], mill: bool
) -> None:
    granted = tuple(
        Grant(
            id=number,
            office_id=office_id,
            legal_basis="town rule 9",
            since=date(2026, 8, 1),
            until=None,
            entered=Entered(office_id="d-west", officer_code="W-1", at=NOW),
        )
        for number, office_id in enumerate(grants, start=1)
    )
    held = Delegation(district="west", service_code=kind, revision=1, grants=granted)
    service.delegations.documents[held.id] = Stored(id=held.id, version=1, state=held)
    body = (await ask(web, "d-west", "west")).json()
    rows = {row["office"]: row for row in body["recommendations"]}
    assert rows["o-mill"]["delegated_now"] is mill


@pytest.mark.parametrize("district", ["west", "nowhere"])
async def test_another_district_answers_like_one_that_is_not_there(
    web: httpx.AsyncClient, district: str
) -> None:
    found = await ask(web, "d-east", district)
    assert (found.status_code, found.json()["type"]) == (404, "urn:dasan:district_unknown")


@pytest.mark.parametrize("key", ["o-mill", "c-hall", "system"])
async def test_who_speaks_for_no_district_sees_no_report(web: httpx.AsyncClient, key: str) -> None:
    assert (await ask(web, key, "west")).status_code == 403


async def test_without_a_key_nobody_sees_a_report(web: httpx.AsyncClient) -> None:
    assert (await ask(web, "", "west")).status_code == 401
    assert (await ask(web, "of nobody", "west")).status_code == 401


async def test_the_city_sees_every_district(web: httpx.AsyncClient) -> None:
    received = [(await ask(web, "desk", code)).json()["received"] for code in ("west", "east")]
    assert received == [3, 1]
    assert (await ask(web, "desk", "nowhere")).status_code == 404


@pytest.mark.parametrize(
    "span",
    [
        {"since": "2026-12-01", "until": "2026-11-01"},
        {"since": "2026-11-28", "until": "2026-11-29"},  # a Saturday and a Sunday
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"since": "9999-12-31", "until": "9999-12-31"},
        {"since": "yesterday"},
    ],
)
async def test_a_span_without_a_working_day_is_refused(
    web: httpx.AsyncClient, span: dict[str, str]
) -> None:
    assert (await ask(web, "d-west", "west", **span)).status_code == 422


async def test_without_a_span_it_is_the_last_year_as_far_as_the_calendar_reaches(
    web: httpx.AsyncClient,
) -> None:
    found = await web.get(
        "/v1/recommendations", params={"district": "west"}, headers=header("d-west")
    )
    # The day is 23 November 2026, and the town's calendar begins with that year.
    assert (found.json()["since"], found.json()["until"]) == ("2026-01-01", "2026-11-22")


async def test_who_reads_html_gets_the_page_in_the_language_that_was_asked_for(
    web: httpx.AsyncClient,
) -> None:
    for language, heading in (
        ("ko", "서안구 민원사무 위임 검토 보고서"),
        ("en", "Westbank: review"),
    ):
        page = await web.get(
            "/v1/recommendations",
            params={"district": "west", "lang": language, **SPAN},
            headers={**header("d-west"), "Accept": "text/html"},
        )
        assert page.status_code == 200
        assert page.headers["content-language"] == language
        assert heading in page.text
        assert "<svg" in page.text
        assert "<script" not in page.text


async def test_no_words_and_no_officers_name_leave(web: httpx.AsyncClient) -> None:
    reply = case.granted()
    assert isinstance(reply, Answered)
    text = (await ask(web, "d-west", "west")).text
    assert reply.reply.answer not in text
    assert reply.reply.officer.name not in text
    assert "w1" not in text


# -- the record of offices ------------------------------------------------------------------------


async def page_of(web: httpx.AsyncClient) -> str:
    """The page of West in English."""
    answer = await web.get(
        "/v1/recommendations",
        params={"district": "west", "lang": "en", **SPAN},
        headers={**header("d-west"), "Accept": "text/html"},
    )
    return answer.text


async def offices_in(web: httpx.AsyncClient) -> set[str]:
    return {row["office"] for row in (await ask(web, "d-west", "west")).json()["recommendations"]}


async def test_offices_are_judged_and_named_as_they_are_recorded(
    service: Service, web: httpx.AsyncClient
) -> None:
    """Red while the report had the city of the pack: the new office was not in it, the old names
    were."""
    await service.replica.districts.offices.seed()
    assert "Millbridge" not in await page_of(web)
    for _ in range(2):
        await record(service, "o-mill", dong="mill", names=("Millbridge", "물레다리동"))
        await record(service, "o-new", dong="new", names=("Newtown", "새동"))
    assert await offices_in(web) == {"o-mill", "o-quay", "o-new"}
    page = await page_of(web)
    assert "Millbridge" in page
    assert "Newtown" in page
    assert "Mill<" not in page


async def test_a_closed_office_is_not_judged_any_more(
    service: Service, web: httpx.AsyncClient
) -> None:
    """Red while the report had the offices of the pack."""
    await service.replica.districts.offices.seed()
    ends = NOW.astimezone(TOWN.timezone).date()
    await record(service, "o-mill", dong="mill", names=("Mill", "물레동"), ends=ends)
    assert await offices_in(web) == {"o-mill", "o-quay"}
    await service.later(timedelta(days=1))
    assert await offices_in(web) == {"o-quay"}


# -- markup ---------------------------------------------------------------------------------------


def report_with_markup() -> Report:
    """Of a town whose pack says markup wherever it says anything."""
    year = Year(
        district="west",
        since=date(2026, 12, 1),
        until=date(2027, 11, 30),
        working_days=lambda a, b: (b - a).days,
    )
    for dong in ("mill", "quay"):
        year.add(permit(dong))
    limits = Thresholds.of(TOWN)
    limits = replace(limits, least_volume=replace(limits.least_volume, source=MARKUP))
    return recommend(TOWN, year, limits, on=date(2027, 12, 1), working_days=250)


def permit(dong: str, **changes: object) -> Permit:
    found = Permit(
        service="market-stall",
        district="west",
        dong=dong,
        office=f"o-{dong}",
        received_on=RECEIVED_ON,
        decided_on=RECEIVED_ON,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_markup_in_data_stays_text(language: str) -> None:
    pages = ReportPages(TOWN, Assets())
    html = bytes(pages.page(TOWN, report_with_markup(), language).body).decode()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in html
    assert MARKUP in as_text(TOWN, report_with_markup(), pages.texts(language), language)


# -- by hand --------------------------------------------------------------------------------------


def run(*arguments: str) -> int:
    [command] = [command for command in COMMANDS if command.name == "recommend"]
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    settings = ServiceSettings(city="saebom")
    return command.run("districts", settings, parser.parse_args(arguments))


def written(folder: Path, permits: Iterable[Permit]) -> str:
    file = folder / "permits.jsonl"
    lines = (
        {
            "service": p.service,
            "district": p.district,
            "dong": p.dong,
            "office": p.office,
            "received_on": p.received_on.isoformat(),
            "decided_on": p.decided_on and p.decided_on.isoformat(),
            "inspected": p.inspected,
            "consulted": p.consulted,
            "refused": p.refused,
            "overturned": p.overturned,
        }
        for p in permits
    )
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return str(file)


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    permits = [
        permit("mill", inspected=True, consulted=False),
        permit("quay", decided_on=None),
        permit("mill", refused=True, overturned=True),
    ]
    assert list(permits_in_file(Path(written(tmp_path, permits)))) == permits


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        "{}",
        '{"service": 1}',
        "[" * 3_000,
        '{"service": "market-stall", "district": "west", "dong": "mill", "office": "o-mill",'
        ' "received_on": "2026-13-01"}',
        '{"service": "market-stall", "district": "west", "dong": "mill", "office": "o-mill",'
        ' "received_on": "2026-12-01", "inspected": "yes"}',
        '{"service": "' + "x" * 5_000 + '"}',
    ],
)
def test_a_line_that_is_no_permit_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "permits.jsonl"
    file.write_text("\n" + line + "\n", encoding="utf-8")
    with pytest.raises(DomainError, match="line 2") as refused:
        list(permits_in_file(file))
    assert line[:20] not in str(refused.value)
    assert run("--from", str(file)) == 2


def test_by_hand_it_says_the_same_in_every_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, [permit("mill")] * 20)
    assert run("--from", file, "--format", "json", "--district", "west") == 0
    [report] = json.loads(capsys.readouterr().out)["reports"]
    assert (report["received"], report["since"]) == (20, RECEIVED_ON.isoformat())
    assert run("--from", file, "--language", "ko") == 0
    text = capsys.readouterr().out
    assert "서안구 민원사무 위임 검토 보고서" in text
    assert "동안구 민원사무 위임 검토 보고서" in text
    assert "delegation_least_volume" in text
    assert run("--from", file, "--format", "html", "--out", str(tmp_path / "pages")) == 0
    assert {page.name for page in (tmp_path / "pages").iterdir()} == {
        "recommendation-east.html",
        "recommendation-west.html",
    }


def test_by_hand_what_cannot_be_used_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, [permit("mill")])
    assert run("--from", file, "--district", "nowhere") == 2
    assert "district_unknown" in capsys.readouterr().out
    assert run("--from", str(tmp_path / "missing.jsonl")) == 2
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert run("--from", str(empty)) == 2
    assert "invalid_span" in capsys.readouterr().out
