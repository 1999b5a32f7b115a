"""Bad records: each service that reads one puts it among its dead letters at once, whole and with
the reason, and goes on with the records beside it. `replay` brings back what came too early."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pymongo
import pytest
from kafka import KafkaProducer

from deploy.local.stack import ROOT
from services.common.events import contracts
from simulation.judge import evidence
from simulation.judge.evidence import HEARD, topics_heard
from simulation.judge.lifecycles import Kind
from tests.support.city import ANSWER, SAMPLES, City, eventually

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(400),
]

BURIED_WITHIN_SECONDS = 5.0
# What may only have come too early is tried for some seconds (see conftest) before it is given up.
GIVEN_UP_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A record that nobody can use, and who must put it away for which reason."""

    id: str
    reason: str
    topic: str
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    readers: frozenset[str]


def bad_records() -> Iterator[Bad]:
    """For each event that anybody works on: no protobuf at all, and a message that isn't the one
    its key promises; for each topic that anybody reads: an event that no contract names."""
    for name in sorted(set().union(*HEARD.values())):
        contract = contracts.events()[name]
        readers = frozenset(service for service, heard in HEARD.items() if name in heard)
        yield _bad("undecodable", contract.topic, name, b"\xff\xfe\x00 no protobuf", readers)
        other = contract.message(**{contract.key: str(uuid4())}).SerializeToString()
        yield _bad("rejected", contract.topic, name, other, readers)
    for topic in sorted(set().union(*(topics_heard(service) for service in HEARD))):
        readers = frozenset(service for service in HEARD if topic in topics_heard(service))
        yield _bad("unknown_type", topic, "somebody.elses.Event", b"", readers)


def _bad(reason: str, topic: str, name: str, value: bytes, readers: frozenset[str]) -> Bad:
    id_, key = str(uuid4()), str(uuid4()).encode()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id_,
        "ce_source": "/dasan/poison",
        "ce_type": name,
        "ce_time": datetime.now(UTC).isoformat(),
        "ce_subject": key.decode(),
        "content-type": "application/protobuf",
    }
    return Bad(
        id=id_,
        reason=reason,
        topic=topic,
        key=key,
        headers=tuple((name, text.encode()) for name, text in headers.items()),
        value=value,
        readers=readers,
    )


async def test_bad_records_are_put_away_within_five_seconds_and_their_neighbours_pass(
    city: City,
) -> None:
    bad = list(bad_records())
    flow = asyncio.create_task(city.flow(30, 15))
    await city.acknowledged(5, within=30)
    sent_at = await asyncio.to_thread(send, city, bad)
    expected = {(service, record.id, record.reason) for record in bad for service in record.readers}
    ids = {record.id for record in bad}

    async def buried() -> bool:
        found = await asyncio.to_thread(letters, city)
        return expected <= found.keys()

    await eventually(buried, 60, "every bad record is with the dead letters")
    await flow
    await city.rest()
    found = await asyncio.to_thread(letters, city)
    assert {place for place in found if place[1] in ids} == expected
    for record in bad:
        for service in record.readers:
            letter = found[service, record.id, record.reason]
            assert (letter.value, letter.key) == (record.value, record.key)
            kept = [(n, v) for n, v in letter.headers if not n.startswith("dlq_")]
            assert kept == list(record.headers)
            assert dict(letter.headers)["dlq_topic"] == record.topic.encode()
            assert letter.timestamp - sent_at[record.id] < BURIED_WITHIN_SECONDS * 1000
    assert await city.faults() == []


async def test_replay_brings_back_what_only_came_too_early(city: City) -> None:
    """Intake's database is being restored and lacks an inquiry that the bus tells of already."""
    readers = ("routing", "notify")
    await city.stop(readers)
    kind, body = SAMPLES[0]
    asked = await city.ask(kind, body)
    event = (await city.told(asked.inquiry_id, "InquiryReceived")).id
    inquiry = await asyncio.to_thread(take_away, city, asked.inquiry_id)
    await city.start(*readers)

    async def given_up() -> bool:
        found = await asyncio.to_thread(letters, city)
        return {(service, event, "retries_exhausted") for service in readers} <= found.keys()

    await eventually(given_up, GIVEN_UP_WITHIN_SECONDS, "both readers have given up")
    await asyncio.to_thread(bring_back, city, inquiry)
    await asyncio.gather(*(returned_once(city, service) for service in readers))
    await city.message(asked, "received:1")
    await city.answer_survey(asked)
    shown = await city.shows(asked, "closed")
    assert shown["answer"]["text"] == ANSWER
    await city.rest()
    assert await city.faults() == []


async def returned_once(city: City, service: str) -> None:
    """Replays the one letter there is: tells of it beforehand, and returns it once."""
    told = await asyncio.to_thread(replay, city, service, "retries_exhausted", "--dry-run")
    assert "1 returned" in told
    done = await asyncio.to_thread(replay, city, service, "retries_exhausted")
    assert "1 returned" in done
    again = await asyncio.to_thread(replay, city, service, "retries_exhausted")
    assert again.splitlines()[-1].startswith("0 returned")


async def test_a_replayed_letter_whose_event_had_its_effect_has_none_again(city: City) -> None:
    asked = await city.ask(Kind.CALL, SAMPLES[-1][1])
    await city.message(asked, "survey:1")
    await city.rest()
    (record,) = [
        record
        for record in await asyncio.to_thread(
            evidence.records, city.stack.broker.bootstrap, ["dasan.inquiries.v1"]
        )
        if record.key == asked.inquiry_id.encode()
    ]
    headers = {"dlq_reason": b"rejected", "dlq_topic": record.topic.encode()}
    letter = Bad(
        id="",
        reason="",
        topic=contracts.dlq_topic("survey"),
        key=record.key,
        headers=(*record.headers, *headers.items()),
        value=record.value,
        readers=frozenset(),
    )
    await asyncio.to_thread(send, city, [letter])
    said = await asyncio.to_thread(replay, city, "survey", "rejected")
    assert f"return rejected {record.topic}" in said
    await city.rest()
    assert await city.faults() == []


def send(city: City, records: list[Bad]) -> dict[str, int]:
    """Returns when the broker has them all: when each was sent, in milliseconds, by its id."""
    producer = KafkaProducer(bootstrap_servers=city.stack.broker.bootstrap, acks="all")
    sent = {
        r.id: producer.send(r.topic, key=r.key, value=r.value, headers=list(r.headers))
        for r in records
    }
    times = {id_: one.get(timeout=30).timestamp for id_, one in sent.items()}
    producer.close()
    return times


def letters(city: City) -> dict[tuple[str, str, str], Any]:
    """The dead letters by service, event id and reason."""
    found = {}
    for service in HEARD:
        for record in evidence.records(city.stack.broker.bootstrap, [contracts.dlq_topic(service)]):
            headers = dict(record.headers)
            place = (service, headers["ce_id"].decode(), headers["dlq_reason"].decode())
            found[place] = record
    return found


def replay(city: City, service: str, reason: str, *flags: str) -> str:
    """What the replay command says of the letters of one reason."""
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", "replay", "--reason", reason, *flags],
        cwd=ROOT,
        env={**os.environ, **city.stack.service_environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def take_away(city: City, inquiry_id: str) -> evidence.Document:
    """Removes an inquiry from intake's database and hands it over."""
    with pymongo.MongoClient[evidence.Document](city.stack.database.url) as client:
        inquiries = client["dasan_intake"]["inquiries"]
        document = inquiries.find_one({"_id": inquiry_id})
        assert document is not None
        inquiries.delete_one({"_id": inquiry_id})
    return document


def bring_back(city: City, document: evidence.Document) -> None:
    """Puts the inquiry back as it was."""
    with pymongo.MongoClient[evidence.Document](city.stack.database.url) as client:
        client["dasan_intake"]["inquiries"].insert_one(document)
