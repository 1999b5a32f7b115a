"""What nobody takes and what offices disagree about: who is told, the coordinator's list by HTTP
and gRPC, and the office that is named."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import grpc
import pytest
from dasan.intake.v1 import contacts_pb2
from dasan.routing.v1 import arbitration_pb2 as pb
from dasan.routing.v1 import events_pb2
from prometheus_client import REGISTRY

from services.common.aggregates.ticker import Ticker
from services.common.consuming.consume import Ack, Incoming, Retry
from services.routing.application.watches import DeskWatch
from services.routing.domain.assignment.events import (
    AssignmentEscalated,
    CaseAccepted,
    EscalationLevel,
    PermitDecided,
)
from services.routing.domain.assignment.model import Assigned
from tests.component.routing.world import (
    NOW,
    Service,
    answered,
    open_routing,
    received,
    refusal,
)
from tests.support.callers import header, metadata
from tests.support.kit import incoming, part

DESK = metadata("desk")
HILL = contacts_pb2.Place(dong_code="hill")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


async def refused(service: Service, *ids: str) -> None:
    """Ideas whose only office has refused them, a minute apart: they lie with the desk."""
    for id_ in ids:
        service.intake.holds(id_, "")
        await service.routing.handle([received(id_, "idea"), refusal(id_, 1, "c-hall")])
        service.now += MINUTE


def order(office: str, command_id: str = "") -> pb.DesignateRequest:
    return pb.DesignateRequest(inquiry_id="a", office_id=office, command_id=command_id)


class TestDesignate:
    async def test_an_order_that_is_sent_again_has_the_effect_of_one(
        self, service: Service
    ) -> None:
        await refused(service, "a")
        async with service.coordinator() as coordinator:
            first = await coordinator.Designate(order("d-west", "1"), metadata=DESK)
            again = await coordinator.Designate(order("d-west", "1"), metadata=DESK)
            assert (first.office_id, first.attempt, first.binding) == ("d-west", 3, False)
            assert again == first
            # The same order after the office has refused is answered and changes nothing.
            await service.routing.handle([refusal("a", 3, "d-west")])
            late = await coordinator.Designate(order("d-west", "1"), metadata=DESK)
            assert (late.office_id, late.attempt) == ("c-hall", 4)
            anew = await coordinator.Designate(order("d-west", "2"), metadata=DESK)
            assert (anew.office_id, anew.attempt) == ("d-west", 5)
            await service.routing.handle([answered("a")])
            ended = await coordinator.Designate(order("d-west", "2"), metadata=DESK)
            assert ended == anew

    @pytest.mark.parametrize(
        ("key", "sent", "status", "slug"),
        [
            ("nobody", order("c-works"), grpc.StatusCode.UNAUTHENTICATED, "key_unknown"),
            ("system", order("c-works"), grpc.StatusCode.PERMISSION_DENIED, "not_allowed"),
            ("desk", order("c-nowhere"), grpc.StatusCode.INVALID_ARGUMENT, "unknown_office"),
            (
                "desk",
                order("c-works", "x" * 65),
                grpc.StatusCode.INVALID_ARGUMENT,
                "invalid_command_id",
            ),
            (
                "desk",
                pb.DesignateRequest(inquiry_id="b", office_id="c-works"),
                grpc.StatusCode.NOT_FOUND,
                "unknown_assignment",
            ),
        ],
    )
    async def test_an_order_that_cannot_be_carried_out_says_why(
        self,
        service: Service,
        key: str,
        sent: pb.DesignateRequest,
        status: grpc.StatusCode,
        slug: str,
    ) -> None:
        await refused(service, "a")
        async with service.coordinator() as coordinator:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await coordinator.Designate(sent, metadata=metadata(key))
        assert refusal_of(error.value) == (status, slug)


class TestTheList:
    async def test_what_must_be_decided_first_stands_first_page_by_page(
        self, service: Service
    ) -> None:
        await refused(service, "a", "c")
        service.now -= MINUTE
        await refused(service, "b")  # as late as c, and before it by its id
        request = pb.ListArbitrationsRequest(page_size=2)
        async with service.coordinator() as coordinator:
            first = await coordinator.ListArbitrations(request, metadata=DESK)
            request.page_token = first.next_page_token
            second = await coordinator.ListArbitrations(request, metadata=DESK)
        shown = [*first.arbitrations, *second.arbitrations]
        assert [one.inquiry_id for one in shown] == ["a", "b", "c"]
        assert (first.open, first.overdue, second.next_page_token) == (3, 0, "")
        a = shown[0]
        assert a.cause == events_pb2.ARBITRATION_CAUSE_NOBODY_LEFT
        assert (list(a.refused_office_ids), a.previous_office_id) == (["c-hall"], "c-hall")
        assert (a.attempt, a.hops, a.overdue) == (2, 1, False)

    async def test_the_same_list_by_http(self, service: Service) -> None:
        await refused(service, "a", "b")
        service.now += timedelta(days=9)
        shown = (await service.http.get("/v1/arbitrations")).json()
        assert (shown["open"], shown["overdue"]) == (2, 2)
        first = shown["items"][0]
        assert (first["inquiry_id"], first["cause"], first["overdue"]) == ("a", "nobody_left", True)
        assert [one["id"] for one in first["refused"]] == ["c-hall"]
        explained = (await service.http.get("/v1/assignments/a")).json()
        assert (explained["hops"], explained["arbitration"]["cause"]) == (1, "nobody_left")

    @pytest.mark.parametrize("page_token", ["x", "eHg=", "é"])
    async def test_a_token_that_no_page_gave_is_named(
        self, service: Service, page_token: str
    ) -> None:
        async with service.coordinator() as coordinator:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await coordinator.ListArbitrations(
                    pb.ListArbitrationsRequest(page_token=page_token), metadata=DESK
                )
        assert refusal_of(error.value) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "invalid_page_token",
        )

    @pytest.mark.parametrize(("caller", "status"), [("", 401), ("notify", 403)])
    async def test_only_a_desk_sees_it(self, service: Service, caller: str, status: int) -> None:
        answer = await service.http.get("/v1/arbitrations", headers=header(caller))
        assert answer.status_code == status
        async with service.coordinator() as coordinator:
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await coordinator.ListArbitrations(
                    pb.ListArbitrationsRequest(), metadata=metadata(caller)
                )
        assert error.value.code() in (
            grpc.StatusCode.UNAUTHENTICATED,
            grpc.StatusCode.PERMISSION_DENIED,
        )


def refusal_of(error: grpc.aio.AioRpcError) -> tuple[grpc.StatusCode, object]:
    return error.code(), dict(error.trailing_metadata() or ())["dasan-slug"]


def accepted(id_: str, office: str) -> Incoming:
    event = CaseAccepted(
        inquiry_id=id_, round=1, attempt=1, office_id=office, accepted_at=NOW + MINUTE
    )
    return incoming(event, f"accepted-{id_}")


async def test_what_is_heard_before_the_receipt_waits_for_it(service: Service) -> None:
    batch = [accepted("a", "d-east"), answered("b")]
    missing = Retry(slug="unknown_assignment")
    assert await service.routing.handle(batch) == [missing, missing]


async def test_a_round_that_has_ended_is_shown_and_nothing_more_is_told_of_it(
    service: Service,
) -> None:
    service.intake.holds("a", "", HILL)
    permit = incoming(PermitDecided(inquiry_id="a", round=1, decided_at=NOW), "decided")
    batch = [received("a", "lamp"), accepted("a", "d-east"), answered("a"), permit]
    late = [answered("a"), refusal("a", 1, "d-east"), accepted("a", "d-east")]
    assert set(await service.routing.handle([*batch, *late])) == {Ack()}
    assert len(service.told("a")) == 1
    shown = (await service.http.get("/v1/assignments/a")).json()
    assert (shown["status"], shown["ended_at"]) == ("ended", shown["attempts"][0]["assigned_at"])
    assert datetime.fromisoformat(shown["attempts"][0]["taken_at"]) == NOW + MINUTE
    service.now += timedelta(days=30)
    await part(service.routing, Ticker).tick()
    assert len(service.told("a")) == 1


async def test_the_ticker_tells_each_level_and_opens_an_arbitration(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    """Of Kim Minji's two lamps one is taken. The other goes up to the coordinator."""
    ticker = part(service.routing, Ticker)
    watch = DeskWatch(service.desk, clock=service.clock, remind=timedelta(days=1))
    for id_ in ("a", "b"):
        service.intake.holds(id_, "the lamp of Kim Minji", HILL)
    await service.routing.handle([received("a", "lamp"), received("b", "lamp")])
    await service.routing.handle([accepted("b", "d-east")])

    async def at(hours: float) -> list[float | None]:
        service.now = NOW + timedelta(hours=hours)
        with caplog.at_level(logging.WARNING):
            await ticker.tick()
            await watch.look()
        levels = [
            REGISTRY.get_sample_value("dasan_untaken", {"level": level})
            for level in EscalationLevel
        ]
        arbitrations = [
            REGISTRY.get_sample_value(name)
            for name in ("dasan_arbitrations_open", "dasan_arbitrations_overdue")
        ]
        return [*levels, *arbitrations]

    assert await at(1) == [0, 0, 0, 0, 0]
    assert await at(1.1) == [1, 0, 0, 0, 0]
    assert await at(1.2) == [1, 0, 0, 0, 0]
    assert await at(24) == [0, 1, 0, 0, 0]
    assert await at(26) == [0, 0, 1, 0, 0]
    # Wednesday is Founders' Day in the town.
    assert await at(72 + 12) == [0, 0, 0, 1, 0]
    assert await at(24 * 9) == [0, 0, 0, 1, 1]
    assert len(service.told("b")) == 1
    told = [e for e in service.told("a") if isinstance(e, AssignmentEscalated)]
    assert [(e.level, e.office_id) for e in told] == [
        (level, "d-east") for level in EscalationLevel
    ]
    state = service.store.documents["a"].state
    assert isinstance(state, Assigned)
    assert state.arbitration is not None
    assert state.arbitration.overdue
    said = [r.message for r in caplog.records if getattr(r, "inquiry_id", "") == "a"]
    assert said == ["routing.not_taken"] * 3 + ["routing.arbitration_overdue"]
    assert "routing.arbitrations_wait" in caplog.messages
    assert "Minji" not in caplog.text
