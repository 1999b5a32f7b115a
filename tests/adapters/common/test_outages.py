"""The broker is away, killed or frozen: a reader (and a view) starts, stops and goes on by itself.

These tests stop, kill and freeze (SIGSTOP) a broker of their own.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.authority import Authority, guarded_in
from deploy.local.broker import ANYTHING, Broker, Guarded
from deploy.local.ports import HOST, Ports
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.bus.reader import Tail
from services.common.consuming.consume import Ack, Incoming, Outcome
from services.common.events import contracts
from services.common.kernel import DomainError
from services.common.process.certificates import CertificateFiles
from tests.support.lag import lag
from tests.support.waiting import become, until

from .reading import QUICK, TOPIC, Heard, listening, send, told
from .test_views import SOON, Codes, declare, freeze, ids, living, received, shown, total

FROZEN_SECONDS = 10.0
# The broker is there again: leaving costs some answers of it.
LET_GO_WITHIN_SECONDS = 5.0


@pytest.fixture(scope="module")
def its_guard(authority: Authority) -> Guarded:
    """The listeners with TLS of the broker that a test may kill."""
    authority.issue_to_broker()
    return guarded_in(authority.folder, login_port=Ports.free().kafka_login)


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory, its_guard: Guarded) -> Iterator[Broker]:
    """A broker that a test may kill, if it starts it again."""
    folder = tmp_path_factory.mktemp("fragile")
    ports = Ports.free()
    node = Broker(
        folder=folder / "kafka",
        log=folder / "kafka.log",
        port=ports.kafka,
        controller_port=ports.kafka_controller,
        heap="384m",
        guarded=its_guard,
    )
    node.start()
    node.declare(contracts.topics())
    yield node
    node.stop()


@pytest.fixture
def to_it(fragile: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(Brokers(fragile.bootstrap), "test")
    yield bus
    bus.close()


@pytest.fixture(autouse=True)
async def nothing_is_left(fragile: Broker) -> AsyncIterator[None]:
    """Every client that a test made has ended soon after it, also those that nobody waits for."""
    before = asyncio.all_tasks()
    yield
    with suppress(TimeoutError):
        await until(lambda: not left_since(before), LET_GO_WITHIN_SECONDS)
    assert left_since(before) == []


def left_since(before: AbstractSet[asyncio.Task[Any]]) -> list[str]:
    """The tasks of clients that came since then and are not done."""
    mine = asyncio.current_task()
    tasks = [str(task) for task in asyncio.all_tasks() - before if task is not mine]
    return [task for task in tasks if "kafka" in task or "let_go" in task]


async def test_a_reader_starts_and_is_not_ready_while_the_broker_is_away(
    fragile: Broker, to_it: KafkaBus
) -> None:
    records, told_ids = await told(5)
    await send(to_it, records)
    await asyncio.to_thread(fragile.kill)
    heard = Heard()
    began = time.monotonic()
    async with listening(fragile, to_it, heard, f"kit-start-{uuid4()}") as reader:
        assert time.monotonic() - began < 0.5
        with pytest.raises(DomainError, match="broker_away"):
            await reader.assigned()
        await asyncio.to_thread(fragile.start)
        await until(lambda: heard.has(told_ids), 60)
        await reader.assigned()


async def test_a_stop_with_the_broker_away_keeps_its_bound(
    fragile: Broker, to_it: KafkaBus
) -> None:
    group = f"kit-away-{uuid4()}"
    patience = replace(QUICK, stop=timedelta(seconds=1.6))
    records, told_ids = await told(5)
    begun = asyncio.Event()

    async def endless(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        if any(i.cause.id in told_ids for i in batch):
            begun.set()
            await asyncio.Event().wait()
        return [Ack()] * len(batch)

    async with listening(fragile, to_it, endless, group, patience=patience):
        await send(to_it, records)
        await asyncio.wait_for(begun.wait(), 20)
        await asyncio.to_thread(fragile.kill)
        began = time.monotonic()
    took = time.monotonic() - began
    await asyncio.to_thread(fragile.start)
    assert took <= patience.stop.total_seconds() + 0.2


async def test_after_a_frozen_broker_reader_and_view_go_on_by_themselves(
    fragile: Broker, to_it: KafkaBus
) -> None:
    group = f"kit-frozen-{uuid4()}"
    heard = Heard()
    of, keys = ids(20)
    service = f"test-{uuid4().hex}"
    declare(fragile, service)
    async with (
        listening(fragile, to_it, heard, group) as reader,
        living(Brokers(fragile.bootstrap), service, Codes(of), stall=SOON) as view,
    ):
        await send(to_it, [received(key) for key in keys])
        await until(lambda: shown(view) == [["a"]] * 20)
        await become(partial(lag, fragile.bootstrap, group, [TOPIC]), 0)
        freeze(fragile)
        try:
            await asyncio.sleep(FROZEN_SECONDS)  # the length of the freeze is what is tried
            # It shows what it knows: nothing that it has not heard can have been told.
            assert shown(view) == [["a"]] * 20
        finally:
            freeze(fragile, signal.SIGCONT)
        records, told_ids = await told(20)
        await send(to_it, [*records, *(received(key, "b") for key in keys)])
        await until(lambda: heard.has(told_ids), 40)
        await become(partial(lag, fragile.bootstrap, group, [TOPIC]), 0, 40)
        assert not any(task.done() for task in reader.vital_tasks())
        await until(lambda: shown(view) == [["a", "b"]] * 20, 60)


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
        brokers=Brokers(fragile.bootstrap),
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


async def test_a_new_password_counts_while_events_flow(
    fragile: Broker, its_guard: Guarded, authority: Authority, to_it: KafkaBus, tmp_path: Path
) -> None:
    """The broker's word changes first, the file later, as an operator does it; then the broker is
    stopped and started, so that every connection logs in again. A client that kept the old password
    would be away for good."""
    password = tmp_path / "KAFKA_SASL_PASSWORD"
    password.write_text("the first")
    fragile.set_password("rotating", "the first")
    fragile.allow("rotating", ANYTHING)
    brokers = Brokers(
        f"{HOST}:{its_guard.login_port}",
        certificates=CertificateFiles(authority=authority.file),
        user="rotating",
        password=password,
    )
    by_login = KafkaBus(brokers, "kit-rotating")
    heard = Heard()
    of, keys = ids(5)
    service = f"test-{uuid4().hex}"
    declare(fragile, service)
    first = brokers.login()
    sent: list[str] = []

    async def send_some() -> None:
        records, told_ids = await told(20)
        await send(by_login, records)
        sent.extend(told_ids)

    async with (
        listening(brokers, to_it, heard, f"kit-rotating-{uuid4()}") as reader,
        living(brokers, service, Codes(of), stall=SOON) as view,
    ):
        await until(lambda: shown(view) == [])
        await send_some()
        await until(lambda: heard.has(sent))
        fragile.set_password("rotating", "the second")
        await send_some()  # the connections that there are go on
        ends = total("dasan_view_ends_total")
        password.write_text("the second\n")
        await until(lambda: brokers.login() is not first, 5)
        await until(lambda: total("dasan_view_ends_total") > ends)
        await send_some()
        await until(lambda: heard.has(sent))
        await asyncio.to_thread(fragile.stop)
        await asyncio.to_thread(fragile.start)
        await send_some()
        await send(to_it, [received(key) for key in keys])
        await until(lambda: heard.has(sent), 40)
        await until(lambda: shown(view) == [["a"]] * 5, 60)
        assert not any(task.done() for task in reader.vital_tasks())
    by_login.close()
