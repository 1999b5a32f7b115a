"""The facts that routing hears and tells; each field has the name of its contract's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.cities import Matter, PlaceQuestion, Workload


class UnroutedReason(StrEnum):
    """Why no office was found; a closed list."""

    NO_CATEGORY = "no_category"
    NO_PLACE = "no_place"
    OUTSIDE = "outside"
    AMBIGUOUS = "ambiguous"
    UNSURE = "unsure"
    """The words may mean several services, and none of them is likely enough."""
    NOT_ANSWERED = "not_answered"
    """The citizen was asked and did not answer in time."""
    NONE_OFFERED = "none_offered"
    """The citizen was asked, and means nothing of what was offered."""


class AskedAbout(StrEnum):
    """What a citizen is asked about."""

    PLACE = "place"
    SERVICE = "service"


class DeclineReason(StrEnum):
    """Why an office refuses; a closed list."""

    NOT_COMPETENT = "not_competent"
    WRONG_PLACE = "wrong_place"


class RecountCause(StrEnum):
    """Why a date was counted again; a closed list."""

    HOLIDAY = "holiday"
    """A day within the period was declared a holiday after it had begun."""
    SUPPLEMENTED = "supplemented"
    """The clock stood still while the citizen was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived:
    """Heard: an inquiry waits for its office; `matter.service_code` is empty when the citizen named
    none."""

    inquiry_id: str
    matter: Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirySupplemented:
    """Heard: the citizen has answered question `number`; `matter.service_code` is the service that
    was chosen, where that was asked for. The place stays in intake. `none_offered`: nothing of what
    was offered is meant, or the citizen does not know."""

    inquiry_id: str
    matter: Matter
    number: int
    about: AskedAbout
    none_offered: bool
    supplied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDeclined:
    """Heard: the office of one attempt refuses; `suggested_office_id` may be empty."""

    inquiry_id: str
    round: int
    attempt: int
    office_id: str
    reason: DeclineReason
    suggested_office_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRecounted:
    """Heard: the date of an open case has moved to a later one, by districts' count."""

    inquiry_id: str
    round: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """Heard by the view: an office answered, and the round is over."""

    inquiry_id: str
    round: int
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitDecided:
    """Heard by the view: the permit was granted or refused, and the round is over."""

    inquiry_id: str
    round: int
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """Told: the inquiry belongs to this office; a later round or attempt replaces an earlier one.
    `matter` holds what routing found. From the second attempt on, `previous_office_id` names the
    office before, and `decline_reason` says why that one refused, if it did. The `period` (`7d`)
    that ends at `due_at` began at `clock_from`."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    workload: Workload
    rule: str
    binding: bool
    delegated_by: str
    due_at: datetime
    assigned_at: datetime
    previous_office_id: str = ""
    decline_reason: DeclineReason | None = None
    clock_from: datetime
    period: str
    confidence: float = 1.0
    other_service_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAsked:
    """Told: the citizen is asked about the place, until `answer_by`. `candidate_office_ids` stand
    for the places that may be meant; none where it may be anywhere."""

    inquiry_id: str
    matter: Matter
    round: int
    question: PlaceQuestion
    candidate_office_ids: tuple[str, ...]
    due_at: datetime
    asked_at: datetime
    answer_by: datetime
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAsked:
    """Told: the citizen is asked which service is meant, the likeliest first, until `answer_by`."""

    inquiry_id: str
    matter: Matter
    round: int
    candidate_service_codes: tuple[str, ...]
    due_at: datetime
    asked_at: datetime
    answer_by: datetime
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryUnrouted:
    """Told: no office was found; the inquiry waits for a person. `due_at` is provisional where not
    even the category was found."""

    inquiry_id: str
    matter: Matter
    round: int
    reason: UnroutedReason
    unrouted_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnroutedDeadlineRecounted:
    """Told: the date of an inquiry in the unrouted queue has moved to a later one, because its
    period was counted again."""

    inquiry_id: str
    matter: Matter
    round: int
    cause: RecountCause
    due_before: datetime
    due_at: datetime
    recounted_at: datetime
