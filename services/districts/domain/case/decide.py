"""What becomes of a case: opened, accepted, declined, answered, decided, overdue, opened again.

Every command may come again and then changes nothing; an office that never had the case learns
nothing of it, not even that it exists. What time alone brings is told once, however often and late
the case is woken.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import (
    consultation,
    dates,
    extension,
    history,
    inspection,
    objection,
    officers,
    supplement,
    withdrawal,
)
from services.districts.domain.case.allowed import naming_allowed
from services.districts.domain.case.answering import OUTCOMES, end, left_with, told_accepted
from services.districts.domain.case.changes import (
    LEEWAY as LEEWAY,
)
from services.districts.domain.case.changes import (
    LONGEST_ANSWER as LONGEST_ANSWER,
)
from services.districts.domain.case.changes import (
    CaseChange as CaseChange,
)
from services.districts.domain.case.changes import (
    Entry as Entry,
)
from services.districts.domain.case.changes import (
    Told as Told,
)
from services.districts.domain.case.changes import (
    handed_on,
    heading,
    is_bound,
    known,
    last_step_at,
    must_lie,
    occurred,
)
from services.districts.domain.case.changes import (
    unknown_case as unknown_case,
)
from services.districts.domain.case.commands import (
    Accept,
    AddNote,
    Answer,
    AnswerConsultation,
    AssignOfficer,
    Command,
    Consult,
    DecideObjection,
    DecidePermit,
    Decline,
    EndInspection,
    ExtendCase,
    ExtendConsultation,
    ExtendObjection,
    FileObjection,
    OrderInspection,
    ProlongInspection,
    ProlongSupplement,
    ReceiveSupplement,
    RequestSupplement,
    ReturnDocuments,
    StartWork,
    WithdrawCase,
)
from services.districts.domain.case.events import (
    CaseDeclined,
    CaseOpened,
    InquiryAssigned,
    MattersJoined,
    MattersLinked,
    Outcome,
    RepeatClosed,
)
from services.districts.domain.case.file import Step
from services.districts.domain.case.model import (
    Accepted,
    Answered,
    Case,
    Closed,
    Declined,
    Open,
    Refused,
    Replied,
    Turn,
    Work,
    carried,
    ended,
)
from services.districts.domain.case.timing import by_now, then
from services.districts.domain.case.transitions import Act, must_allow
from services.districts.domain.officer_code import must_be_code

# Routing's rule for what lies with the arbitration desk until the desk names the competent office.
ARBITRATION = "arbitration"


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
    change = then(_opened(work, state), city, now, _told_opened(work))
    return history.recorded(change, now)


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
    closed = Closed(**ended(state, now), closed_at=event.closed_at)
    step = Step(act=Act.CLOSE_REPEAT, round=work.round, at=event.closed_at, entered_at=now)
    return Change(state=history.with_step(closed, step))


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


def carry_out(
    state: Case | None, *, city: City, command: Command, office_id: str, entry: Entry
) -> CaseChange | None:
    """What an office orders; the same command again in the same round is no change.

    Raises `unknown_case` (NOT_FOUND), those of `transitions.must_allow` (CONFLICT), `invalid_time`
    (INVALID), and those of the module of the act. A refusal also raises `binding` (CONFLICT), an
    answer `designates_only`, `permit_case` (CONFLICT), `invalid_answer` and `invalid_officer`
    (INVALID), a decision on a permit `designates_only`, `not_a_permit`, `needs_document`
    (CONFLICT), `invalid_answer` and `invalid_officer`. A CONFLICT names in `allowed` the commands
    that the case takes from this office now.
    """
    case = _known_to(state, command, office_id)
    must_be_code(getattr(command, "officer_code", ""), "officer_code")
    with naming_allowed(case, office_id, city, entry.now):
        change = _carried_out(case, city, command, office_id, entry)
    return history.recorded(change, entry.now, office_id, getattr(command, "officer_code", ""))


def _known_to(state: Case | None, command: Command, office_id: str) -> Case:
    if isinstance(command, AnswerConsultation | ExtendConsultation):
        return consultation.known(state, command, office_id)
    return known(state, office_id)


def _carried_out(
    case: Case, city: City, command: Command, office_id: str, entry: Entry
) -> CaseChange | None:
    match command:
        case Accept():
            return _accept(case, command, office_id, entry)
        case Decline():
            return _decline(case, city, command, office_id, entry)
        case Answer():
            return end(case, Outcome.ANSWERED, command, office_id, entry, city)
        case DecidePermit():
            return end(case, OUTCOMES[command.decision], command, office_id, entry, city)
        case ReturnDocuments():
            return end(case, Outcome.RETURNED, command, office_id, entry, city)
        case AnswerConsultation():
            return consultation.answer(case, command, office_id, entry)
        case ExtendConsultation():
            return consultation.extend(case, city, command, office_id, entry)
        case _:
            must_lie(case, office_id)
    match command:
        case RequestSupplement() | ProlongSupplement() | ReceiveSupplement():
            return supplement.carry_out(case, city, command, entry)
        case OrderInspection() | ProlongInspection() | EndInspection():
            return inspection.carry_out(case, city, command, entry)
        case ExtendCase():
            return extension.extend(case, city, command, entry)
        case Consult():
            return consultation.ask(case, city, command, entry)
        case StartWork() | AssignOfficer() | AddNote():
            return officers.carry_out(case, command, entry)
        case WithdrawCase():
            return withdrawal.withdraw(case, command, entry)
        case FileObjection() | ExtendObjection() | DecideObjection():
            return objection.carry_out(case, city, command, entry)


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
            return history.recorded(by_now(state, city, now), now)
        case _:
            return None


def recount(state: Case | None, *, city: City, now: datetime) -> CaseChange | None:
    """Moves the date of an unfinished case to the later one that the city's calendar gives now."""
    match state:
        case Open() | Accepted() if not state.overdue and dates.later_end(city, state):
            return history.recorded(by_now(state, city, now), now)
        case _:
            return None


def look_now(state: Case | None, *, city: City, now: datetime) -> CaseChange | None:
    """Has a case whose date moves by this city's calendar woken at once, and tells nothing."""
    match state:
        case Open() | Accepted() if not state.overdue and dates.later_end(city, state):
            return Change(state=replace(state, look_at=now, changed_at=now), wake_at=now)
        case _:
            return None


def _opened(work: Work, before: Case | None) -> Open:
    """The case at the office of this work, which goes on where the case was before."""
    opened = Open(work=work, overdue=False, changed_at=work.opened_at, offices=(work.office_id,))
    if before is None:
        return opened
    opened = replace(
        opened,
        offices=tuple(dict.fromkeys((*before.offices, work.office_id))),
        past=(*before.past, _left(before, work.opened_at)),
        consulting=before.consulting,
        file=replace(before.file, assignee="", started_at=None),
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
    must_lie(case, office_id)
    if isinstance(case, Accepted | Answered):
        return None
    must_allow(case, Act.ACCEPT)
    assert isinstance(case, Open), "the table lets nothing else be accepted"
    accepted = Accepted(
        **carried(case, entry.now),
        look_at=case.look_at,
        accepted_at=occurred(case, command, entry),
    )
    return Change(
        state=accepted,
        events=(told_accepted(case.work, accepted.accepted_at, entry.now),),
        wake_at=accepted.look_at,
    )


def _decline(
    case: Case, city: City, command: Decline, office_id: str, entry: Entry
) -> CaseChange | None:
    """An office may refuse until it has answered: that it is not competent may show only while it
    works on the case. The same refusal again is no change, even when the case lies at another
    office by now."""
    refusal = Refused(reason=command.reason, suggested_office_id=command.suggested_office_id)
    if case.work.office_id != office_id:
        if left_with(case, office_id) == refusal:
            return None
        raise handed_on()
    if isinstance(case, Declined) and case.refusal == refusal:
        return None
    must_allow(case, Act.DECLINE)
    if is_bound(case.work, city, entry.now):
        raise DomainError(
            "binding",
            Kind.CONFLICT,
            "arbitration gave this case to the office: it cannot decline",
        )
    declined = Declined(
        **carried(case, entry.now),
        declined_at=occurred(case, command, entry),
        refusal=refusal,
    )
    return Change(state=declined, events=(_told_declined(declined),))


def _told_declined(case: Declined) -> CaseDeclined:
    work = case.work
    return CaseDeclined(
        **heading(work),
        reason=case.refusal.reason,
        suggested_office_id=case.refusal.suggested_office_id,
        declined_at=case.declined_at,
        entered_at=case.changed_at,
    )


def _told_opened(work: Work) -> CaseOpened:
    return CaseOpened(
        **heading(work),
        workload=work.workload,
        due_at=work.due_at,
        opened_at=work.opened_at,
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
        last_step_at=last_step_at(case),
        end=end,
    )
