"""The newest state of each key over a real broker: whole before it is shown, at every process, and
whatever comes twice, late or spoilt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from deploy.local.broker import Broker
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming.recent import LastOfKey, Recent
from services.common.events.wire import Wire
from services.common.kernel import DomainError
from services.common.process.clock import utc_now
from services.common.publishing.outbox import Record
from services.common.run.service import running
from tests.support.events import told_record
from tests.support.waiting import until

from .test_poison_records import producing

HEARD = "dasan.districts.v1.DelegationRecorded"
OFFICE = "dasan.districts.v1.OfficeRecorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Travels as DelegationRecorded."""

    delegation_id: str
    revision: int


WIRE = Wire({HEARD: State})


def record(key: str, revision: int) -> Record:
    return told_record(*WIRE.encode(State(delegation_id=key, revision=revision)), utc_now())


def reader(broker: Broker, name: str = "delegations") -> Recent[LastOfKey[State]]:
    def empty() -> LastOfKey[State]:
        return LastOfKey(
            HEARD, key=lambda state: state.delegation_id, order=lambda state: state.revision
        )

    return Recent(
        name,
        service="kit",
        brokers=Brokers(broker.bootstrap),
        wire=WIRE,
        tally=empty,
        clock=utc_now,
    )


def seen(reader: Recent[LastOfKey[State]], run: str) -> Mapping[str, int] | None:
    """The revisions of our keys, for the broker holds those of other tests, too; None while it has
    not read what was told before."""
    try:
        newest = reader.tally().newest()
    except DomainError:
        return None
    return {
        key.removeprefix(run): state.revision
        for key, state in newest.items()
        if key.startswith(run)
    }


@pytest.fixture
def run() -> str:
    return uuid4().hex


async def test_the_newest_state_of_each_key_at_every_process(
    broker: Broker, bus: KafkaBus, run: str
) -> None:
    before = [record(f"{run}-{number}", revision) for number in range(20) for revision in (1, 2)]
    spoilt = replace(record(f"{run}-spoilt", 1), value=b"\xff\xff")
    assert all(bus.send([*before, spoilt, *before]))
    first, want = reader(broker), {f"-{number}": 2 for number in range(20)}
    async with running([first]):
        await until(lambda: seen(first, run) is not None)
        assert seen(first, run) == want  # whole at once: it was told before
        assert all(bus.send([record(f"{run}-0", 3), record(f"{run}-1", 1), record(f"{run}-20", 1)]))
        want |= {"-0": 3, "-20": 1}
        await until(lambda: seen(first, run) == want)
    second = reader(broker)
    async with running([second]):
        await until(lambda: seen(second, run) is not None)
        assert seen(second, run) == want


def unread(view: str) -> float:
    """How many keys this process's view could not use."""
    return REGISTRY.get_sample_value("dasan_view_states_unread", {"view": view}) or 0


async def test_a_state_that_cannot_be_used_is_counted_until_its_key_is_told_again(
    broker: Broker, bus: KafkaBus, run: str
) -> None:
    """Nobody has it among its dead letters, for nobody consumes a topic of states."""
    spoilt = [replace(record(f"{run}-{name}", 2), value=b"\xff\xff") for name in ("a", "b", "c")]
    untyped = replace(record(f"{run}-d", 2), headers=())
    assert all(bus.send([record(f"{run}-a", 1), *spoilt, *spoilt, untyped]))
    first = reader(broker, run)
    async with running([first]):
        await until(lambda: seen(first, run) is not None)
        assert seen(first, run) == {"-a": 1}
        before = unread(run)  # of other tests, too
        assert before >= 4
        # Of another contract of the topic, for another view to judge.
        office = replace(untyped, headers=(("ce_type", OFFICE.encode()),))
        assert all(bus.send([record(f"{run}-a", 3), record(f"{run}-b", 3), office]))
        with producing(broker) as producer:
            producer.send(spoilt[2].topic, key=spoilt[2].key, value=None)  # deletes the key
        await until(lambda: unread(run) == before - 4)
        assert seen(first, run) == {"-a": 3, "-b": 3}
