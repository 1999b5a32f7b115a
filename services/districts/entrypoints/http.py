"""Health, metrics, tokens and competence over HTTP; what offices do is gRPC."""

from __future__ import annotations

from fastapi import FastAPI

from services.common.edge import access_exchange
from services.common.edge.access import Callers
from services.common.edge.access_exchange import TokenLimits
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.http_kit import create_app
from services.common.edge.readiness import Readiness
from services.common.pages import api_docs
from services.common.pages.assets import Assets
from services.districts.application.delegations import Delegations
from services.districts.entrypoints.competence import competence_routes


def create(
    *,
    callers: Callers,
    issuer: TokenIssuer | None,
    limits: TokenLimits,
    readiness: Readiness,
    assets: Assets,
    delegations: Delegations,
) -> FastAPI:
    """The app of districts; without an issuer it gives no tokens."""
    app = create_app(
        title="Dasan districts",
        description="Tokens for keys, and who is competent; the API of offices is gRPC.",
        readiness=readiness,
    )
    app.include_router(access_exchange.routes(callers, issuer, limits))
    app.include_router(competence_routes(callers, delegations))
    api_docs.serve(app, assets)
    return app
