"""What routing asks citizens back, what becomes of their answers, and what its people see of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest
from dasan.intake.v1 import contacts_pb2 as pb
from prometheus_client import REGISTRY

from services import cities
from services.common.aggregates.ticker import Ticker
from services.common.aggregates.update import Loaded
from services.common.consuming.consume import Ack, Retry
from services.routing.application.watches import UnroutedWatch
from services.routing.domain.assignment.dates import ON_THE_WAY
from services.routing.domain.assignment.events import (
    InquiryAssigned,
    InquiryUnrouted,
    PlaceAsked,
    ServiceAsked,
    UnroutedReason,
)
from services.routing.domain.assignment.model import Assignment
from tests.component.routing.world import NOW, Service, alive, answer, open_routing, received
from tests.support.callers import header
from tests.support.kit import part
from tests.support.memory import MemoryStore
from tests.unit.routing.town import TOWN, asks

HILL = pb.Place(dong_code="hill")
OF_CITIZENS = {"waiting_for": "citizen"}
UNSURE = "도와주세요"
MAYBE_SEALED = "구청 직원이 뒷돈을 요구하고 반말까지 합니다"


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing(asks(TOWN)) as made:
        yield made


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    async with open_routing(cities.load("seoul")) as made:
        yield made


async def lamp_without_a_place(service: Service, inquiry_id: str = "a") -> PlaceAsked:
    service.intake.holds(inquiry_id, "The lamp of Kim Minji is out")
    assert await service.routing.handle([received(inquiry_id, "lamp")]) == [Ack()]
    [told] = service.told(inquiry_id)
    assert isinstance(told, PlaceAsked)
    return told


async def test_an_answer_is_fetched_with_its_place_and_leads_to_the_office(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await lamp_without_a_place(service)
    assert "routing.asked" in caplog.messages
    assert "routing.unrouted" not in caplog.messages
    service.intake.holds("a", "The lamp of Kim Minji is out", HILL)
    assert await service.routing.handle([answer("a"), answer("a")]) == [Ack(), Ack()]
    assert await service.routing.handle([answer("a", name="again")]) == [Ack()]
    (_, *told) = service.told("a")
    [assigned] = told
    assert isinstance(assigned, InquiryAssigned)
    assert (assigned.office_id, assigned.matter.dong_code) == ("d-east", "hill")
    purposes = {request.purpose for request in service.intake.asked}
    assert purposes == {pb.PURPOSE_ROUTE}
    assert "Minji" not in repr(service.store.documents)
    assert "Minji" not in caplog.text


async def test_an_answer_that_comes_first_is_tried_again(service: Service) -> None:
    service.intake.holds("a", "", HILL)
    assert await service.routing.handle([answer("a")]) == [Retry(slug="unknown_assignment")]
    await lamp_without_a_place(service)
    assert await service.routing.handle([answer("a", 2)]) == [Retry(slug="unknown_question")]
    del service.intake.words["a"]
    assert await service.routing.handle([answer("a")]) == [Retry(slug="words_missing")]


class Meeting(MemoryStore[Assignment]):
    """A store in which two replicas read a document before either writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.both: asyncio.Barrier | None = None

    async def load(self, ids: Iterable[str]) -> Loaded[Assignment]:
        found = await super().load(ids)
        if self.both is not None:
            both, waits = self.both, self.both.parties - self.both.n_waiting
            if waits == 1:
                self.both = None
            await both.wait()
        return found


async def test_of_two_answers_at_two_replicas_one_counts(service: Service) -> None:
    store = Meeting()
    service.store = store
    # Each remembers what it has saved itself: a third one receives the inquiry.
    first, *replicas = [service.asking(service.channel) for _ in range(3)]
    for replica in (first, *replicas):
        await alive(replica)
    service.intake.holds("a", "")
    assert await first.handle([received("a", "lamp")]) == [Ack()]
    service.intake.holds("a", "", HILL)
    store.both = asyncio.Barrier(2)
    outcomes = await asyncio.gather(
        replicas[0].handle([answer("a", name="one")]),
        replicas[1].handle([answer("a", name="other", none=True)]),
    )
    assert [list(settled) for settled in outcomes] == [[Ack()], [Ack()]]
    assert store.both is None, "they met"
    # The first replica's own run has told the question.
    [told] = service.told("a")
    assert isinstance(told, InquiryAssigned | InquiryUnrouted)
    assert store.documents["a"].version == 2


async def test_what_waits_for_a_citizen_is_not_a_persons_work_yet(service: Service) -> None:
    asked = await lamp_without_a_place(service)
    assert (await service.http.get("/v1/unrouted")).json()["items"] == []
    told = (await service.http.get("/v1/unrouted", params=OF_CITIZENS)).json()
    assert told["waiting"] == 1
    [item] = told["items"]
    assert item["asked"]["question"] == "where"
    assert item["asked"]["text"]["en"].startswith("Where is it?")
    assert item["asked"]["answer_by"] == asked.answer_by.isoformat().replace("+00:00", "Z")
    watch = UnroutedWatch(service.queue, clock=service.clock, remind=timedelta(minutes=5))
    await watch.look()
    assert REGISTRY.get_sample_value("dasan_unrouted") == 0
    assert REGISTRY.get_sample_value("dasan_asked") == 1
    service.now = asked.due_at + timedelta(seconds=1)
    await watch.look()
    assert REGISTRY.get_sample_value("dasan_unrouted_overdue") == 1
    answer_ = await service.http.get("/v1/unrouted", params={"waiting_for": "nobody"})
    assert answer_.status_code == 422


async def test_an_explanation_shows_what_was_asked_and_what_came_of_it(service: Service) -> None:
    await lamp_without_a_place(service)
    explained = (await service.http.get("/v1/assignments/a")).json()
    assert (explained["status"], explained["asked"]["number"]) == ("unrouted", 1)
    order = {"office": "d-east", "service_code": "lamp"}
    assigned = await service.http.post("/v1/unrouted/a/assign", json=order)
    assert assigned.status_code == 200
    explained = (await service.http.get("/v1/assignments/a")).json()
    assert explained["asked"] is None
    assert [question["ended"] for question in explained["questions"]] == ["by_person"]
    assert await service.routing.handle([answer("a")]) == [Ack()]
    assert [type(event) for event in service.told("a")] == [PlaceAsked, InquiryAssigned]


async def test_when_the_time_is_over_an_office_finds_out_or_a_person_looks(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await lamp_without_a_place(service)
    service.intake.holds("b", "", pb.Place(dong_code="w2"))
    await service.routing.handle([received("b", "market-stall")])
    [of_permit] = service.told("b")
    assert isinstance(of_permit, PlaceAsked)
    ticker = part(service.routing, Ticker)
    service.now = max(asked.answer_by, of_permit.answer_by) + ON_THE_WAY
    with caplog.at_level(logging.WARNING):
        await ticker.tick()
    assert "routing.unrouted" in caplog.messages
    found_out, waits = service.told("a")[-1], service.told("b")[-1]
    assert isinstance(found_out, InquiryAssigned)
    assert (found_out.rule, found_out.office_id) == ("find_out", "c-hall")
    assert isinstance(waits, InquiryUnrouted)
    assert waits.reason is UnroutedReason.NOT_ANSWERED
    [item] = (await service.http.get("/v1/unrouted")).json()["items"]
    assert (item["inquiry_id"], item["reason"]) == ("b", "not_answered")
    assert [question["ended"] for question in item["questions"]] == ["not_answered"]


async def test_words_that_may_mean_several_services_are_asked_about(seoul: Service) -> None:
    seoul.intake.holds("a", UNSURE)
    await seoul.routing.handle([received("a")])
    [told] = seoul.told("a")
    assert isinstance(told, ServiceAsked)
    [item] = (await seoul.http.get("/v1/unrouted", params=OF_CITIZENS)).json()["items"]
    guessed = [guess["service_code"] for guess in item["guesses"]]
    assert list(told.candidate_service_codes) == item["asked"]["candidates"]
    assert set(told.candidate_service_codes) <= set(guessed)
    assert (item["reason"], item["guesses"][0]["terms"]) == ("unsure", [UNSURE])
    assert item["guesses"][0]["names"]["ko"]
    chosen = told.candidate_service_codes[0]
    await seoul.routing.handle([answer("a", service_code=chosen)])
    explained = (await seoul.http.get("/v1/assignments/a")).json()
    assert (explained["service_code"], explained["inputs"]["category"]) == (chosen, "asked")
    assert [guess["service_code"] for guess in explained["inputs"]["guesses"]] == guessed


async def test_where_a_report_may_be_meant_nobody_is_asked_and_no_list_says_so(
    seoul: Service,
) -> None:
    """Anti-Corruption Act 64: who reports corruption is protected."""
    seoul.intake.holds("a", MAYBE_SEALED)
    await seoul.routing.handle([received("a")])
    [told] = seoul.told("a")
    assert isinstance(told, InquiryUnrouted)
    assert told.reason is UnroutedReason.UNSURE
    report = seoul.city.service_label("corruption")
    for path in ("/v1/unrouted", "/v1/assignments/a", "/v1/decisions/a"):
        shown = (await seoul.http.get(path)).text
        assert "corruption" not in shown
        assert report not in shown
    [item] = (await seoul.http.get("/v1/unrouted")).json()["items"]
    assert item["guesses"]
    seen = (await seoul.http.get("/v1/unrouted", headers=header("sealed-desk"))).json()
    assert "corruption" in [one["service_code"] for one in seen["items"][0]["guesses"]]
    report = seoul.city.service("corruption").names["ko"]
    told_all = (await seoul.http.get("/v1/decisions/a?language=ko")).text
    told_few = await seoul.http.get("/v1/decisions/a", headers=header("sealed-desk"))
    assert (report in told_all, report in told_few.text) == (False, True)


async def test_the_clock_starts_at_the_receipt_also_for_what_is_asked(seoul: Service) -> None:
    """「민원 처리에 관한 법률」 names no pause for such a question: Seoul's practice is `no`."""
    seoul.intake.holds("a", "")
    await seoul.routing.handle([received("a", "bulky-waste")])
    [asked] = seoul.told("a")
    assert isinstance(asked, PlaceAsked)
    seoul.intake.holds("a", "", pb.Place(dong_code="1168064000"))
    seoul.now = NOW + timedelta(hours=1)
    await seoul.routing.handle([answer("a")])
    (_, assigned) = seoul.told("a")
    assert isinstance(assigned, InquiryAssigned)
    assert assigned.due_at == asked.due_at
