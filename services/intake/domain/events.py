"""The facts intake tells and hears, with the fields it reads. Contracts: protos/dasan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.intake.domain.model import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived:
    """Stored, waiting for its office."""

    inquiry_id: str
    receipt_number: str
    channel: Channel
    language: str
    service_code: str
    received_at: datetime
    expected_answer_by: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """Received with its answer: no case follows."""

    inquiry_id: str
    receipt_number: str
    channel: Channel
    language: str
    service_code: str
    office_id: str
    received_at: datetime
    answered_at: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """Routing gave it to an office; a higher attempt replaces a lower one."""

    inquiry_id: str
    attempt: int
    office_id: str
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryUnrouted:
    """Routing found no office."""

    inquiry_id: str
    unrouted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccepted:
    """The office took responsibility."""

    inquiry_id: str
    office_id: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """The office answered; its words are fetched when somebody reads the status."""

    inquiry_id: str
    office_id: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """The citizen said how satisfied they are."""

    inquiry_id: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyExpired:
    """The citizen did not say in time."""

    inquiry_id: str
    expired_at: datetime


Told: TypeAlias = InquiryReceived | CallAnswered
Heard: TypeAlias = (
    InquiryAssigned | InquiryUnrouted | CaseAccepted | CaseAnswered | SurveyAnswered | SurveyExpired
)
