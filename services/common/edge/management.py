"""What only those inside may ask of a service: the three probes and its figures, on a port of
their own.

No route from outside leads to this port, so no proxy shows by mistake who calls here and how much,
and a network policy can let in probes and monitors alone. It opens before everything else and
closes after everything else: a start that takes long says `starting`, and a stop `draining` until
the end, where a closed port would say nothing. What is ready is left to `readiness`.
"""

from __future__ import annotations

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.common.edge.http_kit import PortServer
from services.common.edge.readiness import Readiness
from services.common.process.parts import Stage


class ManagementServer(PortServer):
    """Answers `/healthz`, `/startupz`, `/readyz` and `/metrics` as a part of a service."""

    name = "management"
    stage = Stage.MANAGEMENT

    def __init__(self, readiness: Readiness, *, host: str, port: int) -> None:
        super().__init__(create_app(readiness), host=host, port=port)


def create_app(readiness: Readiness) -> Starlette:
    """The four addresses, and nothing else."""

    async def healthz(_: Request) -> Response:
        """Alive: the loop answers. It looks at nothing else: a restart would mend nothing else."""
        return PlainTextResponse("ok\n")

    async def startupz(_: Request) -> Response:
        """Started: from now on an orchestrator asks the other two probes."""
        if readiness.has_started:
            return PlainTextResponse("ok\n")
        return PlainTextResponse("starting\n", status_code=503)

    async def readyz(_: Request) -> Response:
        """Ready: send requests. Names each part and what is missing."""
        state = await readiness.state()
        return JSONResponse(dict(state.parts), status_code=200 if state.ready else 503)

    async def metrics(_: Request) -> Response:
        """All figures. Some thousand lines take milliseconds to write: a thread does it, so that
        requests do not wait for a monitor."""
        text = await asyncio.to_thread(generate_latest)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/startupz", startupz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ]
    )
