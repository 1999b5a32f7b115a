"""The facts intake tells and hears, with the fields it reads. Contracts: protos/dasan.

A heard event says in which round it happened, and in whose attempt where there is one: that is
what tells a late one from news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from services.cities import Matter, PlaceQuestion
from services.intake.domain.model import (
    ActRefusal,
    AskedAbout,
    ClosedCause,
    Outcome,
    RecountCause,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived:
    """Stored, waiting for its office."""

    inquiry_id: str
    matter: Matter
    expected_answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """Received with its answer: no case follows."""

    inquiry_id: str
    matter: Matter
    round: int
    office_id: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirySupplemented:
    """The citizen has answered the question `number`. `matter` has the service that was chosen,
    where the service was asked for; a place is fetched from here."""

    inquiry_id: str
    matter: Matter
    number: int
    about: AskedAbout
    none_offered: bool
    round: int
    supplied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Act:
    """What every act of a citizen says: the `act`th of the inquiry, about its `round`."""

    inquiry_id: str
    matter: Matter
    round: int
    act: int
    acted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementSent(_Act):
    """The citizen sent what the office asked for in its `request`th request; the words are fetched
    from here."""

    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreTimeAsked(_Act):
    """The citizen asked for so many days more to send it."""

    request: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalAsked(_Act):
    """The citizen withdrew the matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionMade(_Act):
    """The citizen objected to a refused permit; the words are fetched from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """Routing gave it to an office; a later round or attempt replaces an earlier one.

    `matter` has what routing found: the service, the kind, the district and the dong. `rule` says
    why it is this office; `delegated_by` which office delegated the permit to it, "" for none.
    """

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    rule: str
    delegated_by: str = ""
    due_at: datetime
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryUnrouted:
    """Routing found no office; the answer is due all the same. `matter` has what routing found; its
    service is empty when not even that was found, and `due_at` is provisional then."""

    inquiry_id: str
    matter: Matter
    round: int
    due_at: datetime
    unrouted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAsked:
    """The office depends on the place, and that is missing or unclear: the citizen is asked. The
    answer is due all the same; `matter` and `due_at` as of `InquiryUnrouted`."""

    inquiry_id: str
    matter: Matter
    round: int
    number: int
    question: PlaceQuestion
    candidate_office_ids: tuple[str, ...]
    due_at: datetime
    asked_at: datetime
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAsked:
    """The words may mean several services, the likeliest first: the citizen is asked which."""

    inquiry_id: str
    matter: Matter
    round: int
    number: int
    candidate_service_codes: tuple[str, ...]
    due_at: datetime
    asked_at: datetime
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatClosed:
    """A person closed it at its office without an answer: the citizen repeats what was answered
    twice."""

    inquiry_id: str
    round: int
    office_id: str
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    """The round ended at its office without an answer: the citizen withdrew the matter, or is
    deemed to have."""

    inquiry_id: str
    round: int
    office_id: str
    cause: ClosedCause
    closed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRequested:
    """The office asks the citizen for what is missing. The words are fetched when somebody reads
    the status."""

    inquiry_id: str
    round: int
    office_id: str
    number: int
    answer_by: datetime
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementProlonged:
    """The citizen has more time to send what is missing."""

    inquiry_id: str
    round: int
    office_id: str
    number: int
    answer_by: datetime
    prolonged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementReceived:
    """What was missing has come."""

    inquiry_id: str
    round: int
    office_id: str
    number: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementUnanswered:
    """What was missing did not come in time."""

    inquiry_id: str
    round: int
    office_id: str
    number: int
    unanswered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOrdered:
    """The office looks at the place before it decides: until `ends_by` the clock may stand still
    for it."""

    inquiry_id: str
    round: int
    office_id: str
    ends_by: datetime
    ordered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionProlonged:
    """Looking takes longer, and so may the clock stand still."""

    inquiry_id: str
    round: int
    office_id: str
    ends_by: datetime
    prolonged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionDone:
    """The office has looked: the clock runs on."""

    inquiry_id: str
    round: int
    office_id: str
    done_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionOverrun:
    """The time is over for which looking stops the clock: it runs on by itself."""

    inquiry_id: str
    round: int
    office_id: str
    overrun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionFiled:
    """The citizen has objected to the decision of the round, by an act or at the office."""

    inquiry_id: str
    round: int
    office_id: str
    filed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionDecided:
    """The office has decided on the objection. The words are fetched when somebody reads the
    status."""

    inquiry_id: str
    round: int
    office_id: str
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenActTaken:
    """The citizen's act has its effect on the case."""

    inquiry_id: str
    round: int
    act: int
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenActRefused:
    """The citizen's act changed nothing: the case had gone on before it was heard."""

    inquiry_id: str
    round: int
    act: int
    reason: ActRefusal
    refused_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccepted:
    """The office took responsibility, at `accepted_at` as it says; it entered that here at
    `entered_at`."""

    inquiry_id: str
    round: int
    attempt: int
    office_id: str
    accepted_at: datetime
    entered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """The office ended the round with an answer, at `answered_at` as it says; it entered that here
    at `entered_at`. The words are fetched when somebody reads the status."""

    inquiry_id: str
    round: int
    office_id: str
    outcome: Outcome
    answered_at: datetime
    entered_at: datetime


class OverdueLevel(StrEnum):
    """Who is told that the time of a case is over."""

    EXAMINER = "examiner"
    HEAD = "head"
    CITY = "city"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOverdue:
    """The time of the case ended unanswered; the examiner has reminded its office, or the delay is
    told further up."""

    inquiry_id: str
    round: int
    office_id: str
    level: OverdueLevel
    overdue_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressNoticeDue:
    """So much time has passed since the receipt that the citizen is told how the case stands."""

    inquiry_id: str
    round: int
    office_id: str
    notice_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRecounted:
    """The date of an open case has moved to a later one: its period was counted again."""

    inquiry_id: str
    round: int
    cause: RecountCause
    due_before: datetime
    due_at: datetime
    recounted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnroutedDeadlineRecounted(DeadlineRecounted):
    """The same of an inquiry that has no office yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered:
    """The citizen said how satisfied they are with the answer of the round."""

    inquiry_id: str
    round: int
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyExpired:
    """The citizen did not say in time how satisfied they are with the answer of the round."""

    inquiry_id: str
    round: int
    expired_at: datetime


ActTold: TypeAlias = SupplementSent | MoreTimeAsked | WithdrawalAsked | ObjectionMade
Told: TypeAlias = InquiryReceived | CallAnswered | InquirySupplemented | ActTold
Heard: TypeAlias = (
    InquiryAssigned
    | InquiryUnrouted
    | PlaceAsked
    | ServiceAsked
    | RepeatClosed
    | CaseClosed
    | SupplementRequested
    | SupplementProlonged
    | SupplementReceived
    | SupplementUnanswered
    | InspectionOrdered
    | InspectionProlonged
    | InspectionDone
    | InspectionOverrun
    | ObjectionFiled
    | ObjectionDecided
    | CitizenActTaken
    | CitizenActRefused
    | CaseAccepted
    | CaseAnswered
    | CaseOverdue
    | ProgressNoticeDue
    | DeadlineRecounted
    | SurveyAnswered
    | SurveyExpired
)
