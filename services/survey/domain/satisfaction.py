"""Satisfaction on a scale of 100 points, with the share of those asked who answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many surveys of an office have this score; None for those not (or not yet) answered."""

    office_id: str
    score: int | None
    surveys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Satisfaction of those who answered, among those invited."""

    invited: int = 0
    answered: int = 0
    score_sum: int = 0

    @property
    def points(self) -> float | None:
        """Mean of the answers, where score 1 is 0 points and score 5 is 100; None without any."""
        if not self.answered:
            return None
        return (self.score_sum / self.answered - 1) / 4 * 100

    @property
    def response_rate(self) -> float | None:
        """Answered among invited, 0 to 1; None when nobody was invited."""
        return self.answered / self.invited if self.invited else None

    def plus(self, other: Figure) -> Figure:
        """Both together."""
        return Figure(
            invited=self.invited + other.invited,
            answered=self.answered + other.answered,
            score_sum=self.score_sum + other.score_sum,
        )


def by_office(counts: Iterable[Count]) -> Mapping[str, Figure]:
    """The figure of each office."""
    figures: dict[str, Figure] = defaultdict(Figure)
    for count in counts:
        answered = count.surveys if count.score is not None else 0
        figures[count.office_id] = figures[count.office_id].plus(
            Figure(
                invited=count.surveys,
                answered=answered,
                score_sum=answered * (count.score or 0),
            )
        )
    return dict(figures)


def together(figures: Iterable[Figure]) -> Figure:
    """The figure of a whole city."""
    total = Figure()
    for figure in figures:
        total = total.plus(figure)
    return total
