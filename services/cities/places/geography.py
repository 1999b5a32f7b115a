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
    """The places of a city over time; the areas are None where it has no polygons. `areas_source`
    says by language where those of the offices come from, where a map must say so.

    `offices` are the community offices, each with its `dong`. `spellings` are ways to write the
    city's name. `elsewhere` are names of places in other cities, `shared_names` names that places
    here and in other cities have, `elsewhere_dongs` names of dongs in other cities that are one
    letter away from a name here. `ordinary_words` are names without their ending that people say in
    another sense, such as 방학 (a dong, and a holiday). `post_codes` gives the legal places (codes)
    of each post code, `stations` the districts (codes) in which each railway station, by its name
    without its ending, or its surroundings lie.
    """

    districts: Sequence[District]
    offices: Sequence[Office]
    legal_places: Sequence[LegalPlace]
    relations: Sequence[Relation]
    legal_areas: Areas | None
    district_areas: Areas | None
    neighbour_areas: Areas | None
    office_areas: Areas | None
    areas_source: Names
    box: Box | None
    short_code_digits: int
    """How many digits of a legal code count, where the rest are zeros and may be left out; 0 where
    codes are always written whole."""
    spellings: Sequence[str]
    elsewhere: Sequence[str]
    city_names: Names
    shared_names: Sequence[str] = ()
    elsewhere_dongs: Sequence[str] = ()
    ordinary_words: Sequence[str] = ()
    roads: Sequence[Road] = ()
    post_codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def dong_of(office: Office) -> str:
    """The code of a community office; the pack's loader gives one to each."""
    return str(office.dong)
