"""A database that is set back, on a real database and a real broker: what is copied, what is read
again, what is named as forgotten, and that no receipt number comes twice."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import mongoengine
import pymongo
import pytest
from dasan.districts.v1.events_pb2 import CaseAccepted, CaseAnswered
from dasan.intake.v1.events_pb2 import InquiryReceived
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata
from pydantic import SecretStr

from deploy.local import backup
from deploy.local.backup import BackupUnusable, Copied, StillRunning
from deploy.local.broker import Broker
from deploy.local.database import Database
from deploy.local.stack import ROOT
from services.common.aggregates import mongo
from services.common.bus.brokers import Brokers
from services.common.bus.forgotten import forgotten
from services.common.bus.kafka_bus import KafkaBus
from services.common.bus.rewind import NotRewound, rewind
from services.common.events.envelope import Envelope
from services.common.process.clock import utc_now
from services.common.publishing.outbox import OutboxPlace, record_of
from services.common.run.settings import ServiceSettings
from services.intake.adapters import repository
from services.intake.domain import receipts
from services.intake.entrypoints import by_hand

TOPIC = "dasan.cases.v1"


@pytest.fixture
def kit(database: Database) -> Iterator[Any]:
    """The database of a service that is called `kit`."""
    with pymongo.MongoClient[Any](database.url, tz_aware=True) as client:
        client.drop_database("dasan_kit")
        yield client["dasan_kit"]


@pytest.fixture
def group(broker: Broker) -> str:
    """A group that has read three records of the first partition of a topic."""
    name = f"dasan-{uuid4()}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.alter_group_offsets(name, {TopicPartition(TOPIC, 0): OffsetAndMetadata(3, "", -1)})
    admin.close()
    return name


def copy(database: Database, broker: Broker, folder: Path, tell: Any = lambda one: None) -> Any:
    return backup.make(
        folder, mongo=database.url, brokers=Brokers(broker.bootstrap), services=["kit"], tell=tell
    )


def put_back(database: Database, folder: Path) -> Any:
    return backup.restore(folder, mongo=database.url, services=["kit"])


def save(kit: Any, run: str, number: int = 1) -> None:
    """A document with something to tell, under a run that is known before it."""
    kit["runs"].update_one(
        {"_id": run}, {"$setOnInsert": {"alive": False, "sent": 0, "beats": 1}}, upsert=True
    )
    kit["cases"].insert_one(
        {"_id": f"{run}-{uuid4()}", "version": 1, "outbox_at": str(OutboxPlace(run, number))}
    )


def everything(kit: Any) -> Any:
    return {name: list(kit[name].find().sort("_id", 1)) for name in kit.list_collection_names()}


def test_a_database_comes_back_as_it_was_and_nothing_else_stays(
    kit: Any, database: Database, broker: Broker, tmp_path: Path
) -> None:
    save(kit, "one")
    stored = {"_id": "all", "at": datetime(2026, 1, 2, tzinfo=UTC), "raw": b"\x00\xff", "no": None}
    kit["other"].insert_one(stored)
    before = everything(kit)
    copy(database, broker, tmp_path / "copy")
    assert (tmp_path / "copy" / "dasan_kit").stat().st_mode & 0o077 == 0, "it is its owner's alone"
    save(kit, "two")
    kit["later"].insert_one({"_id": 1})
    put_back(database, tmp_path / "copy")
    assert everything(kit) == before


def test_no_document_is_copied_whose_run_is_not(
    kit: Any, database: Database, broker: Broker, tmp_path: Path
) -> None:
    """A replica starts and saves between any two collections. A document whose run is unknown
    counts as told: after the restore nobody would ever send its events."""
    kit["counters"].insert_one({"_id": "day", "taken": 1})
    save(kit, "first")

    def meanwhile(copied: Copied) -> None:
        save(kit, f"while-{copied.collection}")

    copy(database, broker, tmp_path / "copy", meanwhile)
    put_back(database, tmp_path / "copy")
    runs = {run["_id"] for run in kit["runs"].find()}
    untold = [OutboxPlace.parse(one["outbox_at"]).run for one in kit["cases"].find()]
    assert untold
    assert set(untold) <= runs


def test_counters_are_copied_after_what_they_count(
    kit: Any, database: Database, broker: Broker, tmp_path: Path
) -> None:
    kit["a_counter"].insert_one({"_id": "day", "taken": 0})
    save(kit, "first")
    order: list[str] = []
    copy(database, broker, tmp_path / "copy", lambda one: order.append(one.collection))
    assert order == ["cases", "a_counter", "runs"]


def test_a_copy_that_changed_is_refused_before_anything_is_touched(
    kit: Any, database: Database, broker: Broker, tmp_path: Path
) -> None:
    save(kit, "one")
    copy(database, broker, tmp_path / "copy")
    file = tmp_path / "copy" / "dasan_kit" / "cases.bson"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    before = everything(kit)
    with pytest.raises(BackupUnusable, match="digest"):
        put_back(database, tmp_path / "copy")
    assert everything(kit) == before
    with pytest.raises(BackupUnusable, match="holds something"):
        copy(database, broker, tmp_path / "copy")


def test_nothing_is_restored_under_a_running_service(
    kit: Any, database: Database, broker: Broker, tmp_path: Path
) -> None:
    """It would go on with what it remembers, and write over what others make of the rest."""
    save(kit, "one")
    kit["runs"].update_one({"_id": "one"}, {"$set": {"alive": True}})
    copy(database, broker, tmp_path / "copy")
    over = threading.Event()

    def beat() -> None:
        while not over.wait(0.1):
            kit["runs"].update_one({"_id": "one"}, {"$inc": {"beats": 1}})

    living = threading.Thread(target=beat)
    living.start()
    try:
        with pytest.raises(StillRunning, match="kit"):
            put_back(database, tmp_path / "copy")
    finally:
        over.set()
        living.join()


def test_a_group_goes_back_and_never_forward(broker: Broker, group: str) -> None:
    place = TopicPartition(TOPIC, 0)
    assert rewind(brokers=Brokers(broker.bootstrap), group=group, to={place: 5}) == []
    [planned] = rewind(brokers=Brokers(broker.bootstrap), group=group, to={place: 1}, dry_run=True)
    [moved] = rewind(brokers=Brokers(broker.bootstrap), group=group, to={place: 1})
    assert moved == planned
    assert (moved.before, moved.after, moved.gone) == (3, 1, 0)
    # What the backup does not name was read by nobody then.
    [moved] = rewind(brokers=Brokers(broker.bootstrap), group=group, to={})
    assert (moved.before, moved.after) == (1, 0)


def test_a_group_that_reads_is_not_set_back(broker: Broker, group: str) -> None:
    reading = KafkaConsumer(TOPIC, bootstrap_servers=broker.bootstrap, group_id=group)
    try:
        while not reading.assignment():
            reading.poll(timeout_ms=200)
        with pytest.raises(NotRewound, match="still read"):
            rewind(brokers=Brokers(broker.bootstrap), group=group, to={})
    finally:
        reading.close(autocommit=False)


def told(
    message: Any, aggregate: str, version: int, *, type_: str, id_: str | None = None
) -> Envelope:
    return Envelope(
        id=id_ or str(uuid4()),
        source="/dasan/kit",
        type=type_,
        time=utc_now(),
        key=aggregate,
        aggregate=aggregate,
        version=version,
        correlation_id="",
        causation_id="",
        traceparent="",
        data=message.SerializeToString(),
    )


def test_what_was_told_and_is_not_stored_is_named(broker: Broker, database: Database) -> None:
    """Of four cases one is known, one is behind, one is gone, and one was forgotten and has told
    its fact again in a lower version, as a service does that read its cause again."""
    alias = "kit_forgotten"
    since = utc_now()
    known, behind, gone, again = (f"{name}-{uuid4()}" for name in ("a", "b", "c", "d"))
    accepted, answered = "dasan.districts.v1.CaseAccepted", "dasan.districts.v1.CaseAnswered"

    def accept(id_: str, version: int) -> Envelope:
        message = CaseAccepted(inquiry_id=id_, round=1, attempt=1)
        return told(message, id_, version, type_=accepted)

    def answer(id_: str, version: int) -> Envelope:
        return told(CaseAnswered(inquiry_id=id_, round=1), id_, version, type_=answered)

    events = [accept(known, 2), accept(behind, 2), answer(behind, 3), accept(gone, 2)]
    events += [accept(again, 4), accept(again, 2)]
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    bus.send([record_of(envelope) for envelope in events])
    bus.close()
    mongo.connect(database.url, alias, alias)
    try:
        mongo.collection(alias, "cases").insert_many(
            [{"_id": id_, "version": 2} for id_ in (known, behind, again)]
        )
        mongo.collection(alias, "other").insert_one({"_id": gone})
        found = forgotten(
            service="districts",
            alias=alias,
            collections=["cases", "other"],
            brokers=Brokers(broker.bootstrap),
            since=since,
        )
    finally:
        mongoengine.disconnect(alias)
    ours = {known, behind, gone, again}
    assert {(one.aggregate, one.type, one.known) for one in found if one.aggregate in ours} == {
        (behind, answered, 2),
        (gone, accepted, 0),
    }


def test_a_restored_counter_gives_no_number_that_was_told(
    broker: Broker, database: Database
) -> None:
    day = date(2060, 1, 1)
    number = receipts.write(day, 4321)
    event = InquiryReceived(inquiry_id=str(uuid4()))
    event.matter.receipt_number = number
    since = utc_now()
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    envelope = told(event, event.inquiry_id, 1, type_="dasan.intake.v1.InquiryReceived")
    bus.send([record_of(replace(envelope, sealed=True))])
    bus.close()
    settings = ServiceSettings(kafka_bootstrap=broker.bootstrap, mongo_url=SecretStr(database.url))
    arguments = argparse.Namespace(to=since - timedelta(seconds=1), backup=None, dry_run=False)
    [command] = by_hand.COMMANDS
    try:
        assert command.run("intake", settings, arguments) == 0
        assert asyncio.run(repository.lease_block(day, 100)) > 4321
    finally:
        mongoengine.disconnect(repository.ALIAS)


def test_the_commands_copy_and_put_back(broker: Broker, database: Database, tmp_path: Path) -> None:
    """As a person types them, on a named database and a named broker; notify has told nothing."""

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "deploy.local", *words, "--service", "notify"],
            cwd=ROOT,
            env={**os.environ, "MONGO_URL": database.url, "KAFKA_BOOTSTRAP": broker.bootstrap},
            capture_output=True,
            text=True,
            check=False,
        )

    with pymongo.MongoClient[Any](database.url) as client:
        deliveries = client["dasan_notify"]["deliveries"]
        deliveries.drop()
        deliveries.insert_one({"_id": "kept", "version": 1})
        copied = command("backup", str(tmp_path / "copy"))
        assert copied.returncode == 0, copied.stdout + copied.stderr
        assert "all that was acknowledged by" in copied.stdout
        deliveries.insert_one({"_id": "later", "version": 1})
        restored = command("restore", str(tmp_path / "copy"))
        assert restored.returncode == 0, restored.stdout + restored.stderr
        assert "0 facts of 0 documents forgotten" in restored.stdout
        assert [one["_id"] for one in deliveries.find()] == ["kept"]
        client.drop_database("dasan_notify")
    refused = command("backup", str(tmp_path / "copy"))
    assert refused.returncode == 2
    assert "holds something already" in refused.stdout
