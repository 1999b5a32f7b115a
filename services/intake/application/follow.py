"""Follows what routing, the offices and the survey tell."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from services.common.aggregates.update import Aggregates, Update
from services.common.consuming.consume import Incoming, Outcome
from services.common.consuming.settling import settle_batch
from services.intake.domain.decide import follow
from services.intake.domain.model import Inquiry


class FollowInquiries:
    """Moves the public status on. Events of one inquiry that arrive together share one write."""

    def __init__(self, aggregates: Aggregates[Inquiry]) -> None:
        self._aggregates = aggregates

    async def handle(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        """An outcome for each event, once everything is stored."""
        return await settle_batch(batch, _update, self._aggregates.settle)


def _update(incoming: Incoming) -> Update[Inquiry]:
    return Update(
        target=incoming.event.inquiry_id,
        cause=incoming.cause,
        decide=partial(follow, event=incoming.event),
    )
