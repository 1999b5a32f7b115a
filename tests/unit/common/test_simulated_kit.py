"""The kit against everything that happens to processes: replicas of a service with two stores.

The machine saves, cuts saves off, lets them land late, loses records, takes topics away, kills,
puts to sleep beyond the lease, sets clocks wrong and stops replicas, in any order. Then everything
heals. Whatever happened: every event of what is stored is on the bus and nothing else, in the order
of its teller, each cause had one effect, no number stays open and no run is remembered for ever.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from services.common.aggregates import mongo
from services.common.kernel import DomainError
from services.common.publishing import lanes, presence, publisher, sweep
from tests.support.replicas import TOPICS, Replica, World

T = TypeVar("T")

KINDS = st.sampled_from(sorted(TOPICS))
KEYS = st.sampled_from(["a", "b", "c"])
# So small that pages end, lanes are full and exceptions are too many after a handful of saves.
SMALL = {
    (publisher, "BATCH"): 2,
    (sweep, "BATCH"): 2,
    (lanes, "LANE_EVENTS"): 3,
    (publisher, "STUCK_MAX"): 2,
}
WHICH = st.integers(0, 2)
# The lease is 6 s: shorter steps keep replicas alive, longer ones put them to sleep.
PAUSES = st.sampled_from([0.1, 0.5, 1.0, 2.0, 5.0])


class Kit(RuleBasedStateMachine):
    """One run of the machine is one story of up to three replicas."""

    def __init__(self) -> None:
        super().__init__()
        self.before = {place: getattr(*place) for place in SMALL}
        for (module, name), value in SMALL.items():
            setattr(module, name, value)
        self.runner = asyncio.Runner()
        self.world = World()
        self.replicas: list[Replica] = []
        self.asleep: list[Replica] = []
        self.asked: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.causes = 0
        self.undisturbed: dict[Replica, str] = {}

    def do(self, step: Coroutine[Any, Any, T]) -> T | None:
        """What a process does; a refusal that passes is given up for now."""
        try:
            return self.runner.run(step)
        except DomainError:
            return None

    def replica(self, which: int) -> Replica:
        return self.replicas[which % len(self.replicas)]

    @initialize(
        number=st.sampled_from([3, 3, 2, 1]), skews=st.lists(st.integers(-60, 60), min_size=3)
    )
    def begin(self, number: int, skews: list[int]) -> None:
        for skew in skews[:number]:
            self.replicas.append(self.world.replica(timedelta(seconds=skew)))
        self._everybody_beats()
        self.undisturbed = {replica: replica.run for replica in self.replicas}

    def _pass(self, seconds: float) -> None:
        """What the database took late is there within its time limit, far below the settling."""
        self.world.seconds += seconds
        for store in self.world.stores.values():
            store.land(self.world.seconds - mongo.OPERATION_SECONDS)

    def _everybody_beats(self) -> None:
        for replica in self.replicas:
            self.do(replica.persistence.presence.beat())
        for replica in self.replicas:
            self.do(replica.persistence.presence.look())

    @rule(which=WHICH, kind=KINDS, key=KEYS, fault=st.sampled_from(["", "", "", "cut off", "late"]))
    def save(self, which: int, kind: str, key: str, fault: str) -> None:
        self.causes += 1
        cause = f"cause-{self.causes}"
        self.asked[kind, key].append(cause)
        self.world.stores[kind].fault = fault
        self.do(self.replica(which).save(kind, key, cause))
        self.world.stores[kind].fault = ""

    @rule(which=WHICH, kind=KINDS, fault=st.sampled_from(["", "", "cut off", "late"]))
    def save_many(self, which: int, kind: str, fault: str) -> None:
        """More documents under one number than fit a page."""
        self.causes += 1
        keys = [f"{key}-{self.causes}" for key in "wxyz"]
        for key in keys:
            self.asked[kind, key].append(f"cause-{self.causes}")
        self.world.stores[kind].fault = fault
        self.do(self.replica(which).save_all(kind, keys, f"cause-{self.causes}"))
        self.world.stores[kind].fault = ""

    @rule(which=WHICH, kind=KINDS, key=KEYS)
    def deliver_again(self, which: int, kind: str, key: str) -> None:
        """The bus brings again what was not acknowledged, or was."""
        for cause in self.asked[kind, key][-2:]:
            self.do(self.replica(which).save(kind, key, cause))

    @rule()
    def land(self) -> None:
        for store in self.world.stores.values():
            store.land()

    @rule(which=WHICH)
    def send(self, which: int) -> None:
        self.do(self.replica(which).send())

    @rule(which=WHICH, key=KEYS)
    def send_some(self, which: int, key: str) -> None:
        self.world.bus.fails_once = {key.encode()}
        self.do(self.replica(which).send())

    @rule(which=WHICH)
    def sweep(self, which: int) -> None:
        self.do(self.replica(which).sweep())

    @rule(pause=PAUSES)
    def time_passes(self, pause: float) -> None:
        self._pass(pause)
        self._everybody_beats()

    @rule(topics=st.sampled_from([set(), set(), {TOPICS["cases"]}, {TOPICS["surveys"]}]))
    def declare_topics_but(self, topics: set[str]) -> None:
        self.world.bus.undeclared = topics

    @rule(seconds=st.integers(1, 9), which=WHICH, kind=KINDS, key=KEYS)
    def pause_of_the_database(self, seconds: int, which: int, kind: str, key: str) -> None:
        """Nobody can beat, save or read meanwhile; who lives is not taken for dead after it."""
        self.world.database_away = True
        for _ in range(seconds):
            self._pass(1)
            self._everybody_beats()
            self.do(self.replica(which).send())
        self.world.database_away = False
        for replica in self.replicas:
            self.do(replica.beat())
            self.do(replica.sweep())

    @rule(which=WHICH)
    def crash(self, which: int) -> None:
        gone = self.replica(which)
        self.replicas.remove(gone)
        self.undisturbed.pop(gone, None)
        self._begin_another()

    def _begin_another(self) -> None:
        another = self.world.replica()
        self.do(another.beat())
        self.replicas.append(another)
        self.undisturbed[another] = another.run

    @rule(first=WHICH, second=WHICH, kind=KINDS, key=KEYS, then=st.sampled_from(["send", "crash"]))
    def save_in_turn(self, first: int, second: int, kind: str, key: str, then: str) -> None:
        """The second carries over what the first has not told yet."""
        self.save(first, kind, key, "")
        self.save(second, kind, key, "")
        if then == "crash":
            self.crash(first)
        else:
            self.send(second)
            self.save(second, kind, key, "")
            self.send(second)

    @rule(first=WHICH, second=WHICH, kind=KINDS, key=KEYS)
    def save_in_a_crowd(self, first: int, second: int, kind: str, key: str) -> None:
        """The first keeps the number only, and reads it when the second has replaced it."""
        self.save_many(first, kind, "")
        self.save(first, kind, key, "")
        self.save(second, kind, key, "")
        for _ in range(4):
            self.send(first)
            self.time_passes(0.1)
        self.send(second)

    @rule(which=WHICH, kind=KINDS, key=KEYS)
    def send_a_key_in_pieces(self, which: int, kind: str, key: str) -> None:
        for _ in range(3):
            self.save(which, kind, key, "")
        self.send_some(which, key)
        self.time_passes(0.5)
        self.send(which)

    @rule(which=WHICH, kind=KINDS, key=KEYS)
    def inherit(self, which: int, kind: str, key: str) -> None:
        """A process that has never heard of the dead one replaces what that could not send."""
        self.world.bus.undeclared = {TOPICS[kind]}
        self.save(which, kind, key, "")
        self.crash(which)
        self.a_long_while()
        self.crash(which)
        self.save(len(self.replicas) - 1, kind, key, "")

    @precondition(lambda self: len(self.replicas) > 1)
    @rule(which=WHICH)
    def fall_asleep(self, which: int) -> None:
        replica = self.replica(which)
        self.undisturbed.pop(replica, None)
        self.replicas.remove(replica)
        self.asleep.append(replica)

    @precondition(lambda self: self.asleep)
    @rule()
    def wake_up(self) -> None:
        self.replicas.append(self.asleep.pop())

    @rule()
    def a_long_while(self) -> None:
        """Those awake go on beyond the lease; those asleep are taken for dead."""
        for _ in range(8):
            self._pass(1)
            self._everybody_beats()
            for replica in self.replicas:
                self.do(replica.sweep())

    @rule(which=WHICH)
    def restart(self, which: int) -> None:
        """A clean stop, and the next process in its place."""
        replica = self.replica(which)
        self.replicas.remove(replica)
        self.undisturbed.pop(replica, None)
        self.do(replica.stop())
        self._begin_another()

    def teardown(self) -> None:
        try:
            if self.replicas:
                self.heal()
                self.judge()
        finally:
            self.runner.close()
            for (module, name), value in self.before.items():
                setattr(module, name, value)

    def heal(self) -> None:
        self.world.database_away = False
        self.world.bus.undeclared = set()
        for replica, run in self.undisturbed.items():
            assert replica.run == run, "a living run was taken for dead"
        self.replicas += self.asleep
        self.healed_at = self.world.seconds
        self.runner.run(self._recover())

    async def _recover(self) -> None:
        await self._live(60, 0.5, self._is_quiet)
        for (kind, key), causes in self.asked.items():
            for cause in causes:
                (settled,) = await self.replicas[0].save(kind, key, cause)
                assert settled.error is None
        await self._live(60, 0.5, self._is_quiet)
        # Long enough that every dead run is forgotten.
        seconds = sweep.CLEAN_SECONDS + 600
        await self._live(seconds, sweep.MOST_PAUSE_SECONDS, self._is_forgotten)

    async def _is_quiet(self) -> bool:
        """Nothing is open, and nothing lies where a sweep has to find it."""
        return not any(replica.persistence.publisher.open() for replica in self.replicas) and (
            await self._is_forgotten() or self.world.seconds - self.healed_at > 45
        )

    async def _is_forgotten(self) -> bool:
        runs = self.world.runs
        return not await runs.dead() and len(await runs.living()) == len(self.replicas)

    async def _live(
        self, seconds: float, pause: float, enough: Callable[[], Awaitable[bool]]
    ) -> None:
        end = self.world.seconds + seconds
        while True:
            self._pass(pause)
            for replica in self.replicas:
                await replica.beat()
                await replica.send()
                await replica.sweep()
            if self.world.seconds >= end or await enough():
                return

    def judge(self) -> None:
        told = self.world.causes_told()
        for kind, topic in TOPICS.items():
            for key, stored in self.world.stores[kind].documents.items():
                assert stored.state is not None
                taken = stored.state.taken
                assert len(set(taken)) == len(taken), "a cause had its effect twice"
                assert set(taken) == set(self.asked[kind, key]), "a cause had no effect"
                mine = [entry for entry in told if entry[:2] == (topic, key)]
                assert {cause for _, _, cause, _ in mine} == set(taken), "lost or invented"
                versions = [version for *_, version in mine]
                assert versions == sorted(versions), "first tellings out of order"
        assert not any(replica.persistence.publisher.open() for replica in self.replicas)
        living = {word.run for word in self.runner.run(self.world.runs.living())}
        assert living == {replica.run for replica in self.replicas}
        assert not self.runner.run(self.world.runs.dead()), "a dead run is remembered for ever"


Kit.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=40,
    deadline=None,
    # Shrinking a story of forty steps takes minutes; the story as it was found says enough.
    phases=[Phase.generate],
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestKit = Kit.TestCase
assert presence.LEASE_SECONDS < 8
