"""A span says which inquiry an answer is about, and only once its token is known to fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.common.edge.http_kit import HttpServer
from services.common.process import telemetry
from services.common.run.service import running
from tests.support.kit import part

from .conftest import World, case


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    return exporter


async def posted(world: World, *requests: tuple[str, Mapping[str, Any]]) -> list[int]:
    """The statuses of these requests, each a path with its JSON or, of a page, its form."""
    address = f"http://127.0.0.1:{world.settings.survey_http_port}"
    async with (
        running([part(world.service, HttpServer)]),
        httpx.AsyncClient(base_url=address) as client,
    ):
        return [
            (
                await client.post(path, data=body)
                if path.startswith("/s/")
                else await client.post(path, json=body)
            ).status_code
            for path, body in requests
        ]


def inquiries(spans: Sequence[ReadableSpan]) -> list[object]:
    return [(span.attributes or {}).get(telemetry.INQUIRY_ID) for span in spans]


async def test_an_answers_span_names_its_inquiry_and_not_the_secret(
    world: World, exporter: InMemorySpanExporter
) -> None:
    await world.hear(case("i-1"), case("i-2", round=2))
    form, api = (world.page("i-1-1"), {"score": "4"}), (world.api("i-2-2"), {"score": 4})
    assert await posted(world, form, api) == [200, 201]
    spans = exporter.get_finished_spans()
    assert inquiries(spans) == ["i-1", "i-2"]
    for span, survey in zip(spans, ("i-1-1", "i-2-2"), strict=True):
        assert world.tokens.of(survey) not in f"{span.name} {dict(span.attributes or {})}"


async def test_a_wrong_link_names_no_inquiry(world: World, exporter: InMemorySpanExporter) -> None:
    """What stands in its path may be anything."""
    await world.hear(case("i-1"))
    paths = ("/s/i-1-1/x", "/v1/surveys/i-1-1/x/answer", "/s/me@citizen.example/x")
    assert await posted(world, *((path, {"score": 4}) for path in paths)) == [404] * 3
    spans = exporter.get_finished_spans()
    assert inquiries(spans) == [None] * 3
    assert "citizen" not in str([(span.name, dict(span.attributes or {})) for span in spans])
