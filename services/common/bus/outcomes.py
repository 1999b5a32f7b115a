"""What may become of an event that was read, and how long it is waited for.

| what the handler says or does | what becomes of the event |
|---|---|
| `Ack` | settled |
| `Dead(reason)`; a refusal other than those below | to the dead letters, at once |
| may pass: raises `DomainError` of kind UNAVAILABLE, or `Retry(may_pass=True)` | waits (1) |
| too early: `Retry`, a refusal of kind NOT_FOUND | waits; dead after `Patience.deterministic` |
| raises anything else | found by halves, waits alone; dead after `Patience.deterministic` |

(1) It is *passed by* while others of its type are settled: the others find what it waits for, so
something is wrong with it alone. (An `Ack` with `on_its_own` proves nothing of that.) Once passed
by for `Patience.passed_by` it is dead. While no other of its type is settled it waits for ever. One
exception: if others were settled earlier and now the event keeps its partition from being read, its
time goes on.

The handler is asked again about a waiting event after a quarter of the time that the event has
waited already. Time decides, never the number of tries: a peer that is away for an hour has buried
nothing when it comes back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from services.common.aggregates.update import Cause
from services.common.bus.dead_letters import Reason
from services.common.kernel import DomainError, Kind
from services.common.process.backoff import Growing


@dataclass(frozen=True, slots=True)
class Ack:
    """Done: stored, or nothing to do.

    `on_its_own` says that the event needed no peer; its success then does not show that the peers
    which others of its type need are there.
    """

    on_its_own: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now, and not before `after`. `slug` names what is waited for, for logs and metrics.

    By default the event is too early: what it needs should exist soon, or never will. `may_pass`
    says that nothing is wrong with the event itself: it waits for as long as others of its type do.
    """

    after: timedelta = timedelta(0)
    slug: str = "too_early"
    may_pass: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """Never: to the dead-letter topic, for this reason. `detail` never holds a citizen's data."""

    reason: Reason
    detail: str = ""


Outcome: TypeAlias = Ack | Retry | Dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One event as a handler gets it; `cause` goes into its update."""

    event: Any
    cause: Cause
    topic: str


Handler: TypeAlias = Callable[[Sequence[Incoming]], Awaitable[Sequence[Outcome]]]


def outcome_of(error: DomainError | None) -> Outcome:
    """The one table from a refusal to what becomes of the event."""
    if error is None:
        return Ack()
    if error.kind is Kind.UNAVAILABLE:
        return Retry(slug=error.slug, may_pass=True)
    if error.kind is Kind.NOT_FOUND:
        return Retry(slug=error.slug)  # what it speaks of may be on its way
    return Dead("rejected", error.slug)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Every time span of reading, in one place, so that tests can scale them together."""

    deterministic: timedelta = timedelta(seconds=60)
    """How long an event that is too early, or that fails by itself, is tried before it is dead.
    Longer: more waits behind it in its partition. Shorter: events die because a peer is a little
    behind."""
    times_passed_by: int = 60
    """A multiple of `deterministic`: how long an event that waits may be passed by before it is
    dead; an hour by default. More: an event that never passes holds its partition's commit longer.
    Fewer: events die because a peer serves some and not others for a while."""
    share: float = 0.25
    """The part of the time already waited that passes until the next try."""
    shortest: timedelta = timedelta(milliseconds=100)
    longest: timedelta = timedelta(minutes=2)
    """The bounds of a pause. A lower one would make a hot loop; a higher one would delay the work
    after a long outage."""
    alone: timedelta = timedelta(seconds=1)
    """How long one round asks about events that must be asked about alone; at least one is asked
    about."""
    still: timedelta = timedelta(seconds=60)
    """A partition that is behind and has not moved for this long gets a new reader."""
    look: timedelta = timedelta(seconds=5)
    """How often the watchdog asks the broker; readiness shows its last answer."""
    hand_alarm: timedelta = timedelta(minutes=1)
    hand_limit: timedelta = timedelta(minutes=10)
    """For one call of the handler: after `hand_alarm` it is logged, after `hand_limit` the process
    ends."""
    again_first: timedelta = timedelta(milliseconds=500)
    again_longest: timedelta = timedelta(seconds=30)
    """The pause before a new reader follows one that failed: it doubles from the first to the
    longest."""
    commit: timedelta = timedelta(seconds=1)
    """The least time between two commits of a busy reader. After a crash the events of about this
    time come twice."""
    revoked: timedelta = timedelta(seconds=5)
    """How long a batch in hand may go on when the group takes partitions away; below the session's
    10 s."""
    stop: timedelta = timedelta(seconds=4)
    """The whole stop: batch in hand, commit, leaving."""

    @property
    def passed_by(self) -> timedelta:
        """How long others of its type may be settled before an event that waits is dead."""
        return self.times_passed_by * self.deterministic

    def pause_seconds(self, waited_seconds: float) -> float:
        """Seconds from one try to the next, for an event that has waited so many already."""
        wanted = max(waited_seconds * self.share, self.shortest.total_seconds())
        return min(wanted, self.longest.total_seconds())

    def between_readers(self) -> Growing:
        """The pauses between a reader that failed and the next. A reader that lived for twice
        `again_longest` counts as a success."""
        longest_seconds = self.again_longest.total_seconds()
        return Growing(self.again_first.total_seconds(), longest_seconds, 2 * longest_seconds)


PATIENCE = Patience()


def giving_up_after(seconds: float) -> Patience:
    """The patience of a service that tries an event which fails by itself for `seconds`, and one
    that is passed by `times_passed_by` times as long."""
    return Patience(deterministic=timedelta(seconds=seconds))
