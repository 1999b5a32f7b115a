"""The coordinator's work by gRPC: the arbitrations that are open, and the office that is named."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest
from dasan.routing.v1 import arbitration_pb2 as pb

from tests.component.routing.world import Service, open_routing, received, refusal
from tests.support.callers import metadata

DESK = metadata("desk")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """An idea whose only office refused it: it lies with the arbitration desk."""
    async with open_routing() as made:
        made.intake.holds("a", "")
        await made.routing.handle([received("a", "idea"), refusal("a", 1, "c-hall")])
        yield made


def order(office: str, command_id: str = "") -> pb.DesignateRequest:
    return pb.DesignateRequest(inquiry_id="a", office_id=office, command_id=command_id)


async def test_an_order_that_is_sent_again_has_the_effect_of_one(service: Service) -> None:
    async with service.coordinator() as coordinator:
        first = await coordinator.Designate(order("c-works", "1"), metadata=DESK)
        again = await coordinator.Designate(order("c-works", "1"), metadata=DESK)
    assert (first.office_id, first.attempt, first.binding) == ("c-works", 3, True)
    assert again == first


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
    service: Service, key: str, sent: pb.DesignateRequest, status: grpc.StatusCode, slug: str
) -> None:
    async with service.coordinator() as coordinator:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await coordinator.Designate(sent, metadata=metadata(key))
    assert refused.value.code() is status
    assert dict(refused.value.trailing_metadata() or ())["dasan-slug"] == slug
