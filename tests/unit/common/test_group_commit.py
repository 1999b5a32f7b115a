"""Group commit: callers that come together are stored together, and fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.update import Cause, Settled, Update
from services.common.kernel import DomainError, Kind
from tests.support.figures import moved


def update(target: str) -> Update[str]:
    return Update(target=target, cause=Cause(id=target), decide=lambda state: None)


class Settling:
    """Settles like a slow store; fails for the target called `bad`, refuses `refused`."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.away = False

    async def __call__(self, updates: Sequence[Update[str]]) -> Sequence[Settled[str]]:
        self.batches.append([o.target for o in updates])
        await asyncio.sleep(0)
        if self.away:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")
        if any(o.target == "bad" for o in updates):
            raise ZeroDivisionError
        return [self.settled(o.target) for o in updates]

    def settled(self, target: str) -> Settled[str]:
        errors = {
            "refused": DomainError("refused", Kind.CONFLICT, "no"),
            "contended": DomainError("contended", Kind.UNAVAILABLE, "too many writers"),
        }
        error = errors.get(target)
        return Settled(state=target, version=1, applied=error is None, error=error)


class Slow:
    """Settles when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, updates: Sequence[Update[str]]) -> Sequence[Settled[str]]:
        self.batches.append([o.target for o in updates])
        self.begun.set()
        await self.go_on.wait()
        return [Settled(state=o.target, version=1, applied=True) for o in updates]


@pytest.fixture
async def committing() -> Any:
    settling = Settling()
    commit = GroupCommit(settling)
    await commit.start()
    yield settling, commit
    await commit.stop()


async def test_what_arrives_while_one_is_stored_is_stored_together(committing: Any) -> None:
    settling, commit = committing
    results = await asyncio.gather(*(commit.submit(update(f"i-{n}")) for n in range(50)))
    assert [r.state for r in results] == [f"i-{n}" for n in range(50)]
    assert len(settling.batches) <= 2


@pytest.mark.parametrize("slug", ["refused", "contended"])
async def test_a_refusal_reaches_only_its_caller(committing: Any, slug: str) -> None:
    _, commit = committing
    outcomes: list[Any] = await asyncio.gather(
        *(commit.submit(update(t)) for t in ("good", slug)), return_exceptions=True
    )
    assert outcomes[0].state == "good"
    assert outcomes[1].slug == slug


async def test_one_bad_order_does_not_fail_its_neighbours(committing: Any) -> None:
    _, commit = committing
    outcomes = await asyncio.gather(
        *(commit.submit(update(t)) for t in ("a", "bad", "b")), return_exceptions=True
    )
    assert [getattr(o, "state", type(o)) for o in outcomes] == ["a", ZeroDivisionError, "b"]


async def test_an_absent_database_is_told_to_everyone_after_one_try(committing: Any) -> None:
    settling, commit = committing
    settling.away = True
    outcomes: list[Any] = await asyncio.gather(
        *(commit.submit(update(t)) for t in "abc"), return_exceptions=True
    )
    assert [o.kind for o in outcomes] == [Kind.UNAVAILABLE] * 3
    assert len(settling.batches) == 1


async def test_one_bad_order_is_found_in_halves(committing: Any) -> None:
    settling, commit = committing
    targets = [f"i-{number}" for number in range(100)]
    targets[40] = "bad"
    await asyncio.gather(*(commit.submit(update(t)) for t in targets), return_exceptions=True)
    assert len(settling.batches) <= 15


async def test_a_caller_that_gave_up_does_not_stop_the_rest(committing: Any) -> None:
    _, commit = committing
    gone = asyncio.ensure_future(commit.submit(update("gone")))
    stays = asyncio.ensure_future(commit.submit(update("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).state == "stays"


async def test_who_left_before_the_turn_came_is_not_stored() -> None:
    slow = Slow()
    commit = GroupCommit(slow)
    await commit.start()
    first = asyncio.ensure_future(commit.submit(update("first")))
    await slow.begun.wait()
    others = {t: asyncio.ensure_future(commit.submit(update(t))) for t in ("gone", "stays")}
    await asyncio.sleep(0)
    others["gone"].cancel()
    slow.go_on.set()
    await asyncio.gather(first, others["stays"])
    assert slow.batches == [["first"], ["stays"]]
    await commit.stop()


async def test_five_thousand_callers_and_a_database_that_is_away() -> None:
    """Those beyond the bound hear at once that there are too many, not after a minute and a half;
    who leaves makes room."""
    slow = Slow()
    commit = GroupCommit(slow, most_waiting=2_000)
    await commit.start()
    callers = [asyncio.ensure_future(commit.submit(update("first")))]
    await slow.begun.wait()
    callers += [asyncio.ensure_future(commit.submit(update(f"i-{n}"))) for n in range(5_000)]
    with moved("dasan_commands_refused_total", by=3_000, slug="overloaded"):
        refused, _ = await asyncio.wait(callers, timeout=0.5)
    errors: list[Any] = [caller.exception() for caller in refused]
    assert [(error.slug, error.kind) for error in errors] == [
        ("overloaded", Kind.UNAVAILABLE)
    ] * 3_000
    for caller in callers[1:11]:
        caller.cancel()
    await asyncio.sleep(0)
    more = [asyncio.ensure_future(commit.submit(update(f"more-{n}"))) for n in range(20)]
    refused_then, _ = await asyncio.wait(more, timeout=0.5)
    assert len(refused_then) == 10
    slow.go_on.set()
    await commit.stop()
    # What waited is stored, ten full batches after the one that was in hand.
    assert [len(batch) for batch in slow.batches] == [1] + [200] * 10


async def test_a_stop_stores_what_was_submitted_and_refuses_what_comes() -> None:
    slow = Slow()
    commit = GroupCommit(slow)
    await commit.start()
    waiting = [asyncio.ensure_future(commit.submit(update("in hand")))]
    await slow.begun.wait()
    waiting.append(asyncio.ensure_future(commit.submit(update("waits"))))
    await asyncio.sleep(0)
    stopping = asyncio.create_task(commit.stop())
    await asyncio.sleep(0)
    with pytest.raises(DomainError, match="stopping") as refused:
        await commit.submit(update("late"))
    assert refused.value.kind is Kind.UNAVAILABLE
    slow.go_on.set()
    await stopping
    assert [(await w).state for w in waiting] == ["in hand", "waits"]


async def test_a_stop_whose_time_is_over_tells_those_who_wait() -> None:
    slow = Slow()
    commit = GroupCommit(slow)
    await commit.start()
    waiting = [asyncio.ensure_future(commit.submit(update("in hand")))]
    await slow.begun.wait()
    waiting.append(asyncio.ensure_future(commit.submit(update("waits"))))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await commit.stop()
    async with asyncio.timeout(1):
        outcomes: list[Any] = await asyncio.gather(*waiting, return_exceptions=True)
    assert [outcome.slug for outcome in outcomes] == ["stopping"] * 2


async def test_a_stop_with_nothing_in_hand_is_at_once() -> None:
    commit = GroupCommit(Slow())
    await commit.start()
    async with asyncio.timeout(1):
        await commit.stop()
