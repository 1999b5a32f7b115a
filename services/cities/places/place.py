"""Where something is: what a citizen can say about it, and what that turns out to mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Any of: a point (WGS84 degrees), a code, a place name, an address line."""

    lat: float | None = None
    lon: float | None = None
    code: str | None = None
    name: str | None = None
    address: str | None = None


class Evidence(StrEnum):
    """What led to a resolution, in the order it was used; never the words themselves."""

    OFFICE_CODE = "office_code"
    LEGAL_CODE = "legal_code"
    DISTRICT_CODE = "district_code"
    SUCCEEDED_OFFICE = "succeeded_office"
    POINT = "point"
    OFFICE_AREA = "office_area"
    OFFICE_NAME = "office_name"
    LEGAL_NAME = "legal_name"
    DISTRICT_NAME = "district_name"
    ROAD_NAME = "road_name"
    POST_CODE = "post_code"
    STATION_NAME = "station_name"
    SHORT_NAME = "short_name"
    """A name without its ending: 송파, 잠실."""
    ONLY_OFFICE = "only_office"
    """The official relation gives the legal place to one office alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What a word that names nothing may have been meant for; said, and never taken as evidence.

    `names` are the pack's, by language. `code` is that of the district or place, and None where
    several places bear the name.
    """

    names: Mapping[str, str]
    code: str | None = None


class PlaceQuestion(StrEnum):
    """What a citizen can be asked about a place; each narrows it further than the one before."""

    WHERE = "where"
    """No place was named, or one that means nothing here."""
    WHICH_DISTRICT = "which_district"
    """Several districts have such a place."""
    WHICH_DONG = "which_dong"
    """The district is known, and in it several dongs are possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One community office is competent. Codes, not office ids, for district and places.

    `legal_dong` is None when the evidence does not single one out.
    """

    district: str
    office: str
    legal_dong: str | None
    admin_dong: str
    evidence: tuple[Evidence, ...]
    suggestion: Suggestion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Several offices are possible; the question, by language, would settle it.

    `candidates` are office ids. `district` is the code all of them share, else None. Without any
    `evidence` the question comes from a suggestion alone, and no district is known.
    """

    candidates: tuple[str, ...]
    question: Mapping[str, str]
    district: str | None = None
    legal_dong: str | None = None
    evidence: tuple[Evidence, ...] = ()
    suggestion: Suggestion | None = None

    @property
    def asks(self) -> PlaceQuestion:
        """Which question it is. A suggestion alone leaves open where the place is."""
        if not self.evidence:
            return PlaceQuestion.WHERE
        known = self.district is not None
        return PlaceQuestion.WHICH_DONG if known else PlaceQuestion.WHICH_DISTRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A point beyond the city: the district code nearest to it, and metres to its edge."""

    nearest: str
    distance: float


class Why(StrEnum):
    """Why a place means nothing here."""

    NOTHING_GIVEN = "nothing_given"
    NO_GEOGRAPHY = "no_geography"
    NOT_A_COORDINATE = "not_a_coordinate"
    SWAPPED_COORDINATES = "swapped_coordinates"
    ZERO_COORDINATES = "zero_coordinates"
    """Zeros, which devices send for a position that they did not find."""
    PROJECTED_COORDINATES = "projected_coordinates"
    """Metres of a projected system."""
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_NAME = "unknown_name"
    UNREADABLE_ADDRESS = "unreadable_address"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The place cannot be understood; `field` names the input, `detail` a code and nothing else."""

    reason: Why
    field: str | None = None
    detail: str | None = None

    @property
    def asks(self) -> PlaceQuestion | None:
        """Which question it is; None where no answer would help: the city has no places, or the
        place is clearly another city's."""
        settled = self.reason in (Why.NO_GEOGRAPHY, Why.ELSEWHERE)
        return None if settled else PlaceQuestion.WHERE


Resolution = Resolved | Ambiguous | Outside | Unknown
