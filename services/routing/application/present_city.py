"""The city at the moment of a decision: the pack's, with its offices and delegations as they are on
record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from services.cities import City
from services.common.kernel import DomainError, Kind
from services.routing.application.ports import Offices, Registered
from services.routing.domain.delegations import DelegationRecorded, on_record
from services.routing.domain.offices import RecordedOffices


class PresentCity:
    """Gives the city of now. It is made anew when an office or a delegation was recorded and when a
    day begins, and is the same object until then. Where nothing is on record the pack's holds."""

    def __init__(
        self,
        city: City,
        offices: Offices,
        registered: Registered,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._city = city
        self._offices = offices
        self._registered = registered
        self._clock = clock
        self._made: tuple[RecordedOffices, int, date, Mapping[str, DelegationRecorded]] | None = (
            None
        )
        self._present = city

    def now(self) -> City:
        """The city with the offices of today and the delegations on record.

        Raises DomainError UNAVAILABLE `view_away` until the record of offices was read once,
        `delegations_unread` until the register was. Before that nothing may be decided: an office
        that has closed, or that may not decide, could be given new work.
        """
        recorded, told = self._offices.recorded(), self._newest()
        today = self._clock().astimezone(self._city.timezone).date()
        if self._made is not None:
            known, changes, day, read = self._made
            same_offices = known is recorded and changes == recorded.changes and day == today
            if same_offices and read is told:
                return self._present
        self._made = recorded, recorded.changes, today, told
        offices_of_today = self._city.with_offices(recorded.forms(), today)
        self._present = offices_of_today.with_delegations(on_record(told.values()))
        return self._present

    async def offices_known(self) -> None:
        """Readiness: raises DomainError UNAVAILABLE `view_away`, see `now`."""
        self._offices.recorded()

    async def delegations_known(self) -> None:
        """Readiness: raises DomainError UNAVAILABLE `delegations_unread`, see `now`."""
        self._newest()

    def _newest(self) -> Mapping[str, DelegationRecorded]:
        try:
            return self._registered.newest()
        except DomainError as error:
            raise DomainError(
                "delegations_unread", Kind.UNAVAILABLE, "the delegations are not read; try again"
            ) from error
