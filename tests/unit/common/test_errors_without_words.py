"""What an error says may be a citizen's words: no log line, span, answer or letter has them."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import grpc
import httpx
import pytest
from dasan.districts.v1 import answers_pb2 as pb
from dasan.districts.v1 import answers_pb2_grpc
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from prometheus_client import REGISTRY

from deploy.local.ports import HOST, Ports
from services.common.aggregates.ticker import Ticker
from services.common.aggregates.update import Cause, Stored, Write
from services.common.bus.outcomes import Incoming, Outcome, Patience
from services.common.consuming.burying import Burying
from services.common.consuming.deciding import Deciding, Taken
from services.common.edge import grpc_kit
from services.common.edge.http_kit import HttpServer, create_app
from services.common.edge.readiness import Readiness
from services.common.process import telemetry
from services.common.process.background import Job
from services.common.run.service import note_stray_error, note_what_nobody_catches, running
from tests.support.memory import MemoryBus, MemoryStore

WORDS = "김철수 010-1234-5678"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def fail(*_: Any) -> Any:
    raise ValueError(WORDS)


async def fail_later(*_: Any) -> Any:
    raise ValueError(WORDS)


class Said:
    """What the service has logged, as it comes out of the process."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def lines(self) -> list[dict[str, Any]]:
        """All of them; none has the words in it, and one tells of the error."""
        text = self.stream.getvalue()
        assert not any(word in text for word in WORDS.split())
        assert "ValueError" in text
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[Said]:
    said = Said()
    monkeypatch.setattr(sys, "stderr", said.stream)
    # Another test's client, in a thread that its broker's death keeps waiting, may still speak.
    monkeypatch.setattr(logging.getLogger("aiokafka"), "propagate", False)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers.clear()  # or the test runner's would be closed
    telemetry.configure_logs("intake", "INFO")
    yield said
    root.handlers[:] = before
    root.setLevel(level)
    logging.raiseExceptions = True


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter's, as they are in a service; as they were, afterwards."""
    for place, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(place, name, getattr(place, name))
    note_what_nobody_catches()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    return exporter


def assert_silent(spans: InMemorySpanExporter) -> None:
    found = spans.get_finished_spans()
    assert [span.status.description for span in found] == ["ValueError"] * len(found)
    assert found
    for word in WORDS.split():
        assert word not in "".join(span.to_json(indent=None) for span in found)


def taken(offset: int) -> Taken:
    span = telemetry.process_span("dasan.x.Y", "t", TRACEPARENT, "key")
    cause = Cause(id=str(offset), traceparent=TRACEPARENT)
    record = SimpleNamespace(
        topic="t",
        partition=0,
        offset=offset,
        key=b"k",
        value=b"",
        headers=(("ce_id", str(offset).encode()),),
    )
    incoming = Incoming(event=offset, cause=cause, topic="t")
    return Taken(record, offset, incoming=incoming, span=span)


async def test_the_consumer_and_its_dead_letters(said: Said, spans: InMemorySpanExporter) -> None:
    async def handler(_: Sequence[Incoming]) -> Sequence[Outcome]:
        raise ValueError(WORDS) from KeyError(WORDS)

    bus, patience = MemoryBus(), Patience(deterministic=timedelta(0))
    held = [taken(1), taken(2)]
    await Deciding(handler, most=2, patience=patience).settle(held)
    await Burying(service="intake", bus=bus, patience=patience).bury(held)
    for one in held:
        assert one.span is not None
        one.span.end()
    assert len(bus.records) == 2
    for letter in bus.records:
        assert not any(word in repr(letter) for word in WORDS.split())
        assert dict(letter.headers)["dlq_detail"] == b"ValueError"
    failed = [line for line in said.lines() if line["event"] == "consume.failed"]
    assert [line["cause"] for line in failed] == ["1", "2"]
    places = failed[0]["exception"].splitlines()
    assert [line for line in places if not line.startswith(" ")] == ["KeyError", "ValueError"]
    assert "test_errors_without_words.py" in failed[0]["exception"]
    assert_silent(spans)


async def test_the_ticker(said: Said) -> None:
    store: MemoryStore[str] = MemoryStore()
    await store.save([Write(base=0, after=Stored(id="i", version=1, state="s", wake_at=NOW))])
    await Ticker(store=store, wake=fail_later, clock=lambda: NOW).tick()
    (line,) = said.lines()
    assert (line["event"], line["id"]) == ("ticker.failed", "i")


async def test_a_job(said: Said) -> None:
    came = asyncio.Event()

    async def work() -> None:
        came.set()
        raise ValueError(WORDS)

    job = Job("look", timedelta(seconds=60), work)
    async with running([job]):
        await came.wait()
        await asyncio.sleep(0)
    assert "job.failed" in [line["event"] for line in said.lines()]


async def test_an_http_request(said: Said, spans: InMemorySpanExporter) -> None:
    app = create_app(title="t", description="d", readiness=Readiness())
    app.add_api_route("/fails", lambda: fail())
    port = Ports.free().intake_http
    async with (
        running([HttpServer(app, host=HOST, port=port)]),
        httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False) as client,
    ):
        answer = await client.get("/fails")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:dasan:internal_error"
    assert not any(word in answer.text for word in WORDS.split())
    assert "uvicorn.error" in [line["logger"] for line in said.lines()]
    assert_silent(spans)


class Answers(answers_pb2_grpc.AnswersServiceServicer):
    @grpc_kit.unary
    async def GetAnswers(self, request: Any, context: Any) -> pb.GetAnswersResponse:
        raise ValueError(WORDS)


class Streaming:
    @grpc_kit.stream
    async def Watch(self, request: Any, context: Any) -> AsyncIterator[pb.GetAnswersResponse]:
        yield pb.GetAnswersResponse()
        raise ValueError(WORDS)


def add_streaming(server: grpc.aio.Server) -> None:
    method: Any = grpc.unary_stream_rpc_method_handler(
        Streaming().Watch, response_serializer=pb.GetAnswersResponse.SerializeToString
    )
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("S", {"Watch": method})])


async def test_a_grpc_call_and_what_its_caller_is_told(said: Said) -> None:
    port = Ports.free().districts_grpc
    server = grpc_kit.GrpcServer(
        add=[
            lambda s: answers_pb2_grpc.add_AnswersServiceServicer_to_server(Answers(), s),
            add_streaming,
        ],
        names=[],
        host=HOST,
        port=port,
        readiness=Readiness(),
    )
    async with running([server]), grpc_kit.channel(f"{HOST}:{port}") as channel:
        stub = answers_pb2_grpc.AnswersServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as unary:
            await stub.GetAnswers(pb.GetAnswersRequest(), timeout=5)
        watch: Any = channel.unary_stream("/S/Watch")
        answers = watch(b"", timeout=5)
        await answers.read()
        with pytest.raises(grpc.aio.AioRpcError) as stream:
            await answers.read()
    for error in (unary.value, stream.value):
        assert error.code() is grpc.StatusCode.UNKNOWN
        assert error.details() == "unexpected error"
    failed = [line["method"] for line in said.lines() if line["event"] == "rpc.failed"]
    assert failed == ["GetAnswers", "Watch"]


async def test_what_nobody_awaited(said: Said) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(note_stray_error)
    loop.call_soon(fail, WORDS)
    await asyncio.sleep(0)
    (line,) = said.lines()
    assert line["event"] == "service.stray_error"


@pytest.mark.usefixtures("hooks")
def test_a_thread_that_dies(said: Said) -> None:
    theirs = threading.Thread(target=fail, name="theirs")
    theirs.start()
    theirs.join()
    (line,) = said.lines()
    assert (line["event"], line["part"]) == ("service.thread_failed", "theirs")
    assert "test_errors_without_words.py" in line["exception"]


@pytest.mark.usefixtures("hooks")
def test_what_ends_the_process_or_can_be_raised_nowhere(said: Said) -> None:
    class Closing:
        def __del__(self) -> None:
            fail()

    Closing()
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert [line["event"] for line in said.lines()] == [
        "service.stray_error",
        "service.process_failed",
    ]


class Unwritable:
    def __repr__(self) -> str:
        raise ValueError(WORDS)

    __str__ = __repr__


def test_a_line_that_cannot_be_written_leaves_its_place_and_is_counted(said: Said) -> None:
    before = REGISTRY.get_sample_value("dasan_log_lines_lost_total")
    logging.getLogger("theirs").warning("%s said %s", WORDS, Unwritable())
    (line,) = said.lines()
    assert (line["event"], line["logger"], line["error"]) == (
        "log.line_lost",
        "theirs",
        "ValueError",
    )
    assert line["logged_at"].startswith("test_errors_without_words.py:")
    assert REGISTRY.get_sample_value("dasan_log_lines_lost_total") == (before or 0) + 1


def test_a_library_that_writes_errors_into_its_lines(said: Said) -> None:
    theirs = logging.getLogger("mode.services")
    try:
        fail()
    except ValueError as error:
        theirs.exception("Crashed reason=%r", error)
        theirs.warning(error)
    group = ExceptionGroup(WORDS, [KeyError(WORDS)])
    theirs.error("several", exc_info=group)
    crashed, warned, several = said.lines()
    assert crashed["event"] == "Crashed reason='ValueError'"
    assert warned["event"] == "ValueError"
    assert several["exception"].splitlines() == ["ExceptionGroup", "KeyError"]


def test_the_spans_of_publishing_and_of_a_batch(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="010"), telemetry.publishing([TRACEPARENT]):
        fail()
    both = [telemetry.process_span("dasan.x.Y", "t", TRACEPARENT, "key") for _ in range(2)]
    with (
        pytest.raises(ValueError, match="010"),
        telemetry.working_for([span for span in both if span is not None]),
    ):
        fail()
    assert_silent(spans)


def test_a_command_that_the_database_refused(spans: InMemorySpanExporter) -> None:
    span = telemetry.process_span("dasan.x.Y", "t", TRACEPARENT, "key")
    assert span is not None
    quoted = f"E11000 duplicate key error dup key: {{ name: {WORDS} }}"
    span.set_status(StatusCode.ERROR, quoted)  # as the library does before it asks us
    telemetry.name_refusal(span, SimpleNamespace(failure={"errmsg": quoted, "codeName": "Dup"}))
    span.end()
    (found,) = spans.get_finished_spans()
    assert found.status.description == "Dup"
