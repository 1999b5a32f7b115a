"""Nothing behind gRPC is given to somebody without a credential: every method is tried."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import answers_pb2, work_pb2
from dasan.intake.v1 import contacts_pb2
from dasan.survey.v1 import invitations_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from tests.support.city import City

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
]

SERVED: dict[str, tuple[Any, ...]] = {
    "intake": (contacts_pb2,),
    "districts": (answers_pb2, work_pb2),
    "survey": (invitations_pb2,),
}
METHODS = [
    pytest.param(service, method, id=f"{service}-{method.name}")
    for service, modules in SERVED.items()
    for module in modules
    for served in module.DESCRIPTOR.services_by_name.values()
    for method in served.methods
]


@pytest.mark.parametrize(("service", "method"), METHODS)
@pytest.mark.parametrize("sent", [(), (("authorization", "Bearer made-up"),)])
async def test_without_a_credential_every_method_refuses(
    city: City, service: str, method: MethodDescriptor, sent: tuple[tuple[str, str], ...]
) -> None:
    path = f"/{method.containing_service.full_name}/{method.name}"
    request = GetMessageClass(method.input_type)()
    read = GetMessageClass(method.output_type).FromString
    async with grpc.aio.insecure_channel(city.stack.grpc_address(service)) as channel:
        write = type(request).SerializeToString
        answer: Awaitable[Any]
        if method.server_streaming:
            stream = channel.unary_stream(path, write, read)
            answer = stream(request, metadata=sent, timeout=10).read()
        else:
            unary = channel.unary_unary(path, write, read)
            answer = unary(request, metadata=sent, timeout=10)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await answer
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
