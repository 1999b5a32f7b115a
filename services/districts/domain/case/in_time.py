"""What an office orders and a citizen did, decided on the case as the clock has made it by then.

The ticker wakes a case a little after its time has come, after an outage much later. Nobody who
acts meanwhile may find a state that has ended in law: what is due happens first, exactly as the
ticker would have brought it, and the ticker then finds nothing to do. A refusal stores nothing, so
what was due then is left to the ticker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from services.cities import City
from services.districts.domain.case import citizen, dates, decide, permits
from services.districts.domain.case.changes import CaseChange, Entry
from services.districts.domain.case.commands import Command, DecidePermit, PermitCommand
from services.districts.domain.case.model import Case

Decision = Callable[[Case | None], CaseChange | None]


def carry_out(
    state: Case | None,
    *,
    city: City,
    command: Command | PermitCommand,
    office_id: str,
    entry: Entry,
) -> CaseChange | None:
    """What an office orders, after what was due by its entry: an act that the office dates back is
    decided on the case as it is now, too. None where nothing was due and it is so already.

    Raises as `decide.carry_out` and `permits.carry_out`.
    """

    def ordered(case: Case | None) -> CaseChange | None:
        if isinstance(command, PermitCommand | DecidePermit):
            return permits.carry_out(
                case, command=command, office_id=office_id, entry=entry, city=city
            )
        change = decide.carry_out(
            case, city=city, command=command, office_id=office_id, entry=entry
        )
        return permits.watched(change, city)

    return _after_what_is_due(state, ordered, city, entry.now)


def as_of(state: Case, *, city: City, now: datetime) -> Case:
    """The case as whoever acts on it at `now` finds it, though nobody has stored that yet."""
    due = permits.wake(state, city=city, now=now)
    return state if due is None else due.state


def act(
    state: Case | None, *, city: City, event: citizen.CitizenActed, now: datetime
) -> CaseChange | None:
    """What a citizen's act changes, after what was due by now. Who acted within the time of a
    supplement that is still waited for stays in time, however late it is heard: that act comes
    before the end of the time. Raises as `citizen.act`."""

    def acted(case: Case | None) -> CaseChange | None:
        return permits.watched(citizen.act(case, city=city, event=event, now=now), city)

    waited = None if state is None else state.file.waited_for(state.work.round)
    if waited is not None and not dates.is_over(waited.answer_by, event.acted_at):
        return acted(state)
    return _after_what_is_due(state, acted, city, now)


def _after_what_is_due(
    state: Case | None, decision: Decision, city: City, now: datetime
) -> CaseChange | None:
    due = permits.wake(state, city=city, now=now)
    if due is None:
        return decision(state)
    change = decision(due.state)
    return due if change is None else replace(change, events=(*due.events, *change.events))
