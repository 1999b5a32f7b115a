"""Health, metrics, tokens and the report on delegations over HTTP; what offices do is gRPC."""

from __future__ import annotations

from fastapi import FastAPI

from services.cities import City
from services.common.edge import access_exchange
from services.common.edge.access import Callers
from services.common.edge.access_exchange import TokenLimits
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.http_kit import create_app
from services.common.edge.readiness import Readiness
from services.common.pages import api_docs
from services.common.pages.assets import Assets
from services.districts.application.recommending import Recommending
from services.districts.entrypoints.recommendations import http as recommendations
from services.districts.entrypoints.recommendations.page import ReportPages


def create(
    *,
    callers: Callers,
    issuer: TokenIssuer | None,
    limits: TokenLimits,
    readiness: Readiness,
    assets: Assets,
    city: City,
    recommending: Recommending,
) -> FastAPI:
    """The app of districts; without an issuer it gives no tokens."""
    app = create_app(
        title="Dasan districts",
        description="Health, metrics, tokens for keys, and which permits to delegate; the API of"
        " offices is gRPC.",
        readiness=readiness,
    )
    app.include_router(access_exchange.routes(callers, issuer, limits))
    pages = ReportPages(city, assets)
    app.include_router(
        recommendations.routes(city=city, recommending=recommending, pages=pages, callers=callers)
    )
    api_docs.serve(app, assets)
    return app
