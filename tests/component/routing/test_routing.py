"""Routing as its bootstrap assembles it, on a store in memory, intake as a real gRPC server."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx
import pytest
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import (
    ContactsServiceServicer,
    add_ContactsServiceServicer_to_server,
)
from prometheus_client import REGISTRY

from services import cities
from services.cities import Channel, Matter
from services.common import rpc
from services.common.assembly import Assembled
from services.common.consume import Ack, Dead, Incoming, Retry
from services.common.kernel import DomainError, Kind
from services.routing.adapters.intake import IntakeWords
from services.routing.adapters.wire import wire
from services.routing.application.figures import LEAST_AGE_SECONDS
from services.routing.application.handlers import UnroutedWatch
from services.routing.application.ports import QueueState
from services.routing.bootstrap import assemble
from services.routing.domain.competence import workload_of
from services.routing.domain.events import (
    CaseDeclined,
    DeclineReason,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    UnroutedReason,
)
from services.routing.domain.matters import Ended, Lies, Whereabouts
from services.routing.domain.model import Assignment, Unrouted
from services.routing.settings import RoutingSettings
from tests.support.callers import KEY, header
from tests.support.kit import incoming, kit_in_memory, known
from tests.support.memory import MemoryStore

TOWN = cities.load("saebom")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WIRE = wire()


class Intake(ContactsServiceServicer):
    """Holds what citizens wrote; remembers what it was asked."""

    def __init__(self) -> None:
        self.words: dict[str, pb.Words] = {}
        self.asked: list[pb.GetWordsRequest] = []

    def holds(self, inquiry_id: str, text: str, place: pb.Place | None = None) -> None:
        self.words[inquiry_id] = pb.Words(inquiry_id=inquiry_id, text=text, place=place)

    async def GetWords(self, request: pb.GetWordsRequest, context: Any) -> pb.GetWordsResponse:
        self.asked.append(request)
        known = [self.words[id_] for id_ in request.inquiry_ids if id_ in self.words]
        missing = [id_ for id_ in request.inquiry_ids if id_ not in self.words]
        return pb.GetWordsResponse(words=known, missing=missing)


class MemoryQueue:
    """The unrouted queue of a store in memory."""

    def __init__(self, store: MemoryStore[Assignment]) -> None:
        self._store = store

    async def state(self, now: datetime, hidden: Collection[str] = ()) -> QueueState:
        waiting = self._waiting(hidden)
        return QueueState(
            waiting=len(waiting),
            oldest=min((state.unrouted_at for state in waiting), default=None),
            overdue=sum(state.decision.due_at < now for state in waiting),
        )

    async def due_first(self, limit: int, hidden: Collection[str] = ()) -> Sequence[Unrouted]:
        waiting = self._waiting(hidden)
        waiting.sort(key=lambda state: (state.decision.due_at, state.unrouted_at))
        return waiting[:limit]

    def _waiting(self, hidden: Collection[str]) -> list[Unrouted]:
        states = [stored.state for stored in self._store.documents.values()]
        waiting = [state for state in states if isinstance(state, Unrouted)]
        return [state for state in waiting if state.matter.service_code not in hidden]


class FixedMatters:
    """A view that shows what a test wants, or is away."""

    def __init__(self) -> None:
        self.matters: list[Whereabouts] = []
        self.away = False

    def known(self) -> list[Whereabouts]:
        if self.away:
            raise DomainError("view_away", Kind.UNAVAILABLE, "the live view is away")
        return list(self.matters)


@dataclass
class Service:
    """Routing with everything around it."""

    intake: Intake
    channel: grpc.aio.Channel
    store: MemoryStore[Assignment] = field(default_factory=MemoryStore)
    matters: FixedMatters = field(default_factory=FixedMatters)
    now: datetime = NOW
    seconds: float = 0
    queue: MemoryQueue = field(init=False)
    routing: Assembled = field(init=False)
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.queue = MemoryQueue(self.store)
        self.routing = self.asking(self.channel)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.routing.web),
            base_url="http://routing",
            headers=header("desk"),
        )

    def asking(self, channel: grpc.aio.Channel) -> Assembled:
        """Routing on this store, with this channel to intake."""
        return assemble(
            kit_in_memory(
                "routing",
                RoutingSettings(service_key=KEY),
                clock=self.clock,
                monotonic=lambda: self.seconds,
            ),
            city=TOWN,
            store=self.store,
            queue=self.queue,
            words=IntakeWords(channel),
            matters=self.matters,
        )

    def clock(self) -> datetime:
        return self.now

    def told(self, inquiry_id: str) -> list[object]:
        stored = self.store.documents[inquiry_id]
        return [WIRE.decode(e.type, e.key, e.data) for e in stored.outbox]


@asynccontextmanager
async def intake_at(servicer: Intake) -> AsyncIterator[str]:
    server = grpc.aio.server()
    add_ContactsServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    intake = Intake()
    async with intake_at(intake) as address, rpc.channel(address) as channel:
        made = Service(intake=intake, channel=channel)
        await known(made.routing)
        async with made.http:
            yield made


def received(inquiry_id: str, service_code: str = "", at: datetime = NOW) -> Incoming:
    matter = Matter(
        receipt_number=f"261123-{inquiry_id}",
        channel=Channel.WEB,
        language="en",
        received_at=at,
        has_contact=False,
        service_code=service_code,
    )
    event = InquiryReceived(inquiry_id=inquiry_id, matter=matter)
    return incoming(event, f"received-{inquiry_id}")


def refusal(inquiry_id: str, attempt: int, office: str, round_: int = 1) -> Incoming:
    event = CaseDeclined(
        inquiry_id=inquiry_id,
        round=round_,
        attempt=attempt,
        office_id=office,
        reason=DeclineReason.NOT_COMPETENT,
        suggested_office_id="",
    )
    return incoming(event, f"refusal-{inquiry_id}-{round_}-{attempt}")


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
    async with rpc.channel("127.0.0.1:9") as nowhere:
        away = service.asking(nowhere)
        await known(away)
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
        async def state(self, now: datetime, hidden: Collection[str] = ()) -> QueueState:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

    watch = UnroutedWatch(Away(service.store), clock=service.clock, remind=timedelta(minutes=5))
    with caplog.at_level(logging.WARNING):
        await watch.look()
    assert caplog.messages == ["routing.queue_unknown"]


def lying(
    office: str, *, due: datetime = NOW + timedelta(days=2), ago_minutes: int = 5
) -> Whereabouts:
    return Whereabouts(
        lies=Lies(
            round=1,
            attempt=1,
            office_id=office,
            workload=workload_of(TOWN.office(office)),
            service_code="lamp",
            dong_code="mill",
            received_at=NOW - timedelta(minutes=ago_minutes),
            due_at=due,
        )
    )


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
