"""A broker with TLS and logins: who may come in and do what, and what is said to who may not.

On the run's own broker, by its guarded listeners; nothing is started here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.local.authority import Authority
from deploy.local.broker import ANYTHING, Broker, Guarded
from deploy.local.ports import HOST
from scripts.k8s import kafka as rules
from services.common.bus import dead_letters
from services.common.bus.brokers import Brokers
from services.common.bus.dead_letters import Choice
from services.common.bus.kafka_bus import KafkaBus
from services.common.bus.reader import Tail
from services.common.consuming.consume import Ack, Consumer, Outcome
from services.common.events import contracts
from services.common.kernel import DomainError
from services.common.process.certificates import CertificateFiles
from services.common.publishing.outbox import Record, Sent
from services.routing.adapters.matters import matters_view
from services.survey.adapters.windows import satisfaction_view
from tests.support.waiting import become, until

from .conftest import NOW
from .reading import QUICK, TOPIC, Heard, listening, send, told

VIEWS = {"routing": matters_view, "survey": satisfaction_view}


@pytest.fixture
def brokers(guarded: Guarded, authority: Authority) -> Any:
    """Brokers as a user with this password reaches them."""

    def reached(user: str, password: str | Path, trusted: Path = authority.file) -> Brokers:
        return Brokers(
            f"{HOST}:{guarded.login_port}",
            certificates=CertificateFiles(authority=trusted),
            user=user,
            password=password,
        )

    return reached


async def slug_of(consumer: Consumer) -> str:
    """What the consumer lacks; "ok" for nothing."""
    try:
        await consumer.assigned()
    except DomainError as error:
        return error.slug
    return "ok"


async def becomes(consumer: Consumer, wanted: str, within_seconds: float = 20) -> None:
    async with asyncio.timeout(within_seconds):
        while await slug_of(consumer) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def acks(batch: Any) -> list[Outcome]:
    return [Ack() for _ in batch]


def harmless(topic: str) -> Record:
    """An event that nobody knows, or an entry of a view that is long over."""
    if topic in contracts.TABLE_CHANGELOGS:
        return Record(topic=topic, key=b'"guarded"', value=b"[1.0, null]", headers=())
    return Record(topic=topic, key=b"", value=b"", headers=(("ce_id", b""),))


async def nothing(*_: Any) -> None:
    """Hears, and does nothing."""


async def test_every_service_may_do_what_it_does(broker: Broker, brokers: Any) -> None:
    """By the very rules of deploy/k8s: reads in its group and beside it, sends, shows its view."""
    for service in contracts.services():
        broker.set_password(service, f"of {service}")
        broker.allow(service, rules.rules_of(service))
    await asyncio.gather(*(may_work(service, brokers) for service in contracts.services()))


async def may_work(service: str, brokers: Any) -> None:
    mine = brokers(service, f"of {service}")
    access = rules.access_of(service)
    bus = KafkaBus(mine, "test")
    wire = import_module(f"services.{service}.adapters.wire")
    events = wire.wire(frozenset())
    consumer = Consumer(
        service=service,
        brokers=mine,
        topics=events.topics(*wire.HEARD),
        wire=events.hearing(wire.HEARD),
        handler=acks,
        bus=bus,
        patience=QUICK,
    )
    parts: list[Any] = [consumer]
    if service in rules.LISTEN_TO_THEMSELVES:
        topics = events.topics(*wire.TOLD)
        parts.append(Tail(brokers=mine, topics=topics, client_id="t", heard=nothing, gap=nothing))
    if view := VIEWS.get(service):
        parts.append(view(mine, lambda: NOW))
    for part in parts:
        await part.start()
    try:
        await becomes(consumer, "ok", 40)
        sent = [harmless(topic) for topic in sorted(access.writes | access.returns)]
        await become(lambda: set(bus.send(sent)), {Sent.TAKEN})
        await asyncio.to_thread(parked_of, service, mine, bus)
        if view:
            await until(lambda: is_whole(parts[-1]), 60)
    finally:
        for part in reversed(parts):
            await part.stop()
        bus.close()


async def test_the_tools_may_look_at_all_and_return_letters(broker: Broker, brokers: Any) -> None:
    """What `audit` and `replay` log in as."""
    broker.set_password("tools", "of tools")
    broker.allow("tools", rules.rules_of("tools"))
    bus = KafkaBus(brokers("tools", "of tools"), "test")
    records, told_ids = await told(2)
    await send(bus, records)
    await asyncio.to_thread(parked_of, "intake", brokers("tools", "of tools"), bus)
    found = await asyncio.to_thread(on_topic, brokers("tools", "of tools"), set(told_ids))
    assert found == set(told_ids)
    bus.close()


async def test_who_has_no_rule_may_do_nothing(broker: Broker, brokers: Any) -> None:
    broker.set_password("nobody", "of nobody")
    bus = KafkaBus(brokers("nobody", "of nobody"), "test")
    records, _ = await told(1)
    assert await asyncio.to_thread(bus.send, records) == [Sent.NOT_NOW]
    bus.close()


@asynccontextmanager
async def reading(brokers: Brokers, bus: KafkaBus, heard: Heard) -> AsyncIterator[Consumer]:
    async with listening(brokers, bus, heard, f"kit-guarded-{uuid4()}") as consumer:
        yield consumer


async def test_a_wrong_password_is_named_and_waited_for(
    broker: Broker, brokers: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As for a broker that is away: nothing is lost, and it goes on by itself."""
    password = tmp_path / "KAFKA_SASL_PASSWORD"
    password.write_text("wrong")
    broker.set_password("mistaken", "right")
    broker.allow("mistaken", ANYTHING)
    mine = brokers("mistaken", password)
    bus, heard = KafkaBus(mine, "test"), Heard()
    records, told_ids = await told(2)
    sending = asyncio.create_task(asyncio.to_thread(bus.send, records))
    async with reading(mine, bus, heard) as consumer:
        await becomes(consumer, "broker_login_refused")
        assert set(await sending) == {Sent.NOT_NOW}
        assert "broker_login_refused" in {getattr(line, "slug", "") for line in caplog.records}
        password.write_text("right")
        await becomes(consumer, "ok")
        await send(bus, records)
        await until(lambda: heard.has(told_ids))
    bus.close()
    assert "wrong" not in caplog.text


async def test_an_unknown_authority_is_named_and_waited_for(
    broker: Broker,
    brokers: Any,
    authority: Authority,
    tmp_path: Path,
) -> None:
    broker.set_password("trusting", "right")
    broker.allow("trusting", ANYTHING)
    other = Authority(tmp_path)
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(other.file.read_bytes())
    mine = brokers("trusting", "right", trusted)
    bus, heard = KafkaBus(mine, "test"), Heard()
    async with reading(mine, bus, heard) as consumer:
        await becomes(consumer, "broker_untrusted")
        trusted.write_bytes(authority.file.read_bytes())
        await becomes(consumer, "ok")
    bus.close()


@pytest.mark.parametrize(
    ("identity", "until_", "said"),
    [
        (HOST, datetime.now(UTC) - timedelta(days=1), "certificate has expired"),
        ("elsewhere.example", None, "IP address mismatch"),
    ],
)
async def test_a_certificate_of_another_time_or_place_is_named(
    identity: str, until_: datetime | None, said: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issues("late", identity, until=until_)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(lambda reader, writer: None, HOST, 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    brokers = Brokers(f"{HOST}:{port}", certificates=CertificateFiles(authority=authority.file))
    refusal = await brokers.refusal()
    server.close()
    assert refusal.slug == "broker_untrusted"
    assert said in refusal.message


async def test_a_certificate_is_a_login_too(
    broker: Broker, guarded: Guarded, authority: Authority
) -> None:
    mine = Brokers(
        f"{HOST}:{guarded.certificate_port}", certificates=authority.files("a-client", "a-client")
    )
    broker.allow("a-client", ANYTHING)
    bus, heard = KafkaBus(mine, "test"), Heard()
    async with reading(mine, bus, heard) as consumer:
        await becomes(consumer, "ok")
    bus.close()
    without = Brokers(mine.bootstrap, certificates=CertificateFiles(authority=authority.file))
    assert (await without.refusal()).slug == "broker_login_refused"


async def test_a_broker_that_wants_a_certificate_is_named(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.load_cert_chain(*authority.issues("strict"))
    context.verify_mode = ssl.CERT_REQUIRED
    server = await asyncio.start_server(lambda reader, writer: None, HOST, 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    without = Brokers(f"{HOST}:{port}", certificates=CertificateFiles(authority=authority.file))
    assert (await without.refusal()).slug == "broker_login_refused"
    server.close()


def on_topic(mine: Brokers, wanted: set[str]) -> set[str]:
    """Which of these events are among the last of their topic."""
    consumer = KafkaConsumer(**mine.login().client(), consumer_timeout_ms=5_000)
    places = [TopicPartition(TOPIC, each) for each in consumer.partitions_for_topic(TOPIC)]
    consumer.assign(places)
    for place, end in consumer.end_offsets(places).items():
        consumer.seek(place, max(0, end - 5))
    found: set[str] = set()
    for record in consumer:
        found |= {dict(record.headers).get("ce_id", b"").decode()} & wanted
        if found == wanted:
            break
    consumer.close()
    return found


def parked_of(service: str, mine: Brokers, bus: KafkaBus) -> None:
    nothing = Choice(reasons=frozenset({"newer"}), ids=frozenset({"none"}))
    dead_letters.replay(service=service, brokers=mine, bus=bus, choice=nothing, tell=lambda _: None)


def is_whole(view: Any) -> bool:
    try:
        view.entries()
    except DomainError:
        return False
    return True
