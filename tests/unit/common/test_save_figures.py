"""Each save leaves a measurement: of which store, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from services.common.aggregates.update import (
    Cause,
    Saved,
    Update,
    Write,
    WriteOutcome,
    unfenced,
)
from services.common.kernel import Change, DomainError, Kind, TimedOut
from tests.support.figures import figure
from tests.support.memory import MemoryStore, shell_of
from tests.support.replicas import NOW, WIRE, CaseAccepted, Steps


class Ends(MemoryStore[Steps]):
    """A store whose next save ends as a test wants."""

    name = "ends"

    def __init__(self) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self.lost = False

    async def save(
        self, writes: Sequence[Write[Steps]], fence: Callable[[], None] = unfenced
    ) -> Sequence[WriteOutcome]:
        error, self.error = self.error, None
        if error is not None:
            raise error
        lost, self.lost = self.lost, False
        return [Saved.LOST] * len(writes) if lost else await super().save(writes, fence)


def saves(outcome: str) -> float:
    return figure("dasan_db_save_duration_seconds_count", store="ends", outcome=outcome)


def away(slug: str) -> DomainError:
    return DomainError(slug, Kind.UNAVAILABLE, "try again")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (away("database_away"), "away"),
        (TimedOut("database_slow", "try again"), "slow"),
        (away("run_lapsed"), "refused"),
        (ZeroDivisionError(), "failed"),
    ],
)
async def test_a_save_that_ended_badly_says_how(error: Exception, outcome: str) -> None:
    before = saves(outcome)
    store = Ends()
    store.error = error
    with pytest.raises(type(error)):
        await settle(store)
    assert saves(outcome) == before + 1


async def test_a_lost_race_and_the_save_that_follows_are_two() -> None:
    before = saves("lost"), saves("done")
    store = Ends()
    store.lost = True
    await settle(store)
    assert (saves("lost"), saves("done")) == (before[0] + 1, before[1] + 1)


async def settle(store: Ends) -> None:
    def decide(state: Steps | None) -> Change[Steps, object]:
        return Change(state=Steps(taken=("1",)), events=(CaseAccepted(inquiry_id="i"),))

    aggregates = shell_of(store, WIRE, NOW)
    await aggregates.settle([Update(target="a", cause=Cause(id="1"), decide=decide)])
