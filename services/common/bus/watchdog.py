"""Notices a partition that is behind and does not move, though nobody waits for anything.

After an outage of the broker, or a rebalance that went wrong, a consumer may stand still without an
error. The reader is then replaced by a new one; no process ends for it. Pure: the consumer asks the
broker and brings the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiokafka import TopicPartition


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where one partition of this process stands. Every offset below `settled` is settled (None:
    unknown); the broker has records below `end`. `waiting`: an event of it is held for a known
    reason, so a standstill is no fault."""

    settled: int | None
    end: int
    waiting: bool = False

    @property
    def lag(self) -> int:
        """How many offsets this process has still to settle."""
        return max(0, self.end - (self.settled or 0))


class Watchdog:
    """Judges the partitions that are assigned to this process, and no other."""

    def __init__(self, still: timedelta) -> None:
        self._still_seconds = still.total_seconds()
        self._since: dict[TopicPartition, tuple[int | None, float]] = {}

    def stalled(
        self, stands: Mapping[TopicPartition, Stand], now_seconds: float
    ) -> Sequence[TopicPartition]:
        """The partitions that have been behind and unmoved for too long at that monotonic time."""
        since = {}
        for partition, stand in stands.items():
            if stand.waiting or not stand.lag:
                continue
            before = self._since.get(partition)
            moved = before is None or before[0] != stand.settled
            since[partition] = (stand.settled, now_seconds) if moved or not before else before
        self._since = since
        return [p for p, (_, at) in since.items() if now_seconds - at >= self._still_seconds]

    def forget(self) -> None:
        """Forgets all partitions: a new reader begins, or they changed hands."""
        self._since = {}
