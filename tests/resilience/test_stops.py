"""Services are told to stop (SIGTERM) in the situations in which that has gone wrong elsewhere.

A service that is stopped, and what it stands on, must come away clean: exit status 0 within the
lame-duck time and 15 s; whatever it acknowledged or settled is stored, told and committed, so that
its successor neither loses nor repeats it. A broken promise shows as a SIGKILL by whoever waits for
the end, a citizen's request that fails, an event handled again, or a fault the judge finds.

Each test ends with the judgement over everything that was ever acknowledged in this city.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from deploy.local.ports import HOST
from services.common.events import contracts
from services.common.run.service import STOP_WITHIN
from simulation.judge import evidence
from tests.support.city import SAMPLES, City, eventually

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(120),
]

# As in production. A test machine needs it to answer what 200 citizens have posted.
LAME_DUCK_SECONDS = 3.0
# A test machine starts threads and flushes logs late.
SLACK_SECONDS = 1.0
IN_FLIGHT = 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Open offices, and services with a lame-duck time, which the local stack else does without."""
    environment = {"LAME_DUCK_SECONDS": str(LAME_DUCK_SECONDS)}
    data = tmp_path_factory.mktemp("stops")
    async with City.running(data, tracing=False, environment=environment) as running:
        await running.open_offices()
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def city(town: City) -> City:
    """All five services, whatever the test before has left."""
    await town.start(*(name for name in contracts.services() if not town.stack[name].running))
    return town


async def end(city: City, *services: str) -> dict[str, float]:
    """Stops services as an orchestrator does, and says for how many seconds each took."""
    began = time.monotonic()
    for service in services:
        city.stack[service].request_stop()
    return await ended(city, *services, since=began)


async def ended(city: City, *services: str, since: float) -> dict[str, float]:
    """Returns when all have ended by themselves, in time and with status 0."""
    took: dict[str, float] = {}

    def all_ended() -> bool:
        for service in services:
            if service not in took and not city.stack[service].running:
                took[service] = time.monotonic() - since
        return len(took) == len(services)

    within = LAME_DUCK_SECONDS + STOP_WITHIN.total_seconds() + SLACK_SECONDS
    await eventually(all_ended, within, f"{', '.join(services)} ended by themselves")
    statuses = {service: city.stack[service].returncode for service in services}
    assert statuses == dict.fromkeys(services, 0)
    return took


async def healed(city: City, *services: str) -> None:
    """Starts these services again; nothing was lost, doubled or invented, and no service lags."""
    await city.start(*services)
    await city.rest(60)
    assert await city.faults() == []


@asynccontextmanager
async def citizens(city: City, at_once: int = IN_FLIGHT) -> AsyncIterator[httpx.AsyncClient]:
    """A client that opens as many connections as it is asked for."""
    async with httpx.AsyncClient(
        base_url=city.stack.http_url("intake"),
        limits=httpx.Limits(max_connections=at_once),
        timeout=30,
        trust_env=False,
    ) as client:
        yield client


def shown(city: City) -> str:
    """The key of a system: nobody else may say what was answered on the line."""
    return f"Bearer {city.stack.key_of('system')}"


async def post(city: City, client: httpx.AsyncClient) -> httpx.Response:
    """One inquiry that ends with its receipt; in the ledger once it is acknowledged."""
    kind, body = SAMPLES[-1]
    answer = await client.post(
        "/v1/inquiries",
        json=city.complete(body),
        headers={"Idempotency-Key": str(uuid4()), "Authorization": shown(city)},
    )
    if answer.status_code == httpx.codes.CREATED:
        city.promised(answer.json(), kind, body)
    return answer


def settled_but_not_committed(city: City, service: str, collection: str) -> list[str]:
    """Inquiries of which a service has a document although it must read their first event again."""
    with city.stack.broker.admin() as admin:
        committed = admin.list_group_offsets([f"dasan-{service}"])[f"dasan-{service}"]
    offsets = {place: offset.offset for place, offset in committed.items()}
    stored = {document["_id"] for document in evidence.databases(city.stack)[service][collection]}
    topic = contracts.events()["dasan.intake.v1.InquiryReceived"].topic
    return [
        record.key.decode()
        for record in evidence.records(city.stack.broker.bootstrap, [topic])
        if dict(record.headers)["ce_type"] == b"dasan.intake.v1.InquiryReceived"
        and record.offset >= offsets.get((record.topic, record.partition), 0)
        and record.key.decode() in stored
    ]


async def test_a_batch_in_hand_is_settled_and_committed(city: City) -> None:
    """Routing is stopped while inquiries flow faster than it reads them."""
    flow = asyncio.create_task(city.flow(60, 40, within=90))
    await city.acknowledged(20, within=30)
    await end(city, "routing")
    again = await asyncio.to_thread(settled_but_not_committed, city, "routing", "assignments")
    assert again == []
    await city.start("routing")
    await flow
    await healed(city)


async def sent(city: City) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A citizen's request on its way, over a connection of its own; a client that costs little."""
    _, body = SAMPLES[-1]
    content = json.dumps(city.complete(body)).encode()
    reader, writer = await asyncio.open_connection(HOST, city.stack.ports.intake_http)
    writer.write(
        b"POST /v1/inquiries HTTP/1.1\r\nHost: intake\r\nContent-Type: application/json\r\n"
        b"Connection: close\r\nAuthorization: %b\r\nContent-Length: %d\r\n\r\n%b"
        % (shown(city).encode(), len(content), content)
    )
    await writer.drain()
    return reader, writer  # a writer that nobody holds closes its connection


async def taken(city: City, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the request was acknowledged; if so, it stands in the ledger."""
    head, _, receipt = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    if not head.startswith(b"HTTP/1.1 201 "):
        return False
    city.promised(json.loads(receipt), *SAMPLES[-1])
    return True


async def test_no_request_in_flight_fails_and_the_balancer_is_told_first(city: City) -> None:
    """200 citizens have posted when intake is stopped; more come while it says it is not ready."""
    intake = city.stack["intake"]
    async with citizens(city) as late:
        requests = await asyncio.gather(*(sent(city) for _ in range(IN_FLIGHT)))
        began = time.monotonic()
        intake.request_stop()

        async def said_not_ready() -> bool:
            answer = await city.http.get(f"{city.stack.management_url('intake')}/readyz")
            return (answer.status_code, answer.json()) == (503, {"service": "draining"})

        await eventually(said_not_ready, LAME_DUCK_SECONDS, "intake says that it is not ready")
        new = await post(city, late)
        assert new.status_code == httpx.codes.CREATED
        assert new.headers["connection"] == "close"
    assert all(await asyncio.gather(*(taken(city, *request) for request in requests)))
    await ended(city, "intake", since=began)
    await healed(city, "intake")


async def test_a_client_that_never_finishes_its_body_holds_nobody_up(city: City) -> None:
    """A client has sent intake a part of an inquiry and sends no more while intake is stopped."""
    port = city.stack.ports.intake_http
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(
        b"POST /v1/inquiries HTTP/1.1\r\nHost: intake\r\nContent-Type: application/json\r\n"
        b'Content-Length: 1000\r\n\r\n{"text": "'
    )
    await writer.drain()
    took = await end(city, "intake")
    assert max(took.values()) < LAME_DUCK_SECONDS + 5, took
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"connection: close" in answer
    await healed(city, "intake")


async def test_a_database_that_hangs_holds_nobody_up(city: City) -> None:
    """The database stands still (SIGSTOP) while citizens wait for their receipts; all five services
    are stopped."""
    async with citizens(city) as many:
        async with city.frozen("mongo"):
            posts = [asyncio.create_task(post(city, many)) for _ in range(20)]
            await end(city, *contracts.services())
            answers = await asyncio.gather(*posts)
        # No citizen may believe that the inquiry was taken, nor be left without an answer.
        assert {answer.status_code for answer in answers} == {503}
    await healed(city, *contracts.services())


async def test_a_broker_that_is_away_holds_nobody_up(city: City) -> None:
    """The broker is killed while inquiries are under way, and intake takes more; then all five
    services are stopped."""
    flow = asyncio.create_task(city.flow(20, 20, within=90))
    await city.acknowledged(10, within=30)
    await city.kill("kafka")
    async with citizens(city) as client:
        assert (await post(city, client)).status_code == httpx.codes.CREATED
    await end(city, *contracts.services())
    await city.start("kafka")
    await city.start(*contracts.services())
    await flow
    await healed(city)


async def test_idle_services_end_at_once_when_their_lame_duck_time_is_over(city: City) -> None:
    """Nothing is under way; all five are stopped at the same time."""
    await city.rest()
    took = await end(city, *contracts.services())
    assert max(took.values()) < LAME_DUCK_SECONDS + 5, took
    lags = await asyncio.to_thread(evidence.lags, city.stack)
    assert not any(lags.values()), lags
    assert await city.faults() == []
