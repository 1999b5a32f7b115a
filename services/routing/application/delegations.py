"""The city with the delegations that are on record: what competence is judged by."""

from __future__ import annotations

from collections.abc import Mapping

from services.cities import City
from services.common.kernel import DomainError, Kind
from services.routing.application.ports import Registered
from services.routing.domain.delegations import DelegationRecorded, on_record


class CityOnRecord:
    """The pack's city, with the registry's delegations in place of the pack's where it has any."""

    def __init__(self, city: City, registered: Registered) -> None:
        self._pack = city
        self._registered = registered
        self._read: Mapping[str, DelegationRecorded] = {}
        self._city = city

    async def known(self) -> None:
        """Raises as `now` does."""
        self.now()

    def now(self) -> City:
        """The city as it is on record now; the same object until the registry changes. Raises
        DomainError UNAVAILABLE `delegations_unread` until the registry was read once."""
        try:
            read = self._registered.newest()
        except DomainError as error:
            raise DomainError(
                "delegations_unread", Kind.UNAVAILABLE, "the delegations are not read; try again"
            ) from error
        if read is not self._read:
            self._city = self._pack.with_delegations(on_record(read.values()))
            self._read = read
        return self._city
