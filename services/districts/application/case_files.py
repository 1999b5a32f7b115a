"""What an office reads of a case's file: its history, and what the office was asked by others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.aggregates.update import Store
from services.districts.application.ports import CaseReads
from services.districts.domain.case import decide
from services.districts.domain.case.file import Consultation, File
from services.districts.domain.case.model import Case

# Consultations that are listed at once. More: a larger answer. Fewer: an office that is far behind
# sees the rest only once it has answered some.
MOST_LISTED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of another office, and the case that it is about."""

    inquiry_id: str
    consultation: Consultation


class CaseFiles:
    """Reads only; the office is the caller's, never an argument it chose."""

    def __init__(self, *, store: Store[Case], reads: CaseReads) -> None:
        self._store = store
        self._reads = reads

    async def file(self, office_id: str, inquiry_id: str) -> File:
        """The file of a case that lies at the office.

        Raises `unknown_case` (NOT_FOUND), also for a case that has left the office; UNAVAILABLE.
        """
        stored = (await self._store.load([inquiry_id])).get(inquiry_id)
        if stored is None or stored.state is None or stored.state.work.office_id != office_id:
            raise decide.unknown_case()
        return stored.state.file

    async def asked(self, office_id: str) -> Sequence[Asked]:
        """What the office was asked and has not answered, due first; at most MOST_LISTED. Raises
        UNAVAILABLE."""
        found = [
            Asked(inquiry_id=stored.id, consultation=one)
            for stored in await self._reads.consulting(office_id, MOST_LISTED)
            if stored.state is not None
            for one in stored.state.file.consultations
            if one.office_id == office_id and one.answered_at is None
        ]
        return sorted(found, key=lambda one: (one.consultation.due_at, one.inquiry_id))
