"""What becomes of a case: opened, accepted, declined, answered, decided, overdue, opened again.

Every command may come again and then changes nothing; an office that never had the case learns
nothing of it, not even that it exists.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.commands import Accept, Answer, Command, DecidePermit, Decline
from services.districts.domain.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    InquiryAssigned,
    Outcome,
    PermitDecided,
    PermitDecision,
)
from services.districts.domain.model import (
    Accepted,
    Answered,
    Case,
    Declined,
    Open,
    Refused,
    Replied,
    Turn,
    Work,
    last_turn,
)

# The clocks of an office's software and ours may differ by this much.
LEEWAY = timedelta(seconds=60)
LONGEST_ANSWER = 10_000

Told = CaseOpened | CaseAccepted | CaseDeclined | CaseAnswered | PermitDecided
CaseChange = Change[Case, Told]

_OUTCOMES = {
    PermitDecision.GRANTED: Outcome.PERMIT_GRANTED,
    PermitDecision.GRANTED_CONDITIONALLY: Outcome.PERMIT_GRANTED_CONDITIONALLY,
    PermitDecision.REFUSED: Outcome.PERMIT_REFUSED,
}


def open_case(state: Case | None, *, event: InquiryAssigned, now: datetime) -> CaseChange | None:
    """Opens the case at its office, or again at the office of a later attempt or round.

    A turn not later than the current one, and any of a round that is answered, changes nothing. A
    later round opens also what is answered; the answer stays in the case.
    """
    past: tuple[Turn, ...] = ()
    offices: tuple[str, ...] = ()
    if state is not None:
        if not _is_later(event, state):
            return None
        past, offices = (*state.past, _left(state, now)), state.offices
    work = Work(
        inquiry_id=event.inquiry_id,
        matter=event.matter,
        round=event.round,
        attempt=event.attempt,
        office_id=event.office_id,
        workload=event.workload,
        binding=event.binding,
        delegated_by=event.delegated_by,
        due_at=event.due_at,
        opened_at=now,
    )
    opened = Open(
        work=work,
        overdue=work.due_at <= now,
        changed_at=now,
        offices=tuple(dict.fromkeys((*offices, work.office_id))),
        past=past,
    )
    told = CaseOpened(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        workload=work.workload,
        due_at=work.due_at,
        opened_at=now,
    )
    return Change(state=opened, events=(told,), wake_at=_deadline(opened))


def carry_out(
    state: Case | None, *, command: Command, office_id: str, now: datetime
) -> CaseChange | None:
    """What an office orders; the same command again in the same round is no change.

    Raises `unknown_case` (NOT_FOUND), `handed_on`, `already_answered` (CONFLICT), `invalid_time`
    (INVALID). A refusal also raises `already_accepted` and `binding` (CONFLICT), an answer
    `permit_case` (CONFLICT) and `invalid_answer` (INVALID), a decision on a permit `not_a_permit`
    (CONFLICT) and `invalid_answer`.
    """
    case = _known(state, office_id)
    match command:
        case Accept():
            return _accept(case, command, office_id, now)
        case Decline():
            return _decline(case, command, office_id, now)
        case Answer():
            return _end(case, Outcome.ANSWERED, command, office_id, now)
        case DecidePermit():
            return _end(case, _OUTCOMES[command.decision], command, office_id, now)


def note(state: Case | None, *, office_id: str, now: datetime) -> CaseChange | None:
    """Nothing but that the office's command was heard, which asked for what was so already.

    A case at another office stays untouched: the version that this one decides on is not moved by
    somebody who has no part in it any more.
    """
    if state is None or state.work.office_id != office_id:
        return None
    return Change(state=replace(state, changed_at=now), wake_at=_deadline(state))


def wake(state: Case | None, *, now: datetime) -> CaseChange | None:
    """Marks an unfinished case whose statutory time has run out."""
    match state:
        case Open() | Accepted() if not state.overdue and state.work.due_at <= now:
            return Change(state=replace(state, overdue=True, changed_at=now))
        case _:
            return None


def _is_later(event: InquiryAssigned, state: Case) -> bool:
    work = state.work
    if isinstance(state, Answered):
        return event.round > work.round
    return (event.round, event.attempt) > (work.round, work.attempt)


def _accept(case: Case, command: Accept, office_id: str, now: datetime) -> CaseChange | None:
    """Accepting what is accepted or answered is no change."""
    if case.work.office_id != office_id:
        raise _handed_on()
    match case:
        case Accepted() | Answered():
            return None
        case Declined():
            raise _handed_on()
        case Open():
            accepted = Accepted(
                work=case.work,
                overdue=case.overdue,
                changed_at=now,
                offices=case.offices,
                past=case.past,
                accepted_at=_occurred(case.work, command, now),
            )
            return Change(
                state=accepted,
                events=(_told_accepted(case.work, accepted.accepted_at),),
                wake_at=_deadline(accepted),
            )


def _decline(case: Case, command: Decline, office_id: str, now: datetime) -> CaseChange | None:
    """The same refusal again is no change, even when the case lies at another office by now."""
    refusal = Refused(reason=command.reason, suggested_office_id=command.suggested_office_id)
    if case.work.office_id != office_id:
        if _left_with(case, office_id) == refusal:
            return None
        raise _handed_on()
    match case:
        case Declined():
            if case.refusal == refusal:
                return None
            raise _handed_on()
        case Accepted():
            raise DomainError(
                "already_accepted", Kind.CONFLICT, "the office has taken responsibility"
            )
        case Answered():
            raise _already_answered()
        case Open() if case.work.binding:
            raise DomainError(
                "binding",
                Kind.CONFLICT,
                "arbitration gave this case to the office: it cannot decline",
            )
        case Open():
            declined = Declined(
                work=case.work,
                overdue=case.overdue,
                changed_at=now,
                offices=case.offices,
                past=case.past,
                declined_at=_occurred(case.work, command, now),
                refusal=refusal,
            )
            return Change(state=declined, events=(_told_declined(declined),))


def _end(
    case: Case,
    outcome: Outcome,
    command: Answer | DecidePermit,
    office_id: str,
    now: datetime,
) -> CaseChange | None:
    """Ends the round with these words; what was not accepted yet is accepted by that.

    The same end again is no change, even when a later round lies at another office by now.
    """
    words = command.text.strip()
    if case.work.office_id != office_id:
        if _says(_left_with(case, office_id), outcome, words):
            return None
        raise _handed_on()
    _must_fit(case.work, command)
    if not 1 <= len(words) <= LONGEST_ANSWER:
        raise DomainError(
            "invalid_answer",
            Kind.INVALID,
            f"an answer has 1 to {LONGEST_ANSWER} characters",
            field="text",
        )
    work = case.work
    match case:
        case Answered():
            if _says(case.reply, outcome, words):
                return None
            raise _already_answered()
        case Declined():
            raise _handed_on()
        case Open():
            at = _occurred(work, command, now)
            accepted_at = at
            told: tuple[Told, ...] = (_told_accepted(work, at),)
        case Accepted():
            at = _occurred(work, command, now)
            accepted_at, told = case.accepted_at, ()
    answered = Answered(
        work=work,
        overdue=at > work.due_at,
        changed_at=now,
        offices=case.offices,
        past=case.past,
        accepted_at=accepted_at,
        reply=Replied(outcome=outcome, answer=words, answered_at=at),
    )
    if isinstance(command, DecidePermit):
        told = (*told, _told_decided(answered, command.decision))
    return Change(state=answered, events=(*told, _told_answered(answered)))


def _must_fit(work: Work, command: Answer | DecidePermit) -> None:
    if isinstance(command, Answer) and work.matter.permit:
        raise DomainError("permit_case", Kind.CONFLICT, "a permit is decided with DecidePermit")
    if isinstance(command, DecidePermit) and not work.matter.permit:
        raise DomainError("not_a_permit", Kind.CONFLICT, "no permit is asked for: use Answer")


def _says(end: Refused | Replied | None, outcome: Outcome, words: str) -> bool:
    """Whether a turn ended with this very answer."""
    return isinstance(end, Replied) and (end.outcome, end.answer) == (outcome, words)


def _left_with(case: Case, office_id: str) -> Refused | Replied | None:
    """How the last turn ended of an office that has the case no more."""
    turn = last_turn(case, office_id)
    return turn.end if turn is not None else None


def _told_accepted(work: Work, at: datetime) -> CaseAccepted:
    return CaseAccepted(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        accepted_at=at,
    )


def _told_declined(case: Declined) -> CaseDeclined:
    work = case.work
    return CaseDeclined(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        reason=case.refusal.reason,
        suggested_office_id=case.refusal.suggested_office_id,
        declined_at=case.declined_at,
    )


def _told_decided(case: Answered, decision: PermitDecision) -> PermitDecided:
    work = case.work
    return PermitDecided(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        office_id=work.office_id,
        delegated_by=work.delegated_by,
        decision=decision,
        decided_at=case.reply.answered_at,
    )


def _told_answered(case: Answered) -> CaseAnswered:
    work = case.work
    return CaseAnswered(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        workload=work.workload,
        outcome=case.reply.outcome,
        due_at=work.due_at,
        answered_at=case.reply.answered_at,
        overdue=case.overdue,
    )


def _left(case: Case, now: datetime) -> Turn:
    """The turn that ends when a later one begins."""
    work = case.work
    end: Refused | Replied | None = None
    match case:
        case Declined():
            end = case.refusal
        case Answered():
            end = case.reply
        case Open() | Accepted():
            pass
    return Turn(
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        opened_at=work.opened_at,
        due_at=work.due_at,
        left_at=now,
        end=end,
    )


def _known(state: Case | None, office_id: str) -> Case:
    """The case, if it is or was this office's work."""
    if state is None or office_id not in state.offices:
        raise unknown_case()
    return state


def _occurred(work: Work, command: Command, now: datetime) -> datetime:
    """When it happened: what the office says within reason, else now."""
    at = command.occurred_at
    if at is None:
        return now
    if at > now + LEEWAY:
        raise _invalid_time("must not be in the future")
    if at < work.matter.received_at:
        raise _invalid_time("must not be before the inquiry was received")
    return at


def _deadline(case: Case) -> datetime | None:
    """When to look again; what is done, or overdue already, needs no waking."""
    match case:
        case Open() | Accepted() if not case.overdue:
            return case.work.due_at
        case _:
            return None


def unknown_case() -> DomainError:
    """The refusal that is the same for a case of another office and for none."""
    return DomainError("unknown_case", Kind.NOT_FOUND, "no such case at this office")


def _handed_on() -> DomainError:
    return DomainError("handed_on", Kind.CONFLICT, "the case is no longer this office's work")


def _already_answered() -> DomainError:
    return DomainError("already_answered", Kind.CONFLICT, "the case has another answer already")


def _invalid_time(remedy: str) -> DomainError:
    return DomainError("invalid_time", Kind.INVALID, remedy, field="occurred_at")
