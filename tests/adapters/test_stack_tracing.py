"""The span receiver as its own process: real spans from the SDK's exporter, shown as a tree."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind

from deploy.local.ports import HOST, Ports, is_open
from deploy.local.processes import Command, Process
from deploy.local.tracing import store
from deploy.local.tracing.store import Edge

ROOT = Path(__file__).resolve().parents[2]
RECEIPT = "2026-0000-0001"
TOPIC = "dasan.inquiries.v1"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "traces.sqlite"


@pytest.fixture
def endpoint(db: Path) -> Iterator[str]:
    port = Ports.free().otlp
    serve = ("-m", "deploy.local.tracing", "serve", "--port", str(port), "--db", str(db))
    receiver = Process(
        Command(
            name="traces",
            argv=(sys.executable, *serve),
            folder=ROOT,
            log=db.with_name("traces.log"),
            ready=lambda: is_open(port),
        )
    )
    receiver.start()
    yield f"http://{HOST}:{port}"
    receiver.stop()
    assert receiver.returncode == 0


def provider(service: str, endpoint: str) -> TracerProvider:
    made = TracerProvider(resource=Resource.create({"service.name": service}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return made


def send_one_inquiry(endpoint: str) -> None:
    """A POST at intake, its event handled by routing in a batch that asks intake by gRPC."""
    intake, routing = provider("intake", endpoint), provider("routing", endpoint)
    post = intake.get_tracer("t").start_span("POST /v1/inquiries", kind=SpanKind.SERVER)
    post.set_attributes({"dasan.receipt_number": RECEIPT, "http.request.method": "POST"})
    created = trace.set_span_in_context(post)
    process = routing.get_tracer("t").start_span(
        "process InquiryReceived",
        context=created,
        kind=SpanKind.CONSUMER,
        attributes={"messaging.system": "kafka", "messaging.destination.name": TOPIC},
    )
    batch = routing.get_tracer("t").start_span("batch", links=[Link(process.get_span_context())])
    process.add_link(batch.get_span_context())
    asked = intake.get_tracer("t").start_span(
        "Contacts/Texts",
        context=trace.set_span_in_context(batch),
        kind=SpanKind.SERVER,
        attributes={"rpc.system": "grpc"},
    )
    for span in (asked, batch, process, post):
        span.end()
    for sender in (intake, routing):
        assert sender.force_flush()
        sender.shutdown()


def show(receipt: str, db: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.tracing", "show", receipt, "--db", db],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_exported_spans_are_shown_as_one_tree_and_give_the_edges(endpoint: str, db: Path) -> None:
    send_one_inquiry(endpoint)
    shown = show(RECEIPT, db)
    assert shown.returncode == 0, shown.stderr
    order = ["POST /v1/inquiries", "process InquiryReceived", "⇢ routing  batch", "Contacts/Texts"]
    places = [shown.stdout.index(text) for text in order]
    assert places == sorted(places)
    assert store.edges(db) == {
        Edge("intake", "routing", f"kafka:{TOPIC}"),
        Edge("routing", "intake", "grpc"),
    }


def test_an_unknown_receipt_says_so(endpoint: str, db: Path) -> None:
    shown = show("2026-0000-9999", db)
    assert shown.returncode == 1
    assert "no trace of '2026-0000-9999'" in shown.stdout


def test_without_any_stack_there_is_no_trace_and_no_file_is_made(tmp_path: Path) -> None:
    absent = tmp_path / "none.sqlite"
    assert show(RECEIPT, absent).returncode == 1
    assert not absent.exists()
