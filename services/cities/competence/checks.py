"""What is wrong with a rule set in its city: codes that lead nowhere, rules that are never reached,
matters that no rule gives to an office, and permits that would go to who may not decide them.

Owns what counts as a fault and how it is told. A gap is looked for by trying the rules on matters;
which matters those are is `cases`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

from services.cities.catalogue.matter import Channel
from services.cities.catalogue.model import Office, Workload
from services.cities.competence.cases import at_noon, cases, told_apart
from services.cities.competence.deciding import against_office, evaluate, holding, stale_rules
from services.cities.competence.effort import Effort, TooMuch
from services.cities.competence.jurisdiction import Jurisdiction
from services.cities.competence.model import (
    DESK_RULE,
    Choice,
    CompetenceRule,
    Condition,
    ConditionWord,
    Facts,
    OfficeWord,
    PlaceClass,
    RuleSet,
    Verdict,
)
from services.cities.competence.values import ANY, delegated_to

_SHOWN = 3
"""The cases that a finding names; of the rest it says how many they are."""


class RuleFault(StrEnum):
    """What can be wrong with a rule set; a closed list."""

    UNKNOWN_OFFICE = "unknown_office"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_CODE = "unknown_code"
    """A district, a dong or a danger."""
    UNREACHABLE = "unreachable"
    """An earlier rule holds wherever this one does."""
    GAP = "gap"
    """No rule holds for a matter."""
    NO_OFFICE = "no_office"
    """The rules that hold for a matter name no office that may have it."""
    PERMIT_TO_DISTRICT = "permit_to_district"
    """The district would get a permit that it has delegated."""
    BARS = "bars"
    """An office that has no power to decide a permit is not barred from it, or who has it is."""
    DANGER = "danger"
    """Words of danger would not bring a matter to the office that acts at once."""
    OVERLAP = "overlap"
    """A rule holds for matters that an earlier one decides."""
    TOO_MUCH = "too_much"
    """The rules tell so much apart that checking them would take minutes."""
    STALE = "stale"
    """A rule names an office that is closed."""

    @property
    def warns(self) -> bool:
        """Whether the rule set can be used all the same."""
        return self in (RuleFault.OVERLAP, RuleFault.STALE)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing that a check found; `rule` is empty where no single rule has it."""

    fault: RuleFault
    rule: str
    message: str

    @property
    def warns(self) -> bool:
        """Whether the rule set can be used all the same."""
        return self.fault.warns


def check_rules(
    ruleset: RuleSet,
    city: Jurisdiction,
    *,
    on: date | None = None,
    every: bool = False,
    most_steps: int | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with a rule set, faults first.

    The cases are those of the days `on` which something of the rules begins or ends and of the last
    day of the city's calendar, or of the one day given. Services, districts and channels that no
    rule can tell apart are tried once, or where `every` is set one by one. What would take more
    than `most_steps` is given up, which is a fault.
    """
    found = [*_codes(ruleset, city), *_shadowed(ruleset)]
    if not any(finding.fault in _CODES for finding in found):
        days = _days(ruleset, city) if on is None else [on]
        effort = Effort(most_steps)
        try:
            found += _stale(ruleset, city, days)
            found += _dangers(ruleset, city, days, effort)
            found += _by_case(ruleset, city, days, effort, every=every)
        except TooMuch:
            message = "too many rules about services, days and answers: take some out"
            found = [Finding(fault=RuleFault.TOO_MUCH, rule="", message=message)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.warns, one)))


_CODES = frozenset({RuleFault.UNKNOWN_OFFICE, RuleFault.UNKNOWN_SERVICE, RuleFault.UNKNOWN_CODE})


def _codes(ruleset: RuleSet, city: Jurisdiction) -> Iterator[Finding]:
    """Codes that the city does not know."""
    for part in ruleset.parts:
        for condition in part.when:
            known, fault, prefix = _known(condition.word, city)
            for code in sorted(condition.values) if fault is not None else ():
                if f"{prefix}{code}" not in known and fault is not None:
                    message = f"{part.id}: no {condition.word} {code!r}"
                    yield Finding(fault=fault, rule=part.id, message=message)
    for rule in ruleset.rules:
        for choice in _choices(rule):
            if choice.word is OfficeWord.OFFICE and choice.office not in city.offices:
                message = f"{rule.id}: no office {choice.office!r}"
                yield Finding(fault=RuleFault.UNKNOWN_OFFICE, rule=rule.id, message=message)


def _known(word: ConditionWord, city: Jurisdiction) -> tuple[Iterable[str], RuleFault | None, str]:
    match word:
        case ConditionWord.SERVICE:
            return city.catalogue, RuleFault.UNKNOWN_SERVICE, ""
        case ConditionWord.DISTRICT:
            return city.offices, RuleFault.UNKNOWN_CODE, "d-"
        case ConditionWord.DONG:
            return city.offices, RuleFault.UNKNOWN_CODE, "o-"
        case ConditionWord.DANGER:
            return [ANY, *city.dangers], RuleFault.UNKNOWN_CODE, ""
        case _:
            return (), None, ""


def _choices(rule: CompetenceRule) -> Iterator[Choice]:
    for choice in [*([rule.to] if rule.to is not None else []), *rule.then]:
        yield choice
        yield from choice.equal


def _shadowed(ruleset: RuleSet) -> Iterator[Finding]:
    for earlier, later in combinations(ruleset.rules, 2):
        if _covers(earlier, later):
            message = f"{later.id} is never reached: {earlier.id} holds wherever it does"
            yield Finding(fault=RuleFault.UNREACHABLE, rule=later.id, message=message)


def _covers(earlier: CompetenceRule, later: CompetenceRule) -> bool:
    """Whether the earlier rule holds wherever and whenever the later one does."""
    if not _lasts(earlier, later):
        return False
    return all(any(_implies(own, condition) for own in later.when) for condition in earlier.when)


def _lasts(earlier: CompetenceRule, later: CompetenceRule) -> bool:
    mine, its = earlier.effective, later.effective
    begins = mine.start is None or (its.start is not None and mine.start <= its.start)
    ends = mine.end is None or (its.end is not None and its.end <= mine.end)
    return begins and ends


def _implies(condition: Condition, other: Condition) -> bool:
    """Whether the other condition holds wherever the first one does."""
    if (condition.word, condition.name) != (other.word, other.name):
        return False
    if other.word is ConditionWord.DANGER and ANY in other.values:
        return True
    if other.word is ConditionWord.DATES:
        return all(
            any(start <= first and last <= end for start, end in other.spans)
            for first, last in condition.spans
        )
    return condition.values <= other.values


def _days(ruleset: RuleSet, city: Jurisdiction) -> list[date]:
    last = city.clock.calendar.last_day
    days = {last}
    for rule in ruleset.rules:
        start, end = rule.effective.start, rule.effective.end
        days |= {start} if start is not None else set()
        days |= {end + timedelta(days=1)} if end is not None else set()
    return sorted(day for day in days if day <= last)


def _stale(ruleset: RuleSet, city: Jurisdiction, days: Iterable[date]) -> Iterator[Finding]:
    for day in days:
        for stale in stale_rules(ruleset, city, day):
            message = f"{stale.rule}: {stale.office} is closed on {day}"
            yield Finding(fault=RuleFault.STALE, rule=stale.rule, message=message)


def _dangers(
    ruleset: RuleSet, city: Jurisdiction, days: Iterable[date], effort: Effort
) -> Iterator[Finding]:
    """Dangers for which another office than the one that acts at once would get a matter, whatever
    is asked for; an office that is closed is told as stale."""
    for day in days:
        open_services = [s for s in city.catalogue.values() if s.validity.holds(day)]
        codes = ["", *(s.code for s in told_apart(ruleset, city, open_services, day))]
        for danger in city.dangers.values():
            office = city.offices.get(danger.office)
            if office is None or not office.validity.holds(day):
                continue
            for code in codes:
                effort.takes(len(ruleset.rules))
                asked = replace(
                    at_noon(city, code, Channel.WEB, day),
                    danger=danger.id,
                    danger_office=danger.office,
                )
                verdict = evaluate(ruleset, city, asked)
                if verdict.offices[:1] != (danger.office,):
                    message = f"{verdict.rule} decides before {danger.office} hears of {danger.id}"
                    yield Finding(fault=RuleFault.DANGER, rule=verdict.rule, message=message)


def _by_case(
    ruleset: RuleSet, city: Jurisdiction, days: Iterable[date], effort: Effort, *, every: bool
) -> Iterator[Finding]:
    """What is found by trying the rules, each kind of finding told once with some of its cases."""
    found_in: dict[tuple[RuleFault, str, str], list[str]] = {}
    held: Counter[str] = Counter()
    before: dict[str, Counter[str]] = defaultdict(Counter)
    for day in days:
        for case in cases(ruleset, city, day, effort, every=every):
            effort.takes(len(ruleset.rules))
            holds = holding(ruleset, city, case.facts)
            verdict = evaluate(ruleset, city, case.facts)
            for found in _tried(ruleset, city, case.facts, holds, verdict):
                found_in.setdefault(found, []).append(str(case))
            held.update(holds)
            for rule in holds[holds.index(verdict.rule) + 1 :] if verdict.rule in holds else ():
                before[rule][verdict.rule] += 1
    for (fault, rule, message), having in found_in.items():
        more = f" and {len(having) - _SHOWN} more" if len(having) > _SHOWN else ""
        told = f"{message}: {'; '.join(having[:_SHOWN])}{more}"
        yield Finding(fault=fault, rule=rule, message=told)
    for rule, deciding in before.items():
        by = ", ".join(f"{earlier} ({count})" for earlier, count in deciding.most_common())
        share = "none" if held[rule] == deciding.total() else f"{held[rule] - deciding.total()}"
        message = f"{rule} holds in {held[rule]} cases and decides {share}; before it decide: {by}"
        yield Finding(fault=RuleFault.OVERLAP, rule=rule, message=message)


def _tried(
    ruleset: RuleSet,
    city: Jurisdiction,
    facts: Facts,
    holds: tuple[str, ...],
    verdict: Verdict,
) -> Iterator[tuple[RuleFault, str, str]]:
    if not holds:
        yield RuleFault.GAP, "", "no rule holds"
    elif verdict.rule == DESK_RULE and not verdict.stale:
        yield RuleFault.NO_OFFICE, holds[0], f"{', '.join(holds)} name no office that may have it"
    yield from _of_permits(ruleset, city, facts, verdict)


def _of_permits(
    ruleset: RuleSet, city: Jurisdiction, facts: Facts, verdict: Verdict
) -> Iterator[tuple[RuleFault, str, str]]:
    """That a permit goes to none but who may decide it: a delegated one to the community office,
    and where its dong is unclear to nobody; any other to the district."""
    service = city.catalogue.get(facts.service)
    if service is None or not service.permit or service.workload is Workload.CITY:
        return
    if not facts.district:
        return
    may_mean = [facts.office] if facts.place is PlaceClass.RESOLVED else facts.candidates
    offices = [city.offices[id] for id in may_mean]
    delegated = any(delegated_to(city, service, office, facts) for office in offices)
    district = city.offices[f"d-{facts.district}"]
    if delegated and verdict.offices and verdict.offices[0] == district.id:
        yield RuleFault.PERMIT_TO_DISTRICT, verdict.rule, f"{verdict.rule} gives the district what"
    if facts.place is not PlaceClass.RESOLVED:
        return
    powers = [(offices[0], delegated), (district, not delegated)]
    owner = city.offices.get(service.owner or "")
    for office, has_power in [*powers, *([(owner, False)] if owner is not None else [])]:
        against = against_office(ruleset, city, facts, office)
        if (against is None) != has_power and not _closed(office, facts):
            said = "is barred from" if has_power else "is not barred from"
            yield RuleFault.BARS, "", f"the {office.kind} office {said} deciding"


def _closed(office: Office, facts: Facts) -> bool:
    return not office.validity.holds(facts.today)
