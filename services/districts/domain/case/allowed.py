"""Which commands a case takes from an office, by their names in the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from services.cities import City
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import (
    consultation,
    dates,
    extension,
    history,
    inspection,
    objection,
    officers,
    supplement,
)
from services.districts.domain.case.changes import is_bound
from services.districts.domain.case.model import (
    Accepted,
    Answered,
    Case,
    Open,
    state_of,
)
from services.districts.domain.case.transitions import Act, Actor, allowed_in
from services.districts.domain.permit.keeping import keeper
from services.districts.domain.permit.model import Standing, standing


def allowed(case: Case, office_id: str, city: City, now: datetime) -> tuple[str, ...]:
    """The names of the commands that would change the case if this office sent them now: those of
    the table, without those whose time is over or whose number is full, and without what the law or
    the city's pack never lets this case take. Of a case that lies at another office only the answer
    to what that one asked, and what may be done with a document that this office has."""
    documents = tuple(_of_document(case, office_id, city, now))
    state = state_of(case)
    if case.work.office_id != office_id:
        asked = [
            one
            for one in case.file.consultations
            if one.office_id == office_id and one.answered_at is None
        ]
        if office_id not in case.consulting or not asked:
            return documents
        longer = any(
            one.extended_at is None and not dates.is_over(one.due_at, now) for one in asked
        )
        acts = allowed_in(state, Actor.CONSULTED)
        acts = tuple(act for act in acts if longer or act is not Act.EXTEND_CONSULTATION)
        return (*acts, *documents)
    never = _never(case, city, now)
    acts = allowed_in(state, Actor.OFFICE, Actor.CITIZEN)
    return (*(act for act in acts if act not in never), *_of_permit(case, city), *documents)


@contextmanager
def naming_allowed(case: Case, office_id: str, city: City, now: datetime) -> Iterator[None]:
    """A CONFLICT that is raised within also names what the case takes from the office now."""
    try:
        yield
    except DomainError as refused:
        if refused.kind is not Kind.CONFLICT:
            raise
        raise DomainError(
            refused.slug,
            refused.kind,
            refused.message,
            field=refused.field,
            allowed=allowed(case, office_id, city, now),
        ) from None


def _of_permit(case: Case, city: City) -> Iterator[str]:
    """The commands about the application that the case takes beside those of the table."""
    work, file = case.work, case.work.permit
    applied = work.matter.permit and not work.needs_document
    kind = city.permit_kinds.get(work.matter.service_code) if applied else None
    if isinstance(case, Open | Accepted) and kind is not None:
        if not history.is_full(case):
            yield "CheckApplication"
        if file is None or file.fee is None:
            yield "RecordFee"


def _of_document(case: Case, office_id: str, city: City, now: datetime) -> Iterator[str]:
    """The commands about the newest document that the case takes from the office that has it."""
    file = case.work.permit
    issued = () if file is None else file.documents
    holds = issued and standing(issued[-1], now) is Standing.VALID
    if holds and keeper(issued[-1], city, now) == office_id:
        if issued[-1].terms.to_be_collected and issued[-1].collected_at is None:
            yield "RecordCollection"
        yield "RevokePermit"


def _never(case: Case, city: City, now: datetime) -> set[Act]:
    """What the table allows in the state and this case does not take now."""
    work = case.work
    decides = work.matter.permit and not work.needs_document
    never = {Act.ANSWER if decides else Act.DECIDE_PERMIT}
    if is_bound(work, city, now):
        never.add(Act.DECLINE)
    if work.to_designate:
        never |= {Act.ANSWER, Act.DECIDE_PERMIT, Act.RETURN_DOCUMENTS}
    if isinstance(case, Accepted):
        never.add(Act.ACCEPT)
    inspected = case.file.inspection_of(work.round)
    if inspected is not None or not inspection.days_of(work, city):
        never.add(Act.ORDER_INSPECTION)
    if inspected is not None and inspected.prolonged_at is not None:
        never.add(Act.PROLONG_INSPECTION)
    if isinstance(case, Open | Accepted) and not extension.may_be_longer(case, city, now):
        never.add(Act.EXTEND_CASE)
    if isinstance(case, Answered):
        if not objection.may_be_filed(case, city, now):
            never.add(Act.FILE_OBJECTION)
        if not objection.may_be_longer(case, city, now):
            never.add(Act.EXTEND_OBJECTION)
    return never | _full(case)


def _full(case: Case) -> set[Act]:
    """What has been done as often as it may be."""
    file, round_ = case.file, case.work.round
    waited = file.waited_for(round_)
    full = {
        Act.REQUEST_SUPPLEMENT: len(file.supplements_of(round_)) >= supplement.MOST_REQUESTS,
        Act.PROLONG_SUPPLEMENT: waited is not None
        and len(waited.prolonged_at) >= supplement.MOST_PROLONGED,
        Act.CONSULT: len(file.consultations) >= consultation.MOST,
        Act.ADD_NOTE: len(file.notes) >= officers.MOST_NOTES,
        Act.ASSIGN_OFFICER: history.is_full(case),
    }
    return {act for act, so in full.items() if so}
