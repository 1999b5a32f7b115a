"""A real collector with the configuration of deploy/k8s: it takes the files, a span of a service
comes through agent and gateway, and a resident's number does not.

Skipped where no collector was built (`make collector`). That a whole life keeps its trace on this
way is asked by `COLLECTOR=1 pytest tests/e2e/test_traces.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from deploy.local import collector
from deploy.local import processes as processes_of
from deploy.local.authority import Authority
from deploy.local.built import COLLECTOR, NotBuilt
from deploy.local.ports import HOST, PAST_PROXIES, Ports
from deploy.local.processes import Process
from deploy.local.tracing import receiver
from deploy.local.tracing.store import SpanRecord, SpanStore, spans_of, traces_of
from tests.k8s.rendering import ROOT
from tests.support.city import eventually

RECEIPT = "2026-0000-0001"
# What a service does for a span: its own set-up, by its own settings.
SERVICE = f"""
import json, sys
from opentelemetry import trace
from services.common.process import telemetry
telemetry.configure_logs("intake", "INFO")
telemetry.configure_traces("intake", endpoint=sys.argv[1])
with trace.get_tracer("t").start_as_current_span("POST /v1/inquiries") as span:
    telemetry.annotate("0193f000-0000-7000-8000-000000000001", "{RECEIPT}")
    span.set_attributes(json.loads(sys.argv[2]))
telemetry.shutdown_traces()
"""


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        return COLLECTOR.require()
    except NotBuilt as reason:
        pytest.skip(str(reason))


class Chain:
    """Agent, gateway and, behind them, a store of spans."""

    def __init__(self, folder: Path, binary: Path, further: Mapping[str, Sequence[str]]) -> None:
        self.ports = Ports.free()
        self.database = folder / "traces.sqlite"
        self._store = SpanStore(self.database)
        self._server = receiver.server(self._store, self.ports.otlp_store)
        self._died: list[str] = []
        self._parts = collector.processes(
            binary,
            self.ports,
            lambda name: folder / f"{name}.log",
            lambda process, status: self._died.append(process.log_tail()),
            further,
        )

    def __enter__(self) -> Chain:
        self._server.start()
        processes_of.start_all(self._parts.values(), lambda process: None)
        return self

    def __exit__(self, *_: object) -> None:
        processes_of.stop_all(self._parts.values())
        self._server.stop(grace=None)
        self._store.close()
        assert self._died == []

    def __getitem__(self, name: str) -> Process:
        return self._parts[name]

    def arrived(self) -> Sequence[SpanRecord]:
        """The spans about the inquiry that came through."""
        return spans_of(self.database, traces_of(self.database, RECEIPT))


@pytest.fixture
def chain(tmp_path: Path, binary: Path) -> Iterator[Chain]:
    with Chain(tmp_path, binary, {}) as running:
        yield running


def serve(endpoint: str, attributes: Mapping[str, str], **settings: str) -> str:
    """A service makes one span and ends; its log."""
    done = subprocess.run(
        [sys.executable, "-c", SERVICE, endpoint, json.dumps(attributes)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'protos' / 'gen'}",
            **PAST_PROXIES,
            **settings,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr


@pytest.mark.parametrize("name", [collector.AGENT, collector.GATEWAY])
def test_the_collector_takes_the_files_of_the_cluster(binary: Path, name: str) -> None:
    assert validated(binary, name) == ""
    misspelt = "yaml:processors::batch::timeuot: 1s"
    assert "timeuot" in validated(binary, name, misspelt)


def validated(binary: Path, name: str, *further: str) -> str:
    """What the collector finds wrong with a configuration; nothing but the files are read."""
    done = subprocess.run(
        [binary, "validate", *collector.options(name, *further)],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


async def test_a_span_comes_through_and_what_may_name_a_citizen_does_not(chain: Chain) -> None:
    planted = {
        "note": "from 900101-1234567",
        "phone": "call 010-1234-5678",
        "mail": "kim.minsu@example.org",
        "office": "d-11680",
    }
    serve(f"http://{HOST}:{chain.ports.otlp}", planted)
    await eventually(lambda: len(chain.arrived()) == 1, 20, "the span has come through")
    (span,) = chain.arrived()
    assert (span.service, span.attributes["dasan.receipt_number"]) == ("intake", RECEIPT)
    kept = json.dumps(span.attributes)
    assert "900101" not in kept
    assert "1234-5678" not in kept
    assert "minsu" not in kept
    assert span.attributes["office"] == "d-11680"


async def test_a_service_sends_over_tls_to_whom_it_trusts_alone(
    tmp_path: Path, binary: Path
) -> None:
    """The agent listens with TLS; the service is told of its authority by the exporter's own
    variable. Told of another authority, it sends nothing."""
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    certificate, key = ours.issues("agent", "localhost")
    tls = "yaml:receivers::otlp::protocols::grpc::tls::"
    listening = {collector.AGENT: (f"{tls}cert_file: {certificate}", f"{tls}key_file: {key}")}
    with Chain(tmp_path, binary, listening) as chain:
        address = f"https://localhost:{chain.ports.otlp}"

        def trusting(authority: Authority) -> str:
            return serve(address, {}, OTEL_EXPORTER_OTLP_CERTIFICATE=str(authority.file))

        assert "traces.collector_away" in trusting(others)
        assert "traces.collector_away" not in trusting(ours)
        await eventually(lambda: len(chain.arrived()) == 1, 20, "the span has come over TLS")
