"""Compares what a service stored with what is on its topics: the only check that would notice a
loss.

A counter of its run says that an event was sent; the document itself does not. The audit therefore
reads both the documents and the topics. Owns the comparison; what is printed is left to
`command_line`. Blocks until everything that the topics still hold of the audited time is read,
which may take minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from services.common.aggregates import mongo
from services.common.aggregates.mongo_runs import words_in
from services.common.bus.brokers import Brokers
from services.common.events import contracts
from services.common.events.envelope import aware, from_document
from services.common.publishing.outbox import Bus, OutboxPlace, Sent, record_of
from services.common.publishing.runs import RunWord

# A younger event may still be on its way, and is not audited.
ON_ITS_WAY = timedelta(minutes=1)
# An event that its topic forgets within this time may be gone before it is read, and is not
# audited.
FORGOTTEN_SOON = timedelta(hours=1)
# The audit gives up (`NotRead`) when the broker gives nothing for so long.
STALLED_SECONDS = 30
_POLL_MS = 1_000
# Missing events that are sent in one call.
_BATCH = 500


class NotRead(Exception):
    """A topic could not be read to its end; nothing can be said about what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An event that lies in an outbox and is not on its topic.

    `waiting` is true when its run still has to send it, because the broker is away for example.
    False is a loss: the event counts as sent.
    """

    collection: str
    id: str
    event: str
    type: str
    time: datetime
    place: str
    waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit found. `left` counts the documents that still lie in each dead run; `told` the
    missing events that were sent now."""

    events: int
    missing: Sequence[Missing] = ()
    left: Mapping[str, int] = field(default_factory=dict)
    told: int = 0


def audit(
    *,
    alias: str,
    collections: Sequence[str],
    brokers: Brokers,
    now: datetime,
    tell: Bus | None = None,
    runs: str = "runs",
) -> Report:
    """Every event in an outbox of these collections, old enough to be sent and young enough not to
    be forgotten by its topic, compared with the topic.

    `tell` sends what is missing: consumers know each event by its id. Raises DomainError
    UNAVAILABLE (database), KafkaError (no broker) and NotRead.
    """
    with mongo.reachable():
        told_by = {word.run: word for word in words_in(mongo.collection(alias, runs))}
        lying = list(_lying(alias, collections, now))
        left = {
            run: count
            for run, word in told_by.items()
            if not word.alive and (count := _left(alias, collections, word))
        }
    since = min((one.time for one in lying), default=now)
    topics = {contracts.events()[one.type].topic for one in lying} | {contracts.SEALED_TOPIC}
    found = _ids_on(brokers, topics, since, {one.event for one in lying})
    absent = [one for one in lying if one.event not in found]
    if absent:
        with mongo.reachable():
            # Meanwhile a save may have carried an event over to a run that did not exist at first.
            told_by |= {word.run: word for word in words_in(mongo.collection(alias, runs))}
    missing = [_judged(one, told_by) for one in absent]
    told = _tell(alias, missing, tell) if tell else 0
    return Report(events=len(lying), missing=tuple(missing), left=left, told=told)


def _lying(alias: str, collections: Sequence[str], now: datetime) -> Iterator[Missing]:
    """The events in the outboxes that ought to be on their topics."""
    kept = {spec.name: spec.retention_hours for spec in contracts.topics()}
    wanted = {"outbox_at": 1, "outbox.id": 1, "outbox.type": 1, "outbox.time": 1}
    for name in collections:
        for document in mongo.collection(alias, name).find({"outbox_at": {"$gt": ""}}, wanted):
            for entry in document["outbox"]:
                contract = contracts.events().get(entry["type"])
                time = aware(entry["time"])
                if contract is None or time > now - ON_ITS_WAY:
                    continue
                hours = kept[contract.topic]
                if hours >= 0 and time < now - timedelta(hours=hours) + FORGOTTEN_SOON:
                    continue
                yield Missing(
                    collection=name,
                    id=document["_id"],
                    event=entry["id"],
                    type=entry["type"],
                    time=time,
                    place=document["outbox_at"],
                    waiting=False,
                )


def _judged(missing: Missing, told_by: Mapping[str, RunWord]) -> Missing:
    place = OutboxPlace.parse(missing.place)
    word = told_by.get(place.run)
    waiting = word is not None and not word.sent_all_of(place.number)
    return replace(missing, waiting=waiting)


def _left(alias: str, collections: Sequence[str], word: RunWord) -> int:
    """How many documents a dead run has not told."""
    above = {"$gt": str(OutboxPlace(word.run, word.sent)), "$lt": f"{word.run};"}
    stuck = {"$in": [str(OutboxPlace(word.run, number)) for number in sorted(word.stuck)]}
    return sum(
        mongo.collection(alias, name).count_documents({"outbox_at": wanted})
        for name in collections
        for wanted in (above, stuck)
    )


def _ids_on(brokers: Brokers, topics: Iterable[str], since: datetime, wanted: set[str]) -> set[str]:
    """Which of the events are on the topics."""
    if not wanted:
        return set()
    return wanted & {_id_of(record) for record in records_since(brokers, topics, since)}


def records_since(brokers: Brokers, topics: Iterable[str], since: datetime) -> Iterator[Any]:
    """The records that the topics hold now and that were sent since then, or a minute before.

    In the order of each partition; blocks. Raises NotRead when the broker gives nothing for
    STALLED_SECONDS, and KafkaError.
    """
    consumer = KafkaConsumer(**brokers.login().client(), reconnect_backoff_max_ms=200)
    try:
        places = [
            TopicPartition(topic, number)
            for topic in sorted(topics)
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(places)
        _seek(consumer, places, since)
        ends: Mapping[Any, int] = consumer.end_offsets(places)
        quiet_seconds = 0.0
        while any(consumer.position(place) < end for place, end in ends.items()):
            batches = consumer.poll(timeout_ms=_POLL_MS)
            quiet_seconds = 0.0 if batches else quiet_seconds + _POLL_MS / 1000
            if quiet_seconds >= STALLED_SECONDS:
                raise NotRead("the broker gives nothing more; nothing can be said")
            for batch in batches.values():
                yield from batch
    finally:
        consumer.close()


def _seek(consumer: Any, places: Sequence[Any], since: datetime) -> None:
    """Moves each partition to the earliest place where one of the events can lie."""
    milliseconds = round((since - ON_ITS_WAY).timestamp() * 1000)
    begins = consumer.offsets_for_times(dict.fromkeys(places, milliseconds))
    for place in places:
        begin = begins.get(place)
        if begin is None:
            consumer.seek_to_end(place)
        else:
            consumer.seek(place, begin.offset)


def _id_of(record: Any) -> str:
    return next(
        (value.decode(errors="replace") for name, value in record.headers if name == "ce_id"), ""
    )


def _tell(alias: str, missing: Sequence[Missing], bus: Bus) -> int:
    """Sends the missing events; returns how many the broker took."""
    by_document: dict[tuple[str, str], set[str]] = {}
    for one in missing:
        by_document.setdefault((one.collection, one.id), set()).add(one.event)
    records = []
    for (name, id_), events in by_document.items():
        with mongo.reachable():
            document = mongo.collection(alias, name).find_one({"_id": id_}, {"outbox": 1}) or {}
        entries = [entry for entry in document.get("outbox", ()) if entry["id"] in events]
        records += [record_of(from_document(entry)) for entry in entries]
    told = 0
    for start in range(0, len(records), _BATCH):
        sent = bus.send(records[start : start + _BATCH])
        told += sum(one is Sent.TAKEN for one in sent)
    return told
