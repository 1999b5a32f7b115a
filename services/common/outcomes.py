"""What may become of an event that was read, and how long it is waited for.

| what the handler says or does | what becomes of the event |
|---|---|
| `Ack` | settled |
| `Dead(reason)`; a refusal other than those below | to the dead letters, at once |
| may pass: raises `DomainError` of kind UNAVAILABLE, or `Retry(may_pass=True)` | waits (1) |
| too early: `Retry`, a refusal of kind NOT_FOUND | waits; dead after `Patience.deterministic` |
| raises anything else | found by halves, waits alone; dead after `Patience.deterministic` |

(1) It is passed by while others of its type are settled: what it waits for is there for them, and
something is wrong with it alone. (An `Ack` that is `on_its_own` shows nothing of that.) After
`Patience.passed_by` of that it is dead. While none of them is settled it waits for ever; unless
some were, and now its partition is read no further because of it.

Who waits is asked again after a quarter of the time it has waited already. Time decides, never the
number of tries: a peer that is away for an hour has buried nothing when it comes back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from services.common.aggregates import Cause
from services.common.dead_letters import Reason
from services.common.growing import Growing
from services.common.kernel import DomainError, Kind


@dataclass(frozen=True, slots=True)
class Ack:
    """Done: stored, or nothing to do.

    `on_its_own` says that it needed nobody whom others of its type may wait for; it then is no sign
    that they are there.
    """

    on_its_own: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now, and not before `after`. `slug` names what is waited for, for logs and metrics.

    Too early is what should be there soon, or never; `may_pass` says that nothing is wrong with
    the event itself: it waits for as long as others of its type do.
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
    """For so long an event that is early, or that fails, is tried again before it is dead. Longer:
    its partition holds more behind it. Shorter: a peer that is a little behind costs letters."""
    times_passed_by: int = 60
    """So many times `deterministic` an event that may pass is passed by before it is dead: an hour.
    More: one that never passes holds its partition's commit. Fewer: a peer that serves some and not
    others costs letters."""
    share: float = 0.25
    """The part of the time already waited that passes until the next try."""
    shortest: timedelta = timedelta(milliseconds=100)
    longest: timedelta = timedelta(minutes=2)
    """The bounds of a pause: no hot loop, and soon back at work after a long outage."""
    alone: timedelta = timedelta(seconds=1)
    """In one round so long those are asked about that must be asked about alone, at least one."""
    still: timedelta = timedelta(seconds=60)
    """A partition that is behind and does not move for so long has lost its reader."""
    look: timedelta = timedelta(seconds=5)
    """So often the watchdog looks, and readiness hears of the broker."""
    hand_alarm: timedelta = timedelta(minutes=1)
    hand_limit: timedelta = timedelta(minutes=10)
    """One call of the handler: after the first it is told of, after the second the process ends."""
    again_first: timedelta = timedelta(milliseconds=500)
    again_longest: timedelta = timedelta(seconds=30)
    """The pauses, growing twofold, before a reader that failed is followed by a new one."""
    commit: timedelta = timedelta(seconds=1)
    """A busy reader commits at most so often: what a crash makes come twice, at most."""
    revoked: timedelta = timedelta(seconds=5)
    """For so long the group waits for the batch in hand; below the session's 10 s."""
    stop: timedelta = timedelta(seconds=4)
    """The whole stop: batch in hand, commit, leaving."""

    @property
    def passed_by(self) -> timedelta:
        """For so long others of its type are settled before an event that waits is dead."""
        return self.times_passed_by * self.deterministic

    def pause_seconds(self, waited_seconds: float) -> float:
        """How long to wait for the next try."""
        wanted = max(waited_seconds * self.share, self.shortest.total_seconds())
        return min(wanted, self.longest.total_seconds())

    def between_readers(self) -> Growing:
        """The pauses of one that makes a new reader for each that failed. A reader that lived for
        twice the longest of them was a good one."""
        longest_seconds = self.again_longest.total_seconds()
        return Growing(self.again_first.total_seconds(), longest_seconds, 2 * longest_seconds)


PATIENCE = Patience()


def giving_up_after(seconds: float) -> Patience:
    """The patience of a service that tries what fails by itself for so long, and what may pass
    `times_passed_by` times as long."""
    return Patience(deterministic=timedelta(seconds=seconds))
