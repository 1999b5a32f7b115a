"""What the processes of one service tell each other: one small document for each run.

Owns the form of the documents; `presence` writes and judges them, `mongo_runs` keeps them. They
hold no time on which two machines would have to agree: a run lives as long as its document changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

# Exceptions (`stuck`) named one by one in a run's document. More would make each beat a large
# write.
STUCK_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWord:
    """The document of one run.

    The saves up to number `sent` are on the bus, except those in `stuck`. Above `looked_up` the run
    itself has sent them. Up to `looked_up` it may have found that another run had replaced an
    outbox, and left the events to that run. `alive` turns false for good when the run is claimed or
    says that it ends; `claimed_by` is the run that clears up after it. `oldest` is when the oldest
    unsent event was saved; only people read it.

    `stores` names the stores in which the run may have saved. A process that does not serve all of
    them must not sweep the run: it would not look everywhere. Runs of the first versions name none.
    """

    run: str
    beats: int = 0
    sent: int = 0
    stuck: frozenset[int] = frozenset()
    looked_up: int = 0
    alive: bool = True
    claimed_by: str = ""
    oldest: datetime | None = None
    stores: frozenset[str] = frozenset()

    def sent_all_of(self, number: int) -> bool:
        """Whether the outboxes that still lie under the number are on the bus."""
        return number <= self.sent and number not in self.stuck

    def told_itself(self, number: int) -> bool:
        """Whether the events saved under the number are on the bus wherever they lie now."""
        return number > self.looked_up and self.sent_all_of(number)


class Runs(Protocol):
    """Where the documents lie. Every method raises DomainError UNAVAILABLE."""

    async def open(self, word: RunWord) -> None:
        """Makes the document of a new run, unless it exists. Called before the run's first save: so
        a run without a document has nothing left to send."""
        ...

    async def beat(self, word: RunWord) -> bool:
        """Counts one beat and stores how far the run is. Returns False, and changes nothing, when
        the run was claimed or its document is gone. Ignores the word's `beats`."""
        ...

    async def end(self, word: RunWord) -> None:
        """Stores that the run is over and has left something to send. Makes the document anew if it
        is gone; leaves a claimed one as it is."""
        ...

    async def close(self, run: str) -> None:
        """Removes the document of a run that left nothing."""
        ...

    async def living(self) -> Sequence[RunWord]:
        """The runs that nobody has declared over."""
        ...

    async def dead(self) -> Sequence[RunWord]:
        """The runs that are over and may have left something to send."""
        ...

    async def words_of(self, runs: Collection[str]) -> Sequence[RunWord]:
        """The documents of those of these runs that have one."""
        ...

    async def claim(self, word: RunWord, by: str) -> bool:
        """Takes the right to clear up after a run for `by`, whoever held it; returns False when the
        document is no longer as in the word."""
        ...

    async def remove(self, run: str, by: str) -> None:
        """Removes the document of a run that is swept, if `by` holds the claim."""
        ...
