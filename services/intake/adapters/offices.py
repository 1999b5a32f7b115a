"""The record of offices over the bus, by which intake names them (ADR 0026)."""

from __future__ import annotations

from services.cities.recorded import OfficeRecorded
from services.common.consuming.recent import Newest


class LiveOffices(Newest[OfficeRecorded]):
    """What is recorded of offices, as a part of intake."""

    name = "offices"
    service = "intake"
    heard = ("dasan.districts.v1.OfficeRecorded",)
    form = OfficeRecorded
    order = "order"
