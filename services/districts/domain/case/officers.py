"""What an office keeps for itself: who of its officers works on the case, and its notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import is_blank
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import history
from services.districts.domain.case.changes import CaseChange, Entry, occurred
from services.districts.domain.case.commands import (
    AddNote,
    AssignOfficer,
    OfficerCommand,
    StartWork,
)
from services.districts.domain.case.file import Note, Step
from services.districts.domain.case.model import Accepted, Case
from services.districts.domain.case.transitions import Act, must_allow
from services.districts.domain.officer_code import must_be_code

LONGEST_NOTE = 2_000
# Notes of one case. Larger: a bigger document. Smaller: an office notes elsewhere.
MOST_NOTES = 200


def carry_out(case: Case, command: OfficerCommand, entry: Entry) -> CaseChange | None:
    """Begins the work, names the officer, adds a note.

    Raises those of `must_allow`; `invalid_officer_code`, `invalid_note` (INVALID),
    `too_many_notes`, `too_many_steps` (CONFLICT).
    """
    match command:
        case StartWork():
            return _start(case, command, entry)
        case AssignOfficer():
            return _assign(case, command, entry)
        case AddNote():
            return _note(case, command, entry)


def _start(case: Case, command: StartWork, entry: Entry) -> CaseChange | None:
    """The work that has begun is no change, whoever works on it."""
    if isinstance(case, Accepted) and case.file.started_at is not None:
        return None
    must_allow(case, Act.START_WORK)
    must_be_code(command.assignee, "assignee")
    at = occurred(case, command, entry)
    assignee = command.assignee or case.file.assignee
    begun = replace(case, file=replace(case.file, started_at=at, assignee=assignee))
    return _kept(begun, Act.START_WORK, command, at, entry)


def _assign(case: Case, command: AssignOfficer, entry: Entry) -> CaseChange | None:
    must_allow(case, Act.ASSIGN_OFFICER)
    must_be_code(command.assignee, "assignee")
    if case.file.assignee == command.assignee:
        return None
    at = occurred(case, command, entry)
    history.must_have_room(case)
    assigned = replace(case, file=replace(case.file, assignee=command.assignee))
    return _kept(assigned, Act.ASSIGN_OFFICER, command, at, entry)


def _note(case: Case, command: AddNote, entry: Entry) -> CaseChange | None:
    """The note that the same officer wrote last is no change."""
    must_allow(case, Act.ADD_NOTE)
    words = command.text.strip()
    if is_blank(words) or len(words) > LONGEST_NOTE:
        raise DomainError(
            "invalid_note",
            Kind.INVALID,
            f"a note has 1 to {LONGEST_NOTE} characters, of which some can be seen",
            field="text",
        )
    office_id, notes = case.work.office_id, case.file.notes
    at = occurred(case, command, entry)
    note = Note(office_id=office_id, officer_code=command.officer_code, at=at, text=words)
    if notes and replace(notes[-1], at=at) == note:
        return None
    if len(notes) >= MOST_NOTES:
        raise DomainError("too_many_notes", Kind.CONFLICT, f"at most {MOST_NOTES} notes of a case")
    noted = replace(case, file=replace(case.file, notes=(*notes, note)), changed_at=entry.now)
    return Change(state=noted, wake_at=case.look_at)


def _kept(
    case: Case, act: Act, command: StartWork | AssignOfficer, at: datetime, entry: Entry
) -> CaseChange:
    """The case with a step that no event tells: who works on it is the office's own affair."""
    step = Step(
        act=act,
        round=case.work.round,
        at=at,
        entered_at=entry.now,
        office_id=case.work.office_id,
        officer_code=command.officer_code,
        reason=command.assignee,
    )
    after = replace(history.with_step(case, step), changed_at=entry.now)
    return Change(state=after, wake_at=case.look_at)
