"""The end of a round: an answer, a decision on a permit, documents that go back."""

from __future__ import annotations

import re
from datetime import datetime

from services.cities import City, is_blank
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import dates
from services.districts.domain.case.changes import (
    CaseChange,
    Entry,
    Told,
    handed_on,
    heading,
    must_say,
    occurred,
)
from services.districts.domain.case.commands import Answer, DecidePermit, ReturnDocuments
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    Outcome,
    PermitDecided,
    PermitDecision,
)
from services.districts.domain.case.model import (
    Accepted,
    Answered,
    Case,
    Officer,
    Refused,
    Replied,
    Work,
    answers_of,
    ended,
    last_turn,
)
from services.districts.domain.case.transitions import Act, must_allow

LONGEST_OFFICER = 100
# As it is dialled, with the signs that people set between digits: 120, 02-2133-6000~1.
_PHONE = re.compile(r"[+(]?[0-9][0-9()~ -]{1,28}")

OUTCOMES = {
    PermitDecision.GRANTED: Outcome.PERMIT_GRANTED,
    PermitDecision.GRANTED_CONDITIONALLY: Outcome.PERMIT_GRANTED_CONDITIONALLY,
    PermitDecision.REFUSED: Outcome.PERMIT_REFUSED,
}


Ending = Answer | DecidePermit | ReturnDocuments
_ACTS = {
    Answer: Act.ANSWER,
    DecidePermit: Act.DECIDE_PERMIT,
    ReturnDocuments: Act.RETURN_DOCUMENTS,
}


def end(
    case: Case,
    outcome: Outcome,
    command: Ending,
    office_id: str,
    entry: Entry,
    city: City,
) -> CaseChange | None:
    """Ends the round with these words; what was not accepted yet is accepted by that.

    The same end again is no change, even when a later round lies at another office by now. Whether
    the answer is overdue is decided by the time of its entry, not by the time that the office says:
    before the entry nobody could know of the answer, and a mark once made is not taken back.

    Raises `same_officer` (CONFLICT) where an officer answers again who has answered before, in a
    city whose practice leaves that to another one.
    """
    words, officer = command.text.strip(), _stripped(command.officer)
    if case.work.office_id != office_id:
        if _says(left_with(case, office_id), outcome, words, officer):
            return None
        raise handed_on()
    work = case.work
    _must_fit(work, command)
    must_say(words)
    _must_name(officer)
    if isinstance(case, Answered) and _says(case.reply, outcome, words, officer):
        return None
    must_allow(case, _ACTS[type(command)])
    code = command.officer_code or case.file.assignee
    if city.another_officer_answers_again:
        _must_be_another(case, office_id, code)
    at = occurred(case, command, entry)
    told: tuple[Told, ...] = ()
    if isinstance(case, Accepted):
        accepted_at = case.accepted_at
    else:
        accepted_at, told = at, (told_accepted(work, at, entry.now),)
    kept = ended(case, entry.now)
    kept["overdue"] = case.overdue or dates.is_over(work.due_at, entry.now)
    answered = Answered(
        **kept,
        accepted_at=accepted_at,
        reply=Replied(
            outcome=outcome,
            answer=words,
            officer=officer,
            officer_code=code,
            answered_at=at,
            entered_at=entry.now,
        ),
    )
    if isinstance(command, DecidePermit):
        told = (*told, _told_decided(answered, command.decision))
    return Change(state=answered, events=(*told, _told_answered(answered)))


def _must_be_another(case: Case, office_id: str, code: str) -> None:
    """Whether none of the earlier answers of this office is by the officer of this code. Nothing is
    asked where a code is not known: an office that gives none keeps that order itself."""
    before = {one.reply.officer_code for one in answers_of(case) if one.office_id == office_id}
    if code and code in before:
        raise DomainError(
            "same_officer",
            Kind.CONFLICT,
            "after dissatisfaction another officer answers than the one who answered before",
            field="officer_code",
        )


def _must_fit(work: Work, command: Ending) -> None:
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


def left_with(case: Case, office_id: str) -> Refused | Replied | None:
    """How the last turn of an office ended that no longer has the case."""
    turn = last_turn(case, office_id)
    return turn.end if turn is not None else None


def told_accepted(work: Work, at: datetime, entered_at: datetime) -> CaseAccepted:
    return CaseAccepted(
        **heading(work),
        accepted_at=at,
        entered_at=entered_at,
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


def _told_answered(case: Answered) -> CaseAnswered:
    work = case.work
    return CaseAnswered(
        **heading(work),
        workload=work.workload,
        outcome=case.reply.outcome,
        due_at=work.due_at,
        answered_at=case.reply.answered_at,
        overdue=case.overdue,
        entered_at=case.reply.entered_at,
    )


def _invalid_officer(field: str, remedy: str) -> DomainError:
    return DomainError("invalid_officer", Kind.INVALID, remedy, field=field)
