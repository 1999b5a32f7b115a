"""What routing does with what it hears, and what it shows to the city's people."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dasan.intake.v1 import contacts_pb2 as pb
from prometheus_client import REGISTRY

from services.cities import PACKS, DayOff, load
from services.common.consuming.consume import Ack, Dead, Retry
from services.common.edge import grpc_kit
from services.common.kernel import DomainError, Kind
from services.common.process.background import Job
from services.common.run.service import running
from services.routing.application.figures import LEAST_AGE_SECONDS, Figures, LoadWatch
from services.routing.application.ports import QueueState
from services.routing.application.present_city import PresentCity
from services.routing.application.watches import UnroutedWatch
from services.routing.domain.assignment.events import (
    InquiryAssigned,
    InquiryUnrouted,
    UnroutedDeadlineRecounted,
    UnroutedReason,
)
from services.routing.domain.assignment.model import WaitingFor
from services.routing.domain.matters import Ended
from tests.component.routing.world import (
    NOW,
    TOWN,
    MemoryQueue,
    Service,
    alive,
    lying,
    open_routing,
    received,
    refusal,
)
from tests.support.calendars import with_days_off
from tests.support.callers import header
from tests.support.careful import CarefulCity
from tests.support.logs import logged
from tests.support.waiting import until


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


HILL = pb.Place(dong_code="hill")


async def test_a_batch_asks_intake_once_and_keeps_none_of_the_words(service: Service) -> None:
    secret = "the street lamp at the gate of Kim Minji"
    service.intake.holds("a", secret, HILL)
    service.intake.holds("b", "I have an idea")
    service.intake.holds("c", "qwerty")
    batch = [received("a"), received("b"), received("c")]

    assert await service.routing.handle(batch) == [Ack(), Ack(), Ack()]

    [request] = service.intake.asked
    assert (list(request.inquiry_ids), request.purpose) == (["a", "b", "c"], pb.PURPOSE_ROUTE)
    [first], [second], [third] = service.told("a"), service.told("b"), service.told("c")
    assert isinstance(first, InquiryAssigned)
    assert (first.office_id, first.matter.service_code) == ("d-east", "lamp")
    assert first.matter.receipt_number == "261123-a"
    assert isinstance(second, InquiryAssigned)
    assert second.office_id == "c-hall"
    assert isinstance(third, InquiryUnrouted)
    assert third.reason is UnroutedReason.NO_CATEGORY
    assert "Minji" not in repr(service.store.documents)


async def test_words_that_name_the_service_are_read_ahead_and_no_others() -> None:
    city = CarefulCity(TOWN)
    async with open_routing(city) as service:
        service.intake.holds("a", "the street lamp", HILL)
        service.intake.holds("b", "I have an idea", HILL)
        batch = [received("a"), received("b", "lamp"), received("gone")]
        assert await service.routing.handle(batch) == [Ack(), Ack(), Retry(slug="words_missing")]
    assert city.ahead == ["the street lamp"]


async def test_a_rule_whose_office_is_closed_alarms_once_and_the_next_rule_decides(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    town = Path(shutil.copytree(PACKS / "saebom", tmp_path / "town"))
    (town / "departments.csv").write_text(
        "id,name.en,name.ko,by_hand,valid_to\nc-hall,Hall,시청,,\nc-works,Works,건설과,,\n"
        "c-lamps,Lamps,가로등과,yes,2026-10-31\n",
        encoding="utf-8",
    )
    library = (PACKS.parent / "pack" / "competence.yaml").read_text(encoding="utf-8")
    lamps = (
        "rules:\n"
        "  - {id: lamps, names: {en: Lamps, ko: 가로등}, why: {en: Lamps, ko: 가로등},\n"
        "     when: {service: lamp}, to: 'office:c-lamps'}\n"
    )
    (town / "competence.yaml").write_text(library.replace("rules:\n", lamps, 1), encoding="utf-8")
    before = REGISTRY.get_sample_value("dasan_rules_passed_over_total") or 0
    async with open_routing(load(town)) as service:
        for inquiry in ("a", "b"):
            service.intake.holds(inquiry, "", HILL)
            assert await service.routing.handle([received(inquiry, "lamp")]) == [Ack()]
        [told] = service.told("b")
    assert isinstance(told, InquiryAssigned)
    assert (told.office_id, told.rule) == ("d-east", "district_of_place")
    [alarm] = logged(caplog, "rules.office_closed")
    assert (alarm["rule"], alarm["ruleset"]) == ("lamps", "library-1")
    assert REGISTRY.get_sample_value("dasan_rules_passed_over_total") == before + 2


async def test_words_that_intake_does_not_hold_yet_are_asked_for_again(service: Service) -> None:
    service.intake.holds("a", "", HILL)
    outcomes = await service.routing.handle([received("a", "lamp"), received("b", "lamp")])
    assert outcomes == [Ack(), Retry(slug="words_missing")]
    service.intake.holds("b", "", HILL)
    assert await service.routing.handle([received("b", "lamp")]) == [Ack()]
    assert len(service.told("b")) == 1


async def test_a_receipt_that_no_calendar_covers_is_dead_and_harms_no_neighbour(
    service: Service,
) -> None:
    service.intake.holds("a", "", HILL)
    service.intake.holds("b", "", HILL)
    old = received("a", "lamp", at=datetime(1990, 1, 1, tzinfo=UTC))
    outcomes = await service.routing.handle([old, received("b", "lamp")])
    assert outcomes == [Dead("rejected", "out_of_calendar"), Ack()]
    assert "a" not in service.store.documents


async def test_intake_away_makes_the_whole_batch_wait(service: Service) -> None:
    async with grpc_kit.channel("127.0.0.1:9") as nowhere:
        away = service.asking(nowhere)
        await alive(away)
        with pytest.raises(DomainError) as refused:
            await away.handle([received("a", "lamp")])
    assert (refused.value.slug, refused.value.kind) == ("intake_away", Kind.UNAVAILABLE)


async def test_refusals_need_no_words_and_end_in_arbitration(service: Service) -> None:
    service.intake.holds("a", "", HILL)
    await service.routing.handle([received("a", "lamp")])
    await service.routing.handle([refusal("a", 1, "d-east")])
    await service.routing.handle([refusal("a", 1, "d-east"), refusal("a", 2, "c-works")])
    told = [event for event in service.told("a") if isinstance(event, InquiryAssigned)]
    assert [(event.attempt, event.office_id) for event in told] == [
        (1, "d-east"),
        (2, "c-works"),
        (3, "c-hall"),
    ]
    assert told[-1].binding
    assert len(service.intake.asked) == 1


async def test_a_refusal_of_another_round_is_history(service: Service) -> None:
    service.intake.holds("a", "", HILL)
    await service.routing.handle([received("a", "lamp")])
    assert await service.routing.handle([refusal("a", 1, "d-east", round_=2)]) == [Ack()]
    assert len(service.told("a")) == 1


async def test_events_that_come_twice_in_one_batch_have_one_effect(service: Service) -> None:
    service.intake.holds("a", "", HILL)
    again = received("a", "lamp")
    assert await service.routing.handle([again, again]) == [Ack(), Ack()]
    assert await service.routing.handle([again]) == [Ack()]
    assert len(service.told("a")) == 1


async def test_a_refusal_of_an_unknown_inquiry_is_tried_again(service: Service) -> None:
    assert await service.routing.handle([refusal("a", 1, "d-east")]) == [
        Retry(slug="unknown_assignment")
    ]


async def test_an_assignment_explains_itself(service: Service) -> None:
    service.intake.holds("a", "our street lamp", HILL)
    await service.routing.handle([received("a")])
    await service.routing.handle([refusal("a", 1, "d-east")])
    answer = await service.http.get("/v1/assignments/a")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["rule"], told["service_code"]) == (
        "assigned",
        "next_alternative",
        "lamp",
    )
    assert told["inputs"]["terms"] == ["street lamp"]
    assert (told["inputs"]["district_code"], told["inputs"]["place"]) == ("east", "resolved")
    assert [(a["round"], a["attempt"], a["office"]["id"]) for a in told["attempts"]] == [
        (1, 1, "d-east"),
        (1, 2, "c-works"),
    ]
    assert (told["round"], told["kind"], told["permit"]) == (1, "OTHER", False)
    assert told["attempts"][0]["refused"] == "not_competent"
    assert [office["id"] for office in told["alternatives"]] == ["c-hall"]
    assert told["due"]["explanation"]
    korean = (await service.http.get("/v1/assignments/a", params={"language": "ko"})).json()
    assert korean["due"]["explanation"] != told["due"]["explanation"]
    assert korean["due"]["at"] == told["due"]["at"]


async def test_an_unknown_assignment_is_not_found(service: Service) -> None:
    answer = await service.http.get("/v1/assignments/nothing")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:dasan:unknown_assignment")


async def test_the_unrouted_queue_is_listed_without_words_and_emptied_by_hand(
    service: Service,
) -> None:
    service.intake.holds("a", "street lamp, please, says Kim Minji")
    service.intake.holds("b", "gibberish of Kim Minji")
    await service.routing.handle([received("a")])
    service.now += timedelta(seconds=30)
    await service.routing.handle([received("b")])

    answer = await service.http.get("/v1/unrouted")
    told = answer.json()
    assert (told["waiting"], told["overdue"], told["oldest_seconds"]) == (2, 0, 30)
    assert [
        (i["inquiry_id"], i["round"], i["reason"], i["provisional"], i["urgency"])
        for i in told["items"]
    ] == [
        ("a", 1, "no_place", False, "waiting"),
        ("b", 1, "no_category", True, "waiting"),
    ]
    assert "Minji" not in answer.text

    order = {"office": "d-east", "service_code": "lamp"}
    for _ in range(2):
        assigned = await service.http.post("/v1/unrouted/a/assign", json=order)
        assert (assigned.status_code, assigned.json()["rule"]) == (200, "manual")
    events = [type(event) for event in service.told("a")]
    assert events == [InquiryUnrouted, InquiryAssigned]
    assert (await service.http.get("/v1/unrouted")).json()["waiting"] == 1
    explained = (await service.http.get("/v1/assignments/b")).json()
    assert (explained["status"], explained["reason"]) == ("unrouted", "no_category")


@pytest.mark.parametrize(
    ("order", "status", "field"),
    [
        ({"office": "d-nowhere", "service_code": "lamp"}, 422, "office"),
        ({"office": "d-east", "service_code": "nothing"}, 422, "service_code"),
        ({"office": "o-hill", "service_code": "market-stall"}, 422, "office"),
        ({"office": "d-east"}, 422, "service_code"),
        ({"office": "d-east", "service_code": "lamp", "why": "x"}, 422, "why"),
    ],
)
async def test_a_wrong_order_names_its_field(
    service: Service, order: dict[str, str], status: int, field: str
) -> None:
    service.intake.holds("a", "street lamp")
    await service.routing.handle([received("a")])
    answer = await service.http.post("/v1/unrouted/a/assign", json=order)
    assert answer.status_code == status
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_what_is_assigned_is_not_assigned_by_hand(service: Service) -> None:
    service.intake.holds("a", "", HILL)
    await service.routing.handle([received("a", "lamp")])
    order = {"office": "d-west", "service_code": "lamp"}
    answer = await service.http.post("/v1/unrouted/a/assign", json=order)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:dasan:already_assigned")


@pytest.mark.parametrize(
    ("office", "rule", "binding"),
    [("c-works", "designated", True), ("d-west", "transferred", False)],
)
async def test_the_arbitration_desk_designates_a_department_and_transfers_to_a_district(
    service: Service, office: str, rule: str, binding: bool
) -> None:
    service.intake.holds("a", "", HILL)
    await service.routing.handle([received("a", "lamp")])
    await service.routing.handle([refusal("a", 1, "d-east")])
    await service.routing.handle([refusal("a", 2, "c-works")])
    answer = await service.http.post("/v1/assignments/a/designate", json={"office": office})
    assert (answer.status_code, answer.json()["rule"]) == (200, rule)
    last = service.told("a")[-1]
    assert isinstance(last, InquiryAssigned)
    assert (last.attempt, last.office_id, last.binding) == (4, office, binding)


async def test_the_queue_alarms_at_once_and_again_while_somebody_waits(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    watch = UnroutedWatch(service.queue, clock=service.clock, remind=timedelta(minutes=5))
    service.intake.holds("a", "gibberish of Kim Minji")
    with caplog.at_level(logging.WARNING):
        await watch.look()
        assert caplog.messages == []
        await service.routing.handle([received("a")])
        assert caplog.messages == ["routing.unrouted"]
        await watch.look()
        await watch.look()
        assert caplog.messages == ["routing.unrouted", "routing.unrouted_waiting"]
        service.now += timedelta(minutes=5)
        await watch.look()
    assert caplog.messages[2:] == ["routing.unrouted_waiting"]
    assert REGISTRY.get_sample_value("dasan_unrouted") == 1
    assert "Minji" not in caplog.text


async def test_a_database_that_is_away_does_not_end_the_watch(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    class Away(MemoryQueue):
        async def state(
            self, waiting_for: WaitingFor, now: datetime, hidden: Collection[str] = ()
        ) -> QueueState:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    watch = UnroutedWatch(Away(service.store), clock=service.clock, remind=timedelta(minutes=5))
    with caplog.at_level(logging.WARNING):
        await watch.look()
    assert caplog.messages == ["routing.queue_unknown"]


async def test_the_workload_is_told_by_office_and_by_whose_it_is(service: Service) -> None:
    service.matters.matters = [
        lying("o-mill"),
        lying("o-mill", due=NOW - timedelta(hours=1)),
        lying("d-west", due=NOW + timedelta(hours=1)),
        replace(lying("d-west"), ended=Ended(round=1, at=NOW)),
    ]
    answer = (await service.http.get("/v1/workload")).json()
    assert answer["as_of"] == "2026-11-23T01:00:00Z"
    assert answer["city"] == {"open": 3, "due_today": 1, "overdue": 1}
    assert answer["workloads"] == {
        "city": {"open": 0, "due_today": 0, "overdue": 0},
        "district": {"open": 1, "due_today": 1, "overdue": 0},
        "dong": {"open": 2, "due_today": 0, "overdue": 1},
    }
    assert [(o["office"]["id"], o["open"], o["overdue"]) for o in answer["offices"]] == [
        ("d-west", 1, 0),
        ("o-mill", 2, 1),
    ]
    assert answer["offices"][1]["office"]["names"]["en"]


async def test_the_load_is_shown_to_a_monitor_while_it_is_known(service: Service) -> None:
    """An old figure would look like a new one, so a view that is away shows none."""

    def load() -> list[float | None]:
        return [
            REGISTRY.get_sample_value(name, {"workload": workload})
            for workload in ("city", "district", "dong")
            for name in (
                "dasan_matters_open",
                "dasan_matters_due_today",
                "dasan_matters_overdue",
                "dasan_matters_arrived_today",
            )
        ]

    service.matters.matters = [
        lying("o-mill"),
        lying("o-mill", due=NOW - timedelta(hours=1)),
        lying("d-west", due=NOW + timedelta(hours=1)),
    ]
    figures = Figures(
        service.matters,
        city=service.city,
        present=PresentCity(
            service.city, service.offices, service.delegations, clock=service.clock
        ),
        clock=service.clock,
        monotonic=lambda: service.seconds,
    )
    watch = LoadWatch(figures)
    await watch.look()
    for strain in ("falls_behind", "over_capacity"):
        assert REGISTRY.get_sample_value("dasan_offices_strained", {"strain": strain}) == 0
    assert load() == [0, 0, 0, 0, 1, 1, 0, 1, 2, 0, 1, 2]
    service.matters.away = True
    with pytest.raises(DomainError):
        await watch.look()
    assert load() == [None] * 12
    assert REGISTRY.get_sample_value("dasan_offices_strained", {"strain": "falls_behind"}) is None
    jobs = [part.name for part in service.routing.parts if isinstance(part, Job)]
    assert "load_watch" in jobs


async def test_a_surge_is_told_with_what_is_usual(service: Service) -> None:
    old = lying("o-mill", ago_minutes=60 * 24 * 30)
    service.matters.matters = [old, *(lying("o-mill") for _ in range(9))]
    answer = (await service.http.get("/v1/surges")).json()
    assert answer["days_compared"] == 7
    [surge] = answer["surges"]
    assert (surge["service_code"], surge["dong_code"], surge["count"]) == ("lamp", "mill", 9)
    assert (surge["usual_per_hour"], surge["times_usual"]) == (0.048, 189.0)
    assert surge["service_names"]["en"]
    assert surge["dong_names"]["en"]


@pytest.mark.parametrize("path", ["/v1/workload", "/v1/surges"])
async def test_figures_of_a_view_that_is_away_are_refused_politely(
    service: Service, path: str
) -> None:
    assert (await service.http.get(path)).status_code == 200
    service.matters.away = True
    answer = await service.http.get(path)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:dasan:view_away")
    assert answer.headers["Retry-After"]


async def test_many_readers_share_a_count_for_a_second(service: Service) -> None:
    async def opened() -> int:
        return int((await service.http.get("/v1/workload")).json()["city"]["open"])

    assert await opened() == 0
    service.matters.matters = [lying("o-mill")]
    assert await opened() == 0
    service.seconds += LEAST_AGE_SECONDS
    assert await opened() == 1


@pytest.mark.parametrize(("caller", "status"), [("", 401), ("somebody", 401), ("notify", 403)])
async def test_only_a_desk_sees_where_an_inquiry_lies_and_gives_it_to_an_office(
    service: Service, caller: str, status: int
) -> None:
    service.intake.holds("a", "street lamp")
    await service.routing.handle([received("a")])
    order = {"office": "d-east", "service_code": "lamp"}
    for path in ("/v1/unrouted/a/assign", "/v1/assignments/a/designate"):
        answer = await service.http.post(path, json=order, headers=header(caller))
        assert answer.status_code == status
    for path in ("/v1/unrouted", "/v1/assignments/a"):
        assert (await service.http.get(path, headers=header(caller))).status_code == status
    assert (await service.http.get("/v1/unrouted")).json()["waiting"] == 1


async def test_a_declared_holiday_moves_the_queue_once_at_the_start(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.intake.holds("a", "The lamp is broken")
    await service.routing.handle([received("a", "lamp")])
    [unrouted] = service.told("a")
    assert isinstance(unrouted, InquiryUnrouted)
    day = unrouted.due_at.astimezone(service.city.timezone).date()
    names = {"en": "Holiday", "ko": "임시공휴일"}
    holiday = DayOff(day=day, names=names, source="a test")
    service.city = with_days_off(service.city, [holiday])
    for rounds in (1, 2):
        started = service.asking(service.channel)
        await alive(started)
        [job] = [part for part in started.parts if part.name == "recount"]
        with caplog.at_level(logging.INFO):
            async with running([job]):
                await until(lambda: caplog.messages.count("queue.recounted") == rounds)  # noqa: B023
    assert service.store.documents["a"].version == 2
    (*_, moved) = service.told("a")
    assert isinstance(moved, UnroutedDeadlineRecounted)
    assert moved.due_before == unrouted.due_at
    shown = (await service.http.get("/v1/unrouted")).json()["items"]
    assert datetime.fromisoformat(shown[0]["due_at"]) == moved.due_at
