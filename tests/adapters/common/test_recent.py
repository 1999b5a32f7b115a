"""What was told lately, over a real broker: each event once, from so far back as is counted, and
nothing of what is sealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from services.cities import Channel, Matter
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming.recent import Recent
from services.common.events import contracts
from services.common.kernel import DomainError
from services.common.process.clock import utc_now
from services.common.publishing.outbox import Record
from services.common.run.service import running
from tests.support.events import told_record
from tests.support.waiting import until

from .conftest import WIRE, Counted

HEARD = "dasan.intake.v1.InquiryReceived"


class Tally:
    """How often each of our inquiries was heard of; the broker holds those of other tests, too."""

    heard: Mapping[str, timedelta] = {HEARD: timedelta(minutes=30)}

    def __init__(self, run: str) -> None:
        self.seen: Counter[str] = Counter()
        self._run = run

    def add(self, event: Counted) -> None:
        if event.inquiry_id.startswith(self._run):
            self.seen[event.inquiry_id.removeprefix(self._run)] += 1
        if event.inquiry_id == f"{self._run}-cannot be counted":
            raise ValueError("a bug of the tally")


def recent(broker: Broker, run: str, ahead: timedelta = timedelta(0)) -> Recent[Tally]:
    def clock() -> datetime:
        return utc_now() + ahead

    return Recent(
        "recent",
        service="kit",
        brokers=Brokers(broker.bootstrap),
        wire=WIRE,
        tally=partial(Tally, run),
        clock=clock,
    )


def seen(reader: Recent[Tally]) -> Mapping[str, int] | None:
    """None while it has not read what was told before."""
    try:
        return dict(reader.tally().seen)
    except DomainError:
        return None


def received(inquiry_id: str) -> Record:
    matter = Matter(
        receipt_number="1",
        channel=Channel.WEB,
        language="ko",
        received_at=utc_now(),
        has_contact=False,
    )
    return told_record(*WIRE.encode(Counted(inquiry_id=inquiry_id, matter=matter)), utc_now())


@pytest.fixture
def run() -> str:
    return uuid4().hex


async def test_each_event_counts_once_and_a_new_process_counts_the_same(
    broker: Broker, bus: KafkaBus, run: str
) -> None:
    twice = [received(f"{run}-{number}") for number in range(40)]
    spoilt = replace(received(f"{run}-spoilt"), value=b"\xff\xff")
    sealed = replace(received(f"{run}-sealed"), topic=contracts.SEALED_TOPIC)
    told = [*twice, spoilt, sealed, received(f"{run}-cannot be counted"), *twice]
    want = {f"-{number}": 1 for number in range(40)} | {"-cannot be counted": 1}
    first = recent(broker, run)
    async with running([first]):
        await until(lambda: seen(first) == {})
        assert all(bus.send(told))
        await until(lambda: seen(first) == want)
        # What comes behind the repetitions is heard after them.
        assert all(bus.send([received(f"{run}-{number}-last") for number in range(40)]))
        want |= {f"-{number}-last": 1 for number in range(40)}
        await until(lambda: seen(first) == want)
        await until(lambda: first.lag == 0)
    second = recent(broker, run)
    async with running([second]):
        await until(lambda: seen(second) is not None)
        assert seen(second) == want


async def test_what_is_older_than_is_counted_is_not_even_read(
    broker: Broker, bus: KafkaBus, run: str
) -> None:
    assert all(bus.send([received(f"{run}-old-{number}") for number in range(20)]))
    # An hour later: the broker's times say how old the records are.
    later = recent(broker, run, ahead=timedelta(hours=1))
    async with running([later]):
        await until(lambda: seen(later) is not None)
        assert seen(later) == {}
        assert all(bus.send([received(f"{run}-new-{number}") for number in range(20)]))
        await until(lambda: seen(later) == {f"-new-{number}": 1 for number in range(20)})
