"""The hourly windows over a real broker: a Faust table that survives its process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from services.common import contracts, telemetry
from services.common.contracts import TopicSpec
from services.common.envelope import Envelope
from services.common.kafka import KafkaBus
from services.common.outbox import Record, record_of
from services.common.service import FaustPart, faust_app, running
from services.survey.adapters.windows import HOUR, SatisfactionWindows
from services.survey.adapters.wire import wire
from services.survey.domain.events import SurveyAnswered, SurveyInvited
from services.survey.domain.model import Workload
from services.survey.domain.satisfaction import Figure
from services.survey.entrypoints import stream

WIRE = wire()
# Surveys of other tests may lie on the same topic; these hours are this test's own.
NOW = datetime(2031, 5, 6, 7, 30, tzinfo=UTC)


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(broker.bootstrap, "test")
    yield bus
    bus.close()


@pytest.fixture
def group(broker: Broker) -> str:
    """A consumer group of its own, with its changelog."""
    name = f"test-{uuid4().hex}"
    changelog = next(t for t in contracts.topics() if t.name in contracts.TABLE_CHANGELOGS)
    broker.declare([replace(changelog, name=f"{name}-satisfaction-changelog")])
    return name


@asynccontextmanager
async def following(
    broker: Broker, group: str, now: datetime = NOW
) -> AsyncIterator[SatisfactionWindows]:
    app = faust_app("survey", broker.bootstrap, WIRE, group=group)
    windows = SatisfactionWindows(app, lambda: now)
    stream.follow(app, WIRE, windows)
    async with running([FaustPart(app)]):
        yield windows


def record(event: object) -> Record:
    name, key, data = WIRE.encode(event)
    return record_of(
        Envelope(
            id=telemetry.new_id(),
            source="/dasan/survey",
            type=name,
            time=NOW,
            key=key,
            sequence=1,
            correlation_id=key,
            causation_id="c",
            traceparent="",
            data=data,
        )
    )


def invited(id_: str, at: datetime = NOW) -> Record:
    return record(
        SurveyInvited(
            inquiry_id=id_,
            receipt_number="261123-00001-5",
            office_id="d-11140",
            workload=Workload.DISTRICT,
            language="ko",
            invited_at=at,
            expires_at=at + timedelta(days=7),
            has_contact=True,
        )
    )


def answered(id_: str, score: int, at: datetime = NOW) -> Record:
    return record(
        SurveyAnswered(
            inquiry_id=id_,
            receipt_number="261123-00001-5",
            office_id="d-11140",
            workload=Workload.DISTRICT,
            score=score,
            has_comment=False,
            answered_at=at,
        )
    )


async def until(condition: Callable[[], bool], within: float = 30) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - the condition lies in Faust's own tasks
            await asyncio.sleep(0.02)


def figures(windows: SatisfactionWindows, now: datetime = NOW) -> list[Figure]:
    return [window.city for window in windows.figures(now)]


async def test_windows_count_each_survey_once_and_survive_a_restart(
    broker: Broker, bus: KafkaBus, group: str
) -> None:
    ids = [str(uuid4()) for _ in range(30)]
    before = NOW - HOUR
    sent = [invited(id_, before if n < 10 else NOW) for n, id_ in enumerate(ids)]
    sent += [answered(id_, 5) for id_ in ids[:20]]
    # Told again, and an answer that overtakes its invitation.
    sent += [*sent[:15], answered("early", 1), invited("early")]
    this_hour = Figure(invited=21, answered=21, score_sum=101)
    last_hour = Figure(invited=10)
    async with following(broker, group) as windows:
        assert all(bus.send(sent))
        await until(lambda: figures(windows) == [this_hour, last_hour])
        (newest, _) = windows.figures(NOW)
        assert (newest.start, newest.end) == (
            datetime(2031, 5, 6, 7, tzinfo=UTC),
            datetime(2031, 5, 6, 8, tzinfo=UTC),
        )
    async with following(broker, group) as windows:
        await until(lambda: figures(windows) == [this_hour, last_hour])
        assert all(bus.send([*sent, invited("one more")]))
        more = Figure(invited=22, answered=21, score_sum=101)
        await until(lambda: figures(windows) == [more, last_hour])


async def test_what_is_old_is_forgotten_also_after_a_restart(
    broker: Broker, bus: KafkaBus, group: str
) -> None:
    later = NOW + 4 * HOUR
    async with following(broker, group) as windows:
        assert all(bus.send([invited(str(uuid4()), NOW + HOUR), invited("mark", NOW + HOUR)]))
        await until(lambda: figures(windows, NOW + HOUR)[0].invited >= 2)
    async with following(broker, group, later) as windows:
        assert all(bus.send([invited(str(uuid4()), later)]))
        await until(lambda: figures(windows, later)[0].invited == 1)
        assert figures(windows, NOW + HOUR)[0] == Figure()


async def test_a_record_that_is_none_of_ours_is_passed_over(
    broker: Broker, bus: KafkaBus, group: str
) -> None:
    hour = NOW + 10 * HOUR
    bad = Record(topic="dasan.surveys.v1", key=b"x", headers=(), value=b"\xff\xff")
    unknown = replace(
        invited("x", hour),
        headers=tuple(
            (name, b"dasan.survey.v1.Nothing" if name == "ce_type" else value)
            for name, value in invited("x", hour).headers
        ),
    )
    async with following(broker, group) as windows:
        assert all(bus.send([bad, unknown, *(invited(f"after-{n}", hour) for n in range(12))]))
        await until(lambda: figures(windows, hour)[0].invited == 12)


def test_the_changelog_is_the_declared_one(broker: Broker) -> None:
    windows = SatisfactionWindows(faust_app("survey", broker.bootstrap, WIRE), lambda: NOW)
    declared = {spec.name: spec for spec in contracts.topics()}
    assert windows.changelog in declared
    changelog: TopicSpec = declared[windows.changelog]
    assert changelog.partitions == declared["dasan.surveys.v1"].partitions
