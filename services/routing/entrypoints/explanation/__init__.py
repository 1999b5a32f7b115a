"""A decision in sentences that an official can check: which service, place and rule, which office,
what spoke against the others, and how the date was counted.

Says codes and names of the city's, and the terms that spoke for a service; never a citizen's words.
What was decided comes from the domain, as it was decided then; only names are those of today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.cities import (
    Against,
    City,
    ConditionWord,
    Facts,
    Matter,
    PlaceClass,
    Rejected,
    RuleSet,
    named,
)
from services.common.pages.fixed_texts import SHARED_TEXTS, Texts, read_texts
from services.routing.domain.assignment.model import (
    CategorySource,
    Decision,
    Inputs,
    NotRouted,
)

LANGUAGES = ("ko", "en")
"""What officials read explanations in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of an explanation: its heading and its sentences, at least one."""

    key: str
    heading: str
    lines: Sequence[str]


def explained(
    city: City,
    matter: Matter,
    decision: Decision,
    rules: RuleSet | None,
    language: str,
    hidden: Collection[str] = (),
) -> Sequence[Section]:
    """The account of a decision in one of LANGUAGES. `rules` are those of the version that decided;
    None where they are no longer known: then rules are called by their ids. None of the services
    `hidden` is named as what the words may also mean."""
    account = _Account(city, matter, decision, rules, language, hidden)
    return [
        Section(key=key, heading=account.say(key), lines=lines)
        for key, lines in account.parts()
        if lines
    ]


@cache
def texts() -> Mapping[str, Texts]:
    """The fixed texts by language; raises TextsIncomplete."""
    return read_texts(SHARED_TEXTS, Path(__file__).with_name("texts"), languages=LANGUAGES)


class _Account:
    """One decision and the language in which it is told."""

    def __init__(
        self,
        city: City,
        matter: Matter,
        decision: Decision,
        rules: RuleSet | None,
        language: str,
        hidden: Collection[str],
    ) -> None:
        self._city = city
        self._matter = matter
        self._decision = decision
        self._rules = rules
        self._language = language
        self._hidden = hidden
        self._texts = texts()[language]
        self.say = self._texts.say

    def parts(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Every section's key and lines, in order; those without a line do not apply."""
        inputs, verdict = self._decision.inputs, self._decision.verdict
        yield "service", list(self._service(inputs))
        yield "place", list(self._place(inputs, self._decision.facts))
        yield "rule", list(self._rule())
        yield "office", list(self._office())
        yield "rejected", [self._rejected(one) for one in verdict.rejected]
        yield "due", self._due()

    def _service(self, inputs: Inputs) -> Iterator[str]:
        code = self._matter.service_code
        if self._decision.facts.danger:
            yield self._danger(self._decision.facts.danger)
        match inputs.category:
            case CategorySource.NAMED:
                yield self.say("service.named", service=self._name_of(code))
            case CategorySource.PERSON:
                yield self.say("service.person", service=self._name_of(code))
            case CategorySource.ASKED:
                yield self.say("service.asked", service=self._name_of(code))
            case CategorySource.WORDS if code:
                yield from self._from_words(inputs, code)
            case CategorySource.WORDS | CategorySource.NOTHING:
                yield from self._unsure(inputs)
        if others := [code for code in inputs.others if code not in self._hidden]:
            services = ", ".join(map(self._name_of, others))
            yield self.say("service.others", services=services)
        service = self._city.catalogue.get(code)
        if service and self._city.filing(service, self._matter.channel).needs_document:
            yield self.say("service.filing")

    def _danger(self, id: str) -> str:
        """Which danger, and whom to call; by its id where the city no longer has it."""
        danger = self._city.dangers.get(id)
        if danger is None:
            return self.say("service.danger.bare", danger=id)
        name, line = named(danger.names, self._language), named(danger.line, self._language)
        number = danger.told_number
        key = "service.danger" if number else "service.danger.bare"
        # The line may be called by its number already (119).
        call = line if number in line else f"{line} {number}"
        return self.say(key, danger=name, call=call)

    def _from_words(self, inputs: Inputs, code: str) -> Iterator[str]:
        percent = _percent(self._decision.confidence)
        yield self.say("service.words", service=self._name_of(code), percent=percent)
        if inputs.terms:
            yield self.say("service.because", terms=", ".join(inputs.terms))

    def _unsure(self, inputs: Inputs) -> Iterator[str]:
        guesses = [guess for guess in inputs.guesses if guess.service not in self._hidden]
        if not guesses:
            yield self.say("service.none")
            return
        first = self._city.catalogue.get(guesses[0].service)
        yield self.say("service.permit" if first and first.permit else "service.unsure")
        for guess in guesses:
            key = "service.guess" if guess.terms else "service.guess.bare"
            yield self.say(
                key,
                service=self._name_of(guess.service),
                percent=_percent(guess.probability),
                terms=", ".join(guess.terms),
            )

    def _place(self, inputs: Inputs, facts: Facts) -> Iterator[str]:
        match facts.place:
            case PlaceClass.RESOLVED:
                yield self.say("place.resolved", place=self._city.place_label(facts.dong))
            case PlaceClass.DISTRICT:
                yield self.say("place.district", place=self._city.place_label(facts.district))
            case _:
                yield self.say(f"place.{facts.place}")
        if inputs.place_evidence:
            evidence = (self._evidence(one) for one in inputs.place_evidence)
            yield self.say("place.evidence", evidence=", ".join(evidence))
        if facts.candidates:
            yield self.say("place.candidates", offices=self._offices(facts.candidates))
        if facts.place is PlaceClass.AMBIGUOUS and inputs.unclear and inputs.unclear.question:
            question = named(inputs.unclear.question, self._language)
            yield self.say("place.question", question=question)

    def _rule(self) -> Iterator[str]:
        verdict = self._decision.verdict
        rule = None if self._rules is None else self._rules.rule(verdict.rule)
        if rule is not None:
            name, why = named(rule.names, self._language), named(rule.why, self._language)
            yield self.say("rule.applied", name=name, why=why)
        elif verdict.ask is not None:
            yield self.say(f"rule.asked.{verdict.ask}")
        yield self.say("rule.version", id=verdict.rule, version=verdict.version)
        if verdict.weighed:
            weighed = ", ".join(
                self.say(
                    "rule.weighed.one",
                    office=self._office_name(one.office),
                    open=one.open_work,
                    capacity=one.capacity,
                )
                for one in verdict.weighed
            )
            yield self.say("rule.weighed", offices=weighed)

    def _office(self) -> Iterator[str]:
        offices = self._decision.verdict.offices
        if not offices or isinstance(self._decision, NotRouted):
            yield self.say("office.none")
            return
        first, *then = offices
        yield self.say("office.first", office=self._office_name(first))
        if then:
            yield self.say("office.then", offices=self._offices(then))
        if agency := self._city.agencies.get(self._decision.verdict.agency):
            key = "agency" if agency.told_number else "agency.bare"
            yield self.say(
                key, agency=named(agency.names, self._language), number=agency.told_number
            )

    def _rejected(self, one: Rejected) -> str:
        name = self._rule_name(one.rule)
        match one.against:
            case Against.EFFECTIVE:
                return self.say("rejected.effective", name=name, value=one.value)
            case Against.CLOSED:
                office = self._office_name(one.office)
                return self.say("rejected.closed", name=name, office=office, value=one.value)
            case Against.NO_POWER:
                return self.say(
                    "rejected.no_power",
                    name=name,
                    office=self._office_name(one.office),
                    why=self._bar(one.value),
                )
            case Against.NO_OFFICE:
                return self.say("rejected.no_office", name=name)
            case ConditionWord():
                key = "rejected.condition" if one.value else "rejected.condition.bare"
                word = self.say(f"word.{one.against}")
                value = self._value(one.against, one.value)
                return self.say(key, name=name, word=word, value=value)

    def _due(self) -> Sequence[str]:
        account = self._decision.account
        return account.get(self._language) or [self.say("due.missing")]

    def _value(self, word: ConditionWord, value: str) -> str:
        """What a matter has where a rule wants something else: a name where there is one."""
        match word:
            case ConditionWord.SERVICE:
                return self._name_of(value)
            case ConditionWord.DISTRICT | ConditionWord.DONG:
                return self._city.place_label(value) or value
        for key in (f"value.{word}.{value}", f"value.{value}"):
            if key in self._texts:
                return self.say(key)
        return value

    def _bar(self, id: str) -> str:
        bars = () if self._rules is None else self._rules.bars
        why = next((bar.why for bar in bars if bar.id == id), None)
        return id if why is None else named(why, self._language)

    def _rule_name(self, id: str) -> str:
        rule = None if self._rules is None else self._rules.rule(id)
        return id if rule is None else named(rule.names, self._language)

    def _evidence(self, one: str) -> str:
        key = f"evidence.{one}"
        return self.say(key) if key in self._texts else one

    def _name_of(self, code: str) -> str:
        service = self._city.catalogue.get(code)
        return code if service is None else named(service.names, self._language)

    def _office_name(self, id: str) -> str:
        return self._city.office_name(id, self._language)

    def _offices(self, ids: Iterable[str]) -> str:
        return ", ".join(map(self._office_name, ids))


def _percent(probability: float) -> int:
    """Never 100: words that were only weighed prove nothing, and an official reads 100 as proof."""
    return min(99, round(100 * probability))


__all__ = ["LANGUAGES", "Section", "explained"]
