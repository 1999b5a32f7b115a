"""What citizens do about their own cases, over all five services: sent, asked for, withdrawn,
objected; the office reads it, and what comes too late is refused by name.

The office's software is real gRPC; the citizen uses the API.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from dasan.districts.v1 import cases_pb2 as pb
from dasan.districts.v1 import events_pb2, work_pb2
from dasan.districts.v1.cases_pb2_grpc import CaseServiceStub

from simulation.actors.offices import OfficeClient
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from tests.e2e.test_life import assigned_office
from tests.support.city import ANSWER, CITY_HALL, City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

MISSING = "소음이 나는 시간을 적어 보내 주시기 바랍니다."
SENT = "매일 밤 11시부터 1시까지입니다."


async def at_work(city: City, kind: Kind = Kind.OPEN, **body: Any) -> tuple[Asked, OfficeClient]:
    """An inquiry that its office has accepted."""
    asked = await city.ask(kind, body)
    office = await assigned_office(city, asked)
    await office.accept(asked.inquiry_id)
    await city.shows(asked, "accepted")
    return asked, office


async def on_case(city: City, office: OfficeClient, rpc: str, request: Any) -> Any:
    """An office's command of `CaseService`."""
    metadata = (("authorization", f"Bearer {city.outside.ways.office_keys[office.office_id]}"),)
    call = getattr(CaseServiceStub(city.outside.channel), rpc)
    return await call(request, metadata=metadata, timeout=20.0)


async def asks_for(city: City, office: OfficeClient, asked: Asked) -> None:
    """The office asks for something, and the citizen reads what."""
    request = pb.RequestSupplementRequest(
        inquiry_id=asked.inquiry_id, command_id=str(uuid4()), text=MISSING, days=5
    )
    await on_case(city, office, "RequestSupplement", request)

    async def shown() -> bool:
        found = (await city.status(asked))["proceedings"]["request"]
        return found is not None and found["text"] == MISSING and found["open"]

    await eventually(shown, 20.0, "the citizen reads what is asked for")


async def act(city: City, asked: Asked, body: dict[str, Any]) -> httpx.Response:
    """An act of the citizen."""
    return await city.http.post(
        f"{city.stack.http_url('intake')}/v1/inquiries/{asked.receipt_number}/acts",
        params={"secret": asked.secret},
        json=body,
    )


async def stands(city: City, asked: Asked, number: int, standing: str) -> Any:
    """An act of the citizen once it stands so, as the citizen sees it."""
    found: Any = None

    async def there() -> bool:
        nonlocal found
        acts = (await city.status(asked))["proceedings"]["acts"]
        found = next((one for one in acts if one["number"] == number), None)
        return found is not None and found["standing"] == standing

    await eventually(there, 30.0, f"act {number} is {standing}")
    return found


async def test_what_is_missing_is_asked_for_prolonged_sent_and_answered(city: City) -> None:
    asked, office = await at_work(
        city, Kind.CASE, text="밤마다 시끄럽습니다", category="noise", place=CITY_HALL
    )
    await asks_for(city, office, asked)
    more = {"kind": "more_time", "round": 1, "request": 1, "extension": 1, "days": 3}
    assert (await act(city, asked, more)).status_code == httpx.codes.CREATED
    await stands(city, asked, 1, "taken")
    sent = {"kind": "supplement", "round": 1, "request": 1, "text": SENT, "attachments": ["A-1"]}
    for _ in range(2):
        assert (await act(city, asked, sent)).status_code == httpx.codes.CREATED
    await stands(city, asked, 2, "taken")
    case = await office.case(asked.inquiry_id)
    assert [(one.number, one.text, list(one.attachments)) for one in case.acts] == [
        (1, "", []),
        (2, SENT, ["A-1"]),
    ]
    assert case.acts[1].standing == work_pb2.CITIZEN_ACT_STANDING_TAKEN
    assert case.item.case_state == work_pb2.CASE_STATE_ACCEPTED
    await office.answer(asked.inquiry_id, ANSWER)
    shown = await city.shows(asked, "answered")
    marks = [step["status"] for step in shown["history"]]
    for mark in ("supplement_requested", "supplement_prolonged", "supplement_received"):
        assert marks.count(mark) == 1
    life = city.lives.by_inquiry[asked.inquiry_id]
    for label in ("MoreTimeAsked:1:1", "SupplementSent:1:2", "CitizenActTaken:1:2"):
        assert label in life.told


async def test_who_withdraws_gets_no_answer_and_a_later_answer_is_refused(city: City) -> None:
    asked, office = await at_work(
        city, text="불법 주차가 많습니다", category="noise", place=CITY_HALL
    )
    assert (await act(city, asked, {"kind": "withdrawal", "round": 1})).status_code == 201
    await city.shows(asked, "withdrawn")
    await stands(city, asked, 1, "taken")
    case = await office.case(asked.inquiry_id)
    assert case.item.case_state == work_pb2.CASE_STATE_WITHDRAWN


async def test_what_comes_after_the_answer_is_refused_and_the_citizen_is_told(city: City) -> None:
    """The citizen's page has not heard of the answer yet when the withdrawal is sent."""
    asked, office = await at_work(
        city,
        Kind.CASE,
        text="가로등이 깜박입니다",
        category="noise",
        place=CITY_HALL,
    )
    await asks_for(city, office, asked)
    received = pb.ReceiveSupplementRequest(inquiry_id=asked.inquiry_id, command_id=str(uuid4()))
    await on_case(city, office, "ReceiveSupplement", received)
    await office.answer(asked.inquiry_id, ANSWER)
    withdrawn = await act(city, asked, {"kind": "withdrawal", "round": 1})
    if withdrawn.status_code == httpx.codes.CONFLICT:
        assert withdrawn.json()["type"] == "urn:dasan:matter_ended"
        return
    assert (await stands(city, asked, 1, "refused"))["refusal"] == "answered"
    assert (await city.message(asked, "act_refused:1:1"))["body"]
    assert (await city.shows(asked, "answered"))["answer"]["text"] == ANSWER


async def test_a_refused_permit_is_objected_to_and_the_decision_is_read(city: City) -> None:
    asked, office = await at_work(
        city,
        Kind.CASE,
        text="대형폐기물 배출",
        category="bulky-waste",
        place={"dong_code": "1111053000"},
    )
    refused = events_pb2.PERMIT_DECISION_REFUSED
    await office.decide(asked.inquiry_id, refused, "요건을 갖추지 못하여 거부합니다.")
    await city.shows(asked, "answered")
    objection = {"kind": "objection", "round": 1, "text": "요건을 모두 갖추었습니다."}
    assert (await act(city, asked, objection)).status_code == 201
    await stands(city, asked, 1, "taken")
    case = await office.case(asked.inquiry_id)
    assert case.acts[0].text == "요건을 모두 갖추었습니다."
    assert case.item.case_state == work_pb2.CASE_STATE_OBJECTED
    decision = pb.DecideObjectionRequest(
        inquiry_id=asked.inquiry_id, command_id=str(uuid4()), upheld=False, text="기각합니다."
    )
    await on_case(city, office, "DecideObjection", decision)

    async def read() -> bool:
        found = (await city.status(asked))["proceedings"]["objections"]
        return bool(found) and found[0]["text"] == "기각합니다."

    await eventually(read, 20.0, "the citizen reads the decision")


async def test_the_document_of_a_granted_permit_is_on_the_page(city: City) -> None:
    asked, office = await at_work(
        city,
        Kind.CASE,
        text="대형폐기물 배출",
        category="bulky-waste",
        place={"dong_code": "1111053000"},
    )
    granted = events_pb2.PERMIT_DECISION_GRANTED
    await office.decide(asked.inquiry_id, granted, "수리합니다.")
    shown = (await city.shows(asked, "answered"))["proceedings"]
    [document] = shown["documents"]
    assert shown["verify_url"].endswith("/permits")
    assert document["standing"] == "valid"
    made = await city.http.get(
        f"{city.stack.http_url('intake')}/v1/inquiries/{asked.receipt_number}"
        f"/documents/{document['document_no']}",
        params={"secret": asked.secret, "format": "pdf"},
    )
    assert made.status_code == httpx.codes.OK
    assert made.content.startswith(b"%PDF")
    verified = await city.http.get(
        f"{city.stack.http_url('districts')}/permits",
        params={"number": document["document_no"], "lang": "ko"},
    )
    assert document["document_no"] in verified.text
