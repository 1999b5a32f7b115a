"""A service whose database was set back to a copy that was made while it worked.

Replicas save, send, die and start in any order. Meanwhile the stores are copied one after the
other, each at another moment, and the runs last. Then all is lost and the copy is put back; new
processes start and every cause comes again. Whatever happened: each cause has one effect, each
effect's event is on the bus, and no event has the id of another.

What would be seen if the order were not kept: a document whose run is not in the copy counts as
told, and its event never is.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.kernel import DomainError
from tests.support.memory import MemoryRuns, event_id
from tests.support.replicas import TOPICS, Replica, World

KINDS = sorted(TOPICS)
STEPS = st.one_of(
    st.tuples(st.just("save"), st.sampled_from(KINDS), st.sampled_from("ab")),
    st.tuples(st.sampled_from(["send", "sweep", "beat", "restart", "crash", "broker", "pass"])),
)
# Between any two steps something may be copied: the stores in their order, then the runs.
COPIES = st.lists(st.integers(0, 30), min_size=len(KINDS) + 1, max_size=len(KINDS) + 1).map(sorted)


class Story:
    """One service of one replica at a time, and what was copied of it."""

    def __init__(self) -> None:
        self.world = World()
        self.replica: Replica = self.world.replica()
        self.asked: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.stores: dict[str, Any] = {}
        self.words: dict[str, Any] = {}

    @property
    def runs(self) -> MemoryRuns:
        assert isinstance(self.world.runs, MemoryRuns)
        return self.world.runs

    async def take(self, step: tuple[str, ...]) -> None:
        """One step; a refusal that passes is given up."""
        match step:
            case ("save", kind, key):
                cause = f"cause-{sum(map(len, self.asked.values()))}"
                self.asked[kind, key].append(cause)
                await self.replica.save(kind, key, cause)
            case ("restart",):
                await self.replica.stop()
                await self.begin()
            case ("crash",):
                await self.begin()
            case ("broker",):
                self.world.bus.away = not self.world.bus.away
            case ("pass",):
                self.world.seconds += 7
                await self.replica.beat()
            case (name,):
                await getattr(self.replica, name)()

    async def begin(self) -> None:
        """The next process of the service."""
        self.replica = self.world.replica()
        await self.replica.beat()

    def copy(self, what: str) -> None:
        """A store as it is now, or the runs."""
        if what == "runs":
            self.words = dict(self.runs.words)
        else:
            self.stores[what] = dict(self.world.stores[what].documents)

    async def set_back(self) -> None:
        """The database is lost and put back, and a new process finds it; all comes again."""
        for kind, documents in self.stores.items():
            self.world.stores[kind].documents = documents
        self.runs.words = self.words
        self.world.bus.away = False
        await self.begin()
        for turn in range(40):
            self.world.seconds += 1
            await self.replica.beat()
            await self.replica.sweep()
            await self.replica.send()
            if turn == 20:
                for (kind, key), causes in self.asked.items():
                    await self.replica.save(kind, key, *causes)

    def judge(self) -> None:
        """Nothing is lost, doubled or taken for something else."""
        told = self.world.causes_told()
        for (kind, key), causes in self.asked.items():
            stored = self.world.stores[kind].documents[key]
            assert stored.state is not None
            assert sorted(stored.state.taken) == sorted(causes)
            mine = {cause for topic, of, cause, _ in told if (topic, of) == (TOPICS[kind], key)}
            assert mine == set(causes), f"{set(causes) - mine} never told"
        contents: dict[str, Any] = {}
        for record in self.world.bus.records:
            assert contents.setdefault(event_id(record), record) == record


async def live(steps: list[tuple[str, ...]], copies: list[int], order: list[str]) -> Story:
    """The story up to the end of the judgement; `order` is in which things are copied."""
    story = Story()
    await story.replica.beat()
    due = dict(zip(order, copies, strict=True))
    for number in range(31):
        for what in [what for what, at in due.items() if at == number]:
            story.copy(what)
        if number < len(steps):
            try:
                await story.take(steps[number])
            except DomainError:
                continue
    await story.set_back()
    story.judge()
    return story


@settings(max_examples=100, deadline=None, derandomize=True)
@given(steps=st.lists(STEPS, max_size=30), copies=COPIES)
def test_a_service_that_was_set_back_tells_everything_once_and_nothing_else(
    steps: list[tuple[str, ...]], copies: list[int]
) -> None:
    asyncio.run(live(steps, copies, [*KINDS, "runs"]))
