"""The facts that districts hears and tells; each field has the name of its contract's.

`entered_at` is when a fact was entered here, by our clock, whatever the office says of its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.cities import Matter, Workload


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
    """The documents went back, because what was missing was asked for and did not come."""


class PermitDecision(StrEnum):
    """What was decided about a permit."""

    GRANTED = "granted"
    GRANTED_CONDITIONALLY = "granted_conditionally"
    REFUSED = "refused"


class OverdueLevel(StrEnum):
    """Who is told that the time of a case is over, in this order."""

    EXAMINER = "examiner"
    """The petition examiner reminds the head of the unit that has the case."""
    HEAD = "head"
    CITY = "city"


class RecountCause(StrEnum):
    """Why a date was counted again; a closed list."""

    HOLIDAY = "holiday"
    """A day within the period was declared a holiday after it had begun."""
    SUPPLEMENTED = "supplemented"
    """The clock stood still while a supplement was waited for."""
    EXTENDED = "extended"
    """The office took more time."""
    INSPECTED = "inspected"
    """The clock stood still while the office inspected the place."""


class ExtensionReason(StrEnum):
    """Why an office takes more time; a closed list, which is assumed: the law asks for an
    unavoidable reason and names none (Petitions Decree 21)."""

    INVESTIGATION = "investigation"
    CONSULTATION = "consultation"
    REVIEW = "review"
    SURGE = "surge"


class CaseClosedCause(StrEnum):
    """Why a case ended without an answer; a closed list of what districts tells."""

    WITHDRAWN = "withdrawn"
    DEEMED_WITHDRAWN = "deemed_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """Heard: the inquiry belongs to this office; a later round or attempt replaces an earlier.
    `rule` is the id of routing's rule that named the office. The period (`7d`) that ends at
    `due_at` began at `clock_from`; it is empty where the date was not counted by one. `take_by` is
    when the office must have accepted or declined; None where it may not decline."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    workload: Workload
    rule: str
    binding: bool
    delegated_by: str
    clock_from: datetime
    period: str
    due_at: datetime
    take_by: datetime | None = None
    consulted_office_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatClosed:
    """Heard: a person closed the matter, because the citizen repeats what was answered twice.
    `attempt` is the turn of the office that had it."""

    inquiry_id: str
    round: int
    attempt: int
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MattersJoined:
    """Heard: a person joined the matter to the one that leads."""

    inquiry_id: str
    lead_inquiry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MattersLinked:
    """Heard: the same citizen asks for the same in another inquiry, which is open, too."""

    inquiry_id: str
    other_inquiry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    """Told: the case lies at its office."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    workload: Workload
    due_at: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccepted:
    """Told: the office took responsibility."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    accepted_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDeclined:
    """Told: the office refused; routing assigns again."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    reason: DeclineReason
    suggested_office_id: str
    declined_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """Told: the case is answered; the words stay here."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    workload: Workload
    outcome: Outcome
    due_at: datetime
    answered_at: datetime
    overdue: bool
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitDecided:
    """Told: a permit was decided by the office that holds the competence, own or delegated."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    delegated_by: str
    decision: PermitDecision
    decided_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOverdue:
    """Told: the time of an unanswered case is over, and it was this level's turn to be told at
    `overdue_at`."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    level: OverdueLevel
    due_at: datetime
    overdue_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressNoticeDue:
    """Told: so much time has passed since the receipt that the citizen must be told how the case
    stands. `number` counts the notices of the round; one is left out where a later one is due."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    accepted: bool
    due_at: datetime
    overdue: bool
    notice_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRecounted:
    """Told: the date of an open case has moved to a later one, because its period was counted
    again."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    cause: RecountCause
    due_before: datetime
    due_at: datetime
    recounted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitChecked:
    """Told: the office has looked whether the application is whole; `missing` are codes of the
    pack's documents."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    complete: bool
    missing: tuple[str, ...]
    checked_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitFeePaid:
    """Told: the fee is paid, or waived by an exemption."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    amount_won: int
    exempted: bool
    paid_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitIssued:
    """Told: a granted permit has its document. `valid_until` is a day of the city's calendar as
    YYYY-MM-DD, empty without an end; `collect_by` is None where nobody need come for it."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    delegated_by: str
    document_no: str
    conditional: bool
    valid_until: str
    collect_by: datetime | None
    issued_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitCollected:
    """Told: the citizen has come for the document."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    document_no: str
    collected_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitUncollected:
    """Told: nobody came for the document within the time."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    document_no: str
    uncollected_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitExpired:
    """Told: the last day of a permit is over."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    document_no: str
    expired_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitRevoked:
    """Told: the office has taken a permit back; the reason stays here."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    document_no: str
    revoked_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRequested:
    """Told: the office asks the citizen for what is missing; the clock stands still."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    answer_by: datetime
    requested_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementProlonged:
    """Told: the citizen, who asked for it, has more time to send what is missing."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    answer_before: datetime
    answer_by: datetime
    prolonged_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementReceived:
    """Told: what was missing came."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    late: bool
    due_at: datetime
    received_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementUnanswered:
    """Told: what was missing did not come in time."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    due_at: datetime
    unanswered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExtended:
    """Told: the office takes more time, with the citizen's consent or without."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    reason: ExtensionReason
    consent: bool
    due_before: datetime
    due_at: datetime
    extended_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationRequested:
    """Told: the office asks another one about the case."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    due_at: datetime
    requested_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationAnswered:
    """Told: the office that was asked has answered."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    due_at: datetime
    answered_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationExtended:
    """Told: the office that was asked takes more time to answer."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    reason: ExtensionReason
    due_before: datetime
    due_at: datetime
    extended_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationOverdue:
    """Told: the time is over in which the office that was asked had to answer, and it was this
    level's turn to be told at `overdue_at`."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    consulted_office_id: str
    level: OverdueLevel
    due_at: datetime
    overdue_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionOverdue:
    """Told: the time to decide an objection is over, and it was this level's turn to be told at
    `overdue_at`."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    level: OverdueLevel
    decide_by: datetime
    overdue_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWithdrawn:
    """Told: the citizen withdrew the matter, or is deemed to have."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    deemed: bool
    withdrawn_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOrdered:
    """Told: the office looks at the place; the clock stands still, at most until `ends_by`."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    ends_by: datetime
    ordered_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionProlonged:
    """Told: the inspection takes longer; the clock stands still until `ends_by` at most."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    ends_before: datetime
    ends_by: datetime
    prolonged_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionDone:
    """Told: the office has looked at the place."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    due_at: datetime
    done_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOverrun:
    """Told: the time for which an inspection stops the clock is over, and the office has not said
    that it looked. The clock runs on."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    due_at: datetime
    overrun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionFiled:
    """Told: the citizen objects to a refused permit; the decision is due at `decide_by`."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    decide_by: datetime
    filed_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionExtended:
    """Told: the office takes more time to decide an objection."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    reason: ExtensionReason
    due_before: datetime
    due_at: datetime
    extended_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionDecided:
    """Told: the office has decided an objection."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    upheld: bool
    decide_by: datetime
    decided_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    """Told: the round of the case ended without an answer."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    cause: CaseClosedCause
    closed_at: datetime
    entered_at: datetime
