"""The events of all services that the board counts, by the names of the contracts and their fields.

Only what the board shows of them: codes and times. `events` has those that routing decides on; what
is here is heard beside them, by a reader of its own, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cities import Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived:
    """An inquiry was received, at `matter.received_at`."""

    matter: Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """A question was answered while the citizen was on the line: received and answered at once."""

    matter: Matter
    office_id: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """An office was found, the first or a later one."""

    matter: Matter
    round: int
    attempt: int
    office_id: str
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryUnrouted:
    """No office was found; a person looks for one."""

    matter: Matter
    unrouted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    """The case lies at its office."""

    matter: Matter
    round: int
    attempt: int
    office_id: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDeclined:
    """An office refused; `entered_at` is when it was entered here."""

    matter: Matter
    office_id: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """An office answered, or decided a permit; `entered_at` is when it was entered here, which may
    be later than the office's own date."""

    matter: Matter
    office_id: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered:
    """A citizen was told something; `message` says what."""

    matter: Matter
    message: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInvited:
    """A citizen was asked how satisfied they are with one answer."""

    survey_id: str
    invited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """A citizen said how satisfied they are, with `score` 1 to 5."""

    survey_id: str
    score: int


Heard = (
    InquiryReceived
    | CallAnswered
    | InquiryAssigned
    | InquiryUnrouted
    | CaseOpened
    | CaseDeclined
    | CaseAnswered
    | MessageDelivered
    | SurveyInvited
    | SurveyAnswered
)
