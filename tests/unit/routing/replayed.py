"""What a city's rules decide, service by service: for every class of place, channel and day.

The digests in `data/decided.json` were made with the code that stood before competence was data.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from services.cities import Channel, City, OfficeKind, Place
from services.cities.places.place import Ambiguous

TODAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One matter: what is asked for, where, by which channel, and on which days."""

    service: str
    place: Place | None
    channel: Channel
    received_on: date
    today: date

    @property
    def received_at(self) -> datetime:
        """Eleven o'clock in Seoul."""
        day = self.received_on
        return datetime(day.year, day.month, day.day, 2, tzinfo=UTC)

    def __str__(self) -> str:
        p = self.place
        where = "-" if p is None else p.code or p.address or f"{p.lat},{p.lon}"
        return f"{where}|{self.channel}|{self.received_on}|{self.today}"


BEYOND = [
    None,
    Place(code="nowhere"),
    Place(lat=37.3943, lon=127.1112),
    Place(address="부산 해운대구"),
    Place(address="Garam, Long Street 4"),
    Place(address="신사동"),
]
"""No place, one that means nothing, outside by a point and by words, and in two districts."""


def places(city: City, on: date) -> list[Place]:
    """For each district a community office, and a place that several of its offices share."""
    shared: dict[str, str] = {}
    for place in city.locator.geography.legal_places:
        where = city.locate(Place(code=place.code), on)
        if isinstance(where, Ambiguous) and where.district:
            shared.setdefault(where.district, place.code)
    first: dict[str, str] = {}
    for office in city.of_kind(OfficeKind.DONG, on):
        first.setdefault(str(office.district), str(office.dong))
    return [Place(code=code) for code in [*first.values(), *shared.values()]]


def cases(city: City) -> Iterator[Case]:
    """What is replayed: every channel where there is no clear place or one; every district; and
    what was received before delegations began and offices closed."""
    here = places(city, TODAY)
    days = [(TODAY, TODAY)]
    before = {"seoul": date(2021, 5, 31), "saebom": date(2026, 6, 30)}.get(city.id)
    if before is not None:
        days += [(before, TODAY), (before, before), (before, before + timedelta(days=2))]
    closed = [
        Place(code=o.dong) for o in city.offices.values() if o.dong and o.validity.end is not None
    ]
    for service in city.catalogue:
        for place in [*BEYOND, *here[:1], *here[-1:]]:
            for channel in Channel:
                yield Case(
                    service=service,
                    place=place,
                    channel=channel,
                    received_on=TODAY,
                    today=TODAY,
                )
        for received_on, today in days:
            some = here if received_on == TODAY else [*here[:1], *here[-1:], *closed]
            for place in some:
                yield Case(
                    service=service,
                    place=place,
                    channel=Channel.WEB,
                    received_on=received_on,
                    today=today,
                )


def digests(decided: Iterator[tuple[Case, str]]) -> dict[str, str]:
    """By service: a digest of what was decided in each of its cases."""
    told: dict[str, list[str]] = defaultdict(list)
    for case, decision in decided:
        told[case.service].append(f"{case}|{decision}")
    return {
        service: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        for service, lines in told.items()
    }
