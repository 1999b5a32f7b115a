"""Which office is competent: category, then place, then the tier that answers, then the clock.

Pure: the same question on the same day in the same city always has the same answer, so a decision
can be explained, and a change of the catalogue tried out, from stored inputs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.cities import (
    Ambiguous,
    City,
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
    """What the citizen said: the words, the place if any, the category if named (else empty)."""

    text: str
    place: Place | None = None
    service_code: str = ""


def route(city: City, question: Question, *, received_at: datetime, on: date) -> Routed | NotRouted:
    """The competent office with its alternatives and due time, or why there is none.

    `on` is the city's local day on which offices and delegations are looked up. Raises
    OutOfCalendar for a receipt that the city's calendar does not cover.
    """
    service, inputs = _category(city, question, on)
    resolution = city.locate(question.place, on) if question.place is not None else None
    inputs = _with_place(inputs, question.place, resolution)
    if service is None:
        return NotRouted(reason=UnroutedReason.NO_CATEGORY, service_code="", inputs=inputs)
    if service.workload is not Workload.CITY:
        reason = _place_missing(resolution)
        if reason is not None:
            return NotRouted(reason=reason, service_code=service.code, inputs=inputs)
    offices = city.candidate_offices(service.code, resolution, on)
    return Routed(
        rule=_rule(city, service, resolution, offices[0]),
        service_code=service.code,
        kind=service.kind,
        permit=service.permit,
        offices=tuple(office.id for office in offices),
        due_at=city.due(received_at, service.period).at,
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


def _category(city: City, question: Question, on: date) -> tuple[Service | None, Inputs]:
    named = city.catalogue.get(question.service_code)
    if named is not None and named.validity.holds(on):
        return named, Inputs(category=CategorySource.NAMED)
    for match in city.classify(question.text):
        service = city.service(match.service)
        if service.validity.holds(on):
            return service, Inputs(category=CategorySource.WORDS, terms=match.terms)
    return None, Inputs(category=CategorySource.NOTHING)


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
                district_code=resolution.district,
                dong_code=resolution.admin_dong,
            )
        case Ambiguous():
            return replace(
                inputs,
                place_form=form,
                place=PlaceResult.AMBIGUOUS,
                place_evidence=tuple(resolution.evidence),
                district_code=resolution.district or "",
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
