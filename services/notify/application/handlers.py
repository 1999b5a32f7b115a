"""Load → fetch → write → send → save, for a whole batch at once.

A delivery is made by the event that announces it and ended by this module alone: at once, or by
the ticker when a provider asked for patience or a crash left a try open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from services.common import telemetry
from services.common.aggregates import Aggregates, Cause, Order
from services.common.consume import Ack, Incoming, Outcome, Retry
from services.notify.application.ports import Channel, Contact, Message, Peers, Writer
from services.notify.domain import decide
from services.notify.domain.model import (
    Delivered,
    Delivery,
    Failed,
    FailureReason,
    Notice,
    Patience,
    Step,
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the other services said about the inquiries of a batch."""

    contacts: Mapping[str, Contact]
    answers: Mapping[str, str]
    links: Mapping[str, str]

    def suffice(self, notice: Notice) -> bool:
        """Whether the message of this step can be written."""
        if notice.step is Step.ANSWERED:
            return notice.inquiry_id in self.answers
        return notice.step is not Step.SURVEY or notice.inquiry_id in self.links


class Notifier:
    """Tells citizens. `channels` are in order of preference; `chance` gives numbers in [0, 1)."""

    def __init__(
        self,
        *,
        aggregates: Aggregates[Delivery],
        peers: Peers,
        writer: Writer,
        channels: Sequence[Channel],
        patience: Patience,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._aggregates = aggregates
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
            notice = decide.notice_of(incoming.event, incoming.cause.traceparent)
            ids.append(notice.delivery_id)
            job = _Job(notice=notice, cause=incoming.cause, fresh=True)
            jobs.setdefault(job.id, job)
            if not incoming.event.has_contact:
                mute.add(notice.delivery_id)
        known = await self._aggregates.store.load(jobs)
        new = [job for id_, job in jobs.items() if id_ not in known]
        lacking, _ = await asyncio.gather(
            self._tell([job for job in new if job.id not in mute]),
            self._give_up([job for job in new if job.id in mute], FailureReason.NO_CONTACT),
        )
        # A contact or an answer we don't see yet is on its way. A survey that is over needs no
        # invitation any more.
        retry = {job.id for job in lacking.contact}
        retry.update(j.id for j in lacking.content if j.notice.step is not Step.SURVEY)
        return [Retry() if id_ in retry else Ack() for id_ in ids]

    async def wake(self, ids: Sequence[str], now: datetime) -> None:
        """Tries again what waits or was left open; ends what can't be told any more."""
        jobs = []
        for id_, stored in (await self._aggregates.store.load(ids)).items():
            if stored.state is None or isinstance(stored.state, Delivered | Failed):
                continue
            notice = stored.state.notice
            # The version in the id: two tickers that wake the same try have one effect.
            cause = Cause(
                id=f"wake:{id_}:{stored.version}",
                correlation_id=notice.inquiry_id,
                traceparent=notice.traceparent,
            )
            jobs.append(_Job(notice=notice, cause=cause))
        lacking = await self._tell(jobs)
        await self._give_up(lacking.contact, FailureReason.NO_CONTACT)
        await self._give_up(lacking.content, FailureReason.EXHAUSTED)

    async def _tell(self, jobs: Sequence[_Job]) -> _Lacking:
        """Sends and records what can be told; returns the rest."""
        facts = await self._facts([job.notice for job in jobs])
        lacking = _Lacking()
        unreachable: list[_Job] = []
        ready: dict[Channel, list[tuple[_Job, Message]]] = {}
        for job in jobs:
            contact = facts.contacts.get(job.notice.inquiry_id)
            if contact is None:
                lacking.contact.append(job)
            elif not facts.suffice(job.notice):
                lacking.content.append(job)
            elif channel := next((c for c in self._channels if c.reaches(contact)), None):
                message = self._write(job.notice, channel, contact, facts)
                ready.setdefault(channel, []).append((job, message))
            else:
                unreachable.append(job)
        await asyncio.gather(
            self._give_up(unreachable, FailureReason.NO_CONTACT),
            *(self._send(channel, messages) for channel, messages in ready.items()),
        )
        return lacking

    async def _facts(self, notices: Sequence[Notice]) -> _Facts:
        """One question to each service for all of them, all at the same time."""

        def ids(*steps: Step) -> list[str]:
            return list({notice.inquiry_id: None for notice in notices if notice.step in steps})

        contacts, answers, links = await asyncio.gather(
            self._peers.contacts(ids(*Step)),
            self._peers.answers(ids(Step.ANSWERED)),
            self._peers.survey_links(ids(Step.SURVEY)),
        )
        return _Facts(contacts=contacts, answers=answers, links=links)

    def _write(self, notice: Notice, channel: Channel, contact: Contact, facts: _Facts) -> Message:
        return self._writer.write(
            notice,
            channel.kind,
            contact,
            answer=facts.answers.get(notice.inquiry_id, ""),
            link=facts.links.get(notice.inquiry_id, ""),
        )

    async def _send(self, channel: Channel, messages: Sequence[tuple[_Job, Message]]) -> None:
        """Sends; one write for each delivery where the channel can tell a repetition, else two."""
        if not channel.repeatable:
            messages = await self._begun(channel, messages)
        results = await channel.send([message for _, message in messages])
        for result in results:
            telemetry.DELIVERIES.labels(channel.kind, type(result).__name__.lower()).inc()
        now = self._clock()
        await self._aggregates.settle(
            [
                Order(
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
                for (job, _), result in zip(messages, results, strict=True)
            ]
        )

    async def _begun(
        self, channel: Channel, messages: Sequence[tuple[_Job, Message]]
    ) -> Sequence[tuple[_Job, Message]]:
        """Those whose try is ours to make."""
        now = self._clock()
        orders: list[Order[Delivery]] = [
            Order(
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
        settled = await self._aggregates.settle(orders)
        return [m for m, begun in zip(messages, settled, strict=True) if begun.applied]

    async def _give_up(self, jobs: Sequence[_Job], reason: FailureReason) -> None:
        now = self._clock()
        await self._aggregates.settle(
            [
                Order(
                    target=job.id,
                    cause=job.cause,
                    fresh=job.fresh,
                    decide=partial(decide.give_up, notice=job.notice, reason=reason, now=now),
                )
                for job in jobs
            ]
        )
