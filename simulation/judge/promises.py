"""What citizens were promised, and whether the city kept it: nothing lost, doubled or invented.

Pure: judges the acknowledged inquiries against the facts that the bus told, by the table of
`lifecycles`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from math import inf

from simulation.judge.acts import Act, led_to
from simulation.judge.history import Life
from simulation.judge.lifecycles import (
    ACT_REFUSED,
    FURTHER_ATTEMPT,
    MESSAGES,
    OPEN_ENDED,
    ROWS,
    SUPPLEMENTED,
    TABLE,
    TIMELY,
    Each,
    Kind,
    Spot,
    Terms,
    spot_of,
)

# Where cause and effect are told alike often, each effect has a cause of its own.
_NUMBERED = (Each.ATTEMPT, Each.QUESTION, Each.ACT, Each.NUMBER, Each.DATE)
WITHDRAWN = "CaseWithdrawn"
"""The citizen took the matter back, by themselves or by an office's entry."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """One acknowledged inquiry; acknowledged at that time (Unix seconds)."""

    inquiry_id: str
    receipt_number: str
    secret: str
    kind: Kind
    has_contact: bool
    acknowledged_at: float
    rounds: int = 1
    """How often the city has promised to handle it: once, and again for each reopening."""
    surveys_answered: set[int] = field(default_factory=set)
    """The rounds of whose answer the city has taken what the citizen thinks."""
    questions_answered: set[tuple[int, int]] = field(default_factory=set)
    """The questions (round, number) to which the city has taken the citizen's answer."""
    acts: set[str] = field(default_factory=set)
    """What offices did that the city has stored, by the labels of the facts that tell of it."""
    own_acts: dict[int, Act] = field(default_factory=dict)
    """What the citizen did themselves that the city has stored, by its number."""

    def of_acts(self) -> frozenset[str]:
        """The labels of what must be told of all acts, and of nothing else."""
        if not self.own_acts:
            return frozenset(self.acts)
        led = set(led_to(self.own_acts.values(), self.acts))
        message = MESSAGES[0 if self.has_contact else 1]
        refused = (spot_of(label) for label in led if label.startswith(ACT_REFUSED))
        told = {f"{message}:act_refused:{one.round_}:{one.number}" for one in refused if one}
        return frozenset(self.acts | led | told)

    def terms(self, round_: int) -> Terms:
        """What the round `round_` depends on. A later round always goes to an office, also that of
        an answered call."""
        return Terms(
            kind=self.kind if round_ == 1 else Kind.CASE,
            has_contact=self.has_contact,
            survey_answered=round_ in self.surveys_answered,
            first_round=round_ == 1,
            withdrawn=f"{WITHDRAWN}:{round_}" in self.of_acts(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one inquiry, by the labels of facts.

    `lost` never came, `doubled` came again as another event, `invented` must not exist in such a
    life, `unfounded` came although what could cause them had not.
    """

    inquiry_id: str
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()
    unfounded: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = (
            ("lost", self.lost),
            ("doubled", self.doubled),
            ("invented", self.invented),
            ("unfounded", self.unfounded),
        )
        return f"{self.inquiry_id}: " + "; ".join(
            f"{what} {', '.join(labels)}" for what, labels in parts if labels
        )


def expected(asked: Asked, life: Life) -> frozenset[str]:
    """The facts without which this inquiry's life has not ended, given how often it was handed
    on in each round, what its citizen was asked and has answered, and what everybody did."""
    return frozenset(_that_follow(asked, life)).union(
        asked.of_acts(),
        *(_must(asked.terms(round_), round_, _attempts(life, round_)) for round_ in _rounds(asked)),
    )


def lacking(asked: Asked, life: Life) -> tuple[str, ...]:
    """What has still to come, sorted."""
    return tuple(sorted(expected(asked, life) - life.told.keys()))


def in_time(asked: Asked, life: Life, now: float, *, person_seconds: float = 0.0) -> bool:
    """Whether anything that is lacking may still come by its time; False if nothing is lacking.

    `now` is in Unix seconds; `person_seconds` is how long people outside take for a step of theirs.
    """
    return any(now <= _due(asked, life, label, person_seconds) for label in lacking(asked, life))


def judge(asked: Asked, life: Life | None) -> Fault | None:
    """What is wrong with an inquiry whose life should have ended, or None."""
    life = life or Life()
    known = {label for label in life.told if spot_of(label)}
    allowed = frozenset(label for label in known if _open_ended(asked, label)).union(
        asked.of_acts(),
        *(_may(asked.terms(round_), round_, _attempts(life, round_)) for round_ in _rounds(asked)),
    )
    fault = Fault(
        inquiry_id=asked.inquiry_id,
        lost=lacking(asked, life),
        doubled=tuple(sorted({*filter(spot_of, life.doubled), *_told_and_skipped(life)})),
        invented=tuple(sorted(known - allowed)),
        unfounded=tuple(sorted(label for label in known & allowed if not _founded(label, life))),
    )
    kept = not (fault.lost or fault.doubled or fault.invented or fault.unfounded)
    return None if kept else fault


def judge_all(
    asked: Iterable[Asked], lives: Mapping[str, Life], *, alone: bool
) -> tuple[Fault, ...]:
    """The faults of all; `alone` says that nobody else used the city: every life must be ours."""
    ours = {entry.inquiry_id: entry for entry in asked}
    faults = [judge(entry, lives.get(entry.inquiry_id)) for entry in ours.values()]
    if alone:
        faults += [
            Fault(inquiry_id=inquiry_id, invented=known)
            for inquiry_id, life in lives.items()
            if inquiry_id not in ours and (known := tuple(sorted(filter(spot_of, life.told))))
        ]
    return tuple(fault for fault in faults if fault is not None)


def noted(lives: Iterable[Life]) -> Counter[str]:
    """How many facts were told that no row of the table names, by label: not judged."""
    return Counter(label for life in lives for label in life.told if spot_of(label) is None)


def _that_follow(asked: Asked, life: Life) -> Iterator[str]:
    """What must follow from what was told: that the citizen hears of it, or that this was of no use
    any more; and from each answer to a question that was acknowledged, that it is told."""
    delivered, skipped, _ = MESSAGES
    for what in _timely(life):
        mute = f"{skipped}:{what}"
        said = asked.has_contact and not life.has(mute)
        yield f"{delivered}:{what}" if said else mute
    for round_, number in asked.questions_answered:
        yield f"{SUPPLEMENTED}:{round_}:{number}"


def _told_and_skipped(life: Life) -> Iterator[str]:
    """The messages of use for a while of which both are said."""
    delivered, skipped, _ = MESSAGES
    for what in _timely(life):
        label = f"{delivered}:{what}"
        if life.has(label) and life.has(f"{skipped}:{what}"):
            yield label


def _timely(life: Life) -> Iterator[str]:
    """The messages of use for a while that are due, each once: name, round, and number or date."""
    for message, causes in TIMELY.items():
        told = (label for name in causes for label in life.of(name))
        yield from {f"{message}:{label.partition(':')[2]}" for label in told}


def _open_ended(asked: Asked, label: str) -> bool:
    """Whether the label is of what may come in its round however often."""
    spot = spot_of(label)
    if spot is None or spot.row.by_act or spot.row.each not in OPEN_ENDED:
        return False
    return spot.round_ in _rounds(asked) and spot.row.may(asked.terms(spot.round_))


def _rounds(asked: Asked) -> range:
    return range(1, asked.rounds + 1)


def _attempts(life: Life, round_: int) -> int:
    """The assignments there must have been in this round: one, and one more for each refusal and
    for each office that arbitration named."""
    designated = sum(of_round == round_ for of_round, _ in life.designated)
    return len(life.of(f"{FURTHER_ATTEMPT}:{round_}")) + designated + 1


@lru_cache
def _must(terms: Terms, round_: int, attempts: int) -> frozenset[str]:
    labels = (
        list(row.labels(round_, attempts))[-row.of_last :] for row in TABLE if row.must(terms)
    )
    return frozenset(chain.from_iterable(labels))


@lru_cache
def _may(terms: Terms, round_: int, attempts: int) -> frozenset[str]:
    rows = (row for row in TABLE if row.may(terms) and not row.by_act)
    return frozenset(label for row in rows for label in row.labels(round_, attempts))


def _founded(label: str, life: Life) -> bool:
    """Whether one of the causes of a fact was there when it was created, and nothing after which it
    is no longer told. Causes and effects have the creation times of one machine's clock."""
    spot = spot_of(label)
    if spot is None or not spot.row.after:
        return True
    if spot.row.before:
        ends = _told_in(spot.row.before, spot.round_, life)
        if any(life.told[end] < life.told[label] for end in ends):
            return False
    return any(life.told.get(cause, inf) <= life.told[label] for cause in _causes(spot, life))


def _due(asked: Asked, life: Life, label: str, person_seconds: float) -> float:
    """By when a lacking fact has to come (Unix seconds); -inf while its cause is lacking as well,
    so that the cause's time decides."""
    spot = spot_of(label)
    if spot is None:
        return -inf
    row = spot.row
    if row.after:
        called_at = [life.told[cause] for cause in _causes(spot, life) if cause in life.told]
    else:
        called_at = [asked.acknowledged_at]
    patience = row.within_seconds + (person_seconds if row.by_person else 0.0)
    return max(called_at, default=-inf) + patience


def _causes(spot: Spot, life: Life) -> Iterator[str]:
    """The labels of what can cause the event that belongs there."""
    row = spot.row
    if row.after_attempt and spot.number > 1:
        before = spot.number - 1
        designated = (spot.round_, before) in life.designated
        yield f"{'CaseOpened' if designated else row.after_attempt}:{spot.round_}:{before}"
    elif row.after_round and spot.round_ > 1:
        for name in row.after_round:
            yield from _told_in(name, spot.round_ - 1, life)
    else:
        for name in row.after:
            if ROWS[name].each is row.each and row.each in _NUMBERED:
                yield f"{name}:{spot.round_}:{spot.number}"
            else:
                yield from _told_in(name, spot.round_, life)


def _told_in(name: str, round_: int, life: Life) -> Iterator[str]:
    """The labels under which a round of this life tells of an event, in whatever attempt."""
    match ROWS[name].each:
        case Each.LIFE if round_ == 1:
            yield name
        case Each.ROUND:
            yield f"{name}:{round_}"
        case Each.ATTEMPT | Each.QUESTION | Each.ACT | Each.NUMBER | Each.DATE:
            yield from life.of(f"{name}:{round_}")
