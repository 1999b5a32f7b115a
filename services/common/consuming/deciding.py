"""Gives events to the handler and says of each what became of it, when to ask again, or that it is
dead.

Owns the rules of `outcomes`: an event that waits for something is dead once others of its type were
settled for too long meanwhile; an event that fails by itself is found by halves and tried alone;
time decides on death, never the number of tries. Leaves reading, committing and burying to
`membership`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opentelemetry.trace import Span, StatusCode

from services.common.bus.outcomes import Ack, Dead, Handler, Incoming, Outcome, Patience, Retry
from services.common.kernel import DomainError, Kind
from services.common.process import metrics, telemetry
from services.common.publishing.outbox import Record

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Taken:
    """One record in hand, as the broker gave it. Times are of the monotonic clock, in seconds."""

    record: Any
    offset: int
    settled: bool = False
    incoming: Incoming | None = None
    span: Span | None = None
    # When its service made the event (aware).
    made_at: datetime | None = None
    dead: Dead | None = None
    letter: Record | None = None
    # The handler is asked about it (or its letter is sent) no earlier than this.
    due: float = 0.0
    # What it waits for; empty when it does not wait.
    slug: str = ""
    waiting_since: float | None = None
    # When the handler last let it wait; and for how many seconds of its waiting others of its type
    # were settled.
    waited_at: float | None = None
    passed_by_seconds: float = 0.0
    # Its partition is read no further because of it, so no later event can be settled before it.
    holds_up: bool = False
    # Since when it has failed by itself or been too early; `failed_seconds` is how long it had done
    # so before it waited for something else.
    failing_since: float | None = None
    failed_seconds: float = 0.0
    failed_until: float = 0.0
    # It made its batch fail, so the handler is asked about it alone.
    alone: bool = False


class Deciding:
    """The handler's side of the loop.

    When the handler finds its peer away, or runs out of time, it is next asked about half as many
    events; a success doubles the number again. Two such failures in a row close the gate: the
    handler is asked nothing for a growing pause.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        most: int,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._handler = handler
        self._most = most
        self._patience = patience
        self._clock = clock
        self._together = most
        self._gate_opens = 0.0
        self._failures = 0
        self._failing_since: float | None = None
        self._lonely: set[Taken] = set()
        # When an event of each type was settled last (seconds of the clock).
        self._settled_at: dict[type[Any], float] = {}

    def opens_in(self) -> float:
        """Seconds until the handler may be asked again; 0.0 when the gate is open."""
        return max(0.0, self._gate_opens - self._clock())

    async def settle(self, due: Sequence[Taken]) -> Sequence[Taken]:
        """Asks the handler about the events in `due`; returns those it asked about, settled or not.

        First at most `most` together, fewer after a failure. Then, one by one for at most about
        `Patience.alone`, those that made a batch fail before.
        """
        if self.opens_in():
            return []
        together = [taken for taken in due if not taken.alone][: self._together]
        alone = [taken for taken in due if taken.alone]
        if together:
            await self._attempt(together)
        asked = list(together)
        until = self._clock() + self._patience.alone.total_seconds()
        for taken in alone:
            if self.opens_in():
                break
            await self._attempt([taken])
            asked.append(taken)
            if self._clock() >= until:
                break
        return asked

    def forget(self) -> None:
        """Nothing is held any more: the partitions went elsewhere."""
        self._lonely.clear()

    async def _attempt(self, batch: Sequence[Taken]) -> None:
        began = time.perf_counter()
        try:
            outcomes = await self._ask(batch)
        except DomainError as error:
            if error.kind is Kind.UNAVAILABLE:
                _measure(began, "away")
                self._away(batch, error.slug)
            else:
                _measure(began, "failed")
                await self._narrow(batch, error, error.slug)
        except Exception as error:
            _measure(began, "failed")
            await self._narrow(batch, error, type(error).__name__)
        else:
            _measure(began, "answered")
            self._answered(batch)
            for taken, outcome in zip(batch, outcomes, strict=True):
                self._note(taken, outcome)

    async def _ask(self, batch: Sequence[Taken]) -> Sequence[Outcome]:
        incoming = [taken.incoming for taken in batch if taken.incoming is not None]
        with telemetry.working_for([t.span for t in batch if t.span is not None]):
            outcomes = await self._handler(incoming)
        if len(outcomes) != len(batch):
            raise ValueError("the handler must give one outcome for each event")
        return outcomes

    async def _narrow(self, batch: Sequence[Taken], error: Exception, detail: str) -> None:
        """Finds by halves the event that fails; the others are settled on the way."""
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._attempt(batch[:middle])
            await self._attempt(batch[middle:])
            return
        (taken,) = batch
        if taken.failing_since is None:
            log.error(
                "consume.failed",
                extra={
                    "cause": taken.incoming and taken.incoming.cause.id,
                    **telemetry.failure(error),
                },
                exc_info=error,  # the log keeps its places alone; one line for each bad event
            )
        if taken.span is not None:
            taken.span.set_status(StatusCode.ERROR, type(error).__name__)
        taken.alone = True
        self._fails(taken, detail, detail, 0.0)

    def _away(self, batch: Sequence[Taken], slug: str) -> None:
        """The handler found its peer away, or too slow, for the whole batch."""
        now = self._clock()
        log.warning("consume.waiting", extra={"slug": slug, "events": len(batch)})
        lonely = all(taken in self._lonely for taken in batch)
        for taken in batch:
            waited = self._waits(taken, slug, now)
            seconds = self._patience.pause_seconds(waited if len(batch) == 1 else 0.0)
            taken.due = now + seconds
        if len(batch) == 1:
            self._give_up(batch[0])
        if lonely and not self._failures:
            return  # it is known to fail by itself, and others go on
        if len(batch) == 1:
            batch[0].alone = True
            self._lonely.add(batch[0])
        self._together = max(1, len(batch) // 2)
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = now
        if self._failures > 1:
            self._gate_opens = now + self._patience.pause_seconds(now - self._failing_since)

    def _answered(self, batch: Sequence[Taken]) -> None:
        """The handler worked: whatever was away has come back."""
        self._failures = 0
        self._failing_since = None
        self._together = min(self._most, max(2 * len(batch), self._together))
        if any(taken in self._lonely for taken in batch):
            # So the single event is not at fault, and neither are the others.
            for taken in self._lonely:
                taken.alone = False
                taken.due = 0.0
            self._lonely.clear()

    def _note(self, taken: Taken, outcome: Outcome) -> None:
        now = self._clock()
        match outcome:
            case Ack(on_its_own):
                taken.settled = True
                taken.slug = ""
                if not on_its_own:
                    self._settled_at[_type_of(taken)] = now
            case Dead():
                taken.dead = outcome
            case Retry(after, slug, True):
                waited = self._waits(taken, slug, now)
                taken.due = now + max(after.total_seconds(), self._patience.pause_seconds(waited))
                self._give_up(taken)
            case Retry(after, slug):
                self._fails(taken, slug, f"kept asking for a retry: {slug}", after.total_seconds())

    def _waits(self, taken: Taken, slug: str, now: float) -> float:
        """Notes that the event waits, and returns for how many seconds it has. They do not count as
        failing."""
        taken.slug = slug
        if taken.failing_since is not None:
            # Counted up to the last try that failed: the time that it waits now is not failing.
            taken.failed_seconds = taken.failed_until - taken.failing_since
            taken.failing_since = None
        if taken.waiting_since is None:
            taken.waiting_since = now
        self._count_passed_by(taken, now)
        return now - taken.waiting_since

    def _count_passed_by(self, taken: Taken, now: float) -> None:
        """Adds the time since its last try, if an event of its type was settled in that time; or if
        some were settled earlier, and now this event keeps its partition from being read. At most
        the longest pause is added: for the rest this process may have slept."""
        settled_at = self._settled_at.get(_type_of(taken), float("-inf"))
        held_up = taken.holds_up and taken.passed_by_seconds > 0
        if taken.waited_at is not None and (held_up or settled_at >= taken.waited_at):
            passed = min(now - taken.waited_at, self._patience.longest.total_seconds())
            taken.passed_by_seconds += passed
        taken.waited_at = now

    def _give_up(self, taken: Taken) -> None:
        """Declares the event dead if it was passed by for too long. Its letter says what it waited
        for; `replay` brings it back once somebody has mended that."""
        if taken.passed_by_seconds >= self._patience.passed_by.total_seconds():
            taken.dead = Dead("never_passed", taken.slug)

    def _fails(self, taken: Taken, slug: str, detail: str, after_seconds: float) -> None:
        now = self._clock()
        taken.slug = slug
        taken.waiting_since = None
        if taken.failing_since is None:
            taken.failing_since = now - taken.failed_seconds
        taken.failed_until = now
        limit = taken.failing_since + self._patience.deterministic.total_seconds()
        if now >= limit:
            taken.dead = Dead("retries_exhausted", detail)
            return
        pause = self._patience.pause_seconds(now - taken.failing_since)
        taken.due = min(now + max(pause, after_seconds), limit)


def name_of(taken: Taken) -> str:
    """The name of its event's type, for the figures; "unknown" for a record that is no event."""
    return type(taken.incoming.event).__name__ if taken.incoming is not None else "unknown"


def _type_of(taken: Taken) -> type[Any]:
    return type(taken.incoming.event) if taken.incoming is not None else type(None)


def _measure(began: float, outcome: str) -> None:
    metrics.HANDLER_DURATION.labels(outcome).observe(time.perf_counter() - began)


def waiting(held: Iterable[Taken]) -> dict[str, int]:
    """How many events wait, by the slug that they wait for."""
    found: dict[str, int] = {}
    for taken in held:
        if taken.slug:
            found[taken.slug] = found.get(taken.slug, 0) + 1
    return found
