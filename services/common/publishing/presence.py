"""This run among the other runs of the service: its beat, what it knows of them, and whose turn a
piece of work is.

Owns the id of the run and every judgement on whether a run lives. Whether another lives is seen by
its document changing, measured on this process's own monotonic clock: no two clocks are compared.
Leaves what the run has sent to `publisher` and what dead runs left to `sweep`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.common.kernel import DomainError, Kind
from services.common.process import metrics, telemetry
from services.common.process.background import cut_off
from services.common.process.parts import Stage
from services.common.publishing.outbox import OutboxPlace
from services.common.publishing.runs import Runs, RunWord

log = logging.getLogger(__name__)

BEAT_EVERY_SECONDS = 1.0
# The least time between two beats. After a send this run beats sooner, so that other runs learn of
# it; but a beat is a write, so not after every record.
BEAT_GAP_SECONDS = 0.05
# A run that was not heard of for this long is taken for dead. Longer: what a crash left is told
# later. Shorter: a pause of the database makes living runs look dead.
LEASE_SECONDS = 6.0
# The most silence that one look at the others adds to them. If more time has passed since the last
# look, this process itself may have slept, or the database was away for everybody.
LOOK_COUNTS_SECONDS = 2 * BEAT_EVERY_SECONDS
# How long this run believes that another's document is gone. A run that slept for long may bring it
# back.
GONE_SECONDS = 60.0
# How long a start waits for the first beat. After that the service goes on starting, and the
# database is waited for in the background.
FIRST_BEAT_SECONDS = 1.0
# How long a stop waits for the database to take the last word.
LAST_WORD_SECONDS = 2.0
# Other runs that are remembered; a service has a handful at a time.
_KEPT = 1_000


class Speaker(Protocol):
    """Who knows what this run has sent."""

    def word(self, run: str) -> RunWord:
        """The run's document as it is now."""
        ...

    def open(self) -> bool:
        """Whether a save of this run may have events that are not on the bus."""
        ...

    def begin_again(self) -> None:
        """Another run clears up after this one: forget its numbers and begin those of a new run."""
        ...


@dataclass(slots=True)
class _Other:
    """Another run as it was last seen, and how long it has not changed since."""

    word: RunWord
    quiet_seconds: float = 0.0


class Presence:
    """Tells the other runs that this one lives, and learns the same of them."""

    name = "presence"
    stage = Stage.PUBLISHER

    def __init__(
        self,
        *,
        runs: Runs,
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._runs = runs
        self._new_id = new_id
        self._clock = clock
        self._monotonic = monotonic
        self.run = new_id()
        self._opened = False
        self._heard_at: float | None = None
        self._looked_at: float | None = None
        self._others: dict[str, _Other] = {}
        self._words: OrderedDict[str, RunWord] = OrderedDict()
        self._gone: OrderedDict[str, float] = OrderedDict()
        self._speaker: Speaker | None = None
        self._waiting_since: list[Callable[[], datetime | None]] = []
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def speaks_for(self, speaker: Speaker) -> None:
        """Sets who knows what this run has sent; called once, before the start."""
        self._speaker = speaker

    def also_waiting(self, since: Callable[[], datetime | None]) -> None:
        """A further source for the age of the oldest event that waits."""
        self._waiting_since.append(since)

    # What others of this process ask.

    def must_be_known(self) -> None:
        """Raises DomainError UNAVAILABLE unless the others take this run for living.

        `not_yet_known` before the first beat; `run_lapsed` when the last one is so old that
        another run may be clearing up after this one.
        """
        heard_at = self._heard_at
        if heard_at is None:
            raise DomainError(
                "not_yet_known", Kind.UNAVAILABLE, "the service has just started; try again"
            )
        if self._monotonic() - heard_at >= LEASE_SECONDS:
            raise _lapsed()

    def must_hold(self, run: str) -> None:
        """Raises as `must_be_known` does, and also when this process has gone on as another run
        since.

        Any thread may ask. Reads the time before the run: `_begin_again` sets the run before the
        time, so that no mixture passes.
        """
        self.must_be_known()
        if run != self.run:
            raise _lapsed()

    async def check(self) -> None:
        """`must_be_known` as a readiness check."""
        self.must_be_known()

    @property
    def others_live(self) -> bool:
        """Whether another run lives, as far as is known."""
        return any(other.quiet_seconds < LEASE_SECONDS for other in self._others.values())

    def lives(self, run: str) -> bool:
        """Whether a run lives, as far as is known."""
        if run == self.run:
            return True
        word = self._words.get(run)
        if word is None or not word.alive:
            return False
        other = self._others.get(run)
        return other is None or other.quiet_seconds < LEASE_SECONDS

    def is_sent(self, place: OutboxPlace) -> bool:
        """Whether the events of an outbox that still lies at this place of another run are all on
        the bus."""
        word = self._words.get(place.run)
        if word is not None:
            return word.sent_all_of(place.number)
        return place.run in self._gone

    def told_itself(self, place: OutboxPlace) -> bool:
        """Whether another run has sent what it saved at the place, even if a later save has carried
        it elsewhere."""
        word = self._words.get(place.run)
        return word is not None and word.told_itself(place.number)

    def turn(self, name: str) -> Callable[[], bool]:
        """Whether this process is the one, of all that live, to do the work of that name now.

        For some seconds after a process has come or gone, two processes may believe that it is
        their turn, or none.
        """

        def mine() -> bool:
            try:
                self.must_be_known()
            except DomainError:
                return False
            runs = [run for run in self._others if self.lives(run)]
            return min([self.run, *runs], key=lambda run: _draw(name, run)) == self.run

        return mine

    async def learn(self, places: Collection[OutboxPlace]) -> None:
        """Asks the database, in one question, about those places that are not known to be sent.

        Raises DomainError UNAVAILABLE.
        """
        self._forget_gone()
        wanted = {p.run for p in places if p.run != self.run and not self.is_sent(p)}
        if wanted:
            await self.ask(wanted)

    async def ask(self, runs: Collection[str]) -> None:
        """Reads the documents of these runs. Raises DomainError UNAVAILABLE."""
        found = await self._runs.words_of(runs)
        for word in found:
            self._keep(word)
        for run in set(runs) - {word.run for word in found}:
            self._words.pop(run, None)
            self._gone[run] = self._monotonic()
            self._gone.move_to_end(run)

    def news(self) -> None:
        """Something was sent: beats soon, if other runs live to hear of it."""
        if self.others_live:
            self._news.set()

    # What the sweeper asks.

    def is_silent(self, run: str) -> bool:
        """Whether a run among the living has not been heard of for too long."""
        other = self._others.get(run)
        return other is not None and other.quiet_seconds >= LEASE_SECONDS

    def expired(self) -> list[RunWord]:
        """The runs that nobody has claimed and that are not heard of any more."""
        return [o.word for o in self._others.values() if o.quiet_seconds >= LEASE_SECONDS]

    # The steps of its life; the loop below takes them, tests take them one by one.

    async def beat(self) -> None:
        """Says that this run lives and how far it has sent. Raises DomainError UNAVAILABLE.

        If another run has claimed or removed this run, it is over, and this process goes on as a
        new run.
        """
        assert self._speaker is not None
        started = self._monotonic()
        if not self._opened:
            await self._runs.open(self._speaker.word(self.run))
            self._opened = True
        word = self._speaker.word(self.run)
        if await self._runs.beat(word):
            self._heard_at = started
        else:
            await self._begin_again(word, started)

    async def _begin_again(self, word: RunWord, started: float) -> None:
        run = self._new_id()
        await self._runs.end(word)
        await self._runs.open(RunWord(run=run, stores=word.stores))
        log.warning("run.lapsed", extra={"run": word.run, "next": run})
        self._words.pop(word.run, None)
        self.run = run  # set before the time: see must_hold
        self._heard_at = started
        assert self._speaker is not None
        self._speaker.begin_again()

    async def look(self) -> None:
        """Hears of the others. Raises DomainError UNAVAILABLE."""
        words = await self._runs.living()
        now = self._monotonic()
        passed = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        seen = {}
        for word in words:
            self._keep(word)
            before = self._others.get(word.run)
            if word.run == self.run:
                continue
            if before is None or before.word.beats != word.beats:
                seen[word.run] = _Other(word)
            else:
                counted = min(passed, LOOK_COUNTS_SECONDS)
                seen[word.run] = _Other(word, before.quiet_seconds + counted)
        self._others = seen

    def measure(self) -> None:
        """Sets the gauge of the oldest event not yet on the bus: of this run, of what it sweeps,
        and of the other runs as they last said."""
        assert self._speaker is not None
        sources = [self._speaker.word(self.run).oldest, *(ask() for ask in self._waiting_since)]
        sources += [other.word.oldest for other in self._others.values()]
        now = self._clock()
        oldest = min((since for since in sources if since is not None), default=now)
        metrics.OUTBOX_AGE.set(max(0.0, (now - oldest).total_seconds()))

    def _keep(self, word: RunWord) -> None:
        self._gone.pop(word.run, None)
        self._words[word.run] = word
        self._words.move_to_end(word.run)
        while len(self._words) > _KEPT:
            self._words.popitem(last=False)

    def _forget_gone(self) -> None:
        before = self._monotonic() - GONE_SECONDS
        while self._gone and next(iter(self._gone.values())) <= before:
            self._gone.popitem(last=False)

    # A part of the service.

    async def start(self) -> None:
        """Begins to beat. Waits a moment for the first one, so that the first update finds a known
        run; a database that is away is waited for in the background."""
        first = asyncio.Event()
        self._task = asyncio.create_task(self._live(first))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(first.wait(), FIRST_BEAT_SECONDS)

    async def _live(self, first: asyncio.Event) -> None:
        looked_at = float("-inf")
        while True:
            self._news.clear()
            try:
                await self.beat()
                first.set()
                if self._monotonic() - looked_at >= BEAT_EVERY_SECONDS:
                    looked_at = self._monotonic()
                    await self.look()
            except Exception as error:
                # Without a beat saves are refused, and the next one may succeed.
                log.warning("run.beat_failed", extra={"run": self.run, **telemetry.failure(error)})
            self.measure()
            await asyncio.sleep(BEAT_GAP_SECONDS)
            with contextlib.suppress(TimeoutError):
                wait = BEAT_EVERY_SECONDS - BEAT_GAP_SECONDS
                await asyncio.wait_for(self._news.wait(), wait)

    async def stop(self) -> None:
        """Says the last word: that nothing is left, or that another run may begin to send the rest
        at once."""
        await cut_off(self._task)
        try:
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self.say_farewell()
        except (DomainError, TimeoutError) as error:
            # Without a last word the others notice after LEASE_SECONDS that this run is over.
            log.warning("run.no_last_word", extra={"run": self.run, **telemetry.failure(error)})

    async def say_farewell(self) -> None:
        """Ends the run. From here on a save is refused. Raises DomainError UNAVAILABLE."""
        assert self._speaker is not None
        self._heard_at = None
        if not self._opened:
            return
        if self._speaker.open():
            await self._runs.end(self._speaker.word(self.run))
        else:
            await self._runs.close(self.run)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """The task whose end is the end of the service."""
        return [self._task] if self._task else []


def _lapsed() -> DomainError:
    return DomainError(
        "run_lapsed", Kind.UNAVAILABLE, "the service lost touch with others; try again"
    )


def _draw(name: str, run: str) -> bytes:
    """The lot that a run draws for the name of a work; every process computes the same."""
    return hashlib.sha256(f"{name}\n{run}".encode()).digest()
