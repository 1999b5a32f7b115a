"""The city at the moment of a decision: the pack's, with its offices as they are recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from services.cities import City
from services.routing.application.ports import Offices
from services.routing.domain.offices import RecordedOffices


class PresentCity:
    """Gives the city of now. It is made anew when an office was recorded and when a day begins, and
    is the same object until then."""

    def __init__(self, city: City, offices: Offices, *, clock: Callable[[], datetime]) -> None:
        self._city = city
        self._offices = offices
        self._clock = clock
        self._made: tuple[RecordedOffices, int, date] | None = None
        self._present = city

    def now(self) -> City:
        """The city with the offices of today; raises DomainError UNAVAILABLE `view_away` until the
        record was read once. Before that nothing may be decided: an office that has closed could be
        given new work."""
        recorded = self._offices.recorded()
        today = self._clock().astimezone(self._city.timezone).date()
        if self._made is not None:
            known, changes, day = self._made
            if known is recorded and changes == recorded.changes and day == today:
                return self._present
        self._made = recorded, recorded.changes, today
        self._present = self._city.with_offices(recorded.forms(), today)
        return self._present

    async def known(self) -> None:
        """Readiness: raises as `now`."""
        self.now()
