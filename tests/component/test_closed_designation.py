"""A department that arbitration designated closes: its matter goes by itself from districts to
routing's arbitration desk, the coordinator sees why, names another office, and that one has it.

Both services as their bootstraps assemble them, on stores in memory; between them what each tells
goes as bytes of the contracts, all of it again each time. Without that the matter would lie at the
closed department with nobody told: the coordinator could not even designate anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.events_pb2 import DECLINE_REASON_NOT_COMPETENT
from dasan.intake.v1 import contacts_pb2
from dasan.routing.v1 import arbitration_pb2, events_pb2

from services.cities import OfficeKind
from services.cities.recorded import OfficeForm, OfficeName, OfficeRecorded
from services.common.aggregates.update import Stored
from services.common.bus.outcomes import Ack, Incoming, Outcome, Retry
from services.common.events.wire import Wire
from services.districts.adapters.wire import wire as wire_of_districts
from services.districts.domain.case.model import Accepted, Case, Declined, Open
from services.districts.domain.office.commands import RecordOffice
from services.districts.domain.office.model import Form, Name
from services.routing.adapters.wire import wire as wire_of_routing
from tests.component.districts import offices as districts
from tests.component.districts.offices import as_office
from tests.component.routing import world as routing
from tests.support.callers import metadata
from tests.support.kit import incoming

LAMP, HILL = "lamp", contacts_pb2.Place(dong_code="hill")
WORKS, EAST, WEST, DESK = "c-works", "d-east", "d-west", "c-hall"
COORDINATOR = metadata("desk")
DAY = timedelta(days=1)
TO_DISTRICTS = wire_of_districts(()).hearing(["dasan.routing.v1.InquiryAssigned"])
TO_ROUTING = wire_of_routing(()).hearing(
    ["dasan.districts.v1.CaseDeclined", "dasan.districts.v1.CaseAccepted"]
)


@dataclass
class Both:
    """The two services, and the way of the matter between them."""

    routing: routing.Service
    districts: districts.Service

    @property
    def case(self) -> Case:
        state = self.districts.store.documents[LAMP].state
        assert state is not None
        return state

    async def carry(self) -> set[Outcome]:
        """Brings all that each has told to the other until both know all of it; what became of it
        at routing the last time."""
        outcomes: set[Outcome] = set()
        for _ in range(3):
            told = heard(self.routing.store.documents[LAMP], TO_DISTRICTS)
            await self.districts.replica.districts.handle(told)
            answered = heard(self.districts.store.documents[LAMP], TO_ROUTING)
            outcomes = set(await self.routing.routing.handle(answered))
        return outcomes

    async def decline(self, office_id: str) -> None:
        request = work_pb2.DeclineRequest(inquiry_id=LAMP, reason=DECLINE_REASON_NOT_COMPETENT)
        await self.districts.offices.Decline(request, metadata=as_office(office_id))
        assert await self.carry() == {Ack()}

    async def designate(self, office_id: str) -> None:
        request = arbitration_pb2.DesignateRequest(inquiry_id=LAMP, office_id=office_id)
        async with self.routing.coordinator() as coordinator:
            await coordinator.Designate(request, metadata=COORDINATOR)
        await self.carry()

    async def listed(self) -> Sequence[Any]:
        """What the coordinator sees."""
        request = arbitration_pb2.ListArbitrationsRequest()
        async with self.routing.coordinator() as coordinator:
            answer = await coordinator.ListArbitrations(request, metadata=COORDINATOR)
        found: Sequence[Any] = answer.arbitrations
        return found

    async def later(self, by: timedelta) -> None:
        self.routing.now += by
        await self.districts.later(by)
        await self.routing.routing.rules.look()


def heard(stored: Stored[Any], wire: Wire) -> Sequence[Incoming]:
    """What is heard of all that was told of the matter, under the ids of the events."""
    decoded = ((one, wire.decode(one.type, one.key, one.data)) for one in stored.outbox)
    return [incoming(event, one.id) for one, event in decoded if event is not None]


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    async with routing.open_routing() as routing_, districts.serving() as districts_:
        await districts_.replica.districts.offices.seed()
        await districts_.replica.districts.directory.look()
        routing_.intake.holds(LAMP, "", HILL)
        await routing_.routing.handle([routing.received(LAMP, "lamp")])
        made = Both(routing_, districts_)
        await made.carry()
        yield made


async def close_in_districts(service: districts.Service, today: date) -> None:
    both_names = (Name(language="en", text="Works"), Name(language="ko", text="건설과"))
    command = RecordOffice(
        office_id=WORKS,
        form=Form(starts=today, ends=today, names=both_names),
        reason="a test",
        by="city-admin",
        command_id="",
        expected_version=None,
    )
    await service.replica.districts.offices.record(command)


def closed_as_told(today: date) -> OfficeRecorded:
    """What routing hears of it."""
    form = OfficeForm(
        starts=None,
        ends=today,
        names=(OfficeName(language="en", text="Works"),),
        area=(),
        district="",
        dong="",
        successors=(),
        capacity=None,
        phone="",
    )
    return OfficeRecorded(office_id=WORKS, kind=OfficeKind.CITY, forms=(form,), revision=1)


@pytest.mark.parametrize("accepted", [False, True])
async def test_the_coordinator_gets_what_a_closed_department_had_to_answer(
    both: Both, accepted: bool
) -> None:
    for office_id in (EAST, WORKS):
        await both.decline(office_id)
    await both.designate(WORKS)
    assert (both.case.work.office_id, both.case.work.binding) == (WORKS, True)
    if accepted:
        request = work_pb2.AcceptRequest(inquiry_id=LAMP)
        await both.districts.offices.Accept(request, metadata=as_office(WORKS))
        await both.carry()
    today = districts.NOW.astimezone(districts.TOWN.timezone).date()
    await close_in_districts(both.districts, today)
    returns = both.districts.replica.districts.returns
    await returns.once()
    assert isinstance(both.case, Accepted if accepted else Open)
    assert await both.listed() == []

    await both.later(DAY)
    await returns.once()
    assert isinstance(both.case, Declined)
    # The record of offices is late at routing: the matter is not dropped, it waits.
    assert Retry(slug="closing_unheard", may_pass=True) in await both.carry()
    both.routing.offices.hear(closed_as_told(today))
    assert await both.carry() == {Ack()}

    [open_] = await both.listed()
    assert open_.cause == events_pb2.ARBITRATION_CAUSE_OFFICE_CLOSED
    assert (open_.previous_office_id, list(open_.refused_office_ids)) == (WORKS, [EAST, WORKS])
    assert open_.HasField("decide_by")
    assert (both.case.work.office_id, both.case.work.to_designate) == (DESK, True)
    await returns.once()
    await both.designate(WEST)
    assert isinstance(both.case, Open)
    assert (both.case.work.office_id, both.case.work.attempt) == (WEST, 6)
    assert await both.listed() == []
