"""Which commands a case takes from an office, by their names in the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from services.cities import City
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import inspection
from services.districts.domain.case.events import Outcome
from services.districts.domain.case.model import (
    Accepted,
    Answered,
    Case,
    Open,
    state_of,
)
from services.districts.domain.case.transitions import Act, Actor, allowed_in
from services.districts.domain.permit.decide import ends_nothing


def allowed(case: Case, office_id: str, city: City) -> tuple[str, ...]:
    """The names of the commands that would change the case if this office sent them now: those of
    the table, without what this case never takes by itself or by the city's pack. Of a case that
    lies at another office only the answer to what that one asked."""
    state = state_of(case)
    if case.work.office_id != office_id:
        asked = [
            one
            for one in case.file.consultations
            if one.office_id == office_id and one.answered_at is None
        ]
        if office_id not in case.consulting or not asked:
            return ()
        longer = any(one.extended_at is None for one in asked)
        acts = allowed_in(state, Actor.CONSULTED)
        return tuple(act for act in acts if longer or act is not Act.EXTEND_CONSULTATION)
    never = _never(case, city)
    acts = allowed_in(state, Actor.OFFICE, Actor.CITIZEN)
    return (*(act for act in acts if act not in never), *_of_permit(case, office_id, city))


@contextmanager
def naming_allowed(case: Case, office_id: str, city: City) -> Iterator[None]:
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
            allowed=allowed(case, office_id, city),
        ) from None


def _of_permit(case: Case, office_id: str, city: City) -> Iterator[str]:
    """The commands about the permit that the case takes beside those of the table."""
    work, file = case.work, case.work.permit
    applied = work.matter.permit and not work.needs_document
    kind = city.permit_kinds.get(work.matter.service_code) if applied else None
    if isinstance(case, Open | Accepted) and kind is not None:
        yield "CheckApplication"
        if file is None or file.fee is None:
            yield "RecordFee"
    issued = () if file is None else file.documents
    if issued and issued[-1].office_id == office_id and ends_nothing(issued[-1]):
        if issued[-1].terms.to_be_collected and issued[-1].collected_at is None:
            yield "RecordCollection"
        yield "RevokePermit"


def _never(case: Case, city: City) -> set[Act]:
    """What the table allows in the state and this case does not take."""
    work = case.work
    decides = work.matter.permit and not work.needs_document
    never = {Act.ANSWER if decides else Act.DECIDE_PERMIT}
    if work.binding:
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
    if isinstance(case, Answered) and (
        case.reply.outcome is not Outcome.PERMIT_REFUSED
        or case.file.objection_of(work.round) is not None
    ):
        never.add(Act.FILE_OBJECTION)
    return never
