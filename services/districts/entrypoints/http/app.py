"""The app of districts over HTTP: tokens for keys, and the rooms that `bootstrap` gives it."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from services.common.edge import access_exchange
from services.common.edge.access import Callers
from services.common.edge.access_exchange import TokenLimits
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.http_kit import create_app
from services.common.edge.readiness import Readiness
from services.common.pages import FONT, api_docs
from services.common.pages.assets import Assets


def create(
    *,
    callers: Callers,
    issuer: TokenIssuer | None,
    limits: TokenLimits,
    readiness: Readiness,
    assets: Assets,
    rooms: Sequence[APIRouter],
) -> FastAPI:
    """The app of districts; without an issuer it gives no tokens. `rooms` are what it serves
    besides: the work of offices, the report on delegations."""
    app = create_app(
        title="Dasan districts",
        description="Tokens for keys, the work of an office (the commands of the gRPC API as JSON;"
        " what changes is watched by gRPC), who is competent, whether a permit's document"
        " holds, and which permits to delegate.",
        readiness=readiness,
    )
    app.include_router(access_exchange.routes(callers, issuer, limits))
    for room in rooms:
        app.include_router(room)
    assets.serve(app, FONT)
    api_docs.serve(app, assets)
    return app
