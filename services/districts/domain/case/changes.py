"""What every act on a case has in common: its facts, its time, its words, and whose case it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from services.cities import City, Matter, is_blank
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case.commands import Command
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseDeclined,
    CaseExtended,
    CaseOpened,
    CaseOverdue,
    CaseWithdrawn,
    CitizenActRefused,
    CitizenActTaken,
    ConsultationAnswered,
    ConsultationExtended,
    ConsultationOverdue,
    ConsultationRequested,
    DeadlineRecounted,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOverdue,
    PermitChecked,
    PermitCollected,
    PermitDecided,
    PermitExpired,
    PermitFeePaid,
    PermitIssued,
    PermitRevoked,
    PermitUncollected,
    ProgressNoticeDue,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)
from services.districts.domain.case.model import (
    Accepted,
    Answered,
    Case,
    Closed,
    Declined,
    Open,
    Work,
)
from services.districts.domain.office.succession import has_closed

# The clocks of an office's software and ours may differ by this much.
LEEWAY = timedelta(seconds=60)
LONGEST_ANSWER = 10_000
Told = (
    CaseOpened
    | CaseAccepted
    | CaseDeclined
    | CaseAnswered
    | PermitDecided
    | CaseOverdue
    | ProgressNoticeDue
    | DeadlineRecounted
    | SupplementRequested
    | SupplementProlonged
    | SupplementReceived
    | SupplementUnanswered
    | CaseExtended
    | ConsultationRequested
    | ConsultationAnswered
    | CaseWithdrawn
    | ObjectionFiled
    | ObjectionExtended
    | ObjectionDecided
    | CaseClosed
    | PermitChecked
    | PermitFeePaid
    | PermitIssued
    | PermitCollected
    | PermitUncollected
    | PermitExpired
    | PermitRevoked
    | CitizenActTaken
    | CitizenActRefused
    | InspectionOrdered
    | InspectionProlonged
    | InspectionDone
    | InspectionOverrun
    | ConsultationExtended
    | ConsultationOverdue
    | ObjectionOverdue
)
CaseChange = Change[Case, Told]
# What an office has to do something about.
Unfinished = Open | Accepted


class Heading(TypedDict):
    """What every event of a case begins with."""

    inquiry_id: str
    matter: Matter
    round: int
    attempt: int
    office_id: str


def heading(work: Work) -> Heading:
    """What every event of this work begins with."""
    return {
        "inquiry_id": work.inquiry_id,
        "matter": work.matter,
        "round": work.round,
        "attempt": work.attempt,
        "office_id": work.office_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`now` is when a command is entered, `by` until when an act of its `occurred_at` may be
    entered; None: without a limit."""

    now: datetime
    by: datetime | None


def known(state: Case | None, office_id: str) -> Case:
    """The case, if it is or was this office's work."""
    if state is None or office_id not in state.offices:
        raise unknown_case()
    return state


def must_lie(case: Case, office_id: str) -> None:
    """Raises `handed_on` (CONFLICT) where the case lies at another office by now."""
    if case.work.office_id != office_id:
        raise handed_on()


def is_bound(work: Work, city: City, now: datetime) -> bool:
    """Whether the office may not decline: arbitration gave it the case, or it acts on a danger, and
    it exists. What lies at one that has closed goes back to the arbitration desk; that desk itself
    declines nothing ever."""
    day = now.astimezone(city.timezone).date()
    return work.binding and (work.to_designate or not has_closed(work.office_id, city.offices, day))


def must_say(words: str) -> None:
    """Raises `invalid_answer` (INVALID) for words of which the citizen would see nothing."""
    if is_blank(words) or len(words) > LONGEST_ANSWER:
        raise DomainError(
            "invalid_answer",
            Kind.INVALID,
            f"an answer has 1 to {LONGEST_ANSWER} characters, of which some can be seen",
            field="text",
        )


def occurred(case: Case, command: Command, entry: Entry) -> datetime:
    """When it happened: what the office says within reason, else now.

    Steps keep their order. A time up to LEEWAY after now counts as now, and a time up to LEEWAY
    before the previous step counts as the time of that step. A time further out is refused with
    `invalid_time`, and so is one whose entry comes after `entry.by`.
    """
    earliest = not_before(case)
    at = command.occurred_at
    if at is None:
        return max(entry.now, earliest)
    if at > entry.now + LEEWAY:
        raise _invalid_time("must not be in the future")
    if at < earliest - LEEWAY:
        raise _invalid_time(
            "must not be before the inquiry was received, or before what was done on it last"
        )
    if entry.by is not None and entry.now > entry.by:
        raise _invalid_time("lies further back than this city lets an office enter")
    return max(min(at, entry.now), earliest)


def not_before(case: Case) -> datetime:
    """The receipt, or the last step of this office or an earlier one: what is done now was done no
    earlier."""
    steps = [*(turn.last_step_at for turn in case.past), last_step_at(case)]
    steps.append(case.file.last_step_at())
    return max([case.work.matter.received_at, *(at for at in steps if at is not None)])


def last_step_at(case: Case) -> datetime | None:
    """When its office did its last step, as it said; None when it did none."""
    match case:
        case Open():
            return None
        case Accepted():
            return case.accepted_at
        case Declined():
            return case.declined_at
        case Answered():
            return case.reply.answered_at
        case Closed():
            return case.closed_at


def unknown_case() -> DomainError:
    """The refusal that is the same for a case of another office and for none."""
    return DomainError("unknown_case", Kind.NOT_FOUND, "no such case at this office")


def handed_on() -> DomainError:
    """The refusal of what concerns a case that has left the office."""
    return DomainError("handed_on", Kind.CONFLICT, "the case is no longer this office's work")


def _invalid_time(remedy: str) -> DomainError:
    return DomainError("invalid_time", Kind.INVALID, remedy, field="occurred_at")
