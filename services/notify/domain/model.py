"""A delivery: one message to one citizen about one event, from the first try to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from services.cities import Matter, PlaceQuestion


class MessageName(StrEnum):
    """What citizens are told of, in the order in which it happens within a round.

    The name travels as text: more will come.
    """

    RECEIVED = "received"
    ASKED = "asked"
    """What the citizen is asked, because the office depends on it."""
    ASSIGNED = "assigned"
    RECOUNTED = "recounted"
    """The date by which the citizen may expect the answer has moved."""
    SUPPLEMENT = "supplement"
    """What is missing, and until when the citizen may send it."""
    PROGRESS = "progress"
    """How it stands, after so many days without an answer."""
    REPEAT_CLOSED = "repeat_closed"
    """It was closed without an answer, as it repeats what was answered twice."""
    WITHDRAWN = "withdrawn"
    """It was closed without an answer, because the citizen withdrew it or is deemed to have."""
    ANSWERED = "answered"
    SURVEY = "survey"


class TextName(StrEnum):
    """The texts that a message may have; each has a file for every language."""

    RECEIVED = "received"
    ASKED = "asked"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    ARBITRATION = "arbitration"
    REFERRED = "referred"
    ANY_OFFICE = "any_office"
    RECOUNTED = "recounted"
    SUPPLEMENT = "supplement"
    PROGRESS = "progress"
    REPEAT_CLOSED = "repeat_closed"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    CONDITIONAL = "conditional"
    REFUSED = "refused"
    SURVEY = "survey"


class Rule(StrEnum):
    """The rules of routing after which more is to be told than an office and a date. The rule
    travels as text: there are others, and more will come."""

    TRANSFERRED = "transferred"
    """The arbitration desk holds another agency competent, which it cannot bind."""
    ARBITRATION = "arbitration"
    """The arbitration desk has it, to find the office that answers."""
    REFERRED = "referred"
    """Another agency does it in the city's stead, and the citizen calls that one."""
    ANY_OFFICE = "any_office"
    """Any office of a kind does it."""
    JOINED = "joined"
    """A person gave it to the office that has other citizens' matters of the same aim."""


_TEXT_OF_RULE = {
    Rule.ARBITRATION: TextName.ARBITRATION,
    Rule.REFERRED: TextName.REFERRED,
    Rule.ANY_OFFICE: TextName.ANY_OFFICE,
}


class DeclineReason(StrEnum):
    """Why an office refused a matter; a closed list."""

    NOT_COMPETENT = "not_competent"
    WRONG_PLACE = "wrong_place"


class RecountCause(StrEnum):
    """Why a date was counted again; a closed list."""

    HOLIDAY = "holiday"
    SUPPLEMENTED = "supplemented"
    """The time from a question to the citizen's answer does not count."""
    EXTENDED = "extended"
    """The office takes more time."""
    INSPECTED = "inspected"
    """The time for which the office inspected the place does not count."""


class ExtensionReason(StrEnum):
    """Why an office takes more time; a closed list."""

    INVESTIGATION = "investigation"
    CONSULTATION = "consultation"
    REVIEW = "review"
    SURGE = "surge"


class ClosedCause(StrEnum):
    """Why a case ended without an answer; a closed list."""

    WITHDRAWN = "withdrawn"
    DEEMED_WITHDRAWN = "deemed_withdrawn"
    """Two requests for what was missing stayed without an answer."""


class CaseOutcome(StrEnum):
    """How a round of a case ended; a closed list."""

    ANSWERED = "answered"
    PERMIT_GRANTED = "permit_granted"
    PERMIT_GRANTED_CONDITIONALLY = "permit_granted_conditionally"
    PERMIT_REFUSED = "permit_refused"
    RETURNED = "returned"
    """The documents went back: what was missing was asked for and did not come."""


class DeliveryChannel(StrEnum):
    """How a message goes out."""

    EMAIL = "email"
    SMS = "sms"
    FILE = "file"


class SkipReason(StrEnum):
    """Why no message was due; a closed list."""

    NO_CONTACT = "no_contact"
    OVER = "over"
    """What it tells of is over: a survey that has ended, a case that is answered, a question whose
    time has ended or whose matter has its office."""
    SEALED = "sealed"
    """The matter is sealed: ordinary messages do not follow it."""


class FailureReason(StrEnum):
    """Why a message never went out; a closed list."""

    REJECTED = "rejected"
    """The provider refuses this message, or it cannot be built: an alarm."""
    EXHAUSTED = "exhausted"
    """The recipient could not be reached at any try."""
    UNDELIVERABLE = "undeliverable"
    """The provider says that nobody can be reached there."""
    BAD_ADDRESS = "bad_address"
    """What the citizen left is no address that can be sent to."""


# These say something about one address of the citizen; another one of theirs may do.
ABOUT_THE_RECIPIENT = frozenset(
    {FailureReason.EXHAUSTED, FailureReason.UNDELIVERABLE, FailureReason.BAD_ADDRESS}
)


class WaitReason(StrEnum):
    """Why a message waits; a closed list."""

    PUT_OFF = "put_off"
    """The recipient cannot be reached right now; this ends after some tries."""
    HELD = "held"
    """Something is wrong with us or the provider, or a text cannot be written: an alarm, and never
    an end by itself."""
    LIMIT = "limit"
    """This address has got enough messages for an hour."""
    TURN = "turn"
    """Earlier news of the same inquiry has not gone out yet."""
    OTHER_WAY = "other_way"
    """One channel cannot reach the citizen, and another one is tried."""
    AGAIN = "again"
    """Somebody had it sent again by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be told, without a word about whom to.

    `cause_type` is the full name of the event that it tells of, `cause_event_id` that one's
    `ce_id`. `round` and `attempt` are the event's; 1 where it has none, and 0 for the attempt of a
    matter without an office. `until` is what the message promises: the date of the expected answer,
    until when a question can be answered, or the end of the survey. `question` is what is asked
    about the place, None where the service is asked for. `rule` is of an assignment,
    `previous_office_id` and `decline_reason` are of a hand-over, `until_before` and `recount_cause`
    of a date that has moved and
    `extension_reason` of one that an office moved, `number` of a question, a request for what is
    missing or a progress notice, `accepted` and `overdue`
    of a progress notice, `outcome` of an answer, `closed_cause` of an end
    without one, `survey_id` of an invitation; each is empty
    elsewhere. `traceparent` lets a late try be part of the trace of the event.
    """

    inquiry_id: str
    matter: Matter
    message: MessageName
    cause_type: str
    cause_event_id: str
    round: int = 1
    attempt: int = 1
    office_id: str = ""
    rule: str = ""
    previous_office_id: str = ""
    decline_reason: DeclineReason | None = None
    outcome: CaseOutcome | None = None
    until: datetime | None = None
    until_before: datetime | None = None
    recount_cause: RecountCause = RecountCause.HOLIDAY
    extension_reason: ExtensionReason | None = None
    closed_cause: ClosedCause | None = None
    question: PlaceQuestion | None = None
    number: int = 0
    accepted: bool = False
    overdue: bool = False
    survey_id: str = ""
    traceparent: str = ""

    @property
    def delivery_id(self) -> str:
        """The id of the delivery: the same for each repetition of the same news."""
        return delivery_id(self.inquiry_id, self.message, self.round, self._which)

    @property
    def _which(self) -> int:
        """What tells this news from other news of the same kind and round."""
        match self.message:
            case MessageName.ASKED | MessageName.SUPPLEMENT | MessageName.PROGRESS:
                return self.number
            case MessageName.RECOUNTED if self.until is not None:
                # A date moves to each later one once, whoever tells it.
                return int(self.until.timestamp())
            case _:
                return self.attempt

    @property
    def text(self) -> TextName:
        """Which text says it: a hand-over is no fresh assignment (Enforcement Decree of the Civil
        Petitions Treatment Act, Article 13 (3)), what another agency does is none either, and a
        refusal names the remedies (Act, 27)."""
        match self.message, self.outcome:
            case MessageName.ASSIGNED, _ if self.rule in _TEXT_OF_RULE:
                return _TEXT_OF_RULE[Rule(self.rule)]
            case MessageName.ASSIGNED, _ if self.attempt > 1:
                return TextName.TRANSFERRED
            case MessageName.ANSWERED, CaseOutcome.PERMIT_REFUSED:
                return TextName.REFUSED
            case MessageName.ANSWERED, CaseOutcome.PERMIT_GRANTED_CONDITIONALLY:
                return TextName.CONDITIONAL
            case _:
                return TextName(self.message)


def delivery_id(inquiry_id: str, message: MessageName, round: int, which: int) -> str:
    """The id of the delivery of that news; `which` is the attempt of most kinds, the number of a
    question, a request for what is missing or a progress notice, and the second (Unix time) of a
    date that has moved."""
    return f"{inquiry_id}:{message}:{round}:{which}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far the telling has come.

    `tries` counts all tries. With the present channel, `put_off` counts those put off for a reason
    on the recipient's side, and `held` those in a row, up to now, for a reason on ours or the
    provider's. `closed` are the channels that cannot reach the citizen.
    """

    tries: int = 0
    put_off: int = 0
    held: int = 0
    closed: tuple[DeliveryChannel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """Handed to a provider that can't tell a repetition; how that went isn't known yet."""

    notice: Notice
    channel: DeliveryChannel
    course: Course
    since: datetime
    status: Literal["sending"] = "sending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """It will be tried later. `since` is when it began to wait for this reason."""

    notice: Notice
    reason: WaitReason
    course: Course
    since: datetime
    status: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A provider accepted it."""

    notice: Notice
    channel: DeliveryChannel
    course: Course
    delivered_at: datetime
    status: Literal["delivered"] = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """There was nobody to tell, or nothing any more."""

    notice: Notice
    reason: SkipReason
    course: Course
    skipped_at: datetime
    status: Literal["skipped"] = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It will not go out, although it should have, unless somebody has it sent again."""

    notice: Notice
    reason: FailureReason
    course: Course
    failed_at: datetime
    status: Literal["failed"] = "failed"


Ended: TypeAlias = Delivered | Skipped | Failed
Delivery: TypeAlias = Sending | Waiting | Ended


class Party(StrEnum):
    """Whom a provider's answer is about."""

    RECIPIENT = "recipient"
    """Final for this channel when the answer is; another channel may do."""
    MESSAGE = "message"
    """Final, and an alarm: somebody has to look at the text or the code."""
    PROVIDER = "provider"
    """We, or the provider: never the citizen's fault, so never an end."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it; the reason says whether that is about the address or the
    message."""

    reason: FailureReason


@dataclass(frozen=True, slots=True)
class Later:
    """It can't be taken now, for the recipient's sake or the provider's (`about`); `after` is the
    wait that the provider asked for, if it did."""

    about: Party = Party.PROVIDER
    after: timedelta | None = None


Result: TypeAlias = Accepted | Refused | Later


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How a failed try is repeated: waits double from `first` up to `longest`.

    `tries` is how often one channel may be put off for the recipient's sake. The defaults go on for
    about half a day, which outlasts what mail servers call temporary. What is held is tried without
    an end. `unknown` is the time after which a try whose end nobody recorded is taken as failed.
    `turn` is the pause before news that waits for earlier news looks again, and `unheard` how long
    it waits for news of which nothing has been heard: topics have no order among each other.
    """

    first: timedelta = timedelta(seconds=5)
    longest: timedelta = timedelta(hours=2)
    tries: int = 16
    unknown: timedelta = timedelta(minutes=5)
    turn: timedelta = timedelta(seconds=2)
    unheard: timedelta = timedelta(minutes=2)

    def wait(self, failures: int, jitter: float) -> timedelta:
        """The wait after so many failures (1 or more). `jitter` in [0, 1) spreads the tries of
        many deliveries that failed together over half of the wait."""
        doubled: timedelta = self.first * 2 ** min(failures - 1, 30)
        return min(doubled, self.longest) * (1 - jitter / 2)
