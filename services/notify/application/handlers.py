"""Load → fetch → write → send → save, for a whole batch at once.

A delivery is made by the event that announces it and ended by this module alone: at once, or by
the ticker when a provider asked for patience or a crash left a try open.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from services.common import telemetry
from services.common.aggregates import Aggregates, Cause, Settled, Update
from services.common.consume import Ack, Incoming, Outcome, Retry, outcome_of
from services.common.kernel import DomainError
from services.notify.application import metrics
from services.notify.application.ports import Channel, Contact, Message, Peers, Writer
from services.notify.domain import decide
from services.notify.domain.model import (
    Delivery,
    Ended,
    FailureReason,
    Later,
    MessageName,
    Notice,
    Patience,
    Result,
    SkipReason,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One delivery to try, and what makes us try it; `fresh` when it was not there a moment ago."""

    notice: Notice
    cause: Cause
    fresh: bool = False

    @property
    def id(self) -> str:
        return self.notice.delivery_id


@dataclass(frozen=True, slots=True)
class _Lacking:
    """What couldn't be told, because nobody has the contact, or what the message is about."""

    contact: list[_Job] = field(default_factory=list)
    content: list[_Job] = field(default_factory=list)


# What could not be stored, by delivery, and why.
_Unstored = dict[str, DomainError]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the other services said about a batch: contacts by inquiry, answers by inquiry and
    round, links by survey."""

    contacts: Mapping[str, Contact]
    answers: Mapping[tuple[str, int], str]
    links: Mapping[str, str]

    def answer(self, notice: Notice) -> str | None:
        """The words of the answer that it tells of; None when they are not known."""
        return self.answers.get((notice.inquiry_id, notice.round))

    def link(self, notice: Notice) -> str | None:
        """The link of the survey that it invites to; None when that is not open."""
        return self.links.get(notice.survey_id)

    def suffice(self, notice: Notice) -> bool:
        """Whether the message can be written."""
        match notice.message:
            case MessageName.ANSWERED:
                return self.answer(notice) is not None
            case MessageName.SURVEY:
                return self.link(notice) is not None
            case MessageName.RECEIVED | MessageName.ASSIGNED:
                return True


class Notifier:
    """Tells citizens. `names` has the full name of each event heard; `channels` are in order of
    preference; `chance` gives numbers in [0, 1)."""

    def __init__(
        self,
        *,
        aggregates: Aggregates[Delivery],
        names: Mapping[type[object], str],
        peers: Peers,
        writer: Writer,
        channels: Sequence[Channel],
        patience: Patience,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._aggregates = aggregates
        self._names = names
        self._peers = peers
        self._writer = writer
        self._channels = channels
        self._patience = patience
        self._clock = clock
        self._chance = chance

    async def handle(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        """Tells what is new; what has a delivery already is left to it, whatever its state."""
        jobs: dict[str, _Job] = {}
        mute: set[str] = set()
        ids = []
        for incoming in batch:
            job = self._job_of(incoming)
            ids.append(job.id)
            jobs.setdefault(job.id, job)
            if not job.notice.matter.has_contact:
                mute.add(job.id)
        known = await self._aggregates.store.load(jobs)
        new = [job for id_, job in jobs.items() if id_ not in {*known, *known.unreadable}]
        (lacking, unstored), also_unstored = await asyncio.gather(
            self._tell([job for job in new if job.id not in mute]),
            self._give_up([job for job in new if job.id in mute], SkipReason.NO_CONTACT),
        )
        # A contact or an answer we don't see yet is on its way. A survey that is over needs no
        # invitation any more.
        outcomes: dict[str, Outcome] = {job.id: Ack() for job in new if job.id not in mute}
        outcomes |= {job.id: Retry() for job in lacking.contact}
        # A delivery of a newer version: whether it was told, that version knows.
        for id_ in known.unreadable:
            outcomes[id_] = Retry(slug="unreadable", may_pass=True)
        for job in lacking.content:
            if job.notice.message is not MessageName.SURVEY:
                outcomes[job.id] = Retry()
        for id_, error in (unstored | also_unstored).items():
            outcomes[id_] = outcome_of(error)
        # Who left no contact is no sign that the other services answer.
        return [outcomes.get(id_, Ack(on_its_own=True)) for id_ in ids]

    def _job_of(self, incoming: Incoming) -> _Job:
        notice = decide.notice_of(
            incoming.event,
            cause_type=self._names[type(incoming.event)],
            cause_event_id=incoming.cause.id,
            traceparent=incoming.cause.traceparent,
        )
        cause = replace(incoming.cause, correlation_id=notice.inquiry_id)
        return _Job(notice=notice, cause=cause, fresh=True)

    async def wake(self, ids: Sequence[str], now: datetime) -> None:
        """Tries again what waits or was left open; ends what can't be told any more."""
        jobs = []
        for id_, stored in (await self._aggregates.store.load(ids)).items():
            if stored.state is None or isinstance(stored.state, Ended):
                continue
            notice = stored.state.notice
            # The version in the id: two tickers that wake the same try have one effect.
            cause = Cause(
                id=f"wake:{id_}:{stored.version}",
                correlation_id=notice.inquiry_id,
                traceparent=notice.traceparent,
            )
            jobs.append(_Job(notice=notice, cause=cause))
        lacking, _ = await self._tell(jobs)
        await self._give_up(lacking.contact, SkipReason.NO_CONTACT)
        await self._give_up(lacking.content, FailureReason.EXHAUSTED)

    async def _tell(self, jobs: Sequence[_Job]) -> tuple[_Lacking, _Unstored]:
        """Sends and records what can be told; returns the rest."""
        facts = await self._facts([job.notice for job in jobs])
        lacking = _Lacking()
        unreachable: list[_Job] = []
        unwritten: dict[Channel, list[_Job]] = {}
        ready: dict[Channel, list[tuple[_Job, Message]]] = {}
        for job in jobs:
            contact = facts.contacts.get(job.notice.inquiry_id)
            if contact is None:
                lacking.contact.append(job)
            elif not facts.suffice(job.notice):
                lacking.content.append(job)
            elif channel := next((c for c in self._channels if c.reaches(contact)), None):
                message = self._write(job.notice, channel, contact, facts)
                if message is None:
                    unwritten.setdefault(channel, []).append(job)
                else:
                    ready.setdefault(channel, []).append((job, message))
            else:
                unreachable.append(job)
        unstored: _Unstored = {}
        for some in await asyncio.gather(
            self._give_up(unreachable, SkipReason.NO_CONTACT),
            *(self._put_off(channel, unwritable) for channel, unwritable in unwritten.items()),
            *(self._send(channel, messages) for channel, messages in ready.items()),
        ):
            unstored |= some
        return lacking, unstored

    async def _facts(self, notices: Sequence[Notice]) -> _Facts:
        """One question to each service for all of them, all at the same time."""
        answered = [notice for notice in notices if notice.message is MessageName.ANSWERED]
        surveyed = [notice for notice in notices if notice.message is MessageName.SURVEY]
        contacts, answers, links = await asyncio.gather(
            self._peers.contacts(_each_once(notice.inquiry_id for notice in notices)),
            self._peers.answers(_each_once(notice.inquiry_id for notice in answered)),
            self._peers.survey_links(_each_once(notice.survey_id for notice in surveyed)),
        )
        return _Facts(contacts=contacts, answers=answers, links=links)

    def _write(
        self, notice: Notice, channel: Channel, contact: Contact, facts: _Facts
    ) -> Message | None:
        """The message; None where this one cannot be written, whatever the reason. Its neighbours
        must not wait for it."""
        try:
            return self._writer.write(
                notice,
                channel.kind,
                contact,
                answer=facts.answer(notice) or "",
                link=facts.link(notice) or "",
            )
        except Exception as error:
            metrics.DELIVERIES.labels(channel.kind, "unwritten").inc()
            log.error(
                "delivery.unwritten",
                extra={"delivery_id": notice.delivery_id, **telemetry.failure(error)},
            )
            return None

    async def _send(self, channel: Channel, messages: Sequence[tuple[_Job, Message]]) -> _Unstored:
        """Sends; one write for each delivery where the channel can tell a repetition, else two."""
        unbegun: _Unstored = {}
        if not channel.repeatable:
            messages, unbegun = await self._begun(channel, messages)
        results = await self._results(channel, [message for _, message in messages])
        for result in results:
            metrics.DELIVERIES.labels(channel.kind, type(result).__name__.lower()).inc()
        jobs = [job for job, _ in messages]
        return unbegun | await self._conclude(channel, jobs, results)

    async def _results(self, channel: Channel, messages: Sequence[Message]) -> Sequence[Result]:
        """What the channel says of each. One that fails as a whole, which it should not, took
        perhaps some of them; all are tried again with patience, and nobody's end stays unknown."""
        try:
            return await channel.send(messages)
        except Exception as error:
            log.error(
                "channel.failed",
                extra={
                    "channel": channel.kind,
                    "messages": len(messages),
                    **telemetry.failure(error),
                },
            )
            return [Later()] * len(messages)

    async def _put_off(self, channel: Channel, jobs: Sequence[_Job]) -> _Unstored:
        """What could not be written waits: a template may be mended, or it gives up in the end."""
        return await self._conclude(channel, jobs, [Later()] * len(jobs))

    async def _conclude(
        self, channel: Channel, jobs: Sequence[_Job], results: Sequence[Result]
    ) -> _Unstored:
        now = self._clock()
        return await self._settle(
            [
                Update(
                    target=job.id,
                    cause=job.cause,
                    fresh=job.fresh and channel.repeatable,
                    decide=partial(
                        decide.conclude,
                        notice=job.notice,
                        channel=channel.kind,
                        result=result,
                        now=now,
                        patience=self._patience,
                        jitter=self._chance(),
                    ),
                )
                for job, result in zip(jobs, results, strict=True)
            ]
        )

    async def _begun(
        self, channel: Channel, messages: Sequence[tuple[_Job, Message]]
    ) -> tuple[Sequence[tuple[_Job, Message]], _Unstored]:
        """Stores that a try begins, so that no other process makes the same; returns those that
        this one is to send, and those for which that could not be stored."""
        now = self._clock()
        updates: list[Update[Delivery]] = [
            Update(
                target=job.id,
                # Its own id: the cause itself is used up by what the try leads to.
                cause=replace(job.cause, id=f"{job.cause.id}:begin"),
                fresh=job.fresh,
                decide=partial(
                    decide.begin,
                    notice=job.notice,
                    channel=channel.kind,
                    now=now,
                    patience=self._patience,
                ),
            )
            for job, _ in messages
        ]
        settled = await self._aggregates.settle(updates)
        ours = [m for m, begun in zip(messages, settled, strict=True) if begun.applied]
        return ours, _unstored(updates, settled)

    async def _give_up(self, jobs: Sequence[_Job], reason: SkipReason | FailureReason) -> _Unstored:
        now = self._clock()
        return await self._settle(
            [
                Update(
                    target=job.id,
                    cause=job.cause,
                    fresh=job.fresh,
                    decide=partial(decide.give_up, notice=job.notice, reason=reason, now=now),
                )
                for job in jobs
            ]
        )

    async def _settle(self, updates: Sequence[Update[Delivery]]) -> _Unstored:
        return _unstored(updates, await self._aggregates.settle(updates))


def _each_once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _unstored(
    updates: Sequence[Update[Delivery]], settled: Sequence[Settled[Delivery]]
) -> _Unstored:
    return {
        update.target: result.error
        for update, result in zip(updates, settled, strict=True)
        if result.error is not None
    }
