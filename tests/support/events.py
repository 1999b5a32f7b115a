"""Kafka records of events as a service would tell them, for tests that run no service."""

from __future__ import annotations

from datetime import datetime

from services.common.events.envelope import Envelope
from services.common.process import clock
from services.common.publishing.outbox import Record, record_of


def told_record(
    name: str, key: str, data: bytes, at: datetime, *, aggregate: str = "", version: int = 1
) -> Record:
    """The record of an event of this full name, told at that time with an id of its own, by the
    aggregate of that id (by default that of the key)."""
    return record_of(
        Envelope(
            id=clock.new_id(),
            source="/dasan/test",
            type=name,
            time=at,
            key=key,
            aggregate=aggregate or key,
            version=version,
            correlation_id=key,
            causation_id="c",
            traceparent="",
            data=data,
        )
    )
