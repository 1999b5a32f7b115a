"""The consumer of docs/subscribing.md, as its reader starts it, beside a city that is at work."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from kafka import KafkaProducer

from simulation.judge import evidence
from simulation.judge.lifecycles import Kind
from tests.support.city import SAMPLES, City

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(120),
]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "subscribe.py"


async def lines_of(city: City, state: Path, quiet_seconds: int) -> list[str]:
    """What the consumer prints until nothing came for so long. It logs in, as from outside."""
    given = city.stack.service_environment()
    login = {
        "KAFKA_SASL_USERNAME": given["KAFKA_SASL_USERNAME"],
        "KAFKA_SASL_PASSWORD": (Path(given["SECRETS_DIR"]) / "KAFKA_SASL_PASSWORD").read_text(),
        "KAFKA_CA_FILE": given["KAFKA_CA_FILE"],
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        EXAMPLE,
        *("--brokers", given["KAFKA_BOOTSTRAP"], "--state", state),
        *("--until-quiet", str(quiet_seconds)),
        env={**os.environ, **login, "PYTHONPATH": str(ROOT / "protos" / "gen")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, failed = await process.communicate()
    assert process.returncode == 0, failed.decode()
    return told.decode().splitlines()


def tell_again(city: City, inquiry_id: str) -> None:
    """Puts the inquiry's CallAnswered on its topic a second time, as a service killed after it had
    sent it would."""
    topic = "dasan.inquiries.v1"
    (record,) = (
        record
        for record in evidence.records(city.stack.broker.bootstrap, [topic])
        if record.key == inquiry_id.encode()
        and dict(record.headers)["ce_type"] == b"dasan.intake.v1.CallAnswered"
    )
    producer = KafkaProducer(bootstrap_servers=city.stack.broker.bootstrap, acks="all")
    try:
        producer.send(topic, key=record.key, value=record.value, headers=record.headers).get(
            timeout=10
        )
    finally:
        producer.close()


async def test_each_event_is_told_once_and_the_next_start_goes_on(
    city: City, tmp_path: Path
) -> None:
    call = next(body for kind, body in SAMPLES if kind is Kind.CALL)
    asked = await city.ask(Kind.CALL, call)
    await city.told(asked.inquiry_id, "MessageDelivered:survey:1")
    await asyncio.to_thread(tell_again, city, asked.inquiry_id)
    lines = [line for line in await lines_of(city, tmp_path / "db", 2) if asked.inquiry_id in line]
    kinds = [line.split()[0].rpartition(".")[2] for line in lines]
    assert kinds.count("CallAnswered") == 1
    assert sorted(kinds) == sorted(
        label.partition(":")[0] for label in city.lives.by_inquiry[asked.inquiry_id].told
    )
    assert f"dasan.intake.v1.CallAnswered {asked.inquiry_id} round 1 " in "\n".join(lines)
    again = await lines_of(city, tmp_path / "db", 1)
    assert not [line for line in again if asked.inquiry_id in line]
