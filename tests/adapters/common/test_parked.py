"""Two versions on the same topics: what only the newer one knows is kept by the older, and brought
back when the newer one starts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming.consume import Consumer
from services.common.events import contracts
from services.common.events.wire import Wire
from services.common.kernel import DomainError
from tests.support.figures import figure
from tests.support.lag import lag
from tests.support.waiting import become, until

from .reading import (
    DLQ,
    QUICK,
    TOPIC,
    Heard,
    altered,
    buried,
    consumer,
    end_of,
    letters_since,
    listening,
    send,
    told,
)

NEW = "dasan.intake.v1.InquiryReceived"


@contextmanager
def older_version() -> Iterator[Wire]:
    """Until it ends, no contract knows NEW; gives the wire of a service of that version."""
    known = {name: contract for name, contract in contracts.events().items() if name != NEW}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contracts, "events", lambda: known)
        yield Wire({})


async def test_what_an_older_version_does_not_know_is_kept_until_a_newer_one_starts(
    broker: Broker, bus: KafkaBus
) -> None:
    """Upgraded, rolled back and upgraded again while events come; each is heard once."""
    group, since = f"kit-parked-{uuid4()}", end_of(broker, DLQ)
    newer, older = Heard(), Heard()
    everything: list[str] = []
    unparked = figure("dasan_events_unparked_total")
    for _ in range(2):
        records, ids = await told(5)
        everything += ids
        with older_version() as wire:
            async with listening(broker, bus, older, group, wire=wire):
                await send(bus, records)
                await become(partial(kept, broker, since, ids), True)
                await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
        async with listening(broker, bus, newer, group):
            await until(partial(newer.has, everything))
            more, ids = await told(5)
            everything += ids
            await send(bus, more)
            await until(partial(newer.has, everything))
    # The topic holds what others told, too.
    assert sorted(id_ for id_ in newer.causes if id_ in everything) == sorted(everything)
    assert not set(older.causes) & set(everything)
    assert not died(broker, since) & set(everything)
    assert figure("dasan_events_unparked_total") >= unparked + 10


async def test_what_an_older_one_parked_after_the_newer_had_started_is_brought_back_when_it_leaves(
    broker: Broker, bus: KafkaBus
) -> None:
    """In a rollout the last old replica goes after the last new one has come; none starts then."""
    group, since, newer = f"kit-parked-{uuid4()}", end_of(broker, DLQ), Heard()
    # A reader that is replaced joins anew, too, and is not what is tried here.
    patience = replace(QUICK, still=timedelta(minutes=1))
    async with listening(broker, bus, newer, group, patience=patience):
        known, ids = await told(1)
        await send(bus, known)
        await until(partial(newer.has, ids))
        records, ids = await told(5)
        with older_version() as wire:
            # While it lasts both are of that version: the group chooses which of them gets what.
            older = consumer(broker, bus, Heard(), group, wire=wire, patience=patience)
            await older.start()
            await assigned(older)
            await send(bus, records)
            await become(partial(kept, broker, since, ids), True)
            await older.stop()
        await until(partial(newer.has, ids))


async def assigned(part: Consumer) -> None:
    """Returns when the group has given it its partitions."""
    async with asyncio.timeout(30):
        while True:
            with suppress(DomainError):
                return await part.assigned()
            await asyncio.sleep(0.05)


def kept(broker: Broker, since: int, ids: Sequence[str]) -> bool:
    """Whether all of these lie among the letters as told by a newer version."""
    letters = buried(broker, since)
    return all(
        id_ in letters and dict(letters[id_].headers)["dlq_reason"] == b"newer" for id_ in ids
    )


async def test_what_nobody_knows_yet_stays_where_it_is(broker: Broker, bus: KafkaBus) -> None:
    since, topic_end = end_of(broker, DLQ), end_of(broker, TOPIC)
    (record,), _ = await told(1)
    unknown = altered(record, ce_type="dasan.intake.v9.NotYet", ce_id=str(uuid4()))
    heard = Heard()
    for _ in range(2):
        async with listening(broker, bus, heard, f"kit-not-yet-{uuid4()}"):
            known, ids = await told(1)
            await send(bus, [unknown, *known])
            await until(partial(heard.has, ids))
            await become(lambda: end_of(broker, DLQ) > since, True)
    assert end_of(broker, TOPIC) == topic_end + 4  # sent here, and nothing brought back


def died(broker: Broker, since: int) -> set[str]:
    """The ids of the events that were put among the dead, and not parked."""
    parked = {b"newer", b"returned"}
    letters = (dict(letter.headers) for letter in letters_since(broker, since))
    return {(h.get("ce_id") or b"").decode() for h in letters if h["dlq_reason"] not in parked}
