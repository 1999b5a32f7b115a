"""What districts needs from outside, as its application sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.cities import PetitionKind
from services.common.aggregates.update import Stored
from services.districts.domain.case.model import UNFINISHED, Case, Stage
from services.districts.domain.delegation.model import Delegation
from services.districts.domain.recommendation.record import Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenWords:
    """What the citizen wrote, and the place in every form that was given: an address text, a point
    (WGS 84 degrees), the code of a dong or district. `attributes` are the service's form, as codes
    with values in the order of the form."""

    text: str
    address: str
    dong_code: str
    lat: float | None
    lon: float | None
    attributes: tuple[tuple[str, str], ...] = ()


class Words(Protocol):
    """Where the citizens' words are: intake."""

    async def of(self, inquiry_id: str, office_id: str) -> CitizenWords | None:
        """The words for this office to handle; None when intake does not hold the inquiry.

        Raises DomainError UNAVAILABLE when intake cannot be reached.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFilter:
    """Which of an office's work is listed: what is in one of the `stages`, due before a time (aware
    UTC), of this kind, of this code of the catalogue, a permit to decide, and worked on by the
    officer of this code; None and "" let all through."""

    stages: frozenset[Stage] = frozenset(UNFINISHED)
    due_before: datetime | None = None
    kind: PetitionKind | None = None
    service_code: str = ""
    permit_only: bool = False
    assignee: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAfter:
    """A place in a list by due time and id: right after this case."""

    due_at: datetime
    inquiry_id: str


class CaseReads(Protocol):
    """Reads by index, for the work feed and lists of work. Each sees whatever was stored before it
    was asked.

    Of a case only id, version and state are filled; the state is None when this version of the
    service cannot read it. Every method raises DomainError UNAVAILABLE.
    """

    async def at_offices(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Sequence[Stored[Case]]:
        """The cases at these offices in these stages, longest at its office first."""
        ...

    async def versions_at(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Mapping[str, Mapping[str, int]]:
        """The same cases by id, with their versions, by the office at which each lies: for who
        knows most of them and reads only the others. An office without any may be left out."""
        ...

    async def due(
        self, office_id: str, wanted: WorkFilter, *, after: DueAfter | None, most: int
    ) -> Sequence[Stored[Case]]:
        """The first `most` cases that lie at the office and are wanted, by due time and id, from
        this place on. One that cannot be read stands in its place."""
        ...

    async def changed_since(self, office_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        """The cases that lie or lay at these offices and changed then or later, by the time in
        their state, with their versions."""
        ...

    async def consulting(self, office_id: str, most: int) -> Sequence[Stored[Case]]:
        """At most so many cases about which the office was asked and has not answered, in any
        order."""
        ...

    async def of(self, inquiry_ids: Iterable[str]) -> Sequence[Stored[Case]]:
        """Those of these cases that exist, in any order."""
        ...


class PermitReads(Protocol):
    """Permits as a stream, for the recommendation: one at a time, so that a year of a large
    district never lies in memory."""

    def of_district(
        self, district: str, since: datetime, until: datetime
    ) -> AsyncIterator[Permit | None]:
        """The permits of a district that were received from `since` on and before `until`, in any
        order; None for one that this version of the service cannot read.

        Raises DomainError UNAVAILABLE.
        """
        ...


class DocumentReads(Protocol):
    """Reads by index, for who verifies a document."""

    async def with_document(self, number: str) -> Sequence[Stored[Case]]:
        """The cases that have a document of this number: none or one, unless two decisions got the
        same number by chance. Raises DomainError UNAVAILABLE."""
        ...


class Typesets(Protocol):
    """Sets documents as PDF/A."""

    async def pdf(self, said: Mapping[str, object]) -> bytes:
        """The bytes of a document with these texts."""
        ...


class DelegationReads(Protocol):
    """Reads across delegations. Each sees whatever was stored before it was asked; of a delegation
    only id, version and state are filled. Every method raises DomainError UNAVAILABLE."""

    async def all(self, district: str, service_code: str) -> Sequence[Stored[Delegation]]:
        """Those of a district and a service, empty for any, by id."""
        ...

    async def returning(self, since: date) -> Sequence[Stored[Delegation]]:
        """Those with a recall that gives cases back, from that day on or later."""
        ...


class OfficeReads(Protocol):
    """Reads of the record of offices. There are some hundreds."""

    async def versions(self) -> Mapping[str, int]:
        """The version of each recorded office, by id; raises DomainError UNAVAILABLE."""
        ...
