"""Brings what this run saves to the bus, over all stores of the service.

Owns the numbers of the run: which saves are begun, which are told. Each save that tells something
gets the next number before it is written; its events wait here, in a lane for each topic, in the
order in which the saves came back. A number is told when all its events are on the bus. Leaves what
other processes hear of that to `presence`, and what dead runs left to `sweep`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.common.events.envelope import Envelope
from services.common.kernel import DomainError
from services.common.process import metrics, telemetry
from services.common.process.background import cut_off
from services.common.process.backoff import Growing
from services.common.process.pace import Pace
from services.common.process.parts import Stage
from services.common.process.threads import Threads
from services.common.publishing.lanes import Item, Lane
from services.common.publishing.numbers import Numbers
from services.common.publishing.outbox import (
    Bus,
    Outbox,
    Outboxes,
    OutboxPlace,
    Sent,
    hand_over,
    page,
    topic_of,
)
from services.common.publishing.presence import Presence
from services.common.publishing.runs import STUCK_MAX, RunWord

log = logging.getLogger(__name__)

# Events sent in one call. Larger: a failure repeats more. Smaller: more round trips.
BATCH = 500
# Ids of sent events that are remembered: an event that a later save carries over is not sent again
# by the same run.
REMEMBERED = 20_000
# A write whose outcome is unknown may still take effect: its place is read at once, and again after
# this time. `mongo.OPERATION_SECONDS` is below it, so that the database has given up by then.
SETTLED_AFTER_SECONDS = 30.0
# How long an event that another living run saved first is left to that run: it sends and beats well
# within a second.
OTHERS_TELL_SECONDS = 3.0
ASK_AGAIN_SECONDS = 0.1
# The longest pause while the broker takes nothing from any topic: it is away, and its return is
# noticed within this.
BROKER_PAUSE_SECONDS = 2.0
# How long a stop waits for the broker to take what is left.
FAREWELL_SECONDS = 2.0
# The pause after a round that failed as a whole, because the database is away for example.
_IDLE_SECONDS = 0.25
MOST_PAUSE_SECONDS = 5.0


@dataclass(slots=True)
class _Unsure:
    """A save of which nobody knows whether it happened. Its place is read now, and once more after
    SETTLED_AFTER_SECONDS."""

    due: float
    looked: bool = False


class Publisher:
    """Sends outboxes: the `Outgoing` of every `Aggregates` of a service, and one of its parts."""

    name = "publisher"
    stage = Stage.PUBLISHER

    def __init__(
        self,
        *,
        presence: Presence,
        bus: Bus,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        pace: Pace,
    ) -> None:
        self._presence = presence
        self._bus = bus
        self._clock = clock
        self._monotonic = monotonic
        self._stores: list[Outboxes] = []
        self._threads = Threads("publisher")
        self._pace = pace
        self._wake = asyncio.Event()
        self._told = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sent_ids: OrderedDict[str, None] = OrderedDict()
        self._taken_at: float | None = None
        # Documents with events to send that were saved since the last round.
        self._came = 0
        self.begin_again()
        presence.speaks_for(self)

    def serve(self, store: Outboxes) -> None:
        """Answers for the outboxes of a further store; before the start."""
        self._stores.append(store)

    @property
    def stores(self) -> Sequence[Outboxes]:
        """All stores of the service."""
        return self._stores

    # Outgoing: what `Aggregates` asks and says.

    async def learn(self, places: Iterable[OutboxPlace]) -> None:
        """Asks whether what other runs saved at these places is told. Raises DomainError."""
        await self._presence.learn([place for place in places if place.run != self._presence.run])

    def begin(self) -> OutboxPlace:
        """A place for the outboxes about to be saved; must be followed by `saved` or `unsure`.

        Raises DomainError UNAVAILABLE (`not_yet_known`, `run_lapsed`) while the other runs do not
        take this run for living: another one may already clear up after it, and would send late
        what is saved now.
        """
        self._presence.must_be_known()
        self._last += 1
        self._begun.add(self._last)
        return OutboxPlace(self._presence.run, self._last)

    def must_hold(self, place: OutboxPlace) -> None:
        """Raises DomainError UNAVAILABLE (`run_lapsed`) when the run of the place is over for this
        process, or may be. Called in the thread that writes."""
        self._presence.must_hold(place.run)

    def rest(self, outbox: Outbox) -> Outbox:
        """The part of an outbox that is not surely on the bus, for the next save of its document.

        Events that another living run saved keep the place where that run will tell them.
        """
        if self._is_sent(outbox.place):
            return Outbox(id=outbox.id, version=outbox.version, place=outbox.place, envelopes=())
        envelopes = []
        carried = {}
        for envelope in outbox.envelopes:
            place = outbox.carried.get(envelope.id, outbox.place)
            if self._presence.told_itself(place):
                continue
            envelopes.append(envelope)
            if place.run != self._presence.run and self._presence.lives(place.run):
                carried[envelope.id] = place
        return Outbox(
            id=outbox.id,
            version=outbox.version,
            place=outbox.place,
            envelopes=tuple(envelopes),
            carried=carried,
        )

    def saved(self, place: OutboxPlace, outboxes: Sequence[Outbox]) -> None:
        """Every write at the place succeeded. Never waits, never raises."""
        if place.run != self._presence.run:
            return  # That run is over for this process: another one sweeps it.
        at = self._clock()
        for topic, items in self._items(place.number, outboxes, at).items():
            self._lane(topic).put(place.number, items, at)
        self._came += len(outboxes)
        self._begun.discard(place.number)
        self._wake.set()

    def unsure(self, place: OutboxPlace) -> None:
        """The save at the place was interrupted: it is looked up now, and once more after
        SETTLED_AFTER_SECONDS."""
        if place.run != self._presence.run:
            return
        self._begun.discard(place.number)
        self._unsure[place.number] = _Unsure(due=self._monotonic())
        self._wake.set()

    # Speaker: what `presence` says of this run.

    def word(self, run: str) -> RunWord:
        """How far the run has told, with exceptions."""
        excused = sorted(
            {*self._unsure, *(n for lane in self._lanes.values() for n in lane.excused())}
        )
        firsts = [lane.blocking() for lane in self._lanes.values()]
        firsts += [self._begun.first if self._begun else None]
        firsts += [excused[STUCK_MAX] if len(excused) > STUCK_MAX else None]
        blocking = min((n for n in firsts if n is not None), default=self._last + 1)
        return RunWord(
            run=run,
            sent=blocking - 1,
            stuck=frozenset(n for n in excused if n < blocking),
            looked_up=self._looked_up,
            stores=frozenset(store.name for store in self._stores),
            oldest=min(
                (at for lane in self._lanes.values() if (at := lane.oldest())), default=None
            ),
        )

    def open(self) -> bool:
        """Whether a save that has begun may have events that are not on the bus."""
        return bool(self._begun or self._unsure) or any(
            lane.blocking() is not None or lane.excused() for lane in self._lanes.values()
        )

    def begin_again(self) -> None:
        """Begins the numbers of a new run. Events that the old run has not sent lie in the stores,
        where the run that claims it finds them."""
        self._last = 0
        self._looked_up = 0
        self._begun = Numbers()
        self._unsure: dict[int, _Unsure] = {}
        self._lanes: dict[str, Lane] = {}

    # Sending. The loop below takes these steps; tests take them one by one.

    async def send_once(self) -> bool:
        """One round over everything that may be sent now; returns whether something was sent.

        Raises DomainError UNAVAILABLE when it needs the database and that is away; first it sends
        what it can without it.
        """
        failure: DomainError | None = None
        try:
            await self._look_up()
            await self._read()
            await self._ask()
        except DomainError as error:
            failure = error
        told = await self._send()
        if told:
            self._presence.news()
        if failure is not None:
            raise failure
        return told

    async def _look_up(self) -> None:
        """Reads the places of unsure saves and queues what it finds there."""
        now = self._monotonic()
        run = self._presence.run
        for number in sorted(n for n, unsure in self._unsure.items() if unsure.due <= now):
            found, _ = await page(self._stores, run, number - 1, number, BATCH)
            if run != self._presence.run:
                return
            for topic, items in self._items(number, [o for _, o in found], self._clock()).items():
                self._lane(topic).append(items)
            if self._unsure[number].looked:
                del self._unsure[number]
                self._looked_up = max(self._looked_up, number)
            else:
                self._unsure[number] = _Unsure(due=now + SETTLED_AFTER_SECONDS, looked=True)

    async def _read(self) -> None:
        """Reads the events that full lanes had left in the stores."""
        now = self._monotonic()
        run = self._presence.run
        for lane in list(self._lanes.values()):
            if not lane.hungry or not lane.pause.due(now):
                continue
            wanted = lane.unread.copy()
            found, complete = await page(self._stores, run, wanted.first - 1, wanted.last, BATCH)
            if run != self._presence.run:
                return
            for _, outbox in found:
                number = outbox.place.number
                if number in wanted:
                    items = self._items(number, [outbox], self._clock())
                    lane.append(items.get(lane.topic, []))
            read = complete if complete is not None else wanted.last
            self._looked_up = max(self._looked_up, read)
            lane.have_read(wanted, read)

    async def _ask(self) -> None:
        """Asks the other runs about what they may have told meanwhile."""
        now = self._monotonic()
        ready = [lane for lane in self._lanes.values() if lane.ready(now)]
        places = {place for lane in ready for place in lane.places(now, BATCH)}
        runs = {p.run for p in places if not self._presence.told_itself(p)}
        if runs:
            await self._presence.ask(runs)

    async def _send(self) -> bool:
        """Sends the next events of every lane that may go on; whether any was told or dropped.

        Failing topics go last, each by itself: the time that the bus loses on one does not delay
        the others.
        """
        now = self._monotonic()
        ready = [lane for lane in self._lanes.values() if lane.ready(now)]
        well = [(lane, item) for lane in ready if not lane.failing for item in self._take(lane)]
        told = await self._deliver(well)
        for lane in ready:
            if lane.failing:
                told = await self._deliver([(lane, item) for item in self._take(lane)]) or told
        self._lanes = {t: lane for t, lane in self._lanes.items() if lane.in_use}
        return told

    def _take(self, lane: Lane) -> list[Item]:
        """The next events of a lane, without those that are sent already or that another run will
        send."""
        now = self._monotonic()
        lane.release(now)
        taken: list[Item] = []
        while len(taken) < BATCH and (item := lane.next()) is not None:
            if self.knows_told(item.envelope) or (
                item.carried is not None and self._presence.told_itself(item.carried)
            ):
                lane.done(item)
            elif self._is_others(item, now):
                lane.set_aside(item, now, wait=ASK_AGAIN_SECONDS)
            else:
                taken.append(item)
        return taken

    def _is_others(self, item: Item, now: float) -> bool:
        carried = item.carried
        return carried is not None and now < item.until and self._presence.lives(carried.run)

    async def _deliver(self, taken: Sequence[tuple[Lane, Item]]) -> bool:
        """Sends events and does with each as the bus says; whether any was taken."""
        run = self._presence.run
        unique = {item.envelope.id: item.envelope for _, item in taken}
        outcome = await hand_over(self._threads, self._bus, list(unique.values()))
        told = [id_ for id_, one in outcome.items() if one is Sent.TAKEN]
        self.remember(told)
        if run == self._presence.run:
            self._settle(taken, outcome)
        return bool(told)

    def _settle(self, taken: Sequence[tuple[Lane, Item]], outcome: dict[str, Sent]) -> None:
        now = self._monotonic()
        if any(one is Sent.TAKEN for one in outcome.values()):
            self._taken_at = now
        again: dict[str, list[Item]] = {}
        for lane, item in taken:
            if outcome[item.envelope.id] is not Sent.TAKEN:
                # Later events of its key may have been set aside while this one was on its way.
                lane.recall(item.envelope.key)
        for lane, item in taken:
            one = outcome[item.envelope.id]
            if one is Sent.TAKEN:
                lane.done(item)
            elif one is Sent.REFUSED or lane.is_aside(item.envelope.key):
                self._refused(lane, item, now)
            else:
                again.setdefault(lane.topic, []).append(item)
        for lane in {lane.topic: lane for lane, _ in taken}.values():
            waits = again.get(lane.topic)
            if waits is None:
                lane.recovered()
            else:
                lane.put_back(waits)
                self._failed(lane, len(waits), now)

    def _refused(self, lane: Lane, item: Item, now: float) -> None:
        if lane.set_aside(item, now):
            metrics.OUTBOX_REFUSED.labels(item.envelope.type).inc()
            log.error(
                "outbox.refused",
                extra={"event": item.envelope.id, "type": item.envelope.type, "topic": lane.topic},
            )

    def _failed(self, lane: Lane, events: int, now: float) -> None:
        """Begins a pause of a topic that failed. While the broker takes other topics, the fault is
        the topic's own, and its pause grows."""
        lane.failed_at = now if lane.failed_at is None else lane.failed_at
        alone = self._taken_at is not None and self._taken_at >= lane.failed_at
        pause = lane.pause.failed(now, math.inf if alone else BROKER_PAUSE_SECONDS)
        log.warning(
            "outbox.waiting",
            extra={"topic": lane.topic, "events": events, "pause_seconds": pause},
        )

    def remember(self, ids: Iterable[str]) -> None:
        """These events (by id) are on the bus."""
        self._sent_ids.update(dict.fromkeys(ids))
        while len(self._sent_ids) > REMEMBERED:
            self._sent_ids.popitem(last=False)

    def knows_told(self, envelope: Envelope) -> bool:
        """Whether this process itself told the event lately."""
        return envelope.id in self._sent_ids

    def _items(
        self, number: int, outboxes: Sequence[Outbox], at: datetime
    ) -> dict[str, list[Item]]:
        """The events to send, by topic; those of a type that this version does not know have a lane
        of their own."""
        until = self._monotonic() + OTHERS_TELL_SECONDS
        found: dict[str, list[Item]] = {}
        for outbox in outboxes:
            for envelope in outbox.envelopes:
                topic = topic_of(envelope) or f"?{envelope.type}"
                carried = outbox.carried.get(envelope.id)
                item = Item(number=number, envelope=envelope, at=at, carried=carried, until=until)
                found.setdefault(topic, []).append(item)
        return found

    def _lane(self, topic: str) -> Lane:
        return self._lanes.setdefault(topic, Lane(topic))

    def _is_sent(self, place: OutboxPlace) -> bool:
        if place.run != self._presence.run:
            return self._presence.is_sent(place)
        number = place.number
        return not (
            number in self._begun
            or number in self._unsure
            or any(lane.has(number) for lane in self._lanes.values())
        )

    # A part of the service.

    async def start(self) -> None:
        """Starts sending."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        pause = Growing(_IDLE_SECONDS, MOST_PAUSE_SECONDS)
        while True:
            wait = self._seconds_to_wait()
            if wait is None or wait > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
            await self._pace.turn()
            self._wake.clear()
            try:
                await self.send_once()
                pause.succeeded()
            except Exception as error:
                # Whatever the error was, a later round may succeed, and nothing that waits is lost
                # by going on.
                log.warning("outbox.not_sent", extra=telemetry.failure(error))
                await asyncio.sleep(pause.next_seconds())
            came, self._came = self._came, 0
            self._pace.round_ended(came)
            self._told.set()

    def _seconds_to_wait(self) -> float | None:
        """Seconds until there is something to do even if nothing new is saved; None: for ever."""
        now = self._monotonic()
        times = [unsure.due for unsure in self._unsure.values()]
        times += [at for lane in self._lanes.values() if (at := lane.due_at()) is not None]
        return max(0.0, min(times) - now) if times else None

    async def stop(self) -> None:
        """Sends what waits, as far as the broker takes it within FAREWELL_SECONDS."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                while self._sendable():
                    self._told.clear()
                    self._wake.set()
                    await self._told.wait()
        if self.open():
            log.warning("outbox.left_for_another_run", extra={"run": self._presence.run})
        await cut_off(self._task)

    def _sendable(self) -> bool:
        return any(lane.due_at() is not None for lane in self._lanes.values())

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """The task whose end is the end of the service."""
        return [self._task] if self._task else []
