"""Whatever happens to a watch, its watcher knows in the end what its store knows.

Two replicas with clocks that differ share a store and a bus that loses what it likes. Cases change,
writes land late, lists are on their way while more changes, replicas are killed, and watchers are
cut off after any message and go on from their last token, at either replica. What would be seen if
a promise broke: a watcher that has caught up holds another state of a case than the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.aggregates.update import Stored
from services.common.kernel import DomainError
from services.districts.application import resuming
from services.districts.application.feed import (
    CLOCKS_DIFFER,
    WRITES_LAST,
    News,
    Watch,
    WorkFeed,
)
from services.districts.domain.case import decide
from services.districts.domain.case.model import UNFINISHED, Case, Item, Stage, item_for
from tests.component.districts.offices import MemoryReads
from tests.support.memory import MemoryStore
from tests.unit.districts.case import NOW, OFFICE, OTHER, TOWN, assigned, refuse, reply, take

OFFICES = (OFFICE, OTHER, "o-hill")
CASES = ("i-0", "i-1")
DIFFER = CLOCKS_DIFFER / 2
CLOCKS = (-DIFFER, DIFFER)
# Messages: more than there can be before a sign of life.
ALL = 100


class Reads(MemoryReads):
    """The store's reads; while each answer is on its way, more may happen."""

    def __init__(self, store: MemoryStore[Case]) -> None:
        super().__init__(store)
        self.meanwhile: list[Callable[[], None]] = []

    def _on_the_way(self) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()

    async def at_offices(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Sequence[Stored[Case]]:
        found = await super().at_offices(office_ids, stages)
        self._on_the_way()
        return found

    async def changed_since(self, office_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        found = await super().changed_since(office_ids, since)
        self._on_the_way()
        return found

    async def of(self, inquiry_ids: Iterable[str]) -> Sequence[Stored[Case]]:
        found = await super().of(inquiry_ids)
        self._on_the_way()
        return found


@dataclass(kw_only=True)
class Screen:
    """The software of an office: what it knows, and the token to go on from."""

    office_id: str
    picture: dict[str, Item] = field(default_factory=dict)
    token: str = ""
    # The versions stored when its last whole list was read.
    forgot: dict[str, int] = field(default_factory=dict)
    replica: int = 0
    watch: Watch | None = None
    news: AsyncIterator[News] | None = None

    def learn(self, item: Item) -> None:
        known = self.picture.get(item.inquiry_id)
        if known is None or known.version < item.version:
            self.picture[item.inquiry_id] = item

    def cut_off(self) -> None:
        if self.watch is not None:
            self.watch.close()
        self.watch = self.news = None


@dataclass(kw_only=True)
class UnderWay:
    """A write that is decided and not stored."""

    version: int
    state: Case
    decided_at: datetime
    replica: int


class World:
    """The city, as far as a watch is concerned."""

    def __init__(self) -> None:
        self.now = NOW
        self.store: MemoryStore[Case] = MemoryStore()
        self.reads = [Reads(self.store) for _ in CLOCKS]
        self.feeds = [self._feed(number) for number in range(len(CLOCKS))]
        self.under_way: dict[str, UnderWay] = {}
        self.screens = [Screen(office_id=office) for office in OFFICES]

    def _feed(self, replica: int) -> WorkFeed:
        return WorkFeed(
            reads=self.reads[replica],
            clock=lambda: self.now + CLOCKS[replica],
            chance=lambda: 0.5,
            monotonic=lambda: self.now.timestamp(),
            heartbeat=timedelta(),
        )

    # What happens to cases.

    def decides(self, id_: str, what: str, replica: int) -> None:
        """A replica decides on a change of a case; it is not stored yet."""
        stored = self.store.documents.get(id_)
        state = stored.state if stored is not None else None
        now = self.now + CLOCKS[replica]
        try:
            change = RULES[what](state, id_, now)
        except DomainError:
            return
        if change is not None and id_ not in self.under_way:
            self.under_way[id_] = UnderWay(
                version=(stored.version if stored is not None else 0) + 1,
                state=change.state,
                decided_at=self.now,
                replica=replica,
            )

    def stores(self, id_: str, *, told: bool) -> None:
        """What was decided is stored, and told by its replica unless something is in the way."""
        if (write := self.under_way.pop(id_, None)) is not None:
            self.store.documents[id_] = Stored(id=id_, version=write.version, state=write.state)
            if told:
                self.feeds[write.replica].changed(id_, write.version, write.state)

    def passes(self, seconds: int) -> None:
        """Time passes; no write is under way for longer than it may."""
        until = self.now + timedelta(seconds=seconds)
        for id_, write in list(self.under_way.items()):
            if write.decided_at + WRITES_LAST < until:
                self.stores(id_, told=False)
        self.now = until

    # What happens to watches.

    async def watches(
        self, screen: Screen, replica: int, meanwhile: Sequence[Callable[[], None]] = ()
    ) -> None:
        """A screen begins to watch, from its token if it has one."""
        screen.cut_off()
        screen.replica = replica
        feed = self.feeds[replica]
        point = resuming.read(screen.token)
        screen.watch = watch = feed.watch(screen.office_id, accepted=True)
        before = {id_: stored.version for id_, stored in self.store.documents.items()}
        self.reads[replica].meanwhile = list(meanwhile)
        beginning = await feed.begin(watch, point)
        self.reads[replica].meanwhile = []
        if beginning.whole:
            screen.picture, screen.forgot = {}, before
        for item in beginning.items:
            screen.learn(item)
        screen.token = beginning.token or screen.token
        screen.news = watch.news()

    async def hears(self, screen: Screen, most: int) -> None:
        """A screen reads so many messages, or until there is nothing but a sign of life."""
        for _ in range(most):
            if screen.news is None:
                return
            news = await anext(screen.news)
            if news.item is not None:
                screen.learn(news.item)
            screen.token = news.token or screen.token
            if news.item is None:
                return

    async def relists(self, replica: int, meanwhile: Sequence[Callable[[], None]]) -> None:
        await self.feeds[replica].gap()
        self.reads[replica].meanwhile = list(meanwhile)
        await self.feeds[replica].relist()
        self.reads[replica].meanwhile = []

    async def dies(self, replica: int) -> None:
        """As by SIGKILL: nothing of the replica is left, and its watchers are cut off."""
        for screen in self.screens:
            if screen.replica == replica:
                screen.cut_off()
        self.feeds[replica] = self._feed(replica)

    # What must be so.

    def check(self, screen: Screen) -> None:
        """The screen's picture is the store's."""
        for id_, stored in self.store.documents.items():
            assert stored.state is not None
            wanted = item_for(stored.state, screen.office_id, stored.version)
            known = screen.picture.get(id_)
            if wanted is None:
                assert known is None
            elif stored.state.work.office_id == screen.office_id:
                new = stored.version > screen.forgot.get(id_, 0)
                if known is not None or new or wanted.stage in UNFINISHED:
                    assert known == wanted
            elif known is not None:
                # Elsewhere: what it was is known; how often it changes there is nobody's business.
                assert known == replace(wanted, version=known.version)


def _opening(
    round_: int, attempt: int, office: str, case: Case | None, id_: str, now: datetime
) -> decide.CaseChange | None:
    event = assigned(attempt, office, round_=round_, inquiry_id=id_)
    return decide.open_case(case, city=TOWN, event=event, now=now)


def _moved(case: Case | None, id_: str, now: datetime, *, to: str) -> decide.CaseChange | None:
    """The next assignment that routing may make."""
    if case is None:
        return _opening(1, 1, to, None, id_, now)
    work = case.work
    if case.status == "answered":
        return _opening(work.round + 1, 1, to, case, id_, now)
    return _opening(work.round, work.attempt + 1, to, case, id_, now)


def _at_office(
    rule: Callable[..., decide.CaseChange | None], case: Case | None, _: str, now: datetime
) -> decide.CaseChange | None:
    if case is None:
        return None
    return rule(case, case.work.office_id, now=now)


RULES: Mapping[str, Callable[[Case | None, str, datetime], decide.CaseChange | None]] = {
    **{f"to {office}": partial(_moved, to=office) for office in OFFICES},
    "accept": partial(_at_office, take),
    "decline": partial(_at_office, refuse),
    "answer": partial(_at_office, reply),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A case changes: decided now, and stored now unless it is slow."""

    id_: str
    what: str
    replica: int
    slow: bool = False
    told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lands:
    """What was slow is stored."""

    id_: str
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """Time passes."""

    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """The bus tells a replica of a case in its newest version."""

    id_: str
    replica: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watches:
    """A screen comes, or comes again; more happens after each read that is made for it."""

    screen: int
    replica: int
    meanwhile: tuple[tuple[Change | Lands | Passes, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relists:
    """A replica lists; more happens after each read. Then its screens read so many messages."""

    replica: int
    hear: int = 0
    meanwhile: tuple[tuple[Change | Lands | Passes, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hears:
    """A screen reads so many messages."""

    screen: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """A connection breaks."""

    screen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dies:
    """A replica is killed, and another takes its place."""

    replica: int


Step = Change | Lands | Passes | Bus | Watches | Relists | Hears | CutOff | Dies

replicas = st.integers(0, len(CLOCKS) - 1)
screens = st.integers(0, len(OFFICES) - 1)
changes = st.builds(
    Change,
    id_=st.sampled_from(CASES),
    what=st.sampled_from(sorted(RULES)),
    replica=replicas,
    slow=st.booleans(),
    told=st.booleans(),
)
happenings = st.one_of(
    changes,
    st.builds(Lands, id_=st.sampled_from(CASES), told=st.booleans()),
    st.builds(Passes, seconds=st.sampled_from([1, 29, 300, 4_000])),
)
# Something changes while an answer is on its way for long: a chance would rarely bring it about.
slowly = st.tuples(changes, st.just(Passes(seconds=300)))
meanwhiles = st.lists(
    st.one_of(st.just(()), slowly, st.lists(happenings, max_size=3).map(tuple)), max_size=3
).map(tuple)
steps = st.one_of(
    changes,
    happenings,
    st.builds(Bus, id_=st.sampled_from(CASES), replica=replicas),
    st.builds(Watches, screen=screens, replica=replicas, meanwhile=meanwhiles),
    st.builds(
        Relists, replica=replicas, meanwhile=meanwhiles, hear=st.sampled_from([0, 1, 2, ALL])
    ),
    st.builds(Hears, screen=screens, most=st.integers(1, 4)),
    st.builds(CutOff, screen=screens),
    st.builds(Dies, replica=replicas),
)


def happens(world: World, some: Iterable[Change | Lands | Passes]) -> None:
    for one in some:
        match one:
            case Change():
                world.decides(one.id_, one.what, one.replica)
                if not one.slow:
                    world.stores(one.id_, told=one.told)
            case Lands():
                world.stores(one.id_, told=one.told)
            case Passes():
                world.passes(one.seconds)


async def goes_on(world: World, step: Step) -> None:
    match step:
        case Change() | Lands() | Passes():
            happens(world, [step])
        case Bus():
            if (stored := world.store.documents.get(step.id_)) is not None:
                await world.feeds[step.replica].heard({step.id_: stored.version})
        case Watches():
            screen = world.screens[step.screen]
            meanwhile = [partial(happens, world, some) for some in step.meanwhile]
            await world.watches(screen, step.replica, meanwhile)
            if not step.meanwhile:
                world.check(screen)
        case Relists():
            meanwhile = [partial(happens, world, some) for some in step.meanwhile]
            await world.relists(step.replica, meanwhile)
            for screen in world.screens:
                if screen.news is not None and screen.replica == step.replica:
                    await world.hears(screen, step.hear)
                    if not step.meanwhile:
                        await world.hears(screen, ALL)
                        world.check(screen)
        case Hears():
            await world.hears(world.screens[step.screen], step.most)
        case CutOff():
            world.screens[step.screen].cut_off()
        case Dies():
            await world.dies(step.replica)


async def plays(story: Sequence[Step]) -> World:
    """Plays a story, and then lets every screen go on from its token."""
    world = World()
    for step in story:
        await goes_on(world, step)
    for id_ in CASES:
        world.stores(id_, told=False)
    for number, screen in enumerate(world.screens):
        await world.watches(screen, number % len(CLOCKS))
        world.check(screen)
    return world


@settings(max_examples=400, deadline=None)
# Longer than lists are by themselves: a miss takes a watch, some changes and a list in a row.
@given(story=st.lists(steps, min_size=15, max_size=40))
def test_a_screen_that_caught_up_knows_what_the_store_knows(story: list[Step]) -> None:
    asyncio.run(plays(story))
