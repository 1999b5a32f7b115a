"""What routing knows of an inquiry: its matter, the decision, the offices tried.

The citizen's words are used to decide and never kept; of them only the catalogue's own terms that
they matched remain, and of the place only codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.cities import Matter, Workload
from services.routing.domain.assignment.events import (
    ArbitrationCause,
    DeclineReason,
    EscalationLevel,
    UnroutedReason,
)


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
    ANY_OFFICE = "any_office"
    """Any office does it and no place leads to one: the contact office, which says where."""
    REFERRED = "referred"
    """Another agency does it in the city's stead: the contact office, which says whom to call."""
    SUGGESTED_OFFICE = "suggested_office"
    """The refusing office named another one, which may take it."""
    NEXT_ALTERNATIVE = "next_alternative"
    """The next of the decision's alternatives that has not refused."""
    ARBITRATION = "arbitration"
    """The offices do not agree, or none takes it: the arbitration desk, which may not decline."""
    DESIGNATED = "designated"
    """The arbitration desk designated the department of the city, which may not decline."""
    TRANSFERRED = "transferred"
    """The arbitration desk transferred the matter to another agency, which may decline: the desk
    cannot bind it."""
    MANUAL = "manual"
    """A person gave it from the unrouted queue to an office."""


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
class Unclear:
    """What the place leaves open, in the pack's words by language, never the citizen's.

    `question` is what to ask the citizen; empty when nothing is open. `candidates` are the ids of
    the offices that the place may mean. `suggestion` names the place that an unknown word may have
    meant; no decision rests on it.
    """

    question: Mapping[str, str]
    candidates: tuple[str, ...] = ()
    suggestion: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a decision rests on: codes and the catalogue's terms, never the citizen's words. The
    service and the place that were found are in the matter."""

    category: CategorySource
    terms: tuple[str, ...] = ()
    place_form: PlaceForm = PlaceForm.NONE
    place: PlaceResult = PlaceResult.NOT_GIVEN
    place_evidence: tuple[str, ...] = ()
    unclear: Unclear | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A competent office was found: `offices` holds it first, then the alternatives in order. The
    `period` (`7d`) that ends at `due_at` is counted from `clock_from`."""

    rule: Rule
    offices: tuple[str, ...]
    clock_from: datetime
    period: str
    due_at: datetime
    inputs: Inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRouted:
    """No office was found. The answer is due all the same, at `due_at`; where not even the category
    was found, that is the earliest date that the law could set. The `period` that ends then is
    counted from the receipt."""

    reason: UnroutedReason
    period: str
    due_at: datetime
    inputs: Inputs


class Urgency(StrEnum):
    """How urgent it is that a matter of the unrouted queue gets an office."""

    WAITING = "waiting"
    NEAR = "near"
    """The last quarter of its time."""
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One office that the inquiry was given to, and its refusal if it refused. `number` counts the
    attempts of the round from 1.

    `take_by` is when the office must have accepted or refused, `take_within` the period (`3h`) that
    ends then: None and empty where it may not refuse, or the city sets no limit. `taken_at` is when
    it accepted, as it says. `escalated` is who was told that it had not, the highest of them.
    """

    number: int
    office_id: str
    workload: Workload
    rule: Rule
    binding: bool
    delegated_by: str
    assigned_at: datetime
    refused: DeclineReason | None = None
    take_within: str = ""
    take_by: datetime | None = None
    taken_at: datetime | None = None
    escalated: EscalationLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untaken:
    """Somebody was told that the office has not taken the matter: the highest of them, and since
    when it should have been taken."""

    level: EscalationLevel
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitration:
    """Why the matter lies at the arbitration desk, and by when the desk names an office.

    `refused` are the offices that have refused it in this round, in their order. The period that
    ends at `decide_by` is `decide_within`, empty where the city sets no limit: then that is when
    the answer is due. `overdue` says that it is over and was reported.
    """

    cause: ArbitrationCause
    opened_at: datetime
    decide_within: str
    decide_by: datetime
    refused: tuple[str, ...]
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The inquiry lies at the office of the last attempt of the round.

    `arbitration` is there while that is the arbitration desk, `untaken` while the office has not
    taken the matter and somebody was told so: the lists are indexes over them.
    """

    inquiry_id: str
    matter: Matter
    round: int
    decision: Routed
    attempts: tuple[Attempt, ...]
    arbitration: Arbitration | None = None
    untaken: Untaken | None = None
    status: Literal["assigned"] = "assigned"

    @property
    def current(self) -> Attempt:
        """The attempt of the office where the inquiry lies now."""
        return self.attempts[-1]

    @property
    def hops(self) -> int:
        """How often the inquiry was handed on."""
        return len(self.attempts) - 1


class EndCause(StrEnum):
    """What ended a round; a closed list."""

    ANSWERED = "answered"
    PERMIT_DECIDED = "permit_decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The round was answered at `ended_at`, as the office says: nothing more is told of it."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: Routed
    attempts: tuple[Attempt, ...]
    cause: EndCause
    ended_at: datetime
    status: Literal["ended"] = "ended"

    @property
    def current(self) -> Attempt:
        """The attempt of the office where the inquiry lay last."""
        return self.attempts[-1]

    @property
    def hops(self) -> int:
        """How often the inquiry was handed on."""
        return len(self.attempts) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """The inquiry waits in the unrouted queue for a person. The matter's `service_code` is empty
    when not even the category was found."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: NotRouted
    unrouted_at: datetime
    urgency: Urgency = Urgency.WAITING
    status: Literal["unrouted"] = "unrouted"


Assignment = Assigned | Unrouted | Ended
