"""The offices of a city that has started: each was recorded and told, and the city knows them."""

from __future__ import annotations

import asyncio

import pytest
from dasan.districts.v1 import offices_pb2
from dasan.districts.v1.offices_pb2_grpc import OfficesServiceStub

from services import cities
from services.common.process.clock import utc_now
from simulation.judge import evidence
from tests.support.callers import metadata
from tests.support.city import City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
]

# The delegations are told on it, too.
TOPIC = "dasan.offices.v1"
EVENT = b"dasan.districts.v1.OfficeRecorded"


async def test_each_office_of_the_pack_is_recorded_and_told_once(city: City) -> None:
    seoul = cities.load("seoul")
    today = utc_now().astimezone(seoul.timezone).date()
    there = {office.id for office in seoul.offices_on(today)}
    stub = OfficesServiceStub(city.outside.channel)
    reader = metadata(city.stack.key_of("offices-desk"))

    async def all_listed() -> bool:
        found, token = set(), ""
        while True:
            request = offices_pb2.ListOfficesRequest(page_size=500, page_token=token)
            answer = await stub.ListOffices(request, metadata=reader, timeout=5)
            found |= {office.office_id for office in answer.offices}
            if not (token := answer.next_page_token):
                return found == there

    await eventually(all_listed, 30, "every office is listed")
    told = await asyncio.to_thread(evidence.records, city.stack.broker.bootstrap, [TOPIC])
    keys = [record.key.decode() for record in told if EVENT in dict(record.headers).values()]
    assert sorted(keys) == sorted(seoul.offices)
