"""The person at arbitration names the office of all that lies there, sealed matters included."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from simulation.actors.desk import Desk

SEALED, ORDINARY = "sealed", "ordinary"


class Routing:
    """Shows a sealed matter to whoever has that key only, and notes what is designated."""

    def __init__(self) -> None:
        self.designated: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        inquiry_id = request.url.path.split("/")[3]
        if inquiry_id == SEALED and request.headers["authorization"] != "Bearer of-the-few":
            return httpx.Response(404)
        if request.method == "POST":
            self.designated.append((inquiry_id, json.loads(request.content)["office"]))
        return httpx.Response(200, json={"attempts": [{"office": {"id": "c-audit"}}]})


class Queue:
    """One inquiry waits for its citizen and one for a person. Notes what is assigned, and says when
    the queue is read again after that."""

    def __init__(self) -> None:
        self.assigned: list[str] = []
        self.read_again = asyncio.Event()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.assigned.append(request.url.path.split("/")[3])
            return httpx.Response(200, json={})
        if self.assigned:
            self.read_again.set()
        waiting = {"citizen": "a", "person": "b"}[request.url.params["waiting_for"]]
        return httpx.Response(200, json={"items": [{"inquiry_id": waiting}]})


@pytest.mark.parametrize(("waits", "assigned"), [(True, {"b"}), (False, {"a", "b"})])
async def test_who_was_asked_is_left_alone_for_as_long_as_they_think(
    waits: bool, assigned: set[str]
) -> None:
    queue = Queue()
    desk = Desk(
        "http://routing",
        "of-the-desk",
        "of-the-few",
        lambda _: ("d-11110", "pothole"),
        waits=lambda _: waits,
        transport=httpx.MockTransport(queue),
    )
    desk.start()
    async with asyncio.timeout(5):
        await queue.read_again.wait()
    await desk.stop()
    assert set(queue.assigned) == assigned


@pytest.mark.parametrize("inquiry_id", [SEALED, ORDINARY])
@pytest.mark.parametrize("named", [None, ("c-audit", "corruption")])
async def test_what_its_office_refused_is_designated_whoever_may_see_it(
    inquiry_id: str, named: tuple[str, str] | None
) -> None:
    routing = Routing()
    desk = Desk(
        "http://routing",
        "of-the-desk",
        "of-the-few",
        lambda _: named,
        transport=httpx.MockTransport(routing),
    )
    async with asyncio.timeout(3):  # it tries again for as long as it does not see the matter
        await desk.designate(inquiry_id)
    assert routing.designated == [(inquiry_id, "c-audit")]
    await desk.stop()
