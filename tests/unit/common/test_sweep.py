"""What dead runs left is sent once, by one, from every store; and costs next to nothing after."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from services.common.kernel import DomainError
from services.common.publishing import presence, publisher, sweep
from services.common.publishing.outbox import OutboxPlace
from tests.support.memory import MemoryRuns
from tests.support.replicas import TOPICS, Replica, World

KINDS = sorted(TOPICS)


@pytest.fixture
def world() -> World:
    return World()


async def dead(world: World, *saves: tuple[str, str]) -> Replica:
    """A process that dies after these saves and before it sends."""
    replica = world.replica()
    await replica.beat()
    for number, (kind, key) in enumerate(saves):
        await replica.save(kind, key, str(number))
    return replica


async def pass_by(world: World, seconds: int, *living: Replica, step: float = 1) -> None:
    for _ in range(seconds):
        world.seconds += step
        for replica in living:
            await replica.beat()
            await replica.sweep()


async def test_every_store_of_the_service_is_swept(world: World) -> None:
    """A run is forgotten when all of them are clean, or the events of the others are lost."""
    await dead(world, ("surveys", "a"), ("cases", "a"))
    survivor = world.replica()
    await pass_by(world, 12, survivor)
    assert {entry[:2] for entry in world.causes_told()} == {(TOPICS[kind], "a") for kind in KINDS}
    for store in world.stores.values():
        assert store.documents["a"].outbox == ()


async def test_a_run_that_lives_keeps_its_own(world: World) -> None:
    one, two = world.replica(), world.replica()
    await one.beat()
    await one.save("cases", "a", "1")
    await pass_by(world, 30, one, two)
    assert world.told() == []


async def test_of_several_one_sweeps_however_long_it_takes(world: World) -> None:
    """Each page costs half a second of beats; the sweep lasts longer than a lease."""
    replica = world.replica()
    await replica.beat()
    for number in range(20):
        await replica.save_all("cases", [f"i-{number}-{n}" for n in range(publisher.BATCH)], "1")
    living = [world.replica() for _ in range(3)]
    original = world.bus.send

    def slow(records: object) -> object:
        world.seconds += 1
        return original(records)  # type: ignore[arg-type]

    world.bus.send = slow  # type: ignore[assignment,method-assign]
    for _ in range(12):
        world.seconds += 1
        for one in living:
            await one.beat()
        for one in living:
            await one.sweep()
    tellings = Counter(world.told())
    assert len(tellings) == 20 * publisher.BATCH
    assert set(tellings.values()) == {1}


async def test_a_claim_is_free_when_its_holder_is_dead(world: World) -> None:
    await dead(world, ("cases", "a"))
    first, second = world.replica(), world.replica()
    world.bus.away = True
    await pass_by(world, 8, first)
    assert {word.claimed_by for word in await world.runs.dead()} == {first.run}
    world.bus.away = False
    await pass_by(world, 20, second)
    assert len(world.told()) == 1


async def test_a_claim_stays_with_a_living_holder(world: World) -> None:
    await dead(world, ("cases", "a"))
    first, second = world.replica(), world.replica()
    await pass_by(world, 60, first, second)
    (word,) = await world.runs.dead()
    assert word.claimed_by in (first.run, second.run)
    assert len(world.told()) == 1


async def test_what_cannot_be_sent_is_left_and_hides_nothing(world: World) -> None:
    gone = await dead(world, ("cases", "new"), ("cases", "good"), ("surveys", "s"))
    documents = world.stores["cases"].documents
    stored = documents["new"]
    newer = replace(stored.outbox[0], type="dasan.districts.v9.Unheard")
    documents["new"] = replace(stored, outbox=(newer,))
    survivor = world.replica()
    await pass_by(world, 20, survivor)
    assert {entry[1] for entry in world.causes_told()} == {"good", "s"}
    assert documents["new"].outbox == (newer,)
    # It is not forgotten: a newer version finds it.
    await pass_by(world, 100, survivor, step=sweep.MOST_PAUSE_SECONDS)
    assert [word.run for word in await world.runs.dead()] == [gone.run]


async def test_a_missing_topic_or_a_refused_event_stops_no_other(world: World) -> None:
    await dead(world, ("surveys", "s"), ("cases", "bad"), ("cases", "bad"), ("cases", "good"))
    bad = world.stores["cases"].documents["bad"]
    world.bus.undeclared = {TOPICS["surveys"]}
    world.bus.refused = {bad.outbox[0].id}
    survivor = world.replica()
    await pass_by(world, 20, survivor)
    assert [entry[1] for entry in world.causes_told()] == ["good"]
    world.bus.undeclared, world.bus.refused = set(), set()
    await pass_by(world, 70, survivor)
    assert [c for _, key, c, _ in world.causes_told() if key == "bad"] == ["1", "2"]
    assert len(world.told()) == 4


async def test_what_was_stuck_below_the_number_is_found(world: World) -> None:
    one = world.replica()
    await one.beat()
    world.bus.undeclared = {TOPICS["surveys"]}
    await one.save("surveys", "s", "1")
    await one.save("cases", "c", "1")
    await one.send()
    await one.beat()
    assert one.persistence.publisher.word(one.run).sent == 2
    world.bus.undeclared = set()
    survivor = world.replica()
    await pass_by(world, 12, survivor)
    assert {entry[1] for entry in world.causes_told()} == {"s", "c"}


async def test_dead_runs_cost_next_to_nothing_and_are_forgotten(world: World) -> None:
    for _ in range(60):
        await dead(world, ("cases", "a"))
    survivor = world.replica()
    await pass_by(world, 200, survivor)
    reads = 0
    original = world.stores["cases"].unsent

    async def counted(*args: object) -> object:
        nonlocal reads
        reads += 1
        return await original(*args)  # type: ignore[arg-type]

    world.stores["cases"].unsent = counted  # type: ignore[assignment,method-assign]
    await pass_by(world, 600, survivor)
    assert reads <= 60 * 11  # 60 runs, once a minute, for ten minutes
    await pass_by(world, 200, survivor, step=30)
    assert isinstance(world.runs, MemoryRuns)
    assert list(world.runs.words) == [survivor.run]


async def test_a_write_that_lands_long_after_the_crash_is_found(world: World) -> None:
    replica = world.replica()
    await replica.beat()
    world.stores["cases"].fault = "late"
    with pytest.raises(Exception, match="database_slow"):
        await replica.save("cases", "a", "1")
    survivor = world.replica()
    await pass_by(world, 300, survivor)
    world.stores["cases"].land()
    await pass_by(world, 70, survivor)
    assert len(world.told()) == 1


async def test_a_process_that_lapsed_sweeps_nobody(world: World) -> None:
    await dead(world, ("cases", "a"))
    survivor = world.replica()
    await pass_by(world, 5, survivor)
    world.seconds += presence.LEASE_SECONDS
    await survivor.sweep()
    assert world.told() == []


async def test_what_the_dead_carried_for_the_living_is_left_to_them(world: World) -> None:
    living, gone = world.replica(), world.replica()
    await living.beat()
    await gone.beat()
    await living.save("cases", "a", "1")
    await gone.save("cases", "a", "2")
    stored = world.stores["cases"].documents["a"]
    assert list(stored.carried.values()) == [OutboxPlace(living.run, 1)]
    await living.send()
    await pass_by(world, 12, living)
    assert [cause for _, _, cause, _ in world.causes_told()] == ["1", "2"]
    assert len(world.told()) == 2


async def test_what_an_old_version_cannot_send_it_leaves_to_a_newer_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one is the first to claim, and would hold its claim as long as it lives."""
    old, new = world.replica(), world.replica()
    await pass_by(world, 2, old, new)
    await dead(world, ("cases", "a"))
    with monkeypatch.context() as without:
        without.setattr(sweep, "topic_of", lambda envelope: None)
        for _ in range(10):
            await pass_by(world, 1, old)
            await new.beat()
    assert world.told() == []
    await pass_by(world, 5, new)
    assert len(world.told()) == 1


async def test_what_nobody_can_send_is_tried_again_by_who_is_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = world.replica(), world.replica()
    await pass_by(world, 2, one, two)
    await dead(world, ("cases", "a"))
    with monkeypatch.context() as without:
        without.setattr(sweep, "topic_of", lambda envelope: None)
        await pass_by(world, 300, one, two)
    assert len(await world.runs.dead()) == 1
    await pass_by(world, 130, one, two)
    assert len(world.told()) == 1


async def test_a_run_that_served_a_store_more_is_left_to_who_serves_it_too(world: World) -> None:
    """A rollout adds a store. An old replica would find the new one's dead run clean and remove
    it, and what lies in the store it does not know would never be sent."""
    gone = await dead(world, ("surveys", "a"))
    old = world.replica(kinds=["cases"])
    await pass_by(world, 90, old, step=sweep.MOST_PAUSE_SECONDS)
    assert await world.runs.words_of([gone.run])
    assert world.told() == []
    await pass_by(world, 80, old, world.replica())
    assert len(world.told()) == 1


async def test_a_run_of_a_version_that_named_no_stores_is_swept_by_everybody(world: World) -> None:
    gone = await dead(world, ("cases", "a"))
    assert isinstance(world.runs, MemoryRuns)
    world.runs.words[gone.run] = replace(world.runs.words[gone.run], stores=frozenset())
    await pass_by(world, 12, world.replica(kinds=["cases"]))
    assert len(world.told()) == 1


@pytest.mark.parametrize("goes_on_as_another_run", [False, True])
async def test_a_save_that_slept_until_its_run_was_forgotten_is_refused(
    world: World, goes_on_as_another_run: bool
) -> None:
    """Nobody would look for what it left under the number of a run that is forgotten."""
    slow, other = world.replica(), world.replica()
    await slow.beat()
    store = world.stores["cases"]
    store.fault = "asleep"
    saving = asyncio.create_task(slow.save("cases", "a", "1"))
    await store.sleeping.wait()
    await pass_by(world, 120, other, step=sweep.MOST_PAUSE_SECONDS)
    await pass_by(world, 10, other)
    await pass_by(world, 75, other, step=sweep.MOST_PAUSE_SECONDS)
    assert not await world.runs.words_of([slow.run])
    if goes_on_as_another_run:
        await slow.beat()
    store.woken.set()
    with pytest.raises(DomainError, match="run_lapsed"):
        await saving
    assert store.documents == {}
