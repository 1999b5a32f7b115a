"""The delivery log: what was told about an inquiry, how it went, and never to whom."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI, Query

from services.common.edge.access import Callers
from services.common.edge.http_kit import caller_with, create_app
from services.common.edge.openapi import AWAY, refusals
from services.common.edge.readiness import Readiness
from services.common.pages import api_docs
from services.common.pages.assets import Assets
from services.notify.application.ports import DeliveryLog
from services.notify.entrypoints.schema import DeliveriesBody, DeliveryBody

# The scope that a reader of the log needs: a counselling desk, or another service of the city.
DELIVERIES = "deliveries"


def create(
    *, deliveries: DeliveryLog, callers: Callers, readiness: Readiness, assets: Assets
) -> FastAPI:
    """The app of notify; its log is for callers with the scope DELIVERIES."""
    app = create_app(
        title="Dasan notify",
        description="What citizens were told, with reason codes and without addresses.",
        readiness=readiness,
    )

    may_read = Depends(caller_with(callers, DELIVERIES))

    @app.get(
        "/v1/deliveries",
        summary="The deliveries of one inquiry",
        dependencies=[may_read],
        responses=refusals(*AWAY),
        response_model_exclude_none=True,
    )
    async def log(
        inquiry_id: Annotated[
            str,
            Query(
                min_length=1,
                max_length=64,
                pattern="^[0-9a-fA-F-]+$",
                examples=["0198d5f0-5b7a-7c3e-9d53-2f6a3c1e8b40"],
            ),
        ],
    ) -> DeliveriesBody:
        return DeliveriesBody(
            deliveries=[DeliveryBody.of(d) for d in await deliveries.of(inquiry_id)]
        )

    api_docs.serve(app, assets)
    return app
