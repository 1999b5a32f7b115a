"""Pauses that grow from try to try."""

from __future__ import annotations


class Growing:
    """A pause that doubles with each failure, from `first` to at most `most` seconds."""

    def __init__(self, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self._next = first
        self.until = float("-inf")

    def failed(self, now: float, most: float | None = None) -> float:
        """Begins the next pause at `now` (monotonic seconds); returns its length in seconds."""
        pause = min(self._next, self._most, most if most is not None else self._most)
        self.until = now + pause
        self._next = min(pause * 2, self._most)
        return pause

    def due(self, now: float) -> bool:
        """Whether the pause is over."""
        return now >= self.until

    @property
    def failing(self) -> bool:
        """Whether the last try failed."""
        return self._next != self._first

    def succeeded(self) -> None:
        """The next failure begins with the first pause again."""
        self._next = self._first
        self.until = float("-inf")
