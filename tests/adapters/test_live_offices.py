"""The record of offices over a real broker: whole at every start, whatever was told before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from deploy.local.broker import Broker
from services.cities import OfficeKind
from services.cities.recorded import OfficeForm, OfficeName, OfficeRecorded
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.consuming.recent import Newest
from services.common.events.wire import Wire
from services.common.kernel import DomainError
from services.common.process.clock import utc_now
from services.common.publishing.outbox import Record
from services.common.run.service import running
from services.intake.adapters.offices import LiveOffices as OfIntake
from services.notify.adapters.offices import LiveOffices as OfNotify
from services.routing.adapters.offices import LiveOffices as OfRouting
from services.survey.adapters.offices import LiveOffices as OfSurvey
from tests.support.events import told_record
from tests.support.offices import EVENT
from tests.support.waiting import until

LIVE = {"intake": OfIntake, "notify": OfNotify, "routing": OfRouting, "survey": OfSurvey}
WIRE = Wire({EVENT: OfficeRecorded})


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    yield bus
    bus.close()


def record(office_id: str, revision: int, capacity: int) -> Record:
    form = OfficeForm(
        starts=None,
        ends=date(2026, 12, 31),
        names=(OfficeName(language="ko", text="물레동주민센터"),),
        area=(),
        district="west",
        dong="mill",
        successors=(),
        capacity=capacity,
        phone="",
    )
    event = OfficeRecorded(
        office_id=office_id, kind=OfficeKind.DONG, forms=(form,), revision=revision
    )
    # Told long ago: the record is read from its beginning, whatever the time.
    return told_record(*WIRE.encode(event), datetime(2020, 1, 1, tzinfo=UTC))


@dataclass
class Seen:
    """What one reader knows of an office."""

    offices: Newest[OfficeRecorded]
    office_id: str

    def capacity(self) -> int | None:
        try:
            known = self.offices.newest().get(self.office_id)
        except DomainError:
            return None
        return known.forms[-1].capacity if known else None


@pytest.mark.parametrize("service", LIVE)
async def test_each_start_knows_the_last_state_of_each_office_and_hears_the_next(
    broker: Broker, bus: KafkaBus, service: str
) -> None:
    live = LIVE[service]
    id_ = f"o-{uuid4()}"
    bus.send([record(id_, 1, 10), record(id_, 3, 30), record(id_, 2, 20), record(id_, 3, 30)])
    first = Seen(live(Brokers(broker.bootstrap), utc_now), id_)
    with pytest.raises(DomainError, match="view_away"):
        first.offices.newest()
    async with running([first.offices]):
        await until(lambda: first.capacity() == 30)
    again = Seen(live(Brokers(broker.bootstrap), utc_now), id_)
    async with running([again.offices]):
        await until(lambda: again.capacity() == 30)
        bus.send([record(id_, 4, 40)])
        await until(lambda: again.capacity() == 40)
    # Who reads no more knows what was known.
    assert again.capacity() == 40
