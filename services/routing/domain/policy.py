"""Which office is competent: category, then place, then the tier that answers, then the clock.

Pure: the same question on the same day in the same city always has the same answer, so a decision
can be explained, and a change of the catalogue tried out, from stored inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from services.cities import (
    Ambiguous,
    City,
    Matter,
    Office,
    OfficeKind,
    Outside,
    Place,
    Resolution,
    Resolved,
    Service,
    Unknown,
    Why,
    Workload,
)
from services.routing.domain.events import UnroutedReason
from services.routing.domain.model import (
    CategorySource,
    Inputs,
    NotRouted,
    PlaceForm,
    PlaceResult,
    Routed,
    Rule,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the citizen said: the words, and the place if any."""

    text: str
    place: Place | None = None


def route(
    city: City, question: Question, matter: Matter, *, on: date
) -> tuple[Matter, Routed | NotRouted]:
    """The matter with what was found of it, and the competent office with its alternatives and due
    time, or why there is none.

    A category that the matter names is worth more than the words. `on` is the city's local day on
    which offices and delegations are looked up. Raises OutOfCalendar for a receipt that the city's
    calendar does not cover.
    """
    service, inputs = _category(city, question, matter.service_code, on)
    resolution = city.locate(question.place, on) if question.place is not None else None
    inputs = _with_place(inputs, question.place, resolution)
    found = _found(matter, service, resolution)
    if service is None:
        return found, NotRouted(reason=UnroutedReason.NO_CATEGORY, inputs=inputs)
    if service.workload is not Workload.CITY:
        reason = _place_missing(resolution)
        if reason is not None:
            return found, NotRouted(reason=reason, inputs=inputs)
    offices = city.candidate_offices(service.code, resolution, on)
    return found, Routed(
        rule=_rule(city, service, resolution, offices[0]),
        offices=tuple(office.id for office in offices),
        due_at=city.due(matter.received_at, service.period).at,
        inputs=inputs,
    )


def delegated_by(city: City, service_code: str, office: Office, on: date) -> str:
    """The district's office that delegated this permit to `office`; empty when none did."""
    if office.kind is not OfficeKind.DONG or office.district is None:
        return ""
    if not city.service(service_code).permit:
        return ""
    delegate = city.delegate(service_code, office.district, office.dong, on)
    return f"d-{office.district}" if delegate is not None else ""


def may_take(city: City, service_code: str, office: Office, on: date) -> bool:
    """Whether the office exists on the day and is not barred by lacking a delegation."""
    if not office.validity.holds(on):
        return False
    barred = office.kind is OfficeKind.DONG and city.service(service_code).permit
    return not barred or bool(delegated_by(city, service_code, office, on))


def workload_of(office: Office) -> Workload:
    """Whose load an inquiry at this office is."""
    return Workload(office.kind.value)


def _category(
    city: City, question: Question, named_code: str, on: date
) -> tuple[Service | None, Inputs]:
    named = city.catalogue.get(named_code)
    if named is not None and named.validity.holds(on):
        return named, Inputs(category=CategorySource.NAMED)
    for match in city.classify(question.text):
        service = city.service(match.service)
        if service.validity.holds(on):
            return service, Inputs(category=CategorySource.WORDS, terms=match.terms)
    return None, Inputs(category=CategorySource.NOTHING)


def _found(matter: Matter, service: Service | None, resolution: Resolution | None) -> Matter:
    """The matter with its service and place; what was not found is empty."""
    district, dong = "", ""
    match resolution:
        case Resolved():
            district, dong = resolution.district, resolution.admin_dong
        case Ambiguous():
            district = resolution.district or ""
    return replace(
        matter,
        service_code=service.code if service is not None else "",
        kind=service.kind if service is not None else None,
        permit=service is not None and service.permit,
        district_code=district,
        dong_code=dong,
    )


def _with_place(inputs: Inputs, place: Place | None, resolution: Resolution | None) -> Inputs:
    form = _form(place)
    match resolution:
        case None:
            return inputs
        case Resolved():
            return replace(
                inputs,
                place_form=form,
                place=PlaceResult.RESOLVED,
                place_evidence=tuple(resolution.evidence),
            )
        case Ambiguous():
            return replace(
                inputs,
                place_form=form,
                place=PlaceResult.AMBIGUOUS,
                place_evidence=tuple(resolution.evidence),
            )
        case Outside():
            return replace(inputs, place_form=form, place=PlaceResult.OUTSIDE)
        case Unknown():
            return replace(
                inputs,
                place_form=form,
                place=PlaceResult.UNKNOWN,
                place_evidence=(resolution.reason,),
            )


def _form(place: Place | None) -> PlaceForm:
    if place is None:
        return PlaceForm.NONE
    if place.lat is not None:
        return PlaceForm.POINT
    return PlaceForm.CODE if place.code else PlaceForm.ADDRESS


def _place_missing(resolution: Resolution | None) -> UnroutedReason | None:
    """Why this place names no district, or None when it does."""
    match resolution:
        case Resolved():
            return None
        case Ambiguous():
            return None if resolution.district else UnroutedReason.AMBIGUOUS
        case Outside():
            return UnroutedReason.OUTSIDE
        case Unknown(reason=Why.ELSEWHERE):
            return UnroutedReason.OUTSIDE
        case _:
            return UnroutedReason.NO_PLACE


def _rule(city: City, service: Service, resolution: Resolution | None, office: Office) -> Rule:
    """The rule that put `office` first among the candidates."""
    if office.id == city.arbitration_office.id and office.id != service.owner:
        return Rule.ARBITRATION
    match office.kind:
        case OfficeKind.CITY:
            return Rule.CITY_OWNER
        case OfficeKind.DONG:
            return Rule.DELEGATED_PERMIT if service.permit else Rule.COMMUNITY_OFFICE_OF_PLACE
        case OfficeKind.DISTRICT:
            if service.workload is Workload.DISTRICT:
                return Rule.DISTRICT_OF_PLACE
            if isinstance(resolution, Ambiguous):
                return Rule.DISTRICT_OF_AMBIGUOUS_PLACE
            return Rule.PERMIT_NOT_DELEGATED if service.permit else Rule.DISTRICT_OF_PLACE
