"""A batch of events becomes one settle, and every outcome comes back to its event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from services.common.aggregates.update import Cause, Settled, Update
from services.common.consuming.consume import Ack, Dead, Incoming, Outcome, Retry
from services.common.consuming.settling import settle_batch
from services.common.kernel import DomainError, Kind

TOO_EARLY = DomainError("words_missing", Kind.NOT_FOUND, "not there yet")
REFUSED = DomainError("handed_on", Kind.CONFLICT, "no longer its work")
AWAY = DomainError("database_away", Kind.UNAVAILABLE, "try again")


def incoming(event: object) -> Incoming:
    return Incoming(event=event, cause=Cause(id="c"), topic="any")


def update_for(told: Incoming) -> Update[Any]:
    """Raises an event that is an error; any other names its aggregate."""
    if isinstance(told.event, DomainError):
        raise told.event
    return Update(target=str(told.event), cause=told.cause, decide=lambda _: None)


class Shell:
    """Refuses what a test names, and knows what it was asked to settle."""

    def __init__(self, **refusals: DomainError) -> None:
        self.refusals = refusals
        self.asked: list[list[str]] = []

    async def settle(self, updates: Sequence[Update[Any]]) -> Sequence[Settled[Any]]:
        self.asked.append([update.target for update in updates])
        return [
            Settled(state=None, version=1, applied=True, error=self.refusals.get(update.target))
            for update in updates
        ]


async def outcomes(shell: Shell, *events: object) -> Sequence[Outcome]:
    return await settle_batch([incoming(event) for event in events], update_for, shell.settle)


async def test_all_of_a_batch_is_settled_together_and_in_order() -> None:
    shell = Shell()
    assert await outcomes(shell, "a", "b", "a") == [Ack()] * 3
    assert shell.asked == [["a", "b", "a"]]


async def test_a_refusal_stands_at_its_events_place_wherever_it_was_raised() -> None:
    shell = Shell(b=REFUSED)
    told = await outcomes(shell, TOO_EARLY, "a", "b", AWAY, "c")
    assert told == [
        Retry(slug="words_missing"),
        Ack(),
        Dead("rejected", "handed_on"),
        Retry(slug="database_away", may_pass=True),
        Ack(),
    ]
    assert shell.asked == [["a", "b", "c"]]


async def test_what_keeps_all_from_being_stored_is_not_taken_for_one_events() -> None:
    async def away(updates: Sequence[Update[Any]]) -> Sequence[Settled[Any]]:
        raise AWAY

    with pytest.raises(DomainError) as error:
        await settle_batch([incoming("a")], update_for, away)
    assert error.value is AWAY
