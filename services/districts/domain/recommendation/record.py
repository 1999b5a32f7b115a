"""One permit as the recommendation needs it, and what a year of them adds up to.

Pure, and bounded: a permit is counted and forgotten. What is kept grows with the number of kinds
and community offices, and with the different numbers of days, never with the permits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One application for a permit, in codes.

    `service` is the kind, `dong` the code of the place (10 digits in Seoul). `office` is the one
    that decided, or has it now; `decided_on` is None while it waits. `inspected` and `consulted`
    say whether it took a site inspection or another department, None where nobody recorded that.
    `overturned` says that a refusal was later changed to a grant; it is false for a grant.
    """

    service: str
    district: str
    dong: str
    office: str
    received_on: date
    decided_on: date | None
    inspected: bool | None = None
    consulted: bool | None = None
    refused: bool = False
    overturned: bool = False


@dataclass(slots=True)
class Share:
    """How many of those of whom it is known; nothing is known of the others."""

    of: int = 0
    known: int = 0

    def count(self, seen: bool | None) -> None:
        """Counts one, unless nobody recorded it."""
        if seen is not None:
            self.known += 1
            self.of += seen

    @property
    def percent(self) -> float | None:
        """The share in percent; None where nothing is known."""
        return 100 * self.of / self.known if self.known else None


@dataclass(slots=True)
class Days:
    """Working days from receipt to decision, 0 for the same day, by how often each came."""

    counts: Counter[int] = field(default_factory=Counter)

    def add(self, days: int) -> None:
        """Counts one permit."""
        self.counts[days] += 1

    def quantile(self, share: float) -> int | None:
        """The least number of days within which this share (0 to 1) was decided; None without
        any."""
        total, seen = self.counts.total(), 0
        for days in sorted(self.counts):
            seen += self.counts[days]
            if seen >= share * total:
                return days
        return None

    def merged(self, others: Iterable[Days]) -> Days:
        """These and others together."""
        together = Counter(self.counts)
        for other in others:
            together.update(other.counts)
        return Days(together)


@dataclass(slots=True)
class Tally:
    """What the permits of one kind in one dong came to. `by_dong` are the days of those that the
    dong's own community office decided, `by_others` of the rest."""

    received: int = 0
    waiting: int = 0
    decided_by_dong: int = 0
    by_dong: Days = field(default_factory=Days)
    by_others: Days = field(default_factory=Days)
    inspected: Share = field(default_factory=Share)
    consulted: Share = field(default_factory=Share)
    overturned: Share = field(default_factory=Share)

    @property
    def days(self) -> Days:
        """Of all that were decided, by whomever."""
        return self.by_dong.merged([self.by_others])


Key = tuple[str, str]
"""A kind of permit and the code of a dong."""


class Year:
    """The permits of one district over a span of days, both ends included, counted one by one."""

    def __init__(
        self,
        *,
        district: str,
        since: date,
        until: date,
        working_days: Callable[[date, date], int],
    ) -> None:
        """`working_days(a, b)` says how many working days lie from `a` to `b`, without `a`."""
        if until < since:
            raise ValueError("the span ends before it begins")
        self.district = district
        self.since = since
        self.until = until
        self._working_days = working_days
        self._tallies: dict[Key, Tally] = {}
        self.unreadable = 0

    @property
    def tallies(self) -> Mapping[Key, Tally]:
        """What was counted, by kind and dong."""
        return self._tallies

    def add(self, permit: Permit) -> None:
        """Counts a permit of this district that was received within the span, and no other."""
        if permit.district != self.district or not self.since <= permit.received_on <= self.until:
            return
        tally = self._tallies.setdefault((permit.service, permit.dong), Tally())
        tally.received += 1
        tally.inspected.count(permit.inspected)
        tally.consulted.count(permit.consulted)
        if permit.refused:
            tally.overturned.count(permit.overturned)
        if permit.decided_on is None:
            tally.waiting += 1
            return
        days = max(0, self._working_days(permit.received_on, permit.decided_on))
        if permit.office == f"o-{permit.dong}":
            tally.decided_by_dong += 1
            tally.by_dong.add(days)
        else:
            tally.by_others.add(days)

    def yearly(self, count: int) -> float:
        """A count of the span as a year of 365 days would have it."""
        return count * 365 / ((self.until - self.since).days + 1)
