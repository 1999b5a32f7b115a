"""Group commit: callers that come together are stored together, and fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.common.aggregates import Cause, Order, Settled
from services.common.batching import GroupCommit
from services.common.kernel import DomainError, Kind


def order(target: str) -> Order[str]:
    return Order(target=target, cause=Cause(id=target), decide=lambda state: None)


class Settling:
    """Settles like a slow store; fails for the target called `bad`, refuses `refused`."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.away = False

    async def __call__(self, orders: Sequence[Order[str]]) -> Sequence[Settled[str]]:
        self.batches.append([o.target for o in orders])
        await asyncio.sleep(0)
        if self.away:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")
        if any(o.target == "bad" for o in orders):
            raise ZeroDivisionError
        return [self.settled(o.target) for o in orders]

    def settled(self, target: str) -> Settled[str]:
        error = DomainError("refused", Kind.CONFLICT, "no") if target == "refused" else None
        return Settled(state=target, version=1, applied=error is None, error=error)


@pytest.fixture
async def committing() -> Any:
    settling = Settling()
    commit = GroupCommit(settling)
    await commit.start()
    yield settling, commit
    await commit.stop()


async def test_what_arrives_while_one_is_stored_is_stored_together(committing: Any) -> None:
    settling, commit = committing
    results = await asyncio.gather(*(commit.submit(order(f"i-{n}")) for n in range(50)))
    assert [r.state for r in results] == [f"i-{n}" for n in range(50)]
    assert len(settling.batches) <= 2


async def test_a_refusal_reaches_only_its_caller(committing: Any) -> None:
    _, commit = committing
    outcomes: list[Any] = await asyncio.gather(
        *(commit.submit(order(t)) for t in ("good", "refused")), return_exceptions=True
    )
    assert outcomes[0].state == "good"
    assert isinstance(outcomes[1], DomainError)


async def test_one_bad_order_does_not_fail_its_neighbours(committing: Any) -> None:
    _, commit = committing
    outcomes = await asyncio.gather(
        *(commit.submit(order(t)) for t in ("a", "bad", "b")), return_exceptions=True
    )
    assert [getattr(o, "state", type(o)) for o in outcomes] == ["a", ZeroDivisionError, "b"]


async def test_an_absent_database_is_told_to_everyone_after_one_try(committing: Any) -> None:
    settling, commit = committing
    settling.away = True
    outcomes: list[Any] = await asyncio.gather(
        *(commit.submit(order(t)) for t in "abc"), return_exceptions=True
    )
    assert [o.kind for o in outcomes] == [Kind.UNAVAILABLE] * 3
    assert len(settling.batches) == 1


async def test_a_caller_that_gave_up_does_not_stop_the_rest(committing: Any) -> None:
    _, commit = committing
    gone = asyncio.ensure_future(commit.submit(order("gone")))
    stays = asyncio.ensure_future(commit.submit(order("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).state == "stays"
