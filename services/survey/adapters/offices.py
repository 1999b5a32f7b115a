"""The record of offices over the bus, by which survey names them (ADR 0026)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from services.cities.recorded import OfficeRecorded
from services.common.bus.brokers import Brokers
from services.common.consuming.recent import Newest

_EVENT = "dasan.districts.v1.OfficeRecorded"


class LiveOffices(Newest[OfficeRecorded]):
    """What is recorded of offices, as a part of survey."""

    heard: ClassVar[tuple[str, ...]] = (_EVENT,)

    def __init__(self, brokers: Brokers, clock: Callable[[], datetime]) -> None:
        super().__init__(
            "offices",
            service="survey",
            brokers=brokers,
            clock=clock,
            event=_EVENT,
            form=OfficeRecorded,
            order=lambda event: event.order,
        )
