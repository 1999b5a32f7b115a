"""Small charts as SVG, and the classes of a map's colours. Pure arithmetic; what is drawn in which
colour, and every word, is left to the templates. Maps are drawn by the kit's `pages/drawing`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Colours beside that of none. More: neighbours can no longer be told apart.
CLASSES = 4
# Steps of the scale, in tenths of a power of ten.
_ROUND = (10, 15, 20, 30, 40, 50, 60, 80, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Classes of counts: 0 for none, then four of `step` counts each, the last without an end."""

    step: int

    @classmethod
    def of(cls, counts: Iterable[int]) -> Scale:
        """The scale that the counts fit on; its step is a round number, so that it seldom
        changes."""
        wanted = max([*counts, 1]) / CLASSES
        power = 10 ** math.floor(math.log10(max(wanted, 1)))
        steps = (each * power // 10 for each in _ROUND)
        return cls(step=next(step for step in steps if step >= wanted))

    def class_of(self, count: int) -> int:
        """The class of a count, 0 to CLASSES."""
        return min(CLASSES, math.ceil(count / self.step))

    def legend(self) -> Sequence[tuple[int, int, int | None]]:
        """Each class with its least and its largest count; None where it has no end."""
        bounds = [(n, (n - 1) * self.step + 1, n * self.step) for n in range(1, CLASSES)]
        return [(0, 0, 0), *bounds, (CLASSES, (CLASSES - 1) * self.step + 1, None)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A chart of bars: the path of all bars but the last, and of the last, which still grows;
    `width` by `height` units. `most` is what the highest bar stands for."""

    width: int
    height: int
    past: str
    running: str
    most: int


def bars(counts: Sequence[int], most: int) -> Bars:
    """A bar for each count, 4 units wide with 1 between; `most` (at least the largest count) has
    the full height."""
    height = 40
    parts = []
    for number, count in enumerate(counts):
        # A single one must be seen.
        high = max(1, round(height * count / max(most, 1))) if count else 0
        parts.append(f"M{number * 5} {height}v-{high}h4v{high}z" if high else "")
    return Bars(
        width=len(counts) * 5 - 1,
        height=height,
        past="".join(parts[:-1]),
        running=parts[-1],
        most=most,
    )


# A column of a stack is so wide, with a gap after it, and a whole so high, in units.
_COLUMN, _GAP_UNITS, _WHOLE = 8, 2, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One part of a chart of columns of one height: the path of this part in all of them."""

    width: int
    height: int
    path: str


def stacks(columns: Sequence[Sequence[float]]) -> Sequence[Stack]:
    """One Stack for each part of the columns, the first at the bottom. Each column holds the parts
    of a whole, which add up to 1, or to 0 where there is none; all have equally many."""
    width = max(0, len(columns) * (_COLUMN + _GAP_UNITS) - _GAP_UNITS)
    paths = [""] * len(columns[0]) if columns else []
    for number, parts in enumerate(columns):
        below = 0.0
        for part, share in enumerate(parts):
            bottom, top = _WHOLE - round(below * _WHOLE), _WHOLE - round((below + share) * _WHOLE)
            if bottom > top:
                left = number * (_COLUMN + _GAP_UNITS)
                paths[part] += f"M{left} {bottom}V{top}h{_COLUMN}V{bottom}z"
            below += share
    return [Stack(width=width, height=_WHOLE, path=path) for path in paths]
