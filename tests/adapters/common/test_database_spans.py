"""Spans of the database's commands: one that fails is told by its code's name, and a hook that
fails costs no command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pymongo
import pytest
from opentelemetry.instrumentation.pymongo import CommandTracer
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pymongo.errors import OperationFailure

from deploy.local.database import Database
from services.common.process import telemetry

WORDS = "my_neighbour_is_loud"


@contextmanager
def traced(
    database: Database, failed_hook: Callable[..., None]
) -> Iterator[tuple[pymongo.MongoClient[Any], InMemorySpanExporter]]:
    """A client, and what its commands leave as spans."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = CommandTracer(provider.get_tracer(__name__), failed_hook=failed_hook)
    with pymongo.MongoClient[Any](database.url, event_listeners=[tracer]) as client:
        yield client, spans


def test_a_command_that_fails_is_told_without_the_words_it_was_given(database: Database) -> None:
    with traced(database, telemetry.name_refusal) as (client, spans):
        with pytest.raises(OperationFailure) as refused:
            client["kit_spans"].command(WORDS)
        assert WORDS in str(refused.value)
    (span,) = [s for s in spans.get_finished_spans() if not s.status.is_ok]
    assert WORDS not in str(span.status.description)
    assert span.status.description == (refused.value.details or {}).get("codeName", "")


def test_a_hook_that_fails_fails_no_command(database: Database) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with traced(database, broken) as (client, spans):
        with pytest.raises(OperationFailure):
            client["kit_spans"].command("nothing_of_the_kind")
        assert client["kit_spans"].command("ping")["ok"] == 1
    # The span of the failed one has ended all the same.
    assert len([s for s in spans.get_finished_spans() if not s.status.is_ok]) == 1
