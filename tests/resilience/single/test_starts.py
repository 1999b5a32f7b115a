"""Services are started while what they stand on is away.

They must start all the same, say what they are missing, refuse what they cannot do, and begin to
work by themselves as soon as it is back. Otherwise an orchestrator that restarts everything after
an outage would see services that end again and again. A broken promise shows as a process that
ended, a request that is taken falsely, or a service that stays unready.
"""

from __future__ import annotations

import httpx
import pytest

from services.common.events import contracts
from tests.support.city import SAMPLES, City, eventually

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(120),
]


async def test_services_start_without_their_database(city: City) -> None:
    """The database is killed, all five services are stopped and started, an inquiry is refused;
    then the database comes back."""
    await city.rest()
    await city.stop(contracts.services())
    await city.kill("mongo")
    await city.launch(*contracts.services())

    async def say_what_is_missing() -> bool:
        return all([await missing(city, service) for service in contracts.services()])

    await eventually(say_what_is_missing, 60, "every service says what it is missing", every=0.2)
    kind, body = SAMPLES[0]
    refused = await city.http.post(f"{city.stack.http_url('intake')}/v1/inquiries", json=body)
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert int(refused.headers["retry-after"]) > 0
    await city.start("mongo")
    await city.ready(*contracts.services())
    await city.ask(kind, body)
    await city.rest()
    assert await city.faults() == []


async def missing(city: City, service: str) -> bool:
    """Whether a service lives, is not ready, and names its database and indexes."""
    address = city.stack.management_url(service)
    try:
        ready = await city.http.get(f"{address}/readyz")
        alive = await city.http.get(f"{address}/healthz")
    except httpx.TransportError:
        return False
    parts = ready.json()
    return (
        (ready.status_code, alive.status_code) == (503, 200)
        and parts.get("database") in ("database_away", "timeout")
        and parts.get("indexes") == "indexes_missing"
    )
