"""The record of offices as the service keeps it: seeded once, whatever replica starts, and told
again when a person asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta

from services.cities import City
from services.common.aggregates.marking import marking
from services.common.aggregates.ticker import Ticker
from services.common.process.clock import new_id
from services.districts.application.telling import mark_for_telling
from services.districts.domain.office.events import OfficeRecorded
from tests.component.districts.offices import TOWN, WIRE, MemoryOfficeReads, Service
from tests.support.kit import part

DAY = date(2026, 11, 23)


def told(service: Service) -> list[OfficeRecorded]:
    """What the outboxes of the offices tell."""
    found = []
    for envelope in service.recorded.told():
        event = WIRE.decode(envelope.type, envelope.key, envelope.data)
        assert isinstance(event, OfficeRecorded)
        found.append(event)
    return found


def with_capacity(capacity: int) -> City:
    """The town as another pack has it."""
    mill = replace(TOWN.offices["o-mill"], capacity=capacity)
    return TOWN.with_offices({"o-mill": [mill]}, on=DAY)


async def test_each_office_of_the_pack_is_recorded_once_by_whatever_replica(
    service: Service,
) -> None:
    replicas = [service.replica, await service.another(), await service.another()]
    await asyncio.gather(*(replica.districts.offices.seed() for replica in replicas))
    await service.replica.districts.offices.seed()
    assert sorted(event.office_id for event in told(service)) == sorted(TOWN.offices)
    assert {stored.version for stored in service.recorded.documents.values()} == {1}
    [mill] = [event for event in told(service) if event.office_id == "o-mill"]
    assert [name.text for name in mill.forms[0].names] == ["Mill Office", "물레동주민센터"]
    assert (mill.forms[0].district, mill.forms[0].dong) == ("west", "mill")


async def test_a_round_that_was_cut_off_leaves_the_rest_to_the_next(service: Service) -> None:
    await service.replica.districts.offices.seed()
    del service.recorded.documents["o-hill"]
    await (await service.another()).districts.offices.seed()
    assert service.recorded.documents.keys() == TOWN.offices.keys()
    assert {stored.version for stored in service.recorded.documents.values()} == {1}


async def test_a_new_pack_tells_only_what_it_changes_and_an_older_one_nothing(
    service: Service,
) -> None:
    await service.replica.districts.offices.seed()
    service.city = with_capacity(30)
    await (await service.another()).districts.offices.seed()
    versions = {id_: stored.version for id_, stored in service.recorded.documents.items()}
    assert versions == {id_: 2 if id_ == "o-mill" else 1 for id_ in TOWN.offices}
    latest = [event for event in told(service) if event.office_id == "o-mill"][-1]
    assert latest.forms[0].capacity == 30
    service.city = TOWN
    await (await service.another()).districts.offices.seed()
    assert service.recorded.documents["o-mill"].version == 2
    state = service.recorded.documents["o-mill"].state
    assert state is not None
    assert state.forms[0].capacity == 30


async def test_what_one_replica_recorded_the_others_know_after_a_look(service: Service) -> None:
    other = await service.another()
    await service.replica.districts.offices.seed()
    assert other.districts.directory.all() == []
    assert "o-mill" in other.districts.directory  # by the pack
    await other.districts.directory.look()
    assert {stored.id for stored in other.districts.directory.all()} == TOWN.offices.keys()
    assert other.districts.directory.district_of("o-mill", DAY) == "west"
    assert other.districts.directory.district_of("c-hall", DAY) == ""


async def test_a_person_has_every_office_told_again_under_a_higher_revision(
    service: Service,
) -> None:
    await service.replica.districts.offices.seed()
    before = {event.office_id: event.revision for event in told(service)}
    reads = MemoryOfficeReads(service.recorded)
    aggregates = marking(
        "districts", service.recorded, wire=WIRE, clock=lambda: service.now, new_id=new_id
    )
    assert await mark_for_telling(
        await reads.versions(),
        aggregates,
        clock=lambda: service.now,
        new_id=new_id,
    ) == len(TOWN.offices)
    await service.later(timedelta(seconds=1))
    for replica in (service.replica, await service.another()):
        await part(replica.districts, Ticker, "offices_ticker").tick()
    latest = {event.office_id: event.revision for event in told(service)}
    assert latest.keys() == before.keys()
    assert all(latest[id_] > before[id_] for id_ in before)
    assert await service.recorded.waking(service.now + timedelta(days=9), 10) == []
