"""Routing decides by the offices as they are recorded: through its handlers and its pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from dasan.intake.v1 import contacts_pb2 as pb

from services.cities import Office, OfficeKind
from services.cities.recorded import OfficeForm, OfficeName, OfficeRecorded
from services.common.consuming.consume import Ack
from services.common.kernel import DomainError
from services.routing.application.figures import LEAST_AGE_SECONDS
from services.routing.domain.assignment.events import InquiryAssigned
from services.routing.domain.ruleset.decide import NOTICE
from tests.component.routing.test_rulesets import LAMPS_TO_HALL, activate, propose, rules
from tests.component.routing.world import NOW, TOWN, Service, lying, open_routing, received

TODAY = NOW.date()
MILL = pb.Place(dong_code="mill")
HILL = pb.Place(dong_code="hill")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with open_routing() as made:
        yield made


def recorded(office: Office, revision: int, **changes: object) -> OfficeRecorded:
    """The office as the pack has it, but for these fields of its form."""
    form = OfficeForm(
        starts=None,
        ends=None,
        names=tuple(OfficeName(language=k, text=v) for k, v in office.names.items()),
        area=(),
        district=office.district or "",
        dong=office.dong or "",
        successors=(),
        capacity=None,
        phone="",
    )
    return OfficeRecorded(
        office_id=office.id,
        kind=OfficeKind(office.kind),
        forms=(replace(form, **changes),),  # type: ignore[arg-type]
        revision=revision,
    )


async def office_of(service: Service, id_: str, place: pb.Place, code: str) -> str:
    service.intake.holds(id_, "", place)
    assert await service.routing.handle([received(id_, code, at=service.now)]) == [Ack()]
    [told] = service.told(id_)
    assert isinstance(told, InquiryAssigned)
    return told.office_id


async def test_a_closed_office_gets_no_new_work_from_its_day_on(service: Service) -> None:
    mill = TOWN.offices["o-mill"]
    service.offices.hear(recorded(mill, 1, ends=TODAY))
    assert await office_of(service, "a", MILL, "moving-in") == "o-mill"
    service.now += timedelta(days=1)
    await service.routing.rules.look()
    assert await office_of(service, "b", MILL, "moving-in") == "d-west"
    # A later state opens it again before it counts for others; an older one that is late does not.
    service.offices.hear(recorded(mill, 3))
    service.offices.hear(recorded(mill, 2, ends=TODAY))
    assert await office_of(service, "c", MILL, "moving-in") == "o-mill"


async def test_a_person_cannot_give_a_closed_office_new_work(service: Service) -> None:
    mill = TOWN.offices["o-mill"]
    service.offices.hear(recorded(mill, 1, ends=TODAY - timedelta(days=1)))
    service.intake.holds("a", "qwerty", MILL)
    await service.routing.handle([received("a")])
    order = {"office": "o-mill", "service_code": "moving-in"}
    closed = await service.http.post("/v1/unrouted/a/assign", json=order)
    assert closed.json()["type"] == "urn:dasan:office_not_competent"
    service.offices.hear(recorded(mill, 2))
    opened = await service.http.post("/v1/unrouted/a/assign", json=order)
    assert opened.status_code == 200, opened.text


async def test_a_changed_capacity_weighs_between_equal_offices(service: Service) -> None:
    equal = {**LAMPS_TO_HALL, "to": {"equal": ["office:c-hall", "office:c-works"]}}
    await propose(service, rules("t2", equal))
    await activate(service, "t2")
    service.now += NOTICE
    service.matters.matters = [lying("c-hall"), lying("c-hall"), lying("c-works")]
    service.seconds += LEAST_AGE_SECONDS
    assert await office_of(service, "a", HILL, "lamp") == "c-works"
    service.offices.hear(recorded(TOWN.offices["c-hall"], 1, capacity=40))
    service.offices.hear(recorded(TOWN.offices["c-works"], 1, capacity=10))
    assert await office_of(service, "b", HILL, "lamp") == "c-hall"


async def test_nothing_is_decided_before_the_record_was_read(service: Service) -> None:
    """An office that has closed could be given new work."""
    service.offices.away = True
    service.intake.holds("a", "", MILL)
    with pytest.raises(DomainError, match="view_away"):
        await service.routing.handle([received("a", "moving-in")])
    assert "a" not in service.store.documents
    service.offices.away = False
    assert await office_of(service, "a", MILL, "moving-in") == "o-mill"
