"""What becomes of a case: opened, accepted, declined, answered, decided, overdue, opened again.

Every command may come again and then changes nothing; an office that never had the case learns
nothing of it, not even that it exists. What time alone brings is told once, however often and late
the case is woken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.cities import City, is_blank
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import dates
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.commands import Accept, Answer, Command, DecidePermit, Decline
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    CaseOverdue,
    DeadlineRecounted,
    InquiryAssigned,
    MattersJoined,
    MattersLinked,
    Outcome,
    OverdueLevel,
    PermitChecked,
    PermitCollected,
    PermitDecided,
    PermitDecision,
    PermitExpired,
    PermitFeePaid,
    PermitIssued,
    PermitRevoked,
    PermitUncollected,
    ProgressNoticeDue,
    RecountCause,
    RepeatClosed,
)
from services.districts.domain.case.model import (
    Accepted,
    Answered,
    Case,
    Closed,
    Declined,
    Officer,
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
LONGEST_OFFICER = 100
# Routing's rule for what lies with the arbitration desk until the desk names the competent office.
ARBITRATION = "arbitration"
# As it is dialled, with the signs that people set between digits: 120, 02-2133-6000~1.
_PHONE = re.compile(r"[+(]?[0-9][0-9()~ -]{1,28}")

Told = (
    CaseOpened
    | CaseAccepted
    | CaseDeclined
    | CaseAnswered
    | PermitDecided
    | CaseOverdue
    | ProgressNoticeDue
    | DeadlineRecounted
    | PermitChecked
    | PermitFeePaid
    | PermitIssued
    | PermitCollected
    | PermitUncollected
    | PermitExpired
    | PermitRevoked
)
CaseChange = Change[Case, Told]
# What an office has to do something about.
Unfinished = Open | Accepted

_OUTCOMES = {
    PermitDecision.GRANTED: Outcome.PERMIT_GRANTED,
    PermitDecision.GRANTED_CONDITIONALLY: Outcome.PERMIT_GRANTED_CONDITIONALLY,
    PermitDecision.REFUSED: Outcome.PERMIT_REFUSED,
}


def open_case(
    state: Case | None,
    *,
    city: City,
    event: InquiryAssigned,
    now: datetime,
    needs_document: bool = False,
) -> CaseChange | None:
    """Opens the case at its office, or again at the office of a later attempt or round, and tells
    what time has brought by then. `needs_document` as of `Work`.

    An assignment changes nothing when its round and attempt are not later than the case's, or when
    its round is answered. A later round opens an answered case again; the answer stays in the case.
    Within a round the next office goes on where the last one was: who was reminded of a date stays
    reminded, and a date that was counted again stays the later one, even if routing did not know.
    """
    if state is not None and not _is_later(event, state):
        return None
    work = Work(
        inquiry_id=event.inquiry_id,
        matter=event.matter,
        round=event.round,
        attempt=event.attempt,
        office_id=event.office_id,
        workload=event.workload,
        binding=event.binding,
        to_designate=event.rule == ARBITRATION,
        needs_document=needs_document,
        delegated_by=event.delegated_by,
        clock_from=event.clock_from,
        period=event.period,
        due_at=_due_at(event, state),
        opened_at=now,
        take_by=event.take_by,
        consulted=event.consulted_office_ids,
        joined=() if state is None else state.work.joined,
        linked=() if state is None else state.work.linked,
        permit=None if state is None else state.work.permit,
    )
    change = _by_now(_opened(work, state), city, now)
    return replace(change, events=(_told_opened(work), *change.events))


def close(state: Case | None, *, event: RepeatClosed, now: datetime) -> CaseChange | None:
    """Closes the case at its office: there is nothing left to do. An answer that came first stands,
    and so does a later round. One that is heard before its assignment is tried again.

    Raises `unknown_case` (NOT_FOUND).
    """
    if state is None:
        raise unknown_case()
    work = state.work
    if (event.round, event.attempt) > (work.round, work.attempt):
        raise unknown_case()
    if event.round < work.round or isinstance(state, Answered | Closed):
        return None
    closed = Closed(
        work=work,
        overdue=state.overdue,
        changed_at=now,
        offices=state.offices,
        past=state.past,
        reminded=state.reminded,
        notices=state.notices,
        closed_at=event.closed_at,
    )
    return Change(state=closed)


def join(state: Case | None, *, event: MattersJoined, now: datetime) -> CaseChange | None:
    """Shows the office whose case leads that another one was joined to it; once is enough. Raises
    `unknown_case` (NOT_FOUND) where the lead's case is not known yet."""
    if state is None:
        raise unknown_case()
    work = state.work
    if event.inquiry_id in work.joined:
        return None
    joined = (*work.joined, event.inquiry_id)
    led = replace(state, work=replace(work, joined=joined), changed_at=now)
    return Change(state=led, wake_at=state.look_at)


def link(state: Case | None, *, event: MattersLinked, now: datetime) -> CaseChange | None:
    """Shows the office that the same citizen asks for the same in another inquiry; once is enough.
    Raises `unknown_case` (NOT_FOUND) where the case is not known yet."""
    if state is None:
        raise unknown_case()
    work = state.work
    if event.other_inquiry_id in work.linked:
        return None
    linked = (*work.linked, event.other_inquiry_id)
    after = replace(state, work=replace(work, linked=linked), changed_at=now)
    return Change(state=after, wake_at=state.look_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`now` is when a command is entered, `by` until when an act of its `occurred_at` may be
    entered; None: without a limit."""

    now: datetime
    by: datetime | None


def carry_out(
    state: Case | None, *, command: Command, office_id: str, entry: Entry
) -> CaseChange | None:
    """What an office orders; the same command again in the same round is no change.

    Raises `unknown_case` (NOT_FOUND), `handed_on`, `already_answered`, `closed_as_repeat`
    (CONFLICT), `invalid_time` (INVALID). A refusal also raises `binding` (CONFLICT), an answer
    `designates_only`, `permit_case` (CONFLICT), `invalid_answer` and `invalid_officer` (INVALID), a
    decision on a permit `designates_only`, `not_a_permit`, `needs_document` (CONFLICT),
    `invalid_answer` and `invalid_officer`. A CONFLICT names in `allowed` the commands that the case
    takes from this office now.
    """
    case = _known(state, office_id)
    try:
        return _carried_out(case, command, office_id, entry)
    except DomainError as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        raise DomainError(
            refused.slug,
            refused.kind,
            refused.message,
            field=refused.field,
            allowed=allowed(case, office_id),
        ) from None


def _carried_out(case: Case, command: Command, office_id: str, entry: Entry) -> CaseChange | None:
    match command:
        case Accept():
            return _accept(case, command, office_id, entry)
        case Decline():
            return _decline(case, command, office_id, entry)
        case Answer():
            return _end(case, Outcome.ANSWERED, command, office_id, entry)
        case DecidePermit():
            return _end(case, _OUTCOMES[command.decision], command, office_id, entry)


def note(state: Case | None, *, office_id: str, now: datetime) -> CaseChange | None:
    """Stores only that the office sent a command, which asked for what was so already.

    A case at another office stays untouched: an office that the case has left must not move the
    version that the present office decides on.
    """
    if state is None or state.work.office_id != office_id:
        return None
    return Change(state=replace(state, changed_at=now), wake_at=state.look_at)


def wake(state: Case | None, *, city: City, now: datetime) -> CaseChange | None:
    """What time has brought to an unfinished case: a reminder, a progress notice, or a later date
    where a holiday was declared meanwhile."""
    match state:
        case Open() | Accepted() if state.look_at is not None and now >= state.look_at:
            return _by_now(state, city, now)
        case _:
            return None


def recount(state: Case | None, *, city: City, now: datetime) -> CaseChange | None:
    """Moves the date of an unfinished case to the later one that the city's calendar gives now."""
    match state:
        case Open() | Accepted() if not state.overdue and dates.later_end(city, state.work):
            return _by_now(state, city, now)
        case _:
            return None


def look_now(state: Case | None, *, city: City, now: datetime) -> CaseChange | None:
    """Has a case whose date moves by this city's calendar woken at once, and tells nothing."""
    match state:
        case Open() | Accepted() if not state.overdue and dates.later_end(city, state.work):
            return Change(state=replace(state, look_at=now, changed_at=now), wake_at=now)
        case _:
            return None


def _by_now(case: Unfinished, city: City, now: datetime) -> CaseChange:
    """The case with all that time has brought by now. A period that has become longer is not over
    yet, so its date is counted first."""
    case, moved = _counted(case, city, now)
    case, reminders, reminder_at = _reminded(case, city, now)
    case, notices, notice_at = _noticed(case, city, now)
    look_at = min((at for at in (reminder_at, notice_at) if at is not None), default=None)
    case = replace(case, changed_at=now, look_at=look_at)
    return Change(state=case, events=(*moved, *reminders, *notices), wake_at=look_at)


def _counted(case: Unfinished, city: City, now: datetime) -> tuple[Unfinished, list[Told]]:
    """The case by the date that the city's calendar gives now.

    A case that is marked as overdue keeps its date. A holiday prolongs a period that has not ended,
    and that one had: so everybody was told, and a mark is never taken back.
    """
    later = None if case.overdue else dates.later_end(city, case.work)
    if later is None:
        return case, []
    told = _told_recounted(case.work, later, now)
    return replace(case, work=replace(case.work, due_at=later)), [told]


def _reminded(
    case: Unfinished, city: City, now: datetime
) -> tuple[Unfinished, list[Told], datetime | None]:
    """The case once everybody was reminded whose time has come, and when the next one's comes."""
    case = replace(case, overdue=case.overdue or dates.is_over(case.work.due_at, now))
    told: list[Told] = []
    for level, at in dates.reminders(city, case.work.due_at, case.reminded):
        if now < at:
            return case, told, at
        told.append(_told_overdue(case.work, level, at))
        case = replace(case, reminded=level)
    return case, told, None


def _noticed(
    case: Unfinished, city: City, now: datetime
) -> tuple[Unfinished, list[Told], datetime | None]:
    """The case once the newest notice was told whose time has come, and when the next one's comes.
    Who is told of the newest needs no older one: after an outage one notice goes out."""
    told: list[Told] = []
    for number, at in dates.notices(city, case.work, case.notices):
        if now < at:
            return case, told, at
        told = [_told_notice(case, number, at)]
        case = replace(case, notices=number)
    return case, told, None


def _opened(work: Work, before: Case | None) -> Open:
    """The case at the office of this work, which goes on where the case was before."""
    opened = Open(work=work, overdue=False, changed_at=work.opened_at, offices=(work.office_id,))
    if before is None:
        return opened
    opened = replace(
        opened,
        offices=tuple(dict.fromkeys((*before.offices, work.office_id))),
        past=(*before.past, _left(before, work.opened_at)),
    )
    if before.work.round != work.round:
        return opened
    opened = replace(opened, notices=before.notices)
    if before.work.due_at != work.due_at:
        return opened
    return replace(opened, overdue=before.overdue, reminded=before.reminded)


def _due_at(event: InquiryAssigned, state: Case | None) -> datetime:
    """The date that the assignment says, or the later one to which districts has moved the same
    period since routing decided."""
    if state is None or state.work.round != event.round:
        return event.due_at
    same_period = (state.work.clock_from, state.work.period) == (event.clock_from, event.period)
    return max(event.due_at, state.work.due_at) if same_period else event.due_at


def _is_later(event: InquiryAssigned, state: Case) -> bool:
    work = state.work
    if isinstance(state, Answered | Closed):
        return event.round > work.round
    return (event.round, event.attempt) > (work.round, work.attempt)


def _accept(case: Case, command: Accept, office_id: str, entry: Entry) -> CaseChange | None:
    """Accepting what is accepted or answered is no change."""
    if case.work.office_id != office_id:
        raise _handed_on()
    match case:
        case Accepted() | Answered():
            return None
        case Declined():
            raise _handed_on()
        case Closed():
            raise _closed_as_repeat()
        case Open():
            accepted = Accepted(
                work=case.work,
                overdue=case.overdue,
                changed_at=entry.now,
                offices=case.offices,
                past=case.past,
                reminded=case.reminded,
                notices=case.notices,
                look_at=case.look_at,
                accepted_at=_occurred(case, command, entry),
            )
            return Change(
                state=accepted,
                events=(_told_accepted(case.work, accepted.accepted_at, entry.now),),
                wake_at=accepted.look_at,
            )


def _decline(case: Case, command: Decline, office_id: str, entry: Entry) -> CaseChange | None:
    """An office may refuse until it has answered: that it is not competent may show only while it
    works on the case. The same refusal again is no change, even when the case lies at another
    office by now."""
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
        case Answered():
            raise _already_answered()
        case Closed():
            raise _closed_as_repeat()
        case Open() | Accepted() if case.work.binding:
            raise DomainError(
                "binding",
                Kind.CONFLICT,
                "arbitration gave this case to the office: it cannot decline",
            )
        case Open() | Accepted():
            declined = Declined(
                work=case.work,
                overdue=case.overdue,
                changed_at=entry.now,
                offices=case.offices,
                past=case.past,
                reminded=case.reminded,
                notices=case.notices,
                declined_at=_occurred(case, command, entry),
                refusal=refusal,
            )
            return Change(state=declined, events=(_told_declined(declined),))


def _end(
    case: Case,
    outcome: Outcome,
    command: Answer | DecidePermit,
    office_id: str,
    entry: Entry,
) -> CaseChange | None:
    """Ends the round with these words; what was not accepted yet is accepted by that.

    The same end again is no change, even when a later round lies at another office by now. Whether
    the answer is overdue is decided by the time of its entry, not by the time that the office says:
    before the entry nobody could know of the answer, and a mark once made is not taken back.
    """
    words, officer = command.text.strip(), _stripped(command.officer)
    if case.work.office_id != office_id:
        if _says(_left_with(case, office_id), outcome, words, officer):
            return None
        raise _handed_on()
    _must_fit(case.work, command)
    _must_say(words)
    _must_name(officer)
    work = case.work
    match case:
        case Answered():
            if _says(case.reply, outcome, words, officer):
                return None
            raise _already_answered()
        case Declined():
            raise _handed_on()
        case Closed():
            raise _closed_as_repeat()
        case Open():
            at = _occurred(case, command, entry)
            accepted_at = at
            told: tuple[Told, ...] = (_told_accepted(work, at, entry.now),)
        case Accepted():
            at = _occurred(case, command, entry)
            accepted_at, told = case.accepted_at, ()
    answered = Answered(
        work=work,
        overdue=case.overdue or dates.is_over(work.due_at, entry.now),
        changed_at=entry.now,
        offices=case.offices,
        past=case.past,
        reminded=case.reminded,
        notices=case.notices,
        accepted_at=accepted_at,
        reply=Replied(
            outcome=outcome,
            answer=words,
            officer=officer,
            answered_at=at,
            entered_at=entry.now,
        ),
    )
    if isinstance(command, DecidePermit):
        told = (*told, _told_decided(answered, command.decision))
    return Change(state=answered, events=(*told, _told_answered(answered)))


def _must_fit(work: Work, command: Answer | DecidePermit) -> None:
    """Whether this office may end this case by this command.

    The mediation committee designates the department that deals with a matter and does not deal
    with it itself (Petitions Decree 38 (1) 1). What was asked by word of mouth and must be a
    document is no application yet (Petitions Act 8, Decree 10 (4)): it is answered with how to
    file it, and nothing is decided.
    """
    if work.to_designate:
        raise DomainError(
            "designates_only",
            Kind.CONFLICT,
            "arbitration does not answer: designate the competent office with routing's"
            " POST /v1/assignments/{inquiry_id}/designate, and that office answers",
        )
    match command:
        case Answer() if work.matter.permit and not work.needs_document:
            raise DomainError("permit_case", Kind.CONFLICT, "a permit is decided with DecidePermit")
        case DecidePermit() if not work.matter.permit:
            raise DomainError("not_a_permit", Kind.CONFLICT, "no permit is asked for: use Answer")
        case DecidePermit() if work.needs_document:
            raise DomainError(
                "needs_document",
                Kind.CONFLICT,
                "what was asked by word of mouth is not filed yet: say with Answer how to file it"
                " as a document, or write it down, let the citizen sign it and file it as new",
            )
        case _:
            pass


def _must_say(words: str) -> None:
    if is_blank(words) or len(words) > LONGEST_ANSWER:
        raise DomainError(
            "invalid_answer",
            Kind.INVALID,
            f"an answer has 1 to {LONGEST_ANSWER} characters, of which some can be seen",
            field="text",
        )


def _must_name(officer: Officer) -> None:
    """A notice of a result names the officer, the unit and the contact (Petitions Decree 31)."""
    for field, value in (("officer_unit", officer.unit), ("officer_name", officer.name)):
        if is_blank(value) or not value.isprintable() or len(value) > LONGEST_OFFICER:
            raise _invalid_officer(
                field, f"must have 1 to {LONGEST_OFFICER} printable characters on one line"
            )
    if _PHONE.fullmatch(officer.phone) is None:
        raise _invalid_officer("officer_phone", "must be a phone number as it is dialled")


def _stripped(officer: Officer) -> Officer:
    return Officer(
        unit=officer.unit.strip(), name=officer.name.strip(), phone=officer.phone.strip()
    )


def _says(end: Refused | Replied | None, outcome: Outcome, words: str, officer: Officer) -> bool:
    """Whether a turn ended with this very answer."""
    return isinstance(end, Replied) and (end.outcome, end.answer, end.officer) == (
        outcome,
        words,
        officer,
    )


def _left_with(case: Case, office_id: str) -> Refused | Replied | None:
    """How the last turn of an office ended that no longer has the case."""
    turn = last_turn(case, office_id)
    return turn.end if turn is not None else None


def _told_accepted(work: Work, at: datetime, entered_at: datetime) -> CaseAccepted:
    return CaseAccepted(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        accepted_at=at,
        entered_at=entered_at,
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
        entered_at=case.changed_at,
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
        entered_at=case.reply.entered_at,
    )


def _told_opened(work: Work) -> CaseOpened:
    return CaseOpened(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        workload=work.workload,
        due_at=work.due_at,
        opened_at=work.opened_at,
    )


def _told_recounted(work: Work, later: datetime, now: datetime) -> DeadlineRecounted:
    return DeadlineRecounted(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        cause=RecountCause.HOLIDAY,
        due_before=work.due_at,
        due_at=later,
        recounted_at=now,
    )


def _told_overdue(work: Work, level: OverdueLevel, at: datetime) -> CaseOverdue:
    return CaseOverdue(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        level=level,
        due_at=work.due_at,
        overdue_at=at,
    )


def _told_notice(case: Unfinished, number: int, at: datetime) -> ProgressNoticeDue:
    work = case.work
    return ProgressNoticeDue(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        number=number,
        accepted=isinstance(case, Accepted),
        due_at=work.due_at,
        overdue=case.overdue,
        notice_at=at,
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
        entered_at=case.reply.entered_at,
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
        case Open() | Accepted() | Closed():
            pass
    return Turn(
        round=work.round,
        attempt=work.attempt,
        office_id=work.office_id,
        opened_at=work.opened_at,
        due_at=work.due_at,
        left_at=now,
        last_step_at=_last_step_at(case),
        end=end,
    )


def _known(state: Case | None, office_id: str) -> Case:
    """The case, if it is or was this office's work."""
    if state is None or office_id not in state.offices:
        raise unknown_case()
    return state


def _occurred(case: Case, command: Command, entry: Entry) -> datetime:
    """When it happened: what the office says within reason, else now.

    Steps keep their order. A time up to LEEWAY after now counts as now, and a time up to LEEWAY
    before the previous step counts as the time of that step. A time further out is refused with
    `invalid_time`, and so is one whose entry comes after `entry.by`.
    """
    earliest = _not_before(case)
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


def _not_before(case: Case) -> datetime:
    """The receipt, or the last step of this office or an earlier one."""
    steps = [*(turn.last_step_at for turn in case.past), _last_step_at(case)]
    return max([case.work.matter.received_at, *(at for at in steps if at is not None)])


def _last_step_at(case: Case) -> datetime | None:
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


def _handed_on() -> DomainError:
    return DomainError("handed_on", Kind.CONFLICT, "the case is no longer this office's work")


def _already_answered() -> DomainError:
    return DomainError("already_answered", Kind.CONFLICT, "the case has another answer already")


def _closed_as_repeat() -> DomainError:
    return DomainError(
        "closed_as_repeat",
        Kind.CONFLICT,
        "the case was closed without an answer: the citizen repeats what was answered twice",
    )


def _invalid_officer(field: str, remedy: str) -> DomainError:
    return DomainError("invalid_officer", Kind.INVALID, remedy, field=field)


def _invalid_time(remedy: str) -> DomainError:
    return DomainError("invalid_time", Kind.INVALID, remedy, field="occurred_at")
