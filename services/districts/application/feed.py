"""What offices watch: every change of their work, the newest state of each case last.

Fed by what this process saves; what other replicas saved is read behind them, by the number each
gives to its saves. A watch holds at most one item for each case, so a slow reader skips states,
never cases, and holds up nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

from services.common.aggregates import Store
from services.common.kernel import DomainError, Kind
from services.common.publisher import Runs
from services.districts.application.ports import CaseReads
from services.districts.domain.model import Case, Item, Stage, item_for

log = logging.getLogger(__name__)

# The clocks of replicas may differ by this much.
SKEW = timedelta(minutes=1)
# Versions remembered, so that no older state follows a newer one.
REMEMBERED = 10_000
# A reader that leaves this many cases waiting is sent away, to begin anew with the list.
MOST_WAITING = 5_000
# Documents read at once; more than any save writes, or a page could end in the middle of one.
_PAGE = 1_000
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


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
    """Brings every change of a case to those who watch its office. `run` is this process's own."""

    def __init__(
        self,
        *,
        store: Store[Case],
        reads: CaseReads,
        runs: Runs,
        run: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._reads = reads
        self._runs = runs
        self._run = run
        self._clock = clock
        self._watches: defaultdict[str, set[Watch]] = defaultdict(set)
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._read_to: dict[str, int] | None = None
        self._heard_at = _EVER
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
        if self._read_to is None:
            await self._catch_up()
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

        A database that is away is left to the next time, which goes on from the same place.
        """
        try:
            await self._catch_up()
        except DomainError as error:
            log.warning("feed.not_read", extra={"slug": error.slug})

    async def close(self) -> None:
        """Ends every watch, now and from now on."""
        self._closed = True
        for watches in list(self._watches.values()):
            for watch in tuple(watches):
                watch.close()

    async def _catch_up(self) -> None:
        now = self._clock()
        sent = await self._runs.sent(self._heard_at)
        if self._read_to is None:
            # Whoever watches from here on begins with the list, which holds all before.
            self._read_to = dict(sent)
        else:
            for run, number in sent.items():
                if run != self._run and self._watches:
                    await self._read(run, self._read_to.get(run, 0))
                # Above the number that all is sent up to, a save may still be on its way.
                self._read_to[run] = number
        self._heard_at = now - SKEW

    async def _read(self, run: str, after: int) -> None:
        """Tells what a run has saved above a number, sent or not."""
        while True:
            page = await self._store.unsent(run, after, None, _PAGE)
            for stored in page:
                if stored.state is not None:
                    self.changed(stored.id, stored.version, stored.state)
            if len(page) < _PAGE:
                return
            after = int(page[-1].outbox_at.rpartition(":")[2]) - 1

    def _left(self, watch: Watch) -> None:
        watches = self._watches.get(watch.office_id)
        if watches is not None:
            watches.discard(watch)
            if not watches:
                del self._watches[watch.office_id]
