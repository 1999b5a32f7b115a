"""The city at the moment of a decision: the pack's, with its offices and delegations as they are on
record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.cities import City
from services.cities.recorded import CityOfToday, RecordedOffices
from services.common.kernel import DomainError, Kind
from services.routing.application.ports import Registered
from services.routing.domain.delegations import DelegationRecorded, on_record


class PresentCity:
    """Gives the city of now. It is made anew when an office or a delegation was recorded and when a
    day begins, and is the same object until then. Where nothing is on record the pack's holds."""

    def __init__(
        self,
        city: City,
        offices: RecordedOffices,
        registered: Registered,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._offices = offices
        self._registered = registered
        self._today = CityOfToday(city, offices.newest, clock)
        self._made: tuple[City, Mapping[str, DelegationRecorded], City] | None = None

    def now(self) -> City:
        """The city with the offices of today and the delegations on record.

        Raises DomainError UNAVAILABLE `view_away` until the record of offices was read once,
        `delegations_unread` until the register was. Before that nothing may be decided: an office
        that has closed, or that may not decide, could be given new work.
        """
        of_today, told = self._today.now(), self._newest()
        if self._made is not None:
            known, read, made = self._made
            if known is of_today and read is told:
                return made
        made = of_today.with_delegations(on_record(told.values()))
        self._made = of_today, told, made
        return made

    def as_known(self) -> City:
        """The city with the offices of today, for who names them and waits for nothing: until the
        record was read once it is the pack's. Its delegations are the pack's."""
        return self._today.as_known()

    async def offices_known(self) -> None:
        """Readiness: raises DomainError UNAVAILABLE `view_away`, see `now`."""
        self._offices.newest()

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
