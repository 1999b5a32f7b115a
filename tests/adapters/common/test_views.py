"""Live views over a real broker: whole at every replica, and back after whatever ended them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import faust
import pytest
from kafka import KafkaConsumer
from kafka.admin import NewPartitions
from mode.threads import WorkerThread
from prometheus_client import REGISTRY

from deploy.local.broker import Broker
from deploy.local.ports import Ports
from services.common.bus.brokers import Brokers, Login
from services.common.bus.dead_letters import ONLY_FOR
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming import views
from services.common.consuming.views import Pauses, Stall, ViewApp, faust_app
from services.common.events import contracts
from services.common.events.contracts import TopicSpec
from services.common.events.wire import Wire
from services.common.kernel import DomainError, Kind
from services.common.publishing.outbox import Record
from tests.support.events import told_record
from tests.support.waiting import until

from .test_poison_records import producing, put

NOW = datetime(2031, 5, 6, 7, 30, tzinfo=UTC)
QUICK = Pauses(first=timedelta(milliseconds=100), most=timedelta(milliseconds=400))
# Each step of a view's beginning must be possible within this time on a busy machine.
SOON = Stall(after=timedelta(seconds=4), every=timedelta(seconds=0.5))
RECEIVED = "dasan.intake.v1.InquiryReceived"
DECIDED = "dasan.districts.v1.PermitDecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """As much of the matter as these tests need."""

    service_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """As much of the event as these tests need."""

    inquiry_id: str
    matter: Matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """As much of the event as these tests need."""

    inquiry_id: str
    office_id: str


WIRE = Wire({RECEIVED: Received, DECIDED: Decided})


@dataclass
class Codes:
    """The set of codes told of each inquiry whose id begins with `of`."""

    of: str
    name: str = "codes"
    heard: Sequence[str] = (RECEIVED,)
    lasting: dict[str, datetime] = field(default_factory=dict)

    def key(self, event: Any) -> str:
        return str(event.inquiry_id)

    def apply(self, event: Any, entry: frozenset[str] | None) -> frozenset[str] | None:
        if not event.inquiry_id.startswith(self.of):
            return None
        code = event.office_id if isinstance(event, Decided) else event.matter.service_code
        if code == "impossible":
            raise ZeroDivisionError
        return (entry or frozenset()) | {code}

    def forget_at(self, entry: frozenset[str]) -> datetime | None:
        return min((self.lasting[code] for code in entry if code in self.lasting), default=None)

    def dump(self, entry: frozenset[str]) -> list[str]:
        return sorted(entry)

    def load(self, dumped: list[str]) -> frozenset[str]:
        return frozenset(dumped)


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    yield bus
    bus.close()


@pytest.fixture
def service(broker: Broker) -> str:
    """A service of this test's own, with the changelog of its table."""
    name = f"test-{uuid4().hex}"
    declare(broker, name)
    return name


def declare(broker: Broker, service: str, partitions: int = contracts.TABLE_PARTITIONS) -> None:
    broker.declare(
        [
            TopicSpec(
                name=views.changelog(service, "codes"),
                partitions=partitions,
                retention_hours=-1,
                cleanup="compact",
            )
        ]
    )


@asynccontextmanager
async def living(
    brokers: Brokers, service: str, projection: Codes, **options: Any
) -> AsyncIterator[ViewApp[frozenset[str]]]:
    options = {"clock": lambda: NOW, "pauses": QUICK, **options}
    view = ViewApp(service=service, brokers=brokers, wire=WIRE, projection=projection, **options)
    await view.start()
    try:
        yield view
    finally:
        await view.stop()


def shown(view: ViewApp[Any]) -> list[list[str]] | None:
    """The entries in order; None while the view is away."""
    try:
        return sorted(view.entries())
    except DomainError:
        return None


def record(type_name: str, key: str, message: Any) -> Record:
    return told_record(type_name, key, message.SerializeToString(), NOW)


def received(key: str, code: str = "a") -> Record:
    message = contracts.events()[RECEIVED].message(inquiry_id=key, matter={"service_code": code})
    return record(RECEIVED, key, message)


def decided(key: str, office: str = "o") -> Record:
    message = contracts.events()[DECIDED].message(inquiry_id=key, office_id=office)
    return record(DECIDED, key, message)


def ids(count: int) -> tuple[str, list[str]]:
    of = uuid4().hex
    return of, [f"{of}-{number}" for number in range(count)]


async def test_every_replica_shows_the_whole_and_needs_no_other(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    of, keys = ids(60)
    whole = [["a"]] * 60
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as one:
        assert all(bus.send([received(key) for key in keys]))
        await until(lambda: shown(one) == whole)
        async with living(Brokers(broker.bootstrap), service, Codes(of)) as two:
            await until(lambda: shown(two) == whole)
            assert all(bus.send([received(key, "b") for key in keys]))
            both = [["a", "b"]] * 60
            await until(lambda: shown(one) == shown(two) == both)
        assert shown(one) == both
        assert all(bus.send([received(key, "c") for key in keys]))
        await until(lambda: shown(one) == [["a", "b", "c"]] * 60)


# Shows that it is whole, then waits for SIGTERM and stops.
REPLICA = """
import asyncio, signal, sys
from datetime import UTC, datetime
from services.common.bus.brokers import Brokers
from services.common.consuming.views import ViewApp
from tests.adapters.common.test_views import WIRE, Codes, shown
async def main(bootstrap, service, of):
    view = ViewApp(service=service, brokers=Brokers(bootstrap), wire=WIRE, projection=Codes(of),
                   clock=lambda: datetime(2031, 5, 6, 7, 30, tzinfo=UTC))
    await view.start()
    while not shown(view):
        await asyncio.sleep(0.05)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    print("whole", flush=True)
    await over.wait()
    await view.stop()
asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_replica_that_is_killed_takes_nothing_from_the_others(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    of, keys = ids(30)
    assert all(bus.send([received(key) for key in keys]))
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as view:
        await until(lambda: shown(view) == [["a"]] * 30)
        other = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", REPLICA, broker.bootstrap, service, of),
            stdout=subprocess.PIPE,
        )
        assert other.stdout is not None
        assert await asyncio.wait_for(other.stdout.readline(), 30) == b"whole\n"
        os.kill(other.pid, signal.SIGKILL)
        await other.wait()
        assert all(bus.send([received(key, "b") for key in keys]))
        # Far below the 30 s after which the broker would notice that the other is gone.
        await until(lambda: shown(view) == [["a", "b"]] * 30, within_seconds=5)


async def test_a_view_rebuilt_from_its_log_alone_equals_the_live_one(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    of, keys = ids(40)
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as view:
        sent = [received(key, code) for key in keys for code in "abca"]
        assert all(bus.send([*sent, received(keys[0], "z")]))
        expected = sorted([["a", "b", "c"]] * 39 + [["a", "b", "c", "z"]])
        await until(lambda: shown(view) == expected)
        live = shown(view)
    # It hears another topic: of the one it was made from nothing is left to it but the log.
    deaf = Codes(of, heard=(DECIDED,))
    async with living(Brokers(broker.bootstrap), service, deaf) as rebuilt:
        await until(lambda: shown(rebuilt) is not None)
        assert shown(rebuilt) == live


async def test_a_view_is_away_until_it_has_read_what_was_told_before(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    of, keys = ids(3_000)
    assert all(bus.send([received(key) for key in keys]))
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as view:
        with pytest.raises(DomainError) as refused:
            await view.check()
        assert (refused.value.slug, refused.value.kind) == ("view_away", Kind.UNAVAILABLE)
        await until(lambda: shown(view) is not None)
        # Nobody sees a part of it for the whole.
        assert len(shown(view) or []) == 3_000
        await view.check()


async def test_no_more_is_entered_than_the_log_takes(
    broker: Broker, bus: KafkaBus, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "UNWRITTEN_MOST", 10)
    apps = noted_apps(monkeypatch)
    of, keys = ids(2_000)
    assert all(bus.send([received(key) for key in keys]))
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as view:
        await until(lambda: bool(apps))
        buffer, unwritten = apps[0].producer.buffer, 0
        while shown(view) is None:
            unwritten = max(unwritten, buffer.size)
            await asyncio.sleep(0)
        assert len(shown(view) or []) == 2_000
    assert unwritten <= views.UNWRITTEN_MOST + views.ENTER_AT_ONCE


async def test_what_cannot_be_used_is_passed_over_and_counted(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    of, keys = ids(12)
    good = received(keys[0])
    named = "dasan.intake.v1.Nothing"
    bad = [
        Record(topic=good.topic, key=b"x", headers=(), value=b"\xff\xff"),
        replace(good, value=b"\xff\xff"),
        replace(good, value=None),  # type: ignore[arg-type]  # a tombstone of a stranger
        replace(good, key=b"\xff"),
        replace(good, headers=tuple((n, b"\xff") for n, _ in good.headers)),
        replace(
            good,
            headers=tuple((n, named.encode() if n == "ce_type" else v) for n, v in good.headers),
        ),
        received(keys[1], "impossible"),
    ]
    before = total("dasan_view_records_passed_over_total")
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as view:
        assert all(bus.send([*bad, *(received(key, "after") for key in keys)]))
        await until(lambda: shown(view) == [["after"]] * 12)
        # They may lie in another partition than the last of the good ones. What no contract names
        # is nothing that the view hears.
        await until(lambda: total("dasan_view_records_passed_over_total") - before >= len(bad) - 1)


async def test_a_header_name_that_is_no_text_costs_no_other_record(
    own_broker: Broker,
) -> None:
    """aiokafka raises for the whole batch, as often as it is read; its neighbours are entered."""
    service = f"test-{uuid4().hex}"
    declare(own_broker, service)
    of, keys = ids(9)
    with producing(own_broker) as producer:
        for number, key in enumerate(keys[:8]):
            put(producer, received(key), bad=number == 3)
    before = total("dasan_view_records_passed_over_total")
    async with living(Brokers(own_broker.bootstrap), service, Codes(of)) as view:
        await until(lambda: shown(view) == [["a"]] * 7)
        with producing(own_broker) as producer:
            put(producer, received(keys[3]), bad=True, partition=1)
            put(producer, received(keys[8]), partition=1)
        await until(lambda: shown(view) == [["a"]] * 8)
    assert total("dasan_view_records_passed_over_total") - before == 2


async def test_what_a_replay_returned_to_another_service_is_not_entered(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    of, keys = ids(3)
    sent = [
        replace(one, headers=(*one.headers, (ONLY_FOR, name.encode())))
        for one, name in zip(map(received, keys), ("another", service, service), strict=True)
    ]
    assert all(bus.send([*sent, received(f"{of}-last", "z")]))
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as view:
        await until(lambda: shown(view) is not None)
        assert shown(view) == [["a"], ["a"], ["z"]]


async def test_entries_are_forgotten_here_and_in_the_log(
    broker: Broker, bus: KafkaBus, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "FORGET_SECONDS", 0.1)
    of, keys = ids(2)
    lasting = {"short": NOW + timedelta(hours=1), "over": NOW}
    now = NOW
    async with living(
        Brokers(broker.bootstrap), service, Codes(of, lasting=lasting), clock=lambda: now
    ) as view:
        assert all(bus.send([received(keys[0], "short"), received(keys[1], "long")]))
        assert all(bus.send([received(f"{of}-never", "over")]))
        await until(lambda: shown(view) == [["long"], ["short"]])
        now = NOW + timedelta(hours=1)
        assert shown(view) == [["long"]]
        await until(lambda: tombstones(broker, service) == {keys[0]})
    deaf = Codes(of, heard=(DECIDED,))
    async with living(Brokers(broker.bootstrap), service, deaf, clock=lambda: NOW) as rebuilt:
        await until(lambda: shown(rebuilt) is not None)
        assert shown(rebuilt) == [["long"]]


def tombstones(broker: Broker, service: str) -> set[str]:
    consumer = KafkaConsumer(
        views.changelog(service, "codes"),
        bootstrap_servers=broker.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=500,
    )
    try:
        return {r.key.decode().strip('"') for r in consumer if r.value is None}
    finally:
        consumer.close()


async def test_while_faust_reads_its_log_anew_nothing_is_entered(
    broker: Broker, bus: KafkaBus, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is older would be written over it. A lost membership is told of as Faust does."""
    of, keys = ids(20)
    async with living(Brokers(broker.bootstrap), service, Codes(of)) as other:
        await until(lambda: shown(other) is not None)
        apps = noted_apps(monkeypatch)
        async with living(Brokers(broker.bootstrap), service, Codes(of)) as view:
            assert all(bus.send([received(key) for key in keys]))
            await until(lambda: shown(view) == shown(other) == [["a"]] * 20)
            await apps[0].on_partitions_revoked.send(set())
            assert all(bus.send([received(key, "b") for key in keys]))
            await until(lambda: shown(other) == [["a", "b"]] * 20)
            assert all(bus.send([received(key, "c") for key in keys]))
            await until(lambda: shown(other) == [["a", "b", "c"]] * 20)
            assert shown(view) == [["a"]] * 20
            await apps[0].tables["codes"].call_recover_callbacks()
            await until(lambda: shown(view) == [["a", "b", "c"]] * 20)


def noted_apps(monkeypatch: pytest.MonkeyPatch) -> list[faust.App]:
    """The apps of the lives that begin from now on, in order."""
    apps: list[faust.App] = []

    def noted(service: str, login: Login) -> faust.App:
        apps.append(faust_app(service, login))
        return apps[-1]

    monkeypatch.setattr(views, "faust_app", noted)
    return apps


async def test_a_view_that_faust_does_not_take_part_in_any_more_begins_again(
    broker: Broker, bus: KafkaBus, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def brief(service: str, login: Login) -> faust.App:
        app = faust_app(service, login)
        app.conf.broker_max_poll_interval = 2.0
        monkeypatch.undo()
        return app

    monkeypatch.setattr(views, "faust_app", brief)
    of, keys = ids(20)
    async with living(Brokers(broker.bootstrap), service, Codes(of), stall=SOON) as view:
        assert all(bus.send([received(key) for key in keys]))
        await until(lambda: shown(view) == [["a"]] * 20)
        await until(lambda: "stands still" in said(view))
        assert all(bus.send([received(key, "b") for key in keys]))
        await until(lambda: shown(view) == [["a", "b"]] * 20)


async def test_more_partitions_of_a_topic_do_not_disturb_a_view(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    """The table's changelog keeps its own count."""
    topic = contracts.events()[DECIDED].topic
    with broker.admin() as admin:
        count = len(admin.describe_topics([topic])[0]["partitions"])
        admin.create_partitions({topic: NewPartitions(2 * count)})
    of, keys = ids(50)
    async with living(Brokers(broker.bootstrap), service, Codes(of, heard=(DECIDED,))) as view:
        assert all(bus.send([decided(key) for key in keys]))
        await until(lambda: shown(view) == [["o"]] * 50)


async def test_a_view_without_its_changelog_says_so_and_goes_on_once_it_is_there(
    broker: Broker, bus: KafkaBus
) -> None:
    service = f"test-{uuid4().hex}"
    of, keys = ids(1)
    assert all(bus.send([received(keys[0])]))
    async with living(Brokers(broker.bootstrap), service, Codes(of), stall=SOON) as view:
        named = views.changelog(service, "codes")
        await until(lambda: named in said(view))
        assert view.vital_tasks() == ()
        declare(broker, service)
        await until(lambda: shown(view) == [["a"]], within_seconds=60)


async def test_a_view_that_cannot_hear_one_of_its_topics_says_which(own_broker: Broker) -> None:
    topic = contracts.events()[DECIDED].topic
    with own_broker.admin() as admin:
        admin.delete_topics([topic])
    service = f"test-{uuid4().hex}"
    declare(own_broker, service)
    both = Codes("x", heard=(RECEIVED, DECIDED))
    async with living(Brokers(own_broker.bootstrap), service, both) as view:
        await until(lambda: f"waits for {topic}" in said(view))


async def test_a_changelog_of_another_count_is_named_and_the_service_lives(
    broker: Broker, bus: KafkaBus
) -> None:
    service = f"test-{uuid4().hex}"
    declare(broker, service, partitions=4)
    async with living(Brokers(broker.bootstrap), service, Codes("x")) as view:
        await until(lambda: "has 4 partitions" in said(view))
        assert view.vital_tasks() == ()


@pytest.fixture(scope="module")
def fragile(parts_folder: Path) -> Iterator[Broker]:
    """A second broker, for tests that harm one."""
    ports, name = Ports.free(), uuid4().hex
    node = Broker(
        folder=parts_folder / name,
        log=parts_folder / f"{name}.log",
        port=ports.kafka,
        controller_port=ports.kafka_controller,
        heap="384m",
    )
    node.start()
    yield node
    node.stop()


@pytest.fixture
def own_broker(fragile: Broker) -> Iterator[Broker]:
    """A broker that a test may freeze, and whose topics are its own: afterwards it goes on, and the
    topics with all that lies in them are gone."""
    fragile.declare(contracts.topics())
    yield fragile
    freeze(fragile, signal.SIGCONT)
    with fragile.admin() as admin:
        admin.delete_topics([name for name in admin.list_topics() if not name.startswith("__")])


def freeze(broker: Broker, how: signal.Signals = signal.SIGSTOP) -> None:
    assert broker.pid is not None
    os.kill(broker.pid, how)


async def test_figures_that_cannot_be_new_are_not_shown_for_long(
    own_broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ANSWER_SECONDS", 2.0)
    of, keys = ids(20)
    service = f"test-{uuid4().hex}"
    declare(own_broker, service)
    bus = KafkaBus(Brokers(own_broker.bootstrap), "test")
    assert all(bus.send([received(key) for key in keys]))
    bus.close()
    before = clients()
    async with living(Brokers(own_broker.bootstrap), service, Codes(of), stall=SOON) as view:
        await until(lambda: shown(view) == [["a"]] * 20)
        freeze(own_broker)
        await until(lambda: "the broker stands still" in said(view))
        freeze(own_broker, signal.SIGCONT)
        await until(lambda: shown(view) == [["a"]] * 20, within_seconds=60)
        # The life that ended while the broker was frozen has left it, too.
        await until(lambda: clients() == before + 1, within_seconds=60)


def clients() -> int:
    """How many of Faust's clients this process has."""
    return sum(isinstance(thread, WorkerThread) for thread in threading.enumerate())


async def test_with_a_frozen_broker_the_process_ends_nevertheless(own_broker: Broker) -> None:
    """Faust's threads are none that Python leaves behind by itself."""
    of, keys = ids(1)
    service = f"test-{uuid4().hex}"
    declare(own_broker, service)
    bus = KafkaBus(Brokers(own_broker.bootstrap), "test")
    assert all(bus.send([received(keys[0])]))
    bus.close()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", REPLICA, own_broker.bootstrap, service, of),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"whole\n"
        freeze(own_broker)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), views.STOP_SECONDS + 4) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def said(view: ViewApp[Any]) -> str:
    try:
        view.entries()
    except DomainError as error:
        return str(error)
    return ""


async def test_a_broker_that_is_away_holds_up_neither_start_nor_stop() -> None:
    threads = threading.active_count()
    view: ViewApp[Any] = ViewApp(
        service="test",
        brokers=Brokers("127.0.0.1:1"),
        wire=WIRE,
        projection=Codes("x"),
        clock=lambda: NOW,
        pauses=QUICK,
    )
    before = total("dasan_view_ends_total")
    async with asyncio.timeout(1):
        await view.start()
    await until(lambda: total("dasan_view_ends_total") > before)
    assert view.vital_tasks() == ()
    async with asyncio.timeout(views.STOP_SECONDS + 1):
        await view.stop()
    await until(lambda: threading.active_count() <= threads)


def total(counter: str) -> float:
    """Over all its labels."""
    samples = (sample for metric in REGISTRY.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if sample.name == counter)
