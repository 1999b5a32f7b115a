"""A survey: open, answered or run out. At most one for each answer of an inquiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from services.cities import Matter, Workload


def survey_id_of(inquiry_id: str, round: int) -> str:
    """The id of the survey about the answer that ended a round; there can be no second one."""
    return f"{inquiry_id}-{round}"


def inquiry_of(survey_id: str) -> str:
    """The inquiry of a survey's id that `survey_id_of` has made.

    For any other text the result means nothing: check the token of an id from outside first.
    """
    return survey_id.rpartition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Whose answer the citizen is asked about: that of the office which ended the round.

    Times are aware UTC.
    """

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    workload: Workload
    invited_at: datetime

    @property
    def survey_id(self) -> str:
        """The survey that it invites to."""
        return survey_id_of(self.inquiry_id, self.round)


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
