"""Pauses that double with each failure. What failed, and who waits, is left to the caller."""

from __future__ import annotations

import math
from datetime import timedelta


class Growing:
    """Pauses after failures in a row, from `first_seconds`, each twice the one before, to
    `most_seconds`. Something that ran for more than `steady_seconds` before it failed counts as a
    success: the pauses begin anew after it."""

    def __init__(
        self, first_seconds: float, most_seconds: float, steady_seconds: float = math.inf
    ) -> None:
        self._first = first_seconds
        self._most = most_seconds
        self._steady = steady_seconds
        self._next = first_seconds
        self.failing = False
        """Whether the last try failed."""
        self.until_seconds = -math.inf
        """The end of the pause that `failed` began, on the clock of its caller."""

    def next_seconds(self, most_seconds: float = math.inf) -> float:
        """The length of the pause after one more failure, this time at most `most_seconds`."""
        self.failing = True
        pause = min(self._next, self._most, most_seconds)
        self._next = min(pause * 2, self._most)
        return pause

    def after_seconds(self, run_seconds: float) -> float:
        """The length of the pause after a run of `run_seconds` that ended by a failure."""
        if run_seconds > self._steady:
            self.succeeded()
        return self.next_seconds()

    def failed(self, now_seconds: float, most_seconds: float = math.inf) -> float:
        """Begins the next pause now; returns its length in seconds, as `next_seconds` does."""
        pause = self.next_seconds(most_seconds)
        self.until_seconds = now_seconds + pause
        return pause

    def due(self, now_seconds: float) -> bool:
        """Whether the pause is over."""
        return now_seconds >= self.until_seconds

    def succeeded(self) -> None:
        """The next failure begins with the first pause again."""
        self.failing = False
        self._next = self._first
        self.until_seconds = -math.inf


def grown(failures: int, first: timedelta, most: timedelta) -> timedelta:
    """The pause after `failures` earlier failures, for callers who keep the count themselves."""
    doubled: timedelta = first * 2 ** min(failures, 20)
    return min(doubled, most)
