"""The delivery log: what was told about an inquiry, how it went, and never to whom."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import FastAPI, Query

from services.common.http import create_app
from services.common.readiness import Readiness
from services.notify.application.ports import DeliveryLog
from services.notify.domain.model import Delivered, Delivery, Failed, Sending, Waiting


def create(*, deliveries: DeliveryLog, readiness: Readiness) -> FastAPI:
    """The app of notify."""
    app = create_app(
        title="Dasan notify",
        description="What citizens were told, with reason codes and without addresses.",
        readiness=readiness,
    )

    @app.get("/v1/deliveries", summary="The deliveries of one inquiry")
    async def log(
        inquiry_id: Annotated[str, Query(min_length=1, max_length=64, pattern="^[0-9a-fA-F-]+$")],
    ) -> dict[str, Any]:
        return {"deliveries": [_entry(d) for d in await deliveries.of(inquiry_id)]}

    return app


def _entry(delivery: Delivery) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "delivery_id": delivery.notice.delivery_id,
        "step": delivery.notice.step,
        "status": delivery.status,
        "attempts": delivery.attempts,
    }
    match delivery:
        case Sending():
            return {**entry, "channel": delivery.channel, "at": delivery.since.isoformat()}
        case Waiting():
            return {**entry, "channel": delivery.channel}
        case Delivered():
            return {**entry, "channel": delivery.channel, "at": delivery.delivered_at.isoformat()}
        case Failed():
            return {**entry, "reason": delivery.reason, "at": delivery.failed_at.isoformat()}
