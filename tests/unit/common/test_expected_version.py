"""Who decided on a state that is no longer there is refused, and told the version there is now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.common.aggregates.update import (
    Aggregates,
    Cause,
    Settled,
    Store,
    Update,
    Write,
    WriteOutcome,
    unfenced,
)
from services.common.kernel import Change, DomainError, Kind, StaleVersion
from tests.support.memory import MemoryStore, shell_of
from tests.support.replicas import NOW, WIRE, CaseAccepted, Steps


def process(store: Store[Steps]) -> Aggregates[Steps]:
    """One of several that share a store; each remembers what it stored last."""
    return shell_of(store, WIRE, NOW)


def step(
    cause: str, expected: int | None = None, *, target: str = "a", key: str = "i"
) -> Update[Steps]:
    def decide(state: Steps | None) -> Change[Steps, object] | None:
        taken = (*(state.taken if state else ()), cause)
        return Change(state=Steps(taken=taken), events=(CaseAccepted(inquiry_id=key),))

    return Update(target=target, cause=Cause(id=cause), decide=decide, expected_version=expected)


def is_stale(settled: Settled[Steps], now: int) -> bool:
    """Whether it was refused for that reason, naming that version."""
    error = settled.error
    if settled.applied or not isinstance(error, StaleVersion):
        return False
    assert (error.slug, error.kind, error.field) == (
        "stale_version",
        Kind.STALE,
        "expected_version",
    )
    return error.version == now


async def taken(store: Store[Steps]) -> Sequence[str]:
    stored = (await store.load(["a"]))["a"]
    assert stored.state is not None
    assert stored.version == len(stored.state.taken) == len(stored.handled)
    return stored.state.taken


async def test_at_the_version_that_was_seen_it_is_applied() -> None:
    store: Store[Steps] = MemoryStore()
    (begun,) = await process(store).settle([step("1", 0)])
    assert (begun.applied, begun.version) == (True, 1)
    (gone_on,) = await process(store).settle([step("2", 1)])
    assert (gone_on.applied, gone_on.version) == (True, 2)
    assert await taken(store) == ("1", "2")


async def test_when_another_came_between_it_is_refused_with_the_version_there_is() -> None:
    store: Store[Steps] = MemoryStore()
    await process(store).settle([step("1"), step("between")])
    (late,) = await process(store).settle([step("late", 1)])
    assert is_stale(late, now=2)
    assert await taken(store) == ("1", "between")


async def test_a_version_that_is_not_there_yet_is_refused_as_well() -> None:
    store: Store[Steps] = MemoryStore()
    (settled,) = await process(store).settle([step("1", 1)])
    assert is_stale(settled, now=0)
    assert await store.load(["a"]) == {}


async def test_who_names_no_version_is_never_stale() -> None:
    store: Store[Steps] = MemoryStore()
    shell = process(store)
    await shell.settle([step("1")])
    await process(store).settle([step("between")])
    (settled,) = await shell.settle([step("2")])
    assert (settled.applied, settled.version) == (True, 3)


async def test_what_another_process_did_counts_although_this_one_remembers_an_older_state() -> None:
    store: Store[Steps] = MemoryStore()
    shell = process(store)
    await shell.settle([step("1")])
    await process(store).settle([step("between")])
    (late,) = await shell.settle([step("late", 1)])
    assert is_stale(late, now=2)
    (right,) = await shell.settle([step("right", 2)])
    assert (right.applied, right.version) == (True, 3)
    assert await taken(store) == ("1", "between", "right")


async def test_a_version_that_only_another_process_knows_is_not_refused_on_memory_alone() -> None:
    store: Store[Steps] = MemoryStore()
    shell = process(store)
    await shell.settle([step("1")])
    await process(store).settle([step("between")])
    (settled,) = await shell.settle([step("2", 2)])
    assert (settled.applied, settled.version) == (True, 3)


async def test_a_repeated_cause_is_not_stale_though_its_version_is_gone() -> None:
    """The reply was lost, and the caller sends the very same command again: it has had its effect,
    and the caller is told how things stand."""
    store: Store[Steps] = MemoryStore()
    shell = process(store)
    await shell.settle([step("1"), step("command", 1), step("between")])
    for other in (shell, process(store)):
        (again,) = await other.settle([step("command", 1)])
        assert (again.applied, again.error, again.version) == (False, None, 3)
    assert await taken(store) == ("1", "command", "between")


async def test_of_two_in_one_batch_that_saw_the_same_the_second_is_stale() -> None:
    store: Store[Steps] = MemoryStore()
    await process(store).settle([step("1")])
    shell = process(store)
    first, second, third = await shell.settle([step("2", 1), step("3", 1), step("4", 2)])
    assert (first.applied, first.version) == (True, 2)
    assert is_stale(second, now=2)
    assert (third.applied, third.version) == (True, 3)
    assert await taken(store) == ("1", "2", "4")


async def test_a_race_lost_in_the_middle_of_a_save_makes_it_stale() -> None:
    class Raced(MemoryStore[Steps]):
        quiet = True

        async def save(
            self, writes: Sequence[Write[Steps]], fence: Callable[[], None] = unfenced
        ) -> Sequence[WriteOutcome]:
            if not self.quiet:
                self.quiet = True
                await process(self).settle([step("between")])
            return await super().save(writes, fence)

    store = Raced()
    await process(store).settle([step("1")])
    store.quiet = False
    (late,) = await process(store).settle([step("late", 1)])
    assert is_stale(late, now=2)
    assert await taken(store) == ("1", "between")


async def test_what_there_is_nothing_to_do_for_or_is_refused_anyway_is_not_called_stale() -> None:
    """An office that accepts what it has accepted need not look again; one that may not is told
    why not."""

    def refuse(state: Steps | None) -> None:
        raise DomainError("ended", Kind.CONFLICT, "it has ended")

    store: Store[Steps] = MemoryStore()
    await process(store).settle([step("1"), step("2")])
    idle = replace(step("idle", 1), decide=lambda state: None)
    refused = replace(step("refused", 1), decide=refuse)
    nothing, no = await process(store).settle([idle, refused])
    assert (nothing.applied, nothing.error) == (False, None)
    assert no.error is not None
    assert no.error.slug == "ended"


async def test_what_is_told_names_its_aggregate_and_version_beside_the_key() -> None:
    """A survey tells under the inquiry's key and is none of its other aggregates."""
    store: Store[Steps] = MemoryStore()
    await process(store).settle([step("1"), step("2")])
    envelopes = (await store.load(["a"]))["a"].outbox
    assert [(e.key, e.aggregate, e.version) for e in envelopes] == [("i", "a", 1), ("i", "a", 2)]
    headers = dict(envelopes[1].headers())
    assert headers["ce_partitionkey"] == b"i"
    assert (headers["ce_subject"], headers["ce_aggregateversion"]) == (b"a", b"2")
