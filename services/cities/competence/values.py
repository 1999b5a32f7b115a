"""What a matter has for each word of the language, looked up once and only when a rule asks.

Owns what each word means for a matter. Leaves to `deciding` which rules are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.cities.catalogue.model import Office, OfficeKind, Service
from services.cities.competence.jurisdiction import Jurisdiction
from services.cities.competence.model import Condition, ConditionWord, Facts, PlaceClass, RoadWidth
from services.cities.law.calendar import micros_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ANY = "any"
"""The value of DANGER that holds for every danger."""
DAY_MINUTES = 24 * 60


class Values:
    """The values of one matter, by word."""

    __slots__ = ("_city", "_facts", "_found", "service")

    def __init__(self, city: Jurisdiction, facts: Facts) -> None:
        self._city = city
        self._facts = facts
        self.service: Service | None = city.catalogue.get(facts.service)
        self._found: dict[ConditionWord, str] = {}

    def of(self, word: ConditionWord, name: str = "") -> str:
        """The matter's value for a word; empty where it has none. `name` is that of an answer."""
        if word is ConditionWord.ANSWER:
            return self._facts.answers.get(name, "")
        found = self._found.get(word)
        if found is None:
            found = self._found[word] = _VALUES[word](self._city, self.service, self._facts)
        return found

    def holds(self, condition: Condition) -> bool:
        """Whether a condition holds for the matter."""
        return satisfies(condition, self.of(condition.word, condition.name))


def satisfies(condition: Condition, value: str) -> bool:
    """Whether a value is among those that a condition allows."""
    if condition.spans:
        return _within(condition, value)
    if condition.word is ConditionWord.DANGER and ANY in condition.values:
        return bool(value)
    return value in condition.values


def static_value(word: ConditionWord, service: Service | None) -> str | None:
    """The value that every matter of a service has for a word; None where matters differ."""
    match word:
        case ConditionWord.KNOWN:
            return _yes(service is not None)
        case ConditionWord.SERVICE:
            return "" if service is None else service.code
        case ConditionWord.WORKLOAD:
            return "" if service is None else service.workload.value
        case ConditionWord.PERMIT:
            return "" if service is None else _yes(service.permit)
        case ConditionWord.ANYWHERE:
            return "" if service is None else _yes(service.anywhere)
        case ConditionWord.PROCEDURE:
            return "" if service is None else service.procedure.value
        case _:
            return None


def delegated_to(
    city: Jurisdiction, service: Service, office: Office | None, facts: Facts
) -> Office | None:
    """The community office, where the district's delegation gives it the permit on the day of
    competence and it is open today; a delegated power ends with the office that had it."""
    if office is None or office.district is None or not service.permit:
        return None
    if not office.validity.holds(facts.today):
        return None
    return city.delegate(service.code, office.district, office.dong, facts.on, facts.today)


def delegated_in(city: Jurisdiction, service: Service, office: Office, facts: Facts) -> str:
    """Whether the permit is delegated to the office or, where that is a district's, away from it:
    for the dong of the matter or, where that is not known, for all dongs of the district."""
    match office.kind:
        case OfficeKind.CITY:
            return "no"
        case OfficeKind.DONG:
            return _yes(delegated_to(city, service, office, facts) is not None)
        case OfficeKind.DISTRICT:
            return _yes(_delegated_away(city, service, office, facts))


def _delegated_away(city: Jurisdiction, service: Service, district: Office, facts: Facts) -> bool:
    mine = (service.code, district.district)
    if not any((d.service, d.district) == mine for d in city.delegations):
        return False
    if facts.dong:
        office = city.offices.get(f"o-{facts.dong}")
        inside = office is not None and office.district == district.district
        return inside and delegated_to(city, service, office, facts) is not None
    dongs = [
        office
        for office in city.offices.values()
        if office.kind is OfficeKind.DONG
        and office.district == district.district
        and office.validity.holds(facts.on)
    ]
    return bool(dongs) and all(delegated_to(city, service, office, facts) for office in dongs)


def _within(condition: Condition, value: str) -> bool:
    """Whether a minute of the day, or an ordinal day, lies in one of the spans."""
    at = int(value)
    if condition.word is ConditionWord.DATES:
        return any(first <= at <= last for first, last in condition.spans)
    return any(
        start <= at < end if start < end else at >= start or at < end
        for start, end in condition.spans
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _local(city: Jurisdiction, facts: Facts) -> datetime:
    return facts.received_at.astimezone(city.clock.calendar.timezone)


def _hours(city: Jurisdiction, service: Service | None, facts: Facts) -> str:
    at = city.clock.calendar.local(facts.received_at)
    micros = micros_of(at.time())
    spans = city.clock.calendar.spans_on(at.date())
    return "working" if any(start <= micros < end for start, end in spans) else "closed"


def _minute(city: Jurisdiction, service: Service | None, facts: Facts) -> str:
    at = _local(city, facts)
    return str(at.hour * 60 + at.minute)


def _kind(city: Jurisdiction, service: Service | None, facts: Facts) -> str:
    return "" if service is None else city.filing(service, facts.channel).kind.value


def _referred(city: Jurisdiction, service: Service | None, facts: Facts) -> str:
    return _yes(service is not None and city.referral(service, facts.on) is not None)


def _delegated(city: Jurisdiction, service: Service | None, facts: Facts) -> str:
    """Whether any community office that the place may mean has the permit."""
    if service is None or not service.permit:
        return "no"
    possible = (facts.office,) if facts.place is PlaceClass.RESOLVED else facts.candidates
    offices = (city.offices.get(id) for id in possible)
    return _yes(any(delegated_to(city, service, office, facts) for office in offices))


def _road_width(city: Jurisdiction, service: Service | None, facts: Facts) -> str:
    said = facts.answers.get(ConditionWord.ROAD_WIDTH, "")
    return said if said in tuple(RoadWidth) else RoadWidth.UNKNOWN.value


_Look = Callable[[Jurisdiction, Service | None, Facts], str]


def _static(word: ConditionWord) -> _Look:
    return lambda city, service, facts: static_value(word, service) or ""


_VALUES: Mapping[ConditionWord, _Look] = {
    **{
        word: _static(word)
        for word in (
            ConditionWord.KNOWN,
            ConditionWord.SERVICE,
            ConditionWord.WORKLOAD,
            ConditionWord.PERMIT,
            ConditionWord.ANYWHERE,
            ConditionWord.PROCEDURE,
        )
    },
    ConditionWord.KIND: _kind,
    ConditionWord.REFERRED: _referred,
    ConditionWord.DELEGATED: _delegated,
    ConditionWord.PLACE: lambda city, service, facts: facts.place.value,
    ConditionWord.DISTRICT: lambda city, service, facts: facts.district,
    ConditionWord.DONG: lambda city, service, facts: facts.dong,
    ConditionWord.CHANNEL: lambda city, service, facts: facts.channel.value,
    ConditionWord.LANGUAGE: lambda city, service, facts: facts.language.partition("-")[0].lower(),
    ConditionWord.HOURS: _hours,
    ConditionWord.BETWEEN: _minute,
    ConditionWord.WEEKDAY: lambda city, service, facts: WEEKDAYS[_local(city, facts).weekday()],
    ConditionWord.DATES: lambda city, service, facts: str(_local(city, facts).toordinal()),
    ConditionWord.ROAD_WIDTH: _road_width,
    ConditionWord.DANGER: lambda city, service, facts: facts.danger,
}
