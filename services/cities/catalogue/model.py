"""What a city is made of: its offices, what they answer for, and who delegated what to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from services.cities.law.period import Period
from services.cities.law.terms import Certainty

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


class Procedure(StrEnum):
    """Which rules a matter follows; only petitions follow the Civil Petitions Treatment Act."""

    PETITION = "petition"
    PROPOSAL = "proposal"
    """A citizen's proposal: reviewed, published and answered by the proposal ordinance."""
    REPORT = "report"
    """A report of corruption: investigated by the ordinance that protects who reports."""
    REMEDY = "remedy"
    """A remedy of another law, such as an objection to a fine that a court decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """The days on which a fact holds, both ends included; None is open."""

    start: date | None = None
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the fact holds on `day`."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def is_over(self, day: date) -> bool:
        """Whether the last day of the fact is before `day`."""
        return self.end is not None and self.end < day

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
    a community office. `names` are what citizens call the office (사직동주민센터), `area` what they
    call the place it serves (사직동); empty for a city department. `successors` are the ids of the
    offices that took over a closed one. `capacity` is how many matters it answers in a day, None
    where nobody has said. `phone` is its own number as it is dialled, empty where nobody has said:
    the pack says none.
    """

    id: str
    kind: OfficeKind
    names: Names
    area: Names = field(default_factory=dict)
    district: str | None = None
    dong: str | None = None
    validity: Validity = ALWAYS
    successors: tuple[str, ...] = ()
    capacity: int | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A public corporation or a state office that does what the city does not.

    Citizens are told to call its telephone `number`; the city gives it no work. `certainty` says
    whether the number has a source.
    """

    id: str
    names: Names
    number: str
    hours: str = ""
    certainty: Certainty = Certainty.SOURCED
    source: str = ""
    validity: Validity = ALWAYS

    @property
    def told_number(self) -> str:
        """The number as citizens are told it: empty where it has no source."""
        return self.number if self.certainty is Certainty.SOURCED else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How soon after the receipt the city wants something done, whatever period the law gives.
    `within` runs by day and night."""

    within: timedelta
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """In the case that `when` describes, a city department is competent and not the district."""

    office: str
    when: Names
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something people ask for: how long it may take, and which tier answers it.

    Where `certainty` is SOURCED, `period` is the law's and `source` is the article; else `period`
    is the pack's assumption, which is never shown as law. `workload` is the tier that usually
    decides it, `intake` the tier that takes it in, where that is another. `owner` is the city
    department responsible for it: the competent office of a CITY service, and the supervising one
    of any other service (may be None there).
    `permit` says that a community office may only decide it where the district has delegated it,
    `delegable` that a district may. `anywhere` says that any office of its tier does it, wherever
    the citizen lives. `sealed` says that messages and surveys must not follow it as they follow
    others. `refer_to` is the id of the agency that does it in the city's stead.
    """

    code: str
    names: Names
    kind: PetitionKind
    period: Period
    certainty: Certainty = Certainty.SOURCED
    source: str = ""
    workload: Workload
    owner: str | None
    keywords: Mapping[str, tuple[str, ...]]
    permit: bool = False
    delegable: bool = False
    intake: Workload | None = None
    anywhere: bool = False
    sealed: bool = False
    procedure: Procedure = Procedure.PETITION
    refer_to: str | None = None
    split: Split | None = None
    target: Target | None = None
    legal_basis: str = ""
    languages: tuple[str, ...] = ()
    validity: Validity = ALWAYS

    def terms(self) -> tuple[str, ...]:
        """The words that lead to this service: its names and its keywords, in all languages."""
        keywords = (term for terms in self.keywords.values() for term in terms)
        return tuple(dict.fromkeys([*self.names.values(), *keywords]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """A district has handed one kind of permit to its community offices, or to one of them, of what
    is received on the days of `validity`. From `returned_on` on the district decides that, too, as
    far as it is not decided; None where it stays with the office."""

    service: str
    district: str
    office: str | None
    validity: Validity
    source: str = ""
    returned_on: date | None = None

    def holds(self, received: date, today: date) -> bool:
        """Whether it lets a community office decide today what was received that day."""
        returned = self.returned_on is not None and self.returned_on <= today
        return self.validity.holds(received) and not returned


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
