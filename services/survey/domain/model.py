"""A survey: open, answered or run out. At most one for each inquiry, whose id it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias


class Workload(StrEnum):
    """Whose load the inquiry was."""

    CITY = "city"
    DISTRICT = "district"
    DONG = "dong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Whose answer the citizen is asked about. Times are aware UTC."""

    inquiry_id: str
    receipt_number: str
    office_id: str
    workload: Workload
    language: str
    invited_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """The citizen may answer until `expires_at`."""

    invitation: Invitation
    expires_at: datetime
    status: Literal["invited"] = "invited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The citizen said how satisfied they are, 1 to 5; the comment is theirs and stays here."""

    invitation: Invitation
    score: int
    comment: str
    answered_at: datetime
    status: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Nobody answered in time."""

    invitation: Invitation
    expired_at: datetime
    status: Literal["expired"] = "expired"


Survey: TypeAlias = Invited | Answered | Expired
