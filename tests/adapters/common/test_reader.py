"""Reading on a real broker: everything is handled, what is settled is committed, nobody stalls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

from deploy.local.broker import Broker
from services.common.consume import Ack, Incoming, Outcome
from services.common.kafka import KafkaBus, lag

from .conftest import WIRE
from .reading import QUICK, TOPIC, Heard, altered, become, consumer, listening, send, told, until


async def test_lag_is_what_the_group_has_not_committed(broker: Broker, bus: KafkaBus) -> None:
    group = f"kit-lag-{uuid4()}"
    heard = Heard()
    async with listening(broker, bus, heard, group):
        records, ids = await told(20)
        await send(bus, records)
        await until(lambda: heard.has(ids))
    assert lag(broker.bootstrap, group, [TOPIC]) == 0
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
