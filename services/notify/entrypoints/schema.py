"""The bodies of the delivery log, and what turns deliveries into them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from services.notify.domain.model import (
    Delivered,
    Delivery,
    DeliveryChannel,
    Failed,
    Sending,
    Skipped,
    Waiting,
)


class CauseBody(BaseModel):
    """The event that the message tells of."""

    type: str
    event_id: str


class DeliveryBody(BaseModel):
    """One message and how it went; never to whom."""

    delivery_id: str
    message: str
    round: int = Field(ge=1)
    cause: CauseBody
    status: Literal["sending", "waiting", "delivered", "skipped", "failed"]
    tries: int = Field(ge=0)
    channel: DeliveryChannel | None = Field(None, description="Left out where none was chosen")
    reason: str | None = Field(None, description="Left out for what is sent or on its way")
    at: datetime = Field(description="Since when it stands so")

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The body of a delivery."""
        channel, reason, at = _outcome(delivery)
        notice = delivery.notice
        return cls(
            delivery_id=notice.delivery_id,
            message=notice.message,
            round=notice.round,
            cause=CauseBody(type=notice.cause_type, event_id=notice.cause_event_id),
            status=delivery.status,
            tries=delivery.course.tries,
            channel=channel,
            reason=reason,
            at=at,
        )


class DeliveriesBody(BaseModel):
    """All deliveries of one inquiry."""

    deliveries: list[DeliveryBody]


def _outcome(delivery: Delivery) -> tuple[DeliveryChannel | None, str | None, datetime]:
    match delivery:
        case Sending():
            return delivery.channel, None, delivery.since
        case Waiting():
            return None, delivery.reason, delivery.since
        case Delivered():
            return delivery.channel, None, delivery.delivered_at
        case Skipped():
            return None, delivery.reason, delivery.skipped_at
        case Failed():
            return None, delivery.reason, delivery.failed_at
