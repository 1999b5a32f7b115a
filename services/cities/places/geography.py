"""All that a pack says about places, before any question is asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.cities.catalogue.model import ALWAYS, LegalPlace, Names, Office, Relation, Validity
from services.cities.places.areas import Areas


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The rectangle of the country, in degrees; tells swapped coordinates from far ones."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point lies in the rectangle."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district's code and names; `shared_name` says that other cities have one so named."""

    code: str
    names: Names
    shared_name: bool = False
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """A road by its name, and the legal places (codes) through which it runs.

    `shared_name` says that other cities have a road of this name.
    """

    name: str
    legal_places: tuple[str, ...]
    shared_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """The places of a city over time; the areas are None where it has no polygons.

    `offices` are the community offices, each with its `dong`. `spellings` are ways to write the
    city's name, `elsewhere` names of places that are not in it, `shared_names` those that places of
    this city have in common with places of others, `elsewhere_dongs` those of others that are only
    a letter away from one here. `ordinary_words` are names
    without their ending that people say in another sense, such as 방학 (a dong, and a holiday).
    `post_codes` are the legal places (codes) of each.
    """

    districts: Sequence[District]
    offices: Sequence[Office]
    legal_places: Sequence[LegalPlace]
    relations: Sequence[Relation]
    legal_areas: Areas | None
    district_areas: Areas | None
    neighbour_areas: Areas | None
    office_areas: Areas | None
    box: Box | None
    short_code_digits: int
    """Digits of a legal code that say it all, the rest being zeros; 0 where codes are whole."""
    spellings: Sequence[str]
    elsewhere: Sequence[str]
    city_names: Names
    shared_names: Sequence[str] = ()
    elsewhere_dongs: Sequence[str] = ()
    ordinary_words: Sequence[str] = ()
    roads: Sequence[Road] = ()
    post_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def dong_of(office: Office) -> str:
    """The code of a community office; the pack's loader gives one to each."""
    return str(office.dong)
