"""Health and metrics over HTTP; what offices do is gRPC."""

from __future__ import annotations

from fastapi import FastAPI

from services.common.http import create_app
from services.common.readiness import Readiness


def create(*, readiness: Readiness) -> FastAPI:
    """The app of districts."""
    return create_app(
        title="Dasan districts",
        description="Health and metrics; the API of offices is gRPC.",
        readiness=readiness,
    )
