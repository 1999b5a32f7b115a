"""A consultation: the office asks another one about the case, which goes on meanwhile (Petitions
Act 20). The office that is asked sees the question, not the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import (
    City,
    Due,
    Extension,
    ExtensionRules,
    InvalidPeriod,
    OutOfCalendar,
    Term,
    TermRefused,
    days,
)
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import dates, timing
from services.districts.domain.case.changes import (
    LEEWAY,
    CaseChange,
    Entry,
    heading,
    must_say,
    occurred,
    unknown_case,
)
from services.districts.domain.case.commands import (
    AnswerConsultation,
    Consult,
    ConsultedCommand,
    ExtendConsultation,
)
from services.districts.domain.case.events import (
    ConsultationAnswered,
    ConsultationExtended,
    ConsultationRequested,
)
from services.districts.domain.case.file import Consultation
from services.districts.domain.case.model import Case
from services.districts.domain.case.transitions import Act, must_allow

MOST_DAYS = 30
# Of one case in all. Larger: a bigger document. Smaller: a matter of many departments must be asked
# about by letter.
MOST = 50


def ask(case: Case, city: City, command: Consult, entry: Entry) -> CaseChange | None:
    """Asks another office; the same question again, while it is not answered, is no change.

    Raises those of `must_allow`; `unknown_office`, `office_closed`, `invalid_days`,
    `invalid_answer` (INVALID), `consulted_already`, `too_many_consultations` (CONFLICT).
    """
    work, words, asked = case.work, command.text.strip(), command.consulted_office_id
    waiting = next(
        (o for o in case.file.consultations if o.office_id == asked and o.answered_at is None), None
    )
    if waiting is not None and waiting.question == words:
        return None
    case, told = timing.at_hand(case, Act.CONSULT, city, entry.now)
    must_say(words)
    _must_be_open(city, asked, work.office_id, entry.now)
    if waiting is not None:
        raise DomainError(
            "consulted_already", Kind.CONFLICT, "this office has not answered the question before"
        )
    if len(case.file.consultations) >= MOST:
        raise DomainError(
            "too_many_consultations", Kind.CONFLICT, f"at most {MOST} consultations of a case"
        )
    at = occurred(case, command, entry)
    question = Consultation(
        round=work.round,
        number=len(case.file.consultations) + 1,
        asking_office_id=work.office_id,
        office_id=asked,
        question=words,
        days=command.days,
        requested_at=at,
        due_at=_due(city, command, at),
    )
    event = ConsultationRequested(
        **heading(work),
        number=question.number,
        consulted_office_id=asked,
        due_at=question.due_at,
        requested_at=at,
        entered_at=entry.now,
    )
    file = replace(case.file, consultations=(*case.file.consultations, question))
    consulting = (*case.consulting, asked)
    after = replace(case, consulting=consulting, file=file)
    return timing.then(after, city, entry.now, *told, event)


def _must_be_open(city: City, asked: str, asking: str, now: datetime) -> None:
    """Whether somebody can answer: another office of the city, which has not closed."""
    office = city.offices.get(asked)
    field = "consulted_office_id"
    if office is None or asked == asking:
        raise DomainError(
            "unknown_office", Kind.INVALID, "must be another office of this city", field=field
        )
    if not office.validity.holds(now.astimezone(city.timezone).date()):
        raise DomainError(
            "office_closed", Kind.INVALID, "must be open today: ask its successor", field=field
        )


def known(state: Case | None, command: ConsultedCommand, office_id: str) -> Case:
    """The case, if this office was asked that question about it. Raises `unknown_case`
    (NOT_FOUND): an office that was not asked learns nothing of the case."""
    if state is None or _question(state, command.number, office_id) is None:
        raise unknown_case()
    return state


def answer(
    case: Case, command: AnswerConsultation, office_id: str, entry: Entry
) -> CaseChange | None:
    """Answers what this office was asked; the same answer again is no change.

    Raises `consultation_answered` (CONFLICT) for another answer, `invalid_answer`, `invalid_time`
    (INVALID), those of `must_allow`.
    """
    question = _question(case, command.number, office_id)
    assert question is not None, "known asked for it"
    words = command.text.strip()
    if question.answered_at is not None:
        if question.answer == words:
            return None
        raise DomainError(
            "consultation_answered", Kind.CONFLICT, "the question has another answer already"
        )
    must_allow(case, Act.ANSWER_CONSULTATION)
    must_say(words)
    at = _answered_at(question, command, entry)
    said = replace(question, answer=words, answered_at=at)
    event = ConsultationAnswered(
        **heading(case.work),
        number=question.number,
        consulted_office_id=office_id,
        due_at=question.due_at,
        answered_at=at,
        entered_at=entry.now,
    )
    consulting = tuple(one for one in case.consulting if one != office_id)
    return _changed(replace(case, consulting=consulting), said, event, entry)


def extend(
    case: Case, city: City, command: ExtendConsultation, office_id: str, entry: Entry
) -> CaseChange | None:
    """Takes more time to answer: once, before the time is over, at most as many days as were given
    (Petitions Act 20 (2)). Only the command's id tells a repetition.

    Raises `consultation_answered`, `extended_already`, `overdue` (CONFLICT), `term_refused`,
    `invalid_days`, `invalid_time` (INVALID), those of `must_allow`.
    """
    question = _question(case, command.number, office_id)
    assert question is not None, "known asked for it"
    if question.answered_at is not None:
        raise DomainError("consultation_answered", Kind.CONFLICT, "the question is answered")
    must_allow(case, Act.EXTEND_CONSULTATION)
    if question.extended_at is not None:
        raise DomainError("extended_already", Kind.CONFLICT, "its time was extended once already")
    if dates.is_over(question.due_at, entry.now):
        raise DomainError("overdue", Kind.CONFLICT, "an extension comes before the time is over")
    at = _answered_at(question, command, entry)
    longer = replace(question, due_at=_longer(city, question, command), extended_at=at)
    event = ConsultationExtended(
        **heading(case.work),
        number=question.number,
        consulted_office_id=office_id,
        reason=command.reason,
        due_before=question.due_at,
        due_at=longer.due_at,
        extended_at=at,
        entered_at=entry.now,
    )
    return _changed(case, longer, event, entry)


def _changed(
    case: Case,
    question: Consultation,
    event: ConsultationAnswered | ConsultationExtended,
    entry: Entry,
) -> CaseChange:
    """The case with this state of a question. It is woken as before: one look too many brings
    nothing."""
    all_ = tuple(
        question if one.number == question.number else one for one in case.file.consultations
    )
    after = replace(case, file=replace(case.file, consultations=all_), changed_at=entry.now)
    return Change(state=after, events=(event,), wake_at=case.look_at)


def _longer(city: City, question: Consultation, command: ExtendConsultation) -> datetime:
    if command.days < 1:
        raise DomainError("invalid_days", Kind.INVALID, "must be 1 or more", field="days")
    try:
        due = city.due_of(
            Term(
                received_at=question.requested_at,
                period=days(question.days),
                extensions=(Extension(period=days(command.days)),),
                extension_rules=ExtensionRules(times=1, consent_from=2),
            )
        )
    except OutOfCalendar:
        raise DomainError(
            "invalid_days", Kind.INVALID, "lies beyond the city's calendar", field="days"
        ) from None
    except (InvalidPeriod, TermRefused) as error:
        raise DomainError(error.slug, Kind.INVALID, error.message, field="days") from None
    assert isinstance(due, Due), "a term without suspensions is never paused"
    return due.at


def _question(case: Case, number: int, office_id: str) -> Consultation | None:
    return next(
        (o for o in case.file.consultations if (o.number, o.office_id) == (number, office_id)), None
    )


def _answered_at(question: Consultation, command: ConsultedCommand, entry: Entry) -> datetime:
    """When the office answered: never before it was asked, whatever was done on the case since."""
    at = command.occurred_at
    if at is None:
        return max(entry.now, question.requested_at)
    late = entry.by is not None and entry.now > entry.by
    if at > entry.now + LEEWAY or at < question.requested_at - LEEWAY or late:
        raise DomainError(
            "invalid_time",
            Kind.INVALID,
            "must lie between the question and now, and within what this city lets offices enter",
            field="occurred_at",
        )
    return max(min(at, entry.now), question.requested_at)


def _due(city: City, command: Consult, at: datetime) -> datetime:
    if not 1 <= command.days <= MOST_DAYS:
        raise DomainError("invalid_days", Kind.INVALID, f"must be 1 to {MOST_DAYS}", field="days")
    try:
        return city.due(at, days(command.days)).at
    except OutOfCalendar:
        raise DomainError(
            "invalid_days", Kind.INVALID, "lies beyond the city's calendar", field="days"
        ) from None
