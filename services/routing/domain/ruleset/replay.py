"""What other rules would change: past decisions taken once more, without effect. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.cities import Ask, City, Facts, RuleSet, Verdict, evaluate

MOST_SAMPLES = 20
"""Changed decisions that are shown one by one. More: an official reads longer. Fewer: a rare kind
of change may not show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What rules decided: the office, or what must be asked first, and by which rule."""

    rule: str
    office_id: str = ""
    ask: Ask | None = None

    @classmethod
    def of(cls, verdict: Verdict) -> Ruling:
        """What a verdict comes to."""
        office_id = verdict.offices[0] if verdict.offices else ""
        return cls(rule=verdict.rule, office_id=office_id, ask=verdict.ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A decision as it was taken, with the facts it rested on."""

    inquiry_id: str
    service_code: str
    facts: Facts
    ruling: Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A decision that other rules would take otherwise."""

    past: Past
    ruling: Ruling

    @property
    def elsewhere(self) -> bool:
        """Whether it would lie elsewhere, not only by another rule at the same office."""
        before, after = self.past.ruling, self.ruling
        return (before.office_id, before.ask) != (after.office_id, after.ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What other rules would change among `decisions` past ones.

    `moved` would lie elsewhere, `renamed` at the same office by another rule. `before` and `after`
    count the moved ones by the office that would lose and that would get them; what must be asked
    about counts under an empty id. `samples` are some of the changed ones, of every kind of change
    at least one as far as there is room.
    """

    version: str
    decisions: int
    moved: int
    renamed: int
    before: Counter[str]
    after: Counter[str]
    samples: Sequence[Changed]


def replay(city: City, ruleset: RuleSet, decisions: Iterable[Past]) -> DryRun:
    """Takes each decision again by these rules, on the facts and the day of the decision."""
    looked_at = 0
    changed: list[Changed] = []
    for past in decisions:
        looked_at += 1
        ruling = Ruling.of(evaluate(ruleset, city, past.facts))
        if ruling != past.ruling:
            changed.append(Changed(past=past, ruling=ruling))
    moved = [one for one in changed if one.elsewhere]
    before = Counter(one.past.ruling.office_id for one in moved)
    after = Counter(one.ruling.office_id for one in moved)
    return DryRun(
        version=ruleset.version,
        decisions=looked_at,
        moved=len(moved),
        renamed=len(changed) - len(moved),
        before=before,
        after=after,
        samples=_samples(moved or changed),
    )


def _samples(changed: Sequence[Changed]) -> Sequence[Changed]:
    """Some of them: first one for each pair of rules, then the rest in their order."""
    firsts: dict[tuple[str, str], Changed] = {}
    rest: list[Changed] = []
    for one in changed:
        kind = one.past.ruling.rule, one.ruling.rule
        if kind in firsts:
            rest.append(one)
        else:
            firsts[kind] = one
    return [*firsts.values(), *rest][:MOST_SAMPLES]
