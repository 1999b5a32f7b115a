"""What a citizen is asked, as they may read it: how it stands, and what they may choose from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.cities import City, Office, PlaceQuestion
from services.intake.domain.model import AskedAbout, Inquiry, Question, Supplement
from services.intake.domain.supplement import Standing, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing to choose: the code to answer with, and its names by language."""

    code: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Services of one department of the city, by its names; None for those of none."""

    names: Mapping[str, str] | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicQuestion:
    """The newest question about an inquiry. `place` is None where the service is asked for;
    `listed` are then all other services, which may be chosen as well as the likely ones of
    `options`. `chosen` is the option or listed service that was the answer, None for any other;
    `stops_clock` says that the time until the answer does not count."""

    number: int
    about: AskedAbout
    place: PlaceQuestion | None
    standing: Standing
    options: tuple[Option, ...]
    listed: tuple[Group, ...]
    asked_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    chosen: Option | None
    none_chosen: bool
    stops_clock: bool


def public_question(city: City, state: Inquiry, now: datetime) -> PublicQuestion | None:
    """The newest question; None where nothing was asked."""
    question = state.record.question
    if question is None:
        return None
    given = next((s for s in state.record.supplements if s.number == question.number), None)
    options = tuple(_options(city, question))
    listed = tuple(_listed(city, state, question))
    may_be = (*options, *(option for group in listed for option in group.options))
    return PublicQuestion(
        number=question.number,
        about=question.about,
        place=question.place,
        standing=standing(state, question, now),
        options=options,
        listed=listed,
        asked_at=question.asked_at,
        answer_by=question.answer_by,
        answered_at=None if given is None else given.supplied_at,
        chosen=None if given is None else _chosen(given, may_be),
        none_chosen=given is not None and given.none_offered,
        stops_clock=city.asking_stops_clock,
    )


def _chosen(given: Supplement, options: Sequence[Option]) -> Option | None:
    code = given.service_code if given.place is None else given.place.dong_code
    return next((option for option in options if option.code == code), None)


def _options(city: City, question: Question) -> Sequence[Option]:
    """What may be chosen; a candidate that is not known any more is none."""
    if question.about is AskedAbout.SERVICE:
        services = (city.catalogue.get(code) for code in question.candidates)
        return [Option(code=one.code, names=one.names) for one in services if one is not None]
    offices = [city.offices[id_] for id_ in question.candidates if id_ in city.offices]
    if question.place is PlaceQuestion.WHICH_DISTRICT:
        return _districts(city, offices)
    return [
        Option(code=office.dong, names=office.area or office.names)
        for office in offices
        if office.dong is not None
    ]


def _listed(city: City, state: Inquiry, question: Question) -> Iterator[Group]:
    """All services of the day of receipt but the offered ones, each department's together."""
    if question.about is not AskedAbout.SERVICE:
        return
    day = state.record.matter.received_at.astimezone(city.timezone).date()
    of_owner: dict[str | None, list[Option]] = {}
    for service in city.services_to_choose_on(day):
        if service.code not in question.candidates:
            option = Option(code=service.code, names=service.names)
            of_owner.setdefault(service.owner, []).append(option)
    for owner, options in of_owner.items():
        office = city.offices.get(owner) if owner is not None else None
        yield Group(names=None if office is None else office.names, options=tuple(options))


def _districts(city: City, offices: Sequence[Office]) -> Sequence[Option]:
    """The districts of the candidates. Who chooses one that has a single candidate has said which
    dong it is."""
    among: dict[str, list[Office]] = {}
    for office in offices:
        if office.district is not None:
            among.setdefault(office.district, []).append(office)
    options = []
    for district, candidates in among.items():
        head = city.offices.get(f"d-{district}")
        if head is not None:
            only = candidates[0].dong if len(candidates) == 1 else None
            options.append(Option(code=only or district, names=head.area or head.names))
    return options
