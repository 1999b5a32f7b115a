"""Health, metrics and tokens over HTTP; what offices do is gRPC."""

from __future__ import annotations

from fastapi import FastAPI

from services.common.edge import access_exchange
from services.common.edge.access import Callers
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.http_kit import create_app
from services.common.edge.readiness import Readiness


def create(*, callers: Callers, issuer: TokenIssuer | None, readiness: Readiness) -> FastAPI:
    """The app of districts; without an issuer it gives no tokens."""
    app = create_app(
        title="Dasan districts",
        description="Health, metrics, and tokens for keys; the API of offices is gRPC.",
        readiness=readiness,
    )
    app.include_router(access_exchange.routes(callers, issuer))
    return app
