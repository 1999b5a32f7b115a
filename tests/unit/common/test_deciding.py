"""Time, not tries, decides on death; what may pass waits; a culprit is found and others go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.common.aggregates.update import Cause
from services.common.bus import dead_letters
from services.common.bus.outcomes import (
    Ack,
    Dead,
    Incoming,
    Outcome,
    Patience,
    Retry,
    giving_up_after,
    outcome_of,
)
from services.common.consuming.deciding import Deciding, Taken
from services.common.kernel import DomainError, Kind
from tests.support.figures import figure


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of expected failures are not worth a line each."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def event(number: Any) -> Taken:
    incoming = Incoming(event=number, cause=Cause(id=str(number)), topic="t")
    return Taken(None, 0 if isinstance(number, str) else number, incoming=incoming)


class World:
    """Events numbered from 0, a handler that does as it is told, and a clock that jumps to whatever
    is due next."""

    def __init__(self, count: int, most: int = 500) -> None:
        self.now = 0.0
        self.calls: list[list[int]] = []
        self.behave: Callable[[int], Outcome] = lambda number: Ack()
        self.before: Callable[[Sequence[int]], None] = lambda numbers: None
        self.taken = [event(n) for n in range(count)]
        self.deciding = Deciding(
            self._handle, most=most, patience=Patience(), clock=lambda: self.now
        )

    async def _handle(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        numbers = [incoming.event for incoming in batch]
        self.calls.append(numbers)
        self.before(numbers)
        return [self.behave(number) for number in numbers]

    def open(self) -> list[Taken]:
        return [t for t in self.taken if not t.settled and t.dead is None]

    async def run(self, seconds: float) -> None:
        """Rounds until nothing is open or the time is over."""
        until = self.now + seconds
        while self.open() and self.now <= until:
            await self.deciding.settle([t for t in self.open() if t.due <= self.now])
            if not self.open():
                return
            due = min(t.due for t in self.open())
            self.now = max(self.now + 0.001, due, self.now + self.deciding.opens_in())


def away(slug: str = "peer_away") -> Any:
    raise DomainError(slug, Kind.UNAVAILABLE, "try again")


async def test_a_failure_of_one_event_is_found_by_halves_and_dies_after_a_minute() -> None:
    world = World(64)

    def behave(number: int) -> Outcome:
        if number == 17:
            raise ZeroDivisionError
        return Ack()

    world.behave = behave
    await world.run(0)
    assert [t.offset for t in world.open()] == [17]
    assert len(world.calls) <= 2 * 7
    await world.run(59)
    assert world.taken[17].dead is None
    tries = len(world.calls)
    await world.run(5)
    assert world.taken[17].dead == Dead("retries_exhausted", "ZeroDivisionError")
    assert world.now == pytest.approx(60, abs=1)
    assert len(world.calls) - tries <= 2
    assert tries < 60


async def test_a_retry_dies_after_a_minute_and_says_what_was_missing() -> None:
    world = World(3)
    world.behave = lambda number: Retry(slug="no_contact") if number == 1 else Ack()
    await world.run(120)
    assert world.taken[1].dead == Dead("retries_exhausted", "kept asking for a retry: no_contact")
    assert world.now == pytest.approx(60, abs=1)


async def test_what_may_pass_is_asked_seldom_and_never_dies_while_all_wait() -> None:
    world = World(10)
    world.before = lambda numbers: away()
    await world.run(24 * 3600)
    assert len(world.open()) == 10
    assert len(world.calls) < 24 * 30 + 100  # every two minutes, after the first ones
    world.before = lambda numbers: None
    await world.run(240)
    assert not world.open()


async def test_one_outcome_that_may_pass_waits_while_nothing_passes_it_by() -> None:
    world = World(2)
    world.behave = lambda number: Retry(slug="slow", may_pass=True) if number else Ack()
    await world.run(3600)
    assert [t.slug for t in world.open()] == ["slow"]
    assert len(world.calls) < 120


async def test_one_event_whose_own_question_is_unavailable_is_found_and_the_others_go_on() -> None:
    world = World(500)
    world.before = lambda numbers: away("intake_slow") if 321 in numbers else None
    await world.run(5)
    assert [t.offset for t in world.open()] == [321]
    assert world.open()[0].slug == "intake_slow"
    calls = len(world.calls)
    await world.run(3600)
    assert len(world.calls) - calls < 150
    assert all(numbers == [321] for numbers in world.calls[calls + 1 :])


async def test_a_question_that_fails_is_asked_again_for_half_as_many_and_back_up() -> None:
    world = World(800)
    world.before = lambda numbers: away() if len(numbers) > 100 else None
    await world.run(60)
    assert not world.open()
    sizes = [len(numbers) for numbers in world.calls]
    assert sizes[:4] == [500, 250, 125, 62]
    assert 124 in sizes


async def test_two_failures_in_a_row_close_the_gate_and_a_success_opens_it() -> None:
    world = World(20)
    world.before = lambda numbers: away()
    await world.deciding.settle(world.taken)
    assert world.deciding.opens_in() == 0
    world.now = 100.0
    await world.deciding.settle(world.taken)
    assert world.deciding.opens_in() == pytest.approx(25)
    assert await world.deciding.settle(world.taken) == []
    world.now = 125.0
    world.before = lambda numbers: None
    await world.deciding.settle(world.taken)
    assert world.deciding.opens_in() == 0


async def test_events_that_fail_by_themselves_cost_the_others_no_try() -> None:
    world = World(100, most=100)

    def behave(number: int) -> Outcome:
        if number % 10 == 0:
            raise KeyError
        return Ack()

    world.behave = behave
    await world.run(0)
    assert len(world.open()) == 10
    calls = len(world.calls)
    await world.run(30)
    assert all(len(numbers) == 1 for numbers in world.calls[calls:])


async def test_a_handler_that_gives_too_few_outcomes_fails_and_loses_nothing() -> None:
    world = World(4)

    async def short(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        return []

    deciding = Deciding(short, most=10, patience=Patience(), clock=lambda: world.now)
    await deciding.settle(world.taken)
    assert len(world.open()) == 4


def test_the_table_from_a_refusal_to_an_outcome() -> None:
    def of(kind: Kind) -> Outcome:
        return outcome_of(DomainError("slug", kind, "message"))

    assert outcome_of(None) == Ack()
    assert of(Kind.UNAVAILABLE) == Retry(slug="slug", may_pass=True)
    assert of(Kind.NOT_FOUND) == Retry(slug="slug")
    for kind in (Kind.INVALID, Kind.CONFLICT, Kind.FORBIDDEN):
        assert of(kind) == Dead("rejected", "slug")


def test_a_pause_is_a_quarter_of_the_wait_within_bounds() -> None:
    patience = Patience()
    assert patience.pause_seconds(0) == 0.1
    assert patience.pause_seconds(40) == 10
    assert patience.pause_seconds(24 * 3600) == 120
    assert patience.deterministic == timedelta(minutes=1)


async def test_a_peer_that_is_away_now_and_then_keeps_nobody_from_dying() -> None:
    world = World(1)

    def behave(number: int) -> Outcome:
        if len(world.calls) % 5 == 0:
            away()
        raise ZeroDivisionError

    world.behave = behave
    await world.run(3_600)
    assert world.open() == []
    assert 60 <= world.now <= 300


def one_waits(number: int) -> Outcome:
    return Retry(slug="unreadable", may_pass=True) if number == 0 else Ack()


async def lives_of(world: World, seconds: float, others: bool = True) -> None:
    """One event waits; every ten seconds another of its type comes, and is settled."""
    waiting = world.taken[0]
    until = world.now + seconds
    while world.now < until and waiting.dead is None:
        came = [event(1)] if others else []
        due = [waiting] if waiting.due <= world.now else []
        await world.deciding.settle([*due, *came])
        world.now += 10


async def test_what_waits_while_others_of_its_type_are_settled_dies_after_an_hour() -> None:
    world = World(1)
    world.behave = one_waits
    await lives_of(world, 3_300)
    assert world.taken[0].dead is None
    await lives_of(world, 900)
    assert world.taken[0].dead == Dead("never_passed", "unreadable")


async def test_what_keeps_others_from_passing_it_by_dies_as_if_they_did() -> None:
    """A partition is not read further than so far ahead of what waits; where that is reached within
    the hour, and the process has no other partition with its type, nothing would ever move."""
    world = World(1)
    world.behave = one_waits
    await lives_of(world, 600)
    world.taken[0].holds_up = True
    await lives_of(world, 2_400, others=False)
    assert world.taken[0].dead is None
    await lives_of(world, 1_200, others=False)
    assert world.taken[0].dead == Dead("never_passed", "unreadable")


async def test_what_nobody_ever_passed_by_waits_though_it_holds_up_its_partition() -> None:
    """Its peer may be away for all."""
    world = World(1)
    world.behave = one_waits
    world.taken[0].holds_up = True
    await lives_of(world, 24 * 3600, others=False)
    assert world.taken[0].dead is None


async def test_what_makes_its_whole_question_unavailable_dies_so_too() -> None:
    world = World(1)
    world.before = lambda numbers: away("unreadable") if 0 in numbers else None
    await lives_of(world, 4_500)
    assert world.taken[0].dead == Dead("never_passed", "unreadable")


async def test_nothing_dies_while_nothing_is_settled() -> None:
    world = World(1)
    world.behave = one_waits
    await lives_of(world, 600)
    await lives_of(world, 24 * 3600, others=False)
    assert world.taken[0].dead is None


async def test_others_of_another_type_say_nothing_about_what_it_waits_for() -> None:
    """They may need another peer: while one is away for a night, its events are not buried."""
    world = World(1)
    world.behave = lambda number: Ack() if isinstance(number, str) else one_waits(number)
    for _ in range(1_000):
        await world.deciding.settle([world.taken[0], event("other")])
        world.now += 10
    assert world.taken[0].dead is None


async def test_others_that_ask_nobody_are_no_sign_that_its_peer_is_there() -> None:
    """A peer refuses this service for a day; who left no contact is settled without it."""
    world = World(1)
    world.before = lambda numbers: away() if 0 in numbers else None
    world.behave = lambda number: Ack(on_its_own=True)
    await lives_of(world, 24 * 3600)
    assert world.taken[0].dead is None


async def test_a_process_that_slept_does_not_count_that_as_being_passed_by() -> None:
    world = World(1)
    world.behave = one_waits
    await lives_of(world, 600)
    world.now += 24 * 3600
    await lives_of(world, 600)
    assert world.taken[0].dead is None


def test_one_setting_says_how_long_either_is_tried() -> None:
    assert Patience().passed_by == timedelta(hours=1)
    assert giving_up_after(12).passed_by == timedelta(minutes=12)
    assert "never_passed" in dead_letters.REASONS


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "answered"),
        (DomainError("peer_away", Kind.UNAVAILABLE, "try again"), "away"),
        (DomainError("odd", Kind.INVALID, "never"), "failed"),
        (ZeroDivisionError(), "failed"),
    ],
)
async def test_each_batch_is_measured_by_how_the_handler_ended(
    error: Exception | None, outcome: str
) -> None:
    def handled() -> float:
        return figure("dasan_handler_duration_seconds_count", outcome=outcome)

    def fail(_: Sequence[int]) -> None:
        if error is not None:
            raise error

    world = World(1)
    world.before = fail
    before = handled()
    await world.deciding.settle(world.taken)
    assert handled() == before + 1
