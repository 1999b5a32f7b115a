"""What offices watch: every change of their work, the newest state of each case last.

Fed by what this process saves; a re-read of recent changes brings what other replicas saved. A
watch holds at most one item for each case, so a slow reader skips states, never cases, and holds
up nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

from services.common.aggregates import Store
from services.common.kernel import DomainError, Kind
from services.districts.application.ports import CaseReads
from services.districts.domain.model import Case, Item, Stage, item_for

log = logging.getLogger(__name__)

# A change is stamped when it is decided and seen when it is stored: this much apart at most.
OVERLAP = timedelta(seconds=10)
# Versions remembered, so that a re-read loads only what is new here.
REMEMBERED = 50_000
# A reader that leaves this many cases waiting is sent away, to begin anew with the list.
MOST_WAITING = 5_000
_LOAD = 500


class Watch:
    """One watcher's queue."""

    def __init__(self, office_id: str, leave: Callable[[Watch], None]) -> None:
        self.office_id = office_id
        self._leave = leave
        self._waiting: dict[str, tuple[int, Item]] = {}
        self._listed: dict[str, int] = {}
        self._something = asyncio.Event()
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
        """Notes that the watcher gets this version from the list."""
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


class WorkFeed:
    """Brings every change of a case to those who watch its office."""

    def __init__(
        self, *, store: Store[Case], reads: CaseReads, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._reads = reads
        self._clock = clock
        self._watches: defaultdict[str, set[Watch]] = defaultdict(set)
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._read_until: datetime | None = None
        self._closed = False

    @property
    def watched(self) -> int:
        """How many watches are open."""
        return sum(len(watches) for watches in self._watches.values())

    def watch(self, office_id: str) -> Watch:
        """Begins a watch: from here on no change is missed. The caller closes it."""
        watch = Watch(office_id, self._left)
        self._watches[office_id].add(watch)
        if self._closed:
            watch.close()
        return watch

    async def work(self, watch: Watch, *, include_accepted: bool) -> list[Item]:
        """The unfinished work of the watch's office, to be sent before its changes.

        Raises DomainError UNAVAILABLE.
        """
        stages = (Stage.OPEN, Stage.ACCEPTED) if include_accepted else (Stage.OPEN,)
        items = []
        for stored in await self._reads.at_office(watch.office_id, stages):
            item = item_for(stored.state, watch.office_id) if stored.state else None
            if item is not None:
                watch.listed(stored.id, stored.version)
                items.append(item)
        return items

    def changed(self, inquiry_id: str, version: int, case: Case) -> None:
        """Tells the watchers of the case's office, and of the one that had it before."""
        if version <= self._newest.get(inquiry_id, 0):
            return
        self._newest[inquiry_id] = version
        self._newest.move_to_end(inquiry_id)
        if len(self._newest) > REMEMBERED:
            self._newest.popitem(last=False)
        offices = {case.work.office_id, *(left.office_id for left in case.past[-1:])}
        for office_id in offices & self._watches.keys():
            item = item_for(case, office_id)
            for watch in tuple(self._watches[office_id]):
                if item is not None:
                    watch.offer(version, item)

    async def reread(self) -> None:
        """Brings what other replicas changed since the last time; for a periodic job.

        A database that is away is left to the next time, which then reads further back.
        """
        now = self._clock()
        if not self._watches:
            self._read_until = now
            return
        try:
            await self._reread((self._read_until or now) - OVERLAP)
        except DomainError as error:
            log.warning("feed.not_read", extra={"slug": error.slug})
            return
        self._read_until = now

    async def close(self) -> None:
        """Ends every watch, now and from now on."""
        self._closed = True
        for watches in list(self._watches.values()):
            for watch in tuple(watches):
                watch.close()

    async def _reread(self, since: datetime) -> None:
        changed = await self._reads.changed_since(since)
        news = [id_ for id_, version in changed if version > self._newest.get(id_, 0)]
        for start in range(0, len(news), _LOAD):
            for stored in (await self._store.load(news[start : start + _LOAD])).values():
                if stored.state is not None:
                    self.changed(stored.id, stored.version, stored.state)

    def _left(self, watch: Watch) -> None:
        watches = self._watches.get(watch.office_id)
        if watches is not None:
            watches.discard(watch)
            if not watches:
                del self._watches[watch.office_id]
