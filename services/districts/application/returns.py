"""Gives undecided cases back to their district after a recall that says so, and takes them from an
office that has closed.

Each case is given back by a decision of its own, as if its office had declined it and named the
district, so that routing, the citizen and whoever watches follow it like any other. Nothing is
remembered here: a round that was cut off begins anew, and finds only what still lies there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial

from services.cities import City, Office
from services.common.aggregates.update import Cause, Update
from services.districts.application.handlers import Cases
from services.districts.application.offices import Directory
from services.districts.application.ports import CaseReads, DelegationReads
from services.districts.domain.case import commands, decide, in_time
from services.districts.domain.case.events import DeclineReason
from services.districts.domain.case.model import UNFINISHED, Case, Work
from services.districts.domain.delegation import competence
from services.districts.domain.delegation.model import Delegation
from services.districts.domain.office.succession import has_closed, successor_of

log = logging.getLogger(__name__)

# After a recall so much time passes before cases go back: routing must have heard of it, or it
# would not let the district have them. Longer: they wait longer at the office. Shorter: routing, a
# little behind, takes them to arbitration.
NOTICE = timedelta(seconds=15)
# So long after a recall cases are looked for. Longer: more reads that find nothing. Shorter: what
# came late to the office, after an outage, stays there.
LOOKED_FOR = timedelta(days=30)
# So many cases are given back by one write. More: other saves of this process wait longer.
TOGETHER = 200


class Returns:
    """The rounds in which cases are given back."""

    def __init__(
        self,
        *,
        city: City,
        directory: Directory,
        cases: Cases,
        case_reads: CaseReads,
        delegations: DelegationReads,
        clock: Callable[[], datetime],
    ) -> None:
        self._city = city
        self._directory = directory
        self._cases = cases
        self._case_reads = case_reads
        self._delegations = delegations
        self._clock = clock

    async def once(self) -> None:
        """Gives back what has to go back now. Raises DomainError UNAVAILABLE."""
        # The pack may not know an office that was recorded since, or that one has closed.
        await self._directory.look()
        now, today = self._clock(), self._today()
        offices = self._directory.city_on(today).offices
        for stored in await self._delegations.returning(today - LOOKED_FOR):
            if stored.state is not None:
                await self._of(stored.state, offices, now, today)
        await self._of_closed(offices, today)

    async def _of(
        self, delegation: Delegation, known: Mapping[str, Office], now: datetime, today: date
    ) -> None:
        offices = sorted(
            {
                grant.office_id
                for grant in delegation.grants
                if grant.recall is not None
                and grant.recall.since <= today
                and grant.recall.entered.at <= now - NOTICE
            }
        )
        if not offices:
            return
        returned = await self._settled(
            self._update(f"return:{delegation.service_code}", work, f"d-{delegation.district}")
            for work in await self._lying_at(offices)
            if self._goes_back(delegation, work, known.get(work.office_id), today)
        )
        if returned:
            log.info(
                "delegations.returned",
                extra={"delegation_id": delegation.id, "returned": returned},
            )

    async def _of_closed(self, offices: Mapping[str, Office], today: date) -> None:
        """Takes what is not answered from the offices that have closed. What they decided by
        delegation goes back to the district, since the power ended with the office. Anything else
        goes to the successor, or where that is not one office, to whom routing finds; what the
        office could not decline, to the arbitration desk. What lies with the desk itself stays: it
        is on the coordinator's list."""
        closed = [id_ for id_ in offices if has_closed(id_, offices, today)]
        if not closed:
            return
        returned = await self._settled(
            self._update("closed", work, _after(work, offices, today))
            for work in await self._lying_at(closed)
            if not work.to_designate
        )
        if returned:
            log.info("offices.closed_returned", extra={"returned": returned})

    async def _lying_at(self, office_ids: Sequence[str]) -> Sequence[Work]:
        found = await self._case_reads.at_offices(office_ids, UNFINISHED)
        return [stored.state.work for stored in found if stored.state is not None]

    async def _settled(self, wanted: Iterable[Update[Case]]) -> int:
        """How many of these were given back. One that was answered or handed on meanwhile is
        refused, and stays as it is."""
        updates, returned = list(wanted), 0
        for start in range(0, len(updates), TOGETHER):
            settled = await self._cases.settle_by_time(updates[start : start + TOGETHER])
            returned += sum(one.applied for one in settled)
        return returned

    def _update(self, why: str, work: Work, to: str) -> Update[Case]:
        return Update(
            target=work.inquiry_id,
            # The turn is named, so that a later one may go back, too.
            cause=Cause(id=f"{why}:{work.round}:{work.attempt}", correlation_id=work.inquiry_id),
            decide=partial(self._given_back, work=work, to=to),
        )

    def _goes_back(
        self, delegation: Delegation, work: Work, office: Office | None, today: date
    ) -> bool:
        """Whether the office has the case by this delegation only. What arbitration gave it stays:
        the committee's word stands above the district's."""
        if work.matter.service_code != delegation.service_code or work.binding:
            return False
        if work.delegated_by != f"d-{delegation.district}":
            return False
        if office is None:
            return False
        return competence.must_return(delegation, office, self._day_of(work), today)

    def _day_of(self, work: Work) -> date:
        """The day whose delegations decided: of the receipt, where the city's practice
        `competent_on` says so, else of the assignment."""
        practice = self._city.practices.get("competent_on")
        by_receipt = practice is not None and practice.value == "receipt"
        at = work.matter.received_at if by_receipt else work.opened_at
        return at.astimezone(self._city.timezone).date()

    def _today(self) -> date:
        return self._clock().astimezone(self._city.timezone).date()

    def _given_back(self, state: Case | None, *, work: Work, to: str) -> decide.CaseChange | None:
        if state is None or (state.work.round, state.work.attempt) != (work.round, work.attempt):
            return None
        return in_time.carry_out(
            state,
            city=self._directory.city_on(self._today()),
            command=commands.Decline(reason=DeclineReason.NOT_COMPETENT, suggested_office_id=to),
            office_id=work.office_id,
            entry=decide.Entry(now=self._clock(), by=None),
        )


def _after(work: Work, offices: Mapping[str, Office], today: date) -> str:
    """The office that has to do the work of a closed one: the district whose power it had, or the
    one that follows; empty where that is routing's or the arbitration desk's to find."""
    if work.binding:
        return ""
    return successor_of(work.delegated_by or work.office_id, offices, today)
