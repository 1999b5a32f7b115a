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

    @property
    def ranges(self) -> int:
        """How many ranges it takes to hold them."""
        return len(self._firsts)

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
        if number not in self:
            return
        at = bisect_right(self._firsts, number) - 1
        first, last = self._firsts[at], self._lasts[at]
        if first == last:
            del self._firsts[at], self._lasts[at]
        elif number == first:
            self._firsts[at] = number + 1
        elif number == last:
            self._lasts[at] = number - 1
        else:
            self._lasts[at] = number - 1
            self._firsts.insert(at + 1, number + 1)
            self._lasts.insert(at + 1, last)

    def discard_up_to(self, number: int) -> None:
        """Takes out all up to and including the number."""
        while self._lasts and self._lasts[0] <= number:
            del self._firsts[0], self._lasts[0]
        if self._firsts and self._firsts[0] <= number:
            self._firsts[0] = number + 1
