"""The facts of all services that the board counts; each field has the name of its contract's.

Only what the board shows of them: codes and times. They are heard beside `events`, by a reader of
its own, and decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cities import Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An inquiry was received, at `matter.received_at`."""

    matter: Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredOnCall:
    """A question was answered while the citizen was on the line: received and answered at once."""

    matter: Matter
    office_id: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """An office was found, the first or a later one."""

    matter: Matter
    round: int
    attempt: int
    office_id: str
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """No office was found; a person looks for one."""

    matter: Matter
    unrouted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The case lies at its office."""

    matter: Matter
    round: int
    attempt: int
    office_id: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """An office refused; `entered_at` is when it was entered here."""

    matter: Matter
    office_id: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An office answered, or decided a permit; `entered_at` is when it was entered here, which may
    be later than the office's own date."""

    matter: Matter
    office_id: str
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A citizen was told something; `message` says what."""

    matter: Matter
    message: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A citizen was asked how satisfied they are with one answer."""

    survey_id: str
    invited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A citizen said how satisfied they are, with `score` 1 to 5."""

    survey_id: str
    score: int


Told = (
    Received
    | AnsweredOnCall
    | Assigned
    | Unrouted
    | Opened
    | Declined
    | Answered
    | Delivered
    | Invited
    | Said
)
