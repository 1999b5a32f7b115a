"""Horizontal bars as SVG: where each lies and how long it is. Pure arithmetic; colours and words
are left to the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Units of the drawing: the whole width, the room for a label before the bars and for a number
# behind them, and the height of a row.
WIDTH, _LABEL, _NUMBER, _ROW = 640, 150, 90, 20
_ROOM = WIDTH - _LABEL - _NUMBER
# What is there must be seen.
_LEAST = 1.0
# Letters of a label that fit before the bars: Korean ones are as wide as high.
_WIDEST = 140 / 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a bar, of the class `kind`."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: its label, its parts, where a mark stands (None for none), and what is written
    behind it, at `end`."""

    label: str
    y: float
    parts: tuple[Part, ...]
    mark: float | None
    end: float
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Rows of bars, `width` by `height` units; bars begin at `left`."""

    width: int
    height: int
    left: int
    row: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What one row shows: values of the classes of the plot, and a mark."""

    label: str
    values: Sequence[float]
    number: str
    mark: float | None = None


def stacked(rows: Sequence[Values], kinds: Sequence[str]) -> Plot:
    """The parts of each row one behind the other."""
    most = max((sum(row.values) for row in rows), default=0.0) or 1.0
    bars = []
    for number, row in enumerate(rows):
        x, y = float(_LABEL), number * _ROW + 3.0
        parts = []
        for kind, value in zip(kinds, row.values, strict=True):
            if value > 0:
                width = max(_LEAST, _ROOM * value / most)
                parts.append(_part(kind, x, y, width, _ROW - 6.0))
                x += width
        bars.append(_bar(row, number, parts, None, x))
    return _plot(bars)


def beside(rows: Sequence[Values], kinds: Sequence[str]) -> Plot:
    """The parts of each row below one another, with a line at its mark."""
    most = max((max([*row.values, row.mark or 0.0]) for row in rows), default=0.0) or 1.0
    bars = []
    for number, row in enumerate(rows):
        high = (_ROW - 6.0) / len(kinds)
        parts = [
            _part(kind, float(_LABEL), number * _ROW + 3.0 + n * high, _ROOM * value / most, high)
            for n, (kind, value) in enumerate(zip(kinds, row.values, strict=True))
            if value > 0
        ]
        mark = None if row.mark is None else _LABEL + _ROOM * row.mark / most
        end = max([float(_LABEL), mark or 0.0, *(part.x + part.width for part in parts)])
        bars.append(_bar(row, number, parts, mark, end))
    return _plot(bars)


def _part(kind: str, x: float, y: float, width: float, height: float) -> Part:
    return Part(
        kind=kind, x=round(x, 1), y=round(y, 1), width=round(max(_LEAST, width), 1), height=height
    )


def _bar(row: Values, number: int, parts: Sequence[Part], mark: float | None, end: float) -> Bar:
    return Bar(
        label=shortened(row.label),
        y=number * _ROW,
        parts=tuple(parts),
        mark=None if mark is None else round(mark, 1),
        end=round(end + 4, 1),
        number=row.number,
    )


def _plot(bars: Sequence[Bar]) -> Plot:
    return Plot(
        width=WIDTH, height=max(1, len(bars)) * _ROW, left=_LABEL, row=_ROW, bars=tuple(bars)
    )


def shortened(label: str) -> str:
    """The label, cut where it would run into the bars."""
    room = _WIDEST
    for number, letter in enumerate(label):
        room -= 1.0 if ord(letter) > 0x1100 else 0.56
        if room < 0:
            return f"{label[: max(1, number - 1)]}…"
    return label
