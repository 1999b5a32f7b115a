"""What becomes of a case: opened, accepted, declined, answered, decided, overdue.

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
)
from services.districts.domain.model import (
    Accepted,
    Answered,
    Case,
    Declined,
    Left,
    Open,
    Work,
    last_left,
)

# The clocks of an office's software and ours may differ by this much.
LEEWAY = timedelta(seconds=60)
LONGEST_ANSWER = 10_000

Told = CaseOpened | CaseAccepted | CaseDeclined | CaseAnswered | PermitDecided
CaseChange = Change[Case, Told]


def open_case(state: Case | None, *, event: InquiryAssigned, now: datetime) -> CaseChange | None:
    """Opens the case at its office, or again at the office of a later attempt.

    An attempt not later than the current one, and any after the answer, changes nothing.
    """
    past: tuple[Left, ...] = ()
    if state is not None:
        if isinstance(state, Answered) or event.attempt <= state.work.attempt:
            return None
        past = (*state.past, _left(state))
    work = Work(
        inquiry_id=event.inquiry_id,
        receipt_number=event.receipt_number,
        office_id=event.office_id,
        attempt=event.attempt,
        workload=event.workload,
        service_code=event.service_code,
        permit=event.permit,
        binding=event.binding,
        delegated_by=event.delegated_by,
        language=event.language,
        received_at=event.received_at,
        due_at=event.due_at,
        has_contact=event.has_contact,
        opened_at=now,
    )
    opened = Open(work=work, overdue=work.due_at <= now, past=past)
    told = CaseOpened(
        inquiry_id=work.inquiry_id,
        receipt_number=work.receipt_number,
        office_id=work.office_id,
        workload=work.workload,
        service_code=work.service_code,
        attempt=work.attempt,
        permit=work.permit,
        due_at=work.due_at,
        opened_at=now,
    )
    return Change(state=opened, events=(told,), wake_at=_deadline(opened))


def carry_out(
    state: Case | None, *, command: Command, office_id: str, now: datetime
) -> CaseChange | None:
    """What an office orders; the same command again is no change.

    Raises `unknown_case` (NOT_FOUND), `handed_on`, `already_answered` (CONFLICT), `invalid_time`
    (INVALID). A refusal also raises `already_accepted` and `binding` (CONFLICT), an answer
    `permit_case` (CONFLICT) and `invalid_answer` (INVALID), a decision on a permit `not_a_permit`
    (CONFLICT) and `invalid_answer`.
    """
    match command:
        case Accept():
            return _accept(_at_office(state, office_id), command, now)
        case Decline():
            return _decline(_known(state, office_id), command, office_id, now)
        case Answer():
            return _answer(_at_office(state, office_id), command, now)
        case DecidePermit():
            return _decide_permit(_at_office(state, office_id), command, now)


def wake(state: Case | None, *, now: datetime) -> CaseChange | None:
    """Marks an unfinished case whose statutory time has run out."""
    match state:
        case Open() | Accepted() if not state.overdue and state.work.due_at <= now:
            return Change(state=replace(state, overdue=True))
        case _:
            return None


def _accept(case: Case, command: Accept, now: datetime) -> CaseChange | None:
    """Accepting what is accepted or answered is no change."""
    match case:
        case Accepted() | Answered():
            return None
        case Declined():
            raise _handed_on()
        case Open():
            accepted = Accepted(
                work=case.work,
                overdue=case.overdue,
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
    turn = case if case.work.office_id == office_id else last_left(case, office_id)
    match turn:
        case Left() | Declined() if _refused_so(turn, command):
            return None
        case None | Left() | Declined():
            raise _handed_on()
        case Accepted():
            raise DomainError(
                "already_accepted", Kind.CONFLICT, "the office has taken responsibility"
            )
        case Answered():
            raise _already_answered()
        case Open() if turn.work.binding:
            raise DomainError(
                "binding",
                Kind.CONFLICT,
                "arbitration gave this case to the office: it cannot decline",
            )
        case Open():
            declined = Declined(
                work=turn.work,
                overdue=turn.overdue,
                past=turn.past,
                declined_at=_occurred(turn.work, command, now),
                reason=command.reason,
                suggested_office_id=command.suggested_office_id,
            )
            return Change(state=declined, events=(_told_declined(declined),))


def _refused_so(turn: Left | Declined, command: Decline) -> bool:
    """Whether the office ended this turn with the very same refusal."""
    ended = (turn.reason, turn.suggested_office_id)
    return ended == (command.reason, command.suggested_office_id)


def _answer(case: Case, command: Answer, now: datetime) -> CaseChange | None:
    if case.work.permit:
        raise DomainError("permit_case", Kind.CONFLICT, "a permit is decided with DecidePermit")
    return _end(case, Outcome.ANSWERED, command, now)


def _decide_permit(case: Case, command: DecidePermit, now: datetime) -> CaseChange | None:
    if not case.work.permit:
        raise DomainError("not_a_permit", Kind.CONFLICT, "no permit is asked for: use Answer")
    outcome = Outcome.PERMIT_GRANTED if command.granted else Outcome.PERMIT_REFUSED
    return _end(case, outcome, command, now)


def _end(
    case: Case, outcome: Outcome, command: Answer | DecidePermit, now: datetime
) -> CaseChange | None:
    """Ends the case with these words; what was not accepted yet is accepted by that."""
    words = command.text.strip()
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
            if (case.outcome, case.answer) == (outcome, words):
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
        past=case.past,
        accepted_at=accepted_at,
        answered_at=at,
        outcome=outcome,
        answer=words,
    )
    if work.permit:
        told = (*told, _told_decided(answered))
    return Change(state=answered, events=(*told, _told_answered(answered)))


def _told_accepted(work: Work, at: datetime) -> CaseAccepted:
    return CaseAccepted(
        inquiry_id=work.inquiry_id,
        receipt_number=work.receipt_number,
        office_id=work.office_id,
        accepted_at=at,
    )


def _told_declined(case: Declined) -> CaseDeclined:
    work = case.work
    return CaseDeclined(
        inquiry_id=work.inquiry_id,
        receipt_number=work.receipt_number,
        office_id=work.office_id,
        attempt=work.attempt,
        reason=case.reason,
        suggested_office_id=case.suggested_office_id,
        declined_at=case.declined_at,
    )


def _told_decided(case: Answered) -> PermitDecided:
    work = case.work
    return PermitDecided(
        inquiry_id=work.inquiry_id,
        receipt_number=work.receipt_number,
        service_code=work.service_code,
        office_id=work.office_id,
        delegated_by=work.delegated_by,
        granted=case.outcome is Outcome.PERMIT_GRANTED,
        decided_at=case.answered_at,
    )


def _told_answered(case: Answered) -> CaseAnswered:
    work = case.work
    return CaseAnswered(
        inquiry_id=work.inquiry_id,
        receipt_number=work.receipt_number,
        office_id=work.office_id,
        workload=work.workload,
        service_code=work.service_code,
        outcome=case.outcome,
        language=work.language,
        received_at=work.received_at,
        due_at=work.due_at,
        answered_at=case.answered_at,
        overdue=case.overdue,
        has_contact=work.has_contact,
    )


def _left(case: Open | Accepted | Declined) -> Left:
    """The turn that ends when a later attempt opens the case elsewhere."""
    work = case.work
    left = Left(office_id=work.office_id, attempt=work.attempt, opened_at=work.opened_at)
    match case:
        case Declined():
            return replace(left, reason=case.reason, suggested_office_id=case.suggested_office_id)
        case Open() | Accepted():
            return left


def _known(state: Case | None, office_id: str) -> Case:
    """The case, if it is or was this office's work."""
    if state is None:
        raise unknown_case()
    if state.work.office_id != office_id and last_left(state, office_id) is None:
        raise unknown_case()
    return state


def _at_office(state: Case | None, office_id: str) -> Case:
    """The case, if it is this office's work now."""
    case = _known(state, office_id)
    if case.work.office_id != office_id:
        raise _handed_on()
    return case


def _occurred(work: Work, command: Command, now: datetime) -> datetime:
    """When it happened: what the office says within reason, else now."""
    at = command.occurred_at
    if at is None:
        return now
    if at > now + LEEWAY:
        raise _invalid_time("must not be in the future")
    if at < work.received_at:
        raise _invalid_time("must not be before the inquiry was received")
    return at


def _deadline(case: Open | Accepted) -> datetime | None:
    """When to look again; what is overdue already needs no waking."""
    return None if case.overdue else case.work.due_at


def unknown_case() -> DomainError:
    """The refusal that is the same for a case of another office and for none."""
    return DomainError("unknown_case", Kind.NOT_FOUND, "no such case at this office")


def _handed_on() -> DomainError:
    return DomainError("handed_on", Kind.CONFLICT, "the case is no longer this office's work")


def _already_answered() -> DomainError:
    return DomainError("already_answered", Kind.CONFLICT, "the case has another answer already")


def _invalid_time(remedy: str) -> DomainError:
    return DomainError("invalid_time", Kind.INVALID, remedy, field="occurred_at")
