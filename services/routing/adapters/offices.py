"""The record of offices over the bus: the last state of each, read from the beginning of its
compacted topic at each start. The topic is its own log, so that no table is needed (ADR 0026)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from services.common.bus.brokers import Brokers
from services.common.consuming.recent import Recent
from services.common.events.wire import Wire
from services.routing.domain.offices import OfficeRecorded, RecordedOffices

HEARD = {"dasan.districts.v1.OfficeRecorded": OfficeRecorded}


class ToldOffices:
    """The tally of the offices."""

    heard: Mapping[str, timedelta | None] = dict.fromkeys(HEARD)

    def __init__(self) -> None:
        self.offices = RecordedOffices()

    def add(self, event: OfficeRecorded) -> None:
        """Takes in a state."""
        self.offices.hear(event)


class LiveOffices:
    """The record of offices; whole at every replica."""

    def __init__(self, recent: Recent[ToldOffices]) -> None:
        self._recent = recent

    def recorded(self) -> RecordedOffices:
        """The last state of each office; raises DomainError UNAVAILABLE `view_away` until it is
        read. While the broker is away it is what was known before."""
        return self._recent.tally().offices


def recent_offices(brokers: Brokers, clock: Callable[[], datetime]) -> Recent[ToldOffices]:
    """The reader of the record, as a part of routing."""
    return Recent(
        "offices",
        service="routing",
        brokers=brokers,
        wire=Wire(dict(HEARD)),
        tally=ToldOffices,
        clock=clock,
    )
