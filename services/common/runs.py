"""What the processes of one service say of themselves to each other: one small document a run.

Owns the words; `presence` says and judges them, `mongo_runs` keeps them. There is no time in them
that two machines would have to agree on: whoever wants to know whether a run lives watches whether
its document changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

# Numbers named one by one in a run's document; more would make each beat a large write.
STUCK_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWord:
    """The document of one run.

    All up to `sent` is on the bus but what is `stuck`. Up to `looked_up` the run may have found an
    outbox replaced by another run and left its events to that one; above it the run itself told
    whatever is sent. `alive` turns false for good when the run is claimed or says that it ends;
    `claimed_by` is the run that clears up after it. `oldest` is when what waits was saved, for the
    eye only.

    `stores` names what the run may have saved in: who does not serve all of them would find it
    clean without having looked everywhere. A run of a version that did not say so names none.
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
        """Makes the document of a new run, if it is not there; before its first save, so
        that a run without a document is one that has nothing left to send."""
        ...

    async def beat(self, word: RunWord) -> bool:
        """Counts one beat and says how far the run is. False, and nothing changes, when it was
        claimed or its document is gone. The word's `beats` do not matter."""
        ...

    async def end(self, word: RunWord) -> None:
        """Says that the run is over and left something. A document that is gone comes back; one
        that is claimed stays as it is."""
        ...

    async def close(self, run: str) -> None:
        """Removes the document of a run that left nothing."""
        ...

    async def living(self) -> Sequence[RunWord]:
        """Those that nobody has called dead."""
        ...

    async def dead(self) -> Sequence[RunWord]:
        """Those that are over and may have left something."""
        ...

    async def words_of(self, runs: Collection[str]) -> Sequence[RunWord]:
        """The documents of these runs, as far as there are any."""
        ...

    async def claim(self, word: RunWord, by: str) -> bool:
        """The right to clear up after a run, from whoever held it; False when its document is not
        as in the word any more."""
        ...

    async def remove(self, run: str, by: str) -> None:
        """Removes the document of a run that is swept, if `by` holds the claim."""
        ...
