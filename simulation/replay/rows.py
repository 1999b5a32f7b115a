"""Lines of a CSV to rows, so that a broken quote costs the row that it is in and no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_MOST_LINES = 200
"""A cell of more lines than that is a quote that nobody closed. Larger, a broken quote is looked
for longer; smaller, a long letter in a cell is taken for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A row; `line` is where it begins, the first of the file being 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A line that is no row, and why."""

    line: int
    reason: str


def rows(
    lines: Iterable[str | None], stands_alone: Callable[[list[str]], bool], *, first: int = 1
) -> Iterator[Cells | Broken]:
    """The rows of lines that keep their ends; an empty line is none.

    A line of None could not be decoded. `stands_alone` says whether cells are a whole row, by which
    a row is recognised that an unclosed quote has swallowed. `first` is the first line's number.
    """
    source = _Lines(lines, first)
    while (numbered := source.next()) is not None:
        number, line = numbered
        if line is None:
            yield Broken(line=number, reason="is not in the encoding of the file")
        elif line.strip("\r\n"):
            yield _row(number, line, source, stands_alone)


class _Lines:
    """Lines with their numbers, some of which may be given back."""

    __slots__ = ("_back", "_lines")

    def __init__(self, lines: Iterable[str | None], first: int) -> None:
        self._lines = enumerate(lines, start=first)
        self._back: deque[tuple[int, str | None]] = deque()

    def next(self) -> tuple[int, str | None] | None:
        """The next line, None at the end."""
        return self._back.popleft() if self._back else next(self._lines, None)

    def give_back(self, taken: list[tuple[int, str | None]]) -> None:
        """Puts lines in front of the others."""
        self._back.extendleft(reversed(taken))


def _row(
    number: int, line: str, source: _Lines, stands_alone: Callable[[list[str]], bool]
) -> Cells | Broken:
    text = line
    taken: list[tuple[int, str | None]] = []
    while _open(text):
        more = source.next() if len(taken) < _MOST_LINES else None
        if more is not None:
            taken.append(more)
        if more is None or more[1] is None or _swallowed(more[1], stands_alone):
            source.give_back(taken)
            return Broken(line=number, reason="a quote that opens in it is never closed")
        text += more[1]
    try:
        (cells,) = csv.reader([text], strict=True)
    except (csv.Error, ValueError) as error:
        source.give_back(taken)
        return Broken(line=number, reason=f"is no row of a CSV: {error}")
    return Cells(line=number, cells=cells)


def _swallowed(line: str, stands_alone: Callable[[list[str]], bool]) -> bool:
    try:
        return any(stands_alone(cells) for cells in csv.reader([line]))
    except csv.Error:
        return False


def _open(text: str) -> bool:
    """Whether a quote that begins a cell is still open at the end of the text."""
    at = 0
    while at < len(text):
        if text[at] == '"':
            at = _closing(text, at + 1)
            if at < 0:
                return True
        comma = text.find(",", at)
        if comma < 0:
            return False
        at = comma + 1
    return False


def _closing(text: str, at: int) -> int:
    """Where the quote that closes a cell stands, -1 when none does; two together are a letter."""
    while (at := text.find('"', at)) >= 0:
        if not text.startswith('""', at):
            return at
        at += 2
    return -1
