"""Districts' work: assignments from the bus, deadlines, and the commands of offices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeAlias

from services.cities import City, Matter
from services.common.aggregates.update import Aggregates, Cause, Settled, Update
from services.common.consuming.consume import Incoming, Outcome
from services.common.consuming.settling import settle_batch
from services.common.kernel import Change
from services.districts.application import metrics
from services.districts.application.feed import WorkFeed
from services.districts.domain.case import citizen, decide, in_time, permits
from services.districts.domain.case.events import (
    CaseOverdue,
    InquiryAssigned,
    MattersJoined,
    MattersLinked,
    MoreTimeAsked,
    ObjectionMade,
    OverdueLevel,
    RepeatClosed,
    SupplementSent,
    WithdrawalAsked,
)
from services.districts.domain.case.model import Case

_Heard: TypeAlias = (
    InquiryAssigned | RepeatClosed | MattersJoined | MattersLinked | citizen.CitizenActed
)


class _ByTime(Protocol):
    """A rule by which time alone changes a case."""

    def __call__(
        self, state: Case | None, *, city: City, now: datetime
    ) -> decide.CaseChange | None: ...


class _Noting:
    """A decision that notes whether it told, when it was taken last, that a case is overdue."""

    def __init__(self, rule: Callable[[Case | None], Change[Case, object] | None]) -> None:
        self._rule = rule
        self.overdue = False

    def __call__(self, state: Case | None) -> Change[Case, object] | None:
        change = self._rule(state)
        self.overdue = change is not None and any(
            isinstance(event, CaseOverdue) and event.level is OverdueLevel.EXAMINER
            for event in change.events
        )
        return change


class Cases:
    """Load → decide → save for cases; whoever watches an office learns of every change."""

    def __init__(
        self,
        *,
        city: City,
        aggregates: Aggregates[Case],
        feed: WorkFeed,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._aggregates = aggregates
        self._feed = feed
        self._clock = clock
        self._new_id = new_id

    async def settle(self, updates: Sequence[Update[Case]]) -> Sequence[Settled[Case]]:
        """Takes the decisions, stores what follows and tells the feed."""
        settled = await self._aggregates.settle(updates)
        for update, result in zip(updates, settled, strict=True):
            # The feed also gets what was not applied now. When the database's reply to a save was
            # lost, the cause comes again and is found handled; only now can watchers be told of it.
            # The feed passes over versions that it knows.
            if result.state is not None:
                self._feed.changed(update.target, result.version, result.state)
        return settled

    async def handle(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        """Opens the cases of a batch of assignments; closes and joins others as routing says; takes
        what citizens did about theirs."""
        return await settle_batch(batch, self._update, self.settle_by_time)

    def _update(self, incoming: Incoming) -> Update[Case]:
        event: _Heard = incoming.event
        match event:
            case InquiryAssigned():
                return self._opening(incoming, event)
            case RepeatClosed():
                return Update(
                    target=event.inquiry_id,
                    cause=incoming.cause,
                    decide=lambda state: decide.close(state, event=event, now=self._clock()),
                )
            case MattersJoined():
                return Update(
                    target=event.lead_inquiry_id,
                    cause=incoming.cause,
                    decide=lambda state: decide.join(state, event=event, now=self._clock()),
                )
            case MattersLinked():
                return Update(
                    target=event.inquiry_id,
                    cause=incoming.cause,
                    decide=lambda state: decide.link(state, event=event, now=self._clock()),
                )
            case SupplementSent() | MoreTimeAsked() | WithdrawalAsked() | ObjectionMade():
                return Update(
                    target=event.inquiry_id,
                    cause=incoming.cause,
                    decide=lambda state: in_time.act(
                        state, city=self._city, event=event, now=self._clock()
                    ),
                )

    def _opening(self, incoming: Incoming, event: InquiryAssigned) -> Update[Case]:
        needs_document = self._needs_document(event.matter)
        return Update(
            target=event.inquiry_id,
            cause=incoming.cause,
            decide=lambda state: decide.open_case(
                state,
                city=self._city,
                event=event,
                now=self._clock(),
                needs_document=needs_document,
            ),
        )

    def _needs_document(self, matter: Matter) -> bool:
        """Whether the matter, by the channel it came by, is filed only once there is a document.
        Of a service that this city does not know, nothing is."""
        service = self._city.catalogue.get(matter.service_code)
        return service is not None and self._city.filing(service, matter.channel).needs_document

    async def wake(self, inquiry_ids: Sequence[str], now: datetime) -> None:
        """Tells what time has brought to these cases; `now` is when they were found due."""
        await self._decide_by_time(inquiry_ids, permits.wake, now)

    async def recount(self, inquiry_ids: Sequence[str]) -> int:
        """Moves the dates of these cases to those that the city's calendar gives now; returns how
        many moved. Raises DomainError UNAVAILABLE."""
        settled = await self._decide_by_time(inquiry_ids, decide.recount, self._clock())
        return sum(one.applied for one in settled)

    async def _decide_by_time(
        self, inquiry_ids: Sequence[str], rule: _ByTime, now: datetime
    ) -> Sequence[Settled[Case]]:
        updates = [
            Update(
                target=inquiry_id,
                cause=Cause(id=self._new_id(), correlation_id=inquiry_id),
                decide=lambda state: rule(state, city=self._city, now=max(now, self._clock())),
            )
            for inquiry_id in inquiry_ids
        ]
        return await self.settle_by_time(updates)

    async def settle_by_time(self, updates: Sequence[Update[Case]]) -> Sequence[Settled[Case]]:
        """As `settle`, for decisions that may find a case overdue; counts those that were not
        known to be."""
        noting = [_Noting(update.decide) for update in updates]
        settled = await self.settle(
            [replace(u, decide=noted) for u, noted in zip(updates, noting, strict=True)]
        )
        for noted, result in zip(noting, settled, strict=True):
            if result.applied:
                metrics.OVERDUE.inc(noted.overdue)
        return settled
