"""The offices of a city that has started: each was recorded and told, and the city knows them, also
by a new name. No service restarts meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict

import pytest
from dasan.districts.v1 import offices_pb2
from dasan.districts.v1.offices_pb2_grpc import OfficesServiceStub

from services import cities
from services.common.process.clock import utc_now
from simulation.judge import evidence
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from tests.support.callers import metadata
from tests.support.city import ANSWER, City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

# The delegations are told on it, too.
TOPIC = "dasan.offices.v1"
EVENT = b"dasan.districts.v1.OfficeRecorded"
# A district that no other test asks by its name.
SEOCHO = "11650"
RENAMED = "서초한강구청"
NUMBER = "02-2199-0000"


async def test_each_office_of_the_pack_is_recorded_and_told_once_by_itself(city: City) -> None:
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
    keys: defaultdict[int, list[str]] = defaultdict(list)
    for record in sorted(told, key=lambda one: (one.partition, one.offset)):
        if EVENT in dict(record.headers).values():
            keys[record.partition].append(record.key.decode())
    assert {key for of_partition in keys.values() for key in of_partition} == set(seoul.offices)
    # Runbooks have them told again, which `test_docs` does in the same city.
    for of_partition in keys.values():
        first_time = of_partition[: len(set(of_partition))]
        assert len(set(first_time)) == len(first_time), "one was told twice before all were told"


async def asked_in_seocho(city: City, dong: str) -> Asked:
    """A matter of the district, once it lies there."""
    body = {"text": "소음", "category": "noise", "place": {"dong_code": dong}}
    asked = await city.ask(Kind.CASE, body)
    assignment = (await city.told(asked.inquiry_id, "InquiryAssigned:1:1")).message
    assert assignment.office_id == f"d-{SEOCHO}"
    await city.told(asked.inquiry_id, "CaseOpened:1:1")
    return asked


async def test_citizens_read_the_new_name_of_an_office_on_pages_and_in_messages(
    city: City,
) -> None:
    """Red while intake, notify, survey and the board named offices by the pack alone, and while no
    recorded number reached them."""
    office = city.pack.office(f"d-{SEOCHO}")
    dong = next(
        one.dong for one in city.pack.offices.values() if one.district == SEOCHO and one.dong
    )
    before = await asked_in_seocho(city, dong)
    assert (await city.shows(before, "assigned"))["office"]["name"] == office.names["ko"]
    today = utc_now().astimezone(city.pack.timezone).date()
    form = offices_pb2.OfficeForm(
        starts=today.isoformat(),
        names=[
            offices_pb2.OfficeName(language="en", text="Seocho-Hangang-gu Office"),
            offices_pb2.OfficeName(language="ko", text=RENAMED),
        ],
        area=[offices_pb2.OfficeName(language=key, text=text) for key, text in office.area.items()],
        district=SEOCHO,
        phone=NUMBER,
    )
    await OfficesServiceStub(city.outside.channel).RecordOffice(
        offices_pb2.RecordOfficeRequest(office_id=office.id, form=form, reason="명칭 변경"),
        metadata=metadata(city.stack.key_of("offices-desk")),
        timeout=5,
    )

    async def on_page() -> bool:
        page = await city.http.get(
            f"{city.stack.http_url('intake')}/v1/inquiries/{before.receipt_number}",
            params={"secret": before.secret},
            headers={"Accept": "text/html"},
        )
        return RENAMED in page.text and NUMBER in page.text

    await eventually(on_page, 20, "the page has the new name and the number")
    assert (await city.status(before))["office"]["name"] == RENAMED

    async def on_board() -> bool:
        board = f"{city.stack.http_url('routing')}/board/districts/{SEOCHO}"
        return RENAMED in (await city.http.get(board, params={"lang": "ko"})).text

    await eventually(on_board, 20, "the board has the new name")
    after = before

    async def in_message() -> bool:
        nonlocal after
        after = await asked_in_seocho(city, dong)
        return RENAMED in (await city.message(after, "assigned:1:1"))["body"]

    await eventually(in_message, 20, "a message has the new name")
    await city.office(office.id).answer(after.inquiry_id, ANSWER)
    link = re.search(r"http\S+/s/\S+", (await city.message(after, "survey:1"))["body"])
    assert link is not None

    async def on_survey() -> bool:
        return RENAMED in (await city.http.get(link[0])).text

    await eventually(on_survey, 20, "the survey has the new name")
    await city.answer_survey(after)
