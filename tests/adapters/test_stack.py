"""The local stack with its real broker and database: up, killed, back with its data, down."""

from __future__ import annotations

import dataclasses
import io
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pymongo
import pytest
from kafka import KafkaConsumer, KafkaProducer
from rich.console import Console

from deploy.local import broker, ports
from deploy.local.broker import DownloadFailed
from deploy.local.chosen_city import CityUnusable, keep_apart
from deploy.local.claim import AlreadyRunning
from deploy.local.console import show, show_ended
from deploy.local.database import BuildMissing, Database
from deploy.local.ports import FREE_PORTS, HOST, Ports, PortUnavailable
from deploy.local.stack import Event, LocalStack, PartReady, PartRestarted, PartWaits
from services import cities
from services.common.events import contracts

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


def test_a_service_that_ended_by_itself_is_started_again_and_told_of(
    stack: LocalStack, events: list[Event]
) -> None:
    service = stack.replica("notify")
    service.start()
    assert service.pid is not None
    os.kill(service.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while PartRestarted(name="notify-2") not in events:
        assert time.monotonic() < deadline, events
        time.sleep(0.05)
    (waits,) = [event for event in events if isinstance(event, PartWaits)]
    assert (waits.name, waits.status, waits.pause_seconds) == ("notify-2", -signal.SIGKILL, 1.0)
    assert waits.log == stack.log_of("notify-2")
    service.await_ready()
    service.stop()
    assert not service.running


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
    for service in contracts.services():
        assert first.secrets_of(service) == again.secrets_of(service)


def test_each_service_gets_the_secrets_that_it_needs_and_no_other(tmp_path: Path) -> None:
    stack = LocalStack(data=tmp_path, city="saebom")
    assert {service: set(stack.secrets_of(service)) for service in contracts.services()} == {
        "intake": {"SERVICE_KEY", "STATUS_TOKEN_SECRET"},
        "routing": {"SERVICE_KEY", "DESK_SESSION_SECRET"},
        "districts": {"SERVICE_KEY", "DESK_SESSION_SECRET", "TOKEN_SIGNING_KEY_FILE"},
        "survey": {"SURVEY_TOKEN_SECRET"},
        "notify": {"SERVICE_KEY"},
    }
    secret = {v for s in contracts.services() for v in stack.secrets_of(s).values()}
    assert not secret & set(stack.service_environment().values())
    assert set(stack.office_keys()) == set(cities.load("saebom").offices)


def test_services_get_the_partitions_of_the_topics_and_no_lame_duck_time(tmp_path: Path) -> None:
    given = LocalStack(data=tmp_path, partitions=12).service_environment()
    assert given["PARTITIONS"] == "12"
    assert given["LAME_DUCK_SECONDS"] == "0"
    slower = LocalStack(data=tmp_path, environment={"LAME_DUCK_SECONDS": "2"})
    assert slower.service_environment()["LAME_DUCK_SECONDS"] == "2"


def test_a_replica_has_ports_and_a_log_of_its_own(tmp_path: Path) -> None:
    stack = LocalStack(data=tmp_path, services=("intake", "routing"))
    second, third = stack.replica("intake"), stack.replica("intake")
    assert stack.replicas_of("intake") == ("intake", "intake-2", "intake-3")
    assert stack.replicas_of("routing") == ("routing",)
    assert stack["intake-2"] is second
    assert second.command.log == stack.log_of("intake-2")
    addresses = {stack.http_url(name) for name in stack.replicas_of("intake")}
    addresses |= {f"http://{stack.grpc_address(name)}" for name in stack.replicas_of("intake")}
    assert len(addresses) == 6
    assert stack.addresses["intake-3"] == stack.http_url("intake-3")
    environment = third.command.env
    assert stack.http_url("intake-3").endswith(f":{environment['INTAKE_HTTP_PORT']}")
    assert stack.grpc_address("intake-3").endswith(f":{environment['INTAKE_GRPC_PORT']}")
    # Its peers and what it tells citizens are where they were.
    assert environment["ROUTING_HTTP_PORT"] == str(stack.ports.routing_http)
    assert environment["INTAKE_PUBLIC_URL"] == stack.http_url("intake")
    assert environment["PERMITS_URL"] == f"{stack.http_url('districts')}/permits"


def test_free_ports_spare_those_that_somebody_is_about_to_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(FREE_PORTS, raising=False)
    left = set(range(25_000, 25_200))
    found = Ports.free(besides=set(range(20_000, 32_000)) - left)
    assert {int(port) for port in found.as_environment().values()} <= left


def test_a_city_that_is_not_there_is_refused_before_anything_starts(tmp_path: Path) -> None:
    stack = LocalStack(data=tmp_path, ports=Ports.free(), city="soul")
    with pytest.raises(CityUnusable, match=r"no city 'soul'.*boston, saebom, seoul"):
        stack.up()
    assert not (tmp_path / "logs").exists()


def test_another_citys_data_are_refused_before_anything_starts(tmp_path: Path) -> None:
    keep_apart(tmp_path, "seoul")
    stack = LocalStack(data=tmp_path, ports=Ports.free(), city="saebom")
    with pytest.raises(CityUnusable, match="holds the data of seoul, not of saebom"):
        stack.up()
    stack.down()
    assert not (tmp_path / "logs").exists()


def test_a_pack_with_faults_is_refused_with_all_of_them(tmp_path: Path) -> None:
    pack = tmp_path / "town"
    pack.mkdir()
    (pack / "city.yaml").write_text("id: town\n")
    stack = LocalStack(data=tmp_path / "data", ports=Ports.free(), city=str(pack))
    with pytest.raises(CityUnusable, match=r"calendar\.yaml.*missing"):
        stack.up()
    assert not (tmp_path / "data" / "logs").exists()


class Resolver:
    """Stands for the resolver of jars: writes archives, or only begins to."""

    def __init__(self) -> None:
        self.calls = 0
        self.whole = True

    def __call__(self, folder: Path) -> list[Path]:
        self.calls += 1
        names = ["scala-library-2.13.18.jar"]
        for artifact in broker.ARTIFACTS:
            _, name, version = artifact.split(":")
            names.insert(0, f"{name}-{version}.jar")
        jars = [folder / name for name in names]
        for jar in jars:
            with zipfile.ZipFile(jar, "w") as archive:
                archive.writestr("Main.class", b"code")
        if not self.whole:
            jars[-1].write_bytes(jars[-1].read_bytes()[:40])
        return jars


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    resolver = Resolver()
    monkeypatch.setattr(broker, "resolve", resolver)
    return resolver


def test_the_brokers_jars_are_fetched_once_and_keep_their_order(
    tmp_path: Path, resolver: Resolver
) -> None:
    said: list[str] = []
    jars = broker.jar_files(tmp_path / "cache", said.append)
    assert [Path(jar).name for jar in jars][-1] == "scala-library-2.13.18.jar"
    assert all(zipfile.is_zipfile(jar) for jar in jars)
    assert broker.jar_files(tmp_path / "cache", said.append) == jars
    assert (resolver.calls, len(said)) == (1, 1)


def test_an_interrupted_fetch_leaves_nothing_that_counts_as_whole(
    tmp_path: Path, resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path) -> list[Path]:
        resolver(folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(broker, "resolve", interrupted)
    with pytest.raises(KeyboardInterrupt):
        broker.jar_files(tmp_path, lambda text: None)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(broker, "resolve", resolver)
    assert len(broker.jar_files(tmp_path, lambda text: None)) == 4


def test_a_jar_that_came_incomplete_is_named_and_fetched_anew(
    tmp_path: Path, resolver: Resolver
) -> None:
    resolver.whole = False
    with pytest.raises(DownloadFailed, match=r"scala-library-2\.13\.18\.jar came incomplete"):
        broker.jar_files(tmp_path, lambda text: None)
    resolver.whole = True
    assert len(broker.jar_files(tmp_path, lambda text: None)) == 4


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda folder: cut_off(folder / "scala-library-2.13.18.jar"), "2.13.18.jar is cut off"),
        (lambda folder: (folder / "scala-library-2.13.18.jar").unlink(), "2.13.18.jar is missing"),
        (lambda folder: (folder / "classpath").unlink(), "list of its jars is missing"),
        (lambda folder: (folder / "classpath").write_text(""), "lacks kafka_2.13"),
    ],
)
def test_kept_jars_that_are_no_longer_whole_are_told_and_fetched_anew(
    damage: Callable[[Path], object], told: str, tmp_path: Path, resolver: Resolver
) -> None:
    jars = broker.jar_files(tmp_path, lambda text: None)
    damage(Path(jars[0]).parent)
    said: list[str] = []
    assert broker.jar_files(tmp_path, said.append) == jars
    assert all(zipfile.is_zipfile(jar) for jar in jars)
    (line,) = said
    assert told in line
    assert [path.name for path in tmp_path.iterdir()] == [Path(jars[0]).parent.name]
    broker.jar_files(tmp_path, said.append)
    assert (resolver.calls, len(said)) == (2, 1)


def cut_off(jar: Path) -> None:
    jar.write_bytes(jar.read_bytes()[:40])


def test_the_rust_build_of_the_database_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildMissing, match="make rust-db"):
        Database(folder=tmp_path, log=tmp_path / "log", port=1, build="rust", binaries=tmp_path)


def command(data: Path, moved: Ports, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    package = "simulation" if "run" in words else "deploy.local"
    return subprocess.run(
        [sys.executable, "-m", package, "--data", str(data), *words],
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


def test_run_names_the_cities_there_are(tmp_path: Path) -> None:
    refused = command(tmp_path, Ports.free(), "run", "--city", "soul")
    assert refused.returncode == 2
    assert "no city 'soul': choose one of boston, saebom, seoul" in " ".join(refused.stdout.split())
    assert "kafka" not in refused.stdout


def test_a_person_sees_which_part_ended_how_and_when_it_is_started_again(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=200)
    log = tmp_path / "routing.log"
    show(console, PartWaits(name="routing", status=1, pause_seconds=2.0, log=log))
    show(console, PartRestarted(name="routing"))
    show_ended(console, ["routing", "notify", "routing"])
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        f"routing ended by itself (status 1) and is started again in 2 s; see {log}",
        "routing was started again",
        "",
        "ended by themselves: notify 1×, routing 2×",
    ]


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
