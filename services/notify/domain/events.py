"""The facts notify hears and tells; fields as in the contracts, only those it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.cities import Matter, PlaceQuestion
from services.notify.domain.model import (
    ActRefusal,
    CaseOutcome,
    CitizenActKind,
    ClosedCause,
    DeclineReason,
    DeliveryChannel,
    ExtensionReason,
    FailureReason,
    RecountCause,
    SkipReason,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryReceived:
    """An inquiry is stored."""

    inquiry_id: str
    matter: Matter
    expected_answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryAssigned:
    """It lies at an office; `attempt` counts the offices of a round from 1. From the second on the
    office before is named, and why that one refused, if it did. `rule` says why it lies there."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    rule: str
    due_at: datetime
    previous_office_id: str = ""
    decline_reason: DeclineReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAsked:
    """The citizen is asked where it is, for the `number`-th time about the inquiry."""

    inquiry_id: str
    matter: Matter
    round: int
    number: int
    question: PlaceQuestion
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAsked:
    """The citizen is asked which service is meant."""

    inquiry_id: str
    matter: Matter
    round: int
    number: int
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressNoticeDue:
    """So much time has passed since the receipt that the citizen must be told how it stands."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    accepted: bool
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRecounted:
    """The date of an open case has moved to a later one."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    cause: RecountCause
    due_before: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnroutedDeadlineRecounted:
    """The same of an inquiry that has no office yet."""

    inquiry_id: str
    matter: Matter
    round: int
    cause: RecountCause
    due_before: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementRequested:
    """The office asks the citizen for what is missing; `number` counts them."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    number: int
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenActRefused:
    """What the citizen did about the matter, their `act`th act, changed nothing."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    act: int
    kind: CitizenActKind
    reason: ActRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExtended:
    """The office takes more time, and says why."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    reason: ExtensionReason
    due_before: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed:
    """The round ended without an answer."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    cause: ClosedCause


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatClosed:
    """A person closed it without an answer, as it repeats what was answered twice."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswered:
    """The office answered."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    outcome: CaseOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyInvited:
    """The citizen may say how satisfied they are with the answer of a round."""

    inquiry_id: str
    matter: Matter
    survey_id: str
    round: int
    office_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMessage:
    """What every event about a message says of it."""

    inquiry_id: str
    matter: Matter
    delivery_id: str
    message: str
    cause_type: str
    cause_event_id: str
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDelivered(_OfMessage):
    """A provider accepted the message."""

    channel: DeliveryChannel
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSkipped(_OfMessage):
    """There was nobody to tell."""

    reason: SkipReason
    skipped_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFailed(_OfMessage):
    """The message will not be sent, although it should have been."""

    reason: FailureReason
    failed_at: datetime
