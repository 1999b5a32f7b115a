"""What routing knows of an inquiry: its matter, the decision, the offices tried.

The citizen's words are used to decide and never kept; of them only the catalogue's own terms that
they matched remain, and of the place only codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.cities import Matter, Workload
from services.routing.domain.events import DeclineReason, UnroutedReason

# The round that begins with the receipt.
FIRST_ROUND = 1


class Rule(StrEnum):
    """The rules that can name an office; each assignment says which one did."""

    CITY_OWNER = "city_owner"
    """The service is the city's: the department that owns it."""
    DISTRICT_OF_PLACE = "district_of_place"
    """The service is a district's, or the district keeps it: the district of the place."""
    DISTRICT_OF_AMBIGUOUS_PLACE = "district_of_ambiguous_place"
    """The place fits several community offices of one district: that district's office."""
    COMMUNITY_OFFICE_OF_PLACE = "community_office_of_place"
    """The service is a community office's: the one of the place."""
    DELEGATED_PERMIT = "delegated_permit"
    """The district has delegated this permit to the community office of the place."""
    PERMIT_NOT_DELEGATED = "permit_not_delegated"
    """No delegation holds on the day: the district decides in its own right."""
    SUGGESTED_OFFICE = "suggested_office"
    """The refusing office named another one, which may take it."""
    NEXT_ALTERNATIVE = "next_alternative"
    """The next of the decision's alternatives that has not refused."""
    ARBITRATION = "arbitration"
    """Nobody else is left or two have refused: the arbitration desk, which may not decline."""
    DESIGNATED = "designated"
    """The arbitration desk designated the office, which may not decline."""
    MANUAL = "manual"
    """A person took it out of the unrouted queue."""


class CategorySource(StrEnum):
    """What the category was decided by."""

    NAMED = "named"
    WORDS = "words"
    PERSON = "person"
    NOTHING = "nothing"


class PlaceForm(StrEnum):
    """In which form the citizen named the place."""

    NONE = "none"
    POINT = "point"
    CODE = "code"
    ADDRESS = "address"


class PlaceResult(StrEnum):
    """What the place turned out to be."""

    NOT_GIVEN = "not_given"
    RESOLVED = "resolved"
    AMBIGUOUS = "ambiguous"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a decision stood on: codes and the catalogue's terms, never the citizen's words. What
    they led to is in the matter."""

    category: CategorySource
    terms: tuple[str, ...] = ()
    place_form: PlaceForm = PlaceForm.NONE
    place: PlaceResult = PlaceResult.NOT_GIVEN
    place_evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A competent office was found: `offices` holds it first, then the alternatives in order."""

    rule: Rule
    offices: tuple[str, ...]
    due_at: datetime
    inputs: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRouted:
    """No office was found."""

    reason: UnroutedReason
    inputs: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One office that the inquiry was given to, and its refusal if it refused. `number` counts the
    attempts of the round from 1."""

    number: int
    office_id: str
    workload: Workload
    rule: Rule
    binding: bool
    delegated_by: str
    assigned_at: datetime
    refused: DeclineReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The inquiry lies at the office of the last attempt of the round."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: Routed
    attempts: tuple[Attempt, ...]
    status: Literal["assigned"] = "assigned"

    @property
    def current(self) -> Attempt:
        """The attempt that counts."""
        return self.attempts[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """The inquiry waits in the unrouted queue for a person. The matter's `service_code` is empty
    when not even the category was found."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: NotRouted
    unrouted_at: datetime
    status: Literal["unrouted"] = "unrouted"


Assignment = Assigned | Unrouted
