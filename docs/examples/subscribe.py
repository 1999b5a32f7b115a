"""Follows a city: prints each event of every topic once, and goes on where it ended.

    PYTHONPATH=protos/gen .venv/bin/python docs/examples/subscribe.py --until-quiet 5

Needs kafka-python, protobuf and the classes that protoc makes of `protos/` (here: `protos/gen`).
Copy it and put your own work into `effect`. What it relies on is told in docs/subscribing.md.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from dasan.districts.v1 import events_pb2 as _districts  # noqa: F401  makes its events known
from dasan.intake.v1 import events_pb2 as _intake  # noqa: F401
from dasan.notify.v1 import events_pb2 as _notify  # noqa: F401
from dasan.routing.v1 import events_pb2 as _routing  # noqa: F401
from dasan.survey.v1 import events_pb2 as _survey  # noqa: F401
from google.protobuf import descriptor_pool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from kafka import KafkaConsumer, TopicPartition

TOPICS = (
    "dasan.assignments.v1",
    "dasan.cases.v1",
    "dasan.inquiries.v1",
    "dasan.notifications.v1",
    "dasan.permits.v1",
    "dasan.surveys.v1",
)
# An event comes again within days of the first time: topics keep a week.
FORGET_SECONDS = 30 * 24 * 3600

TABLES = """
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_at ON seen (at);
CREATE TABLE IF NOT EXISTS offsets
    (topic TEXT, number INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, number)) WITHOUT ROWID;
"""


def effect(kind: str, event: Any) -> None:
    """Your work. What it writes into the same database is there exactly once."""
    # Not every event has all of these. An enum value that these classes do not know is its number.
    said = event.matter.receipt_number or "-"
    office = getattr(event, "office_id", "") or "-"
    print(f"{kind} {event.inquiry_id} round {getattr(event, 'round', 1)} {said} {office}")


def handle(database: sqlite3.Connection, record: Any, now: float) -> bool:
    """Gives one record its effect, unless it had it before; then remembers its id and its offset.

    All in one transaction: whatever ends this process, the next one neither leaves out an event nor
    does its work twice. Returns whether the record had an effect.
    """
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    kind, event_id = headers.get("ce_type", ""), headers.get("ce_id", "")
    event = None
    with database:
        if is_new(database, headers, now):
            # Without an id nobody could tell it from the next one without.
            event = opened(kind, record.value) if event_id else None
            if event is None:
                print(f"skipped: {kind or 'no type'} {event_id or 'no id'}")
            else:
                effect(kind, event)
        database.execute(
            "REPLACE INTO offsets VALUES (?, ?, ?)",
            (record.topic, record.partition, record.offset + 1),
        )
    return event is not None


def is_new(database: sqlite3.Connection, headers: Mapping[str, str], now: float) -> bool:
    """Whether this event comes for the first time."""
    if "dasan_for" in headers:  # told before; this record is for one service of the city alone
        return False
    if not headers.get("ce_id"):
        return True
    row = (headers["ce_id"], now)
    return database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", row).rowcount > 0


def opened(kind: str, value: bytes | None) -> Any | None:
    """The event; None for a type that came after these classes were made, and for what is no event.

    To have such a type later, make new classes and read again with another `--state`.
    """
    try:
        descriptor = descriptor_pool.Default().FindMessageTypeByName(kind)
        event: Any = GetMessageClass(descriptor).FromString(value or b"")
    except (KeyError, DecodeError):
        return None
    # The pool knows other messages, too. What is of no inquiry would fail each time it is read.
    return event if getattr(event, "inquiry_id", "") else None


def begin(consumer: Any, database: sqlite3.Connection) -> None:
    """Reads on from the offsets that are kept; a partition without one, and one whose offset the
    topic has forgotten, from its earliest record."""
    places = [
        TopicPartition(topic, number)
        for topic in TOPICS
        for number in sorted(consumer.partitions_for_topic(topic) or ())
    ]
    consumer.assign(places)
    kept = {
        (topic, number): next_
        for topic, number, next_ in database.execute("SELECT topic, number, next FROM offsets")
    }
    for place, earliest in consumer.beginning_offsets(places).items():
        wanted = kept.get((place.topic, place.partition), earliest)
        if wanted < earliest:
            print(f"missed: {place.topic}[{place.partition}] {wanted} to {earliest - 1}")
        consumer.seek(place, max(wanted, earliest))


def follow(consumer: Any, database: sqlite3.Connection, quiet: float | None, most: int) -> int:
    """Handles what comes until nothing came for `quiet` seconds (None: for ever) or `most` events
    had their effect (0: any number). Returns how many had."""
    done, heard_at = 0, time.monotonic()
    while quiet is None or time.monotonic() - heard_at < quiet:
        for batch in consumer.poll(timeout_ms=500).values():
            heard_at = time.monotonic()
            for record in batch:
                done += handle(database, record, time.time())
                if done == most > 0:
                    return done
        with database:
            database.execute("DELETE FROM seen WHERE at < ?", (time.time() - FORGET_SECONDS,))
    return done


def login(environment: Mapping[str, str]) -> dict[str, str]:
    """What a city whose broker asks for it gave you: KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, and
    the file of its authority, KAFKA_CA_FILE. Nothing for a city on your own machine."""
    if not (user := environment.get("KAFKA_SASL_USERNAME")):
        return {}
    return {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": environment["KAFKA_SASL_PASSWORD"],
        "ssl_cafile": environment["KAFKA_CA_FILE"],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the command line and follows the city."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--brokers",
        default=os.environ.get("KAFKA_BOOTSTRAP", "127.0.0.1:19092"),
        help="host:port,… (KAFKA_BOOTSTRAP, else those of `make run`: %(default)s)",
    )
    parser.add_argument(
        "--state", default="subscriber.db", help="file of ids and offsets (%(default)s)"
    )
    parser.add_argument(
        "--until-quiet", type=float, metavar="SECONDS", help="end when nothing comes for so long"
    )
    parser.add_argument(
        "--count", type=int, default=0, metavar="EVENTS", help="end after so many events"
    )
    asked = parser.parse_args(arguments)
    # An offset that is no longer there, or that a new broker has not reached: from the earliest.
    consumer = KafkaConsumer(
        bootstrap_servers=asked.brokers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        **login(os.environ),
    )
    with closing(consumer), closing(sqlite3.connect(asked.state)) as database:
        database.executescript(TABLES)
        begin(consumer, database)
        done = follow(consumer, database, asked.until_quiet, asked.count)
    print(f"{done} events")


if __name__ == "__main__":
    main()
