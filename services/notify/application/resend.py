"""Sends again what failed or is held, by the word of a person.

Works beside the running replicas. It only marks deliveries as due, through `Aggregates` like every
change; a replica then sends them. It leaves a delivery that changed meanwhile as it is, and does
not choose twice one that it has marked. Owns no channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from services.common.aggregates.update import Aggregates, Cause, Store, Update
from services.common.events.wire import Wire
from services.common.kernel import Change
from services.common.publishing.outbox import Outbox, OutboxPlace
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


class LeftWhereItLies:
    """The `Outgoing` of a process that is no run and tells nothing itself.

    What a document has told before stays at its place in the outbox, for the run that saved it or
    for the one that clears up after that. So one document is settled at a time: each has a place of
    its own. A command that became a run would be counted as a replica, and could be given the turn
    to wake deliveries, which it never does.
    """

    def __init__(self) -> None:
        self._place: OutboxPlace | None = None

    async def learn(self, places: Iterable[OutboxPlace]) -> None:
        """Nothing: whether they are told is for the runs to find out."""

    def rest(self, outbox: Outbox) -> Outbox:
        """All of it."""
        self._place = outbox.place
        return outbox

    def begin(self) -> OutboxPlace:
        """The place at which the outbox lies already."""
        assert self._place is not None, "nothing new is told"
        return self._place

    def must_hold(self, place: OutboxPlace) -> None:
        """Holds: the guard of the version is enough where nothing new is told."""

    def saved(self, place: OutboxPlace, outboxes: Sequence[Outbox]) -> None:
        """Nothing: its run sends it."""

    def unsure(self, place: OutboxPlace) -> None:
        """Nothing: its run sends it."""


def marking(
    store: Deliveries, *, wire: Wire, clock: Callable[[], datetime], new_id: Callable[[], str]
) -> Aggregates[Delivery]:
    """The guarded write of a process that only marks deliveries."""
    return Aggregates(
        store=store,
        wire=wire,
        source="/dasan/notify",
        outgoing=LeftWhereItLies(),
        clock=clock,
        new_id=new_id,
    )


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
    """Sets them to be sent now, in the order of their ids, by `aggregates` (see `marking`).

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
