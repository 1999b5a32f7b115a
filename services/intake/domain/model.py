"""An inquiry: what was asked, and how far it has come as the citizen may know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias


class Channel(StrEnum):
    """How a citizen reached the city."""

    PHONE = "phone"
    WEB = "web"
    MESSAGE = "message"
    SYSTEM = "system"
    COUNTER = "counter"


class Status(StrEnum):
    """How far an inquiry has come, in this order."""

    RECEIVED = "received"
    UNROUTED = "unrouted"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place an inquiry is about, in exactly one form: a point (WGS 84), a code or words."""

    lat: float | None = None
    lon: float | None = None
    dong_code: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How the citizen wants to be told; `phone` in E.164 form."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None

    @property
    def reachable(self) -> bool:
        """Whether there is a way to tell them; a name alone is none."""
        return self.email is not None or self.phone is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, as it was checked and completed at receipt; it never changes after."""

    text: str
    category: str | None
    place: Place | None
    contact: Contact | None
    channel: Channel
    language: str
    received_at: datetime
    expected_answer_by: datetime

    @property
    def has_contact(self) -> bool:
        """Whether the citizen can be told of steps and be asked how satisfied they are."""
        return self.contact is not None and self.contact.reachable


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who answered and when. `text` is only held for a call answered on the line; the words of a
    case's answer lie with the offices."""

    office_id: str
    answered_at: datetime
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the public history."""

    status: Status
    at: datetime
    office_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every inquiry has. `history` is in the order of the steps' times, however late they
    were heard of; `fingerprint` tells a repeated request from another under the same key;
    `survey_ended_at` is kept when the survey's end is heard of before the answer is."""

    receipt_number: str
    asked: Asked
    history: tuple[Step, ...]
    fingerprint: str | None = None
    survey_ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Stored; no office yet."""

    record: Record
    status: Literal["received"] = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """No office was found by rule; a person will name one."""

    record: Record
    status: Literal["unrouted"] = "unrouted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Lies at an office, by its `attempt`-th assignment."""

    record: Record
    office_id: str
    attempt: int
    status: Literal["assigned"] = "assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The office works on it. `attempt` is 0 while the assignment itself has not been heard of."""

    record: Record
    office_id: str
    attempt: int
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Answered; the satisfaction survey is still to end."""

    record: Record
    answer: Answer
    status: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Answered, and the survey has ended or there is nobody to ask."""

    record: Record
    answer: Answer
    status: Literal["closed"] = "closed"


Inquiry: TypeAlias = Received | Unrouted | Assigned | Accepted | Answered | Closed


def at_receipt(state: Inquiry) -> Status:
    """How far the inquiry had come at its receipt: an answered call has its answer already."""
    if not isinstance(state, Answered | Closed) or state.answer.text is None:
        return Status.RECEIVED
    return Status.ANSWERED if state.record.asked.has_contact else Status.CLOSED
