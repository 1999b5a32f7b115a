"""What routing knows of an inquiry: its matter, the decision, the offices tried.

The citizen's words are used to decide and never kept; of them only the catalogue's own terms that
they matched remain, and of the place only codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.cities import Guess, Matter, PlaceQuestion, Workload
from services.routing.domain.assignment.events import AskedAbout, DeclineReason, UnroutedReason


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
    """Nobody else is left or two have refused: the arbitration desk, which may not decline."""
    DESIGNATED = "designated"
    """The arbitration desk designated the department of the city, which may not decline."""
    TRANSFERRED = "transferred"
    """The arbitration desk transferred the matter to another agency, which may decline: the desk
    cannot bind it."""
    FIND_OUT = "find_out"
    """The citizen was asked and did not answer in time: the district's office where the district is
    known, else the contact office. It finds out, and passes on what is another office's."""
    MANUAL = "manual"
    """A person gave it from the unrouted queue to an office."""


class CategorySource(StrEnum):
    """What the category was decided by."""

    NAMED = "named"
    WORDS = "words"
    ASKED = "asked"
    """The citizen chose it when asked."""
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
    meant; no decision rests on it. `asks` says which question it is, None when nothing is open.
    """

    question: Mapping[str, str] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()
    suggestion: Mapping[str, str] | None = None
    asks: PlaceQuestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a decision rests on: codes and the catalogue's terms, never the citizen's words. The
    service and the place that were found are in the matter.

    `guesses` are the services that the words may mean, the likeliest first, `others` those of
    further matters in the same text, `model` the version of the trained words that said so. They
    may name sealed services: whoever shows or tells them leaves those out. `danger` is the id of
    the danger that the words speak of, empty for none.
    """

    category: CategorySource
    terms: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()
    others: tuple[str, ...] = ()
    model: str = ""
    danger: str = ""
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


class QuestionEnd(StrEnum):
    """How a question to the citizen ended."""

    ANSWERED = "answered"
    NONE_OFFERED = "none_offered"
    """The citizen means nothing of what was offered, or does not know."""
    NOT_ANSWERED = "not_answered"
    """Its time was over."""
    BY_PERSON = "by_person"
    """A person found the office before the citizen had answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the citizen, the `number`th about this inquiry, from 1.

    `question` says what is asked about a place. `candidates` are what was offered: ids of offices
    for a place, codes of services for a service, the likeliest first. `ended` is None while the
    answer is waited for.
    """

    number: int
    about: AskedAbout
    question: PlaceQuestion | None = None
    candidates: tuple[str, ...] = ()
    asked_at: datetime
    answer_by: datetime
    ended: QuestionEnd | None = None
    ended_at: datetime | None = None


class WaitingFor(StrEnum):
    """Whom an inquiry without an office waits for."""

    PERSON = "person"
    CITIZEN = "citizen"


class Urgency(StrEnum):
    """How urgent it is that a matter of the unrouted queue gets an office."""

    WAITING = "waiting"
    NEAR = "near"
    """The last quarter of its time."""
    OVERDUE = "overdue"


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
    """The inquiry lies at the office of the last attempt of the round. `questions` are those that
    the citizen was asked before."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: Routed
    attempts: tuple[Attempt, ...]
    questions: tuple[Asked, ...] = ()
    status: Literal["assigned"] = "assigned"

    @property
    def current(self) -> Attempt:
        """The attempt of the office where the inquiry lies now."""
        return self.attempts[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """The inquiry has no office. It waits for the citizen's answer while `asked` is a question,
    else in the unrouted queue for a person, since `unrouted_at`. `questions` are those that ended.
    The matter's `service_code` is empty when not even the category was found."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: NotRouted
    unrouted_at: datetime
    asked: Asked | None = None
    questions: tuple[Asked, ...] = ()
    urgency: Urgency = Urgency.WAITING
    status: Literal["unrouted"] = "unrouted"

    @property
    def waiting_for(self) -> WaitingFor:
        """Whom it waits for."""
        return WaitingFor.PERSON if self.asked is None else WaitingFor.CITIZEN


Assignment = Assigned | Unrouted
