"""A delegation: what one district has handed to its community offices of one kind of permit.

The legal frame is the Local Autonomy Act, Article 117, with each district's ordinance on delegation
(Gangnam 2082, Jongno 1752): capacity and training are checked before a power is handed on, the head
of the district supervises and may suspend or recall, and may not require that approval is asked
before a decision. So nothing here can say that one is needed.

Days are those of the city's zone. Who is competent on the day of its receipt decides a permit; what
was received earlier keeps its effect, unless a recall says that it goes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.cities import Validity

_DAY = timedelta(days=1)


def delegation_id(district: str, service_code: str) -> str:
    """The id of the document, and the key of its events."""
    return f"delegation:{district}:{service_code}"


class RecallEffect(StrEnum):
    """What becomes of cases in flight when a grant is recalled."""

    STAY = "stay"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Who entered a step, and when. `office_id` is empty where the city's pack brought it; the
    `officer_code` is a number of the district's, never a name."""

    office_id: str
    officer_code: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """That an office can decide so many permits of this kind in a month, and that its officers were
    trained for it."""

    office_id: str
    monthly_capacity: int
    checked_on: date
    trained_on: date
    entered: Entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The end of a suspension before its time; `since` is the first day on which the office decides
    again."""

    since: date
    entered: Entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Days, both ends included, on which the district decides what is received; `until` None: until
    it is resumed. `resumed_later` are the ends that were planned before an earlier one came,
    earliest entry first."""

    since: date
    until: date | None
    reason: str
    entered: Entered
    resumed: Resumption | None = None
    resumed_later: tuple[Resumption, ...] = ()

    @property
    def days(self) -> Validity | None:
        """The days on which it holds; None where it was resumed before its first one."""
        until = self.until
        if self.resumed is not None:
            before = self.resumed.since - _DAY
            until = before if until is None else min(until, before)
        if until is not None and until < self.since:
            return None
        return Validity(start=self.since, end=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The end of a grant; `since` is the first day on which it no longer holds."""

    since: date
    effect: RecallEffect
    reason: str
    entered: Entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A grant that was taken back before its first day."""

    reason: str
    entered: Entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one office was given: its days as they were granted, both ends included, and what came
    after. `seeded` says that the city's pack brought it when the registry began."""

    id: int
    office_id: str
    legal_basis: str
    since: date | None
    until: date | None
    entered: Entered
    seeded: bool = False
    suspensions: tuple[Suspension, ...] = ()
    recall: Recall | None = None
    cancelled: Cancellation | None = None

    @property
    def days(self) -> Validity | None:
        """The days up to its recall, suspended ones included; None where no day is left."""
        if self.cancelled is not None:
            return None
        until = self.until
        if self.recall is not None:
            before = self.recall.since - _DAY
            until = before if until is None else min(until, before)
        if self.since is not None and until is not None and until < self.since:
            return None
        return Validity(start=self.since, end=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days, both ends included, on which an office decides. From `returned_on` on the district
    decides what was received on them and is not decided yet."""

    office_id: str
    grant_id: int
    days: Validity
    legal_basis: str
    returned_on: date | None

    def holds(self, received: date, today: date) -> bool:
        """Whether the office decides today what was received that day."""
        returned = self.returned_on is not None and self.returned_on <= today
        return self.days.holds(received) and not returned


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """One kind of permit in one district; `revision` rises with each change, from 1, and so does
    `recorded_at`, the time of the change. `returns_last` is the first day of the latest recall that
    gives undecided cases back; None without one."""

    district: str
    service_code: str
    revision: int
    grants: tuple[Grant, ...] = ()
    readiness: tuple[Readiness, ...] = ()
    returns_last: date | None = None
    recorded_at: datetime | None = None

    @property
    def id(self) -> str:
        """The id of the document."""
        return delegation_id(self.district, self.service_code)

    def grant(self, id_: int) -> Grant | None:
        """The grant of that number."""
        return next((grant for grant in self.grants if grant.id == id_), None)


def periods(delegation: Delegation) -> Iterator[Period]:
    """The days on which each office decides, after every suspension and recall; by grant, then by
    day."""
    for grant in delegation.grants:
        days = grant.days
        if days is None:
            continue
        recall = grant.recall
        returns = recall is not None and recall.effect is RecallEffect.RETURN
        for left in _without(days, [one.days for one in grant.suspensions if one.days is not None]):
            yield Period(
                office_id=grant.office_id,
                grant_id=grant.id,
                days=left,
                legal_basis=grant.legal_basis,
                returned_on=recall.since if recall is not None and returns else None,
            )


def _without(days: Validity, holes: list[Validity]) -> Iterator[Validity]:
    """The days without the holes, each of which has a first day."""
    start = days.start
    for hole in sorted(holes, key=lambda one: one.start or date.min):
        assert hole.start is not None, "a suspension has a first day"
        if days.end is not None and hole.start > days.end:
            break
        if start is None or start < hole.start:
            yield Validity(start=start, end=hole.start - _DAY)
        if hole.end is None:
            return
        start = hole.end + _DAY if start is None else max(start, hole.end + _DAY)
    if start is None or days.end is None or start <= days.end:
        yield Validity(start=start, end=days.end)
