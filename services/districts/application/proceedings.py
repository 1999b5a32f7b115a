"""What a citizen may read of their case beside the answers: what is asked for, what became of an
objection, the documents of a permit."""

from __future__ import annotations

from dataclasses import dataclass

from services.common.aggregates.update import Store
from services.districts.domain.case.file import Objection, Supplement
from services.districts.domain.case.model import Case
from services.districts.domain.permit.model import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Proceedings:
    """Each list earliest first; `objections` are those that are decided."""

    supplements: tuple[Supplement, ...] = ()
    objections: tuple[Objection, ...] = ()
    documents: tuple[Document, ...] = ()


async def proceedings(store: Store[Case], inquiry_id: str) -> Proceedings:
    """Those of one case; of one that is not there, nothing. Raises DomainError UNAVAILABLE."""
    stored = (await store.load([inquiry_id])).get(inquiry_id)
    case = None if stored is None else stored.state
    if case is None:
        return Proceedings()
    return Proceedings(
        supplements=case.file.supplements,
        objections=tuple(one for one in case.file.objections if one.decided_at is not None),
        documents=() if case.work.permit is None else case.work.permit.documents,
    )
