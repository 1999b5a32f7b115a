"""An objection to a refused permit (Petitions Act 35): filed within 60 days of the notice, decided
within ten, once extended by ten. The figures are the pack's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City, Due, Extension, OutOfCalendar, Term
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import dates
from services.districts.domain.case.changes import (
    CaseChange,
    Entry,
    Told,
    heading,
    must_say,
    occurred,
)
from services.districts.domain.case.commands import (
    DecideObjection,
    ExtendObjection,
    FileObjection,
    ObjectionCommand,
)
from services.districts.domain.case.events import (
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOverdue,
    Outcome,
)
from services.districts.domain.case.file import Objection
from services.districts.domain.case.model import Answered, Case, Closed
from services.districts.domain.case.transitions import Act, must_allow

# Limits of the pack: within what it is filed, and decided.
FILED_WITHIN, DECIDED_WITHIN = "objection", "objection_decision"


def carry_out(case: Case, city: City, command: ObjectionCommand, entry: Entry) -> CaseChange | None:
    """Files an objection, extends the time to decide it, decides it.

    Raises those of `must_allow`; `not_refused`, `objected_already`, `objection_too_late`,
    `no_objections`, `overdue` (CONFLICT), `term_refused`, `invalid_answer` (INVALID).
    """
    match command:
        case FileObjection():
            return _file(case, city, command, entry)
        case ExtendObjection():
            return _extend(case, city, command, entry)
        case DecideObjection():
            return _decide(case, command, entry)


def _file(case: Case, city: City, command: FileObjection, entry: Entry) -> CaseChange | None:
    """The same objection again is no change, decided or not."""
    words = command.text.strip()
    before = case.file.objection_of(case.work.round)
    if before is not None and before.text == words:
        return None
    must_allow(case, Act.FILE_OBJECTION)
    must_say(words)
    return file(case, city, command, entry)


def file(case: Case, city: City, command: FileObjection, entry: Entry) -> CaseChange:
    """Files an objection, whether its words are here or, as those of a citizen who objected
    themselves, in intake. Raises as `carry_out`, without `invalid_answer`."""
    must_allow(case, Act.FILE_OBJECTION)
    assert isinstance(case, Answered), "the table allows it in no other state"
    before = case.file.objection_of(case.work.round)
    if case.reply.outcome is not Outcome.PERMIT_REFUSED:
        raise _conflict("not_refused", "only to a refused permit can be objected")
    if before is not None:
        raise _conflict("objected_already", "the objection to this decision is decided")
    if not {FILED_WITHIN, DECIDED_WITHIN} <= set(city.limits):
        raise _conflict("no_objections", "this city's pack has no limits for objections")
    at = occurred(case, command, entry)
    if dates.is_over(_filed_by(case, city), at):
        raise _conflict(
            "objection_too_late",
            f"an objection is filed within {city.limit(FILED_WITHIN).amount} days of the notice",
        )
    filed = Objection(
        round=case.work.round,
        text=command.text.strip(),
        filed_at=at,
        decide_by=_due(city, city.term_within(DECIDED_WITHIN, at)),
    )
    event = ObjectionFiled(
        **heading(case.work), decide_by=filed.decide_by, filed_at=at, entered_at=entry.now
    )
    return _changed(case, (*case.file.objections, filed), event, entry)


def _extend(case: Case, city: City, command: ExtendObjection, entry: Entry) -> CaseChange | None:
    """Each is one more, of which the law allows one; only the command's id tells a repetition."""
    must_allow(case, Act.EXTEND_OBJECTION)
    pending = _pending(case)
    if dates.is_over(pending.decide_by, entry.now):
        raise _conflict("overdue", "an extension comes before the time is over")
    at = occurred(case, command, entry)
    later = _longer(pending, city)
    longer = replace(pending, decide_by=later, extended_at=at)
    event = ObjectionExtended(
        **heading(case.work),
        reason=command.reason,
        due_before=pending.decide_by,
        due_at=later,
        extended_at=at,
        entered_at=entry.now,
    )
    return _changed(case, _with(case, longer), event, entry)


def _decide(case: Case, command: DecideObjection, entry: Entry) -> CaseChange | None:
    """The same decision again is no change."""
    words = command.text.strip()
    before = case.file.objection_of(case.work.round)
    if before is not None and (before.upheld, before.decision) == (command.upheld, words):
        return None
    must_allow(case, Act.DECIDE_OBJECTION)
    must_say(words)
    pending = _pending(case)
    at = occurred(case, command, entry)
    decided = replace(pending, upheld=command.upheld, decision=words, decided_at=at)
    event = ObjectionDecided(
        **heading(case.work),
        upheld=command.upheld,
        decide_by=pending.decide_by,
        decided_at=at,
        entered_at=entry.now,
    )
    return _changed(case, _with(case, decided), event, entry)


def may_be_filed(case: Answered, city: City, now: datetime) -> bool:
    """Whether an objection to the answer is still to be had."""
    refused = case.reply.outcome is Outcome.PERMIT_REFUSED
    limited = {FILED_WITHIN, DECIDED_WITHIN} <= set(city.limits)
    if not (refused and limited) or case.file.objection_of(case.work.round) is not None:
        return False
    try:
        return not dates.is_over(_filed_by(case, city), now)
    except DomainError:
        return False


def may_be_longer(case: Answered, city: City, now: datetime) -> bool:
    """Whether there is more time to take for the decision on an open objection."""
    pending = _open(case)
    if pending is None or dates.is_over(pending.decide_by, now):
        return False
    try:
        _longer(pending, city)
    except DomainError:
        return False
    return True


def _filed_by(case: Answered, city: City) -> datetime:
    """Until when an objection is filed. Raises `out_of_calendar` (CONFLICT)."""
    return _due(city, city.term_within(FILED_WITHIN, case.reply.answered_at))


def _longer(pending: Objection, city: City) -> datetime:
    """When the decision is due with one extension more. Of a second one the clock says by the
    pack's rules that it is one too many: `term_refused` (INVALID)."""
    number = 1 if pending.extended_at is None else 2
    extensions = (Extension(period=city.limit(DECIDED_WITHIN)),) * number
    return _due(city, city.term_within(DECIDED_WITHIN, pending.filed_at, extensions=extensions))


def next_reminder(case: Case, city: City) -> datetime | None:
    """When the next one is to be told that an objection is not decided in time; None without one
    that is open."""
    pending = _open(case)
    if pending is None:
        return None
    following = dates.reminders(city, pending.decide_by, pending.reminded)
    return next((at for _, at in following), None)


def reminded(
    case: Answered | Closed, city: City, now: datetime
) -> tuple[Answered | Closed, list[Told]]:
    """The case once everybody was told whose time has come that its objection is not decided in
    time, each once."""
    pending = _open(case)
    told: list[Told] = []
    if pending is None:
        return case, told
    for level, at in dates.reminders(city, pending.decide_by, pending.reminded):
        if now < at:
            break
        told.append(
            ObjectionOverdue(
                **heading(case.work), level=level, decide_by=pending.decide_by, overdue_at=at
            )
        )
        pending = replace(pending, reminded=level)
    file = replace(case.file, objections=_with(case, pending))
    return replace(case, file=file), told


def _open(case: Case) -> Objection | None:
    """The objection of an answered case that waits for its decision."""
    objection = case.file.objection_of(case.work.round) if isinstance(case, Answered) else None
    return objection if objection is not None and objection.upheld is None else None


def _pending(case: Case) -> Objection:
    pending = case.file.objection_of(case.work.round)
    assert pending is not None, "the state says that there is one"
    return pending


def _with(case: Case, changed: Objection) -> tuple[Objection, ...]:
    return tuple(changed if o.round == changed.round else o for o in case.file.objections)


def _changed(
    case: Case, objections: tuple[Objection, ...], event: Told, entry: Entry
) -> CaseChange:
    file = replace(case.file, objections=objections)
    # A document of an earlier round may still be waited for.
    after = replace(case, file=file, changed_at=entry.now)
    return Change(state=after, events=(event,), wake_at=case.look_at)


def _due(city: City, term: Term) -> datetime:
    try:
        due = city.due_of(term)
    except OutOfCalendar:
        raise _conflict("out_of_calendar", "the date lies beyond the city's calendar") from None
    assert isinstance(due, Due), "a term without suspensions is never paused"
    return due.at


def _conflict(slug: str, message: str) -> DomainError:
    return DomainError(slug, Kind.CONFLICT, message)
