"""The record of offices as a test says, and states of offices to tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from services.cities import OfficeKind
from services.cities.recorded import OfficeForm, OfficeName, OfficeRecorded
from services.common.consuming.recent import LastOfKey
from services.common.kernel import DomainError, Kind

EVENT = "dasan.districts.v1.OfficeRecorded"


class FixedOffices:
    """What is recorded of offices: nothing at first. It hears as a service's reader does, and can
    be unread."""

    def __init__(self) -> None:
        self.told: LastOfKey[OfficeRecorded] = LastOfKey(
            EVENT, key=lambda event: event.office_id, order=lambda event: event.order
        )
        self.away = False

    def hear(self, *events: OfficeRecorded) -> None:
        """Takes states in, in this order."""
        for event in events:
            self.told.add(event)

    def newest(self) -> Mapping[str, OfficeRecorded]:
        if self.away:
            raise DomainError("view_away", Kind.UNAVAILABLE, "the record of offices is away")
        return self.told.newest()


def recorded(
    office_id: str,
    revision: int,
    names: Mapping[str, str],
    *,
    ends: date | None = None,
    phone: str = "",
) -> OfficeRecorded:
    """A state of a district's office with these names by language, to a day."""
    form = OfficeForm(
        starts=None,
        ends=ends,
        names=tuple(OfficeName(language=key, text=text) for key, text in names.items()),
        area=(),
        district=office_id.partition("-")[2],
        dong="",
        successors=(),
        capacity=None,
        phone=phone,
    )
    return OfficeRecorded(
        office_id=office_id, kind=OfficeKind.DISTRICT, forms=(form,), revision=revision
    )
