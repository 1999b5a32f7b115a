"""The client of the intakes: turns, readiness, and what counts as a failure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from simulation.actors.intake_client import IntakeClient, NotTaken

PROBES = 8130


@dataclass(slots=True)
class Intakes:
    """Stands for the intakes: what each answers, and which were asked for what."""

    status: dict[str, int]
    ready: dict[str, int]
    posts: Counter[str] = field(default_factory=Counter)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/readyz":
            assert request.url.port == PROBES
            return httpx.Response(self.ready[request.url.host])
        self.posts[request.url.host] += 1
        status = self.status[request.url.host]
        if status == 0:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(status, json={"inquiry_id": request.headers["idempotency-key"]})


def client_of(intakes: Intakes) -> IntakeClient:
    return IntakeClient(
        [f"http://{name}" for name in intakes.status],
        client=httpx.AsyncClient(transport=httpx.MockTransport(intakes.answer)),
    )


async def test_each_ready_intake_has_its_turn() -> None:
    intakes = Intakes(status={"a": 201, "b": 201, "c": 201}, ready={"a": 200, "b": 503, "c": 200})
    client = client_of(intakes)
    for _ in range(6):
        await client.post("key", {})
    assert intakes.posts == {"a": 2, "b": 2, "c": 2}
    async with client.watched({one: f"{one}:{PROBES}" for one in client.addresses}):
        for _ in range(6):
            await client.post("key", {})
    assert intakes.posts == {"a": 5, "b": 2, "c": 5}
    assert client.failed == []
    await client.close()


@pytest.mark.parametrize("status", [0, 503])
async def test_what_one_does_not_take_is_a_failure_and_goes_to_the_next(status: int) -> None:
    intakes = Intakes(status={"a": 201, "b": status}, ready={"a": 200, "b": 200})
    client = client_of(intakes)
    while not intakes.posts["b"]:
        assert await client.post("key", {}) == {"inquiry_id": "key"}
    assert len(client.failed) == 1
    assert client.failed[0].startswith("http://b: ")
    await client.close()


async def test_a_refusal_for_good_is_raised() -> None:
    intakes = Intakes(status={"a": 422}, ready={"a": 200})
    client = client_of(intakes)
    with pytest.raises(NotTaken, match="422"):
        await client.post("key", {})
    await client.close()


@pytest.mark.parametrize("body", [{"text": "x"}, {"answer": {}}, {"received_at": "…"}], ids=str)
async def test_only_what_happened_before_is_posted_with_a_key(body: dict[str, Any]) -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(201, json={})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    client = IntakeClient(["http://a"], key="k", client=http)
    await client.post("key", body)
    assert seen[0].get("authorization") == (None if "text" in body else "Bearer k")
    await client.close()
