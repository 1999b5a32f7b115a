"""An inquiry: what was asked, and how far it has come as the citizen may know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from services.cities import FIRST_ROUND, Matter, PlaceQuestion


class Status(StrEnum):
    """How far an inquiry has come, in this order."""

    RECEIVED = "received"
    ASKED = "asked"
    UNROUTED = "unrouted"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    REPEAT_CLOSED = "repeat_closed"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    CLOSED = "closed"


class Mark(StrEnum):
    """What comes into the history of an inquiry and leaves it where it stood."""

    SUPPLEMENTED = "supplemented"
    """The citizen has answered what was asked."""
    SUPPLEMENT_REQUESTED = "supplement_requested"
    """The office asks the citizen for what is missing."""
    SUPPLEMENT_RECEIVED = "supplement_received"
    """What was missing has come."""
    SUPPLEMENT_UNANSWERED = "supplement_unanswered"
    """What was missing did not come in time."""
    SUPPLEMENT_PROLONGED = "supplement_prolonged"
    """The citizen has more time to send what is missing."""
    OBJECTION_FILED = "objection_filed"
    """The citizen has objected to the decision."""
    OBJECTION_DECIDED = "objection_decided"
    """The office has decided on the objection."""
    INSPECTION_ORDERED = "inspection_ordered"
    """The office begins to look at the place, and the clock stands still."""
    INSPECTION_PROLONGED = "inspection_prolonged"
    INSPECTION_DONE = "inspection_done"
    """The office has looked, and the clock runs on."""
    INSPECTION_OVERRUN = "inspection_overrun"
    """The time is over for which looking stops the clock: it runs on."""
    OVERDUE = "overdue"
    """The date has passed, and the office was reminded."""
    PROGRESS_NOTICE = "progress_notice"
    """The citizen is told how it stands, because so many days have passed."""


class ClosedCause(StrEnum):
    """Why a case ended without an answer; a closed list."""

    WITHDRAWN = "withdrawn"
    """The citizen asked for it."""
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    """Two requests for what was missing stayed without an answer."""


class CitizenActKind(StrEnum):
    """What a citizen may do about a matter that an office has; a closed list."""

    SUPPLEMENT = "supplement"
    """Sends what the office asked for."""
    MORE_TIME = "more_time"
    """Asks for more time to send it."""
    WITHDRAWAL = "withdrawal"
    OBJECTION = "objection"


class ActRefusal(StrEnum):
    """Why an act changed nothing at the office's case; a closed list."""

    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    BETWEEN_OFFICES = "between_offices"
    """One office declined it and the next is not named: it may be done again."""
    ROUND_OVER = "round_over"
    NOT_ASKED = "not_asked"
    PROLONGED_TWICE = "prolonged_twice"
    NOT_REFUSED = "not_refused"
    OBJECTED_ALREADY = "objected_already"
    TOO_LATE = "too_late"
    NO_SUCH_TIME = "no_such_time"


class AskedAbout(StrEnum):
    """What a citizen was asked about; a closed list."""

    PLACE = "place"
    SERVICE = "service"


class Outcome(StrEnum):
    """How an office ended a round."""

    ANSWERED = "answered"
    PERMIT_GRANTED = "permit_granted"
    PERMIT_GRANTED_CONDITIONALLY = "permit_granted_conditionally"
    PERMIT_REFUSED = "permit_refused"
    RETURNED = "returned"
    """The documents went back: what was missing was asked for and did not come."""


class RecountCause(StrEnum):
    """Why a date was counted again; a closed list."""

    HOLIDAY = "holiday"
    SUPPLEMENTED = "supplemented"
    EXTENDED = "extended"
    INSPECTED = "inspected"


class DateReason(StrEnum):
    """Why the date moved by which the citizen may expect the answer."""

    FOUND_OUT = "found_out"
    """At receipt nobody knew what it was about, so the date was provisional."""
    SERVICE_FOUND = "service_found"
    """At receipt nobody knew what it was about. Now that is known, and the office is not yet."""
    OTHER_SERVICE = "other_service"
    """The service has another period than the one expected at receipt."""
    OPENED_AGAIN = "opened_again"
    """The matter was opened again, with a period of its own."""
    HOLIDAY = "holiday"
    """A day within the period was declared a holiday after the period had begun."""
    SUPPLEMENTED = "supplemented"
    """The time from a question to the citizen's answer does not count: by the city's practice where
    routing asks, by law where an office asks for what is missing (Petitions Decree 20)."""
    EXTENDED = "extended"
    """The office takes more time (Petitions Decree 21)."""
    INSPECTED = "inspected"
    """The time for which the office looked at the place does not count (Petitions Decree 17)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The place an inquiry is about, in exactly one form: a point (WGS 84), a code or words."""

    lat: float | None = None
    lon: float | None = None
    dong_code: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How the citizen wants to be told; `phone` in E.164 form.

    `email_verified` and `phone_verified` say that whoever handed the inquiry in knows the address
    to be the citizen's own, as the claims of OpenID Connect Core 5.1 do. Anybody can type anybody's
    address, so these are false unless a caller says so that may.
    """

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    email_verified: bool = False
    phone_verified: bool = False

    @property
    def reachable(self) -> bool:
        """Whether there is a way to tell them; a name alone is none."""
        return self.email is not None or self.phone is not None

    @property
    def verified(self) -> bool:
        """Whether somebody vouches for one of the addresses at least."""
        return self.email_verified or self.phone_verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A field of the service's form as the citizen filled it in; the value as `cities.filled` keeps
    it. It is as personal as the words are."""

    code: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What only intake knows of the question, as it was checked at receipt; it never changes after.
    Its codes are in the matter. `provisional` says that the words leave a doubt about the service,
    so that the date is the earliest that the law could set; `danger` is the id of the danger that
    they speak of, empty for none; `attributes` are the form of the service named, empty where none
    was sent."""

    text: str
    place: Place | None
    contact: Contact | None
    expected_answer_by: datetime
    provisional: bool = False
    danger: str = ""
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The newest that routing found out, whether or not it found an office; `at` is when.

    `matter` has the service and the place; the service is empty when it was not found. `attempt` is
    0 while there is no office in this round.
    """

    matter: Matter
    round: int
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What routing asks the citizen, because it decides which office is competent.

    `number` counts the questions about the inquiry from 1; a later one replaces an earlier one.
    `place` says what is asked about the place, None where the service is asked for. `candidates`
    are ids of offices, or codes of services; none where anything may be the answer. After
    `answer_by` the matter goes on without an answer.
    """

    number: int
    round: int
    about: AskedAbout
    place: PlaceQuestion | None = None
    candidates: tuple[str, ...] = ()
    asked_at: datetime
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """The citizen's answer to the question `number`: a place, the code of a service, or that
    nothing of what was offered is meant."""

    number: int
    about: AskedAbout
    place: Place | None = None
    service_code: str = ""
    none_offered: bool = False
    supplied_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRequest:
    """What an office asks the citizen to send: the `number`th request of its round. Its words lie
    with the office.

    Its events may be heard in any order: `requested_at` is None until the request itself is heard
    of. `prolonged_at` are the times at which more time was given. `received_at` is None while
    nothing came, `unanswered_at` while its time is not over.
    """

    round: int
    number: int
    office_id: str
    answer_by: datetime | None = None
    requested_at: datetime | None = None
    prolonged_at: tuple[datetime, ...] = ()
    received_at: datetime | None = None
    unanswered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteInspection:
    """That an office looks at the place, once in a round; the clock stands still meanwhile.

    Its events may be heard in any order: `ordered_at` is None until the order itself is heard of.
    `ends_by` is the last moment for which the clock may stand. `over_at` is when the office had
    looked, or that time was over; None until then.
    """

    round: int
    ordered_at: datetime | None = None
    ends_by: datetime | None = None
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenAct:
    """What the citizen did about a matter that an office has, the `number`th act of the inquiry.

    `request` is the number of the office's request in the round that it is about, 0 for none;
    `extension` which prolongation of it is asked for, 1 or 2. `held` says that it is told only once
    an office has the matter. `text` and `attachments` are as
    personal as the words of the inquiry. The case decides: `taken_at`, or `refused_at` with
    `refusal`; all None until then.
    """

    number: int
    kind: CitizenActKind
    round: int
    request: int = 0
    extension: int = 0
    days: int = 0
    text: str = ""
    attachments: tuple[str, ...] = ()
    acted_at: datetime
    held: bool = False
    taken_at: datetime | None = None
    refused_at: datetime | None = None
    refusal: ActRefusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The newest assignment heard of: to whom, by which rule of routing, and as what.

    `matter` has what routing found; `due_at` is the end of the period that follows from it.
    """

    matter: Matter
    round: int
    attempt: int
    office_id: str
    rule: str
    delegated_by: str = ""
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DateChange:
    """The date by which the citizen may expect the answer has moved; `at` is when."""

    before: datetime
    after: datetime
    reason: DateReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """A period of a round was counted again at `at`: what ended at `before` ends at `after`."""

    round: int
    before: datetime
    after: datetime
    at: datetime
    cause: RecountCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who ended a round with an answer, how and when; `entered_at` as of `Step`. `text` is only
    held for a call answered on the line; the words of a case's answer lie with the offices."""

    round: int
    office_id: str
    answered_at: datetime
    outcome: Outcome = Outcome.ANSWERED
    text: str | None = None
    entered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the public history. `at` is when it happened, `entered_at` when the office
    entered it, where that was later: who dated a step back is seen to have done so. `cause` says of
    a matter that was withdrawn whether the citizen did that."""

    status: Status | Mark
    round: int
    at: datetime
    office_id: str | None = None
    entered_at: datetime | None = None
    cause: ClosedCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyEnd:
    """When the survey on the answer of a round ended, answered or not."""

    round: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every inquiry has.

    `history` is in the order of the steps' times, however late they were heard of; `earlier` holds
    the answers of the rounds before the one that the state is in, oldest first; `surveys_ended`
    the ends of surveys by their rounds, which may be heard of before the answer is; `found` and
    `assignment` are the newest of them all, and so is `question`; `supplements` has the citizen's
    answer to each that was answered, in the order of their numbers; `date_changes` are in the order
    in which they were heard of; `recounts` are all that were heard of, also of dates that are not
    heard of yet; `requests` is what offices asked for, by round and number, `inspections` when they
    looked at the place, by round, `acts` what the citizen did about the matter at its office,
    earliest first; `request_digest` tells a repeated request from another under the same key.
    """

    matter: Matter
    asked: Asked
    history: tuple[Step, ...]
    earlier: tuple[Answer, ...] = ()
    surveys_ended: tuple[SurveyEnd, ...] = ()
    found: Found | None = None
    assignment: Assignment | None = None
    date_changes: tuple[DateChange, ...] = ()
    recounts: tuple[Recounted, ...] = ()
    question: Question | None = None
    supplements: tuple[Supplement, ...] = ()
    requests: tuple[OfficeRequest, ...] = ()
    inspections: tuple[SiteInspection, ...] = ()
    acts: tuple[CitizenAct, ...] = ()
    request_digest: str | None = None

    @property
    def expected_answer_by(self) -> datetime:
        """The date by which the citizen may expect the answer, after all its changes."""
        if self.date_changes:
            return self.date_changes[-1].after
        return self.asked.expected_answer_by

    @property
    def place(self) -> Place | None:
        """Where it is, as the citizen said last."""
        said = (one.place for one in reversed(self.supplements) if one.place is not None)
        return next(said, self.asked.place)

    @property
    def named_service(self) -> str:
        """The code of the service that the citizen named last; empty for none."""
        said = (one.service_code for one in reversed(self.supplements) if one.service_code)
        return next(said, self.matter.service_code)

    @property
    def provisional(self) -> bool:
        """Whether that date may still move because nobody has found out yet what it is about."""
        if self.found is None:
            return self.asked.provisional
        return not self.found.matter.service_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Stored; no office yet. Always of the first round."""

    record: Record
    status: Literal["received"] = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """The citizen was asked what the office depends on; no office yet."""

    record: Record
    round: int
    status: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """No office was found by rule; a person will name one."""

    record: Record
    round: int
    status: Literal["unrouted"] = "unrouted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """Lies at an office, by the `attempt`-th assignment of the round."""

    record: Record
    round: int
    attempt: int
    office_id: str
    status: Literal["assigned"] = "assigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The office of that attempt works on it."""

    record: Record
    round: int
    attempt: int
    office_id: str
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The round of `answer` is answered; its satisfaction survey is still to end."""

    record: Record
    answer: Answer
    status: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Answered, and the survey has ended or there is nobody to ask."""

    record: Record
    answer: Answer
    status: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatClosed:
    """Closed at its office without an answer, because it repeats what was answered twice. The
    answer of an office that was faster counts all the same."""

    record: Record
    round: int
    office_id: str
    status: Literal["repeat_closed"] = "repeat_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Closed at its office without an answer, because the citizen withdrew it or, as two requests
    for what was missing stayed unanswered, is deemed to have: `cause` says which."""

    record: Record
    round: int
    office_id: str
    cause: ClosedCause = ClosedCause.WITHDRAWN
    status: Literal["withdrawn"] = "withdrawn"


Inquiry: TypeAlias = (
    Received
    | Awaiting
    | Unrouted
    | Assigned
    | Accepted
    | RepeatClosed
    | Withdrawn
    | Answered
    | Closed
)


def round_of(state: Inquiry) -> int:
    """The round that it is in, or that its answer has ended."""
    match state:
        case Received():
            return FIRST_ROUND
        case Answered() | Closed():
            return state.answer.round
        case _:
            return state.round


def answers_of(state: Inquiry) -> tuple[Answer, ...]:
    """Every answer heard of, oldest first: of each round at most one."""
    newest = (state.answer,) if isinstance(state, Answered | Closed) else ()
    return (*state.record.earlier, *newest)


def at_receipt(state: Inquiry) -> Status:
    """How far the inquiry had come at its receipt: an answered call had its answer already."""
    if all(answer.text is None for answer in answers_of(state)):
        return Status.RECEIVED
    return Status.ANSWERED if state.record.matter.has_contact else Status.CLOSED
