"""Which offices a person may give a matter to, by the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.cities import DESK_RULE, City, Matter, Office, evaluate
from services.common.kernel import DomainError
from services.routing.application.present_city import PresentCity
from services.routing.application.rulesets import RulesInForce
from services.routing.domain.assignment import asking
from services.routing.domain.assignment.events import AskedAbout
from services.routing.domain.assignment.giving import day_of
from services.routing.domain.assignment.model import Assigned, Unrouted
from services.routing.domain.competence import may_take
from services.routing.domain.policy import with_service


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The offices that may take a matter: those that the rules name for it, in their order, and all
    others in the city's order."""

    by_rules: Sequence[Office]
    others: Sequence[Office]


class Choices:
    """What the desk may choose from. Raises DomainError UNAVAILABLE while no rules, or no
    offices, are read."""

    def __init__(
        self, city: PresentCity, rules: RulesInForce, *, clock: Callable[[], datetime]
    ) -> None:
        self._present = city
        self._rules = rules
        self._clock = clock

    @property
    def _city(self) -> City:
        """The city of now; raises as `PresentCity.now`."""
        return self._present.now()

    def to_assign(self, waiting: Unrouted, service_code: str) -> Choice:
        """For an inquiry of the queue, if it means this service of the catalogue."""
        now = self._clock()
        service = self._city.service(service_code)
        facts = replace(waiting.decision.facts, service=service_code, today=day_of(self._city, now))
        verdict = evaluate(self._rules.at(now), self._city, facts)
        # The last is the arbitration desk, which stands there for refusals.
        ruled = verdict.ask is None and verdict.rule != DESK_RULE
        named = (verdict.offices[:-1] or verdict.offices) if ruled else ()
        return self._choice(with_service(self._city, waiting.matter, service), named, now)

    def questions(self, waiting: Unrouted) -> Mapping[AskedAbout, str]:
        """What the citizen could be asked now, each with the slug of what speaks against it, empty
        where nothing does."""
        return {about: self._against(waiting, about) for about in AskedAbout}

    def _against(self, waiting: Unrouted, about: AskedAbout) -> str:
        try:
            asking.ask_by_hand(waiting, city=self._city, about=about, now=self._clock())
        except DomainError as error:
            return error.slug
        return ""

    def to_designate(self, given: Assigned) -> Choice:
        """For what lies with the arbitration desk: those of the decision, then all others."""
        offices = self._choice(given.matter, given.decision.offices, self._clock())
        desk = self._city.arbitration_office
        return Choice(
            by_rules=[one for one in offices.by_rules if one != desk],
            others=[one for one in offices.others if one != desk],
        )

    def _choice(self, matter: Matter, named: Sequence[str], now: datetime) -> Choice:
        rules, today = self._rules.at(now), day_of(self._city, now)
        able = {
            office.id: office
            for office in self._city.offices_on(today)
            if may_take(rules, self._city, matter, office, today)
        }
        first = [able[id_] for id_ in named if id_ in able]
        return Choice(by_rules=first, others=[one for one in able.values() if one not in first])


__all__ = ["Choice", "Choices"]
