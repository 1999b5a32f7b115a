"""The delivery log: what was told about an inquiry, how it went, and never to whom."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query

from services.common.edge.access import Callers
from services.common.edge.http_kit import caller_with, create_app
from services.common.edge.readiness import Readiness
from services.notify.application.ports import DeliveryLog
from services.notify.domain.model import Delivered, Delivery, Failed, Sending, Skipped, Waiting

# The scope that a reader of the log needs: a counselling desk, or another service of the city.
DELIVERIES = "deliveries"


def create(*, deliveries: DeliveryLog, callers: Callers, readiness: Readiness) -> FastAPI:
    """The app of notify; its log is for callers with the scope DELIVERIES."""
    app = create_app(
        title="Dasan notify",
        description="What citizens were told, with reason codes and without addresses.",
        readiness=readiness,
    )

    may_read = Depends(caller_with(callers, DELIVERIES))

    @app.get("/v1/deliveries", summary="The deliveries of one inquiry", dependencies=[may_read])
    async def log(
        inquiry_id: Annotated[str, Query(min_length=1, max_length=64, pattern="^[0-9a-fA-F-]+$")],
    ) -> dict[str, Any]:
        return {"deliveries": [_entry(d) for d in await deliveries.of(inquiry_id)]}

    return app


def _entry(delivery: Delivery) -> dict[str, Any]:
    notice = delivery.notice
    entry: dict[str, Any] = {
        "delivery_id": notice.delivery_id,
        "message": notice.message,
        "round": notice.round,
        "cause": {"type": notice.cause_type, "event_id": notice.cause_event_id},
        "status": delivery.status,
        "tries": delivery.course.tries,
    }
    match delivery:
        case Sending():
            return {**entry, "channel": delivery.channel, "at": delivery.since.isoformat()}
        case Waiting():
            return {**entry, "reason": delivery.reason, "at": delivery.since.isoformat()}
        case Delivered():
            return {**entry, "channel": delivery.channel, "at": delivery.delivered_at.isoformat()}
        case Skipped():
            return {**entry, "reason": delivery.reason, "at": delivery.skipped_at.isoformat()}
        case Failed():
            return {**entry, "reason": delivery.reason, "at": delivery.failed_at.isoformat()}
