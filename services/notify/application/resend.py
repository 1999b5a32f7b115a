"""Sends again what failed or is held, by the word of a person.

Works beside the running replicas. It only marks deliveries as due, by the guarded write of every
change; a replica then sends them. It leaves a delivery that changed meanwhile as it is, and does
not choose twice one that it has marked. Owns no channel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from services.common.aggregates.update import HANDLED_KEPT, Saved, Store, Stored, Write
from services.notify.domain import decide
from services.notify.domain.model import Delivery, Failed, FailureReason, Waiting, WaitReason

# Deliveries looked at between two words on the progress; each page is one short read.
PAGE = 1_000
# Written together; more would keep the database from the replicas for longer.
CHUNK = 100


class Deliveries(Store[Delivery], Protocol):
    """The store, with a way to look at all of it."""

    async def page(self, after: str, most: int) -> Sequence[tuple[str, Delivery]]:
        """The next deliveries by id; fewer than `most` at the end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which deliveries: those that failed for `reason`, or are held for `HELD` (and those that wait
    for them), since that time; `most` at once."""

    reason: FailureReason | WaitReason
    since: datetime
    most: int

    def holds(self, delivery: Delivery) -> bool:
        """Whether it is one of them."""
        match delivery:
            case Failed():
                return delivery.reason == self.reason and delivery.failed_at >= self.since
            case Waiting() if self.reason is WaitReason.HELD:
                held = delivery.reason in (WaitReason.HELD, WaitReason.TURN)
                return held and delivery.since >= self.since
            case _:
                return False


@dataclass(slots=True, kw_only=True)
class Resent:
    """What a resending did. `changed` were changed by somebody else meanwhile; `more` says that
    others were left for the next time."""

    looked_at: int = 0
    chosen: int = 0
    again: int = 0
    changed: int = 0
    more: bool = False


async def resend(
    deliveries: Deliveries,
    choice: Choice,
    *,
    dry_run: bool,
    now: datetime,
    tell: Callable[[str], None],
) -> Resent:
    """Sets them to be sent now, in the order of their ids. Raises DomainError UNAVAILABLE; what was
    set by then stays, and the same command goes on from there."""
    done = Resent()
    after = ""
    while not done.more:
        page = await deliveries.page(after, PAGE)
        if not page:
            break
        after = page[-1][0]
        done.looked_at += len(page)
        ids = [id_ for id_, delivery in page if choice.holds(delivery)]
        room = choice.most - done.chosen
        done.more = len(ids) > room
        ids = ids[:room]
        done.chosen += len(ids)
        if not dry_run:
            await _set(deliveries, ids, choice, now, done)
        tell(f"{done.looked_at} looked at, {done.chosen} chosen, {done.again} set to be sent again")
    return done


async def _set(
    deliveries: Deliveries, ids: Sequence[str], choice: Choice, now: datetime, done: Resent
) -> None:
    for start in range(0, len(ids), CHUNK):
        some = await deliveries.load(ids[start : start + CHUNK])
        writes = [
            write for stored in some.values() if (write := _write(stored, choice, now)) is not None
        ]
        outcomes = await deliveries.save(writes)
        again = sum(outcome is Saved.DONE for outcome in outcomes)
        done.again += again
        done.changed += len(ids[start : start + CHUNK]) - again


def _write(stored: Stored[Delivery], choice: Choice, now: datetime) -> Write[Delivery] | None:
    """The document tells no new event; its outbox and the outbox's place stay as they are."""
    if stored.state is None or not choice.holds(stored.state):
        return None
    state = decide.send_again(stored.state, now=now)
    if state is None:
        return None
    handled = (*stored.handled, f"resend:{stored.id}:{stored.version}")[-HANDLED_KEPT:]
    after = replace(stored, version=stored.version + 1, state=state, handled=handled, wake_at=now)
    return Write(base=stored.version, after=after)
