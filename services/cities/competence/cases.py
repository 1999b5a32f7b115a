"""The matters that rules are tried on before they decide any: so few that it is done at each start,
and so chosen that rules which can tell two matters apart are tried on both.

These are each service, class of place and channel, and for each rule that looks at more than these
(a language, a time, an answer) a matter that it is about. What counts as a fault is `checks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import Office, OfficeKind, Service
from services.cities.competence.effort import Effort
from services.cities.competence.jurisdiction import Jurisdiction
from services.cities.competence.model import (
    CompetenceRule,
    Condition,
    ConditionWord,
    Facts,
    PlaceClass,
    PowerBar,
    RuleSet,
)
from services.cities.competence.values import Values, delegated_to

_TIMES = frozenset(
    {ConditionWord.HOURS, ConditionWord.BETWEEN, ConditionWord.WEEKDAY, ConditionWord.DATES}
)
_PARTICULAR = _TIMES | {
    ConditionWord.LANGUAGE,
    ConditionWord.ROAD_WIDTH,
    ConditionWord.ANSWER,
    ConditionWord.DANGER,
}
"""What a rule may look at beside the service, the place and the channel."""
_BY_CHANNEL = frozenset({ConditionWord.CHANNEL, ConditionWord.KIND})
_LOOKED_AHEAD_DAYS = 400
"""How far a receipt is looked for that a rule about times is about. More: the checks of a rule that
is about no day take longer. Fewer: a rule about one day of the year is not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One matter that the rules are tried on."""

    facts: Facts
    about: str = ""
    """The rule that it was made for, where that looks at more than service, place and channel."""

    def __str__(self) -> str:
        facts = self.facts
        where = {
            PlaceClass.RESOLVED: f"in {facts.office}",
            PlaceClass.DISTRICT: f"somewhere in {facts.district}",
            PlaceClass.AMBIGUOUS: "at one of several places",
            PlaceClass.NONE: "without a place",
            PlaceClass.OUTSIDE: "outside the city",
        }[facts.place]
        made = f", made for {self.about}" if self.about else ""
        return f"{facts.service or 'an unknown service'} {where}, by {facts.channel}{made}"


def at_noon(city: Jurisdiction, service: str, channel: Channel, day: date) -> Facts:
    """A matter that came at noon, of which nothing else is known."""
    noon = datetime.combine(day, time(12), tzinfo=city.clock.calendar.timezone)
    return Facts(
        service=service,
        channel=channel,
        language="",
        received_at=noon.astimezone(UTC),
        on=day,
        today=day,
    )


def cases(
    ruleset: RuleSet, city: Jurisdiction, day: date, effort: Effort, *, every: bool
) -> Iterator[Case]:
    """The matters of one day. Services, districts and channels that no rule can tell apart are
    tried once, or where `every` is set one by one."""
    used = {c.word for part in ruleset.parts for c in part.when}
    tells_channels = every or used & _BY_CHANNEL
    channels = list(Channel) if tells_channels else [Channel.WEB]
    open_services = [s for s in city.catalogue.values() if s.validity.holds(day)]
    services = open_services if every else told_apart(ruleset, city, open_services, day)
    for service in [None, *services]:
        for channel in channels:
            bare = at_noon(city, "" if service is None else service.code, channel, day)
            for facts in _places(ruleset, city, service, bare, every=every):
                yield Case(facts=facts)
                yield from _particular(ruleset, city, facts, effort, first=channel is channels[0])


def told_apart(
    ruleset: RuleSet, city: Jurisdiction, services: Iterable[Service], day: date
) -> list[Service]:
    """One of all services that no rule can tell apart."""
    named = _codes_named(ruleset.parts, ConditionWord.SERVICE)
    first: dict[object, Service] = {}
    for service in services:
        delegated = frozenset(
            (d.district, d.office)
            for d in city.delegations
            if d.service == service.code and d.validity.holds(day)
        )
        alike = (
            service.workload, service.permit, service.anywhere, service.procedure, service.kind,
            service.intake, service.split and service.split.office, service.owner,
            city.referral(service, day) is not None, delegated,
            service.code if service.code in named else "",
        )  # fmt: skip
        first.setdefault(alike, service)
    return list(first.values())


def _places(
    ruleset: RuleSet, city: Jurisdiction, service: Service | None, at: Facts, *, every: bool
) -> Iterator[Facts]:
    """The classes of place: none, outside, one of several, and in each district that rules or
    delegations tell apart an unclear place and each kind of community office."""
    for place in (PlaceClass.NONE, PlaceClass.OUTSIDE, PlaceClass.AMBIGUOUS):
        yield replace(at, place=place)
    named = _codes_named(ruleset.rules, ConditionWord.DISTRICT, ConditionWord.DONG)
    one_by_one = every or (service is not None and service.permit)
    tried: set[object] = set()
    for district, offices in _by_district(city, at.on).items():
        kinds: dict[object, Office] = {}
        for office in offices:
            delegated = service is not None and delegated_to(city, service, office, at) is not None
            kinds.setdefault((delegated, office.dong if office.dong in named else ""), office)
        own = district if district in named else ""
        alike = (tuple(kinds), own, f"d-{district}" in city.offices)
        if alike in tried and not one_by_one:
            continue
        tried.add(alike)
        candidates = tuple(office.id for office in offices)
        yield replace(at, place=PlaceClass.DISTRICT, district=district, candidates=candidates)
        for office in kinds.values():
            yield replace(
                at,
                place=PlaceClass.RESOLVED,
                district=district,
                dong=str(office.dong),
                office=office.id,
            )


def _by_district(city: Jurisdiction, on: date) -> Mapping[str, list[Office]]:
    """The community offices that exist on a day, by the code of their district."""
    found: dict[str, list[Office]] = {}
    for office in city.offices.values():
        if office.kind is OfficeKind.DONG and office.district and office.validity.holds(on):
            found.setdefault(office.district, []).append(office)
    return found


def _codes_named(parts: Iterable[CompetenceRule | PowerBar], *words: ConditionWord) -> set[str]:
    """The codes that conditions on these words name."""
    return {
        code
        for part in parts
        for condition in part.when
        if condition.word in words
        for code in condition.values
    }


def _particular(
    ruleset: RuleSet, city: Jurisdiction, facts: Facts, effort: Effort, *, first: bool
) -> Iterator[Case]:
    """For each rule that looks at more than service, place and channel, the matter that meets it in
    that; none where no receipt of the next time does. A rule that does not look at the channel is
    tried on the `first` alone."""
    for rule in ruleset.rules:
        special = [condition for condition in rule.when if condition.word in _PARTICULAR]
        by_channel = any(condition.word in _BY_CHANNEL for condition in rule.when)
        if not special or not (first or by_channel):
            continue
        met = _meeting(city, facts, special, effort)
        if met is not None:
            yield Case(facts=met, about=rule.id)


def _meeting(
    city: Jurisdiction, facts: Facts, special: Iterable[Condition], effort: Effort
) -> Facts | None:
    times = []
    for condition in special:
        one = min(condition.values)
        match condition.word:
            case ConditionWord.LANGUAGE:
                facts = replace(facts, language=one)
            case ConditionWord.ROAD_WIDTH:
                facts = replace(facts, answers={**facts.answers, condition.word: one})
            case ConditionWord.ANSWER:
                facts = replace(facts, answers={**facts.answers, condition.name: one})
            case ConditionWord.DANGER:
                desk = city.arbitration_office.id
                facts = replace(facts, danger=one, danger_office=desk)
            case _:
                times.append(condition)
    return _received_then(city, facts, times, effort) if times else facts


def _received_then(
    city: Jurisdiction, facts: Facts, times: list[Condition], effort: Effort
) -> Facts | None:
    """The facts with the first receipt from their day on for which the conditions hold."""
    zone = city.clock.calendar.timezone
    minutes = {
        0,
        3 * 60,
        12 * 60,
        *(s for c in times if c.word is ConditionWord.BETWEEN for s, _ in c.spans),
    }
    began = facts.received_at.astimezone(zone).date()
    first = min((s for c in times if c.word is ConditionWord.DATES for s, _ in c.spans), default=0)
    day = max(began, date.fromordinal(first)) if first else began
    last = min(city.clock.calendar.last_day, day + timedelta(days=_LOOKED_AHEAD_DAYS))
    if any(condition.word is ConditionWord.HOURS for condition in times) and day == last:
        day = max(last - timedelta(days=7), date(city.clock.calendar.years[0], 1, 1))
    while day <= last:
        effort.takes(len(minutes))
        for minute in sorted(minutes):
            at = datetime.combine(day, time(*divmod(minute, 60)), tzinfo=zone).astimezone(UTC)
            received = replace(facts, received_at=at)
            values = Values(city, received)
            if all(values.holds(condition) for condition in times):
                return received
        day += timedelta(days=1)
    return None
