"""The frame of a handler of events: an update for each event, one settle, an outcome for each.

Owns the order: each outcome stands at the place of its event, even where others were refused on the
way. What an event changes is left to the service, what a refusal means to `outcomes`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from services.common.aggregates.update import Settled, Update
from services.common.bus.outcomes import Incoming, Outcome, outcome_of
from services.common.kernel import DomainError

S = TypeVar("S")


async def settle_batch(
    batch: Sequence[Incoming],
    update_for: Callable[[Incoming], Update[S]],
    settle: Callable[[Sequence[Update[S]]], Awaitable[Sequence[Settled[S]]]],
) -> Sequence[Outcome]:
    """An outcome for each event of the batch, in order, once everything is stored.

    `update_for` makes an update of an event; a DomainError that it raises becomes the outcome of
    that event alone. `settle` stores the others together, as `Aggregates.settle` does; an error
    that it raises concerns the whole batch.
    """
    updates: list[Update[S]] = []
    refusals: dict[int, DomainError] = {}
    for number, incoming in enumerate(batch):
        try:
            updates.append(update_for(incoming))
        except DomainError as error:
            refusals[number] = error
    errors = iter([settled.error for settled in await settle(updates)])
    return [
        outcome_of(refusals[number] if number in refusals else next(errors))
        for number in range(len(batch))
    ]
