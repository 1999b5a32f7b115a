"""What districts needs from outside, as its application sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.common.aggregates.update import Stored
from services.districts.domain.case.model import Case, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenWords:
    """What the citizen wrote, and the place in every form that was given: an address text, a point
    (WGS 84 degrees), the code of a dong or district."""

    text: str
    address: str
    dong_code: str
    lat: float | None
    lon: float | None


class Words(Protocol):
    """Where the citizens' words are: intake."""

    async def of(self, inquiry_id: str, office_id: str) -> CitizenWords | None:
        """The words for this office to handle; None when intake does not hold the inquiry.

        Raises DomainError UNAVAILABLE when intake cannot be reached.
        """
        ...


class CaseReads(Protocol):
    """Reads by index, for the work feed. Each sees whatever was stored before it was asked.

    Of a case only id, version and state are filled; the state is None when this version of the
    service cannot read it. Every method raises DomainError UNAVAILABLE.
    """

    async def at_offices(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Sequence[Stored[Case]]:
        """The cases at these offices in these stages, longest at its office first."""
        ...

    async def changed_since(self, office_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        """The cases that lie or lay at these offices and changed then or later, by the time in
        their state, with their versions."""
        ...

    async def of(self, inquiry_ids: Iterable[str]) -> Sequence[Stored[Case]]:
        """Those of these cases that exist, in any order."""
        ...


class OfficeReads(Protocol):
    """Reads of the record of offices. There are some hundreds."""

    async def versions(self) -> Mapping[str, int]:
        """The version of each recorded office, by id; raises DomainError UNAVAILABLE."""
        ...
