"""What a person does when the bus holds other states of a record than the database: every state is
told once more, by the replicas that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from services.common.aggregates.update import Aggregates, Cause, Update
from services.common.kernel import Change

S = TypeVar("S")
T = TypeVar("T", contravariant=True)


class TellAgain(Protocol[T]):
    """The rule by which a state is told once more; None where there is none."""

    def __call__(self, state: T | None, /, *, now: datetime) -> Change[Any, Any] | None: ...


async def mark_for_telling(
    ids: Iterable[str],
    aggregates: Aggregates[S],
    *,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> int:
    """Marks these documents for the running replicas to tell once more; returns how many.
    `aggregates` mark (see `marking` of the kit). Raises DomainError UNAVAILABLE."""
    marked = 0
    for id_ in sorted(ids):
        update = Update(
            target=id_,
            cause=Cause(id=f"tell:{new_id()}", correlation_id=id_),
            decide=partial(_look_now, now=clock()),
        )
        await aggregates.settle([update])
        marked += 1
    return marked


async def tell_marked(
    ids: Iterable[str],
    aggregates: Aggregates[S],
    tell_again: TellAgain[S],
    *,
    now: datetime,
    clock: Callable[[], datetime],
    new_id: Callable[[], str],
) -> None:
    """Tells these documents, which were woken at `now`, once more. Raises DomainError
    UNAVAILABLE."""
    updates = [
        Update(
            target=id_,
            cause=Cause(id=new_id(), correlation_id=id_),
            decide=lambda state: tell_again(state, now=max(now, clock())),
        )
        for id_ in ids
    ]
    await aggregates.settle(updates)


def _look_now(state: S | None, *, now: datetime) -> Change[S, Any] | None:
    """The same state, to be woken at once by a replica that runs; None where there is none."""
    return None if state is None else Change(state=state, wake_at=now)
