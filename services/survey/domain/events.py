"""The facts survey hears and tells; fields as in the contracts, only those it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cities import Matter, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """An office answered, and ended the round by that."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    workload: Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """The question was answered on the call itself."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInvited:
    """The citizen may answer, once."""

    inquiry_id: str
    matter: Matter
    survey_id: str
    round: int
    office_id: str
    workload: Workload
    expires_at: datetime
    invited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """The citizen answered."""

    inquiry_id: str
    matter: Matter
    survey_id: str
    round: int
    office_id: str
    workload: Workload
    score: int
    has_comment: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyExpired:
    """Nobody answered in time."""

    inquiry_id: str
    matter: Matter
    survey_id: str
    round: int
    office_id: str
    workload: Workload
    expired_at: datetime
