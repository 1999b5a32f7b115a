"""A span says which inquiry a request was about, and nothing that belongs to the citizen."""

from __future__ import annotations

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.common.edge.http_kit import HttpServer
from services.common.process import telemetry
from services.common.run.service import running
from tests.support.kit import part

from .conftest import World
from .test_asking import place_asked


async def test_neither_the_secret_nor_the_caller_is_in_a_span(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    address = f"http://127.0.0.1:{world.settings.intake_http_port}"
    async with (
        running([part(world.service, HttpServer)]),
        httpx.AsyncClient(base_url=address, headers={"User-Agent": "my phone"}) as client,
    ):
        body = {"text": "포트홀", "contact": {"email": "a@example.org"}}
        receipt = (await client.post("/v1/inquiries", json=body)).json()
        path = f"/v1/inquiries/{receipt['receipt_number']}"
        await client.get(path, params={"secret": receipt["status_secret"]})
        token = receipt["status_url"].rpartition("/")[2]
        await client.get(f"/i/{token}")
        await world.hear(place_asked(receipt))
        answer = {"question": 1, "place": {"address": "세종대로 175"}}
        secret = {"secret": receipt["status_secret"]}
        assert (await client.post(f"{path}/answers", params=secret, json=answer)).is_success
        form = {"question": "1", "address": "세종대로 175"}
        assert (await client.post(f"/i/{token}", data=form)).status_code == 303
    # What joins the traces of a life is no request.
    spans = [s for s in exporter.get_finished_spans() if s.kind is trace.SpanKind.SERVER]
    assert [span.name for span in spans] == [
        "POST /v1/inquiries",
        "GET /v1/inquiries/{receipt_number}",
        "GET /i/{token}",
        "POST /v1/inquiries/{receipt_number}/answers",
        "POST /i/{token}",
    ]
    for span in spans:
        assert span.attributes is not None
        assert span.attributes[telemetry.INQUIRY_ID] == receipt["inquiry_id"]
        assert span.attributes[telemetry.RECEIPT_NUMBER] == receipt["receipt_number"]
        said = str(dict(span.attributes))
        for word in (
            receipt["status_secret"],
            token,
            "my phone",
            "example.org",
            "포트홀",
            "세종대로",
        ):
            assert word not in said


async def test_what_is_told_carries_the_context_of_its_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "current_traceparent", lambda: "00-" + "1" * 32 + "-x-01")
    await world.receipt()
    (told,) = world.store.told()
    assert told.traceparent.startswith("00-1111")
