"""What the city's people read in routing's HTTP where the law decides: dates, kinds, referrals,
what is sealed, and the queue."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.routing.v1 import arbitration_pb2
from prometheus_client import REGISTRY

from services import cities
from services.cities import Channel
from services.common.aggregates.ticker import Ticker
from services.routing.application.watches import UnroutedWatch
from services.routing.domain.assignment.events import InquiryUnrouted
from tests.component.routing.world import NOW, Service, lying, open_routing, received, refusal
from tests.support.callers import header, metadata
from tests.support.kit import part

SEOUL = cities.load("seoul")
YEOKSAM_1 = pb.Place(dong_code="1168064000")
# NOW is Monday, 10:00 in Seoul. Petitions Decree 19: at once is three working hours.
AT_ONCE = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 14:00, after lunch
OF_CITIZENS = {"waiting_for": "citizen"}


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    async with open_routing(SEOUL) as made:
        yield made


@pytest.fixture
async def sealed_lamps(tmp_path: Path) -> AsyncIterator[Service]:
    """The town, where lamps are sealed: a district's, so that one without a place is queued."""
    folder = Path(shutil.copytree(cities.PACKS / "saebom", tmp_path / "town"))
    table = folder / "catalogue.csv"
    head, *rows = table.read_text(encoding="utf-8").splitlines()
    rows = [f"{row}," + ("yes" if row.startswith("lamp,") else "") for row in rows]
    table.write_text("\n".join([f"{head},sealed", *rows]), encoding="utf-8")
    async with open_routing(cities.load(folder)) as made:
        yield made


async def explained(service: Service, inquiry_id: str, language: str = "ko") -> dict[str, Any]:
    answer = await service.http.get(f"/v1/assignments/{inquiry_id}", params={"language": language})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def asked(
    service: Service,
    code: str,
    *,
    place: pb.Place | None = None,
    text: str = "",
    channel: Channel = Channel.WEB,
    id_: str = "a",
) -> None:
    service.intake.holds(id_, text, place)
    await service.routing.handle([received(id_, code, channel=channel)])


async def test_an_assumed_period_is_never_shown_as_law(seoul: Service) -> None:
    """The standard of the field complaints is known, that of potholes is not."""
    await asked(seoul, "pothole", place=YEOKSAM_1)
    due = (await explained(seoul, "a"))["due"]
    assert (due["status"], due["label"]["ko"]) == ("assumed", "예상 처리기간(업무 기준)")
    assert "법정 처리기간이 아님" in due["explanation"][-1]
    assert due["source"].startswith("업무 기준 추정")


async def test_a_period_of_the_law_is_shown_with_what_sets_it(seoul: Service) -> None:
    """Petitions Decree 17 (1): a grievance, seven days; Monday counts: Tuesday, 1 December."""
    await asked(seoul, "grievance-official")
    due = (await explained(seoul, "a"))["due"]
    assert (due["status"], due["label"]["ko"]) == ("sourced", "법정 처리기간")
    assert due["source"] == "「민원 처리에 관한 법률 시행령」 제17조제1항"
    assert due["explanation"][-1].startswith("처리기한 2026. 12. 1. ")
    assert due["target"] is None


async def test_an_emergency_has_the_citys_target_beside_the_date_by_law(seoul: Service) -> None:
    """Snow: the target of three hours is assumed, and says so."""
    await asked(seoul, "snow", place=YEOKSAM_1)
    due = (await explained(seoul, "a"))["due"]
    assert due["at"] == AT_ONCE.isoformat().replace("+00:00", "Z")
    assert due["target"]["wanted_by"] == "2026-11-23T04:00:00Z"
    assert due["target"]["status"] == "assumed"


async def test_the_practice_on_transfers_is_shown_as_what_it_is(seoul: Service) -> None:
    await asked(seoul, "pothole", place=YEOKSAM_1)
    practice = (await explained(seoul, "a"))["due"]["transfer_restarts_clock"]
    assert (practice["value"], practice["status"]) == ("no", "assumed")


async def test_what_nobody_understands_has_a_provisional_date_and_says_so(seoul: Service) -> None:
    await asked(seoul, "", text="zzz")
    body = await explained(seoul, "a")
    due = body["due"]
    assert (due["provisional"], due["status"]) == (True, "assumed")
    assert due["label"]["ko"] == "잠정 처리기한(가장 짧은 법정 처리기간)"
    assert due["explanation"][-1].startswith("잠정 처리기한 2026. 11. 23. 14:00")
    english = (await explained(seoul, "a", "en"))["due"]["explanation"]
    assert english[-1].startswith("provisionally due 2026-11-23 14:00")
    assert (body["filing"], body["procedure"]) == (None, None)

    [item] = (await seoul.http.get("/v1/unrouted")).json()["items"]
    assert (item["due_at"], item["provisional"]) == (due["at"], True)
    [told] = seoul.told("a")
    assert isinstance(told, InquiryUnrouted)
    assert told.due_at == AT_ONCE


async def test_what_must_be_a_document_is_said_in_the_explanation_and_in_the_queue(
    seoul: Service,
) -> None:
    """Petitions Act 8, Decree 10 (4)."""
    wanted = {
        "kind": "OTHER",
        "asked": "STATUTORY",
        "needs_document": True,
        "source": "「민원 처리에 관한 법률」 제8조",
    }
    await asked(seoul, "moving-in", channel=Channel.PHONE)
    assert (await explained(seoul, "a"))["filing"] == wanted
    [item] = (await seoul.http.get("/v1/unrouted", params=OF_CITIZENS)).json()["items"]
    assert item["filing"] == wanted
    await asked(seoul, "moving-in", id_="b")
    assert not (await explained(seoul, "b"))["filing"]["needs_document"]


async def test_the_queue_shows_the_question_the_candidates_and_the_suggestion(
    seoul: Service,
) -> None:
    await asked(seoul, "bulky-waste", place=pb.Place(address="역삼동"))
    await asked(seoul, "pothole", place=pb.Place(address="역샴동"), id_="b")
    items = {
        item["inquiry_id"]: item["unclear"]
        for item in (await seoul.http.get("/v1/unrouted", params=OF_CITIZENS)).json()["items"]
    }
    assert items["a"] == {
        "asks": "which_dong",
        "question": {
            "ko": "해당 장소는 여러 동주민센터의 관할에 걸쳐 있습니다. 어느 동에 있습니까?",
            "en": "The place lies in the area of several community offices. In which dong is it?",
        },
        "candidates": ["o-1168064000", "o-1168065000"],
        "suggestion": None,
    }
    assert (items["b"]["asks"], items["b"]["question"]["ko"]) == ("where", "혹시 역삼동입니까?")
    assert items["b"]["suggestion"] == {"ko": "역삼동", "en": "Yeoksam-dong"}
    assert (await explained(seoul, "a"))["inputs"]["unclear"] == items["a"]


async def test_who_does_it_in_the_citys_stead_is_shown_with_the_number(seoul: Service) -> None:
    await asked(seoul, "subway-complaint")
    body = await explained(seoul, "a")
    assert (body["rule"], body["attempts"][0]["office"]["id"]) == ("referred", "c-dasan")
    assert body["refer_to"]["names"]["ko"] == "서울교통공사"
    assert (body["refer_to"]["number"], body["refer_to"]["number_status"]) == (
        "1577-1234",
        "sourced",
    )


async def test_the_case_in_which_another_office_is_competent_is_shown(seoul: Service) -> None:
    await asked(seoul, "pothole", place=YEOKSAM_1)
    split = (await explained(seoul, "a"))["split"]
    assert (split["office"]["id"], split["when"]["ko"]) == (
        "c-road-office",
        "너비 20미터 이상의 도로(특별시도)",
    )


async def test_what_no_petition_is_says_which_procedure_it_follows(seoul: Service) -> None:
    """Ordinance on citizens' participation 11 and 12: a proposal is no petition."""
    await asked(seoul, "proposal")
    assert (await explained(seoul, "a"))["procedure"] == "proposal"


class TestSealed:
    """Anti-Corruption Act 64: who reports corruption is protected."""

    async def test_it_is_as_if_not_there_except_for_its_own_scope(self, seoul: Service) -> None:
        await asked(seoul, "corruption")
        path = "/v1/assignments/a"
        answer = await seoul.http.get(path)
        unknown = await seoul.http.get("/v1/assignments/nothing")
        assert (answer.status_code, answer.json()) == (404, unknown.json())
        seen = await seoul.http.get(path, headers=header("sealed-desk"))
        assert (seen.status_code, seen.json()["service_code"]) == (200, "corruption")

    async def test_no_desk_hands_it_on(self, seoul: Service) -> None:
        await asked(seoul, "corruption")
        order = {"office": "c-dasan", "service_code": "bus-complaint"}
        assert (await seoul.http.post("/v1/unrouted/a/assign", json=order)).status_code == 404
        order = {"office": "c-dasan"}
        answer = await seoul.http.post("/v1/assignments/a/designate", json=order)
        assert answer.status_code == 404

    async def test_their_own_desk_designates_what_its_office_refuses(self, seoul: Service) -> None:
        await asked(seoul, "corruption")
        await seoul.routing.handle([refusal("a", 1, "c-audit")])
        order = {"office": "c-audit"}
        path = "/v1/assignments/a/designate"
        assert (await seoul.http.post(path, json=order)).status_code == 404
        answer = await seoul.http.post(path, json=order, headers=header("sealed-desk"))
        assert answer.status_code == 200, answer.text
        (*_, newest) = answer.json()["attempts"]
        assert (newest["office"]["id"], newest["rule"]) == ("c-audit", "designated")

    async def test_only_their_own_desk_sees_it_in_arbitration(self, seoul: Service) -> None:
        await asked(seoul, "corruption")
        await seoul.routing.handle([refusal("a", 1, "c-audit")])
        seen = {}
        async with seoul.coordinator() as coordinator:
            for desk in ("desk", "sealed-desk"):
                shown = await seoul.http.get("/v1/arbitrations", headers=header(desk))
                said = await coordinator.ListArbitrations(
                    arbitration_pb2.ListArbitrationsRequest(), metadata=metadata(desk)
                )
                seen[desk] = (shown.json()["open"], len(shown.json()["items"]), said.open)
                assert len(said.arbitrations) == said.open
        assert seen == {"desk": (0, 0, 0), "sealed-desk": (1, 1, 1)}

    async def test_it_stands_in_no_list(self, sealed_lamps: Service) -> None:
        await asked(sealed_lamps, "lamp")
        shown = (await sealed_lamps.http.get("/v1/unrouted")).json()
        assert (shown["waiting"], shown["oldest_seconds"], shown["items"]) == (0, None, [])
        seen = await sealed_lamps.http.get("/v1/unrouted", headers=header("sealed-desk"))
        assert [item["inquiry_id"] for item in seen.json()["items"]] == ["a"]
        old = lying("o-mill", ago_minutes=60 * 24 * 30)
        sealed_lamps.matters.matters = [old, *(lying("o-mill") for _ in range(9))]
        assert (await sealed_lamps.http.get("/v1/surges")).json()["surges"] == []


async def test_the_queue_wakes_when_the_time_nears_and_when_it_is_over(
    seoul: Service, caplog: pytest.LogCaptureFixture
) -> None:
    ticker = part(seoul.routing, Ticker)
    watch = UnroutedWatch(seoul.queue, clock=seoul.clock, remind=timedelta(days=1))
    await asked(seoul, "suggestion", id_="c")  # a department's: never woken
    await asked(seoul, "", text="qqq", id_="later")  # due as `a`, waits longer
    await asked(seoul, "", text="zzz of Kim Minji")

    async def at(moment: datetime) -> tuple[list[str], str, float | None]:
        seoul.now = moment
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            await ticker.tick()
            await watch.look()
        items = (await seoul.http.get("/v1/unrouted")).json()["items"]
        [urgency] = [item["urgency"] for item in items if item["inquiry_id"] == "a"]
        said = [r.message for r in caplog.records if getattr(r, "inquiry_id", "") == "a"]
        return said, urgency, REGISTRY.get_sample_value("dasan_unrouted_overdue")

    assert await at(NOW + timedelta(hours=2)) == ([], "waiting", 0)
    assert await at(AT_ONCE - timedelta(hours=1)) == (["routing.unrouted_near_due"], "near", 0)
    assert await at(AT_ONCE) == ([], "near", 0)
    over = AT_ONCE + timedelta(milliseconds=1)
    assert await at(over) == (["routing.unrouted_overdue"], "overdue", 2)
    assert await at(over + timedelta(hours=1)) == ([], "overdue", 2)
    assert "Minji" not in caplog.text
