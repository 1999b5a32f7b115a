"""Which office is competent: category, then place, then the tier that answers, then the clock.

Pure: the same question on the same day in the same city always has the same answer, so a decision
can be explained, and a change of the catalogue tried out, from stored inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.cities import (
    Ambiguous,
    City,
    Matter,
    Method,
    Office,
    OfficeKind,
    Outside,
    Place,
    Resolution,
    Resolved,
    Service,
    Suggestion,
    Unknown,
    Why,
    Workload,
)
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import UnroutedReason
from services.routing.domain.assignment.model import (
    CategorySource,
    Inputs,
    NotRouted,
    PlaceForm,
    PlaceResult,
    Routed,
    Rule,
    Unclear,
)
from services.routing.domain.competence import competent_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the citizen said: the words, and the place if any."""

    text: str
    place: Place | None = None


def route(
    city: City, question: Question, matter: Matter, *, today: date
) -> tuple[Matter, Routed | NotRouted]:
    """The matter with the service and the place that were found, and the decision: the competent
    office with its alternatives, or why there is none. Either decision says when the answer is due.

    A category that the matter names comes before the words. `today` is the city's local day.
    Competence is judged on the day that `competent_on` says. An office that is closed `today` gets
    nothing. Raises OutOfCalendar for a receipt that the city's calendar does not cover.
    """
    on = competent_on(city, matter.received_at, today)
    service, inputs = _category(city, question, matter)
    resolution = city.locate(question.place, on) if question.place is not None else None
    inputs = _with_place(inputs, question.place, resolution)
    found = _found(city, matter, service, resolution)
    due = dates.due(city, found, matter.received_at)
    reason = _unrouted(city, service, inputs, resolution, on)
    if service is None or reason is not None:
        reason = reason or UnroutedReason.NO_CATEGORY
        return found, NotRouted(reason=reason, period=str(due.period), due_at=due.at, inputs=inputs)
    candidates = city.candidate_offices(service.code, resolution, on)
    offices = tuple(dict.fromkeys(_open_on(city, service, candidates, today)))
    return found, Routed(
        rule=_rule(city, service, resolution, city.office(offices[0]), on),
        offices=offices,
        clock_from=matter.received_at,
        period=str(due.period),
        due_at=due.at,
        inputs=inputs,
    )


def with_service(city: City, matter: Matter, service: Service) -> Matter:
    """The matter once its service is known. What came by a channel on which its kind cannot be
    filed is another kind until it is a document (Petitions Act 8)."""
    return replace(
        matter,
        service_code=service.code,
        kind=city.filing(service, matter.channel).kind,
        permit=service.permit,
    )


def _category(city: City, question: Question, matter: Matter) -> tuple[Service | None, Inputs]:
    """The service among those that could be asked for on the day of receipt, and what named it."""
    found = city.danger_in(question.text)
    danger = "" if found is None else found.id
    received_on = matter.received_at.astimezone(city.timezone).date()
    named = city.catalogue.get(matter.service_code)
    if named is not None and named.validity.holds(received_on):
        return named, Inputs(category=CategorySource.NAMED, danger=danger)
    said = city.understand(question.text)
    guesses = tuple(g for g in said.guesses if city.service(g.service).validity.holds(received_on))
    if not any(guess.terms for guess in guesses):  # a model without a known word only guesses
        return None, Inputs(category=CategorySource.NOTHING, danger=danger)
    others = tuple(c for c in said.others if city.service(c).validity.holds(received_on))
    inputs = Inputs(
        category=CategorySource.WORDS,
        guesses=guesses,
        others=others,
        model=said.model,
        danger=danger,
    )
    first = guesses[0]
    # Trained words are sure of their first guess alone; terms are the best that a city has.
    known = said.sure and (said.method is Method.KEYWORDS or first == said.guesses[0])
    # Whoever reads the lead matter reads the other one, too: a person keeps the two apart.
    if not known or city.sealed.intersection(others):
        return None, inputs
    return city.service(first.service), replace(inputs, terms=first.terms)


def _found(
    city: City, matter: Matter, service: Service | None, resolution: Resolution | None
) -> Matter:
    """The matter with its service and place; what was not found is empty."""
    district, dong = "", ""
    match resolution:
        case Resolved():
            district, dong = resolution.district, resolution.admin_dong
        case Ambiguous():
            district = resolution.district or ""
    placed = replace(matter, district_code=district, dong_code=dong)
    if service is None:
        return replace(placed, service_code="", kind=None, permit=False)
    return with_service(city, placed, service)


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
                unclear=_suggested(resolution.suggestion),
            )
        case Ambiguous():
            return replace(
                inputs,
                place_form=form,
                place=PlaceResult.AMBIGUOUS,
                place_evidence=tuple(resolution.evidence),
                unclear=Unclear(
                    question=dict(resolution.question),
                    candidates=resolution.candidates,
                    suggestion=_names(resolution.suggestion),
                    asks=resolution.asks,
                ),
            )
        case Outside():
            return replace(inputs, place_form=form, place=PlaceResult.OUTSIDE)
        case Unknown():
            return replace(
                inputs,
                place_form=form,
                place=PlaceResult.UNKNOWN,
                place_evidence=(resolution.reason,),
                unclear=None if resolution.asks is None else Unclear(asks=resolution.asks),
            )


def _form(place: Place | None) -> PlaceForm:
    if place is None:
        return PlaceForm.NONE
    if place.lat is not None:
        return PlaceForm.POINT
    return PlaceForm.CODE if place.code else PlaceForm.ADDRESS


def _suggested(suggestion: Suggestion | None) -> Unclear | None:
    return None if suggestion is None else Unclear(suggestion=_names(suggestion))


def _names(suggestion: Suggestion | None) -> Mapping[str, str] | None:
    return None if suggestion is None else dict(suggestion.names)


def _unrouted(
    city: City, service: Service | None, inputs: Inputs, resolution: Resolution | None, on: date
) -> UnroutedReason | None:
    """Why no office can be found, or None when one can."""
    if service is None:
        return UnroutedReason.UNSURE if inputs.guesses else UnroutedReason.NO_CATEGORY
    anywhere = service.workload is Workload.CITY or service.anywhere
    if anywhere or city.referral(service, on) is not None:
        return None
    match resolution:
        case Resolved():
            return None
        case Ambiguous():
            clear = _leaves_one_office(city, service, resolution, on)
            return None if clear else UnroutedReason.AMBIGUOUS
        case Outside():
            return UnroutedReason.OUTSIDE
        case Unknown(reason=Why.ELSEWHERE):
            return UnroutedReason.OUTSIDE
        case _:
            return UnroutedReason.NO_PLACE


def _leaves_one_office(city: City, service: Service, place: Ambiguous, on: date) -> bool:
    """Whether the place, unclear as it is, leaves one office competent: the district.

    It does not when only a suggestion names the place: then no district is known. Nor does it when
    the district has delegated the permit to any community office that the place may mean: then the
    district may have no power.
    """
    if place.district is None:
        return False
    dongs = [city.office(candidate).dong for candidate in place.candidates]
    return not service.permit or not any(
        city.delegate(service.code, place.district, dong, on) for dong in dongs
    )


def _open_on(city: City, service: Service, offices: Iterable[Office], today: date) -> Iterator[str]:
    """The ids of the offices that exist today. In place of a closed one stands its successor, if it
    has just one and that exists today.

    For a permit no successor stands in: a delegated power ends with the office that had it.
    """
    for office in offices:
        if office.validity.holds(today):
            yield office.id
        elif len(office.successors) == 1 and not service.permit:
            successor = city.office(office.successors[0])
            if successor.validity.holds(today):
                yield successor.id


def _rule(
    city: City, service: Service, resolution: Resolution | None, office: Office, on: date
) -> Rule:
    """The rule that put `office` first among the candidates."""
    if city.referral(service, on) is not None:
        return Rule.REFERRED
    match office.kind:
        case OfficeKind.CITY:
            return _city_rule(city, service, office)
        case OfficeKind.DONG:
            return Rule.DELEGATED_PERMIT if service.permit else Rule.COMMUNITY_OFFICE_OF_PLACE
        case OfficeKind.DISTRICT:
            if service.workload is Workload.DISTRICT:
                return Rule.DISTRICT_OF_PLACE
            if service.permit:
                return Rule.PERMIT_NOT_DELEGATED
            if isinstance(resolution, Ambiguous):
                return Rule.DISTRICT_OF_AMBIGUOUS_PLACE
            return Rule.DISTRICT_OF_PLACE


def _city_rule(city: City, service: Service, office: Office) -> Rule:
    local = service.workload is not Workload.CITY
    if local and service.anywhere and office.id == city.contact_office.id:
        return Rule.ANY_OFFICE
    nobody_else = office.id == city.arbitration_office.id and office.id != service.owner
    return Rule.ARBITRATION if nobody_else else Rule.CITY_OWNER
