"""The app of districts: tokens for keys, and the work of offices (`work`)."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from services.common.edge import access_exchange
from services.common.edge.access import Callers
from services.common.edge.access_exchange import TokenLimits
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.http_kit import create_app
from services.common.edge.readiness import Readiness
from services.common.pages import api_docs
from services.common.pages.assets import Assets


def create(
    *,
    callers: Callers,
    issuer: TokenIssuer | None,
    limits: TokenLimits,
    readiness: Readiness,
    assets: Assets,
    work: APIRouter,
) -> FastAPI:
    """The app of districts; without an issuer it gives no tokens."""
    app = create_app(
        title="Dasan districts",
        description="Tokens for keys, and the work of an office: the commands of the gRPC API as"
        " JSON. What changes is watched by gRPC.",
        readiness=readiness,
    )
    app.include_router(access_exchange.routes(callers, issuer, limits))
    app.include_router(work)
    api_docs.serve(app, assets)
    return app
