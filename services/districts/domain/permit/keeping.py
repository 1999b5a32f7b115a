"""Which office has a document: hands it out, shows it, takes the permit back."""

from __future__ import annotations

from datetime import datetime

from services.cities import City
from services.districts.domain.office.succession import has_closed, successor_of
from services.districts.domain.permit.model import Document, PermitFile


def keeper(document: Document, city: City, now: datetime) -> str:
    """The one office that has the document at a moment, by the city's offices as they are recorded.

    That is the office that issued it, while it exists. Of one that has closed it is the district
    whose power it had, since that power ended with the office; else the one office to which its
    successors lead; else the district in which it lay. That the successor to a power answers for
    what was decided by it is the rule of the courts (Administrative Litigation Act 13); that it
    also settles who keeps a document, and the district's part in it, is an assumption. Where nobody
    follows, the closed office's own key remains the only one.
    """
    day = now.astimezone(city.timezone).date()
    if not has_closed(document.office_id, city.offices, day):
        return document.office_id
    issuer = city.offices[document.office_id]
    followers = (document.delegated_by or issuer.id, f"d-{issuer.district}")
    found = (successor_of(one, city.offices, day) for one in followers)
    return next((one for one in found if one), issuer.id)


def keeps_any(file: PermitFile | None, office_id: str, city: City, now: datetime) -> bool:
    """Whether the office has any document of the application."""
    documents = () if file is None else file.documents
    return any(keeper(one, city, now) == office_id for one in documents)
