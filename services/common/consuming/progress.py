"""What is read of each partition and not yet settled: in order, with the offset to commit.

Pure bookkeeping, without a broker. Settling goes in any order; the offset that may be committed is
always the first one that is not settled, so that one event that waits holds up no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from aiokafka import TopicPartition


class Held(Protocol):
    """Something read that is to be settled."""

    offset: int
    settled: bool


H = TypeVar("H", bound=Held)


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets from `first` up to before `end` of which `count` never came."""

    first: int
    end: int
    count: int


class Progress(Generic[H]):
    """One partition that this process reads.

    `next` is the offset to read next, None until it is known where reading begins; `committed` is
    what the broker has as this group's place, None when it has none or it was not asked yet.
    """

    def __init__(self, partition: TopicPartition, *, at: int | None = None) -> None:
        self.partition = partition
        self.next = at
        self.committed: int | None = None
        self.asked = False
        self.held: deque[H] = deque()
        # Up to where all was settled at the last look that found it moved, and when that was.
        self._moved_to: int | None = None
        self._moved_at = 0.0

    def read(self, records: Sequence[Any]) -> Gap | None:
        """Notes that these records came, in order; returns the offsets that were missing among
        them."""
        first = records[0].offset if self.next is None else self.next
        end = records[-1].offset + 1
        self.next = end
        missing = end - first - len(records)
        return Gap(first, end, missing) if missing > 0 else None

    def skip_to(self, position: int) -> Gap | None:
        """Notes the consumer's position, though no record came; returns the offsets that it
        skipped."""
        before, self.next = self.next, position
        if before is None or before >= position:
            return None
        return Gap(before, position, position - before)

    def hold(self, held: H) -> None:
        """Keeps something that was read until it is settled; in the order of the offsets."""
        self.held.append(held)

    def settled_to(self) -> int | None:
        """The offset before which everything is settled: what may be committed."""
        return self.held[0].offset if self.count() else self.next

    def count(self) -> int:
        """How many are not settled. Forgets the settled ones, wherever they lie."""
        if any(held.settled for held in self.held):
            self.held = deque(held for held in self.held if not held.settled)
        return len(self.held)

    def ahead(self) -> int:
        """How many offsets are read beyond what may be committed: they come again after a crash."""
        settled_to = self.settled_to()
        return 0 if self.next is None or settled_to is None else self.next - settled_to

    def still_seconds(self, end: int, now: float) -> float:
        """For how long, at a look at `now` (monotonic seconds), nothing was settled although
        records below `end` wait; 0.0 when none waits. As exact as the looks are frequent."""
        settled_to = self.settled_to()
        if settled_to is None or settled_to >= end or settled_to != self._moved_to:
            self._moved_to, self._moved_at = settled_to, now
        return now - self._moved_at

    def open(self) -> Iterator[H]:
        """What is not settled, in order."""
        return (held for held in self.held if not held.settled)
