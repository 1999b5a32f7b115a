"""The table of what may happen in an inquiry's life, and of what must.

One row for each event: in which rounds it may be told, in which it must, which event it follows,
and by when it is due. The judge (`promises`) knows no event by name but through this table. An
event that no row names is noted, not judged: a new event type is judged from the day it has its
row.

Everything is judged by round. A life has one round until the city has promised to open it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

from dasan.districts.v1.events_pb2 import ActRefusal


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
    """What one round of a life depends on, beyond what its own events say: as the citizen knows
    it. `survey_answered` is of the survey about this round's answer; `withdrawn` says that the
    citizen took the matter back, which an office has entered."""

    kind: Kind
    has_contact: bool
    survey_answered: bool = False
    first_round: bool = True
    withdrawn: bool = False


class Each(Enum):
    """How often an event of a row may be told, and so how its label ends."""

    LIFE = "once in a life"
    """The label is the row's name: `InquiryReceived`."""
    ROUND = "once in a round"
    """The label ends with the round: `CaseAnswered:1`, `MessageDelivered:answered:1`."""
    ATTEMPT = "once for each office's turn"
    """The label ends with round and attempt: `CaseOpened:1:2`, `MessageDelivered:assigned:1:2`."""
    QUESTION = "once for each question to the citizen"
    """The label ends with the round and the question's number: `PlaceAsked:1:2`."""
    ACT = "once for each act of the citizen"
    """The label ends with the round and the act's number in its life: `SupplementSent:1:3`."""
    NUMBER = "once for each act of its kind, which are numbered"
    """The label ends with round and number: `SupplementRequested:1:2`."""
    DATE = "once for each date that it brings"
    """The label ends with the round and the second (Unix time) of the new date:
    `DeadlineRecounted:1:1796083200`."""


_NUMBERS = {
    Each.LIFE: 0,
    Each.ROUND: 1,
    Each.ATTEMPT: 2,
    Each.QUESTION: 2,
    Each.ACT: 2,
    Each.NUMBER: 2,
    Each.DATE: 2,
}
OPEN_ENDED = (Each.NUMBER, Each.DATE)
"""Nobody can say beforehand how many of these there will be."""
# The field that holds the new date, where it is not the date of the answer.
_DATES = {"SupplementProlonged": "answer_by"}

# So often a citizen is asked back about one inquiry.
QUESTIONS_MOST = 2
# So many acts about one inquiry intake takes (`domain.acts`).
ACTS_MOST = 40

When = Callable[[Terms], bool]

# A service takes its step within this time of the event that calls for it, in a city that is healed
# within it. Longer: a lost event is noticed later. Shorter: a broker or a service that was away for
# half a minute looks like a loss.
SERVICE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Row:
    """One event of a life.

    - `name`: the event's short name; for a message, with the message's name.
    - `may`, `must`: in which rounds it is told; whatever must be told also may.
    - `after`: the events that can cause it, any one of them, of the same round, and of the same
      attempt where both are told for each attempt; none for the first event of a life.
    - `before`: the event after which it is no longer told in its round.
    - `after_attempt`: the event of the attempt before that begins a further attempt.
    - `after_round`: the events of the round before, any one of them, without which there is no
      further round.
    - `within_seconds`: by when it comes after the latest of its causes; `by_person`: a person
      outside decides when, so that their time is added.
    - `of_last`: what may be told of each attempt must be told of the last one alone; an office
      before it may have handed the case on.
    - `by_act`: it is told of an act of an office or of a citizen, once for each that the city has
      stored, and of nothing else (`promises.Asked.of_acts`).
    """

    name: str
    may: When
    must: When
    after: tuple[str, ...] = ()
    each: Each = Each.ROUND
    before: str = ""
    after_attempt: str = ""
    after_round: tuple[str, ...] = ()
    by_person: bool = False
    within_seconds: float = SERVICE_SECONDS
    by_act: bool = False
    of_last: bool = False

    def labels(self, round_: int, attempts: int) -> Iterable[str]:
        """The labels under which its events come in the round `round_`, of so many attempts; none
        for what is open-ended."""
        match self.each:
            case Each.NUMBER | Each.DATE:
                return
            case Each.LIFE:
                yield self.name
            case Each.ROUND:
                yield f"{self.name}:{round_}"
            case Each.ATTEMPT:
                yield from (f"{self.name}:{round_}:{number}" for number in range(1, attempts + 1))
            case Each.QUESTION:
                numbers = range(1, QUESTIONS_MOST + 1)
                yield from (f"{self.name}:{round_}:{number}" for number in numbers)
            case Each.ACT:
                numbers = range(1, ACTS_MOST + 1)
                yield from (f"{self.name}:{round_}:{number}" for number in numbers)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a label belongs: its row, the round, and the attempt, the number or the second of the
    date (each 1 where the label says none)."""

    row: Row
    round_: int = 1
    number: int = 1


def never(terms: Terms) -> bool:
    """In no round."""
    return False


def by_office(terms: Terms) -> bool:
    """In those that an office gets."""
    return terms.kind is not Kind.CALL


def office_answers(terms: Terms) -> bool:
    """In those that an office answers."""
    return terms.kind is Kind.CASE and not terms.withdrawn


def withdrawn(terms: Terms) -> bool:
    """In those that the citizen took back."""
    return terms.withdrawn


def on_call(terms: Terms) -> bool:
    """In those that were answered on the line."""
    return terms.kind is Kind.CALL


def surveyed(terms: Terms) -> bool:
    """In those of which the citizen can be asked how satisfied they are."""
    return terms.has_contact and terms.kind is not Kind.OPEN and not terms.withdrawn


def survey_answered(terms: Terms) -> bool:
    """In those of which the city has taken the citizen's answer."""
    return terms.survey_answered


def first(where: When) -> When:
    """In those of these rounds that a life begins with."""
    return lambda terms: terms.first_round and where(terms)


def told(where: When) -> When:
    """In those of these rounds whose citizen left a contact."""
    return lambda terms: terms.has_contact and where(terms)


def untold(where: When) -> When:
    """In those of these rounds whose citizen left no contact."""
    return lambda terms: not terms.has_contact and where(terms)


FURTHER_ATTEMPT = "CaseDeclined"
"""Each of these begins a further attempt."""

MESSAGES = ("MessageDelivered", "MessageSkipped", "MessageFailed")


def _message(name: str, where: When, after: tuple[str, ...], each: Each) -> tuple[Row, Row, Row]:
    """The three rows of one message: delivered to whoever left a contact, skipped where nobody can
    be told, and never failed, since every channel of a simulated city takes what it is given."""
    delivered, skipped, failed = MESSAGES
    return (
        Row(f"{delivered}:{name}", told(where), told(where), after, each),
        Row(f"{skipped}:{name}", untold(where), untold(where), after, each),
        Row(f"{failed}:{name}", never, never, after, each),
    )


def _timely_message(name: str, each: Each) -> tuple[Row, Row, Row]:
    """The rows of a message that is of use for a while only. It is delivered, or skipped also where
    there is somebody to tell: a question once the matter has its office or the next question, a new
    date once there is an answer. Which of them must be told is seen from what it tells of
    (`promises.expected`)."""
    delivered, skipped, failed = MESSAGES
    after = TIMELY[name]
    return (
        Row(f"{delivered}:{name}", told(by_office), never, after, each),
        Row(f"{skipped}:{name}", by_office, never, after, each),
        Row(f"{failed}:{name}", never, never, after, each),
    )


def _act(
    name: str, after: tuple[str, ...], each: Each = Each.ROUND, *, where: When = by_office
) -> Row:
    """The row of what an office does beside taking, declining and ending a case."""
    return Row(name, where, never, after, each, by_person=True, by_act=True)


def _message_of_act(name: str, after: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows of a message that tells what became of a citizen's act; it is due where the act had
    to lead to it (`promises.Asked.of_acts`)."""
    delivered, skipped, failed = MESSAGES
    return (
        _act(f"{delivered}:{name}", after, Each.ACT, where=told(by_office)),
        _act(f"{skipped}:{name}", after, Each.ACT, where=untold(by_office)),
        Row(f"{failed}:{name}", never, never, after, Each.ACT),
    )


_ANSWERS = ("CaseAnswered", "CallAnswered")
QUESTIONS = ("PlaceAsked", "ServiceAsked")
"""What is told when the citizen is asked."""
SUPPLEMENTED = "InquirySupplemented"
"""The citizen's answer to a question."""
TIMELY = {
    "asked": QUESTIONS,
    "supplement": ("SupplementRequested",),
    "recounted": ("DeadlineRecounted", "UnroutedDeadlineRecounted"),
}
"""The messages that are skipped once they are of no use, and what each tells of. The label of the
message has the same round and number, or date, as that of the event."""
CHECKED = "PermitChecked"
"""An application may be found wanting before it is found whole."""
# Who is asked has the time to answer, and so has the desk that calls who does not.
_LEADING = ("InquiryReceived", *QUESTIONS, SUPPLEMENTED)

ACTS = ("SupplementSent", "MoreTimeAsked", "WithdrawalAsked", "ObjectionMade")
"""What a citizen did about a matter that an office has."""
ACT_TAKEN, ACT_REFUSED = "CitizenActTaken", "CitizenActRefused"
"""What the case made of it."""
_REASONS = {
    number: name.removeprefix("ACT_REFUSAL_").lower()
    for name, number in ActRefusal.items()
    if number
}
_REFUSED = tuple(f"{ACT_REFUSED}:{reason}" for reason in _REASONS.values())

# fmt: off
TABLE: tuple[Row, ...] = (
    #   event              may be told in    must be told in   after any of
    Row("CallAnswered",    first(on_call),   first(on_call),   each=Each.LIFE),
    Row("InquiryReceived", first(by_office), first(by_office), each=Each.LIFE),
    Row("InquiryUnrouted", by_office,        never,            ("InquiryReceived",),
        after_round=_ANSWERS),
    Row("PlaceAsked",      by_office,        never,            ("InquiryReceived",), Each.QUESTION,
        before="InquiryAssigned", after_round=_ANSWERS),
    Row("ServiceAsked",    by_office,        never,            ("InquiryReceived",), Each.QUESTION,
        before="InquiryAssigned", after_round=_ANSWERS),
    Row(SUPPLEMENTED,      by_office,        never,            QUESTIONS, Each.QUESTION),
    Row("InquiryAssigned", by_office,        by_office,        _LEADING, Each.ATTEMPT,
        after_attempt=FURTHER_ATTEMPT, after_round=_ANSWERS, by_person=True),
    Row("CaseOpened",      by_office,        by_office,        ("InquiryAssigned",), Each.ATTEMPT),
    Row("CaseDeclined",    by_office,        never,            ("CaseOpened",), Each.ATTEMPT),
    Row("CaseAccepted",    by_office,        office_answers,   ("CaseOpened",), Each.ATTEMPT,
        by_person=True, of_last=True),
    Row("PermitDecided",   office_answers,   never,            ("CaseAccepted",)),
    Row("PermitIssued",    office_answers,   never,            ("PermitDecided",)),
    Row("CaseAnswered",    office_answers,   office_answers,   ("CaseAccepted",), by_person=True),
    Row("SurveyInvited",   surveyed,         surveyed,         _ANSWERS),
    Row("SurveyAnswered",  survey_answered,  survey_answered,  ("SurveyInvited",), by_person=True),
    Row("SurveyExpired",   surveyed,         never,            ("SurveyInvited",)),
    *(_act(act, ("InquiryAssigned",), Each.ACT) for act in ACTS),
    *(_act(what, ACTS, Each.ACT) for what in (ACT_TAKEN, *_REFUSED)),
    *_message_of_act("act_refused", _REFUSED),
    *_message("received",  first(by_office), ("InquiryReceived",), Each.ROUND),
    *_timely_message("asked", Each.QUESTION),
    *_message("assigned",  by_office,        ("InquiryAssigned",), Each.ATTEMPT),
    *_message("answered",  office_answers,   ("CaseAnswered",), Each.ROUND),
    *_message("survey",    surveyed,         ("SurveyInvited",), Each.ROUND),
    _act("SupplementRequested",   ("CaseAccepted",), Each.NUMBER),
    _act("SupplementProlonged",   ("SupplementRequested",), Each.DATE),
    _act("SupplementReceived",    ("SupplementRequested",), Each.NUMBER),
    Row("SupplementUnanswered", by_office,   never,
        ("SupplementRequested",), Each.NUMBER),
    _act("CaseExtended",          ("CaseAccepted",), Each.NUMBER),
    _act("ConsultationRequested", ("CaseOpened",), Each.NUMBER),
    _act("ConsultationAnswered",  ("ConsultationRequested",), Each.NUMBER),
    _act("ConsultationExtended",  ("ConsultationRequested",), Each.NUMBER),
    _act("InspectionOrdered",     ("CaseAccepted",)),
    _act("InspectionProlonged",   ("InspectionOrdered",)),
    _act("InspectionDone",        ("InspectionOrdered",)),
    Row("InspectionOverrun", by_office,      never,            ("InspectionOrdered",)),
    Row("DeadlineRecounted", by_office,      never,
        ("CaseOpened", "SupplementReceived", "SupplementUnanswered", "CaseExtended",
         "InspectionDone", "InspectionOverrun"), Each.DATE),
    Row("UnroutedDeadlineRecounted", by_office, never, ("InquiryReceived",), Each.DATE),
    *_timely_message("supplement", Each.NUMBER),
    *_timely_message("recounted", Each.DATE),
    Row("CaseWithdrawn",   withdrawn,        withdrawn,        ("CaseOpened",), by_person=True),
    Row("CaseClosed",      withdrawn,        withdrawn,        ("CaseWithdrawn",)),
    *_message("withdrawn", withdrawn,        ("CaseClosed",), Each.ROUND),
    _act(f"{CHECKED}:missing",    ("CaseOpened",)),
    _act(f"{CHECKED}:whole",      ("CaseOpened",)),
    _act("PermitFeePaid",         ("CaseOpened",)),
    _act("PermitCollected",       ("PermitIssued",), where=office_answers),
    _act("PermitRevoked",         ("PermitIssued",), where=office_answers),
    Row("PermitUncollected", office_answers, never,            ("PermitIssued",)),
    Row("PermitExpired",   office_answers,   never,            ("PermitIssued",)),
    _act("ObjectionFiled",        ("PermitDecided",), where=office_answers),
    _act("ObjectionExtended",     ("ObjectionFiled",), where=office_answers),
    _act("ObjectionDecided",      ("ObjectionFiled",), where=office_answers),
)
# fmt: on

ROWS = {row.name: row for row in TABLE}


def label_of(name: str, message: Any) -> str:
    """The label of an event of this short name: what tells it from others of its life."""
    if name in MESSAGES:
        return f"{name}:{delivery_label(message.delivery_id)}"
    if name == CHECKED:
        name = f"{name}:{'whole' if message.complete else 'missing'}"
    if name == ACT_REFUSED:
        name = f"{name}:{_REASONS.get(message.reason, 'unknown')}"
    row = ROWS.get(name)
    match row.each if row else Each.LIFE:
        case Each.LIFE:
            return name
        case Each.ROUND:
            return f"{name}:{message.round}"
        case Each.ATTEMPT:
            return f"{name}:{message.round}:{message.attempt}"
        case Each.QUESTION | Each.NUMBER:
            return f"{name}:{message.round}:{message.number}"
        case Each.ACT:
            return f"{name}:{message.round}:{message.act}"
        case Each.DATE:
            date = getattr(message, _DATES.get(name, "due_at"))
            return f"{name}:{message.round}:{date.seconds}"


def delivery_label(delivery_id: str) -> str:
    """What tells a delivery from others of its life: the message's name, the round, and the attempt
    where there is one for each attempt. A delivery of a message without a row keeps all that its
    id says behind the inquiry's."""
    rest = delivery_id.partition(":")[2]
    name, _, numbers = rest.partition(":")
    row = ROWS.get(f"{MESSAGES[0]}:{name}")
    if row is not None and row.each is Each.ROUND:
        return f"{name}:{numbers.partition(':')[0]}"
    return rest


def spot_of(label: str) -> Spot | None:
    """Where a label belongs; None if no row names its event."""
    parts = label.split(":")
    numbers: list[int] = []
    while parts and parts[-1].isdecimal():
        numbers.insert(0, int(parts.pop()))
    row = ROWS.get(":".join(parts))
    if row is None or len(numbers) != _NUMBERS[row.each]:
        return None
    return Spot(row, *numbers)
