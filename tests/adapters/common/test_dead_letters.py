"""The dead: put away whole, with a reason, beside neighbours that pass; and their way back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from services.common.bus import dead_letters
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming.consume import Ack, Dead, Incoming, Outcome, Retry
from services.common.kernel import DomainError, Kind
from services.common.publishing.outbox import Bus, Record, Sent
from tests.support.lag import lag
from tests.support.waiting import become, until

from .reading import (
    DLQ,
    TOPIC,
    Heard,
    altered,
    buried,
    end_of,
    letters_since,
    listening,
    send,
    told,
)


async def test_bad_records_are_buried_with_reason_and_bytes_and_neighbours_pass(
    broker: Broker, bus: KafkaBus
) -> None:
    since = end_of(broker, DLQ)
    good, ids = await told(2)
    sample = good[0]
    bad = {
        "undecodable": altered(sample, b"\xff\xfe\x00not protobuf"),
        "unknown_type": altered(sample, ce_type="somebody.elses.Event"),
        "newer": altered(sample, ce_type="dasan.intake.v9.Unheard"),
        "rejected": Record(topic=TOPIC, key=b"other", headers=sample.headers, value=sample.value),
    }
    heard = Heard()
    async with listening(broker, bus, heard, f"kit-bad-{uuid4()}"):
        await send(bus, [good[0], *bad.values(), good[1]])
        await until(lambda: heard.has(ids))
        await until(lambda: end_of(broker, DLQ) >= since + 4, 5)
    letters = {dict(m.headers)["dlq_reason"].decode(): m for m in letters_since(broker, since)}
    assert set(letters) == set(bad)
    for reason, record in bad.items():
        assert letters[reason].value == record.value
        assert (letters[reason].key or b"") == record.key
        assert dict(letters[reason].headers)["dlq_topic"] == TOPIC.encode()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_time", "9999-12-31T23:59:59-12:00"),
        ("ce_time", "0001-01-01T00:00:00+12:00"),
        ("ce_aggregateversion", "9" * 5_000),
    ],
)
async def test_whatever_decoding_raises_is_a_dead_letter(
    broker: Broker, bus: KafkaBus, header: str, value: str
) -> None:
    """A time beyond the calendar raises OverflowError, not the ValueError one thinks of."""
    since = end_of(broker, DLQ)
    records, ids = await told(2)
    heard = Heard()
    async with listening(broker, bus, heard, f"kit-decode-{uuid4()}"):
        await send(bus, [altered(records[0], None, **{header: value}), records[1]])
        await until(lambda: ids[1] in heard.causes)
        await become(lambda: ids[0] in buried(broker, since), True)
    assert dict(buried(broker, since)[ids[0]].headers)["dlq_reason"] == b"undecodable"


async def test_one_poisonous_event_does_not_fail_its_batch(broker: Broker, bus: KafkaBus) -> None:
    since = end_of(broker, DLQ)
    records, ids = await told(20)
    heard = Heard()

    def behave(incoming: Incoming) -> Outcome:
        if incoming.cause.id == ids[7]:
            raise ZeroDivisionError
        return Ack()

    heard.behave = behave
    async with listening(broker, bus, heard, f"kit-poison-{uuid4()}"):
        await send(bus, records)
        await until(lambda: set(ids) - {ids[7]} <= set(heard.causes))
        await become(lambda: ids[7] in buried(broker, since), True)
    letter = buried(broker, since)[ids[7]]
    assert dict(letter.headers)["dlq_reason"] == b"retries_exhausted"
    assert dict(letter.headers)["dlq_detail"] == b"ZeroDivisionError"


async def test_a_dependency_that_is_away_is_waited_for_and_costs_nothing(
    broker: Broker, bus: KafkaBus
) -> None:
    """For longer than a failure of the event itself would be let live."""
    since = end_of(broker, DLQ)
    records, ids = await told(3)
    heard = Heard()
    away = True

    def behave(incoming: Incoming) -> Outcome:
        if away:
            raise DomainError("peer_away", Kind.UNAVAILABLE, "try again")
        return Ack()

    heard.behave = behave
    async with listening(broker, bus, heard, f"kit-away-{uuid4()}"):
        await send(bus, records)
        await until(lambda: len(heard.batches) > 3)
        await asyncio.sleep(2)  # twice the patience for failures
        away = False
        await until(lambda: heard.has(ids))
    assert not set(ids) & set(buried(broker, since))


async def test_a_retry_comes_again_and_then_is_dead(broker: Broker, bus: KafkaBus) -> None:
    records, ids = await told(2)
    heard = Heard()
    since = end_of(broker, DLQ)
    tries: dict[str, int] = {}

    def behave(incoming: Incoming) -> Outcome:
        id_ = incoming.cause.id
        tries[id_] = tries.get(id_, 0) + 1
        if id_ == ids[0]:
            return Ack() if tries[id_] > 2 else Retry(timedelta(milliseconds=10))
        return Retry(timedelta(milliseconds=10)) if id_ == ids[1] else Ack()

    heard.behave = behave
    async with listening(broker, bus, heard, f"kit-retry-{uuid4()}"):
        await send(bus, records)
        await until(lambda: ids[0] in heard.causes)
        await become(lambda: ids[1] in buried(broker, since), True)
    assert tries[ids[0]] == 3


@pytest.mark.parametrize("where", ["value", "header"])
async def test_a_record_larger_than_its_letter_goes_without_its_value(
    broker: Broker, bus: KafkaBus, where: str
) -> None:
    since = end_of(broker, DLQ)
    records, ids = await told(2)
    long = b"x" * 1_046_000
    if where == "value":
        big = altered(records[0], long)
    else:
        big = altered(records[0], b"no protobuf", note=long.decode())
    heard = Heard()
    group = f"kit-large-{uuid4()}"
    async with listening(broker, bus, heard, group):
        await send(bus, [big, records[1]])
        await until(lambda: ids[1] in heard.causes)
        await become(lambda: ids[0] in buried(broker, since), True)
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    letter = buried(broker, since)[ids[0]]
    headers = dict(letter.headers)
    assert not letter.value
    assert headers["dlq_value_bytes"] == str(len(big.value)).encode()
    assert headers["dlq_value_sha256"] == sha256(big.value).hexdigest().encode()
    assert headers["dlq_topic"] == TOPIC.encode()
    assert int(headers["dlq_offset"]) >= 0


class Picky:
    """A bus that takes no letter the first time, refuses those with a value, and remembers what it
    was given."""

    def __init__(self) -> None:
        self.taken: list[Record] = []
        self.seen: list[str] = []

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        return [self._answer(record) for record in records]

    def _answer(self, record: Record) -> Sent:
        id_ = dict(record.headers)["ce_id"].decode()
        self.seen.append(id_)
        if self.seen.count(id_) == 1:
            return Sent.TAKEN if len(self.seen) == 1 else Sent.NOT_NOW
        if record.value:
            return Sent.REFUSED
        self.taken.append(record)
        return Sent.TAKEN

    def close(self) -> None:
        """Nothing to close."""


async def test_a_letter_that_was_sent_is_not_sent_again_and_a_refused_one_goes_without_its_value(
    broker: Broker, bus: KafkaBus
) -> None:
    records, ids = await told(3)
    heard = Heard()
    heard.behave = lambda i: Dead("rejected", "no") if i.cause.id in ids else Ack()
    picky = Picky()
    group = f"kit-picky-{uuid4()}"
    async with listening(broker, bus, heard, group):
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    async with listening(broker, picky, heard, group):
        await send(bus, records)
        await until(lambda: len(picky.taken) == 2)
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    assert [picky.seen.count(id_) for id_ in dict.fromkeys(picky.seen)] == [1, 3, 3]


class Letters:
    """Two letters of different reasons of intake's, and a consumer that says when they are back."""

    def __init__(self, broker: Broker, bus: Bus) -> None:
        self._broker = broker
        self._bus = bus
        self.lines: list[str] = []

    async def bury(self, reason: dead_letters.Reason) -> str:
        records, ids = await told(1)
        message: Any = _Message(records[0])
        await send(self._bus, [dead_letters.letter("intake", message, reason, "")])
        return ids[0]

    async def replay(self, **choice: Any) -> dead_letters.Replayed:
        self.lines.clear()
        return await asyncio.to_thread(
            partial(
                dead_letters.replay,
                service="intake",
                brokers=Brokers(self._broker.bootstrap),
                bus=self._bus,
                choice=dead_letters.Choice(**choice),
                tell=self.lines.append,
            )
        )


class _Message:
    def __init__(self, record: Record) -> None:
        self.topic, self.partition, self.offset = record.topic, 0, 0
        self.key, self.value, self.headers = record.key, record.value, record.headers


@pytest.fixture
def letters(broker: Broker, bus: KafkaBus) -> Letters:
    return Letters(broker, bus)


async def test_replay_of_one_reason_leaves_the_others_within_reach(letters: Letters) -> None:
    early = await letters.bury("retries_exhausted")
    refused = await letters.bury("rejected")
    await letters.replay(reasons=frozenset({"retries_exhausted"}))
    assert any(line.startswith("return") and early in line for line in letters.lines)
    done = await letters.replay(reasons=frozenset({"rejected"}))
    assert done.returned >= 1
    assert any(line.startswith("return") and refused in line for line in letters.lines)
    again = await letters.replay()
    assert not any(early in line or refused in line for line in letters.lines), again


async def test_a_letter_that_the_broker_refuses_keeps_none_behind_it_from_coming_back(
    broker: Broker, bus: KafkaBus
) -> None:
    """A topic may have come to take less than it did."""
    refused, taken = [await Letters(broker, bus).bury("rejected") for _ in range(2)]

    class Refusing:
        def send(self, records: Sequence[Record]) -> Sequence[Sent]:
            if any(dict(record.headers).get("ce_id") == refused.encode() for record in records):
                return [Sent.REFUSED] * len(records)
            return bus.send(records)

        def close(self) -> None:
            """Nothing to close."""

    letters = Letters(broker, Refusing())
    done = await letters.replay(ids=frozenset({refused, taken}))
    assert done.returned == 1
    assert [line.split()[0] for line in letters.lines if refused in line] == ["keep"]
    assert [line.split()[0] for line in letters.lines if taken in line] == ["return"]


async def test_replay_of_one_event_or_since_a_time(letters: Letters) -> None:
    first = await letters.bury("rejected")
    second = await letters.bury("rejected")
    done = await letters.replay(ids=frozenset({second}))
    assert done.returned == 1
    done = await letters.replay(since=datetime.now(UTC) + timedelta(minutes=1))
    assert done.returned == 0
    assert any(line.startswith("keep") and first in line for line in letters.lines)
    done = await letters.replay(since=datetime.now(UTC) - timedelta(minutes=5), dry_run=True)
    assert any(line.startswith("return") and first in line for line in letters.lines)
    assert done == await letters.replay(since=datetime.now(UTC) - timedelta(minutes=5))
    assert (await letters.replay(ids=frozenset({first, second}))).returned == 0


async def test_a_replayed_letter_comes_back_to_the_service_that_buried_it_alone(
    broker: Broker, bus: KafkaBus, letters: Letters
) -> None:
    id_ = await letters.bury("rejected")
    (other,), others = await told(1)
    mine = Heard()
    group = f"kit-only-{uuid4()}"
    async with listening(broker, bus, mine, group):
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
        await letters.replay(ids=frozenset({id_}))
        await send(bus, [altered(other, dasan_for="survey")])
        await until(lambda: id_ in mine.causes)
        await become(partial(lag, broker.bootstrap, group, [TOPIC]), 0)
    assert others[0] not in mine.causes
