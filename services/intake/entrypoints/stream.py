"""Reads the bus: routing's, the offices' and the survey's facts."""

from __future__ import annotations

import faust

from services.common.consume import Consumer
from services.common.outbox import Bus
from services.common.wire import Wire
from services.intake.adapters.wire import topics
from services.intake.application.follow import FollowInquiries

# The steps of one inquiry in a batch share a write: the further it lags, the less a step costs.
BATCH = 2_000


def consumer(app: faust.App, wire: Wire, bus: Bus, follow: FollowInquiries) -> Consumer:
    """The part that follows inquiries."""
    return Consumer(
        app=app,
        service="intake",
        topics=topics(wire),
        wire=wire,
        handler=follow.handle,
        bus=bus,
        batch=BATCH,
    )
