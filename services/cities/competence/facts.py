"""A matter and its place as the rules of competence are asked about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from services.cities.catalogue.matter import Matter
from services.cities.competence.model import Facts, PlaceClass
from services.cities.places.place import Ambiguous, Outside, Resolution, Resolved, Unknown, Why

_NO_WORK: Mapping[str, int] = {}


def facts_of(
    matter: Matter,
    resolution: Resolution | None,
    *,
    on: date,
    today: date,
    open_work: Mapping[str, int] = _NO_WORK,
) -> Facts:
    """The facts of a matter whose place turned out to be `resolution`. `on` is the day of
    competence, `today` the one on which an office must be open."""
    return at_place(
        Facts(
            service=matter.service_code,
            channel=matter.channel,
            language=matter.language,
            received_at=matter.received_at,
            on=on,
            today=today,
            open_work=open_work,
        ),
        resolution,
    )


def at_place(facts: Facts, resolution: Resolution | None) -> Facts:
    """The same facts with another place."""
    match resolution:
        case Resolved():
            return replace(
                facts,
                place=PlaceClass.RESOLVED,
                district=resolution.district,
                dong=resolution.admin_dong,
                office=resolution.office,
            )
        case Ambiguous():
            known = resolution.district is not None
            return replace(
                facts,
                place=PlaceClass.DISTRICT if known else PlaceClass.AMBIGUOUS,
                district=resolution.district or "",
                candidates=resolution.candidates,
            )
        case Outside() | Unknown(reason=Why.ELSEWHERE):
            return replace(facts, place=PlaceClass.OUTSIDE)
        case _:
            return replace(facts, place=PlaceClass.NONE)


def facts_later(matter: Matter, *, on: date, today: date) -> Facts:
    """The facts of a matter whose place was found before: as far as its codes say."""
    place = PlaceClass.NONE
    if matter.dong_code:
        place = PlaceClass.RESOLVED
    elif matter.district_code:
        place = PlaceClass.DISTRICT
    facts = facts_of(matter, None, on=on, today=today)
    return replace(
        facts,
        place=place,
        district=matter.district_code,
        dong=matter.dong_code,
        office=f"o-{matter.dong_code}" if matter.dong_code else "",
    )
