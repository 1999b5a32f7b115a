"""Whether the city may repeat a citizen's words in what it writes to them."""

from __future__ import annotations

from services.cities import City
from services.intake.domain.model import AskedAbout, Record


def may_be_repeated(record: Record, city: City) -> bool:
    """Only to an address that somebody vouches for, and never of a sealed matter.

    Until routing has found the service, the words themselves say what it is about: a matter that
    speaks of a sealed service among others, or whose citizen was asked whether one is meant, or
    that is of none that the city knows, may yet turn out to be sealed.
    """
    contact = record.asked.contact
    if contact is None or not contact.verified:
        return False
    about = _services(record, city)
    return bool(about) and not about & city.sealed


def _services(record: Record, city: City) -> frozenset[str]:
    known = {
        record.matter.service_code,
        record.named_service,
        *(match.service for match in city.classify(record.asked.text)),
    }
    if record.found is not None:
        known.add(record.found.matter.service_code)
    if record.question is not None and record.question.about is AskedAbout.SERVICE:
        known.update(record.question.candidates)
    return frozenset(known - {""})
