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


class Outcome(StrEnum):
    """How a round of a case ended."""

    ANSWERED = "answered"
    PERMIT_GRANTED = "permit_granted"
    PERMIT_GRANTED_CONDITIONALLY = "permit_granted_conditionally"
    PERMIT_REFUSED = "permit_refused"
    RETURNED = "returned"
    """The documents went back, because what was missing did not come."""


class EscalationLevel(StrEnum):
    """Who is told that no office has taken a matter in time, in this order."""

    OFFICE = "office"
    """The head of the office."""
    AGENCY = "agency"
    """The head of the agency that the office belongs to: the district, or the city."""
    COORDINATOR = "coordinator"
    """The city's coordinator, who may designate another office."""


class ArbitrationCause(StrEnum):
    """Why a matter came to arbitration; a closed list."""

    REFUSED_TWICE = "refused_twice"
    SENT_BACK = "sent_back"
    """An office named one that had refused it before."""
    NOBODY_LEFT = "nobody_left"
    NOT_TAKEN = "not_taken"
    """Nobody took it, however often it was escalated."""
    OFFICE_CLOSED = "office_closed"
    """The office that had it and may not refuse has closed."""


class RecountCause(StrEnum):
    """Why a date was counted again; a closed list."""

    HOLIDAY = "holiday"
    """A day within the period was declared a holiday after it had begun."""
    SUPPLEMENTED = "supplemented"
    """The clock stood still while the citizen was asked."""
    EXTENDED = "extended"
    """The office took more time."""
    INSPECTED = "inspected"
    """The clock stood still while the office inspected the place."""


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
class CaseClosed:
    """Heard: the round ended at its office without an answer: the citizen withdrew the matter, or
    is deemed to have."""

    inquiry_id: str
    round: int
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRecounted:
    """Heard: the date of an open case has moved to a later one, by districts' count."""

    inquiry_id: str
    round: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRequested:
    """Heard: the clock stands still while a citizen is waited for, until `answer_by` at most."""

    inquiry_id: str
    round: int
    answer_by: datetime
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementProlonged:
    """Heard: the citizen has more time."""

    inquiry_id: str
    round: int
    answer_by: datetime
    prolonged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementReceived:
    """Heard: what was waited for came."""

    inquiry_id: str
    round: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementUnanswered:
    """Heard: what was waited for did not come in time."""

    inquiry_id: str
    round: int
    unanswered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOrdered:
    """Heard: the clock stands still while the place is inspected, until `ends_by` at most."""

    inquiry_id: str
    round: int
    ends_by: datetime
    ordered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionProlonged:
    """Heard: the inspection takes longer."""

    inquiry_id: str
    round: int
    ends_by: datetime
    prolonged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionDone:
    """Heard: the office has looked at the place."""

    inquiry_id: str
    round: int
    done_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOverrun:
    """Heard: the time of an inspection is over."""

    inquiry_id: str
    round: int
    overrun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccepted:
    """Heard: the office of one attempt took responsibility, when it says it did."""

    inquiry_id: str
    round: int
    attempt: int
    office_id: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """Heard: an office answered, or decided a permit, and the round is over."""

    inquiry_id: str
    round: int
    outcome: Outcome
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitDecided:
    """Heard: the permit was granted or refused, and the round is over. CaseAnswered says so, too,
    on another topic, so that either may come first."""

    inquiry_id: str
    round: int
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """Told: the inquiry belongs to this office; a later round or attempt replaces an earlier one.
    `matter` holds what routing found. From the second attempt on, `previous_office_id` names the
    office before, and `decline_reason` says why that one refused, if it did. The `period` (`7d`)
    that ends at `due_at` began at `clock_from`. `ruleset_version` is that of the rules of
    competence that decided, empty where a person did; `confidence` (0 to 1) is how probable it is
    that the service is meant. `take_by` is when the office must have accepted or refused; None
    where it may not refuse, or the city sets no limit."""

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
    ruleset_version: str = ""
    confidence: float = 1.0
    take_by: datetime | None = None
    consulted_office_ids: tuple[str, ...] = ()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentEscalated:
    """Told: the office of this attempt has not taken the matter, and it was this level's turn to be
    told at `escalated_at`."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    level: EscalationLevel
    take_by: datetime
    escalated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArbitrationOpened:
    """Told: the offices do not agree who is competent, and the coordinator decides by `decide_by`.
    `attempt` is the turn of the arbitration desk."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    cause: ArbitrationCause
    refused_office_ids: tuple[str, ...]
    decide_by: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArbitrationDecided:
    """Told: the coordinator named the office. `attempt` is the turn of the arbitration desk."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    binding: bool
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatClosed:
    """Told: a person closed the matter at its office, as it repeats these earlier inquiries.
    `committee` says that the mediation committee had considered it."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    earlier_inquiry_ids: tuple[str, ...]
    committee: bool
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MattersJoined:
    """Told: a person joined the matter to the one that leads."""

    inquiry_id: str
    matter: Matter
    lead_inquiry_id: str
    joined_at: datetime


class LinkCause(StrEnum):
    """Why two matters are linked; a closed list."""

    DUPLICATE = "duplicate"
    """The same citizen asks for the same, and both are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MattersLinked:
    """Told: another open inquiry belongs to the matter."""

    inquiry_id: str
    matter: Matter
    other_inquiry_id: str
    cause: LinkCause
    linked_at: datetime
