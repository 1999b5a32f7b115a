"""Parts of the city are killed while inquiries flow: nothing is lost, doubled or invented.

Each test ends with the judgement over everything that was ever acknowledged in this city.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from services.common.events import contracts
from tests.support.city import SAMPLES, City

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(400),
]

INQUIRIES = 300
PER_SECOND = 20
AWAY_SECONDS = 12
WHILE_AWAY_PER_SECOND = 10
# How far an acknowledgement may be behind on a machine busy with everything else.
PATIENCE_SECONDS = 8.0


async def test_each_service_is_killed_in_turn_while_300_inquiries_flow(city: City) -> None:
    flow = asyncio.create_task(city.flow(INQUIRIES, PER_SECOND, within=180))
    for service in contracts.services():
        # Each service dies in the midst of work, whatever pace this machine allows.
        await city.acknowledged(INQUIRIES // 7, within=120)
        await city.kill(service)
        await city.launch(service)
    assert not flow.done()
    await city.ready(*contracts.services())
    await flow
    await city.rest(120)
    assert await city.faults() == []


async def test_without_the_broker_inquiries_are_taken_and_told_later(city: City) -> None:
    """The broker is killed while inquiries flow, and is away for longer than a consumer group's
    session lasts."""
    before = asyncio.create_task(city.flow(60, PER_SECOND, within=180))
    await city.acknowledged(20, within=60)
    await city.kill("kafka")
    flowed = len(city.asked)
    count = AWAY_SECONDS * WHILE_AWAY_PER_SECOND
    away = asyncio.create_task(city.flow(count, WHILE_AWAY_PER_SECOND, within=180))
    await city.acknowledged(count, within=AWAY_SECONDS + PATIENCE_SECONDS)
    assert len(city.asked) >= flowed + count
    assert not city.stack["kafka"].running
    await city.start("kafka")
    await asyncio.gather(before, away)
    await city.rest(120)
    assert await city.faults() == []


async def test_without_the_database_an_inquiry_is_refused_never_falsely_taken(city: City) -> None:
    """The database is killed while inquiries flow; what was refused is taken when it is sent
    again."""
    flow = asyncio.create_task(city.flow(100, PER_SECOND, within=180))
    await city.acknowledged(20, within=60)
    await city.kill("mongo")
    kind, body = SAMPLES[0]
    keys = [str(uuid4()) for _ in range(10)]
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        answers = [
            client.post(
                f"{city.stack.http_url('intake')}/v1/inquiries",
                json=city.complete(body),
                headers={"Idempotency-Key": key},
            )
            for key in keys
        ]
        for answer in await asyncio.gather(*answers):
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert int(answer.headers["retry-after"]) > 0
            assert "receipt_number" not in answer.text
    await city.start("mongo")
    await asyncio.gather(*(city.send(key, kind, body) for key in keys[:5]))
    await flow
    await city.rest(120)
    # Refused inquiries that were not sent again must not exist: the judge would call them invented.
    assert await city.faults() == []


async def test_after_a_power_cut_everything_goes_on_where_it_was(city: City) -> None:
    """Broker, database and all services die at the same moment."""
    flow = asyncio.create_task(city.flow(60, PER_SECOND, within=180))
    await city.acknowledged(40, within=60)
    await city.kill(*contracts.services(), "kafka", "mongo")
    await city.start("kafka", "mongo")
    await city.start(*contracts.services())
    await flow
    await city.rest(120)
    assert await city.faults() == []
