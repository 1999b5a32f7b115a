"""Health, metrics, tokens, and who verifies a permit, over HTTP; what offices do is gRPC."""

from __future__ import annotations

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
    permits: APIRouter,
) -> FastAPI:
    """The app of districts; without an issuer it gives no tokens."""
    app = create_app(
        title="Dasan districts",
        description="Health, metrics, tokens for keys, and whether a permit's document holds; the"
        " API of offices is gRPC.",
        readiness=readiness,
    )
    app.include_router(access_exchange.routes(callers, issuer, limits))
    app.include_router(permits)
    assets.serve(app, FONT)
    api_docs.serve(app, assets)
    return app
