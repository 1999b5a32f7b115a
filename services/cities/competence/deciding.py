"""The first rule that holds, the offices that it names, and whatever speaks against the others.

Pure: the same rules, city and facts always lead to the same verdict. Which rules can hold for a
service at all is worked out once for each rule set, so that few are tried for a matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.cities.catalogue.model import Office, Service, Workload
from services.cities.competence.jurisdiction import Jurisdiction
from services.cities.competence.model import (
    DESK_RULE,
    Against,
    Ask,
    Choice,
    CompetenceRule,
    Condition,
    ConditionWord,
    Facts,
    OfficeWord,
    PlaceClass,
    PowerBar,
    Rejected,
    RuleSet,
    Verdict,
    Weighed,
)
from services.cities.competence.values import Values, delegated_in, satisfies, static_value

# Offices named by these words pass the matter on and do not decide it, so no bar holds for them.
PASSING_ON = frozenset(
    {OfficeWord.CONTACT, OfficeWord.AGENCY, OfficeWord.ARBITRATION, OfficeWord.DANGER}
)


def evaluate(ruleset: RuleSet, city: Jurisdiction, facts: Facts) -> Verdict:
    """What the rules decide for a matter: the offices or what to ask, and why nothing else.

    A rule whose office is closed, or has no power to decide the matter, is passed over. The last
    office is always the arbitration desk, which is also the first where no rule names an office.
    Raises OutOfCalendar where a rule asks for working hours on a day beyond the city's calendar.
    """
    plan = _plan(ruleset, city, facts.service)
    trial = _Trial(city, facts, plan)
    for step in plan.steps:
        if step.never is not None:
            trial.rejected.append(step.never)
            continue
        if (failed := trial.failed(step.rule, step.conditions)) is not None:
            trial.rejected.append(failed)
            continue
        if step.rule.ask is not None:
            return trial.verdict(ruleset, step.rule.id, ask=step.rule.ask)
        if offices := trial.offices(step.rule):
            agency = trial.agency() if _refers(step.rule) else ""
            return trial.verdict(ruleset, step.rule.id, offices=offices, agency=agency)
    return trial.verdict(ruleset, DESK_RULE, offices=(city.arbitration_office.id,))


def against_office(
    ruleset: RuleSet, city: Jurisdiction, facts: Facts, office: Office
) -> Rejected | None:
    """What speaks against an office that somebody names for a matter: it is closed today, or a bar
    holds for it; None where it may take the matter."""
    if not office.validity.holds(facts.today):
        return Rejected(rule="", office=office.id, against=Against.CLOSED, value=str(facts.today))
    bar = _Trial(city, facts, _plan(ruleset, city, facts.service)).bar_on(office)
    if not bar:
        return None
    return Rejected(rule="", office=office.id, against=Against.NO_POWER, value=bar)


def holding(ruleset: RuleSet, city: Jurisdiction, facts: Facts) -> tuple[str, ...]:
    """The ids of all rules whose conditions hold for a matter, in order."""
    plan = _plan(ruleset, city, facts.service)
    trial = _Trial(city, facts, plan)
    return tuple(
        step.rule.id
        for step in plan.steps
        if step.never is None and trial.failed(step.rule, step.conditions) is None
    )


def stale_rules(ruleset: RuleSet, city: Jurisdiction, on: date) -> tuple[Rejected, ...]:
    """The rules in force on a day that name an office which is closed then, each with the office:
    by its id, as an owner, as a desk, for a danger or in the catalogue's special case. `value` is
    the day.

    The offices of a place close one by one and have successors; the pack's own checks see them.
    """
    return tuple(
        Rejected(rule=rule.id, office=office, against=Against.CLOSED, value=str(on))
        for rule in ruleset.rules
        if rule.effective.holds(on)
        for office in sorted(_named_anywhere(ruleset, city, rule, on))
        if office not in city.offices or not city.offices[office].validity.holds(on)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A rule as far as its service leaves it open: `never` says why it cannot hold for it,
    `conditions` are those that differ from matter to matter."""

    rule: CompetenceRule
    never: Rejected | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The rules and bars for one service. `service` is the one that the plan was made for: another
    city may have another of that code."""

    service: Service | None
    steps: tuple[_Step, ...]
    bars: tuple[tuple[PowerBar, tuple[Condition, ...]], ...]


def _plan(ruleset: RuleSet, city: Jurisdiction, code: str) -> _Plan:
    service = city.catalogue.get(code)
    known: _Plan | None = ruleset.plans.get(code if service is not None else "")
    if known is not None and known.service is service:
        return known
    plan = _Plan(
        service=service,
        steps=tuple(_step(rule, service) for rule in ruleset.rules),
        bars=tuple(
            (bar, open_)
            for bar in ruleset.bars
            for failed, open_ in [_settled(bar.when, service)]
            if failed is None
        ),
    )
    ruleset.plans[code if service is not None else ""] = plan
    return plan


def _step(rule: CompetenceRule, service: Service | None) -> _Step:
    failed, conditions = _settled(rule.when, service)
    never = None
    if failed is not None:
        value = static_value(failed.word, service) or ""
        never = Rejected(rule=rule.id, against=failed.word, value=value)
    return _Step(rule=rule, never=never, conditions=conditions)


def _settled(
    conditions: Iterable[Condition], service: Service | None
) -> tuple[Condition | None, tuple[Condition, ...]]:
    """The first condition that fails for every matter of a service, and those that stay open."""
    open_: list[Condition] = []
    for condition in conditions:
        value = static_value(condition.word, service)
        if value is None:
            open_.append(condition)
        elif not satisfies(condition, value):
            return condition, ()
    return None, tuple(open_)


class _Trial:
    """One matter before the rules, and what has been found against rules and offices so far."""

    __slots__ = ("_city", "_facts", "_plan", "_values", "_weighed", "rejected")

    def __init__(self, city: Jurisdiction, facts: Facts, plan: _Plan) -> None:
        self._city = city
        self._facts = facts
        self._plan = plan
        self._values = Values(city, facts)
        self._weighed: tuple[Weighed, ...] = ()
        self.rejected: list[Rejected] = []

    def verdict(
        self,
        ruleset: RuleSet,
        rule: str,
        *,
        offices: tuple[str, ...] = (),
        ask: Ask | None = None,
        agency: str = "",
    ) -> Verdict:
        return Verdict(
            rule=rule,
            version=ruleset.version,
            offices=offices,
            ask=ask,
            rejected=tuple(self.rejected),
            agency=agency,
            weighed=self._weighed if offices else (),
        )

    def failed(self, rule: CompetenceRule, conditions: tuple[Condition, ...]) -> Rejected | None:
        """The first of a rule's conditions that does not hold, or None when all do."""
        if not rule.effective.holds(self._facts.on):
            return Rejected(rule=rule.id, against=Against.EFFECTIVE, value=str(self._facts.on))
        for condition in conditions:
            value = self._values.of(condition.word, condition.name)
            if not satisfies(condition, value):
                told = "" if condition.word is ConditionWord.ANSWER else value
                return Rejected(rule=rule.id, against=condition.word, value=told)
        return None

    def offices(self, rule: CompetenceRule) -> tuple[str, ...]:
        """The competent office by a rule, then the alternatives and the desk; none where the
        competent one is missing, closed or barred."""
        assert rule.to is not None, "a rule that asks names no office"
        against = len(self.rejected)
        first = list(self._open(rule.id, rule.to))
        if not first:
            if len(self.rejected) == against:
                self._reject(rule.id, "", Against.NO_OFFICE, rule.to.word.value)
            return ()
        others = (office for choice in rule.then for office in self._open(rule.id, choice))
        return tuple(dict.fromkeys([*first, *others, self._city.arbitration_office.id]))

    def agency(self) -> str:
        """The id of the agency that does the service on the day; empty without one."""
        service = self._values.service
        agency = None if service is None else self._city.referral(service, self._facts.on)
        return "" if agency is None else agency.id

    def bar_on(self, office: Office) -> str:
        """The id of the first bar that holds for an office; empty when none does."""
        service = self._plan.service
        for bar, conditions in self._plan.bars:
            if office.kind.value not in bar.offices or service is None:
                continue
            if all(self._holds_for(office, service, condition) for condition in conditions):
                return bar.id
        return ""

    def _holds_for(self, office: Office, service: Service, condition: Condition) -> bool:
        if condition.word is ConditionWord.DELEGATED:
            return delegated_in(self._city, service, office, self._facts) in condition.values
        return self._values.holds(condition)

    def _open(self, rule: str, choice: Choice) -> Iterator[str]:
        """The offices that a choice names, as far as they are open and not barred; the rest is
        noted as rejected."""
        if choice.word is OfficeWord.EQUAL:
            yield from self._lightest_first(rule, choice)
            return
        for id in _named(choice, self._city, self._plan.service, self._facts):
            office = self._standing(rule, id)
            if office is None:
                continue
            bar = "" if choice.word in PASSING_ON else self.bar_on(office)
            if bar:
                self._reject(rule, office.id, Against.NO_POWER, bar)
            else:
                yield office.id

    def _standing(self, rule: str, id: str) -> Office | None:
        """The office if it exists on the day of competence and today. In place of one that closed
        since stands its successor, if it has just one and that is open. A delegated power ends with
        the office that had it, so of a permit the bars keep the successor away."""
        office = self._city.offices.get(id)
        if office is None:
            self._reject(rule, id, Against.NO_OFFICE, "")
            return None
        day = self._facts.on
        if office.validity.holds(day):
            day = self._facts.today
            if office.validity.holds(day):
                return office
            if len(office.successors) == 1:
                successor = self._city.offices[office.successors[0]]
                if successor.validity.holds(day):
                    return successor
        self._reject(rule, id, Against.CLOSED, str(day))
        return None

    def _lightest_first(self, rule: str, choice: Choice) -> Iterator[str]:
        """Equally competent offices by their open work for each matter of their daily capacity, the
        least first; between equals by id."""
        ids = dict.fromkeys(id for one in choice.equal for id in self._open(rule, one))
        offices = [self._city.offices[id] for id in ids]
        measured = all(office.capacity for office in offices)
        weighed = [
            Weighed(
                office=office.id,
                open_work=self._facts.open_work.get(office.id, 0),
                capacity=(office.capacity or 1) if measured else 1,
            )
            for office in offices
        ]
        weighed.sort(key=lambda one: (Fraction(one.open_work, one.capacity), one.office))
        self._weighed = (*self._weighed, *weighed)
        yield from (one.office for one in weighed)

    def _reject(self, rule: str, office: str, against: Against, value: str) -> None:
        self.rejected.append(Rejected(rule=rule, office=office, against=against, value=value))


def _named(
    choice: Choice, city: Jurisdiction, service: Service | None, facts: Facts
) -> tuple[str, ...]:
    """The ids of the offices that a choice names; none where the service or the place has none."""
    id: str | None = None
    match choice.word:
        case OfficeWord.OWNER:
            id = None if service is None else service.owner
        case OfficeWord.CONTACT | OfficeWord.AGENCY:
            id = city.contact_office.id
        case OfficeWord.DISTRICT:
            id = f"d-{facts.district}" if facts.district else None
        case OfficeWord.COMMUNITY_OFFICE:
            id = facts.office
        case OfficeWord.CANDIDATES:
            return facts.candidates
        case OfficeWord.INTAKE:
            taken_in = service is not None and service.intake is Workload.DONG
            id = facts.office if taken_in and facts.place is PlaceClass.RESOLVED else None
        case OfficeWord.SPLIT:
            id = None if service is None or service.split is None else service.split.office
        case OfficeWord.ARBITRATION:
            id = city.arbitration_office.id
        case OfficeWord.DANGER:
            id = facts.danger_office
        case OfficeWord.OFFICE:
            id = choice.office
        case OfficeWord.EQUAL:
            raise AssertionError("equal offices are weighed one by one")
    return (id,) if id else ()


def _refers(rule: CompetenceRule) -> bool:
    return rule.to is not None and rule.to.word is OfficeWord.AGENCY


def _choices(rule: CompetenceRule) -> Iterator[Choice]:
    """The offices that a rule may name first."""
    if rule.to is not None:
        yield from rule.to.equal or (rule.to,)


def _named_anywhere(
    ruleset: RuleSet, city: Jurisdiction, rule: CompetenceRule, on: date
) -> set[str]:
    """The ids that a rule names whatever the place, for all services of that day."""
    found: set[str] = set()
    for choice in _choices(rule):
        match choice.word:
            case OfficeWord.OFFICE:
                found.add(choice.office)
            case OfficeWord.CONTACT | OfficeWord.AGENCY:
                found.add(city.contact_office.id)
            case OfficeWord.ARBITRATION:
                found.add(city.arbitration_office.id)
            case OfficeWord.DANGER:
                found |= {danger.office for danger in city.dangers.values()}
            case OfficeWord.OWNER | OfficeWord.SPLIT:
                found |= _of_services(ruleset, city, rule, choice, on)
            case _:
                pass
    return found


def _of_services(
    ruleset: RuleSet, city: Jurisdiction, rule: CompetenceRule, choice: Choice, on: date
) -> set[str]:
    """The owners, or the departments of special cases, of the services that a rule can hold for."""
    found: set[str] = set()
    for service in city.catalogue.values():
        step = next(s for s in _plan(ruleset, city, service.code).steps if s.rule is rule)
        if step.never is not None or not service.validity.holds(on):
            continue
        split = None if service.split is None else service.split.office
        id = service.owner if choice.word is OfficeWord.OWNER else split
        found |= {id} if id else set()
    return found
