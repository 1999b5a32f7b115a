"""Districts' work: assignments from the bus, deadlines, and the commands of offices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from services.cities import City, Due, Matter, OutOfCalendar
from services.common.aggregates.command_id import cause_id
from services.common.aggregates.update import Aggregates, Cause, Settled, Store, Stored, Update
from services.common.consuming.consume import Incoming, Outcome
from services.common.consuming.settling import settle_batch
from services.common.kernel import Change, DomainError, Kind, StaleVersion
from services.common.process import telemetry
from services.districts.application import metrics
from services.districts.application.feed import WorkFeed
from services.districts.application.ports import CitizenWords, Words
from services.districts.domain import decide
from services.districts.domain.commands import Command, Decline
from services.districts.domain.events import (
    CaseOverdue,
    InquiryAssigned,
    MattersJoined,
    MattersLinked,
    OverdueLevel,
    RepeatClosed,
)
from services.districts.domain.model import Case, Item, RoundAnswer, answers_of, item_for

Submit = Callable[[Update[Case]], Awaitable[Settled[Case]]]

# The pack's limit on how long after an act an office may enter it.
BACKDATING = "backdating"


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
        """Opens the cases of a batch of assignments; closes and joins others as routing says."""
        return await settle_batch(batch, self._update, self.settle_by_time)

    def _update(self, incoming: Incoming) -> Update[Case]:
        event: InquiryAssigned | RepeatClosed | MattersJoined | MattersLinked = incoming.event
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
        await self._decide_by_time(inquiry_ids, decide.wake, now)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseToHandle:
    """A case as its office reads it.

    `dong_name` and `service_name` say in the city's first language what the codes of the place and
    of the matter mean; empty where there is no code, or none that the city knows.
    """

    item: Item
    words: CitizenWords
    dong_name: str
    service_name: str


class OfficeWork:
    """What one office may do and see; the office is the caller's, never an argument it chose."""

    def __init__(
        self,
        *,
        city: City,
        submit: Submit,
        store: Store[Case],
        words: Words,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._city = city
        self._submit = submit
        self._store = store
        self._words = words
        self._clock = clock
        self._new_id = new_id

    async def carry_out(self, office_id: str, inquiry_id: str, command: Command) -> Item:
        """The case as the office sees it once its command is stored.

        Raises DomainError: `unknown_office` and `invalid_command_id` (INVALID) besides those of
        `decide.carry_out`, StaleVersion, and those of `GroupCommit.submit`.
        """
        self._check(command, office_id)
        enter_by = self._enter_by(command.occurred_at)
        update = Update(
            target=inquiry_id,
            cause=Cause(
                id=self._cause_id(office_id, command),
                correlation_id=inquiry_id,
                traceparent=telemetry.current_traceparent(),
            ),
            decide=partial(self._decide, office_id=office_id, command=command, enter_by=enter_by),
            expected_version=command.expected_version,
        )
        try:
            settled = await self._submit(update)
        except DomainError as refused:
            if refused.kind is Kind.CONFLICT and command.expected_version is not None:
                await self._must_be_at(command.expected_version, inquiry_id, office_id)
            raise
        if settled.applied:
            return _seen(settled.state, office_id, settled.version)
        # What this process remembers may be older than what another one has stored since.
        stored = await self._stored(inquiry_id)
        return _seen(stored.state, office_id, stored.version)

    def _decide(
        self,
        state: Case | None,
        *,
        office_id: str,
        command: Command,
        enter_by: datetime | None,
    ) -> decide.CaseChange | None:
        # The clock is read here, not when the command came, because the command may have waited
        # since. Whoever resumes a watch relies on each change being stored soon after the time that
        # it bears (`feed.MARGIN`).
        now = self._clock()
        entry = decide.Entry(now=now, by=enter_by)
        change = decide.carry_out(state, command=command, office_id=office_id, entry=entry)
        if change is None and command.command_id:
            # The command asks for what is so already. Its id is stored all the same: in a later
            # round that is no longer so, and the same command sent again must not act then.
            return decide.note(state, office_id=office_id, now=now)
        return change

    def _enter_by(self, occurred_at: datetime | None) -> datetime | None:
        """Until when an act of that time may be entered; None: without a limit."""
        if occurred_at is None or BACKDATING not in self._city.limits:
            return None
        try:
            due = self._city.due_of(self._city.term_within(BACKDATING, occurred_at))
        except OutOfCalendar:
            return occurred_at
        assert isinstance(due, Due), "a term without suspensions is never paused"
        return due.at

    def _cause_id(self, office_id: str, command: Command) -> str:
        """The id of the cause: new when the office gave the command no id. Raises DomainError
        `invalid_command_id` (INVALID)."""
        if not command.command_id:
            return self._new_id()
        said = repr(replace(command, command_id="", expected_version=None))
        return cause_id(office_id, type(command).__name__, command.command_id, said)

    async def case(self, office_id: str, inquiry_id: str) -> CaseToHandle:
        """A case that lies at the office, with the citizen's words.

        Raises `unknown_case` (NOT_FOUND), also for a case that has left the office, and
        `words_missing` (UNAVAILABLE) when intake does not hold the inquiry.
        """
        stored = await self._stored(inquiry_id)
        if stored.state is None or stored.state.work.office_id != office_id:
            raise decide.unknown_case()
        words = await self._words.of(inquiry_id, office_id)
        if words is None:
            raise DomainError(
                "words_missing", Kind.UNAVAILABLE, "intake does not hold this inquiry; try again"
            )
        item = _seen(stored.state, office_id, stored.version)
        return CaseToHandle(
            item=item,
            words=words,
            dong_name=self._city.place_label(words.dong_code),
            service_name=self._city.service_label(item.service_code),
        )

    async def _must_be_at(self, version: int, inquiry_id: str, office_id: str) -> None:
        """Raises StaleVersion when the case is at the office in another version than the one that
        the office decided on. This comes before the refusal itself: the office must first see the
        case as it is now.

        The case is read once more for it, because a rule that refuses does not know the version of
        the state that it was given. Only a refused command that names a version pays for that.
        """
        stored = await self._stored(inquiry_id)
        at_office = stored.state is not None and stored.state.work.office_id == office_id
        if at_office and stored.version != version:
            raise StaleVersion(stored.version)

    async def _stored(self, inquiry_id: str) -> Stored[Case]:
        stored = (await self._store.load([inquiry_id])).get(inquiry_id)
        return stored or Stored(id=inquiry_id, version=0, state=None)

    def _check(self, command: Command, office_id: str) -> None:
        """Raises `unknown_office` when the command suggests an office that is not in the city, or
        the caller's own."""
        suggested = command.suggested_office_id if isinstance(command, Decline) else ""
        if suggested and (suggested not in self._city.offices or suggested == office_id):
            raise DomainError(
                "unknown_office",
                Kind.INVALID,
                "must be another office of this city, or empty",
                field="suggested_office_id",
            )


async def answers(
    store: Store[Case], inquiry_ids: Sequence[str]
) -> dict[str, Sequence[RoundAnswer]]:
    """The answers to those of these inquiries that have any, earlier rounds first, in one read.
    Raises DomainError UNAVAILABLE, also when one of the cases cannot be read: left out, it would
    look unanswered."""
    found = (await store.load(inquiry_ids)).whole()
    given = {id_: tuple(answers_of(s.state)) for id_, s in found.items() if s.state is not None}
    return {id_: answers for id_, answers in given.items() if answers}


def _seen(case: Case | None, office_id: str, version: int) -> Item:
    item = item_for(case, office_id, version) if case is not None else None
    if item is None:
        raise decide.unknown_case()
    return item
