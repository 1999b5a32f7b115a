"""Who lives, whose turn it is, and when a process must not save: judged by one's own clock only."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from services.common.kernel import DomainError, Kind
from services.common.publishing import presence
from services.common.publishing.outbox import OutboxPlace, Record, Sent
from services.common.publishing.runs import RunWord
from tests.support.memory import MemoryRuns
from tests.support.replicas import Replica, World

LEASE = presence.LEASE_SECONDS


@pytest.fixture
def world() -> World:
    return World()


async def refused(replica: Replica) -> str:
    with pytest.raises(DomainError) as caught:
        await replica.save("cases", "a", "one more")
    assert caught.value.kind is Kind.UNAVAILABLE
    return caught.value.slug


async def seconds_pass(world: World, seconds: int, *awake: Replica) -> None:
    for _ in range(seconds):
        world.seconds += 1
        for replica in awake:
            await replica.persistence.presence.beat()
        for replica in awake:
            await replica.persistence.presence.look()


async def test_a_save_waits_for_the_first_beat(world: World) -> None:
    """Or its place would name a run that nobody has heard of: everything of it counts as sent."""
    replica = world.replica()
    assert await refused(replica) == "not_yet_known"
    await replica.beat()
    await replica.save("cases", "a", "1")


async def test_a_process_that_was_not_heard_of_refuses_saves_by_itself(world: World) -> None:
    replica = world.replica()
    await replica.beat()
    world.seconds += LEASE - 0.1
    await replica.save("cases", "a", "1")
    world.seconds += 0.1
    assert await refused(replica) == "run_lapsed"
    await replica.beat()
    await replica.save("cases", "a", "2")


async def test_a_beat_counts_from_when_it_was_sent(world: World) -> None:
    """The others see it as soon as the database has it, which may be before the answer is here."""
    replica = world.replica()
    original = world.runs.beat

    async def slow(word: object) -> bool:
        done = await original(word)  # type: ignore[arg-type]
        world.seconds += 4
        return done

    world.runs.beat = slow  # type: ignore[method-assign]
    await replica.persistence.presence.beat()
    world.seconds += 2
    assert await refused(replica) == "run_lapsed"


async def test_a_run_that_nobody_claimed_goes_on_after_a_pause(world: World) -> None:
    replica = world.replica()
    await replica.beat()
    before = replica.run
    world.seconds += 100
    await replica.beat()
    assert replica.run == before


async def test_a_run_that_was_claimed_goes_on_under_a_new_name(world: World) -> None:
    one, two = world.replica(), world.replica()
    await one.beat()
    before = one.run
    await one.save("cases", "a", "1")
    await seconds_pass(world, 8, two)
    await two.sweep()
    await one.beat()
    assert one.run != before
    await one.save("cases", "a", "2")
    stored = world.stores["cases"].documents["a"]
    assert stored.outbox_at == OutboxPlace(one.run, 1)
    assert {word.run for word in await world.runs.living()} == {one.run, two.run}


async def test_a_save_in_hand_when_the_run_ends_is_none_of_the_new_one(world: World) -> None:
    """Both have the number 1. What comes back late must not close what is still open."""
    one, two = world.replica(), world.replica()
    await one.beat()
    late = one.persistence.publisher.begin()
    await seconds_pass(world, 8, two)
    await two.sweep()
    await one.beat()
    begun = one.persistence.publisher.begin()
    assert (late.number, begun.number) == (1, 1)
    one.persistence.publisher.saved(late, [])
    assert one.persistence.publisher.open()
    one.persistence.publisher.saved(begun, [])
    assert not one.persistence.publisher.open()


async def test_a_run_that_was_removed_leaves_what_it_has_open_to_others(world: World) -> None:
    """It slept for longer than dead runs are remembered, in the middle of a save."""
    one, two = world.replica(), world.replica()
    await one.beat()
    before = one.run
    place = one.persistence.publisher.begin()
    await seconds_pass(world, 8, two)
    await two.sweep()
    await world.runs.remove(before, two.run)
    await one.beat()
    one.persistence.publisher.saved(place, [])
    assert one.run != before
    assert [word.run for word in await world.runs.dead()] == [before]


async def test_clocks_of_the_wall_decide_nothing(world: World) -> None:
    one = world.replica()
    two = world.replica(skew=timedelta(hours=1))
    names = one.run, two.run
    for _ in range(60):
        await seconds_pass(world, 1, one, two)
        await one.sweep()
        await two.sweep()
    assert (one.run, two.run) == names


async def test_what_this_process_slept_itself_is_not_the_others_silence(world: World) -> None:
    """The whole machine slept, or the database was away for everybody."""
    one, two = world.replica(), world.replica()
    await seconds_pass(world, 2, one, two)
    before = two.run
    world.seconds += 60
    await one.beat()
    await one.sweep()
    await two.beat()
    assert two.run == before


async def test_after_a_pause_of_the_database_nobody_is_taken_for_dead(world: World) -> None:
    one, two = world.replica(), world.replica()
    await seconds_pass(world, 2, one, two)
    names = one.run, two.run
    world.database_away = True
    for _ in range(8):
        world.seconds += 1
        for replica in (one, two):
            with pytest.raises(DomainError):
                await replica.beat()
    world.database_away = False
    for replica in (one, two):
        await replica.beat()
        await replica.sweep()
    await seconds_pass(world, 2, one, two)
    assert (one.run, two.run) == names


async def test_an_unknown_run_is_asked_for_before_it_is_judged(world: World) -> None:
    one, two = world.replica(), world.replica()
    await one.beat()
    await two.persistence.presence.beat()  # has never looked at the others
    place = OutboxPlace(one.run, 1)
    assert not two.persistence.presence.is_sent(place)
    await two.persistence.presence.learn([place])
    assert not two.persistence.presence.is_sent(place)
    gone = OutboxPlace("gone", 1)
    assert not two.persistence.presence.is_sent(gone)
    await two.persistence.presence.learn([gone])
    assert two.persistence.presence.is_sent(gone)


async def test_that_a_run_is_gone_is_asked_again_after_a_while(world: World) -> None:
    """It may have slept, and come back with something to send."""
    one = world.replica()
    await one.beat()
    place = OutboxPlace("asleep", 1)
    await one.persistence.presence.learn([place])
    assert one.persistence.presence.is_sent(place)
    await world.runs.end(RunWord(run="asleep"))
    world.seconds += presence.GONE_SECONDS
    await one.persistence.presence.learn([place])
    assert not one.persistence.presence.is_sent(place)


async def test_one_question_answers_for_a_batch_and_none_is_asked_twice(world: World) -> None:
    one, two = world.replica(), world.replica()
    await one.beat()
    await two.beat()
    await one.save("cases", "a", "1")
    await one.save("cases", "b", "1")
    await one.send()
    asked: list[set[str]] = []
    original = world.runs.words_of

    async def counted(runs: object) -> object:
        asked.append(set(runs))  # type: ignore[call-overload]
        return await original(runs)  # type: ignore[arg-type]

    world.runs.words_of = counted  # type: ignore[assignment,method-assign]
    shell = two.shells["cases"]
    await two.save_all("cases", ["a", "b"], "2")
    await two.save_all("cases", ["a", "b"], "3")
    assert shell is two.shells["cases"]
    assert asked == [{one.run}]


async def test_each_name_is_the_turn_of_one_of_the_living(world: World) -> None:
    replicas = [world.replica() for _ in range(3)]
    await seconds_pass(world, 2, *replicas)
    names = [f"work-{n}" for n in range(60)]
    turns = Counter(
        number
        for name in names
        for number, replica in enumerate(replicas)
        if replica.persistence.turn(name)()
    )
    assert turns.total() == len(names)
    assert all(turns[number] > 5 for number in range(3))
    survivor = replicas[0]
    await seconds_pass(world, 8, survivor)
    assert all(survivor.persistence.turn(name)() for name in names)
    world.seconds += LEASE
    assert not any(survivor.persistence.turn(name)() for name in names)


async def test_the_age_of_what_waits_covers_what_the_dead_left(world: World) -> None:
    dead, one = world.replica(), world.replica()
    await dead.beat()
    await dead.save("cases", "a", "1")
    world.bus.away = True
    world.seconds += 1
    await dead.beat()  # its last
    for _ in range(20):
        await seconds_pass(world, 1, one)
        await one.sweep()
    one.persistence.presence.measure()
    assert (REGISTRY.get_sample_value("dasan_outbox_age_seconds") or 0) >= 20
    world.bus.away = False
    await seconds_pass(world, 60, one)
    await one.sweep()
    one.persistence.presence.measure()
    assert REGISTRY.get_sample_value("dasan_outbox_age_seconds") == 0


async def test_the_age_of_what_waits_covers_the_other_runs_that_live(world: World) -> None:
    """A replica that stopped sending may be the one that no monitor reaches any more."""
    other, one = world.replica(), world.replica()
    await other.beat()
    await other.save("cases", "a", "1")
    world.bus.away = True
    for _ in range(9):
        await seconds_pass(world, 1, other, one)
    one.persistence.presence.measure()
    assert (REGISTRY.get_sample_value("dasan_outbox_age_seconds") or 0) >= 8


async def test_the_age_of_what_waits_covers_what_the_bus_has_in_hand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker that is away or deaf holds a batch for a minute before it is known that it does not
    take it: all that time it is not on the bus."""
    one = world.replica()
    await one.beat()
    await one.save("cases", "a", "1")
    world.seconds += 30
    take, seen = world.bus.send, []

    def send(records: Sequence[Record]) -> Sequence[Sent]:
        world.seconds += 30
        one.persistence.presence.measure()
        seen.append(REGISTRY.get_sample_value("dasan_outbox_age_seconds"))
        return take(records)

    monkeypatch.setattr(world.bus, "send", send)
    world.bus.away = True
    await one.send()
    world.seconds += 5
    world.bus.away = False
    await one.send()
    one.persistence.presence.measure()
    assert seen == [60, 90, 125]  # a topic that failed is tried once more by itself
    assert REGISTRY.get_sample_value("dasan_outbox_age_seconds") == 0


async def test_a_stop_does_not_wait_for_a_database_that_hangs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "LAST_WORD_SECONDS", 0.05)
    replica = world.replica()
    await replica.beat()

    async def hangs(run: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(world.runs, "close", hangs)
    async with asyncio.timeout(5):
        await replica.persistence.presence.stop()


async def test_a_clean_stop_leaves_no_document(world: World) -> None:
    replica = world.replica()
    await replica.beat()
    await replica.save("cases", "a", "1")
    await replica.stop()
    assert isinstance(world.runs, MemoryRuns)
    assert world.runs.words == {}
    assert await refused(replica) == "not_yet_known"


async def test_a_stop_with_something_open_is_taken_over_at_once(world: World) -> None:
    one, two = world.replica(), world.replica()
    await one.beat()
    await two.beat()
    await one.save("cases", "a", "1")
    world.bus.away = True
    await one.stop()
    world.bus.away = False
    await two.sweep()
    assert [cause for _, _, cause, _ in world.causes_told()] == ["1"]
    assert two.persistence.presence.others_live is False or two.run != one.run
