"""Nothing behind gRPC is given to somebody without a credential: every method is tried.

With a token for its key a caller gets what it gets with the key, while the key is good.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any

import grpc
import httpx
import pytest
from dasan.districts.v1 import (
    answers_pb2,
    cases_pb2,
    delegations_pb2,
    offices_pb2,
    permits_pb2,
    work_pb2,
)
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceStub
from dasan.intake.v1 import contacts_pb2
from dasan.routing.v1 import arbitration_pb2, decisions_pb2
from dasan.survey.v1 import invitations_pb2
from dasan.survey.v1.invitations_pb2_grpc import InvitationsServiceStub
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass

from simulation.actors.offices import OfficeClient, Refused
from simulation.judge.lifecycles import Kind
from tests.support.callers import header, metadata
from tests.support.city import ANSWER, CITY_HALL, City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
]

SERVED: dict[str, tuple[Any, ...]] = {
    "intake": (contacts_pb2,),
    "routing": (arbitration_pb2, decisions_pb2),
    "districts": (
        answers_pb2,
        cases_pb2,
        delegations_pb2,
        offices_pb2,
        permits_pb2,
        work_pb2,
    ),
    "survey": (invitations_pb2,),
}
NOBODYS = "01890000-0000-7000-8000-000000000000"
METHODS = [
    pytest.param(service, method, id=f"{service}-{method.name}")
    for service, modules in SERVED.items()
    for module in modules
    for served in module.DESCRIPTOR.services_by_name.values()
    for method in served.methods
]


@pytest.mark.parametrize(("service", "method"), METHODS)
@pytest.mark.parametrize("sent", [(), metadata("made-up"), metadata("made.up.token")])
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


async def exchanged(city: City, caller: str, key: str) -> httpx.Response:
    """What the city gives for a key."""
    return await city.http.post(
        f"{city.stack.http_url('districts')}/v1/token",
        data={"grant_type": "client_credentials"},
        auth=(caller, key),
    )


async def token_of(city: City, caller: str) -> str:
    answer = await exchanged(city, caller, city.stack.key_of(caller))
    assert answer.status_code == httpx.codes.OK, answer.text
    return str(answer.json()["access_token"])


async def test_an_office_works_with_a_token_and_sees_no_others_case(city: City) -> None:
    asked = await city.ask(Kind.CASE, {"text": "소음", "category": "noise", "place": CITY_HALL})
    opened = (await city.told(asked.inquiry_id, "InquiryAssigned:1:1")).message
    await city.told(asked.inquiry_id, "CaseOpened:1:1")
    own = with_token(city, opened.office_id)
    other = with_token(city, next(id_ for id_ in city.pack.offices if id_ != opened.office_id))
    with pytest.raises(Refused, match="unknown_case"):
        await other.case(asked.inquiry_id)
    assert (await own.case(asked.inquiry_id)).text == "소음"
    await own.answer(asked.inquiry_id, ANSWER)
    await city.shows(asked, "answered")


def with_token(city: City, office_id: str) -> OfficeClient:
    return OfficeClient(city.outside.channel, office_id, city.outside.token(office_id))


async def test_every_service_takes_the_tokens_that_districts_gives(city: City) -> None:
    desk = header(await token_of(city, "desk"))
    for service, path in (("routing", "/v1/unrouted"), ("notify", "/v1/deliveries")):
        address = f"{city.stack.http_url(service)}{path}"
        answer = await city.http.get(address, params={"inquiry_id": NOBODYS}, headers=desk)
        assert answer.status_code == httpx.codes.OK, answer.text
    links = invitations_pb2.GetLinksRequest(survey_ids=[NOBODYS])
    notify = metadata(await token_of(city, "notify"))
    async with grpc.aio.insecure_channel(city.stack.grpc_address("survey")) as channel:
        await InvitationsServiceStub(channel).GetLinks(links, metadata=notify, timeout=10)
    system = header(await token_of(city, "system"))
    body = city.complete({"text": "버스", "category": "bus-complaint"})
    address = f"{city.stack.http_url('intake')}/v1/inquiries"
    posted = await city.http.post(address, json=body, headers=system)
    assert posted.status_code == httpx.codes.CREATED, posted.text
    city.promised(posted.json(), Kind.CASE, body)


async def test_what_is_taken_out_of_the_callers_file_is_refused_with_key_and_token(
    city: City,
) -> None:
    """The file is changed while the city runs, and put back; both count within seconds."""
    office_id = sorted(city.pack.offices)[-1]
    callers = city.stack.data / "callers.yaml"
    before = callers.read_text(encoding="utf-8")
    key = await city.outside.key(office_id).bearer()
    token = await city.outside.token(office_id).bearer()
    sent = [metadata(key), metadata(token)]
    left = [one for one in json.loads(before)["callers"] if one["id"] != office_id]

    nothing = work_pb2.AcceptRequest(inquiry_id=NOBODYS)

    async with grpc.aio.insecure_channel(city.stack.grpc_address("districts")) as channel:
        accept = OfficeWorkServiceStub(channel).Accept

        async def slugs() -> list[str]:
            return [await slug(accept(nothing, metadata=one, timeout=10)) for one in sent]

        async def refused() -> bool:
            return await slugs() == ["key_unknown", "token_withdrawn"]

        async def known() -> bool:
            return await slugs() == ["unknown_case"] * 2

        assert await known()
        try:
            callers.write_text(json.dumps({"callers": left}), encoding="utf-8")
            await eventually(refused, 10, "the office is refused")
            assert (await exchanged(city, office_id, key)).json()["error"] == "invalid_client"
        finally:
            callers.write_text(before, encoding="utf-8")
        await eventually(known, 10, "the office is known again")


async def slug(call: Awaitable[Any]) -> str:
    """Why a call was refused."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return str(dict(refused.value.trailing_metadata() or ()).get("dasan-slug"))
