"""Reading on a real broker: everything is handled, what is settled is committed, nobody stalls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from kafka import TopicPartition
from prometheus_client import REGISTRY

from deploy.local.broker import Broker
from services.common.bus.kafka_bus import KafkaBus
from services.common.bus.reader import FETCH_WAIT_MS, Reader
from services.common.consuming import membership
from services.common.consuming.consume import (
    MOST,
    Ack,
    Consumer,
    HandlerStuck,
    Incoming,
    Outcome,
    Retry,
)
from services.common.consuming.membership import HELD_MOST
from services.common.events.contracts import TopicSpec
from services.common.kernel import DomainError
from services.common.process.pace import Pace
from tests.support.lag import lag
from tests.support.logs import logged
from tests.support.waiting import become, until

from .conftest import WIRE
from .reading import (
    DLQ,
    QUICK,
    TOPIC,
    Heard,
    altered,
    buried,
    consumer,
    end_of,
    listening,
    send,
    told,
)

# Twice this is below what a revocation waits for (`Patience.revoked`).
IN_HAND_SECONDS = 1.5


@pytest.fixture(autouse=True)
def beats_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A member learns with its next heartbeat that the group changes."""
    monkeypatch.setattr("services.common.bus.reader.HEARTBEAT_MS", 300)


async def test_lag_is_what_the_group_has_not_committed(broker: Broker, bus: KafkaBus) -> None:
    group = f"kit-lag-{uuid4()}"
    heard = Heard()
    async with listening(broker, bus, heard, group):
        records, ids = await told(20)
        await send(bus, records)
        await until(lambda: heard.has(ids))
        # Others before this test left records that take their time to become dead letters.
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    records, _ = await told(4)
    await send(bus, records)
    assert lag(broker.bootstrap, group, [TOPIC]) == 4


async def test_the_batch_in_hand_is_settled_and_committed_at_a_stop(
    broker: Broker, bus: KafkaBus
) -> None:
    group = f"kit-stop-{uuid4()}"
    records, ids = await told(50)
    begun, finished = asyncio.Event(), set[str]()

    async def slow(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        if any(incoming.cause.id in ids for incoming in batch):
            begun.set()
            await asyncio.sleep(0.5)
        finished.update(incoming.cause.id for incoming in batch)
        return [Ack()] * len(batch)

    async with listening(broker, bus, slow, group):
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
        await send(bus, records)
        await asyncio.wait_for(begun.wait(), 20)
    assert finished & set(ids)
    assert lag(broker.bootstrap, group, [TOPIC]) == 50 - len(finished & set(ids))


async def test_what_is_in_hand_at_a_crash_comes_again(broker: Broker, bus: KafkaBus) -> None:
    records, ids = await told(5)
    group = f"kit-restart-{uuid4()}"
    stuck = asyncio.Event()

    async def hang(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        if any(incoming.cause.id in ids for incoming in batch):
            stuck.set()
            await asyncio.Event().wait()
        return [Ack()] * len(batch)

    impatient = replace(QUICK, stop=timedelta(milliseconds=400))
    async with listening(broker, bus, hang, group, patience=impatient):
        await send(bus, records)
        await asyncio.wait_for(stuck.wait(), 20)
    heard = Heard()
    async with listening(broker, bus, heard, group):
        await until(lambda: heard.has(ids))


async def test_what_the_service_does_not_listen_to_is_passed_over_and_committed(
    broker: Broker, bus: KafkaBus
) -> None:
    """Also where nothing else comes after it, or the group would seem to lag for ever."""
    wanted, ids = await told(3)
    others, unheard_ids = await told(50)
    other = "dasan.intake.v1.CallAnswered"
    assert other not in WIRE.types()
    # Not even looked at: decoding would find no time, and put it away.
    unheard = [replace(altered(r, b"?", ce_type=other, ce_time="never"), key=b"1") for r in others]
    group = f"kit-passed-{uuid4()}"
    heard = Heard()
    since = end_of(broker, DLQ)
    async with listening(broker, bus, heard, group):
        await send(bus, [*unheard, *wanted, *unheard])
        await until(lambda: heard.has(ids))
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    assert not set(unheard_ids) & (set(heard.causes) | set(buried(broker, since)))


async def test_one_waiting_event_holds_up_no_other(broker: Broker, bus: KafkaBus) -> None:
    """Neither other partitions nor those behind it; and nothing from it on is committed."""
    records, ids = await told(200)
    more, more_ids = await told(200)
    group = f"kit-wait-{uuid4()}"
    heard = Heard()
    heard.behave = lambda i: Retry(slug="peer", may_pass=True) if i.cause.id == ids[0] else Ack()
    async with listening(broker, bus, heard, group):
        await send(bus, records)
        await until(lambda: heard.has(ids[1:]))
        await send(bus, more)
        await until(lambda: heard.has(more_ids))
    assert 0 < lag(broker.bootstrap, group, [TOPIC]) < 200
    again = Heard()
    async with listening(broker, bus, again, group):
        await until(lambda: again.has(ids[:1]))
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)


async def test_behind_a_waiting_event_a_partition_is_read_up_to_a_bound(
    broker: Broker, bus: KafkaBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "AHEAD_MOST", HELD_MOST)
    records, ids = await told(2 * HELD_MOST + MOST + 10)
    one_partition = [replace(record, key=b"not its own") for record in records]
    group = f"kit-bound-{uuid4()}"
    heard = Heard()
    waits = asyncio.Event()
    first = await told(1)

    def behave(incoming: Incoming) -> Outcome:
        if incoming.cause.id == first[1][0]:
            waits.set()
            return Retry(slug="peer", may_pass=True)
        return Ack()

    heard.behave = behave
    async with listening(broker, bus, heard, group):
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
        await send(bus, first[0])
        await asyncio.wait_for(waits.wait(), 20)
        same = [replace(r, key=first[0][0].key, value=first[0][0].value) for r in one_partition]
        await send(bus, same)
        await until(lambda: len(set(heard.causes) & set(ids)) >= HELD_MOST - 1)
        elsewhere, elsewhere_ids = await told(20)
        await send(bus, elsewhere)
        await until(lambda: len(set(elsewhere_ids) & set(heard.causes)) >= 10)
        assert len(set(heard.causes) & set(ids)) < len(ids)


async def test_a_service_that_grows_and_shrinks_reads_everything(
    broker: Broker, bus: KafkaBus
) -> None:
    """A second process joins while the first is behind, and leaves again. Both stop and change
    hands in order, so nothing comes twice either."""
    records, ids = await told(1_000)
    group = f"kit-scaled-{uuid4()}"
    one, two = Heard(), Heard()
    async with listening(broker, bus, one, group):
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
        await send(bus, records)
        await until(lambda: bool(set(ids) & set(one.causes)))
        async with listening(broker, bus, two, group) as second:
            await become_assigned(second)
            more, more_ids = await told(200)
            await send(bus, more)
            await until(lambda: set(more_ids) <= {*one.causes, *two.causes})
            assert set(more_ids) & set(two.causes)
        last, last_ids = await told(50)
        await send(bus, last)
        await until(lambda: {*ids, *last_ids} <= {*one.causes, *two.causes})
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    mine = [cause for cause in [*one.causes, *two.causes] if cause in {*ids, *more_ids, *last_ids}]
    assert len(mine) == len(set(mine))


async def become_assigned(part: Consumer) -> None:
    """Returns when the readiness check passes."""
    async with asyncio.timeout(20):
        while True:
            try:
                await part.assigned()
            except DomainError:
                await asyncio.sleep(0.05)
            else:
                return


@pytest.mark.parametrize("change", ["joins", "leaves"])
async def test_when_the_group_changes_the_batch_in_hand_is_settled_first_and_committed(
    broker: Broker, bus: KafkaBus, change: str
) -> None:
    """A second member joins or leaves while every member has a batch in hand: nothing of it is
    lost, and nobody handles any of it a second time."""
    records, ids = await told(60)
    group = f"kit-revoked-{uuid4()}"
    calls: list[str] = []

    class Slow:
        """Has its first batch of these in hand for so long, longer than it takes to notice the
        change."""

        def __init__(self, seconds: float) -> None:
            self.seconds = seconds
            self.begun = asyncio.Event()

        async def __call__(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
            mine = [i.cause.id for i in batch if i.cause.id in ids]
            if mine and not self.begun.is_set():
                self.begun.set()
                await asyncio.sleep(self.seconds)
            calls.extend(mine)
            return [Ack()] * len(batch)

    # Who leaves has finished its own batch first: the other one must still have its.
    one, two = Slow(2 * IN_HAND_SECONDS), Slow(IN_HAND_SECONDS)
    # No commit but that of the change itself, as long as there is something to do.
    patience = replace(QUICK, commit=timedelta(minutes=1))
    async with AsyncExitStack() as members, AsyncExitStack() as second:
        first = await members.enter_async_context(
            listening(broker, bus, one, group, patience=patience)
        )
        joining = listening(broker, bus, two, group, patience=patience)
        if change == "leaves":
            await become_assigned(first)
            await become_assigned(await second.enter_async_context(joining))
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
        await send(bus, records)
        await asyncio.wait_for(one.begun.wait(), 20)
        if change == "leaves":
            await asyncio.wait_for(two.begun.wait(), 20)
            await second.aclose()
        else:
            await second.enter_async_context(joining)
        await until(lambda: set(ids) <= set(calls))
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    assert sorted(calls) == sorted(ids)


async def test_what_comes_while_a_round_gathers_is_all_in_the_next(
    broker: Broker, bus: KafkaBus
) -> None:
    """A broker that is asked while records gather answers with the first alone, and the others come
    a round later."""
    topic = f"dasan.kit.gathers-{uuid4()}"
    broker.declare([TopicSpec(name=topic, partitions=1, retention_hours=1)])
    records, ids = await told(11)
    records = [replace(record, topic=topic) for record in records]
    rounds: list[list[str]] = []

    async def slow(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        rounds.append([incoming.cause.id for incoming in batch])
        # Whoever would ask the broker while records gather has asked it now.
        await asyncio.sleep(FETCH_WAIT_MS / 1000 / 2)
        return [Ack()] * len(batch)

    pace = Pace(timedelta(seconds=1), steady=True)
    group = f"kit-gathers-{uuid4()}"
    async with listening(broker, bus, slow, group, topics=[topic], pace=pace) as reader:
        await become_assigned(reader)
        await send(bus, records[:1])
        await until(lambda: len(rounds) == 1)
        for record in records[1:]:
            await send(bus, [record])
        await until(lambda: sum(map(len, rounds)) == len(ids))
    assert rounds == [ids[:1], ids[1:]]


async def test_two_members_one_of_them_quiet_and_neither_stalls(
    broker: Broker, bus: KafkaBus
) -> None:
    """All traffic goes to one partition, and always some of it is not committed yet: the other
    member is idle and healthy."""
    group = f"kit-quiet-{uuid4()}"
    heard = Heard()

    async def slow(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        await asyncio.sleep(0.3)
        return await heard(batch)

    patience = replace(QUICK, still=timedelta(seconds=2))
    async with (
        listening(broker, bus, slow, group, patience=patience) as one,
        listening(broker, bus, slow, group, patience=patience) as two,
    ):
        await become_assigned(one)
        await become_assigned(two)
        # Joining may take a busy machine as long as a reader may stand still here.
        before = replaced()
        (record,), _ = await told(1)
        deadline = asyncio.get_running_loop().time() + 3 * patience.still.total_seconds()
        number = 0
        while asyncio.get_running_loop().time() < deadline:
            number += 1
            id_ = f"{group}-{number}"
            await send(bus, [altered(record, ce_id=id_)])
            await until(partial(heard.has, [id_]))
        assert not any(task.done() for part in (one, two) for task in part.vital_tasks())
    assert replaced() == before


def replaced() -> float:
    """How many readers of intake have been replaced."""
    value = REGISTRY.get_sample_value("dasan_readers_failed_total", {"reader": "intake"})
    return value or 0.0


async def test_a_reader_that_stands_still_is_replaced_and_reads_on(
    broker: Broker, bus: KafkaBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads no more, without an error, though something has come."""
    group = f"kit-still-{uuid4()}"
    patience = replace(QUICK, still=timedelta(seconds=1.5))
    heard = Heard()
    hangs = asyncio.Event()
    poll = Reader.poll

    async def deaf(reader: Reader, most: int, wait_seconds: float) -> Any:
        if hangs.is_set():
            await asyncio.Event().wait()
        return await poll(reader, most, wait_seconds)

    monkeypatch.setattr(Reader, "poll", deaf)
    before = replaced()
    async with listening(broker, bus, heard, group, patience=patience) as reader:
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
        hangs.set()
        await asyncio.sleep(2 * patience.still.total_seconds())
        assert replaced() == before  # nothing has come: it is idle
        records, ids = await told(20)
        await send(bus, records)
        await until(lambda: replaced() > before)
        hangs.clear()
        await until(lambda: heard.has(ids))
        assert not any(task.done() for task in reader.vital_tasks())


async def test_a_handler_that_never_returns_ends_the_service(broker: Broker, bus: KafkaBus) -> None:
    records, ids = await told(1)

    async def stuck(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        if any(incoming.cause.id in ids for incoming in batch):
            await asyncio.Event().wait()
        return [Ack()] * len(batch)

    patience = replace(QUICK, hand_limit=timedelta(seconds=1), stop=timedelta(milliseconds=400))
    async with listening(broker, bus, stuck, f"kit-stuck-{uuid4()}", patience=patience) as reader:
        await send(bus, records)
        (task,) = reader.vital_tasks()
        await asyncio.wait([task], timeout=30)
        assert isinstance(task.exception(), HandlerStuck)
        assert (REGISTRY.get_sample_value("dasan_handler_in_hand_seconds") or 0) >= 1


async def test_what_retention_took_unread_is_told_with_numbers(
    broker: Broker, bus: KafkaBus, caplog: pytest.LogCaptureFixture
) -> None:
    topic = f"dasan.kit.retention-{uuid4()}"
    broker.declare([TopicSpec(name=topic, partitions=1, retention_hours=1)])
    group = f"kit-retention-{uuid4()}"
    heard = Heard()

    def on_topic() -> Consumer:
        return consumer(broker, bus, heard, group, topics=[topic])

    records, ids = await told(30)
    moved = [replace(record, topic=topic) for record in records]
    await send(bus, moved[:10])
    first = on_topic()
    await first.start()
    await until(lambda: heard.has(ids[:10]))
    await first.stop()
    await send(bus, moved[10:20])
    with broker.admin() as admin:
        admin.delete_records({TopicPartition(topic, 0): 17})
    await send(bus, moved[20:])
    second = on_topic()
    await second.start()
    await until(lambda: heard.has(ids[17:]))
    await second.stop()
    assert not set(ids[10:17]) & set(heard.causes)
    (said,) = logged(caplog, "consumer.lost_to_retention")
    assert (said["topic"], said["from"], said["to"], said["offsets"]) == (topic, 10, 16, 7)
