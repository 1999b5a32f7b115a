"""The table of what may happen in an inquiry's life, and of what must.

One row for each event: in which lives it may be told, in which it must, which event it follows, and
by when it is due. The judge (`promises`) knows no event by name but through this table. An event
that no row names is noted, not judged: a new event type is judged from the day it has its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any


class Kind(StrEnum):
    """How an inquiry is meant to go."""

    CALL = "call"
    """Answered while the citizen was on the line: no case, still surveyed."""
    CASE = "case"
    """An office answers it."""
    OPEN = "open"
    """An office takes it, and the record has no answer to it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a life depends on, beyond what its own events say: as the citizen knows it."""

    kind: Kind
    has_contact: bool
    survey_answered: bool = False


class Each(Enum):
    """How often an event of a row may be told in one life, and so what its label says."""

    LIFE = "once"
    """Once; the label is the row's name: `CaseAnswered`."""
    ATTEMPT = "once for each office's turn"
    """The label ends with the number of the attempt: `CaseOpened:2`."""
    MESSAGE = "one message"
    """Once; the label has the delivery's number, as messages of attempts do: `…:SURVEY:1`."""


When = Callable[[Terms], bool]

# A service takes its step within this time of the event that calls for it, in a city that is healed
# within it. Longer: a lost event is noticed later. Shorter: a broker or a service that was away for
# half a minute looks like a loss.
SERVICE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Row:
    """One event of a life.

    - `name`: the event's short name; for a message, with the step it tells.
    - `may`, `must`: in which lives it is told; whatever must be told also may.
    - `after`: the events that can cause it, any one of them, of the same attempt where both are
      numbered; none for the first event of a life.
    - `after_previous`: the event of the attempt before that begins a further attempt.
    - `within_seconds`: by when it comes after the latest of its causes; `by_person`: a person
      outside decides when, so that their time is added.
    """

    name: str
    may: When
    must: When
    after: tuple[str, ...] = ()
    each: Each = Each.LIFE
    after_previous: str = ""
    by_person: bool = False
    within_seconds: float = SERVICE_SECONDS

    def labels(self, attempts: int) -> Iterable[str]:
        """The labels under which its events come in a life of so many attempts."""
        match self.each:
            case Each.LIFE:
                yield self.name
            case Each.MESSAGE:
                yield f"{self.name}:1"
            case Each.ATTEMPT:
                yield from (f"{self.name}:{number}" for number in range(1, attempts + 1))


def never(terms: Terms) -> bool:
    """In no life."""
    return False


def by_office(terms: Terms) -> bool:
    """In those that an office gets."""
    return terms.kind is not Kind.CALL


def office_answers(terms: Terms) -> bool:
    """In those that an office answers."""
    return terms.kind is Kind.CASE


def on_call(terms: Terms) -> bool:
    """In those that were answered on the line."""
    return terms.kind is Kind.CALL


def surveyed(terms: Terms) -> bool:
    """In those of which the citizen can be asked how satisfied they are."""
    return terms.has_contact and terms.kind is not Kind.OPEN


def survey_answered(terms: Terms) -> bool:
    """In those of which the city has taken the citizen's answer."""
    return terms.survey_answered


def told(where: When) -> When:
    """In those of these lives whose citizen left a contact."""
    return lambda terms: terms.has_contact and where(terms)


def untold(where: When) -> When:
    """In those of these lives whose citizen left no contact."""
    return lambda terms: not terms.has_contact and where(terms)


FURTHER_ATTEMPT = "CaseDeclined"
"""Each of these begins a further attempt."""

_DELIVERED, _FAILED = "MessageDelivered", "MessageFailed"


def _message(step: str, where: When, after: tuple[str, ...], each: Each) -> tuple[Row, Row]:
    """The two rows of a step that citizens are told of. Without a contact nobody can be told; that
    it could not be is told of those messages that somebody tried to send."""
    return (
        Row(f"{_DELIVERED}:{step}", told(where), told(where), after, each),
        Row(f"{_FAILED}:{step}", untold(where), never, after, each),
    )


# fmt: off
TABLE: tuple[Row, ...] = (
    #   event              may be told in   must be told in  after any of
    Row("CallAnswered",    on_call,         on_call),
    Row("InquiryReceived", by_office,       by_office),
    Row("InquiryUnrouted", by_office,       never,           ("InquiryReceived",)),
    Row("InquiryAssigned", by_office,       by_office,       ("InquiryReceived",), Each.ATTEMPT,
        after_previous=FURTHER_ATTEMPT),
    Row("CaseOpened",      by_office,       by_office,       ("InquiryAssigned",), Each.ATTEMPT),
    Row("CaseDeclined",    by_office,       never,           ("CaseOpened",), Each.ATTEMPT),
    Row("CaseAccepted",    by_office,       office_answers,  ("CaseOpened",), by_person=True),
    Row("PermitDecided",   office_answers,  never,           ("CaseAccepted",)),
    Row("CaseAnswered",    office_answers,  office_answers,  ("CaseAccepted",), by_person=True),
    Row("SurveyInvited",   surveyed,        surveyed,        ("CaseAnswered", "CallAnswered")),
    Row("SurveyAnswered",  survey_answered, survey_answered, ("SurveyInvited",), by_person=True),
    Row("SurveyExpired",   surveyed,        never,           ("SurveyInvited",)),
    *_message("RECEIVED",  by_office,       ("InquiryReceived",), Each.MESSAGE),
    *_message("ASSIGNED",  by_office,       ("InquiryAssigned",), Each.ATTEMPT),
    *_message("ANSWERED",  office_answers,  ("CaseAnswered",), Each.MESSAGE),
    *_message("SURVEY",    surveyed,        ("SurveyInvited",), Each.MESSAGE),
)
# fmt: on

ROWS = {row.name: row for row in TABLE}


def label_of(name: str, message: Any) -> str:
    """The label of an event of this short name: what tells it from others of its life."""
    if name in (_DELIVERED, _FAILED):
        return f"{name}:{message.delivery_id.partition(':')[2]}"
    row = ROWS.get(name)
    return f"{name}:{message.attempt}" if row and row.each is Each.ATTEMPT else name


def row_of(label: str) -> tuple[Row, int] | None:
    """The row of a label and its number (1 where it has none); None if no row names its event."""
    name, _, number = label.rpartition(":")
    if number.isdecimal() and name in ROWS:
        return ROWS[name], int(number)
    return (ROWS[label], 1) if label in ROWS else None
