"""The answers to inquiries, for the services that show or send them."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.aggregates.update import Store
from services.districts.domain.case.model import Case, RoundAnswer, answers_of


async def answers(
    store: Store[Case], inquiry_ids: Sequence[str]
) -> dict[str, Sequence[RoundAnswer]]:
    """The answers to those of these inquiries that have any, earlier rounds first, in one read.
    Raises DomainError UNAVAILABLE, also when one of the cases cannot be read: left out, it would
    look unanswered."""
    found = (await store.load(inquiry_ids)).whole()
    given = {id_: tuple(answers_of(s.state)) for id_, s in found.items() if s.state is not None}
    return {id_: answers for id_, answers in given.items() if answers}
