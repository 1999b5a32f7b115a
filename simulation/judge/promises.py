"""What citizens were promised, and whether the city kept it: nothing lost, doubled or invented.

Pure: judges the acknowledged inquiries against the facts that the bus told, by the table of
`lifecycles`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from simulation.judge.history import Life
from simulation.judge.lifecycles import FURTHER_ATTEMPT, ROWS, TABLE, Each, Kind, Row, Terms, row_of


@dataclass(slots=True, kw_only=True)
class Asked:
    """One acknowledged inquiry; acknowledged at that time (Unix seconds)."""

    inquiry_id: str
    receipt_number: str
    secret: str
    kind: Kind
    has_contact: bool
    acknowledged_at: float
    survey_answered: bool = False
    """The city has taken the citizen's answer to the survey."""

    @property
    def terms(self) -> Terms:
        """What its life depends on."""
        return Terms(
            kind=self.kind, has_contact=self.has_contact, survey_answered=self.survey_answered
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
    on."""
    return _must(asked.terms, _attempts(life))


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
    known = {label for label in life.told if row_of(label)}
    allowed = _may(asked.terms, _attempts(life))
    fault = Fault(
        inquiry_id=asked.inquiry_id,
        lost=lacking(asked, life),
        doubled=tuple(sorted(label for label in life.doubled if row_of(label))),
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
            if inquiry_id not in ours and (known := tuple(sorted(filter(row_of, life.told))))
        ]
    return tuple(fault for fault in faults if fault is not None)


def noted(lives: Iterable[Life]) -> Counter[str]:
    """How many facts were told that no row of the table names, by label: not judged."""
    return Counter(label for life in lives for label in life.told if row_of(label) is None)


def _attempts(life: Life) -> int:
    """The assignments there must have been: one, and one more for each refusal."""
    return len(life.of(FURTHER_ATTEMPT)) + 1


@lru_cache
def _must(terms: Terms, attempts: int) -> frozenset[str]:
    rows = (row for row in TABLE if row.must(terms))
    return frozenset(label for row in rows for label in row.labels(attempts))


@lru_cache
def _may(terms: Terms, attempts: int) -> frozenset[str]:
    rows = (row for row in TABLE if row.may(terms))
    return frozenset(label for row in rows for label in row.labels(attempts))


def _founded(label: str, life: Life) -> bool:
    """Whether one of the causes of a fact was there when it was created. Causes and effects have
    the creation times of one machine's clock."""
    found = row_of(label)
    if found is None or not found[0].after:
        return True
    causes = _causes(*found, life)
    return any(life.told.get(cause, inf) <= life.told[label] for cause in causes)


def _due(asked: Asked, life: Life, label: str, person_seconds: float) -> float:
    """By when a lacking fact has to come; the past (-inf) while its cause is lacking as well."""
    found = row_of(label)
    if found is None:
        return -inf
    row = found[0]
    if row.after:
        called_at = [life.told[c] for c in _causes(*found, life) if c in life.told]
    else:
        called_at = [asked.acknowledged_at]
    patience = row.within_seconds + (person_seconds if row.by_person else 0.0)
    return max(called_at, default=-inf) + patience


def _causes(row: Row, number: int, life: Life) -> Iterator[str]:
    """The labels of what can cause the event of this row and number."""
    if row.after_previous and number > 1:
        yield f"{row.after_previous}:{number - 1}"
        return
    for name in row.after:
        each = ROWS[name].each
        if each is Each.ATTEMPT and row.each is not Each.ATTEMPT:
            yield from life.of(name)
        else:
            yield f"{name}:{number}" if each is Each.ATTEMPT else name
