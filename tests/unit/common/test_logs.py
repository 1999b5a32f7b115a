"""Log lines: which service, which logger, which trace; and a library in trouble stays readable."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from opentelemetry.trace import format_span_id, format_trace_id

from services.common.process import telemetry

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """The root logger as it was, afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_says_who_where_and_in_which_trace(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logs("intake", "INFO")
    log = logging.getLogger("services.intake.adapters")
    log.info("inquiry.stored", extra={"inquiry_id": "i-1"})
    with telemetry.serving("POST", TRACEPARENT, {}) as span:
        log.warning("inquiry.late")
    plain, traced = lines(capsys)
    assert (
        plain.items()
        >= {
            "event": "inquiry.stored",
            "inquiry_id": "i-1",
            "service": "intake",
            "logger": "services.intake.adapters",
            "level": "info",
        }.items()
    )
    assert not plain.keys() & {"trace_id", "span_id"}
    assert traced["trace_id"] == format_trace_id(span.get_span_context().trace_id)
    assert traced["trace_id"] == TRACEPARENT.split("-")[1]
    assert traced["span_id"] == format_span_id(span.get_span_context().span_id)


def test_a_library_that_repeats_itself_is_heard_once_in_a_while(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("services.common.process.telemetry.time.monotonic", lambda: now)
    telemetry.configure_logs("intake", "INFO")
    theirs, ours = (
        logging.getLogger("aiokafka.conn"),
        logging.getLogger("services.common.bus.kafka_bus"),
    )
    for _ in range(100):
        theirs.error("Unable connect to node with id %s", "1")
        ours.warning("bus.send_failed")
        now += 1
    told = [line["logger"] for line in lines(capsys)]
    assert told.count("services.common.bus.kafka_bus") == 100
    assert told.count("aiokafka.conn") == 4


def test_an_error_is_told_by_types_and_places_alone(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logs("intake", "INFO")
    log = logging.getLogger("services.common.consuming.deciding")
    try:
        try:
            raise KeyError("010-1234-5678")
        except KeyError as cause:
            raise ExceptionGroup("Kim Minji", [ValueError("Kim Minji")]) from cause
    except ExceptionGroup as error:
        log.error("consume.failed", exc_info=error)
        log.exception("again")
    for line in lines(capsys):
        told = str(line["exception"])
        assert "Kim" not in told
        assert "010" not in told
        assert all(name in told for name in ("ExceptionGroup", "ValueError", "KeyError"))
        assert "test_logs.py:" in told


@pytest.mark.parametrize("name", ["pymongo.command", "httpx", "httpcore.http11"])
def test_no_library_tells_what_it_sends(name: str) -> None:
    telemetry.configure_logs("intake", "DEBUG")
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
