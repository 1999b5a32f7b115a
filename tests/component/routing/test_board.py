"""The board as a browser without scripts gets it, and its stream over a real port."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from prometheus_client import REGISTRY

from services import cities
from services.cities import Channel, Matter
from services.common.edge.http_kit import FINISH_WITHIN_SECONDS, HttpServer
from services.common.pages import live
from services.common.pages.assets import Assets
from services.common.pages.live import Live
from services.common.run.service import running
from services.routing.domain.heard import InquiryReceived
from services.routing.domain.lately import Lately
from services.routing.domain.matters import Whereabouts
from services.routing.entrypoints.pages import BOARD_LANGUAGES
from tests.component.routing import busy
from tests.component.routing.world import NOW, Service, lying, open_routing
from tests.support.kit import part


@pytest.fixture
async def town() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


async def text(service: Service, path: str = "/board", **query: str) -> str:
    """What a reader reads: without tags, style and scripts, in one line."""
    answer = await service.http.get(path, params=query)
    body = re.sub(r"<(style|head)>.*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
    return " ".join(body.split())


@pytest.mark.parametrize("pack", cities.built_in())
@pytest.mark.parametrize("language", BOARD_LANGUAGES)
async def test_it_shows_any_city_and_says_what_the_figures_say(pack: str, language: str) -> None:
    city = cities.load(pack)
    async with open_routing(city) as service:
        service.matters.matters = busy.matters(city, NOW)
        service.news.told = busy.hour(city, NOW)
        page = await service.http.get("/board", params={"lang": language})
        figures = (await service.http.get("/v1/workload")).json()
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    cells = re.findall(r"<td[^>]*>([\d,]+)</td>", page.text.partition("<tfoot>")[2])[:3]
    total = figures["city"]
    assert [int(cell.replace(",", "")) for cell in cells] == [
        total["open"],
        total["due_today"],
        total["overdue"],
    ]
    assert f"<b>{total['open']:,}</b>" in page.text
    # The map and the table show the same areas.
    areas = re.findall(r'id="area-(\w+)"', page.text)
    assert areas == re.findall(r'id="row-(\w+)"', page.text)
    assert len(areas) == len({o.district for o in city.offices.values() if o.district})


async def test_a_district_shows_its_offices(town: Service) -> None:
    town.matters.matters = [
        lying("d-west"),
        lying("o-mill"),
        lying("o-mill", due=NOW - timedelta(hours=1)),
        lying("d-east"),
    ]
    whole = await text(town, lang="en")
    assert "Westbank: 3 open, 0 due today, 1 overdue" in whole
    west = await text(town, "/board/districts/west", lang="en")
    assert "Westbank at work" in west
    assert "Mill 2 0 1" in west
    assert "Hill" not in west
    unknown = await town.http.get("/board/districts/north")
    assert unknown.status_code == 404
    assert (await town.http.get("/board/live?district=north")).status_code == 404


async def test_it_is_open_like_the_figures_and_kept_nowhere(town: Service) -> None:
    page = await town.http.get("/board", headers={"Authorization": ""})
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    if live.scripts(Assets()):
        assert "script-src 'self';" in policy
        assert "connect-src 'self';" in policy
        for script in re.findall(r'<script src="([^"]+)"', page.text):
            assert (await town.http.get(script)).status_code == 200
    else:
        assert "script-src" not in policy
    assert "<script>" not in page.text


async def test_what_is_away_says_so_and_the_rest_is_shown(town: Service) -> None:
    town.matters.away = True
    town.news.told.add(InquiryReceived(matter=MATTER), NOW)
    seen = await text(town, lang="en")
    assert "Open being counted" in seen
    assert "Received in the last hour 1 matter Satisfaction" in seen
    town.matters.away, town.news.away = False, True
    town.seconds += 1
    seen = await text(town, lang="en")
    assert "Open 0 matters" in seen
    assert "Received in the last hour being counted" in seen


async def test_all_pages_of_a_moment_show_one_city_and_cost_one_look(town: Service) -> None:
    town.matters.matters = [lying("d-west")]
    assert "Open 1 matter Due" in await text(town, lang="en")
    town.matters.matters = []
    assert "처리 중 1 건" in await text(town, lang="ko")
    town.seconds += 2
    assert "처리 중 0 건" in await text(town, lang="ko")


MATTER = Matter(
    receipt_number="261123-00001-1",
    channel=Channel.WEB,
    language="en",
    received_at=NOW - timedelta(minutes=1),
    has_contact=True,
    service_code="lamp",
    district_code="west",
    dong_code="mill",
)


async def test_nothing_that_happened_to_a_sealed_matter_is_shown() -> None:
    city = cities.load("seoul")
    async with open_routing(city) as service:
        sealed = next(iter(city.sealed))
        service.news.told = Lately()
        for code in (sealed, "pothole"):
            service.news.told.add(InquiryReceived(matter=replace(MATTER, service_code=code)), NOW)
        seen = await text(service, lang="en")
    assert city.service("pothole").names["en"] in seen
    assert city.service(sealed).names["en"] not in seen
    assert MATTER.receipt_number not in seen


async def test_who_asks_for_the_headers_alone_watches_nothing(town: Service) -> None:
    """A stream without a body would hold its place and its connection for ever."""
    async with running([part(town.routing, Live)]), asyncio.timeout(5):
        answer = await town.http.head("/board/live")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert (await town.http.head("/board")).headers["content-length"] != "0"
    assert part(town.routing, Live).watchers == 0


async def test_no_figure_counts_a_sealed_matter() -> None:
    """Who subtracts what is told of an office's other matters would have its reports."""
    city = cities.load("seoul")
    sealed = next(iter(city.sealed))
    async with open_routing(city) as service:
        lies = lying("d-west").lies
        assert lies is not None
        report = replace(lies, office_id="c-audit", service_code=sealed)
        service.matters.matters = [Whereabouts(lies=report)]
        figures = (await service.http.get("/v1/workload")).json()
        assert (figures["city"]["open"], figures["offices"]) == (0, [])
        assert "Open 0" in await text(service, lang="en")


def measured() -> float:
    """Seconds of all requests for the stream, as a monitor reads them."""
    labels = {"method": "GET", "route": "/board/live", "status": "2xx"}
    name = "dasan_http_server_request_duration_seconds_sum"
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_a_stop_does_not_wait_for_those_who_watch(town: Service) -> None:
    """A browser keeps its stream open for hours; the server's bound for requests in hand is two
    seconds, and offsets and outboxes come after it. Nor do those hours pass for slow answers."""
    server, streams = part(town.routing, HttpServer), part(town.routing, Live)
    address = f"http://127.0.0.1:{town.settings.routing_http_port}/board/live"
    heard = asyncio.Event()
    before, begins = measured(), 0.0

    async def watch() -> str:
        nonlocal begins
        said, asked = "", time.monotonic()
        async with (
            httpx.AsyncClient(trust_env=False) as client,
            client.stream("GET", address) as answer,
        ):
            begins = time.monotonic() - asked
            async for chunk in answer.aiter_text():
                said += chunk
                if "event: map" in said:
                    heard.set()
        return said

    async with running([streams, server]):
        watching = asyncio.create_task(watch())
        async with asyncio.timeout(10):
            await heard.wait()
        began = time.monotonic()
        town.readiness.drain()
        await server.stop()
        took = time.monotonic() - began
        assert "event: figures" in await watching
    assert took < FINISH_WITHIN_SECONDS / 2
    assert 0 < measured() - before <= begins


async def test_who_works_at_the_edge_is_shown_with_the_pace_and_why(town: Service) -> None:
    assert "Every office answers as much as arrives." in await text(town, lang="en")
    days = [lying("d-west", ago_minutes=60 * 24 * (2 + n % 3)) for n in range(10)]
    town.matters.matters = [*days, lying("d-west", due=NOW - timedelta(hours=1)), lying("d-east")]
    town.seconds += 60
    seen = await text(town, lang="en")
    assert (
        "Westbank District Office more arrives than is answered, and some is overdue"
        " 2.0 / 0.0 11 1 –" in seen
    )
    figures = (await town.http.get("/v1/workload")).json()
    west = next(one for one in figures["offices"] if one["office"]["id"] == "d-west")
    assert (west["trend"], west["strains"]) == ("growing", ["falls_behind"])
    assert (west["arrived_today"], west["arrived_per_day"], west["days_of_work"]) == (1, 2.0, None)
    east = next(one for one in figures["offices"] if one["office"]["id"] == "d-east")
    assert (east["trend"], east["strains"], east["capacity_per_day"]) == ("steady", [], None)


async def test_the_shares_of_the_days_are_drawn_and_written(town: Service) -> None:
    town.matters.matters = [lying("d-west"), lying("d-west"), lying("d-west"), lying("o-mill")]
    seen = await text(town, lang="en")
    assert "2026-11-23 0 0% 3 75% 1 25%" in seen
    assert "2026-11-22 0 0 0" in seen
    today = (await town.http.get("/v1/workload")).json()["days"][-1]
    assert today["shares"] == {"city": 0.0, "district": 0.75, "dong": 0.25}
