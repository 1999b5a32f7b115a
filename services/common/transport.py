"""Faust's Kafka transport, reading in gulps.

Faust asks for records as soon as one is there: under load each fetch, each hand-over between its
threads and each batch of a handler then carries a single event. Here a busy reader lets records
gather first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import faust
from faust.transport.drivers import aiokafka
from faust.types import TP

from services.common.pace import Pace

# A gulp of this size is worth its cost; when more wait, they are read at once.
ENOUGH = 200


class _Consumer(aiokafka.Consumer):
    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        pace = cast(GulpTransport, self.transport).pace
        await pace.turn()
        records = await super()._getmany(active_partitions, timeout)
        if 0 < sum(map(len, records.values())) < ENOUGH:
            pace.ended()
        return records


class GulpTransport(aiokafka.Transport):
    """For `app.transport`, before the app starts: polls at most once in `gather` when busy."""

    Consumer = _Consumer

    def __init__(self, app: faust.App, gather: timedelta) -> None:
        super().__init__(app.conf.broker_consumer, app)
        self.pace = Pace(gather)
