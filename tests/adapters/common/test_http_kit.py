"""HTTP as a client sees it, over a real server: refusals of the framework, slow clients, figures,
and what is answered while the service stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

import httpx
import pytest
import uvicorn
from fastapi import Body, FastAPI
from fastapi.responses import StreamingResponse
from uvicorn.server import ServerState

from deploy.local.ports import HOST, Ports, is_open
from services.common.edge.http_kit import HEADERS_WITHIN, HttpServer, bounded, create_app
from services.common.edge.readiness import Readiness
from services.common.kernel import StaleVersion
from services.common.run.service import running
from tests.support.figures import figure, moved, shown

SHORTLY = timedelta(seconds=0.1)
UNFINISHED = (
    b"POST /things HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)


@dataclass
class Served:
    """A server with one resource whose posts wait until `go`."""

    port: int
    readiness: Readiness
    client: httpx.AsyncClient
    server: HttpServer
    go: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def raw(self, sent: bytes) -> bytes:
        """All that comes back over a connection of its own until the server closes it."""
        reader, writer = await asyncio.open_connection(HOST, self.port)
        writer.write(sent)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        return answer


def things(app: FastAPI, served: Served) -> None:
    @app.get("/things/{number}")
    async def get(number: int) -> dict[str, int]:
        return {"number": number}

    @app.get("/things")
    async def listed() -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            served.arrived.set()
            await served.go.wait()
            yield "1\n"

        return StreamingResponse(lines())

    @app.put("/changed/{number}")
    async def put(number: int) -> None:
        raise StaleVersion(number)

    @app.post("/only-posts")
    async def only_posts() -> None:
        return None

    @app.post("/things", status_code=201)
    async def post(thing: Annotated[dict[str, int], Body()]) -> dict[str, int]:
        served.arrived.set()
        await served.go.wait()
        return thing


@asynccontextmanager
async def serving(
    body_within: timedelta = timedelta(seconds=30), **bounds: Any
) -> AsyncIterator[Served]:
    readiness = Readiness(fresh_seconds=0)
    app = create_app(title="t", description="d", readiness=readiness)
    app.state.body_within = body_within
    port = Ports.free().intake_http
    server = HttpServer(app, host=HOST, port=port, **bounds)
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False) as client:
        served = Served(port=port, readiness=readiness, client=client, server=server)
        things(app, served)
        async with running([server]):
            yield served


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as server:
        server.readiness.started()
        server.go.set()
        yield server


REQUESTS = "dasan_http_server_request_duration_seconds"


async def test_each_request_is_measured_by_the_template_of_its_route(served: Served) -> None:
    """Anybody chooses paths and methods: by them the figures would grow without end, and show what
    is in a link."""

    def seen(method: str, route: str, status: str) -> float:
        return figure(f"{REQUESTS}_count", method=method, route=route, status=status)

    asked = [
        ("GET", "/things/4711", ("GET", "/things/{number}", "2xx")),
        ("HEAD", "/things/4711", ("HEAD", "/things/{number}", "2xx")),
        ("GET", "/things/secret", ("GET", "/things/{number}", "4xx")),
        ("GET", "/secret/4711", ("GET", "other", "4xx")),
        ("PROPFIND", "/things/4711", ("other", "/things/{number}", "4xx")),
    ]
    before = [seen(*labels) for _, _, labels in asked]
    for method, path, _ in asked:
        await served.client.request(method, path)
    assert [seen(*labels) for _, _, labels in asked] == [count + 1 for count in before]
    values = {value for labels in shown(REQUESTS) for value in labels.values()}
    assert not [value for value in values if "4711" in value or "secret" in value.lower()]


async def test_requests_in_hand_are_shown_while_they_are(served: Served) -> None:
    served.go.clear()
    async with served.client.stream("GET", "/things"):
        await served.arrived.wait()
        assert figure("dasan_http_server_active_requests") == 1
        served.go.set()
    for _ in range(100):
        if not figure("dasan_http_server_active_requests"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("a request that has ended is still in hand")


async def test_a_method_that_is_not_allowed_names_those_that_are(served: Served) -> None:
    answer = await served.client.delete("/things/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await served.client.delete("/only-posts")).headers["allow"] == "POST"


async def test_who_decided_on_an_older_version_is_refused_with_412(served: Served) -> None:
    answer = await served.client.put("/changed/7")
    assert answer.status_code == 412
    problem = answer.json()
    assert problem["type"] == "urn:dasan:stale_version"
    assert "version 7" in problem["detail"]


async def test_head_is_answered_as_get_without_the_body(served: Served) -> None:
    got = await served.client.get("/things/1")
    head = await served.client.head("/things/1")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    # The connection is still good: nothing of a body came behind.
    assert (await served.client.get("/things/2")).json() == {"number": 2}
    assert (await served.client.head("/only-posts")).status_code == 405


async def test_no_address_is_made_of_what_a_request_says(served: Served) -> None:
    answer = await served.client.get(
        "/things/1/", params={"secret": "x"}, headers={"Host": "evil.example"}
    )
    assert answer.status_code == 404
    assert "evil.example" not in f"{answer.headers} {answer.text}"


async def test_a_body_that_never_finishes_is_refused_in_time() -> None:
    async with serving(body_within=timedelta(milliseconds=100)) as served:
        answer = await served.raw(UNFINISHED)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in answer.lower()
        assert b"application/problem+json" in answer


@pytest.mark.parametrize("sent", [b"", UNFINISHED[:40]])
async def test_headers_that_never_finish_end_the_connection(sent: bytes) -> None:
    async with serving(headers_within=SHORTLY) as served, asyncio.timeout(2):
        assert await served.raw(sent) == b""


async def test_a_peer_has_so_many_connections_and_others_have_theirs() -> None:
    async with serving(per_peer=2) as served:
        with moved("dasan_connections_refused_total"):
            mine = [await asyncio.open_connection(HOST, served.port) for _ in range(3)]
            assert await mine[2][0].read() == b""
        ask = b"HEAD /things/1 HTTP/1.1\r\nHost: here\r\n\r\n"
        for reader, writer in (
            mine[0],
            await asyncio.open_connection(HOST, served.port, local_addr=("127.0.0.2", 0)),
        ):
            writer.write(ask)
            assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200 ")
            writer.close()
            await writer.wait_closed()

        async def there_is_room() -> bool:
            reader, writer = await asyncio.open_connection(HOST, served.port)
            writer.write(ask)
            answer = await reader.read(8)
            writer.close()
            return bool(answer)

        async with asyncio.timeout(5):
            while not await there_is_room():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        mine[1][1].close()


@pytest.mark.parametrize(
    ("addresses", "taken"),
    [
        # A subscriber of IPv6 has a whole network, and may come from another address each time.
        (["2001:db8::1", "2001:db8::2", "2001:db8::3"], [True, True, False]),
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"], [True, True, True]),
        (["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"], [True, True, False]),
    ],
)
async def test_a_peer_is_a_subscriber_and_no_single_address(
    addresses: list[str], taken: list[bool]
) -> None:
    config = uvicorn.Config(FastAPI())
    config.load()
    protocol = bounded(HEADERS_WITHIN, per_peer=2)
    transports = [Transport(address) for address in addresses]
    for transport in transports:
        connection = protocol(config=config, server_state=ServerState(), app_state={})
        connection.connection_made(transport)
    assert [not transport.is_closing() for transport in transports] == taken


class Transport(asyncio.Transport):
    """A connection from an address that this machine does not have."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 40_000), "sockname": ("::", 8120)})
        self._open = True

    def is_closing(self) -> bool:
        return not self._open

    def close(self) -> None:
        self._open = False


async def test_a_connection_that_rests_between_requests_stays() -> None:
    async with serving(headers_within=SHORTLY) as served:
        reader, writer = await asyncio.open_connection(HOST, served.port)
        for _ in range(2):
            writer.write(b"HEAD /things/1 HTTP/1.1\r\nHost: here\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(0.2)  # what is tried is that this much time does nothing
        writer.close()


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_an_answer_may_take_longer_than_a_body(method: str) -> None:
    async with serving(body_within=timedelta(milliseconds=50)) as served:
        body = {"a": 1} if method == "POST" else None
        answer = asyncio.create_task(served.client.request(method, "/things", json=body))
        await served.arrived.wait()
        await asyncio.sleep(0.1)  # what is tried is that this much time does nothing
        served.go.set()
        assert (await answer).is_success


async def test_while_it_drains_every_answer_ends_its_connection(served: Served) -> None:
    assert "connection" not in (await served.client.get("/things/1")).headers
    served.readiness.drain()
    answer = await served.client.get("/things/1")
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")


async def test_what_is_in_hand_at_the_stop_is_answered() -> None:
    async with serving() as served:
        posts = [
            asyncio.create_task(served.client.post("/things", json={"a": n})) for n in range(50)
        ]
        await served.arrived.wait()
        served.readiness.drain()
        stop = asyncio.create_task(served.server.stop())
        while (await asyncio.sleep(0.01, served.port)) and is_open(served.port):
            pass
        assert not any(post.done() for post in posts)
        served.go.set()
        assert [(await post).status_code for post in posts] == [201] * 50
        await stop


async def test_who_does_not_finish_at_the_stop_is_told_to_come_again() -> None:
    async with serving() as served:
        slow = asyncio.create_task(served.client.post("/things", json={"a": 1}))
        unfinished = asyncio.create_task(served.raw(UNFINISHED))
        await served.arrived.wait()
        served.readiness.drain()
        async with asyncio.timeout(4):
            await served.server.stop()
        assert (await unfinished).startswith(b"HTTP/1.1 503 ")
        answer = await slow
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:dasan:stopping")
        assert int(answer.headers["retry-after"]) > 0


async def test_a_port_that_is_taken_is_an_error_not_an_exit(served: Served) -> None:
    readiness = Readiness()
    app = create_app(title="t", description="d", readiness=readiness)
    with pytest.raises(OSError, match="in use"):
        await HttpServer(app, host=HOST, port=served.port).start()
