"""The date to tell a citizen while nobody knows yet what their matter is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import PetitionKind
from services.cities.city import City
from services.cities.law.clock import Due
from services.cities.law.period import Period


def provisional_due(city: City, received_at: datetime, channel: Channel) -> Due:
    """The earliest end of all periods that the law could set for a matter of unknown kind.

    Whatever kind it turns out to be, the law's date is this one or a later one. A call is always
    OTHER: anything else must become a document (Civil Petitions Treatment Act 8). Raises NaiveTime,
    OutOfCalendar.
    """
    ends = [city.due(received_at, period) for period in _fitting(city, channel)]
    return min(ends, key=lambda due: due.at)


def _fitting(city: City, channel: Channel) -> Iterable[Period]:
    if channel is Channel.PHONE and PetitionKind.OTHER in city.periods:
        return [city.periods[PetitionKind.OTHER]]
    # A pack without periods by kind has them on its services alone.
    return list(city.periods.values()) or [s.period for s in city.catalogue.values()]
