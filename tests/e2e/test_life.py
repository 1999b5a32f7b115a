"""Whole lives of inquiries: from the citizen's POST over five services to the closed status.

Everything is used as the world uses it; the offices do what each test says.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any
from uuid import uuid4

import grpc
import httpx
import pytest
from dasan.common.v1 import matter_pb2
from dasan.districts.v1 import events_pb2, work_pb2

from services.cities import OfficeKind
from simulation.actors.credentials import Key
from simulation.actors.offices import OfficeClient, Refused
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from tests.support.callers import header
from tests.support.city import ANSWER, CITY_HALL, City, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

NOT_COMPETENT = events_pb2.DECLINE_REASON_NOT_COMPETENT
JONGNO = "11110"
SAJIK = "1111053000"


async def opened(city: City, asked: Asked, attempt: int = 1) -> Any:
    """The assignment of this attempt, once the case lies at its office."""
    await city.told(asked.inquiry_id, f"CaseOpened:1:{attempt}")
    return (await city.told(asked.inquiry_id, f"InquiryAssigned:1:{attempt}")).message


async def assigned_office(city: City, asked: Asked, attempt: int = 1) -> OfficeClient:
    """The office to which the inquiry was given."""
    return city.office((await opened(city, asked, attempt)).office_id)


async def on_board(city: City, fact: str) -> None:
    """Waits until the board, which reads the topics of all services, shows what happened."""

    async def shown() -> bool:
        page = await city.http.get(f"{city.stack.http_url('routing')}/board?lang=en")
        return page.status_code == 200 and fact in page.text

    await eventually(shown, 20.0, f"the board shows {fact}")


async def test_a_question_to_the_city_is_answered_told_surveyed_and_closed(city: City) -> None:
    asked = await city.ask(
        Kind.CASE, {"text": "시내버스가 무정차로 지나갔어요", "category": "bus-complaint"}
    )
    assert (await city.status(asked))["answer"] is None
    assignment = await opened(city, asked)
    assert assignment.workload == matter_pb2.WORKLOAD_CITY
    office = city.office(assignment.office_id)
    named = city.pack.office(assignment.office_id).names["ko"]
    await office.accept(asked.inquiry_id)
    await city.shows(asked, "accepted")
    assert (await office.case(asked.inquiry_id)).text == "시내버스가 무정차로 지나갔어요"
    answer = "해당 노선의 운행 기록을 확인하고 운수회사에 시정을 요구하였습니다."
    await office.answer(asked.inquiry_id, answer)
    shown = await city.shows(asked, "answered")
    assert shown["answer"]["text"] == answer
    assert shown["office"] == {"id": assignment.office_id, "name": named}

    received = await city.message(asked, "received:1")
    assert asked.receipt_number in received["body"]
    assert "접수" in received["subject"]
    assert named in (await city.message(asked, "assigned:1:1"))["body"]
    assert answer in (await city.message(asked, "answered:1"))["body"]
    await city.answer_survey(asked, score=4)
    told = await city.told(asked.inquiry_id, "SurveyAnswered:1")
    assert (told.message.score, told.message.office_id) == (4, assignment.office_id)
    closed = await city.shows(asked, "closed")
    assert closed["answer"]["text"] == answer
    assert [step["status"] for step in closed["history"]] == [
        "received",
        "assigned",
        "accepted",
        "answered",
        "closed",
    ]
    service, answering = city.pack.service("bus-complaint"), city.pack.office(assignment.office_id)
    await on_board(city, f"{service.names['en']} → {answering.names['en']}")


async def test_a_complaint_with_a_point_goes_to_its_district_in_the_citizens_language(
    city: City,
) -> None:
    body = {"text": "There is noise all night", "place": CITY_HALL, "language": "en"}
    asked = await city.ask(Kind.CASE, body)
    assignment = await opened(city, asked)
    assert assignment.workload == matter_pb2.WORKLOAD_DISTRICT
    assert assignment.matter.service_code == "noise"
    office = city.pack.office(assignment.office_id)
    assert (office.kind, office.names["en"]) == (OfficeKind.DISTRICT, "Jung-gu Office")
    # Answered without having been accepted: that accepts it, too.
    await city.office(office.id).answer(asked.inquiry_id, ANSWER)
    await city.told(asked.inquiry_id, "CaseAccepted:1:1")
    told = await city.message(asked, "answered:1")
    assert ANSWER in told["body"]
    assert office.names["en"] in told["body"]
    assert "has answered" in told["body"]
    await city.answer_survey(asked)
    assert (await city.shows(asked, "closed"))["answer"]["text"] == ANSWER


async def test_a_permit_is_decided_by_the_community_office_it_is_delegated_to(city: City) -> None:
    asked = await city.ask(
        Kind.CASE,
        {"text": "대형폐기물 배출", "category": "bulky-waste", "place": {"dong_code": SAJIK}},
    )
    assignment = await opened(city, asked)
    assert assignment.office_id == f"o-{SAJIK}"
    assert assignment.delegated_by == f"d-{JONGNO}"
    assert assignment.workload == matter_pb2.WORKLOAD_DONG
    office = city.office(assignment.office_id)
    with pytest.raises(Refused, match="permit_case"):
        await office.answer(asked.inquiry_id, ANSWER)
    decided = events_pb2.PERMIT_DECISION_GRANTED_CONDITIONALLY
    case = await office.case(asked.inquiry_id)
    assert (case.dong_code, case.dong_name) == (SAJIK, "종로구 사직동")
    assert (case.service_name, case.item.language) == ("대형폐기물 배출신고", "ko")
    text = "배출 신고를 수리하였습니다. 다만, 배출할 때 통행로를 확보하는 것을 조건으로 합니다."
    await office.decide(asked.inquiry_id, decided, text)
    permit = (await city.told(asked.inquiry_id, "PermitDecided:1")).message
    assert (permit.decision, permit.delegated_by) == (decided, f"d-{JONGNO}")
    answered = (await city.told(asked.inquiry_id, "CaseAnswered:1")).message
    assert answered.outcome == events_pb2.OUTCOME_PERMIT_GRANTED_CONDITIONALLY
    assert answered.matter.permit
    await city.answer_survey(asked)
    shown = await city.shows(asked, "closed")
    assert shown["answer"]["text"] == text


async def test_a_question_answered_on_the_call_is_surveyed_without_a_case(city: City) -> None:
    asked = await city.ask(
        Kind.CALL,
        {
            "text": "여권은 어디서 만드나요",
            "category": "passport",
            "channel": "phone",
            "answer": {"text": "여권은 구청 민원여권과에서 신청하실 수 있습니다."},
        },
    )
    shown = await city.status(asked)
    assert shown["status"] == "answered"
    assert shown["answer"]["text"] == "여권은 구청 민원여권과에서 신청하실 수 있습니다."
    await city.answer_survey(asked, score=5)
    await city.shows(asked, "closed")
    told = city.lives.by_inquiry[asked.inquiry_id].told
    assert not {label for label in told if label.startswith(("Case", "Inquiry"))}
    assert {label for label in told if label.startswith("Message")} == {"MessageDelivered:survey:1"}


async def test_who_left_no_contact_is_answered_but_neither_told_nor_surveyed(city: City) -> None:
    asked = await city.ask(
        Kind.CASE, {"text": "버스가 안 와요", "category": "bus-complaint"}, contact=False
    )
    await (await assigned_office(city, asked)).answer(asked.inquiry_id, ANSWER)
    assert (await city.shows(asked, "closed"))["answer"]["text"] == ANSWER
    await city.told(asked.inquiry_id, "MessageSkipped:answered:1")
    deliveries = await city.http.get(
        f"{city.stack.http_url('notify')}/v1/deliveries",
        params={"inquiry_id": asked.inquiry_id},
        headers=header(city.stack.key_of("desk")),
    )
    assert "no_contact" in deliveries.text
    assert not list(city.stack.messages.glob(f"{asked.inquiry_id}*"))
    assert not city.lives.by_inquiry[asked.inquiry_id].of("SurveyInvited:1")


async def test_a_declined_case_goes_to_the_next_office_and_keeps_its_deadline(city: City) -> None:
    asked = await city.ask(
        Kind.CASE, {"text": "소음이 심합니다", "category": "noise", "place": CITY_HALL}
    )
    first = await opened(city, asked)
    await city.office(first.office_id).decline(asked.inquiry_id, NOT_COMPETENT)
    second = await opened(city, asked, 2)
    assert second.office_id != first.office_id
    assert second.due_at == first.due_at
    with pytest.raises(Refused, match="handed_on"):
        await city.office(first.office_id).answer(asked.inquiry_id, ANSWER)
    await city.office(second.office_id).answer(asked.inquiry_id, ANSWER)
    assert (await city.shows(asked, "answered"))["office"]["id"] == second.office_id
    await city.message(asked, "assigned:1:2")


async def test_two_refusals_lead_to_arbitration_and_the_designated_office_answers(
    city: City,
) -> None:
    asked = await city.ask(Kind.CASE, {"text": "소음", "category": "noise", "place": CITY_HALL})
    for attempt in (1, 2):
        office = await assigned_office(city, asked, attempt)
        await office.decline(asked.inquiry_id, NOT_COMPETENT)
    last = await opened(city, asked, 3)
    assert last.office_id == city.pack.arbitration_office.id
    assert last.binding
    arbitration = city.office(last.office_id)
    with pytest.raises(Refused, match="binding"):
        await arbitration.decline(asked.inquiry_id, NOT_COMPETENT)
    with pytest.raises(Refused, match="designates_only"):
        await arbitration.answer(asked.inquiry_id, ANSWER)
    named = await city.http.post(
        f"{city.stack.http_url('routing')}/v1/assignments/{asked.inquiry_id}/designate",
        json={"office": "c-environment"},
        headers=header(city.stack.key_of("desk")),
    )
    assert named.is_success, named.text
    designated = await opened(city, asked, 4)
    assert (designated.office_id, designated.rule) == ("c-environment", "designated")
    with pytest.raises(Refused, match="binding"):
        await city.office("c-environment").decline(asked.inquiry_id, NOT_COMPETENT)
    await city.office("c-environment").answer(asked.inquiry_id, ANSWER)
    assert (await city.shows(asked, "answered"))["office"]["id"] == "c-environment"


async def test_what_no_office_is_found_for_is_seen_and_assigned_by_a_person(city: City) -> None:
    asked = await city.ask(Kind.CASE, {"text": "zzz qqq xxx"})
    await city.told(asked.inquiry_id, "InquiryUnrouted:1")
    assert (await city.shows(asked, "unrouted"))["office"] is None
    routing = city.stack.http_url("routing")
    desk = header(city.stack.key_of("desk"))

    async def queued() -> bool:
        queue = (await city.http.get(f"{routing}/v1/unrouted", headers=desk)).json()
        return asked.inquiry_id in {item["inquiry_id"] for item in queue["items"]}

    assert await queued()
    await eventually(lambda: _alarm(city, above=0), 20, "the alarm shows an unrouted inquiry")
    answer = await city.http.post(
        f"{routing}/v1/unrouted/{asked.inquiry_id}/assign",
        json={"office": "c-transport", "service_code": "bus-complaint"},
        headers=desk,
    )
    assert answer.is_success, answer.text
    assert (await opened(city, asked)).rule == "manual"
    assert not await queued()
    await city.office("c-transport").answer(asked.inquiry_id, ANSWER)
    await city.shows(asked, "answered")


async def _alarm(city: City, *, above: float) -> bool:
    metrics = (await city.http.get(f"{city.stack.management_url('routing')}/metrics")).text
    values = [line for line in metrics.splitlines() if line.startswith("dasan_unrouted ")]
    return bool(values) and float(values[0].rpartition(" ")[2]) > above


async def test_who_forgot_to_say_where_is_asked_and_the_office_reads_the_answer(
    city: City,
) -> None:
    asked = await city.ask(Kind.CASE, {"text": "가로등 고장", "category": "street-light"})
    question = (await city.told(asked.inquiry_id, "PlaceAsked:1:1")).message
    shown = (await city.shows(asked, "asked"))["question"]
    assert (shown["number"], shown["standing"]) == (question.number, "open")
    told = await city.message(asked, "asked:1:1")
    assert "해당 장소가 어디인지" in told["body"]
    address = "종로구 사직동 9-1"
    answer = await city.http.post(
        f"{city.stack.http_url('intake')}/v1/inquiries/{asked.receipt_number}/answers",
        params={"secret": asked.secret},
        json={"question": question.number, "place": {"address": address}},
    )
    assert answer.is_success, answer.text
    city.outside.question_answered(asked, question.round, question.number)
    office = await assigned_office(city, asked)
    assert office.office_id == f"d-{JONGNO}"
    assert (await office.case(asked.inquiry_id)).address == address
    await office.answer(asked.inquiry_id, ANSWER)
    answered = await city.shows(asked, "answered")
    assert answered["question"]["standing"] == "answered"
    assert [step["status"] for step in answered["history"]] == [
        "received",
        "asked",
        "supplemented",
        "assigned",
        "accepted",
        "answered",
    ]


async def test_the_same_key_and_body_is_the_same_inquiry_and_another_body_is_refused(
    city: City,
) -> None:
    key = str(uuid4())
    body = {"text": "버스 노선이 궁금합니다", "category": "bus-complaint"}

    async def post(body: Mapping[str, Any]) -> httpx.Response:
        return await city.http.post(
            f"{city.stack.http_url('intake')}/v1/inquiries",
            json=body,
            headers={"Idempotency-Key": key},
        )

    first, again, other = await post(body), await post(body), await post({**body, "text": "?!"})
    assert first.status_code == again.status_code == httpx.codes.CREATED
    assert again.json() == first.json()
    assert other.status_code == httpx.codes.CONFLICT
    assert "idempotency_key_reused" in other.text
    inquiry_id = first.json()["inquiry_id"]
    await city.told(inquiry_id, "CaseOpened:1:1")
    assert city.lives.by_inquiry[inquiry_id].doubled == []


async def test_an_office_sees_and_touches_only_its_own_work(city: City) -> None:
    asked = await city.ask(
        Kind.CASE, {"text": "소음", "category": "noise", "place": {"dong_code": SAJIK}}
    )
    assignment = await opened(city, asked)
    own, other = city.office(assignment.office_id), city.office("d-11140")
    for forbidden in (
        other.case(asked.inquiry_id),
        other.accept(asked.inquiry_id),
        other.answer(asked.inquiry_id, ANSWER),
        other.decline(asked.inquiry_id, NOT_COMPETENT),
    ):
        with pytest.raises(Refused) as refused:
            await forbidden
        assert refused.value.slug == "unknown_case"
    assert asked.inquiry_id in await _listed(own)
    assert asked.inquiry_id not in await _listed(other)
    stranger = OfficeClient(city.outside.channel, "d-11140", Key("0" * 43))
    with pytest.raises(Refused) as refused:
        await stranger.case(asked.inquiry_id)
    assert refused.value.code is grpc.StatusCode.UNAUTHENTICATED


async def _listed(office: OfficeClient) -> set[str]:
    """What an office's watch begins with."""
    listed: set[str] = set()
    async with aclosing(office.watch()) as watch:
        async for response in watch:
            match response.WhichOneof("event"):
                case "caught_up":
                    return listed
                case "item":
                    item = response.item
                    assert item.state in (work_pb2.WORK_STATE_OPEN, work_pb2.WORK_STATE_ACCEPTED)
                    assert item.version > 0
                    listed.add(item.inquiry_id)
    raise AssertionError("the watch ended before it had told all")


async def test_an_office_that_was_cut_off_hears_what_it_missed_and_may_send_again(
    city: City,
) -> None:
    """It watches again from its last token: no list, only what changed; and what it sends twice
    under one id, or on a state that is gone, has no effect a second time."""
    here = {"category": "noise", "place": {"dong_code": SAJIK}}
    seen = await city.ask(Kind.CASE, {"text": "소음", **here})
    office = await assigned_office(city, seen)
    token = ""
    async with aclosing(office.watch()) as watch:
        async for response in watch:
            token = response.resume_token or token
            if response.WhichOneof("event") == "caught_up":
                break
    assert token
    missed = await city.ask(Kind.CASE, {"text": "소음이 또 납니다", **here})
    await opened(city, missed)
    told: list[Any] = []
    async with aclosing(office.watch(token)) as watch:
        async for response in watch:
            assert response.WhichOneof("event") != "snapshot_begins"
            if response.WhichOneof("event") == "caught_up":
                break
            if response.HasField("item"):
                told.append(response.item)
    item = next(item for item in told if item.inquiry_id == missed.inquiry_id)
    assert item.state == work_pb2.WORK_STATE_OPEN

    accepted = await office.accept(missed.inquiry_id, expected_version=item.version)
    assert accepted.version > item.version
    with pytest.raises(Refused, match="stale_version") as stale:
        await office.answer(missed.inquiry_id, ANSWER, expected_version=item.version)
    assert stale.value.code is grpc.StatusCode.ABORTED
    await office.answer(missed.inquiry_id, ANSWER, expected_version=accepted.version)
    await office.answer(seen.inquiry_id, ANSWER)
    await city.shows(missed, "answered")
    assert city.lives.by_inquiry[missed.inquiry_id].doubled == []


async def test_the_answer_comes_within_the_time_told_at_receipt(city: City) -> None:
    asked = await city.ask(
        Kind.CASE, {"text": "가로등 고장", "category": "street-light", "place": CITY_HALL}
    )
    due = (await opened(city, asked)).due_at.ToDatetime()
    promised = datetime.fromisoformat((await city.status(asked))["expected_answer_by"])
    assert due == promised.replace(tzinfo=None)
