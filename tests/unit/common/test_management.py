"""The probes and the figures: what they say while a service lives, and that nothing of what a
service offers shows them."""

from __future__ import annotations

import httpx
import pytest

from deploy.local.ports import HOST, Ports
from services.common.edge import http_kit
from services.common.edge.management import ManagementServer, create_app
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.process.parts import Stage
from services.common.run.service import STAGE_WITHIN, running

PROBES = ("healthz", "startupz", "readyz")


def asking(readiness: Readiness) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(readiness)), base_url="http://inside"
    )


async def test_the_three_probes_while_a_service_lives() -> None:
    readiness = Readiness(fresh_seconds=0)
    missing = "database_away"

    async def database() -> None:
        if missing:
            raise DomainError(missing, Kind.UNAVAILABLE, "try again")

    readiness.needs("database", database)
    async with asking(readiness) as client:

        async def seen() -> list[int]:
            return [(await client.get(f"/{probe}")).status_code for probe in PROBES]

        assert await seen() == [200, 503, 503]
        assert (await client.get("/readyz")).json() == {"service": "starting"}
        readiness.started()
        assert await seen() == [200, 200, 503]
        assert (await client.get("/readyz")).json() == {"database": "database_away"}
        missing = ""
        assert await seen() == [200, 200, 200]
        readiness.drain()
        assert await seen() == [200, 200, 503]
        assert (await client.get("/readyz")).json() == {"service": "draining"}


async def test_the_figures_are_in_the_form_of_prometheus() -> None:
    async with asking(Readiness()) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "# TYPE dasan_consumer_lag gauge" in answer.text


@pytest.mark.parametrize("address", [*PROBES, "metrics"])
async def test_no_port_towards_the_outside_shows_them(address: str) -> None:
    app = http_kit.create_app(title="t", description="d", readiness=Readiness())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://outside"
    ) as client:
        assert (await client.get(f"/{address}")).status_code == httpx.codes.NOT_FOUND


async def test_it_is_there_before_everything_else_and_until_after_it() -> None:
    """A stop of half a minute during which nobody answered would look like a death."""
    assert min(Stage) is Stage.MANAGEMENT
    readiness, port = Readiness(), Ports.free().intake_management
    server = ManagementServer(readiness, host=HOST, port=port)
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False) as client:
        async with running([server], bounds=STAGE_WITHIN):
            assert (await client.get("/startupz")).text == "starting\n"
            readiness.started()
            readiness.drain()
            assert (await client.get("/readyz")).json() == {"service": "draining"}
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")
