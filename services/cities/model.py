"""What a city is made of: its offices, what they answer for, and who delegated what to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.cities.period import Period

Names = Mapping[str, str]
"""A label by language code; the keys are those of the city's languages."""


class OfficeKind(StrEnum):
    """Which tier of the city an office belongs to."""

    CITY = "city"
    DISTRICT = "district"
    DONG = "dong"


class Workload(StrEnum):
    """Which tier of the city has the work."""

    CITY = "city"
    DISTRICT = "district"
    DONG = "dong"


class PetitionKind(StrEnum):
    """The kinds of petition of the Civil Petitions Treatment Act."""

    STATUTORY = "STATUTORY"
    INQUIRY_LAW = "INQUIRY_LAW"
    INQUIRY_PROC = "INQUIRY_PROC"
    SUGGESTION = "SUGGESTION"
    OTHER = "OTHER"
    GRIEVANCE = "GRIEVANCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The days on which a fact holds, both ends included; None is open."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the fact holds on `day`."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def overlaps(self, other: Validity) -> bool:
        """Whether any day lies in both."""
        return (self.start is None or other.end is None or self.start <= other.end) and (
            other.start is None or self.end is None or other.start <= self.end
        )


ALWAYS = Validity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office that can be given work.

    Ids: `c-<slug>` a city department, `d-<district code>` a district's head office, `o-<dong code>`
    a community office. `successors` are the ids of the offices that took over a closed one.
    """

    id: str
    kind: OfficeKind
    names: Names
    district: str | None = None
    dong: str | None = None
    validity: Validity = ALWAYS
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something people ask for: how long it may take, and which tier answers it.

    `owner` is the city department responsible for it: the competent office of a CITY service, the
    supervising one of the others (may be None there). `permit` says that a community office may
    only decide it where the district has delegated it.
    """

    code: str
    names: Names
    kind: PetitionKind
    period: Period
    workload: Workload
    owner: str | None
    keywords: Mapping[str, tuple[str, ...]]
    permit: bool = False
    legal_basis: str = ""
    languages: tuple[str, ...] = ()
    validity: Validity = ALWAYS

    def terms(self) -> tuple[str, ...]:
        """The words that lead to this service: its names and its keywords, in all languages."""
        keywords = (term for terms in self.keywords.values() for term in terms)
        return tuple(dict.fromkeys([*self.names.values(), *keywords]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A district has handed one kind of permit to its community offices, or to one of them."""

    service: str
    district: str
    office: str | None
    validity: Validity
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A telephone line of the city and what it is for."""

    number: str
    names: Names
    hours: str = ""
    languages: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalPlace:
    """A place as land registers and addresses name it; community offices share or hold several."""

    code: str
    district: str
    names: Names
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """An office serves (part of) a legal place."""

    office: str
    legal_place: str
    validity: Validity
