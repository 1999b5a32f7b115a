"""The delivery log: reason codes and times, never an address."""

from __future__ import annotations

import httpx
import pytest

from services.notify.domain.model import Later
from tests.support.callers import header

from .conftest import World, assigned, heard, received
from .fakes import Outbox


def client(world: World, caller: str = "desk") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(world.service.web)
    headers = header(caller) if caller else {}
    return httpx.AsyncClient(transport=transport, base_url="http://notify.example", headers=headers)


async def test_the_log_of_an_inquiry(world: World, files: Outbox) -> None:
    world.knows("0a", "0b")
    await world.handle([heard(received("0a"), "e-1")])
    await world.hear(received("0b", has_contact=False))
    files.behave = lambda message: Later()
    await world.handle([heard(assigned("0a", 2, round=3), "e-2")])
    async with client(world) as http_client:
        log = (await http_client.get("/v1/deliveries", params={"inquiry_id": "0a"})).json()
        other = (await http_client.get("/v1/deliveries", params={"inquiry_id": "0b"})).json()
        none = (await http_client.get("/v1/deliveries", params={"inquiry_id": "0c"})).json()
    assert log["deliveries"] == [
        {
            "delivery_id": "0a:assigned:3:2",
            "message": "assigned",
            "round": 3,
            "cause": {"type": "dasan.routing.v1.InquiryAssigned", "event_id": "e-2"},
            "status": "waiting",
            "tries": 1,
            "reason": "held",
            "at": "2026-11-23T01:00:00Z",
        },
        {
            "delivery_id": "0a:received:1:1",
            "message": "received",
            "round": 1,
            "cause": {"type": "dasan.intake.v1.InquiryReceived", "event_id": "e-1"},
            "status": "delivered",
            "tries": 1,
            "channel": "file",
            "at": "2026-11-23T01:00:00Z",
        },
    ]
    assert [(d["status"], d["reason"]) for d in other["deliveries"]] == [("skipped", "no_contact")]
    assert none == {"deliveries": []}


@pytest.mark.parametrize("inquiry_id", [None, "", "x" * 65, "0a;", "0a:survey"])
async def test_a_faulty_question_is_refused_with_its_field(
    world: World, inquiry_id: str | None
) -> None:
    async with client(world) as http_client:
        params = {} if inquiry_id is None else {"inquiry_id": inquiry_id}
        answer = await http_client.get("/v1/deliveries", params=params)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["inquiry_id"]


@pytest.mark.parametrize(("caller", "status"), [("", 401), ("somebody", 401), ("routing", 403)])
async def test_the_log_is_not_for_everybody(world: World, caller: str, status: int) -> None:
    async with client(world, caller) as http_client:
        answer = await http_client.get("/v1/deliveries", params={"inquiry_id": "0a"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
