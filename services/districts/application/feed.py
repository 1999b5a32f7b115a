"""What offices watch: every change of their work, the newest state of each case last.

The feed learns of changes in three ways, each making up for what the one before may miss. What this
process saves is told at once. Of what another replica saved, the feed hears the id on the bus, and
reads the case. And the feed lists each watched office's unfinished work again from time to time,
with what changed there lately. The lists find all that the first two ways missed, so that nothing
depends on the bus or on another process.

A watch holds at most one item for each case, so a slow reader skips states, never cases, and holds
up nobody. Nothing is read for an office that nobody watches.

A watcher that is cut off goes on at any replica, from its mark: a time by which everything stored
until then had been told to it, namely when its last complete list began. The feed reads and tells
what changed since the mark, less a margin. No replica keeps the mark: a token carries it
(`resuming`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.common.aggregates.update import Stored
from services.common.kernel import DomainError, Kind
from services.common.publishing.publisher import SETTLED_AFTER_SECONDS
from services.districts.application import metrics, resuming
from services.districts.application.ports import CaseReads
from services.districts.application.resuming import ResumePoint
from services.districts.domain.case.model import (
    UNFINISHED,
    Case,
    Item,
    Stage,
    changed_for,
    item_for,
)

log = logging.getLogger(__name__)

# Each watched office's unfinished work is listed again after this, give or take a half, so that the
# lists of many offices spread. Longer: what the bus did not bring is told later, and a watcher that
# was cut off is told more twice. Shorter: the database reads all that lies at the offices more
# often.
RELIST_EVERY = timedelta(seconds=30)
# So many offices share one list. More: more cases in memory at once. Fewer: more questions to the
# database.
LISTED_TOGETHER = 20
# Of so many cases, those told last, the feed remembers the version, so that no older state follows
# a newer one. More: memory. Fewer: after many changes at once an older state may be told.
REMEMBERED = 10_000
# A reader that leaves more cases than this waiting is sent away, and comes again. More: a reader
# that stands still costs more memory. Fewer: a short pause of a busy office's software ends its
# watch.
MOST_WAITING = 5_000
# A watch that has had nothing to tell for this long sends a sign of life. The contract promises one
# within 15 seconds; the rest is for an event loop that is late.
HEARTBEAT = timedelta(seconds=10)

# A change bears the time of its decision, by the clock of the replica that decided it, but a list
# sees it only once it is stored. A change that the list missed may therefore bear a time before the
# list began: its write took long, or its replica's clock is slow. Whoever resumes reads from this
# much before the mark, to find such changes. Longer: more is told twice after each cut. Shorter: a
# slow write, or a change by a replica with a slow clock, is missed.
WRITES_LAST = timedelta(seconds=SETTLED_AFTER_SECONDS)
CLOCKS_DIFFER = timedelta(seconds=30)
MARGIN = WRITES_LAST + CLOCKS_DIFFER
# Whoever was away for longer begins with the whole list. Longer: one watch may read very many
# changes, of cases that are mostly done. Shorter: a longer pause costs a whole list.
RESUME_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing to tell a watcher: an item, or with None that the watch is alive.

    `token` says where to go on from after it; empty: from the token before.
    """

    item: Item | None
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a watch begins with. `whole` says that the items are all the work there is, not only
    what changed since the resume point. `token` says where to go on from after them."""

    whole: bool
    items: Sequence[Item]
    token: str


class Watch:
    """One watcher's queue.

    `began` is when the watch was registered: all that is told to its office since then waits here.
    """

    def __init__(
        self,
        office_id: str,
        *,
        accepted: bool,
        began: datetime,
        heartbeat: timedelta,
        leave: Callable[[Watch], None],
    ) -> None:
        self.office_id = office_id
        self.accepted = accepted
        self.began = began
        self._heartbeat = heartbeat
        self._leave = leave
        self._mark = began
        self._resumable = True
        self._waiting: dict[str, Item] = {}
        self._listed: dict[str, int] = {}
        self._something = asyncio.Event()
        self._ended = False
        self._too_slow = False

    def offer(self, item: Item) -> None:
        """Queues the item unless the same or a newer version was listed or waits."""
        id_ = item.inquiry_id
        if item.version <= self._listed.get(id_, 0):
            return
        self._listed.pop(id_, None)
        held = self._waiting.get(id_)
        if held is not None and held.version >= item.version:
            return
        self._waiting[id_] = item
        if len(self._waiting) > MOST_WAITING:
            self._too_slow = True
            self.close()
        self._something.set()

    def listed(self, inquiry_id: str, version: int) -> None:
        """Notes that the watcher gets this version from the list, or asked not to."""
        self._listed[inquiry_id] = version
        held = self._waiting.get(inquiry_id)
        if held is not None and held.version <= version:
            del self._waiting[inquiry_id]

    def reached(self, mark: datetime) -> None:
        """All that was stored before `mark` was offered; the watcher may go on from there as soon
        as it is sent."""
        self._mark = max(self._mark, mark)

    def cannot_resume(self) -> None:
        """From now on this watch gives no tokens: a case was found that this version cannot read,
        and a token would say that the watcher knows of it."""
        self._resumable = False

    def token(self, mark: datetime) -> str:
        """Where the watcher can go on from; empty when this watch gives no tokens."""
        if not self._resumable:
            return ""
        return resuming.token(
            ResumePoint(office_id=self.office_id, mark=mark, accepted=self.accepted)
        )

    def close(self) -> None:
        """Ends the watch, from either side; what waits is not sent any more. Safe to repeat."""
        self._ended = True
        self._something.set()
        self._leave(self)

    async def news(self) -> AsyncIterator[News]:
        """The changes and signs of life, until the watch is closed.

        A mark is told with the last of what was offered before it, never earlier. Raises
        DomainError `watcher_too_slow` (UNAVAILABLE) for a reader that fell too far behind.
        """
        told = self.began
        while not self._ended:
            self._something.clear()
            taken, self._waiting = list(self._waiting.values()), {}
            mark = self._mark
            for number, item in enumerate(taken, start=1):
                moved = number == len(taken) and mark != told
                yield News(item=item, token=self.token(mark) if moved else "")
                if self._ended:
                    break
            if taken:
                told = mark
            if not await self._more_within_heartbeat():
                told = self._mark
                yield News(item=None, token=self.token(told))
        if self._too_slow:
            raise DomainError(
                "watcher_too_slow", Kind.UNAVAILABLE, "too much work waits unread; watch again"
            )

    async def _more_within_heartbeat(self) -> bool:
        """Waits for something to tell, or the end; False when it is time for a sign of life."""
        try:
            async with asyncio.timeout(self._heartbeat.total_seconds()):
                await self._something.wait()
        except TimeoutError:
            pass
        # Asked once more: it may have come together with the end of the time.
        return bool(self._waiting) or self._ended


@dataclass(slots=True)
class _Office:
    """An office that is watched, and the unfinished work that its watchers were told of.

    They were told, or have in their own lists, all that was stored before `mark`.
    """

    relist_at: float
    mark: datetime
    watches: set[Watch] = field(default_factory=set)
    # The version last told or listed of each case that is unfinished at the office.
    unfinished: dict[str, int] = field(default_factory=dict)

    def tell(self, item: Item) -> None:
        if item.stage in UNFINISHED:
            self.unfinished[item.inquiry_id] = item.version
        else:
            self.unfinished.pop(item.inquiry_id, None)
        for watch in tuple(self.watches):
            watch.offer(item)

    def reached(self, mark: datetime) -> None:
        self.mark = max(self.mark, mark)
        for watch in self.watches:
            watch.reached(mark)


class WorkFeed:
    """Brings every change of a case to those who watch its office.

    `clock` gives aware UTC, `monotonic` seconds, `chance` numbers in [0, 1).
    """

    def __init__(
        self,
        *,
        reads: CaseReads,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
        heartbeat: timedelta = HEARTBEAT,
    ) -> None:
        self._reads = reads
        self._clock = clock
        self._chance = chance
        self._monotonic = monotonic
        self._heartbeat = heartbeat
        self._offices: dict[str, _Office] = {}
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._closed = False

    @property
    def watched(self) -> int:
        """How many watches are open."""
        return sum(len(office.watches) for office in self._offices.values())

    def watched_by(self, office_id: str) -> int:
        """How many watches of this office are open."""
        office = self._offices.get(office_id)
        return len(office.watches) if office is not None else 0

    def watch(self, office_id: str, *, accepted: bool = False) -> Watch:
        """Begins a watch: from here on no change is missed. The caller closes it."""
        began = self._clock()
        watch = Watch(
            office_id,
            accepted=accepted,
            began=began,
            heartbeat=self._heartbeat,
            leave=self._left,
        )
        if office_id not in self._offices:
            self._offices[office_id] = _Office(relist_at=self._relist_at(), mark=began)
        self._offices[office_id].watches.add(watch)
        if self._closed:
            watch.close()
        return watch

    async def begin(self, watch: Watch, point: ResumePoint | None) -> Beginning:
        """What to send before the changes of the watch: what changed since the point, or without a
        usable one all unfinished work of the office.

        Raises DomainError UNAVAILABLE.
        """
        # The unfinished work is read in any case: later lists are compared with it.
        work = await self._reads.at_offices([watch.office_id], UNFINISHED)
        office = self._offices.get(watch.office_id)
        if office is not None:
            for stored in work:
                # One that cannot be read was not told; each later list looks at it again.
                if stored.state is not None:
                    office.unfinished.setdefault(stored.id, stored.version)
        if point is not None and self._can_resume(watch, point):
            since = point.mark - MARGIN
            changed = await self._reads.changed_since([watch.office_id], since)
            found = await self._reads.of(changed) if changed else ()
            items = _told(watch, found, since)
        else:
            since, found = None, ()
            items = _listed(watch, work)
        if any(stored.state is None for stored in (*work, *found)):
            watch.cannot_resume()
        return Beginning(whole=since is None, items=items, token=watch.token(watch.began))

    def changed(self, inquiry_id: str, version: int, case: Case) -> None:
        """Tells the watchers of three kinds of offices: where the case lies, where it lay just
        before, and where it still stands as unfinished because a state between was not heard of."""
        if not self._is_news(inquiry_id, version):
            return
        last = {case.work.office_id, *(turn.office_id for turn in case.past[-1:])}
        for office_id in case.offices:
            office = self._offices.get(office_id)
            if office is None or (office_id not in last and inquiry_id not in office.unfinished):
                continue
            item = item_for(case, office_id, version)
            if item is not None:
                office.tell(item)

    async def heard(self, told: Mapping[str, int]) -> None:
        """Reads and tells the cases of which the bus told a version that is not known here.

        When the database is away, every watched office is listed anew as soon as it is back.
        """
        wanted = self._unknown(told)
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

    def _can_resume(self, watch: Watch, point: ResumePoint) -> bool:
        """Whether the point is of this office, covers the stages that the watcher asks for, and is
        at most `RESUME_WITHIN` old."""
        age = self._clock() - point.mark
        return (
            point.office_id == watch.office_id
            and (point.accepted or not watch.accepted)
            and -CLOCKS_DIFFER <= age <= RESUME_WITHIN
        )

    async def _relist(self, offices: Mapping[str, _Office]) -> None:
        # The time is taken before anything is read. This list may miss what is stored while it is
        # read; a later list, or a watcher that goes on from the mark, must find that.
        began = self._clock()
        since = min(office.mark for office in offices.values()) - MARGIN
        gone = {office_id: set(office.unfinished) for office_id, office in offices.items()}
        newer: dict[str, set[str]] = {office_id: set() for office_id in offices}
        # Of what lies there nearly all is known: only versions are read, and the states of the
        # rest.
        work = await self._reads.versions_at(list(offices), UNFINISHED)
        for office_id, versions in work.items():
            gone[office_id].difference_update(versions)
            known = offices[office_id].unfinished
            newer[office_id].update(
                id_
                for id_, version in versions.items()
                if known.get(id_, 0) < version and self._newest.get(id_, 0) <= version
            )
        # A case that came and was finished between two lists is in neither of them.
        late = self._unknown(await self._reads.changed_since(list(offices), since))
        wanted = late.union(*gone.values(), *newer.values())
        told = {id_: self._newest.get(id_, 0) for id_ in wanted}
        found = await self._reads.of(wanted) if wanted else ()
        for stored in found:
            # What was told while it was read, every office that it concerns has heard.
            if self._newest.get(stored.id, 0) == told[stored.id]:
                for office_id, office in offices.items():
                    if stored.id in newer[office_id] or stored.id in gone[office_id]:
                        self._found(stored, office, office_id)
            if stored.state is not None and stored.version > self._newest.get(stored.id, 0):
                self.changed(stored.id, stored.version, stored.state)
                self._count(stored)
        if all(stored.state is not None for stored in found):
            for office in offices.values():
                office.reached(began)

    def _found(self, stored: Stored[Case], office: _Office, office_id: str) -> None:
        """Tells what the list shows and the office does not know, unless something newer was told
        meanwhile."""
        if stored.state is None:
            return
        item = item_for(stored.state, office_id, stored.version)
        if item is None:
            return  # the office never had the case
        self.changed(stored.id, stored.version, stored.state)
        if self._newest[stored.id] == stored.version:
            office.tell(item)
        self._count(stored)

    def _count(self, stored: Stored[Case]) -> None:
        metrics.FEED_FOUND.inc()
        log.info("feed.found", extra={"inquiry_id": stored.id, "version": stored.version})

    def _unknown(self, told: Mapping[str, int]) -> set[str]:
        """Those of these cases of which no watcher can have been told this version."""
        return {id_ for id_, version in told.items() if version > self._newest.get(id_, 0)}

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


def _listed(watch: Watch, work: Sequence[Stored[Case]]) -> list[Item]:
    """The unfinished work that the watcher asked for."""
    items = []
    for stored in work:
        # Also noted for accepted work that the watcher did not ask for: `begin` does not send it,
        # and `offer` lets only later versions of it through.
        watch.listed(stored.id, stored.version)
        item = item_for(stored.state, watch.office_id, stored.version) if stored.state else None
        if item is not None and (watch.accepted or item.stage is Stage.OPEN):
            items.append(item)
    return items


def _told(watch: Watch, changed: Sequence[Stored[Case]], since: datetime) -> list[Item]:
    """The items that changed for the watcher's office at `since` or later. What became of a case
    after it had left the office is not told."""
    items = []
    for stored in changed:
        if stored.state is None:
            continue
        at = changed_for(stored.state, watch.office_id)
        item = item_for(stored.state, watch.office_id, stored.version)
        if item is not None and at is not None and at >= since:
            watch.listed(stored.id, stored.version)
            items.append(item)
    return items
