"""A case at its office, as a union of the states it can be in, and what an office sees of it.

Each inquiry has one case for its whole life. An office has the case for a turn, which is one
attempt within a round. A round ends with an answer; an assignment in a later round opens the case
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypedDict

from services.cities import Matter, PetitionKind, Workload
from services.districts.domain.case.events import (
    CaseClosedCause,
    DeclineReason,
    Outcome,
    OverdueLevel,
)
from services.districts.domain.case.file import File
from services.districts.domain.permit.model import PermitFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one assignment asks of one office.

    `to_designate` says that the office is the arbitration desk, which names the competent office
    and answers nothing. `needs_document` says that what was asked by word of mouth is not filed
    until there is a document. The `period` that ends at `due_at` began at `clock_from`; it is
    empty where the date was not counted by one. `take_by` is when the office must have accepted or
    declined; None where it may not decline. `consulted` are the offices that it asks for a part of
    the matter, `joined` the inquiries of other citizens that this one leads, `linked` open ones of
    the same citizen that ask for the same. `permit` is how far the application for a permit has
    got, through all rounds; None before anything was recorded of it.
    """

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str
    workload: Workload
    binding: bool
    to_designate: bool
    needs_document: bool
    delegated_by: str
    clock_from: datetime
    period: str
    due_at: datetime
    opened_at: datetime
    take_by: datetime | None = None
    consulted: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    permit: PermitFile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """How a turn ended that the office declined."""

    reason: DeclineReason
    suggested_office_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """Who is responsible for an answer. The citizen is told the unit, the name that the unit gives
    for the officer, and the phone number as it is dialled (Petitions Decree 31). The name is
    personal data."""

    unit: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """How a turn ended that answered the citizen. `answer` is personal data: it leaves this
    service only for a stated purpose. `officer_code` is the office's code of the officer, empty
    where none was known. `answered_at` is when the office says that it answered,
    `entered_at` when it entered the answer here, by our clock."""

    outcome: Outcome
    answer: str
    officer: Officer
    answered_at: datetime
    entered_at: datetime
    officer_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier turn of an office; `end` is None when the case was taken from it unasked.

    `left_at` is when the next turn began: from then on nothing of what the office sees changes.
    `last_step_at` is when the office did its last step, as it said; None when it did none.
    """

    round: int
    attempt: int
    office_id: str
    opened_at: datetime
    due_at: datetime
    left_at: datetime
    last_step_at: datetime | None
    end: Refused | Replied | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What every state has.

    `overdue` says that the statutory time ran out before an answer was known here, `reminded` who
    was told so, the highest of them; `notices` is the number of the newest progress notice of the
    round, 0 for none. `look_at` is when time alone changes the case next; None where it does not.
    `changed_at` is when this state was decided, by the clock of the replica that decided it, not by
    the office's `occurred_at`. `past` are the turns before this one, earliest first. `offices` are
    all offices that have or had the case; the index over them finds what changed for an office.
    `consulting` are those that were asked about it and have not answered. `file` is what else was
    done on it.
    """

    work: Work
    overdue: bool
    changed_at: datetime
    offices: tuple[str, ...]
    past: tuple[Turn, ...] = ()
    reminded: OverdueLevel | None = None
    notices: int = 0
    look_at: datetime | None = None
    consulting: tuple[str, ...] = ()
    file: File = field(default_factory=File)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(_Case):
    """Waits for the office to accept or decline."""

    status: Literal["open"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(_Case):
    """The office works on it."""

    accepted_at: datetime
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(_Case):
    """Done, until a later round opens it again."""

    accepted_at: datetime
    reply: Replied
    status: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(_Case):
    """Refused; waits for routing to name another office."""

    declined_at: datetime
    refusal: Refused
    status: Literal["declined"] = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(_Case):
    """Closed without an answer at `closed_at`, until a later round opens it again. `cause` is None
    where the citizen repeats what was answered twice."""

    closed_at: datetime
    cause: CaseClosedCause | None = None
    status: Literal["closed"] = "closed"


Case = Open | Accepted | Answered | Declined | Closed


class Carried(TypedDict):
    """What a case keeps when it goes on to another state."""

    work: Work
    overdue: bool
    changed_at: datetime
    offices: tuple[str, ...]
    past: tuple[Turn, ...]
    reminded: OverdueLevel | None
    notices: int
    consulting: tuple[str, ...]
    file: File


def carried(case: Case, now: datetime) -> Carried:
    """What the case keeps in the state that was decided at `now`."""
    return {
        "work": case.work,
        "overdue": case.overdue,
        "changed_at": now,
        "offices": case.offices,
        "past": case.past,
        "reminded": case.reminded,
        "notices": case.notices,
        "consulting": case.consulting,
        "file": case.file,
    }


def ended(case: Case, now: datetime) -> Carried:
    """The same for a state in which nobody is waited for any more."""
    return {**carried(case, now), "consulting": ()}


class State(StrEnum):
    """Where a case stands. A consultation and an extension are no states: the work goes on."""

    OPENED = "opened"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    SUPPLEMENT_UNANSWERED = "supplement_unanswered"
    INSPECTION_ORDERED = "inspection_ordered"
    ANSWERED = "answered"
    OBJECTED = "objected"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


def state_of(case: Case) -> State:
    """Where the case stands."""
    round_ = case.work.round
    match case:
        case Open() | Accepted() if case.file.waited_for(round_) is not None:
            return State.SUPPLEMENT_REQUESTED
        case Open() | Accepted() if case.file.inspecting(round_) is not None:
            return State.INSPECTION_ORDERED
        case Open():
            return State.OPENED
        case Accepted():
            last = case.file.last_supplement(round_)
            if last is not None and last.unanswered:
                return State.SUPPLEMENT_UNANSWERED
            return State.ACCEPTED if case.file.started_at is None else State.IN_PROGRESS
        case Answered():
            objection = case.file.objection_of(round_)
            pending = objection is not None and objection.upheld is None
            return State.OBJECTED if pending else State.ANSWERED
        case Declined():
            return State.DECLINED
        case Closed():
            return State.CLOSED if case.cause is None else State.WITHDRAWN


class Stage(StrEnum):
    """Where a piece of work stands in the eyes of one office."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    DECLINED = "declined"
    CLOSED = "closed"


# Where something is left to do for the office.
UNFINISHED = (Stage.OPEN, Stage.ACCEPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One case as one office sees it, at a version of the case. `permit` says that it ends with a
    decision on a permit; where `needs_document`, nothing can be decided yet. `reminded`, `notices`,
    `consulted`, `joined`, `linked` and `file` as of the case, while it lies at the office;
    `take_by` until it is accepted. `state` is finer than the stage; what follows it is None or
    empty where the case lies elsewhere. `supplement_by` is the end of the time of the supplement
    that is waited for, `inspection_by` until when an inspection that runs may stop the
    clock, `objection_by` when the decision on an open objection is due and
    `objection_reminded` who was told that it is late, `awaited` are
    the offices that were asked and have not answered."""

    inquiry_id: str
    receipt_number: str
    service_code: str
    kind: PetitionKind | None
    language: str
    permit: bool
    binding: bool
    to_designate: bool
    needs_document: bool
    round: int
    attempt: int
    stage: Stage
    due_at: datetime
    opened_at: datetime
    reminded: OverdueLevel | None
    notices: int
    take_by: datetime | None
    consulted: tuple[str, ...]
    joined: tuple[str, ...]
    linked: tuple[str, ...]
    version: int
    file: PermitFile | None = None
    state: State | None = None
    supplement_by: datetime | None = None
    extensions: int = 0
    assignee: str = ""
    objection_by: datetime | None = None
    awaited: tuple[str, ...] = ()
    inspection_by: datetime | None = None
    objection_reminded: OverdueLevel | None = None

    @property
    def document_no(self) -> str:
        """Number of the newest document of a granted permit; empty before there is one."""
        return self.file.numbers[-1] if self.file and self.file.numbers else ""


def item_for(case: Case, office_id: str, version: int) -> Item | None:
    """What this office may see of the case; None when it never was its work."""
    work = case.work
    turn: Work | Turn | None
    here = work.office_id == office_id
    if here:
        turn, stage = work, Stage(case.status)
    else:
        turn = last_turn(case, office_id)
        if turn is None:
            return None
        stage = Stage.ANSWERED if isinstance(turn.end, Replied) else Stage.DECLINED
    return Item(
        inquiry_id=work.inquiry_id,
        receipt_number=work.matter.receipt_number,
        service_code=work.matter.service_code,
        kind=work.matter.kind,
        language=work.matter.language,
        permit=work.matter.permit and not work.needs_document,
        binding=here and work.binding,
        to_designate=here and work.to_designate,
        needs_document=work.needs_document,
        round=turn.round,
        attempt=turn.attempt,
        stage=stage,
        due_at=turn.due_at,
        opened_at=turn.opened_at,
        reminded=case.reminded if here else None,
        notices=case.notices if here else 0,
        take_by=work.take_by if here and stage is Stage.OPEN else None,
        consulted=work.consulted if here else (),
        joined=work.joined if here else (),
        linked=work.linked if here else (),
        version=version,
        file=work.permit if here else None,
        **(_progress(case) if here else {"state": State(stage)}),
    )


class _Progress(TypedDict, total=False):
    state: State
    supplement_by: datetime | None
    extensions: int
    assignee: str
    objection_by: datetime | None
    awaited: tuple[str, ...]
    inspection_by: datetime | None
    objection_reminded: OverdueLevel | None


def _progress(case: Case) -> _Progress:
    """What the office that has the case sees of its file."""
    round_, state = case.work.round, state_of(case)
    waited = case.file.waited_for(round_) if state is State.SUPPLEMENT_REQUESTED else None
    inspected = case.file.inspecting(round_) if state is State.INSPECTION_ORDERED else None
    objection = case.file.objection_of(round_) if state is State.OBJECTED else None
    return {
        "state": state,
        "supplement_by": waited.answer_by if waited is not None else None,
        "extensions": len(case.file.lengthenings_of(round_)),
        "assignee": case.file.assignee,
        "objection_by": objection.decide_by if objection is not None else None,
        "awaited": case.consulting,
        "inspection_by": inspected.ends_by if inspected is not None else None,
        "objection_reminded": objection.reminded if objection is not None else None,
    }


def changed_for(case: Case, office_id: str) -> datetime | None:
    """Since when the office sees of the case what it sees now; None when it never was its work."""
    if case.work.office_id == office_id:
        return case.changed_at
    turn = last_turn(case, office_id)
    return turn.left_at if turn is not None else None


def last_turn(case: Case, office_id: str) -> Turn | None:
    """The office's last turn on the case before the current one."""
    return next((turn for turn in reversed(case.past) if turn.office_id == office_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundAnswer:
    """The answer that ended a round, and the office that gave it."""

    round: int
    office_id: str
    reply: Replied


def answers_of(case: Case) -> Iterator[RoundAnswer]:
    """The answers of a case, earlier rounds first."""
    for turn in case.past:
        if isinstance(turn.end, Replied):
            yield RoundAnswer(round=turn.round, office_id=turn.office_id, reply=turn.end)
    if isinstance(case, Answered):
        work = case.work
        yield RoundAnswer(round=work.round, office_id=work.office_id, reply=case.reply)
