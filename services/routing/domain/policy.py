"""What is asked for, where, and by when; the rules of competence then name the office.

Owns how words and place become facts, and what a verdict of the rules means for an inquiry. The
rules themselves are data of the city (`services/cities/competence`). Pure: the same question on the
same day, by the same rules in the same city, always has the same answer, so a decision can be
explained, and a change of the rules tried out, from stored inputs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from services.cities import (
    SEALED_LIKELY,
    Ambiguous,
    Ask,
    City,
    Facts,
    Matter,
    Outside,
    Place,
    PlaceClass,
    PlaceQuestion,
    Procedure,
    Resolution,
    Resolved,
    RuleSet,
    Service,
    Suggestion,
    Unknown,
    evaluate,
    facts_of,
)
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import UnroutedReason
from services.routing.domain.assignment.model import (
    CategorySource,
    Inputs,
    NotRouted,
    PlaceForm,
    Routed,
    Unclear,
)
from services.routing.domain.competence import competent_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the citizen said: the words, and the place if any."""

    text: str
    place: Place | None = None


def route(
    city: City,
    ruleset: RuleSet,
    statement: Statement,
    matter: Matter,
    *,
    today: date,
    open_work: Mapping[str, int] | None = None,
    understood: Inputs | None = None,
) -> tuple[Matter, Routed | NotRouted]:
    """The matter with the service and the place that were found, and the decision: the competent
    office with its alternatives, or why there is none. Either decision says when the answer is due,
    and what spoke against the rules and offices that were passed over.

    A category that the matter names comes before the words. `today` is the city's local day.
    Competence is judged on the day that `competent_on` says. An office that is closed `today` gets
    nothing. `open_work` is what lies unanswered at offices, for rules that choose between equals.
    `understood` is what is known of the words already: the matter's service then follows from it.
    Raises OutOfCalendar for a receipt that the city's calendar does not cover.
    """
    on = competent_on(city, matter.received_at, today)
    if understood is None:
        service, inputs = _category(city, statement, matter)
    else:
        service, inputs = city.service(matter.service_code), understood
    resolution = city.locate(statement.place, on) if statement.place is not None else None
    inputs = _with_place(inputs, statement.place, resolution)
    found = _found(city, matter, service, resolution)
    facts = facts_of(found, resolution, on=on, today=today, open_work=open_work or {})
    if (danger := city.danger_in(statement.text)) is not None:
        facts = replace(facts, danger=danger.id, danger_office=danger.office)
    return found, _decision(city, ruleset, found, inputs, facts)


def _decision(
    city: City, ruleset: RuleSet, matter: Matter, inputs: Inputs, facts: Facts
) -> Routed | NotRouted:
    """What the rules decide on the facts, with the date and everything that it rests on."""
    verdict = evaluate(ruleset, city, facts)
    due = dates.due(city, matter, matter.received_at)
    account = dates.account(city, matter, due)
    if verdict.ask is not None:
        return NotRouted(
            reason=_unrouted(verdict.ask, facts.place, inputs),
            period=str(due.period),
            due_at=due.at,
            account=account,
            inputs=inputs,
            facts=facts,
            verdict=verdict,
            confidence=_confidence(inputs),
        )
    return Routed(
        rule=verdict.rule,
        offices=verdict.offices,
        clock_from=matter.received_at,
        period=str(due.period),
        due_at=due.at,
        account=account,
        inputs=inputs,
        facts=facts,
        verdict=verdict,
        confidence=_confidence(inputs),
        consulted=_consulted(city, ruleset, facts, inputs.others, lead=verdict.offices[0]),
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


def _consulted(
    city: City, ruleset: RuleSet, facts: Facts, others: Collection[str], *, lead: str
) -> tuple[str, ...]:
    """The first competent offices of the further matters in the same text, which the `lead` office
    consults. Only petitions are dealt with together: what follows a procedure of its own is not,
    nor is what is sealed. Of a further matter that somebody must be asked about, nobody is
    consulted, nor is anybody where a danger leads and nobody knows what else is meant."""
    offices = []
    for code in others if _joins(city, facts.service) else ():
        verdict = evaluate(ruleset, city, replace(facts, service=code))
        if _joins(city, code) and verdict.ask is None:
            offices.append(verdict.offices[0])
    left_out = (lead, city.arbitration_office.id)
    return tuple(dict.fromkeys(office for office in offices if office not in left_out))


def _joins(city: City, code: str) -> bool:
    service = city.catalogue.get(code)
    return service is not None and service.procedure is Procedure.PETITION and not service.sealed


def _confidence(inputs: Inputs) -> float:
    """How probable it is, between 0 and 1, that the service is meant: certain where somebody named
    it, 0 where nothing did."""
    match inputs.category:
        case CategorySource.WORDS:
            return inputs.guesses[0].probability
        case CategorySource.NOTHING:
            return 0.0
        case _:
            return 1.0


def _category(city: City, statement: Statement, matter: Matter) -> tuple[Service | None, Inputs]:
    """The service among those that could be asked for on the day of receipt, and what named it."""
    received_on = _received_on(city, matter)
    if (named := named_service(city, matter)) is not None:
        return named, Inputs(category=CategorySource.NAMED)
    said = city.understand_on(statement.text, received_on)
    if not said.guesses:
        return None, Inputs(category=CategorySource.NOTHING)
    inputs = Inputs(
        category=CategorySource.WORDS,
        guesses=said.guesses,
        others=said.others,
        model=said.model,
    )
    if not said.sure:
        return None, inputs
    first = said.guesses[0]
    return city.service(first.service), replace(inputs, terms=first.terms)


def named_service(city: City, matter: Matter) -> Service | None:
    """The service that the matter names, if it could be asked for on the day of receipt: the words
    are then not asked for another."""
    named = city.catalogue.get(matter.service_code)
    return named if named is not None and named.validity.holds(_received_on(city, matter)) else None


def _received_on(city: City, matter: Matter) -> date:
    return matter.received_at.astimezone(city.timezone).date()


def may_be_sealed(city: City, inputs: Inputs) -> bool:
    """Whether the words may speak of a sealed service: few may read them then, and nobody is
    asked."""
    likely = (guess.service for guess in inputs.guesses if guess.probability >= SEALED_LIKELY)
    return bool(city.sealed.intersection([*likely, *inputs.others]))


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
    """The inputs with the form in which the place was named, what spoke for it, and what it leaves
    open."""
    return replace(
        inputs,
        place_form=_form(place),
        place_evidence=_evidence(resolution),
        unclear=_unclear(resolution),
    )


def _evidence(resolution: Resolution | None) -> tuple[str, ...]:
    match resolution:
        case Resolved() | Ambiguous():
            return tuple(resolution.evidence)
        case Unknown():
            return (resolution.reason,)
        case Outside() | None:
            return ()


def _unclear(resolution: Resolution | None) -> Unclear | None:
    match resolution:
        case Resolved(suggestion=Suggestion() as suggestion):
            return Unclear(suggestion=_names(suggestion))
        case Ambiguous():
            return Unclear(
                question=dict(resolution.question),
                candidates=resolution.candidates,
                suggestion=_names(resolution.suggestion),
                asks=resolution.asks,
            )
        case Unknown(asks=PlaceQuestion() as asks):
            return Unclear(asks=asks)
        case _:
            return None


def _form(place: Place | None) -> PlaceForm:
    if place is None:
        return PlaceForm.NONE
    if place.lat is not None:
        return PlaceForm.POINT
    return PlaceForm.CODE if place.code else PlaceForm.ADDRESS


def _names(suggestion: Suggestion | None) -> Mapping[str, str] | None:
    return None if suggestion is None else dict(suggestion.names)


def _unrouted(ask: Ask, place: PlaceClass, inputs: Inputs) -> UnroutedReason:
    """Why there is no office yet, by what the rules ask and what is known of the place."""
    if ask is Ask.SERVICE:
        return UnroutedReason.UNSURE if inputs.guesses else UnroutedReason.NO_CATEGORY
    match place:
        case PlaceClass.RESOLVED | PlaceClass.DISTRICT | PlaceClass.AMBIGUOUS:
            return UnroutedReason.AMBIGUOUS
        case PlaceClass.OUTSIDE:
            return UnroutedReason.OUTSIDE
        case PlaceClass.NONE:
            return UnroutedReason.NO_PLACE
