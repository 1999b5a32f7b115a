"""What an office does with the permit that a case asks for, and what time does to its documents.

Adds to the rules of `domain/permit` what the case knows: whose the case is, in which state it is,
and what is told. A decision itself is the case's end (`decide`); here it gets its document.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from services.cities import City, Due, OutOfCalendar, PermitKind
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import decide, history, objection
from services.districts.domain.case.allowed import naming_allowed
from services.districts.domain.case.commands import (
    CheckApplication,
    DecidePermit,
    PermitCommand,
    RecordCollection,
    RecordFee,
    RevokePermit,
)
from services.districts.domain.case.decide import CaseChange, Entry
from services.districts.domain.case.events import (
    PermitChecked,
    PermitCollected,
    PermitDecision,
    PermitExpired,
    PermitFeePaid,
    PermitIssued,
    PermitRevoked,
    PermitUncollected,
)
from services.districts.domain.case.model import Accepted, Answered, Case, Closed, Declined, Open
from services.districts.domain.permit import decide as permit
from services.districts.domain.permit.keeping import keeper, keeps_any
from services.districts.domain.permit.model import Document, PermitFile
from services.districts.domain.permit.number import document_number

# The pack's limit on how long after the due day a document waits to be collected.
COLLECTION = "permit_collection"

_CONDITIONAL = PermitDecision.GRANTED_CONDITIONALLY


def carry_out(
    state: Case | None,
    *,
    command: PermitCommand | DecidePermit,
    office_id: str,
    entry: Entry,
    city: City,
) -> CaseChange | None:
    """What an office orders about a permit; the same again is no change.

    Raises what the rules of `permit.decide` and, of a decision, `decide.carry_out` raise;
    `unknown_case` (NOT_FOUND), `handed_on`, `already_answered`, `closed_as_repeat`, `withdrawn`,
    `no_kind`, `needs_document`, `too_many_steps` (CONFLICT), `invalid_time` (INVALID). A CONFLICT
    names in `allowed` the commands that the case takes from this office now.
    """
    if state is None or not _knows(state, command, office_id, city, entry.now):
        raise decide.unknown_case()
    with naming_allowed(state, office_id, city, entry.now):
        return _carried_out(state, command, office_id, entry, city)


def _knows(
    state: Case, command: PermitCommand | DecidePermit, office_id: str, city: City, now: datetime
) -> bool:
    """Whether the case is or was this office's work; for what becomes of a document, also whether
    the office has one of the case in place of an office that has closed."""
    if isinstance(command, RecordCollection | RevokePermit) and keeps_any(
        state.work.permit, office_id, city, now
    ):
        return True
    return office_id in state.offices


def _carried_out(
    state: Case, command: PermitCommand | DecidePermit, office_id: str, entry: Entry, city: City
) -> CaseChange | None:
    change: CaseChange | None
    match command:
        case DecidePermit():
            return _decided(state, command, office_id, entry, city)
        case CheckApplication():
            change = _checked(state, command, office_id, entry, city)
        case RecordFee():
            change = _settled(state, command, office_id, entry, city)
        case RecordCollection():
            change = _collected(state, command, office_id, entry, city)
        case RevokePermit():
            change = _revoked(state, command, office_id, entry, city)
    return history.recorded(change, entry.now, office_id)


def watched(change: CaseChange | None, city: City) -> CaseChange | None:
    """The change of an act that knows nothing of permits: where the round has ended, the case is
    woken when time ends a document of an earlier round, or when somebody is to be reminded of an
    objection."""
    if change is None or not isinstance(change.state, Answered | Closed):
        return change
    look_at = _look_at(change.state, city)
    return replace(change, state=replace(change.state, look_at=look_at), wake_at=look_at)


def wake(state: Case | None, *, city: City, now: datetime) -> CaseChange | None:
    """What time has brought to the case (`decide.wake`), to its documents and its objection. A
    document that time
    ends while a later round is open is told of when that round ends; what it is worth is known at
    any moment (`standing`)."""
    if not isinstance(state, Answered | Closed):
        return watched(decide.wake(state, city=city, now=now), city)
    if state.look_at is None or now < state.look_at:
        return None
    file = state.work.permit
    ended: tuple[Document, ...] = ()
    if file is not None:
        file, ended = permit.by_time(file, now)
    state, reminders = objection.reminded(state, city, now)
    told = (*(_told_ended(state, one) for one in ended), *reminders)
    return history.recorded(_changed(state, city, file, now, *told), now)


def _look_at(case: Answered | Closed, city: City) -> datetime | None:
    """When time alone changes a case whose round has ended."""
    ends = (permit.next_end(case.work.permit), objection.next_reminder(case, city))
    return min((at for at in ends if at is not None), default=None)


def _decided(
    state: Case, command: DecidePermit, office_id: str, entry: Entry, city: City
) -> CaseChange | None:
    """The end of the round by `decide`, with the document where the permit is granted."""
    granted = command.decision is not PermitDecision.REFUSED
    kind = city.permit_kinds.get(state.work.matter.service_code)
    file = state.work.permit or PermitFile()
    terms = replace(
        command.terms,
        holder=command.terms.holder.strip(),
        conditions=tuple(one.strip() for one in command.terms.conditions),
    )
    conditional = command.decision is _CONDITIONAL
    permit.must_be_terms(terms, conditional=conditional)
    change = decide.carry_out(state, city=city, command=command, office_id=office_id, entry=entry)
    if change is None:
        if _issued_in_round(state, office_id) not in (None, terms):
            raise DomainError("already_answered", Kind.CONFLICT, "it was granted on other terms")
        return None
    answered = change.state
    assert isinstance(answered, Answered), "a decision ends the round"
    if not granted:
        return _changed(answered, city, answered.work.permit, entry.now, before=change)
    permit.must_be_grantable(file, kind)
    work, at = answered.work, answered.reply.answered_at
    decided_on = at.astimezone(city.timezone).date()
    last = permit.valid_until(kind, terms, decided_on)
    document = Document(
        number=document_number(work.inquiry_id, work.round, decided_on.year),
        round=work.round,
        office_id=work.office_id,
        delegated_by=work.delegated_by,
        decided_at=at,
        conditional=conditional,
        terms=terms,
        valid_until=last,
        expires_at=None if last is None else _end_of(last, city),
        collect_by=_collect_by(max(work.due_at, at), city) if terms.to_be_collected else None,
    )
    issued = PermitIssued(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=work.round,
        office_id=work.office_id,
        delegated_by=work.delegated_by,
        document_no=document.number,
        conditional=conditional,
        valid_until="" if last is None else last.isoformat(),
        collect_by=document.collect_by,
        issued_at=at,
        entered_at=entry.now,
    )
    return _changed(answered, city, permit.issue(file, document), entry.now, issued, before=change)


def _checked(
    state: Case, command: CheckApplication, office_id: str, entry: Entry, city: City
) -> CaseChange | None:
    case, kind = _applied(state, office_id, city)
    at = _at(command.occurred_at, entry, case.work.matter.received_at)
    file = permit.check(case.work.permit or PermitFile(), kind, command.missing, at)
    if file is None:
        return None
    case = _unanswered(case)
    history.must_have_room(case)
    told = PermitChecked(
        inquiry_id=case.work.inquiry_id,
        matter=case.work.matter,
        round=case.work.round,
        office_id=office_id,
        complete=not command.missing,
        missing=tuple(dict.fromkeys(command.missing)),
        checked_at=at,
        entered_at=entry.now,
    )
    return _changed(case, city, file, entry.now, told)


def _settled(
    state: Case, command: RecordFee, office_id: str, entry: Entry, city: City
) -> CaseChange | None:
    case, kind = _applied(state, office_id, city)
    at = _at(command.occurred_at, entry, case.work.matter.received_at)
    file = permit.settle_fee(
        case.work.permit or PermitFile(),
        kind,
        amount=command.amount,
        exemption=command.exemption,
        reference=command.reference,
        at=at,
    )
    if file is None:
        return None
    told = PermitFeePaid(
        inquiry_id=case.work.inquiry_id,
        matter=case.work.matter,
        round=case.work.round,
        office_id=office_id,
        amount_won=command.amount,
        exempted=bool(command.exemption),
        paid_at=at,
        entered_at=entry.now,
    )
    return _changed(_unanswered(case), city, file, entry.now, told)


def _collected(
    state: Case, command: RecordCollection, office_id: str, entry: Entry, city: City
) -> CaseChange | None:
    document = _kept_by(state, command.document_no, office_id, city, entry.now)
    at = _at(command.occurred_at, entry, document.decided_at)
    assert state.work.permit is not None
    file = permit.collect(state.work.permit, document.number, at, entry.now)
    if file is None:
        return None
    told = PermitCollected(
        inquiry_id=state.work.inquiry_id,
        matter=state.work.matter,
        round=document.round,
        office_id=office_id,
        document_no=document.number,
        collected_at=at,
        entered_at=entry.now,
    )
    return _changed(state, city, file, entry.now, told)


def _revoked(
    state: Case, command: RevokePermit, office_id: str, entry: Entry, city: City
) -> CaseChange | None:
    document = _kept_by(state, command.document_no, office_id, city, entry.now)
    at = _at(command.occurred_at, entry, document.decided_at)
    assert state.work.permit is not None
    file = permit.revoke(state.work.permit, document.number, command.reason, at, entry.now)
    if file is None:
        return None
    told = PermitRevoked(
        inquiry_id=state.work.inquiry_id,
        matter=state.work.matter,
        round=document.round,
        office_id=office_id,
        document_no=document.number,
        revoked_at=at,
        entered_at=entry.now,
    )
    return _changed(state, city, file, entry.now, told)


def _told_ended(case: Answered | Closed, document: Document) -> PermitExpired | PermitUncollected:
    work = case.work
    if document.uncollected_at is not None:
        return PermitUncollected(
            inquiry_id=work.inquiry_id,
            matter=work.matter,
            round=document.round,
            office_id=document.office_id,
            document_no=document.number,
            uncollected_at=document.uncollected_at,
        )
    assert document.expired_at is not None
    return PermitExpired(
        inquiry_id=work.inquiry_id,
        matter=work.matter,
        round=document.round,
        office_id=document.office_id,
        document_no=document.number,
        expired_at=document.expired_at,
    )


def _changed(
    case: Case,
    city: City,
    file: PermitFile | None,
    now: datetime,
    *told: decide.Told,
    before: CaseChange | None = None,
) -> CaseChange:
    """The case with this file, woken when time ends a document next or calls for a reminder; an
    unanswered one is woken for its own dates. `before` is the change that this one goes on from."""
    after = replace(case, work=replace(case.work, permit=file), changed_at=now)
    look_at = _look_at(after, city) if isinstance(after, Answered | Closed) else case.look_at
    after = replace(after, look_at=look_at)
    events = told if before is None else (*before.events, *told)
    return Change(state=after, events=events, wake_at=look_at)


def _applied(state: Case, office_id: str, city: City) -> tuple[Case, PermitKind]:
    """The case at this office and what its application takes."""
    work = state.work
    if work.office_id != office_id or isinstance(state, Declined):
        raise DomainError("handed_on", Kind.CONFLICT, "the case is no longer this office's work")
    if work.needs_document:
        raise DomainError(
            "needs_document", Kind.CONFLICT, "what was asked by word of mouth is not filed yet"
        )
    kind = city.permit_kinds.get(work.matter.service_code) if work.matter.permit else None
    if kind is None:
        raise DomainError(
            "no_kind", Kind.CONFLICT, "the city's pack says nothing of such an application"
        )
    return state, kind


def _unanswered(case: Case) -> Open | Accepted:
    match case:
        case Open() | Accepted():
            return case
        case Closed() if case.cause is not None:
            raise DomainError("withdrawn", Kind.CONFLICT, "the matter was withdrawn")
        case Closed():
            raise DomainError("closed_as_repeat", Kind.CONFLICT, "the case was closed")
        case _:
            raise DomainError("already_answered", Kind.CONFLICT, "the permit is decided already")


def _kept_by(state: Case, number: str, office_id: str, city: City, now: datetime) -> Document:
    """The document, if this office has it (`keeper`). Raises `unknown_document` (NOT_FOUND)."""
    document = permit.document_of(state.work.permit, number)
    if keeper(document, city, now) != office_id:
        raise DomainError("unknown_document", Kind.NOT_FOUND, "the case has no such document")
    return document


def _issued_in_round(state: Case, office_id: str) -> object:
    """The terms of the document of the present round at this office; None without one."""
    file = state.work.permit
    if file is None or state.work.office_id != office_id:
        return None
    terms = [one.terms for one in file.documents if one.round == state.work.round]
    return terms[-1] if terms else None


def _at(said: datetime | None, entry: Entry, earliest: datetime) -> datetime:
    """When it happened, as the office says within reason; else now. Raises `invalid_time`."""
    if said is None:
        return max(entry.now, earliest)
    too_early = said < earliest - decide.LEEWAY
    if said > entry.now + decide.LEEWAY or too_early:
        told = "must not be in the future, nor before what it follows"
        raise DomainError("invalid_time", Kind.INVALID, told, field="occurred_at")
    if entry.by is not None and entry.now > entry.by:
        told = "lies further back than this city lets an office enter"
        raise DomainError("invalid_time", Kind.INVALID, told, field="occurred_at")
    return max(min(said, entry.now), earliest)


def _end_of(day: date, city: City) -> datetime:
    """The first moment after a day on the city's calendar, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), city.timezone).astimezone(UTC)


def _collect_by(ready_at: datetime, city: City) -> datetime | None:
    """The last moment to collect: so many days after the due day (Petitions Decree 25 (4)); None
    where the city has no such limit, or its calendar ends before. That these days run from the
    decision where it comes after the due day is assumed: nobody can come before there is one."""
    if COLLECTION not in city.limits:
        return None
    try:
        due = city.due_of(city.term_within(COLLECTION, ready_at))
    except OutOfCalendar:
        return None
    assert isinstance(due, Due), "a term without suspensions is never paused"
    return due.at
