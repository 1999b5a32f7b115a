"""The facts that routing hears and tells; each field has the name of its contract's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.cities import PetitionKind, Workload


class Channel(StrEnum):
    """How a citizen reached the city."""

    PHONE = "phone"
    WEB = "web"
    MESSAGE = "message"
    SYSTEM = "system"
    COUNTER = "counter"


class UnroutedReason(StrEnum):
    """Why no office was found; a closed list."""

    NO_CATEGORY = "no_category"
    NO_PLACE = "no_place"
    OUTSIDE = "outside"
    AMBIGUOUS = "ambiguous"


class DeclineReason(StrEnum):
    """Why an office refuses; a closed list."""

    NOT_COMPETENT = "not_competent"
    WRONG_PLACE = "wrong_place"


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived:
    """Heard: an inquiry waits for its office; `service_code` is empty when none was named."""

    inquiry_id: str
    receipt_number: str
    channel: Channel
    language: str
    service_code: str
    received_at: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDeclined:
    """Heard: the office of one attempt refuses; `suggested_office_id` may be empty."""

    inquiry_id: str
    office_id: str
    attempt: int
    reason: DeclineReason
    suggested_office_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """Heard by the view: an office answered, and the matter is no longer open."""

    inquiry_id: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitDecided:
    """Heard by the view: the permit was granted or refused, and the matter is no longer open."""

    inquiry_id: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """Told: the inquiry belongs to this office; a later attempt replaces an earlier one."""

    inquiry_id: str
    receipt_number: str
    attempt: int
    office_id: str
    workload: Workload
    service_code: str
    kind: PetitionKind
    permit: bool
    rule: str
    binding: bool
    district_code: str
    dong_code: str
    delegated_by: str
    language: str
    channel: Channel
    received_at: datetime
    due_at: datetime
    assigned_at: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryUnrouted:
    """Told: no office was found; the inquiry waits for a person."""

    inquiry_id: str
    receipt_number: str
    reason: UnroutedReason
    unrouted_at: datetime
