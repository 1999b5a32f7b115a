"""Links for notify, over a real gRPC server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc
import pytest
from dasan.survey.v1 import invitations_pb2, invitations_pb2_grpc

from services.common.edge.grpc_kit import GrpcServer, channel
from services.common.run.service import running
from tests.support.callers import metadata
from tests.support.kit import part

from .conftest import World, case

Stub = invitations_pb2_grpc.InvitationsServiceStub


@pytest.fixture
async def stub(world: World) -> AsyncIterator[Stub]:
    address = f"127.0.0.1:{world.settings.survey_grpc_port}"
    async with running([part(world.service, GrpcServer)]), channel(address) as connection:
        yield Stub(connection)


async def test_open_surveys_have_links_and_the_rest_is_named(world: World, stub: Stub) -> None:
    await world.hear(case("i-1"), case("i-2"))
    await world.client.post(world.api("i-2-1"), json={"score": 4})
    answer = await stub.GetLinks(
        invitations_pb2.GetLinksRequest(survey_ids=["i-1-1", "i-2-1", "i-404-1", "i-1-1"]),
        metadata=metadata("notify"),
    )
    assert [(link.survey_id, link.url) for link in answer.links] == [
        ("i-1-1", f"https://survey.example/s/i-1-1/{world.tokens.of('i-1-1')}")
    ]
    assert list(answer.missing) == ["i-2-1", "i-404-1"]


async def test_a_link_opens_its_page(world: World, stub: Stub) -> None:
    await world.hear(case("i-1"))
    answer = await stub.GetLinks(
        invitations_pb2.GetLinksRequest(survey_ids=["i-1-1"]), metadata=metadata("notify")
    )
    assert (await world.client.get(answer.links[0].url)).status_code == 200


@pytest.mark.parametrize(
    ("ids", "caller", "status", "slug"),
    [
        (501, "notify", grpc.StatusCode.INVALID_ARGUMENT, "too_many"),
        (1, "somebody", grpc.StatusCode.UNAUTHENTICATED, "key_unknown"),
        (1, "", grpc.StatusCode.UNAUTHENTICATED, "key_missing"),
        (1, "routing", grpc.StatusCode.PERMISSION_DENIED, "not_allowed"),
    ],
)
async def test_a_faulty_question_or_caller_is_refused(
    stub: Stub, ids: int, caller: str, status: grpc.StatusCode, slug: str
) -> None:
    request = invitations_pb2.GetLinksRequest(survey_ids=[f"i-{n}-1" for n in range(ids)])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.GetLinks(request, metadata=metadata(caller))
    assert refused.value.code() is status
    assert dict(refused.value.trailing_metadata() or ())["dasan-slug"] == slug
