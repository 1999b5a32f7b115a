"""The matters of a city over a real broker: whole at every replica, the same from the log alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from services.cities import Channel, Matter, Workload
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming import views
from services.common.consuming.views import ViewApp
from services.common.events import contracts
from services.common.events.wire import Wire
from services.common.kernel import DomainError
from services.common.publishing.outbox import Record
from services.routing.adapters.matters import (
    HEARD,
    LiveMatters,
    MattersProjection,
    matters_view,
)
from services.routing.domain.assignment.events import (
    CaseAnswered,
    DeadlineRecounted,
    InquiryAssigned,
    Outcome,
    PermitDecided,
)
from services.routing.domain.matters import Ended, MatterEvent, Whereabouts
from tests.support.events import told_record
from tests.support.waiting import until

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WIRE = Wire(HEARD)
MATTER = Matter(
    receipt_number="261123-00001-1",
    channel=Channel.WEB,
    language="ko",
    received_at=NOW - timedelta(minutes=5),
    has_contact=False,
    service_code="lamp",
    district_code="11",
    dong_code="1100",
)


def answered(id_: str) -> CaseAnswered:
    return CaseAnswered(inquiry_id=id_, round=1, outcome=Outcome.ANSWERED, answered_at=NOW)


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    yield bus
    bus.close()


def record(event: MatterEvent) -> Record:
    return told_record(*WIRE.encode(event), NOW)


def assigned(id_: str, attempt: int, office: str, round_: int = 1) -> MatterEvent:
    return InquiryAssigned(
        inquiry_id=id_,
        matter=MATTER,
        round=round_,
        attempt=attempt,
        office_id=office,
        workload=Workload.DISTRICT,
        rule="r",
        binding=False,
        delegated_by="",
        clock_from=NOW,
        period="7d",
        due_at=NOW + timedelta(days=3),
        assigned_at=NOW,
    )


def lives(office: str) -> list[MatterEvent]:
    """Forty matters of one district, all moved once: ten answered, ten decided, ten answered and
    opened again."""
    told: list[MatterEvent] = []
    for number in range(40):
        id_ = str(uuid4())
        told += [assigned(id_, 1, "elsewhere"), assigned(id_, 2, office)]
        if number % 4 == 0:
            later = NOW + timedelta(days=4)
            told.append(DeadlineRecounted(inquiry_id=id_, round=1, due_at=later))
        if number < 10:
            told.append(
                CaseAnswered(inquiry_id=id_, round=1, outcome=Outcome.ANSWERED, answered_at=NOW)
            )
        elif number < 20:
            told.append(PermitDecided(inquiry_id=id_, round=1, decided_at=NOW))
        elif number < 30:
            told.append(
                CaseAnswered(inquiry_id=id_, round=1, outcome=Outcome.ANSWERED, answered_at=NOW)
            )
            told.append(assigned(id_, 1, office, round_=2))
    return told


def known(view: ViewApp[Whereabouts]) -> list[Whereabouts] | None:
    """The matters in an order of their own; None while the view is away."""
    try:
        return sorted(LiveMatters(view).known(), key=repr)
    except DomainError:
        return None


def open_at(view: ViewApp[Whereabouts], office: str) -> int:
    lying = [whereabouts.still_lies for whereabouts in known(view) or ()]
    return sum(lies is not None and lies.office_id == office for lies in lying)


async def test_matters_are_whole_at_every_replica_whatever_the_order_of_their_events(
    broker: Broker, bus: KafkaBus
) -> None:
    office = f"d-{uuid4().hex}"
    told = lives(office)
    shuffled = [*told, *told[::3]]
    Random(7).shuffle(shuffled)
    one, two = (matters_view(Brokers(broker.bootstrap), lambda: NOW) for _ in range(2))
    await one.start()
    await two.start()
    try:
        assert all(bus.send([record(event) for event in shuffled]))
        await until(lambda: open_at(one, office) == open_at(two, office) == 20)
        await until(lambda: known(one) == known(two))
        live = known(one)
    finally:
        await one.stop()
        await two.stop()
    rebuilt: ViewApp[Whereabouts] = ViewApp(
        service="routing",
        brokers=Brokers(broker.bootstrap),
        wire=WIRE,
        projection=FromLog(),
        clock=lambda: NOW,
    )
    await rebuilt.start()
    try:
        await until(lambda: known(rebuilt) is not None)
        assert known(rebuilt) == live
    finally:
        await rebuilt.stop()


class FromLog(MattersProjection):
    """Makes nothing of what it hears, so that all it shows is from the log."""

    def apply(self, event: MatterEvent, entry: Whereabouts | None) -> Whereabouts:
        return entry or Whereabouts(ended=Ended(round=1, at=NOW - timedelta(days=99)))


def test_the_changelog_is_declared_and_has_no_end() -> None:
    named = {spec.name: spec for spec in contracts.topics(partitions=12)}
    spec = named[views.changelog("routing", MattersProjection.name)]
    assert (spec.partitions, spec.cleanup) == (contracts.TABLE_PARTITIONS, "compact")
    assert spec.retention_hours == -1
