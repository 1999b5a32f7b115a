"""What waits to be sent, one lane for each topic.

Owns the order of events within a lane and the bound on memory. A lane that cannot go on holds up no
other lane; a key that cannot go on holds up no other key of its lane. What is done with the events
is `publisher`'s.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.common.events.envelope import Envelope
from services.common.process.backoff import Growing
from services.common.publishing.numbers import Numbers
from services.common.publishing.outbox import OutboxPlace

# Bounds of what one lane keeps in memory. Beyond either it keeps only the numbers of the saves, and
# their outboxes are read again in their turn. Larger: a broker that is away costs more memory.
# Smaller: more reads.
LANE_EVENTS = 20_000
LANE_BYTES = 32 * 1024 * 1024
# Bytes of an envelope besides its data: ids, names, a time.
ENVELOPE_BYTES = 700
FIRST_PAUSE_SECONDS = 0.5
# The longest pause between two looks for a missing topic: events wait at most this long after the
# topic was created.
MOST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One event to send. `carried` is the place where another run saved it first; that run may send
    it itself and is waited for `until` then (monotonic seconds)."""

    number: int
    envelope: Envelope
    at: datetime
    carried: OutboxPlace | None = None
    until: float = 0.0

    @property
    def size(self) -> int:
        """Roughly its bytes in memory."""
        return ENVELOPE_BYTES + len(self.envelope.data)


@dataclass(slots=True)
class _Aside:
    """The events of one key that cannot be sent now, in their order, and when the first is tried
    again. `refused`: the bus refused it, and the pauses grow; otherwise another run is waited
    for."""

    items: deque[Item] = field(default_factory=deque)
    pause: Growing = field(default_factory=lambda: Growing(FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS))
    until: float = float("-inf")
    refused: bool = False


class Lane:
    """The events of one topic, in the order they were saved."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.pause = Growing(FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS)
        self.failed_at: float | None = None
        self.unread = Numbers()
        self.events = 0
        self._unread_since: datetime | None = None
        self._waiting: deque[Item] = deque()
        # What `next` gave and nobody has given back, by the identity of the object: a broker that
        # is away holds it for as long as a send may take.
        self._in_hand: dict[int, Item] = {}
        self._counts: Counter[int] = Counter()
        self._aside: dict[str, _Aside] = {}
        self._aside_counts: Counter[int] = Counter()
        self._bytes = 0

    # What comes in.

    def put(self, number: int, items: Iterable[Item], at: datetime) -> None:
        """Queues the events of one save behind all that waits; a full lane notes only the save's
        number."""
        if self.unread or self.full:
            self.unread.add(number)
            self._unread_since = self._unread_since or at
            return
        self.append(items)

    def append(self, items: Iterable[Item]) -> None:
        """Queues events even in a full lane: they were read from the store because their turn has
        come."""
        for item in items:
            self._waiting.append(item)
            self._counts[item.number] += 1
            self.events += 1
            self._bytes += item.size

    def have_read(self, numbers: Numbers, up_to: int) -> None:
        """Those of `numbers` that are at most `up_to` have been read and appended. A save that was
        put here after `numbers` was taken is not among them, though its number may be smaller."""
        self.unread.discard_all(numbers, up_to)
        if not self.unread:
            self._unread_since = None

    # What is taken out.

    def release(self, now: float) -> None:
        """Puts events that stood aside, and whose pause is over, before all that waits."""
        for key, aside in list(self._aside.items()):
            if aside.until > now or not aside.items:
                continue
            self._bring_back(aside)
            if not aside.refused:
                del self._aside[key]

    def next(self) -> Item | None:
        """Takes the first event whose key does not stand aside; None when there is none."""
        while self._waiting:
            item = self._waiting.popleft()
            aside = self._aside.get(item.envelope.key)
            if aside is None or not aside.items:
                self._in_hand[id(item)] = item
                return item
            aside.items.append(item)
            self._move(item, self._counts, self._aside_counts)
        return None

    def done(self, item: Item) -> None:
        """An event that `next` gave is on the bus, or need not be sent."""
        self._in_hand.pop(id(item), None)
        self._counts[item.number] -= 1
        if not self._counts[item.number]:
            del self._counts[item.number]
        self.events -= 1
        self._bytes -= item.size
        aside = self._aside.get(item.envelope.key)
        if aside is not None and not aside.items:
            del self._aside[item.envelope.key]

    def put_back(self, items: Sequence[Item]) -> None:
        """Events that `next` gave, in that order, are to be tried again."""
        for item in items:
            self._in_hand.pop(id(item), None)
        self._waiting.extendleft(reversed(items))

    def recall(self, key: str) -> None:
        """Puts the events of a key that stand aside before all that waits: an earlier event of the
        key, which `next` has given, is about to come back, and must stay before them."""
        aside = self._aside.get(key)
        if aside is None:
            return
        self._bring_back(aside)
        if not aside.refused:
            del self._aside[key]

    def set_aside(self, item: Item, now: float, wait: float | None = None) -> bool:
        """Lets the event and all later ones of its key wait: for another run, `wait` seconds;
        without `wait`, because the bus refused it, for a growing pause. Returns whether the key
        stands aside only from now on: the caller must then put later events of the key, which
        `next` has already given, behind this one."""
        self._in_hand.pop(id(item), None)
        aside = self._aside.setdefault(item.envelope.key, _Aside())
        fresh = not aside.items
        aside.items.append(item)
        self._move(item, self._counts, self._aside_counts)
        if fresh and wait is None:
            aside.refused = True
            aside.until = now + aside.pause.next_seconds()
        elif fresh and wait is not None:
            aside.until = now + wait
        return fresh

    def _bring_back(self, aside: _Aside) -> None:
        for item in reversed(aside.items):
            self._waiting.appendleft(item)
            self._move(item, self._aside_counts, self._counts)
        aside.items.clear()

    def recovered(self) -> None:
        """The topic took what was sent to it."""
        self.pause.succeeded()
        self.failed_at = None

    def is_aside(self, key: str) -> bool:
        """Whether events of the key stand aside."""
        aside = self._aside.get(key)
        return aside is not None and bool(aside.items)

    def _move(self, item: Item, out: Counter[int], into: Counter[int]) -> None:
        out[item.number] -= 1
        if not out[item.number]:
            del out[item.number]
        into[item.number] += 1

    # What is asked.

    @property
    def full(self) -> bool:
        """Whether one of the bounds is reached."""
        return self.events >= LANE_EVENTS or self._bytes >= LANE_BYTES

    @property
    def hungry(self) -> bool:
        """Whether its next events have to be read from the store."""
        return bool(self.unread) and not self._waiting and not self.full

    @property
    def failing(self) -> bool:
        """Whether the topic did not take what was last sent to it."""
        return self.pause.failing

    def has(self, number: int) -> bool:
        """Whether an event of this save is not told yet."""
        return number in self._counts or number in self._aside_counts or number in self.unread

    def blocking(self) -> int | None:
        """The first save of which something is unsent and which cannot be named as an exception
        (`RunWord.stuck`): the run has sent everything only below it."""
        firsts = [min(self._counts)] if self._counts and not self.failing else []
        firsts += [self.unread.first] if self.unread else []
        return min(firsts, default=None)

    def excused(self) -> set[int]:
        """The saves to be named as exceptions: those of which something stands aside; of a failing
        topic, all that are in memory."""
        return {*self._aside_counts, *(self._counts if self.failing else ())}

    @property
    def in_use(self) -> bool:
        """Whether anything waits here."""
        return bool(self.events or self.unread)

    def ready(self, now: float) -> bool:
        """Whether something could be sent now."""
        if not self.pause.due(now):
            return False
        return (
            bool(self._waiting)
            or self.hungry
            or any(aside.items and aside.until <= now for aside in self._aside.values())
        )

    def due_at(self) -> float | None:
        """When to try again (monotonic seconds); None when nothing is left."""
        if self._waiting or self.hungry:
            return self.pause.until_seconds
        times = [aside.until for aside in self._aside.values() if aside.items]
        return max(self.pause.until_seconds, min(times)) if times else None

    def places(self, now: float, limit: int) -> set[OutboxPlace]:
        """The places at which other runs may have sent what would be taken next."""
        found = {
            aside.items[0].carried
            for aside in self._aside.values()
            if aside.items and aside.until <= now
        }
        for at, item in enumerate(self._waiting):
            if at >= limit:
                break
            found.add(item.carried)
        return {place for place in found if place is not None}

    def oldest(self) -> datetime | None:
        """When the event that has waited longest was saved."""
        times = [item.at for item in self._in_hand.values()]
        times += [self._waiting[0].at] if self._waiting else []
        times += [aside.items[0].at for aside in self._aside.values() if aside.items]
        times += [self._unread_since] if self._unread_since else []
        return min(times, default=None)
