"""The hourly windows over a real broker: each survey once, whole at every replica."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from services.cities import Channel, Matter, Workload
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming import views
from services.common.events import contracts
from services.common.kernel import DomainError
from services.common.publishing.outbox import Record
from services.survey.adapters.windows import (
    HourlyProjection,
    SatisfactionWindows,
    satisfaction_view,
)
from services.survey.adapters.wire import wire
from services.survey.domain.events import SurveyAnswered, SurveyInvited
from services.survey.domain.hours import HOUR
from services.survey.domain.model import survey_id_of
from services.survey.domain.satisfaction import Figure
from tests.support.events import told_record
from tests.support.waiting import until

WIRE = wire(())
# Surveys of other tests may lie on the same topic; these hours are this test's own.
NOW = datetime(2031, 5, 6, 7, 30, tzinfo=UTC)
MATTER = Matter(
    receipt_number="261123-00001-5",
    channel=Channel.WEB,
    language="ko",
    received_at=NOW - timedelta(days=3),
    has_contact=True,
)


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    yield bus
    bus.close()


@asynccontextmanager
async def following(broker: Broker, now: datetime = NOW) -> AsyncIterator[SatisfactionWindows]:
    view = satisfaction_view(Brokers(broker.bootstrap), lambda: now)
    await view.start()
    try:
        yield SatisfactionWindows(view)
    finally:
        await view.stop()


def record(event: object) -> Record:
    return told_record(*WIRE.encode(event), NOW)


def invited(id_: str, at: datetime = NOW, round: int = 1) -> Record:
    return record(
        SurveyInvited(
            inquiry_id=id_,
            matter=MATTER,
            survey_id=survey_id_of(id_, round),
            round=round,
            office_id="d-11140",
            workload=Workload.DISTRICT,
            expires_at=at + timedelta(days=7),
            invited_at=at,
        )
    )


def answered(id_: str, score: int, at: datetime = NOW, round: int = 1) -> Record:
    return record(
        SurveyAnswered(
            inquiry_id=id_,
            matter=MATTER,
            survey_id=survey_id_of(id_, round),
            round=round,
            office_id="d-11140",
            workload=Workload.DISTRICT,
            score=score,
            has_comment=False,
            answered_at=at,
        )
    )


def figures(windows: SatisfactionWindows, now: datetime = NOW) -> list[Figure] | None:
    """Newest first; None while the view is away."""
    try:
        return [window.city for window in windows.figures(now)]
    except DomainError:
        return None


async def test_windows_count_each_survey_once_at_every_replica_and_after_a_restart(
    broker: Broker, bus: KafkaBus
) -> None:
    ids = [str(uuid4()) for _ in range(30)]
    before = NOW - HOUR
    sent = [invited(id_, before if n < 10 else NOW) for n, id_ in enumerate(ids)]
    sent += [answered(id_, 5) for id_ in ids[:20]]
    # Told again, an answer that overtakes its invitation, and the second survey of an inquiry.
    sent += [*sent[:15], answered("early", 1), invited("early")]
    sent += [invited("early", round=2), answered("early", 5, round=2)]
    this_hour = Figure(invited=22, answered=22, score_sum=106)
    last_hour = Figure(invited=10)
    async with following(broker) as one, following(broker) as two:
        assert all(bus.send(sent))
        await until(lambda: figures(one) == figures(two) == [this_hour, last_hour])
        (newest, _) = one.figures(NOW)
        assert (newest.start, newest.end) == (
            datetime(2031, 5, 6, 7, tzinfo=UTC),
            datetime(2031, 5, 6, 8, tzinfo=UTC),
        )
    async with following(broker) as windows:
        await until(lambda: figures(windows) is not None)
        assert figures(windows) == [this_hour, last_hour]
        assert all(bus.send([*sent, invited("one more")]))
        more = Figure(invited=23, answered=22, score_sum=106)
        await until(lambda: figures(windows) == [more, last_hour])


async def test_what_is_old_is_not_counted_again_after_a_restart(
    broker: Broker, bus: KafkaBus
) -> None:
    early, later = NOW + 20 * HOUR, NOW + 24 * HOUR
    async with following(broker, early) as windows:
        assert all(bus.send([invited(str(uuid4()), early), invited("mark", early)]))
        await until(lambda: figures(windows, early) == [Figure(invited=2), Figure()])
    async with following(broker, later) as windows:
        assert all(bus.send([invited(str(uuid4()), later)]))
        await until(lambda: figures(windows, later) == [Figure(invited=1), Figure()])
        assert figures(windows, early) == [Figure(), Figure()]


def test_the_changelog_is_declared() -> None:
    named = {spec.name: spec for spec in contracts.topics(partitions=12)}
    spec = named[views.changelog("survey", HourlyProjection.name)]
    assert (spec.partitions, spec.cleanup) == (contracts.TABLE_PARTITIONS, "compact,delete")
