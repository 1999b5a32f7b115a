"""How much work a check of rules may be."""

from __future__ import annotations

MOST_STEPS = 1_000_000
"""Looks at a rule, in all its cases, that a check may take where a caller waits for it: half a
minute. Seoul's own rules need 17,000. More: nobody waits for so long, and other callers must.
Fewer: honest rules are refused."""


class TooMuch(Exception):
    """A check would take more steps than it may."""


class Effort:
    """Counts the steps of a check; raises TooMuch beyond `most`, never where that is None."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._taken = 0

    def takes(self, steps: int) -> None:
        """Counts so many steps more."""
        self._taken += steps
        if self._most is not None and self._taken > self._most:
            raise TooMuch
