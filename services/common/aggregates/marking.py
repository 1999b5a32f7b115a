"""The guarded write of a command by hand, which marks what the running replicas are to wake."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from services.common.aggregates.update import Aggregates, Store
from services.common.events.wire import Wire
from services.common.publishing.outbox import Outbox, OutboxPlace

S = TypeVar("S")


class LeftWhereItLies:
    """The `Outgoing` of a process that is no run and tells nothing itself.

    What a document has told before stays at its place in the outbox, for the run that saved it or
    for the one that clears up after that. So one document is settled at a time: each has a place of
    its own. A command that became a run would be counted as a replica, and could be given a turn
    that it never takes.
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
    service: str,
    store: Store[S],
    *,
    wire: Wire,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Aggregates[S]:
    """The guarded write of a process that only marks documents of the service: settle one document
    at a time, and tell nothing."""
    return Aggregates(
        store=store,
        wire=wire,
        source=f"/dasan/{service}",
        outgoing=LeftWhereItLies(),
        clock=clock,
        new_id=new_id,
    )
