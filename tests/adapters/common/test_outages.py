"""The broker is away, killed or frozen: a reader starts, stops and goes on by itself.

These tests stop, kill and freeze (SIGSTOP) a broker of their own.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from deploy.local.ports import Ports
from services.common import contracts
from services.common.consume import Ack, Incoming, Outcome
from services.common.kafka import KafkaBus
from services.common.kernel import DomainError
from services.common.reader import Tail
from tests.support.lag import lag
from tests.support.waiting import become, until

from .reading import QUICK, TOPIC, Heard, listening, send, told

FROZEN_SECONDS = 10.0


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker that a test may kill, if it starts it again."""
    folder = tmp_path_factory.mktemp("fragile")
    ports = Ports.free()
    node = Broker(
        folder=folder / "kafka",
        log=folder / "kafka.log",
        port=ports.kafka,
        controller_port=ports.kafka_controller,
        heap="384m",
    )
    node.start()
    node.declare(contracts.topics())
    yield node
    node.stop()


@pytest.fixture
def to_it(fragile: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(fragile.bootstrap, "test")
    yield bus
    bus.close()


async def test_a_reader_starts_and_is_not_ready_while_the_broker_is_away(
    fragile: Broker, to_it: KafkaBus
) -> None:
    records, ids = await told(5)
    await send(to_it, records)
    await asyncio.to_thread(fragile.kill)
    heard = Heard()
    began = time.monotonic()
    async with listening(fragile, to_it, heard, f"kit-start-{uuid4()}") as reader:
        assert time.monotonic() - began < 0.5
        with pytest.raises(DomainError, match="broker_away"):
            await reader.assigned()
        await asyncio.to_thread(fragile.start)
        await until(lambda: heard.has(ids), 60)
        await reader.assigned()


async def test_a_stop_with_the_broker_away_takes_four_seconds_at_most(
    fragile: Broker, to_it: KafkaBus
) -> None:
    group = f"kit-away-{uuid4()}"
    records, ids = await told(5)
    begun = asyncio.Event()

    async def endless(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        if any(i.cause.id in ids for i in batch):
            begun.set()
            await asyncio.Event().wait()
        return [Ack()] * len(batch)

    async with listening(fragile, to_it, endless, group):
        await send(to_it, records)
        await asyncio.wait_for(begun.wait(), 20)
        await asyncio.to_thread(fragile.kill)
        began = time.monotonic()
    took = time.monotonic() - began
    await asyncio.to_thread(fragile.start)
    assert took <= QUICK.stop.total_seconds() + 0.2


async def test_after_a_frozen_broker_the_reader_goes_on_by_itself(
    fragile: Broker, to_it: KafkaBus
) -> None:
    group = f"kit-frozen-{uuid4()}"
    heard = Heard()
    async with listening(fragile, to_it, heard, group) as reader:
        await become(partial(lag, fragile.bootstrap, group, [TOPIC]), 0)
        pid = fragile.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(FROZEN_SECONDS)
        finally:
            os.kill(pid, signal.SIGCONT)
        records, ids = await told(20)
        await send(to_it, records)
        await until(lambda: heard.has(ids), 40)
        await become(partial(lag, fragile.bootstrap, group, [TOPIC]), 0, 40)
        assert not any(task.done() for task in reader.failed())


async def test_a_tail_hears_what_comes_and_says_where_it_may_have_missed_something(
    fragile: Broker, to_it: KafkaBus
) -> None:
    before, _ = await told(3)
    await send(to_it, before)
    keys: set[str] = set()
    gaps = 0

    async def heard(found: Mapping[str, int]) -> None:
        keys.update(found)

    async def gap() -> None:
        nonlocal gaps
        gaps += 1

    tail = Tail(
        bootstrap=fragile.bootstrap,
        topics=[TOPIC],
        client_id="kit",
        heard=heard,
        gap=gap,
        patience=QUICK,
    )
    await tail.start()
    try:
        await until(lambda: gaps == 1)
        records, _ = await told(10)
        await send(to_it, records)
        await until(lambda: {r.key.decode() for r in records} <= keys)
        assert not {r.key.decode() for r in before} & keys
        await asyncio.to_thread(fragile.kill)
        await asyncio.to_thread(fragile.start)
        more, _ = await told(10)
        await send(to_it, more)
        await until(lambda: {r.key.decode() for r in more} <= keys or gaps > 1, 60)
    finally:
        await tail.stop()
