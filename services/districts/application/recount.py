"""Counts the dates of all unfinished cases again, once a day may have become a holiday.

The city's pack is read once in the life of a process, so that its start is the only moment at which
the calendar can have changed for it. The first process that has the turn and was started with the
new calendar moves the dates; one with the old calendar moves nothing (`City.later_end`). Until its
round is over nothing is missed: a case that is woken or opened meanwhile is counted again by
itself. A round that was cut off begins anew, and finds only what still differs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from services.cities import City
from services.common.aggregates.update import Aggregates, Cause, Update
from services.districts.application.handlers import Cases
from services.districts.application.ports import CaseReads, OfficeReads
from services.districts.domain.case import dates, decide
from services.districts.domain.case.model import UNFINISHED, Case

log = logging.getLogger(__name__)

# So many cases are moved by one write. More: other saves of this process wait longer. Fewer: more
# statements.
MOVED_TOGETHER = 200
# Cases that a person is shown.
SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A case whose date moves, and the date before and after."""

    inquiry_id: str
    due_before: datetime
    due_at: datetime


class Recount:
    """The round of a process: done once, by the process whose turn it is."""

    def __init__(self, *, city: City, reads: CaseReads, offices: OfficeReads, cases: Cases) -> None:
        self._city = city
        self._reads = reads
        self._offices = offices
        self._cases = cases
        self._done = False

    async def once(self) -> None:
        """Moves the dates that the calendar of this process moves, unless it has done so. Raises
        DomainError UNAVAILABLE."""
        if self._done:
            return
        moved = 0
        async for moves in moving(self._city, self._reads, self._offices):
            ids = [move.inquiry_id for move in moves]
            for start in range(0, len(ids), MOVED_TOGETHER):
                moved += await self._cases.recount(ids[start : start + MOVED_TOGETHER])
        self._done = True
        log.info("cases.recounted", extra={"moved": moved})


async def moving(
    city: City, reads: CaseReads, offices: OfficeReads
) -> AsyncIterator[Sequence[Move]]:
    """The unfinished cases of each office, of the pack or recorded since, whose dates the city's
    calendar moves, those of one office together. Raises DomainError UNAVAILABLE."""
    for office_id in dict.fromkeys([*city.offices, *await offices.versions()]):
        found = await reads.at_offices([office_id], UNFINISHED)
        moves = []
        for number, stored in enumerate(found):
            if number % MOVED_TOGETHER == 0:
                await asyncio.sleep(0)  # counting must not keep out those who call
            if stored.state is None or stored.state.overdue:
                continue
            later = dates.later_end(city, stored.state)
            if later is not None:
                moves.append(
                    Move(
                        inquiry_id=stored.id,
                        due_before=stored.state.work.due_at,
                        due_at=later,
                    )
                )
        yield moves


@dataclass(slots=True, kw_only=True)
class Report:
    """What a person is told: how many cases move, how many of them from which day to which (the
    city's), a few samples, and how many were marked for the replicas to move."""

    cases: int = 0
    days: Counter[tuple[date, date]] = field(default_factory=Counter)
    samples: list[Move] = field(default_factory=list)
    marked: int = 0


async def recount_by_hand(
    city: City,
    reads: CaseReads,
    offices: OfficeReads,
    aggregates: Aggregates[Case] | None,
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Report:
    """The cases whose dates this city's calendar moves. Where there are `aggregates` (see `marking`
    of the kit), each is marked, and the running replicas move it. Raises DomainError UNAVAILABLE;
    what was marked by then stays."""
    report = Report()
    zone = city.timezone
    async for moves in moving(city, reads, offices):
        report.cases += len(moves)
        for move in moves:
            before, after = (m.astimezone(zone).date() for m in (move.due_before, move.due_at))
            report.days[before, after] += 1
            if len(report.samples) < SAMPLES:
                report.samples.append(move)
            if aggregates is not None:
                report.marked += await _mark(aggregates, move.inquiry_id, city, clock, new_id)
    return report


async def _mark(
    aggregates: Aggregates[Case],
    inquiry_id: str,
    city: City,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> bool:
    """Whether the case was marked; not where it was answered or moved meanwhile."""
    update = Update(
        target=inquiry_id,
        cause=Cause(id=f"recount:{new_id()}", correlation_id=inquiry_id),
        decide=partial(decide.look_now, city=city, now=clock()),
    )
    [settled] = await aggregates.settle([update])
    return settled.applied
