"""Load → decide → save for everything that happens to a survey."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from services.cities import City, Workload
from services.common.aggregates.update import Aggregates, Cause, Settled, Update
from services.common.consuming.consume import Incoming, Outcome
from services.common.consuming.settling import settle_batch
from services.common.kernel import DomainError
from services.survey.application import metrics
from services.survey.application.ports import Counts
from services.survey.domain import decide
from services.survey.domain.commands import Answer
from services.survey.domain.events import CallAnswered, CaseAnswered
from services.survey.domain.model import Answered, Survey, inquiry_of, survey_id_of
from services.survey.domain.satisfaction import Figure, by_office, together


class Surveys:
    """Opens, answers and ends surveys. Repeated and late events have no second effect. `present`
    gives the city of now, which knows whose work an office's is."""

    def __init__(
        self,
        *,
        aggregates: Aggregates[Survey],
        submit: Callable[[Update[Survey]], Awaitable[Settled[Survey]]],
        present: Callable[[], City],
        open_for: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._aggregates = aggregates
        self._submit = submit
        self._present = present
        self._open_for = open_for
        self._clock = clock

    async def handle(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        """Invites for each answer told on the bus."""
        update_for = partial(self._invitation, now=self._clock())
        return await settle_batch(batch, update_for, self._aggregates.settle)

    def _invitation(self, incoming: Incoming, *, now: datetime) -> Update[Survey]:
        event: CaseAnswered | CallAnswered = incoming.event
        return Update(
            target=survey_id_of(event.inquiry_id, event.round),
            cause=replace(incoming.cause, correlation_id=event.inquiry_id),
            fresh=True,
            decide=partial(
                decide.invite,
                event=event,
                workload=self._workload(event),
                sealed=self._sealed(event),
                now=now,
                open_for=self._open_for,
            ),
        )

    def _sealed(self, event: CaseAnswered | CallAnswered) -> bool:
        service = self._present().catalogue.get(event.matter.service_code)
        return service is not None and service.sealed

    def _workload(self, event: CaseAnswered | CallAnswered) -> Workload:
        """The workload that the answer belongs to; for an answered call that of the office which
        took the call."""
        if isinstance(event, CaseAnswered):
            return event.workload
        return _workload_of(event.office_id, self._present())

    async def answer(self, survey_id: str, command: Answer, cause: Cause) -> Answered:
        """The survey once its answer is stored, now or before.

        Raises DomainError: those of `decide.answer` and of `GroupCommit.submit`.
        """
        rule = partial(decide.answer, command=command, now=self._clock())
        settled = await self._submit(Update(target=survey_id, cause=cause, decide=rule))
        assert isinstance(settled.state, Answered)
        return settled.state

    async def expire(self, ids: Sequence[str], now: datetime) -> None:
        """Ends the surveys whose time has come."""
        await self._aggregates.settle(
            [
                Update(
                    target=id_,
                    cause=Cause(id=f"expire:{id_}", correlation_id=inquiry_of(id_)),
                    decide=partial(decide.expire, now=now),
                )
                for id_ in ids
            ]
        )

    async def get(self, survey_id: str) -> Survey:
        """A survey in whatever state; raises DomainError `unknown_survey` (NOT_FOUND), and
        UNAVAILABLE."""
        stored = (await self._aggregates.store.load([survey_id])).get(survey_id)
        if stored is None or stored.state is None:
            raise decide.unknown_survey()
        return stored.state

    async def get_many(self, survey_ids: Sequence[str]) -> Mapping[str, Survey]:
        """The surveys that exist, by id. Raises DomainError UNAVAILABLE, also when one of them is
        unreadable: if it were left out, the caller would believe that it is over."""
        stored = (await self._aggregates.store.load(survey_ids)).whole()
        return {id_: s.state for id_, s in stored.items() if s.state is not None}


class Satisfaction:
    """Figures over all surveys. Counting them takes at most a twentieth of the time.

    Counting reads every survey. So the figures may be as old as `LEAST_AGE`, or as twenty times the
    duration of the count, if that is longer. Readers who come meanwhile share one count.
    """

    LEAST_AGE = 2.0
    SHARE = 20

    def __init__(self, counts: Counts, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._counts = counts
        self._monotonic = monotonic
        self._counting = asyncio.Lock()
        self._figures: Mapping[str, Figure] = {}
        self._good_until = float("-inf")

    async def by_office(self) -> Mapping[str, Figure]:
        """The figure of each office that invited; raises DomainError UNAVAILABLE."""
        async with self._counting:
            begun = self._monotonic()
            if begun >= self._good_until:
                self._figures = by_office(await self._counts.by_office_and_score())
                ended = self._monotonic()
                self._good_until = ended + max(self.LEAST_AGE, self.SHARE * (ended - begun))
            return self._figures


class SatisfactionWatch:
    """Keeps the gauges of satisfaction true."""

    def __init__(self, satisfaction: Satisfaction, present: Callable[[], City]) -> None:
        """`present` gives the city of now, see `Surveys`."""
        self._satisfaction = satisfaction
        self._present = present

    async def look(self) -> None:
        """Shows the figures as they are now. Shows none while the database is away: old ones would
        look like new ones. Raises DomainError UNAVAILABLE."""
        try:
            offices = await self._satisfaction.by_office()
        except DomainError:
            for gauge in (metrics.SATISFACTION, metrics.INVITED, metrics.ANSWERED):
                gauge.clear()
            raise
        city = self._present()
        for workload in Workload:
            figure = together(
                of_office
                for office_id, of_office in offices.items()
                if _workload_of(office_id, city) is workload
            )
            metrics.INVITED.labels(workload.value).set(figure.invited)
            metrics.ANSWERED.labels(workload.value).set(figure.answered)
            if figure.points is not None:
                metrics.SATISFACTION.labels(workload.value).set(figure.points)


def _workload_of(office_id: str, city: City) -> Workload:
    """The workload of an office; the city's for one that is not known (any more)."""
    office = city.offices.get(office_id)
    return Workload[office.kind.name] if office else Workload.CITY
