"""The local stack with its real broker and database: up, killed, back with its data, down."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest
from kafka import KafkaConsumer, KafkaProducer

from deploy.local import ports
from deploy.local.claim import AlreadyRunning
from deploy.local.database import BuildMissing, Database
from deploy.local.ports import HOST, Ports, PortUnavailable
from deploy.local.stack import Event, LocalStack, PartReady
from services.common import contracts

ROOT = Path(__file__).resolve().parents[2]
TOPIC = "dasan.inquiries.v1"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return []


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> Iterator[LocalStack]:
    data = tmp_path_factory.mktemp("stack")
    with LocalStack(data=data, ports=Ports.free(), services=(), tell=events.append) as running:
        yield running


def send(stack: LocalStack, values: list[bytes]) -> None:
    """Returns when the broker has acknowledged each value."""
    producer = KafkaProducer(
        bootstrap_servers=stack.broker.bootstrap, acks="all", reconnect_backoff_max_ms=200
    )
    for sent in [producer.send(TOPIC, value) for value in values]:
        sent.get(timeout=30)
    producer.close()


def received(stack: LocalStack, at_least: int) -> list[bytes]:
    """All values of the topic from the start, read until there are `at_least` so many."""
    consumer = KafkaConsumer(
        TOPIC,
        bootstrap_servers=stack.broker.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=20_000,
        reconnect_backoff_max_ms=200,
    )
    values: list[bytes] = []
    for record in consumer:
        values.append(record.value)
        if len(values) >= at_least:
            break
    consumer.close()
    return values


def test_every_part_is_told_of_with_its_address(stack: LocalStack, events: list[Event]) -> None:
    told = {event.name: event.address for event in events if isinstance(event, PartReady)}
    assert told == stack.addresses
    assert set(told) == {"kafka", "mongo", "traces"}


def test_the_declared_topics_exist_as_declared(stack: LocalStack) -> None:
    with stack.broker.admin() as admin:
        found = {topic["name"]: topic["partitions"] for topic in admin.describe_topics()}
    for topic in contracts.topics():
        assert len(found[topic.name]) == topic.partitions


def test_declaring_topics_again_changes_nothing(stack: LocalStack) -> None:
    with stack.broker.admin() as admin:
        before = sorted(admin.list_topics())
        stack.broker.declare(contracts.topics())
        assert sorted(admin.list_topics()) == before


def test_acknowledged_records_survive_a_kill_of_the_broker(stack: LocalStack) -> None:
    values = [f"value {i}".encode() for i in range(500)]
    send(stack, values)
    stack.broker.kill()
    stack.broker.start()
    send(stack, [b"after"])
    assert sorted(received(stack, 501)) == sorted([*values, b"after"])


def test_acknowledged_documents_survive_a_kill_of_the_database(stack: LocalStack) -> None:
    with pymongo.MongoClient[dict[str, object]](stack.database.url) as client:
        kept = client["dasan_test"]["kept"]
        for i in range(300):
            kept.insert_one({"_id": i})
        stack.database.kill()
        stack.database.start()
        assert kept.count_documents({}) == 300
        assert client.write_concern.document == {"w": "majority", "j": True}


def test_a_second_stack_of_the_same_folder_is_refused(stack: LocalStack) -> None:
    with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        LocalStack(data=stack.data, ports=Ports.free(), services=()).up()
    assert stack.broker.running


def test_a_busy_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        moved = dataclasses.replace(Ports.free(), mongo=port)
        with (
            pytest.raises(PortUnavailable, match=f"port {port} is in use"),
            LocalStack(data=tmp_path, ports=moved, services=()),
        ):
            pass
    assert not (tmp_path / "logs").exists()


def test_services_get_the_addresses_and_the_same_secrets_each_time(tmp_path: Path) -> None:
    chosen = Ports.free()
    first = LocalStack(data=tmp_path, ports=chosen, environment={"CITY": "boston"})
    again = LocalStack(data=tmp_path, ports=chosen, tracing=False)
    environment = first.service_environment()
    assert environment["KAFKA_BOOTSTRAP"] == f"{HOST}:{chosen.kafka}"
    assert environment["MONGO_URL"].startswith(f"mongodb://{HOST}:{chosen.mongo}/")
    assert "journal=true&w=majority" in environment["MONGO_URL"]
    assert environment["INTAKE_GRPC"] == f"{HOST}:{chosen.intake_grpc}"
    assert environment["CITY"] == "boston"
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in again.service_environment()
    secrets = {name for name in environment if name.endswith("_SECRET")}
    assert len(secrets) == 3
    assert {environment[name] for name in secrets} == {
        again.service_environment()[name] for name in secrets
    }


def test_the_rust_build_of_the_database_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildMissing, match="make rust-db"):
        Database(folder=tmp_path, log=tmp_path / "log", port=1, build="rust", binaries=tmp_path)


def command(data: Path, moved: Ports, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", "--data", str(data), *words],
        cwd=ROOT,
        env={**os.environ, **moved.as_environment(), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_on_a_folder_where_nothing_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "kafka").mkdir(parents=True)
    (data / "rust").mkdir()
    free = Ports.free()
    assert "nothing runs" in command(data, free, "stop").stdout
    shown = command(data, free, "status")
    assert shown.returncode == 1
    assert f"{HOST}:{free.kafka}" in shown.stdout
    assert command(data, free, "clean").returncode == 0
    assert [path.name for path in data.iterdir()] == ["rust"]


def test_run_names_a_busy_port_and_its_variable(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        refused = command(tmp_path, Ports.free(), "run", KAFKA_PORT=str(port))
    assert refused.returncode == 2
    text = " ".join(refused.stdout.split())
    assert f"port {port} is in use" in text
    assert "KAFKA_PORT=<port>" in text


def test_a_running_stack_is_shown_not_started_twice_and_ended_in_order(tmp_path: Path) -> None:
    free = Ports.free()
    source = f"""
import pathlib, signal
from deploy.local.ports import Ports
from deploy.local.stack import LocalStack
signal.signal(signal.SIGTERM, signal.default_int_handler)
with LocalStack(data=pathlib.Path({str(tmp_path)!r}), ports={free!r}, services=()) as stack:
    print("up", flush=True)
    signal.pause()
"""
    with subprocess.Popen(
        [sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"up\n"
        shown = command(tmp_path, free, "status")
        assert shown.returncode == 0
        assert f"process {running.pid}" in shown.stdout
        assert shown.stdout.count(" up ") == 3
        again = command(tmp_path, free, "run")
        assert again.returncode == 2
        assert "make stop" in " ".join(again.stdout.split())
        assert f"process {running.pid}" in command(tmp_path, free, "stop").stdout
        running.wait(timeout=30)
    assert all(ports.is_free(port) for port in (free.kafka, free.mongo, free.otlp))


def test_a_running_folder_is_not_cleaned(stack: LocalStack) -> None:
    refused = command(stack.data, stack.ports, "clean")
    assert refused.returncode == 2
    assert f"process {os.getpid()}" in " ".join(refused.stdout.split())
    assert (stack.data / "kafka").exists()


def test_the_data_survives_a_restart_on_other_ports(tmp_path: Path) -> None:
    with LocalStack(data=tmp_path, ports=Ports.free(), services=(), tracing=False) as before:
        send(before, [b"kept"])
        with pymongo.MongoClient[dict[str, object]](before.database.url) as client:
            client["dasan_test"]["kept"].insert_one({"_id": 1})
    assert ports.is_free(before.ports.kafka)
    with LocalStack(data=tmp_path, ports=Ports.free(), services=(), tracing=False) as after:
        assert received(after, 1) == [b"kept"]
        with pymongo.MongoClient[dict[str, object]](after.database.url) as client:
            assert client["dasan_test"]["kept"].count_documents({}) == 1
        assert after.broker.log_tail()
    assert after.broker.returncode in (0, 128 + signal.SIGTERM)
    assert after.database.returncode == 0
