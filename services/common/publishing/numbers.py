"""A set of whole numbers that is small when they lie side by side. Owns nothing else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator


class Numbers:
    """Kept as ranges: a million saves that wait for the broker cost as much as one."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    def __iter__(self) -> Iterator[int]:
        for first, last in zip(self._firsts, self._lasts, strict=True):
            yield from range(first, last + 1)

    @property
    def first(self) -> int:
        """The smallest; IndexError when empty."""
        return self._firsts[0]

    @property
    def last(self) -> int:
        """The largest; IndexError when empty."""
        return self._lasts[-1]

    def add(self, number: int) -> None:
        """Puts the number in, if it is not there."""
        if number in self:
            return
        at = bisect_right(self._firsts, number)
        joins_before = at > 0 and self._lasts[at - 1] == number - 1
        joins_after = at < len(self._firsts) and self._firsts[at] == number + 1
        if joins_before and joins_after:
            self._lasts[at - 1] = self._lasts[at]
            del self._firsts[at], self._lasts[at]
        elif joins_before:
            self._lasts[at - 1] = number
        elif joins_after:
            self._firsts[at] = number
        else:
            self._firsts.insert(at, number)
            self._lasts.insert(at, number)

    def discard(self, number: int) -> None:
        """Takes the number out, if it is there."""
        self.discard_range(number, number)

    def discard_range(self, first: int, last: int) -> None:
        """Takes out all from the first to the last, both included."""
        at = bisect_right(self._firsts, first) - 1
        at = at if at >= 0 and self._lasts[at] >= first else at + 1
        while at < len(self._firsts) and self._firsts[at] <= last:
            kept_before = self._firsts[at], first - 1
            kept_after = last + 1, self._lasts[at]
            kept = [(low, high) for low, high in (kept_before, kept_after) if low <= high]
            self._firsts[at : at + 1] = [low for low, _ in kept]
            self._lasts[at : at + 1] = [high for _, high in kept]
            at += len(kept)

    def copy(self) -> Numbers:
        """The same numbers, not touched by what happens to these."""
        found = Numbers()
        found._firsts, found._lasts = self._firsts.copy(), self._lasts.copy()
        return found

    def discard_all(self, others: Numbers, up_to: int) -> None:
        """Takes out what is among the others, up to and including a number."""
        for first, last in zip(others._firsts, others._lasts, strict=True):
            if first > up_to:
                return
            self.discard_range(first, min(last, up_to))
