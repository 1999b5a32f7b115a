"""What a citizen is asked, as they may read it: how it stands, and what they may choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
class PublicQuestion:
    """The newest question about an inquiry. `place` is None where the service is asked for;
    `chosen` is the option that was the answer, None for any other; `stops_clock` says that the time
    until the answer does not count."""

    number: int
    about: AskedAbout
    place: PlaceQuestion | None
    standing: Standing
    options: tuple[Option, ...]
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
    return PublicQuestion(
        number=question.number,
        about=question.about,
        place=question.place,
        standing=standing(state, question, now),
        options=options,
        asked_at=question.asked_at,
        answer_by=question.answer_by,
        answered_at=None if given is None else given.supplied_at,
        chosen=None if given is None else _chosen(given, options),
        none_chosen=given is not None and given.none_offered,
        stops_clock=city.asking_stops_clock,
    )


def _chosen(given: Supplement, options: Sequence[Option]) -> Option | None:
    code = given.service_code if given.place is None else given.place.dong_code
    return next((option for option in options if option.code == code), None)


def _options(city: City, question: Question) -> Sequence[Option]:
    """What may be chosen; a candidate that the pack no longer knows is none."""
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
