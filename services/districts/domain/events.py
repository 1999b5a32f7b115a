"""The facts that districts hears and tells; each field has the name of its contract's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.cities import Workload


class DeclineReason(StrEnum):
    """Why an office refuses; a closed list."""

    NOT_COMPETENT = "not_competent"
    WRONG_PLACE = "wrong_place"


class Outcome(StrEnum):
    """How a case ended."""

    ANSWERED = "answered"
    PERMIT_GRANTED = "permit_granted"
    PERMIT_REFUSED = "permit_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """Heard: the inquiry belongs to this office; a later attempt replaces an earlier one."""

    inquiry_id: str
    receipt_number: str
    attempt: int
    office_id: str
    workload: Workload
    service_code: str
    permit: bool
    binding: bool
    delegated_by: str
    language: str
    received_at: datetime
    due_at: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    """Told: the case lies at its office."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: Workload
    service_code: str
    attempt: int
    permit: bool
    due_at: datetime
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccepted:
    """Told: the office took responsibility."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDeclined:
    """Told: the office refused; routing assigns again."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    attempt: int
    reason: DeclineReason
    suggested_office_id: str
    declined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """Told: the case is answered; the words stay here."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: Workload
    service_code: str
    outcome: Outcome
    language: str
    received_at: datetime
    due_at: datetime
    answered_at: datetime
    overdue: bool
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitDecided:
    """Told: a permit was decided by the office that holds the competence, own or delegated."""

    inquiry_id: str
    receipt_number: str
    service_code: str
    office_id: str
    delegated_by: str
    granted: bool
    decided_at: datetime
