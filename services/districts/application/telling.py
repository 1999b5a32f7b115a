"""What a person does when the bus holds other states of a record than the database: every state is
told once more, by the replicas that run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from services.common.aggregates.update import Aggregates, Cause, Update
from services.common.kernel import Change

S = TypeVar("S", contravariant=True)


class LookNow(Protocol[S]):
    """The rule by which a document is woken at once; None where there is none."""

    def __call__(self, state: S | None, /, *, now: datetime) -> Change[Any, Any] | None: ...


async def mark_for_telling(
    ids: Iterable[str],
    aggregates: Aggregates[S],
    look_now: LookNow[S],
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
            decide=partial(look_now, now=clock()),
        )
        await aggregates.settle([update])
        marked += 1
    return marked
