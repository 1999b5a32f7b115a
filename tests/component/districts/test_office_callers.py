"""Offices call with keys and tokens; what the file of callers takes away counts at once."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from dasan.districts.v1 import work_pb2 as pb
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.common.edge.access_tokens import LEEWAY
from services.common.process import telemetry
from tests.component.districts.offices import Service, assigned, list_work, refusal, serving
from tests.support.callers import metadata
from tests.support.tokens import LIFE, Deployment, entry
from tests.support.waiting import until

MILL = entry("mill", "mill-key", office="o-mill")
HILL = entry("hill", "hill-key", office="o-hill")


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path)
    made.knows(MILL, HILL)
    return made


@pytest.fixture
async def service(deployment: Deployment) -> AsyncIterator[Service]:
    """Districts on a free port, with callers, tokens and clocks that the test changes."""
    async with serving(Service(callers=deployment.callers, issuer=deployment.issuer)) as started:
        yield started


async def exchanged(service: Service, caller: str, key: str) -> str:
    """The token that districts gives for a key."""
    transport = httpx.ASGITransport(service.replica.districts.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://districts") as client:
        answer = await client.post(
            "/v1/token", data={"grant_type": "client_credentials"}, auth=(caller, key)
        )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def test_an_office_works_with_a_token_that_it_got_for_its_key(service: Service) -> None:
    await service.assign(assigned("a", "o-mill"), assigned("b", "o-hill"))
    mill = metadata(await exchanged(service, "mill", "mill-key"))
    [item] = await list_work(service.offices.WatchWork(pb.WatchWorkRequest(), metadata=mill))
    assert item.inquiry_id == "a"
    taken = await service.offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=mill)
    assert taken.item.state == pb.WORK_STATE_ACCEPTED


async def test_with_a_token_too_another_offices_case_does_not_exist(service: Service) -> None:
    await service.assign(assigned("a", "o-mill"))
    hill = metadata(await exchanged(service, "hill", "hill-key"))
    for call, request in (
        (service.offices.GetCase, pb.GetCaseRequest),
        (service.offices.Accept, pb.AcceptRequest),
        (service.offices.Answer, pb.AnswerRequest),
    ):
        foreign = await refusal(call(request(inquiry_id="a"), metadata=hill))
        assert foreign == await refusal(call(request(inquiry_id="none"), metadata=hill))
        assert foreign[0] is grpc.StatusCode.NOT_FOUND
    assert service.intake.asked == []


async def refused_watch(service: Service, call: Any) -> tuple[grpc.StatusCode, str]:
    """How a watch ends that is told of one more case of its office."""
    await service.assign(assigned("late", "o-mill"))
    code, trailing = await refusal(call.read())
    return code, trailing["dasan-slug"]


async def test_a_watch_tells_nothing_more_once_its_key_is_gone(
    service: Service, deployment: Deployment
) -> None:
    call = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=metadata("mill-key"))
    await list_work(call)
    deployment.knows(HILL)
    assert await refused_watch(service, call) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "key_unknown",
    )


async def test_a_watch_without_news_ends_at_the_next_sign_of_life_once_its_key_is_gone(
    deployment: Deployment,
) -> None:
    often = timedelta(milliseconds=50)
    started = Service(callers=deployment.callers, issuer=deployment.issuer, heartbeat=often)
    async with serving(started) as service:
        call = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=metadata("mill-key"))
        await list_work(call)
        assert (await call.read()).HasField("heartbeat")
        deployment.knows(HILL)
        code, trailing = await refusal(_to_the_end(call))
        assert (code, trailing["dasan-slug"]) == (
            grpc.StatusCode.UNAUTHENTICATED,
            "key_unknown",
        )
        await until(lambda: service.replica.feed.watched == 0)


async def _to_the_end(call: Any) -> None:
    """Reads a watch that is to end soon: one sign of life may have been on its way."""
    for _ in range(5):
        if await call.read() is grpc.aio.EOF:
            return


async def test_a_watch_tells_nothing_more_once_its_key_speaks_for_another_office(
    service: Service, deployment: Deployment
) -> None:
    call = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=metadata("mill-key"))
    await list_work(call)
    deployment.knows(entry("mill", "mill-key", office="o-hill"))
    assert await refused_watch(service, call) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "office_changed",
    )


async def test_a_watch_ends_with_its_token_and_the_next_lists_what_it_missed(
    service: Service, deployment: Deployment
) -> None:
    token = deployment.token()
    call = service.offices.WatchWork(pb.WatchWorkRequest(), metadata=metadata(token))
    await list_work(call)
    deployment.later(LIFE + LEEWAY)
    assert await refused_watch(service, call) == (
        grpc.StatusCode.UNAUTHENTICATED,
        "token_expired",
    )
    renewed = metadata(deployment.token())
    [item] = await list_work(service.offices.WatchWork(pb.WatchWorkRequest(), metadata=renewed))
    assert item.inquiry_id == "late"


@pytest.mark.parametrize(
    ("known", "slug"),
    [
        (entry("mill", "mill-key", office="o-nowhere"), "office_unknown"),
        (entry("mill", "mill-key"), "office_unknown"),
        (entry("mill", "mill-key", office="o-mill", scopes=("read",)), "not_allowed"),
    ],
)
async def test_who_is_known_but_speaks_for_no_office_may_do_nothing(
    service: Service, deployment: Deployment, known: dict[str, Any], slug: str
) -> None:
    token = deployment.token()
    deployment.knows(known, HILL)
    await service.assign(assigned("a", "o-mill"))
    offices: Any = service.offices
    for call in (
        offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=metadata("mill-key")),
        offices.WatchWork(pb.WatchWorkRequest(), metadata=metadata("mill-key")).read(),
    ):
        code, trailing = await refusal(call)
        assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.PERMISSION_DENIED, slug)
    accepted = offices.Accept(pb.AcceptRequest(inquiry_id="a"), metadata=metadata(token))
    code, _ = await refusal(accepted)
    assert code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


async def test_an_entry_without_an_office_of_this_city_is_named_at_the_start(
    deployment: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    desk = entry("desk", "desk-key", scopes=("assign",))
    deployment.knows(MILL, desk, entry("strays", "stray-key", office="o-nowhere"))
    deployment.later(timedelta(seconds=1))
    Service(callers=deployment.callers)
    named = [
        (record.__dict__["caller"], record.__dict__["office"])
        for record in caplog.records
        if record.message == "access.office_unknown"
    ]
    assert named == [("strays", "o-nowhere")]


async def test_a_span_names_an_inquiry_only_where_its_caller_is_known(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    await service.assign(assigned("a"))
    stub = service.offices
    for key in ("mill-key", "nobody"):
        for call, request in (
            (stub.GetCase, pb.GetCaseRequest(inquiry_id="a")),
            (stub.Accept, pb.AcceptRequest(inquiry_id="a")),
            (stub.Decline, pb.DeclineRequest(inquiry_id="a")),
            (stub.Answer, pb.AnswerRequest(inquiry_id="a")),
            (stub.DecidePermit, pb.DecidePermitRequest(inquiry_id="a")),
        ):
            with contextlib.suppress(grpc.aio.AioRpcError):
                await call(request, metadata=metadata(key))
    # The span of a call ends a moment after its caller has the answer.
    await until(lambda: len(exporter.get_finished_spans()) == 10)
    spans = exporter.get_finished_spans()
    named = [(span.attributes or {}).get(telemetry.INQUIRY_ID) for span in spans]
    assert named == ["a"] * 5 + [None] * 5
