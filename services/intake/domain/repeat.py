"""Whether the city may repeat a citizen's words in what it writes to them."""

from __future__ import annotations

from collections.abc import Set

from services.cities import SEALED_LIKELY, City, Understanding
from services.intake.domain.model import AskedAbout, Record


def may_be_repeated(record: Record, city: City) -> bool:
    """Only to an address that somebody vouches for, and never of a sealed matter.

    What speaks of a sealed service beside others is withheld, whoever found which service, and so
    is what a citizen was asked about who may have meant one. Until somebody has found the service,
    only words that leave no doubt are repeated: others may yet turn out to be a sealed report.
    """
    if not is_vouched_for(record):
        return False
    day = record.matter.received_at.astimezone(city.timezone).date()
    said = city.understand_on(record.asked.text, day)
    found = _found(record)
    return bool(found or said.sure) and city.sealed.isdisjoint(found | _spoken_of(said))


def is_vouched_for(record: Record) -> bool:
    """Whether somebody vouches that the address is the citizen's."""
    contact = record.asked.contact
    return contact is not None and contact.verified


def _found(record: Record) -> Set[str]:
    """The services that somebody has named or found, or has asked about."""
    found = {record.matter.service_code, record.named_service}
    if record.found is not None:
        found.add(record.found.matter.service_code)
    if record.question is not None and record.question.about is AskedAbout.SERVICE:
        found.update(record.question.candidates)
    return found - {""}


def _spoken_of(said: Understanding) -> Set[str]:
    """The services that the words may mean: the first guess, the likely ones, further matters."""
    likely = (guess.service for guess in said.guesses if guess.probability >= SEALED_LIKELY)
    return {*(guess.service for guess in said.guesses[:1]), *likely, *said.others}
