"""What routing knows of an inquiry: its matter, the decision, the offices tried.

The citizen's words are used to decide and never kept; of them only the catalogue's own terms that
they matched remain, and of the place only codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from services.cities import DESK_RULE, Facts, Guess, Matter, PlaceQuestion, Verdict, Workload
from services.routing.domain.assignment.events import (
    ArbitrationCause,
    AskedAbout,
    DeclineReason,
    EscalationLevel,
    UnroutedReason,
)


class Rule(StrEnum):
    """The rules by which an office gets a matter that the rules of competence did not give to it: a
    hand-over, a person's word, the arbitration desk. Those of competence are ids of the rule set.
    """

    SUGGESTED_OFFICE = "suggested_office"
    """The refusing office named another one, which may take it."""
    NEXT_ALTERNATIVE = "next_alternative"
    """The next of the decision's alternatives that has not refused."""
    ARBITRATION = DESK_RULE
    """The offices do not agree, or none takes it, or no rule of competence names one: the
    arbitration desk, which may not decline."""
    DESIGNATED = "designated"
    """The arbitration desk designated the department of the city, which may not decline."""
    TRANSFERRED = "transferred"
    """The arbitration desk transferred the matter to another agency, which may decline: the desk
    cannot bind it."""
    FIND_OUT = "find_out"
    """The citizen was asked and did not answer in time: the district's office where the district is
    known, else the contact office. It finds out, and passes on what is another office's."""
    MANUAL = "manual"
    """A person gave it from the unrouted queue to an office."""
    JOINED = "joined"
    """A person joined it to a matter of the same aim, which lies at this office."""


class CategorySource(StrEnum):
    """What the category was decided by."""

    NAMED = "named"
    WORDS = "words"
    ASKED = "asked"
    """The citizen chose it when asked."""
    PERSON = "person"
    NOTHING = "nothing"


class PlaceForm(StrEnum):
    """In which form the citizen named the place."""

    NONE = "none"
    POINT = "point"
    CODE = "code"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """What the place leaves open, in the pack's words by language, never the citizen's.

    `question` is what to ask the citizen; empty when nothing is open. `candidates` are the ids of
    the offices that the place may mean. `suggestion` names the place that an unknown word may have
    meant; no decision rests on it. `asks` says which question it is, None when nothing is open.
    """

    question: Mapping[str, str] = field(default_factory=dict)
    candidates: tuple[str, ...] = ()
    suggestion: Mapping[str, str] | None = None
    asks: PlaceQuestion | None = None


Account = Mapping[str, tuple[str, ...]]
"""How a date was counted, in sentences by language, as it was when it was counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a decision rests on: codes and the catalogue's terms, never the citizen's words. The
    service and the place that were found are in the matter; how much of the place is known is in
    the decision's facts.

    `guesses` are the services that the words may mean, the likeliest first, `others` those of
    further matters in the same text, `model` the version of the trained words that said so. They
    may name sealed services: whoever shows or tells them leaves those out.
    """

    category: CategorySource
    terms: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()
    others: tuple[str, ...] = ()
    model: str = ""
    place_form: PlaceForm = PlaceForm.NONE
    place_evidence: tuple[str, ...] = ()
    unclear: Unclear | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A competent office was found: `offices` holds it first, then the alternatives in order. The
    `period` (`7d`) that ends at `due_at` is counted from `clock_from`.

    `rule` is that of the `verdict`, or a `Rule` where a person or a hand-over decided. `facts` and
    `verdict` are what the rules of competence were asked and what they answered. `confidence` is
    how probable it is that the service is meant, 0 to 1. `account` says by language how the date
    was counted. `consulted` are the offices that the one which has the matter asks, as they are
    competent for a further matter in the same text.
    """

    rule: str
    offices: tuple[str, ...]
    clock_from: datetime
    period: str
    due_at: datetime
    account: Account
    inputs: Inputs
    facts: Facts
    verdict: Verdict
    confidence: float
    consulted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRouted:
    """No office was found. The answer is due all the same, at `due_at`; where not even the category
    was found, that is the earliest date that the law could set. The `period` that ends then is
    counted from the receipt. The `verdict` says what has to be asked first; the rest is as in
    Routed."""

    reason: UnroutedReason
    period: str
    due_at: datetime
    account: Account
    inputs: Inputs
    facts: Facts
    verdict: Verdict
    confidence: float = 0.0


Decision = Routed | NotRouted


class QuestionEnd(StrEnum):
    """How a question to the citizen ended."""

    ANSWERED = "answered"
    NONE_OFFERED = "none_offered"
    """The citizen means nothing of what was offered, or does not know."""
    NOT_ANSWERED = "not_answered"
    """Its time was over."""
    BY_PERSON = "by_person"
    """A person found the office before the citizen had answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question to the citizen, the `number`th about this inquiry, from 1.

    `question` says what is asked about a place. `candidates` are what was offered: ids of offices
    for a place, codes of services for a service, the likeliest first. `ended` is None while the
    answer is waited for.
    """

    number: int
    about: AskedAbout
    question: PlaceQuestion | None = None
    candidates: tuple[str, ...] = ()
    asked_at: datetime
    answer_by: datetime
    ended: QuestionEnd | None = None
    ended_at: datetime | None = None


class WaitingFor(StrEnum):
    """Whom an inquiry without an office waits for."""

    PERSON = "person"
    CITIZEN = "citizen"


class Urgency(StrEnum):
    """How urgent it is that a matter of the unrouted queue gets an office."""

    WAITING = "waiting"
    NEAR = "near"
    """The last quarter of its time."""
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A person at a desk is working on it, for the others to see: `caller` is the desk's,
    `session` the one in which the person signed in. It bars nobody and ends by itself at `until`.
    """

    caller: str
    session: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One office that the inquiry was given to, and its refusal if it refused. `number` counts the
    attempts of the round from 1.

    `take_by` is when the office must have accepted or refused, `take_within` the period (`3h`) that
    ends then: None and empty where it may not refuse, or the city sets no limit. `taken_at` is when
    it accepted, as it says. `escalated` is who was told that it had not, the highest of them.
    """

    number: int
    office_id: str
    workload: Workload
    rule: str
    binding: bool
    delegated_by: str
    assigned_at: datetime
    refused: DeclineReason | None = None
    take_within: str = ""
    take_by: datetime | None = None
    taken_at: datetime | None = None
    escalated: EscalationLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untaken:
    """Somebody was told that the office has not taken the matter: the highest of them, and since
    when it should have been taken."""

    level: EscalationLevel
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arbitration:
    """Why the matter lies at the arbitration desk, and by when the desk names an office.

    `refused` are the offices that have refused it in this round, in their order. The period that
    ends at `decide_by` is `decide_within`, empty where the city sets no limit: then that is when
    the answer is due. `overdue` says that it is over and was reported. `claim` is the last that
    somebody at the desk made.
    """

    cause: ArbitrationCause
    opened_at: datetime
    decide_within: str
    decide_by: datetime
    refused: tuple[str, ...]
    overdue: bool = False
    claim: Claim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """Matters of many citizens with the same aim: the inquiry that leads, and for the lead itself
    those that it leads."""

    lead: str
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """The inquiry lies at the office of the last attempt of the round.

    `arbitration` is there while that is the arbitration desk, `untaken` while the office has not
    taken the matter and somebody was told so: the lists are indexes over them. `questions` are
    those that the citizen was asked before. `joint` is there once it is one of a joint matter;
    `linked` are open inquiries of the same citizen that ask for the same.
    """

    inquiry_id: str
    matter: Matter
    round: int
    decision: Routed
    attempts: tuple[Attempt, ...]
    questions: tuple[Asked, ...] = ()
    arbitration: Arbitration | None = None
    untaken: Untaken | None = None
    joint: Joint | None = None
    linked: tuple[str, ...] = ()
    status: Literal["assigned"] = "assigned"

    @property
    def current(self) -> Attempt:
        """The attempt of the office where the inquiry lies now."""
        return self.attempts[-1]

    @property
    def hops(self) -> int:
        """How often the inquiry was handed on."""
        return len(self.attempts) - 1


class EndCause(StrEnum):
    """What ended a round; a closed list."""

    ANSWERED = "answered"
    PERMIT_DECIDED = "permit_decided"
    REPEAT_CLOSED = "repeat_closed"
    """A person closed it, as it repeats what was answered twice before."""
    RETURNED = "returned"
    """The documents went back to the citizen."""
    WITHDRAWN = "withdrawn"
    """The citizen withdrew it, or is deemed to have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The round was answered at `ended_at`, as the office says, or closed: nothing more is told of
    it."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: Routed
    attempts: tuple[Attempt, ...]
    questions: tuple[Asked, ...] = ()
    joint: Joint | None = None
    linked: tuple[str, ...] = ()
    cause: EndCause
    ended_at: datetime
    status: Literal["ended"] = "ended"

    @property
    def current(self) -> Attempt:
        """The attempt of the office where the inquiry lay last."""
        return self.attempts[-1]

    @property
    def hops(self) -> int:
        """How often the inquiry was handed on."""
        return len(self.attempts) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrouted:
    """The inquiry has no office. It waits for the citizen's answer while `asked` is a question,
    else in the unrouted queue for a person, since `unrouted_at`. `questions` are those that ended.
    The matter's `service_code` is empty when not even the category was found. `claim` is the last
    that somebody at the desk made."""

    inquiry_id: str
    matter: Matter
    round: int
    decision: NotRouted
    unrouted_at: datetime
    asked: Asked | None = None
    questions: tuple[Asked, ...] = ()
    urgency: Urgency = Urgency.WAITING
    claim: Claim | None = None
    status: Literal["unrouted"] = "unrouted"

    @property
    def waiting_for(self) -> WaitingFor:
        """Whom it waits for."""
        return WaitingFor.PERSON if self.asked is None else WaitingFor.CITIZEN


Assignment = Assigned | Unrouted | Ended
