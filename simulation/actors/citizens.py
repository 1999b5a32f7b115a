"""What citizens ask: drawn at random, from a seed, in the proportions of the city's figures.

Words are those of strangers to the city's training, where its pack has labelled sentences, else the
catalogue's own keywords in a few phrases; contacts use a domain that is reserved for examples,
and no telephone numbers, because Korea has none reserved for fiction.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from importlib import resources
from itertools import accumulate
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

from services.cities import Channel, City, Facts, Place, Resolved, at_place, evaluate
from services.cities.catalogue.model import Office, OfficeKind, Service, Workload
from simulation.actors.figures import Figures, district_weights, service_weights
from simulation.actors.offices import Officer
from simulation.actors.sentences import sentences
from simulation.judge.competence import Application
from simulation.judge.lifecycles import Kind

# Share of citizens who forget to say where, though the matter has a place: the city asks them.
VAGUE_SHARE = 0.02
_JITTER_DEGREES = 0.002

T = TypeVar("T")


class Decisions(BaseModel):
    """What an office writes when it decides on a permit or a report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    granted: str
    granted_conditionally: str
    refused: str


class Papers(BaseModel):
    """What passes between an office, its citizens and other offices beside the answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    missing: str
    question: str
    extension: str
    consultation: str
    opinion: str
    note: str
    condition: str
    objection: str
    upheld: str
    rejected: str
    revocation: str


class Phrases(BaseModel):
    """What people say in one language, with gaps for the matter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questions: tuple[str, ...]
    call_answers: tuple[str, ...]
    office_answers: tuple[str, ...]
    decisions: Mapping[str, Decisions]
    officer: Officer
    comments: tuple[str, ...]
    papers: Papers

    def decisions_on(self, service: str) -> Decisions:
        """What is written about a matter of this name: the first whose ending it has."""
        return next(texts for end, texts in self.decisions.items() if service.endswith(end))


def phrases(languages: Sequence[str]) -> Mapping[str, Phrases]:
    """The phrases of each of these languages that there is a file for."""
    found = {}
    for language in languages:
        file = resources.files(__package__) / "texts" / f"{language}.yaml"
        if file.is_file():
            found[language] = Phrases.model_validate(yaml.safe_load(file.read_text("utf-8")))
    return found


class Draw(Generic[T]):
    """Picks among weighted values."""

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._values = list(weights)
        self._bounds = list(accumulate(weights.values()))

    def __call__(self, chance: random.Random) -> T:
        """One value, as often as its weight says."""
        return chance.choices(self._values, cum_weights=self._bounds)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One thing to ask: the body for the public API, and what the asker knows besides.

    `offices` are the equally competent ones by the asker's own knowledge of the matter and the
    place, the first being whom they name when asked; `dong` is the code of the place's
    administrative dong, None where no place matters. `application` is of a permit that may be
    delegated. `regrets` says that the asker takes it back at once.
    """

    body: Mapping[str, Any]
    kind: Kind
    service: str
    offices: tuple[str, ...]
    has_contact: bool
    dong: str | None = None
    application: Application | None = None
    regrets: bool = False


@dataclass(slots=True)
class Citizens:
    """The people of a city. The same seed asks the same things."""

    city: City
    figures: Figures
    today: date
    chance: random.Random
    _phrases: Mapping[str, Phrases] = field(init=False)
    _sentences: Mapping[tuple[str, str], Sequence[str]] = field(init=False)
    _service: Draw[str] = field(init=False)
    _district: Draw[str] | None = field(init=False)
    _channel: Draw[str] = field(init=False)
    _dongs: Mapping[str, Sequence[Office]] = field(init=False)
    _points: Mapping[str, tuple[float, float]] = field(init=False)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._phrases = phrases(self.city.languages)
        if not self._phrases:
            raise ValueError(f"no phrases in any of {', '.join(self.city.languages)}")
        self._sentences = sentences(self.city, self.today)
        # The judge expects messages and a survey of every life; a sealed matter has none of them.
        valid = {s.code for s in self.city.services_on(self.today) if not s.sealed}
        weights = service_weights(self.figures, self.city)
        self._service = Draw({code: w for code, w in weights.items() if code in valid and w > 0})
        districts = district_weights(self.figures, self.city)
        self._district = Draw(districts) if districts else None
        self._channel = Draw(self.figures.channels)
        dongs: dict[str, list[Office]] = {}
        for office in self.city.of_kind(OfficeKind.DONG, self.today):
            dongs.setdefault(office.district or "", []).append(office)
        self._dongs = dongs
        self._points = {office: (lat, lon) for office, lat, lon in self.city.inner_points()}

    def ask(self) -> Inquiry:
        """The next inquiry."""
        chance = self.chance
        self._count += 1
        service = self.city.service(self._service(chance))
        language = self._language()
        kind = Kind.CALL if chance.random() < self.figures.first_call_resolution else Kind.CASE
        channel = "phone" if kind is Kind.CALL else self._channel(chance)
        has_contact = chance.random() < self.figures.contact_share.get(kind.value, 1.0)
        offices, place, dong = self._where(service)
        body: dict[str, Any] = {
            "text": self._words(service, language),
            # A form or a counsellor names the category; who writes a message doesn't know it.
            "category": None if channel == "message" else service.code,
            "place": place,
            "channel": channel,
            "language": language,
        }
        if has_contact:
            body["contact"] = {
                "name": "Citizen",
                "email": f"citizen{self._count}@example.org",
            }
        if kind is Kind.CALL:
            text = self._fill(self._phrases[language].call_answers, service, language)
            body["answer"] = {"text": text}
        return Inquiry(
            body=body,
            kind=kind,
            service=service.code,
            offices=offices,
            has_contact=has_contact,
            dong=dong,
        )

    def _language(self) -> str:
        first, *others = self._phrases
        if others and self.chance.random() < self.figures.other_language:
            return self.chance.choice(others)
        return first

    def _words(self, service: Service, language: str) -> str:
        written = self._sentences.get((service.code, language))
        if written:
            return self.chance.choice(written)
        return self._fill(self._phrases[language].questions, service, language)

    def _fill(self, templates: Sequence[str], service: Service, language: str) -> str:
        terms = service.keywords.get(language) or (service.names[language],)
        return self.chance.choice(templates).format(
            term=self.chance.choice(terms), service=service.names[language]
        )

    def _where(self, service: Service) -> tuple[tuple[str, ...], dict[str, Any] | None, str | None]:
        """The competent offices, what the citizen says about the place, and the dong that it is
        in."""
        if self._district is None:
            return self._competent(service, None), None, None
        dong = self.chance.choice(self._dongs[self._district(self.chance)])
        if service.workload is Workload.CITY and self.chance.random() < 0.5:
            return self._competent(service, None), None, None
        competent = self._competent(service, dong)
        if self.chance.random() < VAGUE_SHARE:
            return self._without_place(service, competent), None, dong.dong
        how = self.chance.random()
        if how < 0.5 and dong.id in self._points:
            lat, lon = self._near(dong)
            return competent, {"lat": lat, "lon": lon}, dong.dong
        if how < 0.75:
            return competent, {"dong_code": dong.dong}, dong.dong
        return competent, {"address": self._address(dong)}, dong.dong

    def _without_place(self, service: Service, competent: Sequence[str]) -> tuple[str, ...]:
        """Those of the place that the citizen forgets to say, and those that the rules name without
        one: what any office does needs no place, and the contact office may say where."""
        return tuple(dict.fromkeys([*competent, *self._competent(service, None)]))

    def _near(self, dong: Office) -> tuple[float, float]:
        """A point in the area of a community office."""
        lat, lon = self._points[dong.id]
        there = (
            round(lat + self.chance.uniform(-_JITTER_DEGREES, _JITTER_DEGREES), 6),
            round(lon + self.chance.uniform(-_JITTER_DEGREES, _JITTER_DEGREES), 6),
        )
        found = self.city.locate(Place(lat=there[0], lon=there[1]), self.today)
        return there if isinstance(found, Resolved) and found.office == dong.id else (lat, lon)

    def _address(self, dong: Office) -> str:
        language = self.city.languages[0]
        district = self.city.office(f"d-{dong.district}").area[language]
        names = (self.city.names[language], district, dong.area[language])
        return f"{' '.join(names)} {self.chance.randint(1, 900)}-{self.chance.randint(1, 60)}"

    def _competent(self, service: Service, dong: Office | None) -> tuple[str, ...]:
        where = self.city.locate(Place(code=dong.dong), self.today) if dong else None
        asked = Facts(
            service=service.code,
            channel=Channel.WEB,
            language=self.city.languages[0],
            received_at=datetime.combine(self.today, time(12), tzinfo=self.city.timezone),
            on=self.today,
            today=self.today,
        )
        return evaluate(self.city.rules, self.city, at_place(asked, where)).offices


def arrivals(
    figures: Figures, start: datetime, seconds: float, speed: float, chance: random.Random
) -> Iterator[float]:
    """When inquiries come, in real seconds from now: a Poisson process, open loop.

    `start` is the city's local time, which runs `speed` times as fast as ours.
    """
    peak = max(figures.hours) * 24 / sum(figures.hours) * figures.per_day / 86_400.0 * speed
    at = 0.0
    while True:
        at += chance.expovariate(peak)
        if at >= seconds:
            return
        if (
            chance.random() * peak
            <= figures.per_second(start + timedelta(seconds=at * speed)) * speed
        ):
            yield at


def thinking(median_minutes: float, speed: float, chance: random.Random) -> float:
    """Real seconds a person takes: log-normal, compressed by `speed`."""
    median = median_minutes * 60 / speed
    return min(median * math.exp(chance.gauss(0, 0.6)), longest_thought(median_minutes, speed))


def longest_thought(median_minutes: float, speed: float) -> float:
    """The most real seconds that `thinking` gives: three medians."""
    return 3 * median_minutes * 60 / speed
