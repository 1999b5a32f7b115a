"""The facts notify hears and tells; fields as in the contracts, only those it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.notify.domain.model import DeliveryChannel, FailureReason, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived:
    """An inquiry is stored."""

    inquiry_id: str
    receipt_number: str
    language: str
    expected_answer_by: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """It lies at an office; `attempt` counts from 1."""

    inquiry_id: str
    receipt_number: str
    attempt: int
    office_id: str
    language: str
    due_at: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """The office answered."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    language: str
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInvited:
    """The citizen may say how satisfied they are."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    language: str
    expires_at: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered:
    """A provider accepted the message."""

    inquiry_id: str
    delivery_id: str
    step: Step
    channel: DeliveryChannel
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFailed:
    """The message will not be sent."""

    inquiry_id: str
    delivery_id: str
    step: Step
    reason: FailureReason
    failed_at: datetime
