"""Load → fetch → whose turn → write → send → save, for a whole batch at once.

Each delivery begins with an event of which the citizen is told. Only this module ends it: at once,
or later by the ticker, if a provider asked to wait or a crash left a try open.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeAlias

from services.common.aggregates.update import Aggregates, Cause, Loaded, Settled, Update
from services.common.consuming.consume import Ack, Incoming, Outcome, Retry, outcome_of
from services.common.kernel import Change, DomainError
from services.common.process import telemetry
from services.notify.application import metrics
from services.notify.application.ports import (
    Answer,
    Channel,
    Contact,
    Limits,
    Message,
    Peers,
    Writer,
)
from services.notify.domain import decide, excerpt, order
from services.notify.domain.decide import Told
from services.notify.domain.model import (
    Accepted,
    Delivery,
    DeliveryChannel,
    Ended,
    Later,
    MessageName,
    Notice,
    Party,
    Patience,
    Refused,
    Result,
    SkipReason,
    WaitReason,
)

log = logging.getLogger(__name__)

# A rule with all but the state filled in.
_Decide: TypeAlias = Callable[[Delivery | None], Change[Delivery, Told] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One delivery to try, with the cause of the try; `fresh`: it is not stored yet."""

    notice: Notice
    cause: Cause
    fresh: bool = False

    @property
    def id(self) -> str:
        return self.notice.delivery_id


@dataclass(frozen=True, slots=True)
class _Lacking:
    """Deliveries that could not be tried, because no service has the contact or the content yet."""

    contact: list[_Job] = field(default_factory=list)
    content: list[_Job] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """The deliveries of a batch and those that they must not overtake, as last stored; the ids of
    those that news was `heard` of; and, by delivery, the errors of those that could not be
    stored."""

    known: dict[str, Delivery]
    wakes: dict[str, datetime]
    heard: Collection[str] = ()
    unstored: dict[str, DomainError] = field(default_factory=dict)

    def of(self, job: _Job) -> Delivery | None:
        return self.known.get(job.id)

    def closed(self, job: _Job) -> Collection[DeliveryChannel]:
        """The channels that cannot reach this citizen."""
        delivery = self.of(job)
        return delivery.course.closed if delivery is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the other services said about a batch: contacts and the beginnings of what was asked by
    inquiry, answers by inquiry and round, links by survey."""

    contacts: Mapping[str, Contact]
    asked: Mapping[str, str]
    answers: Mapping[tuple[str, int], Answer]
    links: Mapping[str, str]

    def answer(self, notice: Notice) -> Answer | None:
        """The answer that it tells of; None when it is not known."""
        return self.answers.get((notice.inquiry_id, notice.round))

    def link(self, notice: Notice) -> str | None:
        """The link of the survey that it invites to; None when that is not open."""
        return self.links.get(notice.survey_id)

    def repeated(self, notice: Notice, contact: Contact, channel: Channel) -> str:
        """The beginning of what the citizen asked; empty where a stranger might read it."""
        return self.asked.get(notice.inquiry_id, "") if contact.is_own(channel.kind) else ""

    def suffice(self, notice: Notice) -> bool:
        """Whether the message can be written."""
        match notice.message:
            case MessageName.ANSWERED:
                return self.answer(notice) is not None
            case MessageName.SURVEY:
                return self.link(notice) is not None
            case (
                MessageName.RECEIVED
                | MessageName.ASKED
                | MessageName.ASSIGNED
                | MessageName.RECOUNTED
                | MessageName.SUPPLEMENT
                | MessageName.PROGRESS
                | MessageName.ACT_REFUSED
                | MessageName.REPEAT_CLOSED
                | MessageName.WITHDRAWN
            ):
                return True


# Where the id of a delivery would be, of an event that leads to none.
_UNTOLD = ""


class Notifier:
    """Tells citizens. `names` has the full name of each event heard; `channels` are in order of
    preference; `sealed` are the codes of services that ordinary messages do not follow; `chance`
    gives numbers in [0, 1)."""

    def __init__(
        self,
        *,
        aggregates: Aggregates[Delivery],
        names: Mapping[type[object], str],
        peers: Peers,
        writer: Writer,
        channels: Sequence[Channel],
        limits: Limits,
        sealed: Collection[str],
        patience: Patience,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._aggregates = aggregates
        self._names = names
        self._peers = peers
        self._writer = writer
        self._channels = channels
        self._limits = limits
        self._sealed = frozenset(sealed)
        self._patience = patience
        self._clock = clock
        self._chance = chance

    async def handle(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        """Tells new news. If news has a delivery already, that delivery goes its own way, whatever
        its state."""
        jobs: dict[str, _Job] = {}
        ids = []
        for incoming in batch:
            if not decide.tells(incoming.event):
                ids.append(_UNTOLD)
                continue
            job = self._job_of(incoming)
            ids.append(job.id)
            jobs.setdefault(job.id, job)
        known = await self._load(jobs.values())
        new = [job for id_, job in jobs.items() if id_ not in {*known, *known.unreadable}]
        going = _batch(known)
        going.heard = jobs.keys()
        open_ = await self._without_sealed(new, going)
        mute = [job for job in open_ if not job.notice.matter.has_contact]
        told = [job for job in open_ if job.notice.matter.has_contact]
        lacking, _ = await asyncio.gather(
            self._tell(told, going), self._skip(mute, SkipReason.NO_CONTACT, going)
        )
        # A contact or an answer that is not there yet is on its way, so these wait. A survey that
        # is over needs no invitation any more.
        outcomes: dict[str, Outcome] = {job.id: Ack() for job in told}
        outcomes |= {job.id: Retry() for job in lacking.contact}
        # A newer version wrote this delivery; only that version knows whether it was sent.
        for id_ in known.unreadable:
            outcomes[id_] = Retry(slug="unreadable", may_pass=True)
        for job in lacking.content:
            if job.notice.message is not MessageName.SURVEY:
                outcomes[job.id] = Retry()
        for id_, error in going.unstored.items():
            outcomes[id_] = outcome_of(error)
        # The other events needed no peer: the citizen left no contact, for example. Their success
        # does not show that the peers answer.
        return [outcomes.get(id_, Ack(on_its_own=True)) for id_ in ids]

    async def _load(self, jobs: Iterable[_Job]) -> Loaded[Delivery]:
        """Loads the deliveries, those that they must not overtake, and those that may show that the
        matter is sealed or the news over."""
        ids = (
            id_
            for job in jobs
            for id_ in (job.id, *order.sealed_by(job.notice), *order.over_by(job.notice))
        )
        return await self._aggregates.store.load(_each_once(ids))

    async def _without_sealed(self, jobs: Sequence[_Job], going: _Batch) -> Sequence[_Job]:
        """Skips the news of sealed matters, and returns the rest.

        News whose own matter shows it goes first: news of before the matter was classified, in the
        same batch or waiting since, does not show it. That news is skipped as news of the sealed
        matter: its own would let the event, and the reason in it, travel where everybody reads.
        """
        shown: list[_Job] = []
        rest: list[_Job] = []
        for job in jobs:
            (shown if job.notice.matter.service_code in self._sealed else rest).append(job)
        await self._skip(shown, SkipReason.SEALED, going)
        open_: list[_Job] = []
        learnt: list[_Job] = []
        for job in rest:
            matter = order.sealed_matter(job.notice, going.known)
            if matter is None:
                open_.append(job)
            else:
                learnt.append(replace(job, notice=replace(job.notice, matter=matter)))
        await self._skip(learnt, SkipReason.SEALED, going)
        return open_

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
            # The id holds the version, so two tickers that wake the same try have one effect.
            cause = Cause(
                id=f"wake:{id_}:{stored.version}",
                correlation_id=notice.inquiry_id,
                traceparent=notice.traceparent,
            )
            jobs.append(_Job(notice=notice, cause=cause))
        going = _batch(await self._load(jobs))
        lacking = await self._tell(await self._without_sealed(jobs, going), going)
        over = [job for job in lacking.content if job.notice.message is MessageName.SURVEY]
        unknown = [job for job in lacking.content if job.notice.message is not MessageName.SURVEY]
        await self._skip(lacking.contact, SkipReason.NO_CONTACT, going)
        await self._skip(over, SkipReason.OVER, going)
        await self._hold(unknown, going)

    async def _tell(self, jobs: Sequence[_Job], going: _Batch) -> _Lacking:
        """Sends and records the deliveries that can go out; returns the rest."""
        facts = await self._facts([job.notice for job in jobs])
        lacking = _Lacking()
        for wave in _waves(jobs):
            await self._tell_wave(wave, facts, going, lacking)
        return lacking

    async def _tell_wave(
        self, jobs: Sequence[_Job], facts: _Facts, going: _Batch, lacking: _Lacking
    ) -> None:
        """Sends at most one message of each inquiry, so that none overtakes another."""
        early: list[_Job] = []
        over: list[_Job] = []
        unreachable: list[_Job] = []
        ready: dict[Channel, list[tuple[_Job, Contact]]] = {}
        for job in jobs:
            contact = facts.contacts.get(job.notice.inquiry_id)
            if contact is None:
                lacking.contact.append(job)
            elif not facts.suffice(job.notice):
                lacking.content.append(job)
            elif self._is_over(job.notice, going):
                over.append(job)
            elif not self._may_go(job, going):
                early.append(job)
            elif ways := self._ways(contact, going.closed(job)):
                ready.setdefault(ways[0], []).append((job, contact))
            else:
                unreachable.append(job)
        await asyncio.gather(
            self._skip(unreachable, SkipReason.NO_CONTACT, going),
            self._skip(over, SkipReason.OVER, going),
            self._wait_for_their_turn(early, going),
            *(self._tell_by(channel, some, facts, going) for channel, some in ready.items()),
        )

    def _is_over(self, notice: Notice, going: _Batch) -> bool:
        """Whether what it tells of is over, also by news that came in the same batch."""
        ids = order.over_by(notice)
        heard = any(id_ in going.known or id_ in going.heard for id_ in ids)
        return heard or order.too_late(notice, self._clock())

    def _may_go(self, job: _Job, going: _Batch) -> bool:
        return order.may_go(
            job.notice, going.of(job), going.known, now=self._clock(), patience=self._patience
        )

    def _ways(self, contact: Contact, closed: Collection[DeliveryChannel]) -> Sequence[Channel]:
        """The channels that may reach this citizen, the preferred one first."""
        return [c for c in self._channels if c.kind not in closed and c.reaches(contact)]

    async def _tell_by(
        self,
        channel: Channel,
        reached: Sequence[tuple[_Job, Contact]],
        facts: _Facts,
        going: _Batch,
    ) -> None:
        """Sends over one channel, as far as the hourly limits of its recipients allow."""
        wanted = [(job.id, address) for job, c in reached if (address := channel.address(c))]
        over = await self._limits.take(wanted, self._clock()) if wanted else ()
        await self._wait_for_the_next_hour([job for job, _ in reached if job.id in over], going)
        unwritten: list[_Job] = []
        messages: list[tuple[_Job, Message]] = []
        for job, contact in reached:
            if job.id in over:
                continue
            message = self._write(job.notice, channel, contact, facts)
            if message is None:
                unwritten.append(job)
            else:
                messages.append((job, message))
        await self._hold(unwritten, going, channel)
        await self._send(channel, messages, going)

    async def _facts(self, notices: Sequence[Notice]) -> _Facts:
        """One question to each service for all of them, all at the same time."""
        answered = [notice for notice in notices if notice.message is MessageName.ANSWERED]
        surveyed = [notice for notice in notices if notice.message is MessageName.SURVEY]
        (contacts, asked), answers, links = await asyncio.gather(
            self._contacts(_each_once(notice.inquiry_id for notice in notices)),
            self._peers.answers(_each_once(notice.inquiry_id for notice in answered)),
            self._peers.survey_links(_each_once(notice.survey_id for notice in surveyed)),
        )
        return _Facts(contacts=contacts, asked=asked, answers=answers, links=links)

    async def _contacts(
        self, inquiry_ids: Sequence[str]
    ) -> tuple[Mapping[str, Contact], Mapping[str, str]]:
        """The contacts, and the beginnings of what those citizens asked whose address is known to
        be their own. Of sealed matters nobody asks this: their news is skipped before."""
        contacts = await self._peers.contacts(inquiry_ids)
        own = [id_ for id_, contact in contacts.items() if contact.verified]
        words = await self._words(own)
        return contacts, {id_: excerpt.beginning(text) for id_, text in words.items()}

    async def _words(self, inquiry_ids: Sequence[str]) -> Mapping[str, str]:
        """What the citizens wrote; nothing where it cannot be had, whatever the reason: no message
        waits for what it can be sent without."""
        try:
            return await self._peers.words(inquiry_ids) if inquiry_ids else {}
        except Exception as error:
            log.warning(
                "delivery.without_words",
                extra={"inquiries": len(inquiry_ids), **telemetry.failure(error)},
            )
            return {}

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
                answer=facts.answer(notice),
                link=facts.link(notice) or "",
                asked=facts.repeated(notice, contact, channel),
            )
        except Exception as error:
            metrics.DELIVERIES.labels(channel.kind, "unwritten").inc()
            metrics.ALARMS.labels(channel.kind, Party.MESSAGE).inc()
            log.error(
                "delivery.unwritten",
                extra={"delivery_id": notice.delivery_id, **telemetry.failure(error)},
            )
            return None

    async def _send(
        self, channel: Channel, messages: Sequence[tuple[_Job, Message]], going: _Batch
    ) -> None:
        """Sends; one write for each delivery where the channel can tell a repetition, else two."""
        if not channel.repeatable:
            messages = await self._begun(channel, messages, going)
        if not messages:
            return
        results = await self._results(channel, [message for _, message in messages])
        for result in results:
            metrics.DELIVERIES.labels(channel.kind, _label(result)).inc()
        await self._conclude(
            [
                (job, self._concluding(job, channel, message.contact, result, going))
                for (job, message), result in zip(messages, results, strict=True)
            ],
            going,
            fresh=channel.repeatable,
        )

    def _concluding(
        self, job: _Job, channel: Channel, contact: Contact, result: Result, going: _Batch
    ) -> _Decide:
        closed = {*going.closed(job), channel.kind}
        return partial(
            decide.conclude,
            notice=job.notice,
            channel=channel.kind,
            other_way=bool(self._ways(contact, closed)),
            result=result,
            now=self._clock(),
            patience=self._patience,
            jitter=self._chance(),
        )

    async def _results(self, channel: Channel, messages: Sequence[Message]) -> Sequence[Result]:
        """The channel's result for each message. A channel must not raise. If it does, it may have
        taken some messages; all count as Later and are tried again, so none is left without a known
        end."""
        try:
            with metrics.DELIVERY_DURATION.labels(channel.kind).time():
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

    async def _hold(
        self, jobs: Sequence[_Job], going: _Batch, channel: Channel | None = None
    ) -> None:
        """Lets messages wait that could not be written: somebody may mend the template or restore
        the answer."""
        kind = (channel or self._channels[0]).kind
        decision = partial(
            decide.conclude,
            channel=kind,
            other_way=False,
            result=Later(),
            now=self._clock(),
            patience=self._patience,
        )
        await self._conclude(
            [(job, partial(decision, notice=job.notice, jitter=self._chance())) for job in jobs],
            going,
        )

    async def _wait_for_their_turn(self, jobs: Sequence[_Job], going: _Batch) -> None:
        now = self._clock()
        decisions = []
        for job in jobs:
            until = order.look_again(
                job.notice,
                going.of(job),
                going.known,
                going.wakes,
                now=now,
                patience=self._patience,
            )
            decisions.append((job, _putting_back(job, WaitReason.TURN, now, until)))
        await self._conclude(decisions, going)

    async def _wait_for_the_next_hour(self, jobs: Sequence[_Job], going: _Batch) -> None:
        now = self._clock()
        for job in jobs:
            log.warning("delivery.over_limit", extra={"delivery_id": job.id})
        free = self._limits.free_at(now)
        await self._conclude(
            [(job, _putting_back(job, WaitReason.LIMIT, now, free)) for job in jobs], going
        )

    async def _skip(self, jobs: Sequence[_Job], reason: SkipReason, going: _Batch) -> None:
        now = self._clock()
        await self._conclude(
            [
                (job, partial(decide.give_up, notice=job.notice, reason=reason, now=now))
                for job in jobs
            ],
            going,
        )

    async def _conclude(
        self, decisions: Sequence[tuple[_Job, _Decide]], going: _Batch, *, fresh: bool = True
    ) -> None:
        """Stores the decisions, and notes the new states in the batch."""
        updates = [
            Update(target=job.id, cause=job.cause, fresh=job.fresh and fresh, decide=decision)
            for job, decision in decisions
        ]
        await self._settle(updates, going)

    async def _begun(
        self, channel: Channel, messages: Sequence[tuple[_Job, Message]], going: _Batch
    ) -> Sequence[tuple[_Job, Message]]:
        """Stores that a try begins, so that no other process makes the same; returns those that
        this one is to send."""
        now = self._clock()
        updates: list[Update[Delivery]] = [
            Update(
                target=job.id,
                # A cause with an id of its own: the id of the original cause is needed when the try
                # ends.
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
        begun = await self._settle(updates, going)
        return [one for one, settled in zip(messages, begun, strict=True) if settled.applied]

    async def _settle(
        self, updates: Sequence[Update[Delivery]], going: _Batch
    ) -> Sequence[Settled[Delivery]]:
        settled = await self._aggregates.settle(updates)
        for update, one in zip(updates, settled, strict=True):
            if one.error is not None:
                going.unstored[update.target] = one.error
            if one.state is not None:
                going.known[update.target] = one.state
        return settled


def _batch(known: Loaded[Delivery]) -> _Batch:
    return _Batch(
        known={id_: one.state for id_, one in known.items() if one.state is not None},
        wakes={id_: one.wake_at for id_, one in known.items() if one.wake_at is not None},
    )


def _waves(jobs: Sequence[_Job]) -> Iterable[Sequence[_Job]]:
    """The jobs, the first of each inquiry together, then the second of each, and so on."""
    waves: list[list[_Job]] = []
    number: Counter[str] = Counter()
    for job in sorted(jobs, key=lambda job: order.rank(job.notice)):
        turn = number[job.notice.inquiry_id]
        number[job.notice.inquiry_id] += 1
        if turn == len(waves):
            waves.append([])
        waves[turn].append(job)
    return waves


def _putting_back(job: _Job, reason: WaitReason, now: datetime, until: datetime) -> _Decide:
    return partial(decide.put_back, notice=job.notice, reason=reason, now=now, until=until)


def _label(result: Result) -> str:
    match result:
        case Accepted():
            return "accepted"
        case Refused():
            return str(result.reason)
        case Later(about=Party.RECIPIENT):
            return "put_off"
        case Later():
            return "held"


def _each_once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))
