"""gRPC between the services and from offices: connections, health, and which refusals may pass."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from dasan.districts.v1 import answers_pb2 as pb
from dasan.districts.v1 import answers_pb2_grpc, work_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from pydantic import SecretStr

from deploy.local.ports import HOST, Ports, is_open
from services.common.edge import grpc_kit
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind, StaleVersion, TimedOut
from services.common.run.service import running
from tests.support.city import eventually
from tests.support.figures import figure

NAME = "dasan.districts.v1.AnswersService"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
MAY_PASS = sorted(set(grpc.StatusCode) - grpc_kit.DETERMINISTIC - {grpc.StatusCode.OK}, key=str)


class Answers(answers_pb2_grpc.AnswersServiceServicer):
    """Answers, or fails with an error or with a status (as often as `recovers_after` says), after
    `go`; notes over which connection it was asked, and by whose key."""

    def __init__(self) -> None:
        self.status: grpc.StatusCode | None = None
        self.recovers_after: int | None = None
        self.error: Exception | None = None
        self.go = asyncio.Event()
        self.go.set()
        self.arrived = asyncio.Event()
        self.peers: list[str] = []
        self.keys: list[str] = []

    @grpc_kit.unary
    async def GetAnswers(
        self, request: pb.GetAnswersRequest, context: Any
    ) -> pb.GetAnswersResponse:
        self.peers.append(context.peer())
        self.keys.append(grpc_kit.key_of(context))
        self.arrived.set()
        await self.go.wait()
        recovered = self.recovers_after is not None and len(self.peers) > self.recovers_after
        if self.status is not None and not recovered:
            await context.abort(self.status, "no")
        if self.error is not None:
            raise self.error
        return pb.GetAnswersResponse()


# gRPC keeps what it knows of an address for the next channel to it, such as that nobody listens
# there: each server has a port that no earlier one had.
_used: set[int] = set()


def unused_port() -> int:
    port = Ports.free(besides=_used).districts_grpc
    _used.add(port)
    return port


@asynccontextmanager
async def serving(
    host: str = HOST, port: int = 0, **options: Any
) -> AsyncIterator[tuple[Answers, str, Readiness]]:
    answers, port = Answers(), port or unused_port()
    readiness = options.pop("readiness", None) or Readiness(fresh_seconds=0)
    server = grpc_kit.GrpcServer(
        add=[lambda s: answers_pb2_grpc.add_AnswersServiceServicer_to_server(answers, s)],
        names=[NAME],
        host=host,
        port=port,
        readiness=readiness,
        **options,
    )
    async with running([server]):
        yield answers, f"{host}:{port}", readiness


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def ask(channel: grpc.aio.Channel, timeout: float = 5.0) -> Any:
    stub = answers_pb2_grpc.AnswersServiceStub(channel)
    return stub.GetAnswers(pb.GetAnswersRequest(), timeout=timeout)


async def test_a_message_beyond_the_bound_is_refused_unread() -> None:
    huge = pb.GetAnswersRequest(inquiry_ids=["x" * (4 << 20)])
    async with serving() as (answers, address, _), grpc_kit.channel(address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await answers_pb2_grpc.AnswersServiceStub(channel).GetAnswers(huge, timeout=5)
        await ask(channel)
    assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(answers.peers) == 1  # the second call alone


async def test_an_office_sends_at_most_a_mebibyte() -> None:
    large = pb.GetAnswersRequest(inquiry_ids=["x" * (1 << 20)])
    fits = pb.GetAnswersRequest(inquiry_ids=["x" * ((1 << 20) - 100)])
    async with (
        serving(for_offices=True) as (answers, address, _),
        grpc_kit.channel(address) as channel,
    ):
        stub = answers_pb2_grpc.AnswersServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.GetAnswers(large, timeout=5)
        await stub.GetAnswers(fits, timeout=5)
    assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(answers.peers) == 1


async def test_an_office_that_sets_no_deadline_is_told_to() -> None:
    async with (
        serving(for_offices=True) as (answers, address, _),
        grpc.aio.insecure_channel(address) as channel,
    ):
        stub = answers_pb2_grpc.AnswersServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stub.GetAnswers(pb.GetAnswersRequest())
        await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        await ask(channel)
    assert error.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert dict(error.value.trailing_metadata() or ())["dasan-slug"] == "no_deadline"
    assert "deadline" in (error.value.details() or "")
    assert len(answers.peers) == 1


PUBLISHED = Path(__file__).parents[3].joinpath("clients/service_config.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("status", "asked"), [(grpc.StatusCode.UNAVAILABLE, 3), (grpc.StatusCode.ABORTED, 1)]
)
async def test_with_the_published_service_config_only_what_may_pass_is_tried_again(
    status: grpc.StatusCode, asked: int
) -> None:
    options = [("grpc.service_config", PUBLISHED)]
    async with (
        serving(for_offices=True) as (answers, address, _),
        grpc.aio.insecure_channel(address, options=options) as channel,
    ):
        answers.status, answers.recovers_after = status, 2
        code = await ask(channel).code()
    assert code is (grpc.StatusCode.OK if asked > 1 else status)
    assert len(answers.peers) == asked


def test_the_published_service_config_gives_every_method_with_one_answer_a_time() -> None:
    configured = {
        (name.get("service"), name.get("method")): method.get("timeout")
        for method in json.loads(PUBLISHED)["methodConfig"]
        for name in method["name"]
    }
    assert configured.pop((None, None)) == "10s"
    streams = {
        (service.full_name, method.name)
        for service in work_pb2.DESCRIPTOR.services_by_name.values()
        for method in service.methods
        if method.server_streaming
    }
    assert configured == dict.fromkeys(streams)


@pytest.mark.parametrize("shown", [True, False])
async def test_contracts_are_told_by_reflection_only_where_it_is_on(shown: bool) -> None:
    async with serving(reflection=shown) as (_, address, _), grpc_kit.channel(address) as channel:
        ask_for_services = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo
        call = ask_for_services(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=5
        )
        if shown:
            told = await call.read()
            assert NAME in {one.name for one in told.list_services_response.service}
        else:
            assert await call.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("status", MAY_PASS)
async def test_a_status_that_may_pass_is_an_absence(status: grpc.StatusCode) -> None:
    async with serving() as (answers, address, _), grpc_kit.channel(address) as channel:
        answers.status = status
        with pytest.raises(DomainError) as error, grpc_kit.reachable("districts"):
            await ask(channel)
    assert error.value.kind is Kind.UNAVAILABLE
    slow = status is grpc.StatusCode.DEADLINE_EXCEEDED
    assert error.value.slug == ("districts_slow" if slow else "districts_away")
    assert isinstance(error.value, TimedOut) is slow


@pytest.mark.parametrize("status", sorted(grpc_kit.DETERMINISTIC, key=str))
async def test_a_refusal_of_the_question_itself_stays_one(status: grpc.StatusCode) -> None:
    async with serving() as (answers, address, _), grpc_kit.channel(address) as channel:
        answers.status = status
        with pytest.raises(grpc.aio.AioRpcError) as error, grpc_kit.reachable("districts"):
            await ask(channel)
    assert error.value.code() is status


async def test_who_decided_on_an_older_version_is_told_the_one_there_is() -> None:
    async with serving() as (answers, address, _), grpc_kit.channel(address) as channel:
        answers.error = StaleVersion(7)
        with pytest.raises(grpc.aio.AioRpcError) as error, grpc_kit.reachable("districts"):
            await ask(channel)
    assert error.value.code() is grpc.StatusCode.ABORTED
    trailing = dict(error.value.trailing_metadata() or ())
    assert trailing["dasan-version"] == "7"
    assert (trailing["dasan-slug"], trailing["dasan-field"]) == (
        "stale_version",
        "expected_version",
    )


async def test_any_other_refusal_names_no_version() -> None:
    async with serving() as (answers, address, _), grpc_kit.channel(address) as channel:
        answers.error = DomainError("binding", Kind.CONFLICT, "it may not")
        with pytest.raises(grpc.aio.AioRpcError) as error, grpc_kit.reachable("districts"):
            await ask(channel)
    assert error.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "dasan-version" not in dict(error.value.trailing_metadata() or ())


async def test_a_call_that_runs_out_of_its_time_says_so() -> None:
    async with serving() as (answers, address, _), grpc_kit.channel(address) as channel:
        answers.go.clear()
        with pytest.raises(TimedOut) as error, grpc_kit.reachable("districts"):
            await ask(channel, timeout=0.1)
        answers.go.set()
    assert error.value.slug == "districts_slow"


async def test_calls_move_on_when_a_connection_is_old() -> None:
    """Or a replica that was added would never be asked anything."""
    age = timedelta(milliseconds=200)
    async with (
        serving(connection_age=age) as (answers, address, _),
        grpc_kit.channel(address) as channel,
        asyncio.timeout(10),
    ):
        while len(set(answers.peers)) < 3:
            await ask(channel)
            await asyncio.sleep(0.02)


@pytest.mark.skipif(not has_ipv6(), reason="needs a second address that a name stands for")
async def test_calls_go_in_turn_to_all_addresses_of_a_name() -> None:
    """Two replicas under one name, as a headless service gives them: `localhost` by IPv4 and 6."""
    port = Ports.free().districts_grpc
    async with (
        serving(host=HOST, port=port) as (one, _, _),
        serving(host="[::1]", port=port) as (two, _, _),
        grpc_kit.channel(f"localhost:{port}") as channel,
        asyncio.timeout(10),
    ):
        while not (one.peers and two.peers):
            await ask(channel)
        asked = len(one.peers) + len(two.peers)
        for _ in range(10):
            await ask(channel)
        assert len(one.peers) + len(two.peers) == asked + 10
        assert min(len(one.peers), len(two.peers)) >= 5


async def test_a_client_that_pings_every_ten_seconds_keeps_its_stream() -> None:
    """Scaled down by ten: the client pings once a second, twice a second is allowed. Without the
    allowance it is sent away for the fourth."""
    async with serving(pings_allowed_every=grpc_kit.PINGS_ALLOWED_EVERY / 10) as (
        answers,
        address,
        _,
    ):
        answers.go.clear()
        options = [
            ("grpc.keepalive_time_ms", 1_000),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.max_pings_without_data", 0),
        ]
        async with grpc.aio.insecure_channel(address, options=options) as channel:
            call = asyncio.create_task(ask(channel, timeout=30).code())
            await answers.arrived.wait()
            await asyncio.wait([call], timeout=6.5)
            assert not call.done(), await call
            answers.go.set()
            assert await call is grpc.StatusCode.OK


@asynccontextmanager
async def watching(address: str) -> AsyncIterator[Any]:
    """A health stream, as a balancer holds one."""
    async with grpc.aio.insecure_channel(address) as channel, asyncio.timeout(10):
        call = health_pb2_grpc.HealthStub(channel).Watch(
            health_pb2.HealthCheckRequest(service=NAME)
        )

        async def next_status() -> Any:
            return (await call.read()).status

        yield next_status


async def test_health_says_what_readiness_says_while_it_changes() -> None:
    missing = "database_away"

    async def database() -> None:
        if missing:
            raise DomainError(missing, Kind.UNAVAILABLE, "try again")

    readiness = Readiness(fresh_seconds=0)
    readiness.needs("database", database)
    async with serving(readiness=readiness) as (_, address, _), watching(address) as status:
        assert await status() == NOT_SERVING  # not started, and the database is away
        readiness.started()
        missing = ""
        assert await status() == SERVING
        missing = "database_away"
        assert await status() == NOT_SERVING
        missing = ""
        assert await status() == SERVING


async def test_calls_are_answered_while_it_drains_and_finished_at_the_stop() -> None:
    stopping = asyncio.Event()

    async def on_stop() -> None:
        stopping.set()

    async with contextlib.AsyncExitStack() as server:
        answers, address, readiness = await server.enter_async_context(serving(on_stop=on_stop))
        readiness.started()
        async with watching(address) as status, grpc_kit.channel(address) as channel:
            while await status() != SERVING:
                pass
            readiness.drain()
            assert await status() == NOT_SERVING
            await ask(channel)
            answers.arrived.clear()
            answers.go.clear()
            call = ask(channel)
            await answers.arrived.wait()
            assert not stopping.is_set()
            stop = asyncio.create_task(server.aclose())
            port = int(address.rpartition(":")[2])
            await eventually(lambda: not is_open(port), 5, "the port is closed")
            assert stopping.is_set()
            answers.go.set()
            assert await call.code() is grpc.StatusCode.OK
            await stop


async def test_a_channel_sends_the_key_of_its_service_with_each_call() -> None:
    async with (
        serving() as (answers, address, _),
        grpc_kit.channel(address, SecretStr("k")) as channel,
    ):
        await ask(channel)
        await ask(channel)
    assert answers.keys == ["k", "k"]


METHOD = f"{NAME}/GetAnswers"


def calls(method: str, code: str) -> float:
    return figure("dasan_grpc_server_call_duration_seconds_count", method=method, code=code)


def asked(code: str) -> float:
    return figure("dasan_grpc_client_call_duration_seconds_count", peer="districts", code=code)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, "OK"),
        (DomainError("binding", Kind.CONFLICT, "it may not"), "FAILED_PRECONDITION"),
        (ZeroDivisionError(), "UNKNOWN"),
    ],
)
async def test_a_call_is_measured_at_both_ends_by_its_status(
    error: Exception | None, code: str
) -> None:
    async with serving() as (answers, address, _), grpc_kit.channel(address) as channel:
        answers.error = error
        before = calls(METHOD, code), asked(code)
        with (
            contextlib.suppress(grpc.aio.AioRpcError, DomainError),
            grpc_kit.reachable("districts"),
        ):
            await ask(channel)
        assert asked(code) == before[1] + 1
        # The server counts when its handler has ended, which the caller may see come first.
        await eventually(lambda: calls(METHOD, code) == before[0] + 1, 5, "the server counted it")


async def test_a_caller_that_left_is_counted_as_such() -> None:
    async with serving() as (answers, address, _), grpc.aio.insecure_channel(address) as channel:
        before = calls(METHOD, "CANCELLED")
        answers.go.clear()
        call = ask(channel)
        asking = asyncio.create_task(call.code())
        await answers.arrived.wait()
        call.cancel()
        assert await asking is grpc.StatusCode.CANCELLED
        await eventually(lambda: calls(METHOD, "CANCELLED") == before + 1, 5, "it is counted")


async def test_a_method_that_nobody_serves_adds_no_name_of_its_own() -> None:
    async with serving() as (_, address, _), grpc.aio.insecure_channel(address) as channel:
        before = calls("other", "UNIMPLEMENTED")
        unknown: Any = channel.unary_unary("/secret.v1.Service/4711")
        with pytest.raises(grpc.aio.AioRpcError):
            await unknown(b"")
    assert calls("other", "UNIMPLEMENTED") == before + 1
    assert calls("secret.v1.Service/4711", "UNIMPLEMENTED") == 0


async def test_a_stream_is_shown_while_it_is_open_and_counted_when_it_ends() -> None:
    method = "grpc.health.v1.Health/Watch"

    def open_() -> float:
        return figure("dasan_grpc_server_open_streams", method=method)

    def ended() -> float:
        return figure("dasan_grpc_server_streams_total", method=method, code="CANCELLED")

    before = ended()
    async with serving() as (_, address, _):
        async with watching(address) as status:
            await status()
            assert open_() == 1
        await eventually(lambda: (open_(), ended()) == (0, before + 1), 5, "it is counted")
