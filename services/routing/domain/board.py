"""The load of each district of the city, its own office's and that of its community offices
together. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from services.cities import City, OfficeKind
from services.routing.domain.matters import Load, Loads

CITY = ""
"""Stands for the departments of the city, which belong to no district."""


def by_district(city: City, loads: Loads) -> Mapping[str, Load]:
    """What lies in each district, by its code; under CITY what lies at departments of the city, and
    at offices that the city no longer knows. Where nothing lies, nothing is there."""
    found: dict[str, Load] = defaultdict(Load)
    for office_id, load in loads.by_office.items():
        code = _district(city, office_id)
        found[code] = found[code].plus(load)
    return dict(found)


def _district(city: City, office_id: str) -> str:
    office = city.offices.get(office_id)
    if office is None or office.kind is OfficeKind.CITY:
        return CITY
    return office.district or CITY
