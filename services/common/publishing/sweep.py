"""Sends what dead runs left, from every store of the service.

Owns the claims of this process and the pauses between looks. A claim holds as long as the run of
its holder lives, so it needs no renewal and survives a long sweep. A dead run that was found clean
for an hour is forgotten: a write that it began in its last moment has taken effect by then. Leaves
the judgement who is dead to `presence`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.common.events.envelope import Envelope
from services.common.kernel import DomainError
from services.common.process import metrics, telemetry
from services.common.process.background import cut_off
from services.common.process.backoff import Growing
from services.common.process.parts import Stage
from services.common.process.threads import Threads
from services.common.publishing.outbox import Bus, Outbox, Outboxes, Sent, hand_over, page, topic_of
from services.common.publishing.presence import Presence
from services.common.publishing.publisher import BATCH, Publisher
from services.common.publishing.runs import Runs, RunWord

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 1.0
# The longest pause between two sweeps of a dead run. Longer: a write of its last moment, which took
# effect late, is sent later. Shorter: dead runs cost the database more questions.
MOST_PAUSE_SECONDS = 60.0
CLEAN_SECONDS = 3600.0
# How often this process looks whether the claim of another is free again.
CLAIMS_EVERY_SECONDS = 3.0


@dataclass(slots=True)
class _Dead:
    """A run this process clears up after."""

    word: RunWord
    by: str
    pause: Growing = field(default_factory=lambda: Growing(FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS))
    clean_since: float | None = None
    oldest: datetime | None = None


@dataclass(slots=True)
class _Sweep:
    """One pass over the outboxes of a dead run: what was sent, and what has to wait for the next
    pass."""

    sent: int = 0
    left: int = 0
    oldest: datetime | None = None
    topics: set[str] = field(default_factory=set)
    keys: set[tuple[str, str]] = field(default_factory=set)
    # Whether the run left something that this version does not know; a newer one may.
    beyond: bool = False

    def holds(self, topic: str, key: str) -> bool:
        """Whether events of this topic and key must wait, because an earlier one has to."""
        return topic in self.topics or (topic, key) in self.keys

    def leave(self, envelopes: Iterable[Envelope]) -> None:
        """Notes that these events stay unsent in their outbox."""
        self.left += 1
        times = [envelope.time for envelope in envelopes]
        times += [self.oldest] if self.oldest else []
        self.oldest = min(times, default=None)


class Sweeper:
    """Looks for dead runs, claims them and sends what they left."""

    name = "sweeper"
    stage = Stage.PUBLISHER

    def __init__(
        self,
        *,
        presence: Presence,
        publisher: Publisher,
        runs: Runs,
        bus: Bus,
        monotonic: Callable[[], float],
    ) -> None:
        self._presence = presence
        self._publisher = publisher
        self._runs = runs
        self._bus = bus
        self._monotonic = monotonic
        self._threads = Threads("sweeper")
        self._held: dict[str, _Dead] = {}
        # Until when (monotonic seconds) a run is left to other replicas: it left events that this
        # version cannot send, or saved in stores that this process does not serve.
        self._left_until: dict[str, float] = {}
        self._claims_due = float("-inf")
        self._task: asyncio.Task[None] | None = None
        presence.also_waiting(self._oldest)

    async def look(self) -> None:
        """Claims the dead runs that no living run clears up after; sweeps those of this process's
        whose pause is over. Raises DomainError UNAVAILABLE."""
        by = self._presence.run
        self._held = {run: dead for run, dead in self._held.items() if dead.by == by}
        if not self._may():
            return
        for word in self._presence.expired():
            await self._claim(word)
        now = self._monotonic()
        if now >= self._claims_due:
            self._claims_due = now + CLAIMS_EVERY_SECONDS
            await self._claim_what_is_free()
        for run, dead in list(self._held.items()):
            if dead.pause.due(self._monotonic()):
                await self._try_to_sweep(run, dead)

    async def _claim_what_is_free(self) -> None:
        by = self._presence.run
        # The claims are read before the living runs: the holder of a claim had a document then, and
        # still has one unless its run is over.
        left = await self._runs.dead()
        living = {word.run for word in await self._runs.living()}
        for word in left:
            holder = word.claimed_by
            if holder == by:
                self._held.setdefault(word.run, _Dead(word, by))
            elif holder not in living or self._presence.is_silent(holder):
                await self._claim(word)

    async def _claim(self, word: RunWord) -> None:
        by = self._presence.run
        if self._left_until.get(word.run, float("-inf")) > self._monotonic():
            return
        self._left_until.pop(word.run, None)
        if not self._serves(word):
            self._left_until[word.run] = self._monotonic() + MOST_PAUSE_SECONDS
            return
        if await self._runs.claim(word, by):
            log.warning("outbox.taken_over", extra={"run": word.run})
            self._held[word.run] = _Dead(word, by)

    def _serves(self, word: RunWord) -> bool:
        """Whether this process would see all that the run left: during a rollout a replica of
        another version may save in a store that this one does not know."""
        unknown = word.stores - {store.name for store in self._publisher.stores}
        if unknown:
            log.warning(
                "outbox.left_to_another_version",
                extra={"run": word.run, "stores": sorted(unknown)},
            )
        return not unknown

    async def _try_to_sweep(self, run: str, dead: _Dead) -> None:
        """Sweeps a run. An error that one run causes is logged and does not keep the others from
        being swept."""
        try:
            await self._sweep(run, dead)
        except DomainError:
            raise
        except Exception as error:
            log.error("outbox.not_swept", extra={"run": run, **telemetry.failure(error)})
            dead.pause.failed(self._monotonic())

    async def _sweep(self, run: str, dead: _Dead) -> None:
        """One pass over all stores. The pauses before the next pass grow as long as the run is
        clean."""
        done = _Sweep()
        for number in sorted(dead.word.stuck):
            await self._pages(dead, done, number - 1, number)
        await self._pages(dead, done, dead.word.sent, None)
        if not self._holds(dead):
            return
        now = self._monotonic()
        dead.oldest = done.oldest
        if done.sent:
            log.warning("outbox.swept", extra={"run": run, "documents": done.sent})
            dead.pause.succeeded()
        dead.pause.failed(now)
        if done.sent or done.left:
            dead.clean_since = None
        elif dead.clean_since is None:
            dead.clean_since = now
        elif now - dead.clean_since >= CLEAN_SECONDS:
            await self._runs.remove(run, dead.by)
            del self._held[run]
        if done.beyond and done.left and self._presence.others_live:
            await self._leave(run, dead)

    async def _leave(self, run: str, dead: _Dead) -> None:
        """Lets go of a claim, so that another replica, perhaps of a newer version, may try. This
        one tries again if nobody has claimed the run after MOST_PAUSE_SECONDS."""
        mine = replace(dead.word, alive=False, claimed_by=dead.by)
        await self._runs.claim(mine, by="")
        self._left_until[run] = self._monotonic() + MOST_PAUSE_SECONDS
        del self._held[run]

    async def _pages(self, dead: _Dead, done: _Sweep, above: int, up_to: int | None) -> None:
        """Sends what the run saved in a range of numbers, page by page, as long as the claim
        holds."""
        stores = self._publisher.stores
        while self._holds(dead):
            found, complete = await page(stores, dead.word.run, above, up_to, BATCH)
            if found:
                await self._send(found, done)
            if complete == up_to:
                return
            assert complete is not None
            above = complete

    async def _send(self, found: Sequence[tuple[Outboxes, Outbox]], done: _Sweep) -> None:
        """Sends the events that may go, empties outboxes of which all were sent, and leaves the
        others as they are."""
        wanted = self._wanted([outbox for _, outbox in found], done)
        if wanted:
            outcome = await hand_over(self._threads, self._bus, wanted)
            for envelope in wanted:
                self._note(envelope, outcome[envelope.id], done)
        told: dict[Outboxes, list[tuple[str, int]]] = {}
        for store, outbox in found:
            if outbox.readable and all(self._is_told(outbox, e) for e in outbox.envelopes):
                told.setdefault(store, []).append((outbox.id, outbox.version))
            else:
                done.beyond = done.beyond or not outbox.readable
                done.leave(outbox.envelopes)
        for store, marks in told.items():
            await store.mark_sent(marks)
            done.sent += len(marks)

    def _wanted(self, outboxes: Sequence[Outbox], done: _Sweep) -> list[Envelope]:
        """The events of these outboxes to send now: each once, and none that has to wait for an
        earlier one."""
        wanted: dict[str, Envelope] = {}
        for outbox in outboxes:
            for envelope in outbox.envelopes:
                topic = topic_of(envelope)
                if topic is None:
                    done.beyond = True
                    metrics.OUTBOX_REFUSED.labels(envelope.type).inc()
                elif not self._is_told(outbox, envelope) and not done.holds(topic, envelope.key):
                    wanted[envelope.id] = envelope
        return list(wanted.values())

    def _note(self, envelope: Envelope, sent: Sent, done: _Sweep) -> None:
        topic = topic_of(envelope) or ""
        if sent is Sent.TAKEN:
            self._publisher.remember([envelope.id])
        elif sent is Sent.NOT_NOW and (topic, envelope.key) not in done.keys:
            done.topics.add(topic)
        else:
            metrics.OUTBOX_REFUSED.labels(envelope.type).inc()
            done.keys.add((topic, envelope.key))

    def _is_told(self, outbox: Outbox, envelope: Envelope) -> bool:
        carried = outbox.carried.get(envelope.id)
        return self._publisher.knows_told(envelope) or (
            carried is not None and self._presence.told_itself(carried)
        )

    def _may(self) -> bool:
        """Whether this process's own run surely lives: only then are its claims its own."""
        try:
            self._presence.must_be_known()
        except DomainError:
            return False
        return True

    def _holds(self, dead: _Dead) -> bool:
        return dead.by == self._presence.run and self._may()

    def _oldest(self) -> datetime | None:
        found = [dead.oldest for dead in self._held.values() if dead.oldest is not None]
        return min(found, default=None)

    # A part of the service.

    async def start(self) -> None:
        """Starts looking."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:
                # The service goes on whatever a dead run left; the next look comes after the usual
                # pause.
                log.warning("outbox.not_swept", extra=telemetry.failure(error))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def stop(self) -> None:
        """Gives up the pass in hand; another run sends what is left."""
        await cut_off(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """The task whose end is the end of the service."""
        return [self._task] if self._task else []
