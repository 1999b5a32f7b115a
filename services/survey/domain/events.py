"""The facts survey hears and tells; fields as in the contracts, only those it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.survey.domain.model import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """An office answered."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: Workload
    language: str
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """The question was answered on the call itself."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    language: str
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInvited:
    """The citizen may answer, once."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: Workload
    language: str
    invited_at: datetime
    expires_at: datetime
    has_contact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """The citizen answered."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: Workload
    score: int
    has_comment: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyExpired:
    """Nobody answered in time."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    expired_at: datetime
