"""An extension of the period (Petitions Decree 21): what the law allows is the city's clock's to
say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City, Due, InvalidPeriod, OutOfCalendar, Period, TermRefused
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import dates, timing
from services.districts.domain.case.changes import (
    LONGEST_ANSWER,
    CaseChange,
    Entry,
    heading,
    occurred,
)
from services.districts.domain.case.commands import ExtendCase
from services.districts.domain.case.events import CaseExtended, ExtensionReason, RecountCause
from services.districts.domain.case.file import Lengthening
from services.districts.domain.case.model import Accepted, Case, Open
from services.districts.domain.case.transitions import Act


def extend(case: Case, city: City, command: ExtendCase, entry: Entry) -> CaseChange | None:
    """Takes more time. Each is one more; only the command's id tells a repetition.

    Raises those of `must_allow`; `no_period`, `overdue` (CONFLICT), `invalid_period`,
    `term_refused` for an extension that the law does not allow, and `invalid_answer` for a text
    that is too long (INVALID).
    """
    now_so, told = timing.at_hand(case, Act.EXTEND_CASE, city, entry.now)
    work = now_so.work
    if not work.period:
        raise DomainError(
            "no_period", Kind.CONFLICT, "the date of this case was not counted by a period"
        )
    if now_so.overdue:
        raise DomainError(
            "overdue", Kind.CONFLICT, "the period is over: an extension comes before its end"
        )
    if len(command.text) > LONGEST_ANSWER:
        raise DomainError(
            "invalid_answer", Kind.INVALID, f"at most {LONGEST_ANSWER} characters", field="text"
        )
    _must_be_amount(command.amount, work.period)
    at = occurred(now_so, command, entry)
    longer = Lengthening(
        round=work.round,
        amount=command.amount,
        reason=command.reason,
        text=command.text.strip(),
        consent=command.consent,
        extended_at=at,
    )
    file = replace(now_so.file, lengthenings=(*now_so.file.lengthenings, longer))
    extended = replace(now_so, file=file)
    _must_be_legal(extended, city)
    extended, moved = timing.counted(extended, city, entry.now, RecountCause.EXTENDED)
    event = CaseExtended(
        **heading(work),
        number=len(extended.file.lengthenings_of(work.round)),
        reason=command.reason,
        consent=command.consent,
        due_before=work.due_at,
        due_at=extended.work.due_at,
        extended_at=at,
        entered_at=entry.now,
    )
    return timing.then(extended, city, entry.now, *told, event, *moved)


def may_be_longer(case: Open | Accepted, city: City, now: datetime) -> bool:
    """Whether the law leaves any more time to take, with the citizen's consent."""
    work = case.work
    if not work.period or case.overdue or dates.is_over(work.due_at, now):
        return False
    least = Lengthening(
        round=work.round,
        amount=1,
        reason=ExtensionReason.REVIEW,
        text="",
        consent=True,
        extended_at=now,
    )
    file = replace(case.file, lengthenings=(*case.file.lengthenings, least))
    try:
        _must_be_legal(replace(case, file=file), city)
    except DomainError:
        return False
    return True


def _must_be_amount(amount: int, period: str) -> None:
    try:
        Period(amount=amount, unit=Period.parse(period).unit)
    except InvalidPeriod as error:
        raise DomainError(error.slug, Kind.INVALID, error.message, field="amount") from None


def _must_be_legal(case: Case, city: City) -> None:
    """Raises `term_refused` (INVALID), naming the rule; also where the date would stay."""
    try:
        due = city.due_of(dates.term(city, case))
    except OutOfCalendar:
        raise _refused("the date lies beyond the city's calendar") from None
    except TermRefused as error:
        raise _refused(error.message) from None
    if isinstance(due, Due) and due.at <= case.work.due_at:
        raise _refused("the date would not become a later one")


def _refused(message: str) -> DomainError:
    return DomainError("term_refused", Kind.INVALID, message, field="amount")
