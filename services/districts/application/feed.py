"""What offices watch: every change of their work, the newest state of each case last.

Three ways lead here, each making up for what the one before may miss. What this process saves is
told at once. What another replica saved is heard on the bus and read by its id. And each open
office's unfinished work is listed again from time to time, which finds whatever neither told; no
answer of the bus or of another process is relied on.

A watch holds at most one item for each case, so a slow reader skips states, never cases, and holds
up nobody. Nothing is read for an office that nobody watches.
"""

from __future__ import annotations

import logging
import time
from asyncio import Event
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.common.aggregates import Stored
from services.common.kernel import DomainError, Kind
from services.districts.application import metrics
from services.districts.application.ports import CaseReads
from services.districts.domain.model import Case, Item, Stage, item_for

log = logging.getLogger(__name__)

# Each watched office's unfinished work is listed again after this, give or take a half, so that the
# lists of many offices spread. Longer: what the bus did not bring is told later. Shorter: the
# database reads all that lies at the offices more often.
RELIST_EVERY = timedelta(seconds=30)
# So many offices share a list. More: fewer questions, and more cases in memory at once.
LISTED_TOGETHER = 20
# Versions remembered, so that no older state follows a newer one.
REMEMBERED = 10_000
# A reader that leaves this many cases waiting is sent away, to begin anew with the list.
MOST_WAITING = 5_000

UNFINISHED = (Stage.OPEN, Stage.ACCEPTED)


class Watch:
    """One watcher's queue."""

    def __init__(self, office_id: str, leave: Callable[[Watch], None]) -> None:
        self.office_id = office_id
        self._leave = leave
        self._waiting: dict[str, tuple[int, Item]] = {}
        self._listed: dict[str, int] = {}
        self._something = Event()
        self._ended = False
        self._too_slow = False

    def offer(self, version: int, item: Item) -> None:
        """Queues the item unless the same or a newer version was listed or waits."""
        id_ = item.inquiry_id
        if version <= self._listed.get(id_, 0):
            return
        self._listed.pop(id_, None)
        held = self._waiting.get(id_)
        if held is not None and held[0] >= version:
            return
        self._waiting[id_] = (version, item)
        if len(self._waiting) > MOST_WAITING:
            self._too_slow = True
            self.close()
        self._something.set()

    def listed(self, inquiry_id: str, version: int) -> None:
        """Notes that the watcher gets this version from the list, or asked not to."""
        self._listed[inquiry_id] = version
        held = self._waiting.get(inquiry_id)
        if held is not None and held[0] <= version:
            del self._waiting[inquiry_id]

    def close(self) -> None:
        """Ends the watch, from either side; what waits is not sent any more. Safe to repeat."""
        self._ended = True
        self._something.set()
        self._leave(self)

    async def items(self) -> AsyncIterator[Item]:
        """The changes, until the watch is closed.

        Raises DomainError `watcher_too_slow` (UNAVAILABLE) for a reader that fell too far behind.
        """
        while not self._ended:
            self._something.clear()
            taken, self._waiting = self._waiting, {}
            for _, item in taken.values():
                yield item
                if self._ended:
                    break
            if not self._waiting and not self._ended:
                await self._something.wait()
        if self._too_slow:
            raise DomainError(
                "watcher_too_slow", Kind.UNAVAILABLE, "too much work waits unread; watch again"
            )


@dataclass(slots=True)
class _Office:
    """An office that is watched, and the unfinished work that its watchers were told of."""

    relist_at: float
    watches: set[Watch] = field(default_factory=set)
    # The version last told or listed of each case that is unfinished at the office.
    unfinished: dict[str, int] = field(default_factory=dict)

    def tell(self, version: int, item: Item) -> None:
        if item.stage in UNFINISHED:
            self.unfinished[item.inquiry_id] = version
        else:
            self.unfinished.pop(item.inquiry_id, None)
        for watch in tuple(self.watches):
            watch.offer(version, item)


class WorkFeed:
    """Brings every change of a case to those who watch its office.

    `monotonic` gives seconds, `chance` numbers in [0, 1).
    """

    def __init__(
        self,
        *,
        reads: CaseReads,
        chance: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reads = reads
        self._chance = chance
        self._monotonic = monotonic
        self._offices: dict[str, _Office] = {}
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._closed = False

    @property
    def watched(self) -> int:
        """How many watches are open."""
        return sum(len(office.watches) for office in self._offices.values())

    def watch(self, office_id: str) -> Watch:
        """Begins a watch: from here on no change is missed. The caller closes it."""
        watch = Watch(office_id, self._left)
        office = self._offices.setdefault(office_id, _Office(relist_at=self._relist_at()))
        office.watches.add(watch)
        if self._closed:
            watch.close()
        return watch

    async def work(self, watch: Watch, *, include_accepted: bool) -> list[Item]:
        """The unfinished work of the watch's office, to be sent before its changes.

        Raises DomainError UNAVAILABLE.
        """
        items = []
        listed = await self._reads.at_offices([watch.office_id], UNFINISHED)
        office = self._offices.get(watch.office_id)
        for stored in listed:
            assert stored.state is not None
            item = item_for(stored.state, watch.office_id)
            assert item is not None  # it lies there
            # Also what the watcher did not ask for: its next change must be told, but not itself.
            watch.listed(stored.id, stored.version)
            if office is not None:
                office.unfinished.setdefault(stored.id, stored.version)
            if include_accepted or item.stage is Stage.OPEN:
                items.append(item)
        return items

    def changed(self, inquiry_id: str, version: int, case: Case) -> None:
        """Tells the watchers of three kinds of offices: where the case lies, where it lay just
        before, and where it still stands as unfinished because a state between was not heard of."""
        if not self._is_news(inquiry_id, version):
            return
        last = {case.work.office_id, *(left.office_id for left in case.past[-1:])}
        for office_id in last.union(left.office_id for left in case.past):
            office = self._offices.get(office_id)
            if office is None or (office_id not in last and inquiry_id not in office.unfinished):
                continue
            item = item_for(case, office_id)
            if item is not None:
                office.tell(version, item)

    async def heard(self, told: Mapping[str, int]) -> None:
        """Reads and tells the cases of which the bus told a version that is not known here.

        When the database is away, every watched office is listed anew as soon as it is back.
        """
        wanted = {id_ for id_, version in told.items() if version > self._newest.get(id_, 0)}
        if not self._offices or not wanted:
            return
        try:
            found = await self._reads.of(wanted)
        except DomainError as error:
            log.warning("feed.not_read", extra={"slug": error.slug})
            await self.gap()
            return
        for stored in found:
            if stored.state is not None:
                self.changed(stored.id, stored.version, stored.state)

    async def gap(self) -> None:
        """Something may have been missed: all watched offices are listed anew in the next round."""
        for office in self._offices.values():
            office.relist_at = self._monotonic()

    async def relist(self) -> None:
        """Lists the offices whose time has come and tells what their watchers do not know yet; for
        a periodic job of about a second.

        Raises DomainError UNAVAILABLE; those not listed yet stay due.
        """
        now = self._monotonic()
        due = [(id_, office) for id_, office in self._offices.items() if office.relist_at <= now]
        for start in range(0, len(due), LISTED_TOGETHER):
            some = dict(due[start : start + LISTED_TOGETHER])
            for office in some.values():
                # Set before the list is read: a gap that comes meanwhile asks for another one.
                office.relist_at = self._relist_at()
            try:
                await self._relist(some)
            except DomainError:
                for office in some.values():
                    office.relist_at = now
                raise

    async def close(self) -> None:
        """Ends every watch, now and from now on."""
        self._closed = True
        for office in list(self._offices.values()):
            for watch in tuple(office.watches):
                watch.close()

    async def _relist(self, offices: Mapping[str, _Office]) -> None:
        gone = {office_id: set(office.unfinished) for office_id, office in offices.items()}
        for stored in await self._reads.at_offices(list(offices), UNFINISHED):
            assert stored.state is not None
            office_id = stored.state.work.office_id
            gone[office_id].discard(stored.id)
            if offices[office_id].unfinished.get(stored.id, 0) < stored.version:
                self._found(stored, offices[office_id], office_id)
        wanted = set[str]().union(*gone.values())
        for stored in await self._reads.of(wanted) if wanted else ():
            for office_id in (office_id for office_id, ids in gone.items() if stored.id in ids):
                self._found(stored, offices[office_id], office_id)

    def _found(self, stored: Stored[Case], office: _Office, office_id: str) -> None:
        """Tells what the list shows and the office does not know, unless something newer was told
        meanwhile."""
        assert stored.state is not None
        item = item_for(stored.state, office_id)
        if item is None:
            return  # it never had the case
        self.changed(stored.id, stored.version, stored.state)
        if self._newest[stored.id] == stored.version:
            office.tell(stored.version, item)
        metrics.FEED_FOUND.inc()
        log.info("feed.found", extra={"inquiry_id": stored.id, "version": stored.version})

    def _is_news(self, inquiry_id: str, version: int) -> bool:
        """Whether no watcher can have been told this version or a newer one; notes it."""
        if version <= self._newest.get(inquiry_id, 0):
            return False
        self._newest[inquiry_id] = version
        self._newest.move_to_end(inquiry_id)
        if len(self._newest) > REMEMBERED:
            self._newest.popitem(last=False)
        return True

    def _relist_at(self) -> float:
        return self._monotonic() + RELIST_EVERY.total_seconds() * (0.5 + self._chance())

    def _left(self, watch: Watch) -> None:
        office = self._offices.get(watch.office_id)
        if office is not None:
            office.watches.discard(watch)
            if not office.watches:
                del self._offices[watch.office_id]
