"""What an office may record about the permit of a case now, beside deciding it.

`allowed` names the commands of the table; these are allowed by the rules of permits instead.
"""

from __future__ import annotations

from datetime import datetime

from services.cities import City
from services.districts.domain.case.model import Accepted, Case, Declined, Open
from services.districts.domain.permit.model import Document, PermitFile, Standing, standing


def permit_acts(case: Case, office_id: str, city: City, now: datetime) -> tuple[str, ...]:
    """The names of the commands that would change the permit of the case now."""
    work = case.work
    if work.office_id != office_id or isinstance(case, Declined):
        return ()
    file = work.permit or PermitFile()
    acts: list[str] = []
    kind = city.permit_kinds.get(work.matter.service_code)
    if isinstance(case, Open | Accepted) and kind is not None and not work.needs_document:
        acts.append("CheckApplication")
        if file.fee is None and kind.fee.amount != 0:
            acts.append("RecordFee")
    newest = newest_of(file, office_id)
    if newest is not None and standing(newest, now) is Standing.VALID:
        awaited = newest.collect_by is not None or newest.terms.to_be_collected
        if awaited and newest.collected_at is None:
            acts.append("RecordCollection")
        acts.append("RevokePermit")
    return tuple(acts)


def newest_of(file: PermitFile | None, office_id: str) -> Document | None:
    """The newest document of the case, where this office issued it."""
    newest = file.documents[-1] if file is not None and file.documents else None
    return newest if newest is not None and newest.office_id == office_id else None
