"""A delivery: one message to one citizen about one event, from the first try to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from services.cities import Matter


class MessageName(StrEnum):
    """What citizens are told; each has its templates. The name travels as text: more will come."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    SURVEY = "survey"


class DeliveryChannel(StrEnum):
    """How a message goes out."""

    EMAIL = "email"
    SMS = "sms"
    FILE = "file"


class SkipReason(StrEnum):
    """Why no message was due; a closed list."""

    NO_CONTACT = "no_contact"


class FailureReason(StrEnum):
    """Why a message never went out; a closed list."""

    REJECTED = "rejected"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be told, without a word about whom to.

    `cause_type` is the full name of the event that it tells of, `cause_event_id` that one's
    `ce_id`. `round` and `attempt` are the event's; 1 where it has none. `until` is what the message
    promises: the date of the expected answer, or the end of the survey. `survey_id` is empty but
    in an invitation. `traceparent` lets a late try be part of the trace of the event.
    """

    inquiry_id: str
    matter: Matter
    message: MessageName
    cause_type: str
    cause_event_id: str
    round: int = 1
    attempt: int = 1
    office_id: str = ""
    until: datetime | None = None
    survey_id: str = ""
    traceparent: str = ""

    @property
    def delivery_id(self) -> str:
        """The same for each repetition of the same news."""
        return f"{self.inquiry_id}:{self.message}:{self.round}:{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Handed to a provider that can't tell a repetition; how that went isn't known yet."""

    notice: Notice
    channel: DeliveryChannel
    tries: int
    since: datetime
    status: Literal["sending"] = "sending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The provider couldn't take it; another try is planned."""

    notice: Notice
    channel: DeliveryChannel
    tries: int
    status: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A provider accepted it."""

    notice: Notice
    channel: DeliveryChannel
    tries: int
    delivered_at: datetime
    status: Literal["delivered"] = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """There was nobody to tell."""

    notice: Notice
    reason: SkipReason
    tries: int
    skipped_at: datetime
    status: Literal["skipped"] = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It will not go out, although it should have."""

    notice: Notice
    reason: FailureReason
    tries: int
    failed_at: datetime
    status: Literal["failed"] = "failed"


Ended: TypeAlias = Delivered | Skipped | Failed
Delivery: TypeAlias = Sending | Waiting | Ended


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it."""


@dataclass(frozen=True, slots=True)
class Later:
    """The provider can't take it now; `after` is the wait it asked for, if it did."""

    after: timedelta | None = None


Result: TypeAlias = Accepted | Refused | Later


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a failed try is repeated: waits double from `first` up to `longest`, `tries` in all.

    `unknown` is the time after which a try whose end nobody recorded is taken as failed. The
    defaults go on for about half a day, which outlasts what mail servers call temporary.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=2)
    tries: int = 16
    unknown: timedelta = timedelta(minutes=5)

    def wait(self, tries_made: int, jitter: float) -> timedelta | None:
        """The wait before the next try, None when there is none. `jitter` in [0, 1) spreads the
        tries of many deliveries that failed together over half of the wait."""
        if tries_made >= self.tries:
            return None
        doubled: timedelta = self.first * 2 ** (tries_made - 1)
        return min(doubled, self.longest) * (1 - jitter / 2)
