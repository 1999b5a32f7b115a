"""Sends again what failed or is held, by the word of a person.

Works beside the running replicas. It only marks deliveries as due, through `Aggregates` like every
change; a replica then sends them. It leaves a delivery that changed meanwhile as it is, and does
not choose twice one that it has marked. Owns no channel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from services.common.aggregates.update import Aggregates, Cause, Store, Update
from services.common.kernel import Change
from services.notify.domain import decide
from services.notify.domain.decide import Told
from services.notify.domain.model import Delivery, Failed, FailureReason, Waiting, WaitReason

# Deliveries looked at between two words on the progress; each page is one short read.
PAGE = 1_000


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
    aggregates: Aggregates[Delivery],
    choice: Choice,
    *,
    dry_run: bool,
    now: datetime,
    new_id: Callable[[], str],
    tell: Callable[[str], None],
) -> Resent:
    """Sets them to be sent now, in the order of their ids, by `aggregates` (the kit's `marking`).

    Raises DomainError UNAVAILABLE; what was set by then stays, and the same command goes on from
    there.
    """
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
        for id_ in () if dry_run else ids:
            again = await _mark(aggregates, id_, choice, now, new_id)
            done.again += again
            done.changed += not again
        tell(f"{done.looked_at} looked at, {done.chosen} chosen, {done.again} set to be sent again")
    return done


async def _mark(
    aggregates: Aggregates[Delivery],
    id_: str,
    choice: Choice,
    now: datetime,
    new_id: Callable[[], str],
) -> bool:
    """Whether it was set to be sent; not where somebody has changed it, or a newer version has
    written it."""
    update = Update(
        target=id_,
        cause=Cause(id=f"resend:{new_id()}", correlation_id=id_),
        decide=partial(_sent_again, choice=choice, now=now),
    )
    [settled] = await aggregates.settle([update])
    return settled.applied


def _sent_again(
    delivery: Delivery | None, *, choice: Choice, now: datetime
) -> Change[Delivery, Told] | None:
    if delivery is None or not choice.holds(delivery):
        return None
    return decide.send_again(delivery, now=now)
