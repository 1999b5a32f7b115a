"""What a citizen did about the matter, heard from intake: it goes through the table like what an
office enters for them, and what the case does not take is refused by name, once.

The words stay in intake. The time at which the citizen acted counts, however late it is heard:
who was in time stays in time though this service was away.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City
from services.common.kernel import Change, DomainError, Kind
from services.districts.domain.case import history, objection, supplement, withdrawal
from services.districts.domain.case.changes import (
    CaseChange,
    Entry,
    heading,
    not_before,
    unknown_case,
)
from services.districts.domain.case.commands import (
    FileObjection,
    ProlongSupplement,
    ReceiveSupplement,
    WithdrawCase,
)
from services.districts.domain.case.events import (
    ActRefusal,
    CitizenActKind,
    CitizenActRefused,
    CitizenActTaken,
    MoreTimeAsked,
    ObjectionMade,
    SupplementSent,
    WithdrawalAsked,
)
from services.districts.domain.case.file import CitizenAct
from services.districts.domain.case.model import Answered, Case

CitizenActed = SupplementSent | MoreTimeAsked | WithdrawalAsked | ObjectionMade

_REFUSALS = {
    "already_answered": ActRefusal.ANSWERED,
    "withdrawn": ActRefusal.WITHDRAWN,
    "closed_as_repeat": ActRefusal.CLOSED,
    "handed_on": ActRefusal.BETWEEN_OFFICES,
    "wrong_state": ActRefusal.NOT_ASKED,
    "not_asked": ActRefusal.NOT_ASKED,
    "round_over": ActRefusal.ROUND_OVER,
    "prolonged_twice": ActRefusal.PROLONGED_TWICE,
    "not_refused": ActRefusal.NOT_REFUSED,
    "no_objections": ActRefusal.NOT_REFUSED,
    "objected_already": ActRefusal.OBJECTED_ALREADY,
    "objection_too_late": ActRefusal.TOO_LATE,
    "invalid_days": ActRefusal.NO_SUCH_TIME,
    "out_of_calendar": ActRefusal.NO_SUCH_TIME,
}


def act(state: Case | None, *, city: City, event: CitizenActed, now: datetime) -> CaseChange | None:
    """What the citizen's act changes, and that it was taken or refused. An act that was decided
    already changes nothing, however often it is heard.

    Raises `unknown_case` (NOT_FOUND) for one that is heard before its round or its request is known
    here; it is tried again.
    """
    if state is None or event.round > state.work.round:
        raise unknown_case()
    if any(one.number == event.act for one in state.file.acts):
        return None
    try:
        change = _carried_out(state, city, event, now)
    except DomainError as refused:
        if refused.slug not in _REFUSALS:
            raise
        return _refused(state, event, _reason(state, event, refused.slug), now)
    return _taken(state, change, event, now)


def _reason(case: Case, event: CitizenActed, slug: str) -> ActRefusal:
    """Why the case does not take the act, as the citizen is told."""
    if slug == "wrong_state" and isinstance(case, Answered):
        objected = isinstance(event, ObjectionMade)
        return ActRefusal.OBJECTED_ALREADY if objected else ActRefusal.ANSWERED
    if slug == "wrong_state" and isinstance(event, ObjectionMade):
        return ActRefusal.NOT_REFUSED
    return _REFUSALS[slug]


def kind_of(event: CitizenActed) -> CitizenActKind:
    """What the citizen did."""
    match event:
        case SupplementSent():
            return CitizenActKind.SUPPLEMENT
        case MoreTimeAsked():
            return CitizenActKind.MORE_TIME
        case WithdrawalAsked():
            return CitizenActKind.WITHDRAWAL
        case ObjectionMade():
            return CitizenActKind.OBJECTION


def _carried_out(case: Case, city: City, event: CitizenActed, now: datetime) -> CaseChange | None:
    """None where the case is so already: the office has entered the same."""
    if event.round < case.work.round:
        raise DomainError("round_over", Kind.CONFLICT, "a later round is open")
    # What was done on the case meanwhile keeps its order, and no clock runs ahead of ours.
    at = min(max(event.acted_at, not_before(case)), now)
    entry = Entry(now=now, by=None)
    match event:
        case SupplementSent():
            _must_be_asked(case, event.request)
            command = ReceiveSupplement(occurred_at=at)
            return supplement.carry_out(case, city, command, entry)
        case MoreTimeAsked():
            _must_be_asked(case, event.request)
            prolong = ProlongSupplement(occurred_at=at, days=event.days)
            return supplement.carry_out(case, city, prolong, entry)
        case WithdrawalAsked():
            return withdrawal.withdraw(case, WithdrawCase(occurred_at=at), entry)
        case ObjectionMade():
            return objection.file(case, city, FileObjection(occurred_at=at, text=""), entry)


def _must_be_asked(case: Case, request: int) -> None:
    """Raises `not_asked` (CONFLICT) where a later request took the place of this one, and
    `unknown_case` (NOT_FOUND) for one that is not known here."""
    asked = case.file.supplements_of(case.work.round)
    if request > len(asked):
        raise unknown_case()
    if request < len(asked):
        raise DomainError("not_asked", Kind.CONFLICT, "a later request took its place")


def _taken(
    state: Case, change: CaseChange | None, event: CitizenActed, now: datetime
) -> CaseChange:
    recorded = history.recorded(change, now)
    case = replace(state, changed_at=now) if recorded is None else recorded.state
    told = CitizenActTaken(**heading(state.work), act=event.act, kind=kind_of(event), taken_at=now)
    return Change(
        state=_with(case, event, now, None),
        events=(*(() if recorded is None else recorded.events), told),
        wake_at=state.look_at if recorded is None else recorded.wake_at,
    )


def _refused(state: Case, event: CitizenActed, reason: ActRefusal, now: datetime) -> CaseChange:
    told = CitizenActRefused(
        **heading(state.work), act=event.act, kind=kind_of(event), reason=reason, refused_at=now
    )
    case = replace(state, changed_at=now)
    return Change(state=_with(case, event, now, reason), events=(told,), wake_at=state.look_at)


def _with(case: Case, event: CitizenActed, now: datetime, refusal: ActRefusal | None) -> Case:
    """The case with what became of the act."""
    decided = CitizenAct(
        number=event.act,
        kind=kind_of(event),
        round=event.round,
        acted_at=event.acted_at,
        decided_at=now,
        refusal=refusal,
    )
    return replace(case, file=replace(case.file, acts=(*case.file.acts, decided)))
