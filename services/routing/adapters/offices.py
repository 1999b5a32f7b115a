"""The record of offices over the bus: the last state of each, read from the beginning of its
compacted topic at each start. The topic is its own log, so that no table is needed (ADR 0026)."""

from __future__ import annotations

from services.cities.recorded import OfficeRecorded
from services.common.consuming.recent import Newest


class LiveOffices(Newest[OfficeRecorded]):
    """What is recorded of offices, as a part of routing."""

    name = "offices"
    service = "routing"
    heard = ("dasan.districts.v1.OfficeRecorded",)
    form = OfficeRecorded
    order = "order"
