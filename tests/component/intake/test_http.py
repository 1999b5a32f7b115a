"""The HTTP API as a citizen or a system meets it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest

from services.cities import Channel, City, Matter
from services.common.aggregates.group_commit import MOST_WAITING, GroupCommit
from services.common.aggregates.persistence import Persistence
from services.common.aggregates.update import Cause, Update
from services.common.consuming.consume import Ack, Retry
from services.common.kernel import DomainError, Kind
from services.common.run.service import running
from services.intake.application.receive import request_digest
from services.intake.domain.admit import ReceiveInquiry
from services.intake.domain.events import (
    CaseAccepted,
    CaseAnswered,
    InquiryAssigned,
    InquiryUnrouted,
    SurveyExpired,
)
from services.intake.domain.model import Answered, Closed, Contact, Inquiry, Outcome
from services.intake.settings import IntakeSettings
from tests.support.callers import header
from tests.support.kit import known, part

from .conftest import START, World

QUESTION = {
    "text": "도로에 포트홀이 있어요",
    "place": {"lat": 37.5663, "lon": 126.9779},
    "contact": {"name": "홍길동", "email": "gildong@example.org", "phone": "010-0000-0001"},
}
LATER = START + timedelta(minutes=5)
DUE = START + timedelta(days=3)


def status_path(receipt: dict[str, str]) -> str:
    assert receipt["status_url"].startswith("https://ask.example/")
    return receipt["status_url"].removeprefix("https://ask.example")


class TestPosting:
    async def test_an_inquiry_is_stored_and_told_before_its_receipt(self, world: World) -> None:
        response = await world.post(QUESTION)
        assert response.status_code == 201
        receipt = response.json()
        assert receipt["receipt_number"].startswith("261123-00001-")
        assert receipt["status"] == "received"
        assert receipt["expected_answer_on"] == "2026-11-26"
        assert response.headers["Location"] == receipt["status_url"]
        assert receipt["status_secret"] not in receipt["status_url"]
        assert receipt["inquiry_id"] in world.store.documents
        assert world.told() == ["InquiryReceived"]

    async def test_what_is_told_holds_nothing_of_the_citizen(self, world: World) -> None:
        await world.post(QUESTION)
        (told,) = world.store.told()
        for word in ("포트홀", "홍길동", "gildong", "82100000", "37.56"):
            assert word.encode() not in told.data

    async def test_what_has_a_receipt_is_on_the_bus_at_the_latest_when_the_service_stops(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        async with running([part(world.service, Persistence)]):
            pass
        [record] = world.bus.records
        assert (record.topic, record.key) == ("dasan.inquiries.v1", receipt["inquiry_id"].encode())

    async def test_words_hold_no_control_character_that_an_offices_system_would_refuse(
        self, world: World
    ) -> None:
        receipt = await world.receipt(
            text="a\0b\x1b[31m\x0bc\x85d\r\n\te\u200d",
            place={"address": "1\0 Mill Lane\x7f"},
            channel="phone",
            answer={"text": "y\0es"},
        )
        (stored,) = world.store.documents.values()
        assert stored.state is not None
        asked = stored.state.record.asked
        assert asked.text == "a b [31m c d\r\n\te\u200d"
        assert asked.place is not None
        assert asked.place.address == "1  Mill Lane"
        shown = (await world.client.get(status_path(receipt))).json()
        assert shown["answer"]["text"] == "y es"
        assert (await world.post({"text": "\0\x1b"})).status_code == 422

    async def test_numbers_count_up_and_one_lease_serves_many(self, world: World) -> None:
        numbers = [(await world.receipt())["receipt_number"][7:12] for _ in range(5)]
        assert numbers == ["00001", "00002", "00003", "00004", "00005"]
        assert world.counter.leases == 1

    async def test_requests_that_come_together_get_different_numbers(self, world: World) -> None:
        receipts = await asyncio.gather(*(world.receipt() for _ in range(250)))
        assert len({receipt["receipt_number"] for receipt in receipts}) == 250
        assert world.counter.leases == 3

    async def test_the_day_is_the_citys(self, world: World) -> None:
        world.now = START.replace(hour=15)  # past midnight in Seoul
        assert (await world.receipt())["receipt_number"].startswith("261124-00001-")

    async def test_a_call_answered_on_the_line(self, world: World) -> None:
        receipt = await world.receipt(
            channel="phone", contact={"phone": "010-0000-0001"}, answer={"text": "네, 가능합니다"}
        )
        assert receipt["status"] == "answered"
        assert world.told() == ["CallAnswered"]
        status = (await world.client.get(status_path(receipt))).json()
        assert status["status"] == "answered"
        assert status["answer"] == {
            "text": "네, 가능합니다",
            "office": {"id": "c-dasan", "name": "120다산콜재단"},
        }
        assert world.offices.asked == 0, "intake holds the words of a call itself"

    async def test_an_anonymous_call_is_closed(self, world: World) -> None:
        assert (await world.receipt(answer={"text": "네"}))["status"] == "closed"


class TestIdempotency:
    async def test_the_same_request_gets_the_very_same_receipt(self, world: World) -> None:
        first = await world.post(QUESTION, key="k")
        world.now = LATER
        second = await world.post(QUESTION, key="k")
        assert second.status_code == 201
        assert second.content == first.content
        assert second.headers["Location"] == first.headers["Location"]
        assert len(world.store.documents) == 1
        assert world.told() == ["InquiryReceived"]

    async def test_the_receipt_stays_the_same_when_the_inquiry_has_moved_on(
        self, world: World
    ) -> None:
        first = await world.post(QUESTION, key="k")
        await world.hear(answered(first.json()))
        assert (await world.post(QUESTION, key="k")).content == first.content

    async def test_how_the_body_is_written_does_not_matter(self, world: World) -> None:
        first = await world.post({"text": "문의", "channel": "web"}, key="k")
        second = await world.post({"category": None, "text": "  문의 "}, key="k")
        assert second.content == first.content

    async def test_another_body_under_the_key_is_refused(self, world: World) -> None:
        await world.post(QUESTION, key="k")
        response = await world.post({**QUESTION, "text": "다른 문의"}, key="k")
        assert response.status_code == 409
        assert response.json()["type"] == "urn:dasan:idempotency_key_reused"

    async def test_two_at_once_are_one(self, world: World) -> None:
        responses = await asyncio.gather(*(world.post(QUESTION, key="k") for _ in range(20)))
        assert {response.content for response in responses} == {responses[0].content}
        assert responses[0].status_code == 201
        assert len(world.store.documents) == 1

    async def test_two_different_at_once_are_one_and_a_conflict(self, world: World) -> None:
        responses = await asyncio.gather(
            world.post(QUESTION, key="k"), world.post({"text": "다른"}, key="k")
        )
        assert [response.status_code for response in responses] == [201, 409]

    async def test_without_a_key_every_request_is_its_own(self, world: World) -> None:
        await world.post(QUESTION)
        await world.post(QUESTION)
        assert len(world.store.documents) == 2

    async def test_after_a_database_was_away_the_same_key_takes_it_once(self, world: World) -> None:
        world.store.away = True
        refused = await world.post(QUESTION, key="k")
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert not world.store.documents
        world.store.away = False
        assert (await world.post(QUESTION, key="k")).status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 201])
    async def test_a_key_that_is_none_is_refused(self, world: World, key: str) -> None:
        assert (await world.post(QUESTION, key=key)).status_code == 422


async def test_a_key_that_comes_again_uses_up_no_receipt_numbers(world: World) -> None:
    """No limit counts it, so one sender could make the numbers of a day as long as he likes."""
    for text in ("x", "y") * 150:
        answer = await world.post({"text": text}, key="k")
        assert answer.status_code == (201 if text == "x" else 409)
    later = [(await world.receipt(text="z"))["receipt_number"] for _ in range(2)]
    assert [number.split("-")[1] for number in later] == ["00002", "00003"]


async def test_a_number_that_another_inquiry_has_does_not_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the counter of the day was restored from an old backup."""

    async def clash(writes: Sequence[Any], fence: object) -> Sequence[DomainError]:
        return [DomainError("duplicate_receipt_number", Kind.CONFLICT, "taken")] * len(writes)

    with monkeypatch.context() as restored:
        restored.setattr(world.store, "save", clash)
        assert (await world.post({"text": "x"})).status_code == 409
    assert (await world.receipt(text="x"))["receipt_number"].split("-")[1] == "00002"


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "text"),
            ({"text": "  "}, "text"),
            ({"text": "x" * 5001}, "text"),
            ({"text": 1}, "text"),
            ({"text": "\ud800"}, "text"),
            ({"text": "x", "mood": "bad"}, "mood"),
            ({"text": "x", "channel": "pigeon"}, "channel"),
            ({"text": "x", "category": "nope"}, "category"),
            ({"text": "x", "place": {}}, "place"),
            ({"text": "x", "place": {"lat": 37.5}}, "place"),
            ({"text": "x", "place": {"address": "\u3164"}}, "place"),
            ({"text": "x", "place": {"lat": 37.5, "lon": 127.0, "address": "a"}}, "place"),
            ({"text": "x", "place": {"lat": 126.97, "lon": 37.56}}, "place.lat"),
            ({"text": "x", "place": {"lat": float("nan"), "lon": 37.5}}, "place.lat"),
            ({"text": "x", "place": {"dong_code": "12"}}, "place.dong_code"),
            ({"text": "x", "place": {"dong_code": "9999999999"}}, "place.dong_code"),
            ({"text": "x", "contact": {"phone": "12"}}, "contact.phone"),
            ({"text": "x", "contact": {"email": "nobody"}}, "contact.email"),
            ({"text": "x", "contact": {"fax": "1"}}, "contact.fax"),
            ({"text": "x", "contact": {"name": "a\nBcc: b@example.org"}}, "contact.name"),
            ({"text": "x", "category": "x" * 101}, "category"),
            ({"text": "x", "received_at": "2026-11-23T09:00:00"}, "received_at"),
            ({"text": "x", "received_at": 1700000000}, "received_at"),
            ({"text": "x", "received_at": "0001-01-01T00:00:00+09:00"}, "received_at"),
            ({"text": "x", "received_at": "2026-11-23T03:00:00Z"}, "received_at"),
            ({"text": "x", "answer": {"text": ""}}, "answer.text"),
            ({"text": "x", "answer": {"text": "y", "office": "o-1"}}, "answer.office"),
        ],
    )
    async def test_the_field_at_fault_is_named(
        self, world: World, body: dict[str, Any], field: str
    ) -> None:
        response = await world.client.post(
            "/v1/inquiries",
            content=json.dumps(body),
            headers={"Content-Type": "application/json", **header("system")},
        )
        assert response.status_code == 422
        assert response.headers["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["type"] == "urn:dasan:invalid_request"
        assert [error["field"] for error in problem["errors"]] == [field]
        assert field in problem["detail"]
        assert not world.store.documents

    async def test_a_refusal_never_repeats_what_was_sent(self, world: World) -> None:
        response = await world.post(
            {
                "text": "x",
                "contact": {"email": "gildong at example", "phone": "gildong"},
                "category": "gildong",
                "language": "gildong",
            }
        )
        assert response.status_code == 422
        assert "gildong" not in response.text

    @pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null", b"[]"])
    async def test_what_is_no_object_is_refused(self, world: World, content: bytes) -> None:
        response = await world.client.post(
            "/v1/inquiries", content=content, headers={"Content-Type": "application/json"}
        )
        assert 400 <= response.status_code < 500
        assert response.headers["Content-Type"] == "application/problem+json"

    async def test_a_body_without_its_content_type_is_told_what_to_send(self, world: World) -> None:
        response = await world.client.post(
            "/v1/inquiries",
            content=b'{"text": "x"}',
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert response.status_code == 415
        assert response.json()["type"] == "urn:dasan:body_not_json"
        assert response.headers["Accept"] == "application/json"
        assert "application/json" in response.json()["detail"]

    async def test_a_body_that_is_not_utf8_is_told_so(self, world: World) -> None:
        response = await world.client.post(
            "/v1/inquiries",
            content='{"text": "가로등"}'.encode("cp949"),
            headers={"Content-Type": "application/json"},
        )
        assert response.status_code == 400
        assert response.json()["type"] == "urn:dasan:body_not_utf8"
        assert response.json()["detail"] == "the body is not text in UTF-8; see byte 10"

    async def test_a_body_too_large_is_refused(self, world: World) -> None:
        response = await world.post({"text": "x" * 300_000})
        assert response.status_code == 413
        assert response.headers["Content-Type"] == "application/problem+json"

    async def test_a_stranger_finds_examples_that_work(self, world: World) -> None:
        page = (await world.client.get("/openapi.json")).json()
        operation = page["paths"]["/v1/inquiries"]["post"]
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        for name, example in examples.items():
            caller = "" if name == "question" else "system"
            response = await world.post(example["value"], caller=caller)
            assert response.status_code == 201, (name, response.text)
        assert {"201", "409", "413", "422", "503"} <= set(operation["responses"])


def found(receipt: dict[str, str], service: str) -> Matter:
    """What routing found of the matter under a receipt."""
    return Matter(
        receipt_number=receipt["receipt_number"],
        channel=Channel.WEB,
        language="ko",
        received_at=START,
        has_contact=True,
        service_code=service,
        district_code="11110",
    )


def assigned(
    receipt: dict[str, str],
    office: str = "d-11110",
    attempt: int = 1,
    *,
    round_: int = 1,
    service: str = "pothole",
    due_at: datetime = DUE,
) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id=receipt["inquiry_id"],
        matter=found(receipt, service),
        round=round_,
        attempt=attempt,
        office_id=office,
        rule="district_of_place",
        due_at=due_at,
        assigned_at=LATER,
    )


def answered(
    receipt: dict[str, str],
    office: str = "d-11110",
    *,
    round_: int = 1,
    outcome: Outcome = Outcome.ANSWERED,
) -> CaseAnswered:
    return CaseAnswered(
        inquiry_id=receipt["inquiry_id"],
        round=round_,
        office_id=office,
        outcome=outcome,
        answered_at=LATER,
        entered_at=LATER,
    )


def unrouted(receipt: dict[str, str]) -> InquiryUnrouted:
    return InquiryUnrouted(
        inquiry_id=receipt["inquiry_id"],
        matter=replace(assigned(receipt).matter, service_code=""),
        round=1,
        due_at=datetime.fromisoformat(receipt["expected_answer_by"]),
        unrouted_at=LATER,
    )


class TestStatus:
    async def test_its_words_are_read_ahead_until_somebody_has_found_the_service(
        self, world: World
    ) -> None:
        receipt = await world.receipt(text="가로등 고장")
        named = await world.receipt(text="도로 구멍", category="pothole")
        ahead = world.forgets()
        for one in (receipt, named):
            assert (await world.client.get(status_path(one))).status_code == 200
        assert ahead == ["가로등 고장"]
        await world.hear(assigned(receipt))
        world.forgets()
        assert (await world.client.get(status_path(receipt))).status_code == 200
        assert ahead == []

    async def test_it_follows_the_inquiry(self, world: World) -> None:
        receipt = await world.receipt(contact={"email": "a@example.org"}, language="en")
        id_, path = receipt["inquiry_id"], status_path(receipt)

        async def status() -> dict[str, Any]:
            body: dict[str, Any] = (await world.client.get(path)).json()
            return body

        assert (await status())["status"] == "received"
        await world.hear(unrouted(receipt))
        assert (await status())["status"] == "unrouted"
        await world.hear(assigned(receipt))
        now = await status()
        assert (now["status"], now["office"]) == (
            "assigned",
            {"id": "d-11110", "name": "Jongno-gu Office"},
        )
        await world.hear(
            CaseAccepted(
                inquiry_id=id_,
                round=1,
                attempt=1,
                office_id="d-11110",
                accepted_at=LATER,
                entered_at=LATER,
            )
        )
        assert (await status())["status"] == "accepted"
        world.offices.answers[id_] = {1: "고쳤습니다"}
        await world.hear(answered(receipt))
        now = await status()
        assert now["status"] == "answered"
        assert now["answered_at"] == "2026-11-23T02:05:00Z"
        assert now["answer"]["text"] == "고쳤습니다"
        assert now["answer_unavailable"] is False
        await world.hear(SurveyExpired(inquiry_id=id_, round=1, expired_at=LATER))
        now = await status()
        assert now["status"] == "closed"
        assert [step["status"] for step in now["history"]] == [
            "received", "unrouted", "assigned", "accepted", "answered", "closed",
        ]  # fmt: skip
        assert world.told() == ["InquiryReceived"], "following tells nothing"

    async def test_an_inquiry_that_is_opened_again_shows_its_round_and_the_earlier_answer(
        self, world: World
    ) -> None:
        receipt = await world.receipt(contact={"email": "a@example.org"}, language="en")
        id_, path = receipt["inquiry_id"], status_path(receipt)
        await world.hear(answered(receipt))
        await world.hear(assigned(receipt, "d-11140", round_=2))
        world.offices.answers[id_] = {1: "고쳤습니다", 2: "다시 고쳤습니다"}
        open_again = (await world.client.get(path)).json()
        assert (open_again["status"], open_again["round"]) == ("assigned", 2)
        assert (open_again["answer"], open_again["answered_at"]) == (None, None)
        assert open_again["answer_unavailable"] is False
        assert open_again["earlier_answers"] == [
            {
                "round": 1,
                "text": "고쳤습니다",
                "office": {"id": "d-11110", "name": "Jongno-gu Office"},
                "answered_at": "2026-11-23T02:05:00Z",
            }
        ]
        await world.hear(SurveyExpired(inquiry_id=id_, round=1, expired_at=LATER))
        assert (await world.client.get(path)).json()["status"] == "assigned"
        await world.hear(answered(receipt, "d-11140", round_=2))
        await world.hear(SurveyExpired(inquiry_id=id_, round=2, expired_at=LATER))
        shown = (await world.client.get(path)).json()
        assert (shown["status"], shown["answer"]["text"]) == ("closed", "다시 고쳤습니다")
        assert [answer["text"] for answer in shown["earlier_answers"]] == ["고쳤습니다"]
        assert [step["round"] for step in shown["history"]] == [1, 1, 1, 2, 2, 2]

    async def test_the_words_of_one_round_may_be_missing_alone(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(answered(receipt), answered(receipt, round_=2))
        world.offices.answers[receipt["inquiry_id"]] = {1: "고쳤습니다"}
        status = (await world.client.get(status_path(receipt))).json()
        assert (status["answer"], status["answer_unavailable"]) == (None, True)
        assert [answer["text"] for answer in status["earlier_answers"]] == ["고쳤습니다"]

    async def test_a_call_that_is_opened_again_keeps_its_receipt_and_its_words(
        self, world: World
    ) -> None:
        call = {"text": "문의", "contact": {"phone": "010-0000-0001"}, "answer": {"text": "네"}}
        first = await world.post(call, key="k", caller="system")
        await world.hear(assigned(first.json(), round_=2))
        again = await world.post(call, key="k", caller="system")
        assert again.content == first.content
        status = (await world.client.get(status_path(first.json()))).json()
        assert [answer["text"] for answer in status["earlier_answers"]] == ["네"]
        assert world.offices.asked == 0, "intake holds the words of a call itself"

    async def test_steps_that_come_together_are_one_write(self, world: World) -> None:
        receipt = await world.receipt()
        outcomes = await world.hear(
            assigned(receipt), assigned(receipt, "d-11140", 2), answered(receipt)
        )
        assert outcomes == [Ack(), Ack(), Ack()]
        assert world.store.documents[receipt["inquiry_id"]].state is not None

    async def test_an_inquiry_that_intake_does_not_hold_may_still_come(self, world: World) -> None:
        receipt = await world.receipt()
        outcomes = await world.hear(
            assigned({**receipt, "inquiry_id": "nobody"}), assigned(receipt)
        )
        assert isinstance(outcomes[0], Retry)
        assert outcomes[1] == Ack()

    async def test_without_districts_the_page_says_that_the_words_are_missing(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        await world.hear(answered(receipt))
        world.offices.away = True
        status = (await world.client.get(status_path(receipt))).json()
        assert (status["status"], status["answer"]) == ("closed", None)
        assert status["answer_unavailable"] is True

    async def test_the_number_may_be_written_in_any_way(self, world: World) -> None:
        receipt = await world.receipt()
        said = receipt["receipt_number"].replace("-", " ")
        response = await world.client.get(
            f"/v1/inquiries/{said}", params={"secret": receipt["status_secret"]}
        )
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"

    async def test_no_cache_keeps_a_refusal(self, world: World) -> None:
        for path in ("/v1/inquiries/261123-00042-0?secret=x", "/v1/nothing", "/v1/inquiries/1"):
            answer = await world.client.get(path)
            assert answer.status_code in (404, 422)
            assert answer.headers["Cache-Control"] == "no-store"

    async def test_a_wrong_secret_and_an_unknown_number_look_alike(self, world: World) -> None:
        mine, other = await world.receipt(), await world.receipt()
        wrong = await world.client.get(
            f"/v1/inquiries/{mine['receipt_number']}", params={"secret": other["status_secret"]}
        )
        unknown = await world.client.get(
            "/v1/inquiries/261123-00042-0", params={"secret": mine["status_secret"]}
        )
        assert wrong.status_code == unknown.status_code == 404
        assert wrong.content == unknown.content

    async def test_a_secret_in_any_script_is_just_wrong(self, world: World) -> None:
        receipt = await world.receipt()
        response = await world.client.get(
            f"/v1/inquiries/{receipt['receipt_number']}", params={"secret": "비밀"}
        )
        assert response.status_code == 404

    async def test_a_mistyped_number_is_told_apart(self, world: World) -> None:
        response = await world.client.get("/v1/inquiries/261123-00042-1", params={"secret": "x"})
        assert response.status_code == 422
        assert response.json()["errors"][0]["field"] == "receipt_number"


async def test_times_are_cut_to_what_the_database_keeps(world: World) -> None:
    """So that the same request gets the very same answer, from what was stored as well."""
    times: dict[str, Any] = {
        "received_at": "2026-11-23T01:00:00.123456Z",
        "answer": {"text": "네", "answered_at": "2026-11-23T01:30:00.654321Z"},
    }
    await world.receipt(**times)
    (stored,) = world.store.documents.values()
    assert isinstance(stored.state, Closed | Answered)
    assert stored.state.record.matter.received_at.microsecond == 123_000
    assert stored.state.answer.answered_at.microsecond == 654_000


async def test_too_many_at_once_are_told_to_come_back(seoul: City) -> None:
    """Nothing is tried for them, so nothing of theirs is stored."""
    world = World(city=seoul)
    await known(world.service)
    commit = part(world.service, GroupCommit)
    waiting = [
        asyncio.create_task(
            commit.submit(Update(target=f"i-{n}", cause=Cause(id="c"), decide=nothing))
        )
        for n in range(MOST_WAITING)
    ]
    await asyncio.sleep(0)
    async with world.client:
        answer = await world.post({"text": "문의합니다"})
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:dasan:overloaded")
        assert int(answer.headers["Retry-After"]) > 0
        async with running([commit]):
            await asyncio.gather(*waiting)
            assert (await world.post({"text": "문의합니다"})).status_code == 201
    assert len(world.store.documents) == 1


def nothing(_: Inquiry | None) -> None:
    """Decides that there is nothing to do."""


class TestStoredFirst:
    """A receipt that was given is given again, whatever has become of the rules since."""

    async def test_a_catalogue_that_changed_takes_back_no_receipt(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = {"text": "zzz", "category": "pothole"}
        first = await world.post(body, key="k")
        monkeypatch.delitem(world.city.catalogue, "pothole")
        assert (await world.post(body, key="k")).content == first.content
        assert (await world.post(body, key="another")).status_code == 422
        assert len(world.store.documents) == 1

    async def test_another_body_under_the_key_is_the_conflict_it_was(self, world: World) -> None:
        await world.post(QUESTION, key="k")
        response = await world.post({"text": "x", "category": "nope"}, key="k")
        assert (response.status_code, response.json()["type"]) == (
            409,
            "urn:dasan:idempotency_key_reused",
        )

    async def test_another_callers_key_is_nobodys_stored_answer(self, world: World) -> None:
        await world.post({**QUESTION, "category": "pothole"}, key="k", caller="system")
        response = await world.post({"text": "x", "category": "nope"}, key="k")
        assert response.status_code == 422


@asynccontextmanager
async def limited(seoul: City, **limits: Any) -> AsyncIterator[World]:
    """Intake with limits."""
    made = World(city=seoul, **limits)
    await known(made.service)
    async with made.client, running([part(made.service, GroupCommit)]):
        yield made


class TestLimits:
    async def test_beyond_them_one_is_told_when_to_come_and_nothing_is_lost(
        self, seoul: City
    ) -> None:
        async with limited(seoul, recipient_per_hour=2) as world:
            body = {"text": "문의", "contact": {"email": "victim@example.org"}}
            taken = [await world.post(body, key=f"k{n}") for n in range(2)]
            refused = await world.post(body, key="k2")
            assert refused.status_code == 429
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert refused.headers["Retry-After"] == "3600"
            problem = refused.json()
            assert problem["type"] == "urn:dasan:too_many_requests"
            assert problem["errors"][0]["field"] == "contact.email"
            assert "victim" not in refused.text
            assert len(world.store.documents) == 2
            again = [await world.post(body, key=f"k{n}") for n in range(2)]
            assert [a.content for a in again] == [t.content for t in taken]
            assert (await world.post({"text": "문의"})).status_code == 201
            world.now = START + timedelta(hours=1)
            assert (await world.post(body, key="k2")).status_code == 201

    async def test_an_anonymous_sender_has_a_limit_and_a_known_caller_none(
        self, seoul: City
    ) -> None:
        async with limited(seoul, anonymous_per_hour=1) as world:
            assert (await world.post({"text": "문의"})).status_code == 201
            assert (await world.post({"text": "문의"})).status_code == 429
            assert (await world.post({"text": "문의"}, caller="system")).status_code == 201

    async def test_what_could_not_be_stored_or_was_before_counts_for_nothing(
        self, seoul: City
    ) -> None:
        async with limited(seoul, anonymous_per_hour=2) as world:
            world.store.away = True
            for _ in range(3):
                assert (await world.post({"text": "문의"}, key="k")).status_code == 503
            world.store.away = False
            for _ in range(3):
                assert (await world.post({"text": "문의"}, key="k")).status_code == 201
            assert (await world.post({"text": "문의"})).status_code == 201
            assert (await world.post({"text": "문의"})).status_code == 429

    @pytest.mark.parametrize(
        ("proxies", "first", "second", "one_sender"),
        [
            # Nobody stands before us: the header is the sender's own invention.
            (0, "192.0.2.1", "192.0.2.2", True),
            (1, "192.0.2.1", "192.0.2.2", False),
            # What stands before our proxy's word was sent to it.
            (1, "10.0.0.1, 192.0.2.1", "10.0.0.2, 192.0.2.1", True),
            (2, "192.0.2.1, 10.0.0.9", "192.0.2.2, 10.0.0.9", False),
            (2, "192.0.2.1", "192.0.2.2", True),
        ],
    )
    async def test_behind_proxies_the_sender_is_whom_the_last_of_them_names(
        self, seoul: City, proxies: int, first: str, second: str, one_sender: bool
    ) -> None:
        async with limited(seoul, anonymous_per_hour=1, proxies=proxies) as world:
            statuses = []
            for sender in (first, second):
                answer = await world.client.post(
                    "/v1/inquiries", json={"text": "문의"}, headers={"X-Forwarded-For": sender}
                )
                statuses.append(answer.status_code)
        assert statuses == [201, 429 if one_sender else 201]

    def test_they_hold_unless_somebody_lifts_them(self) -> None:
        fields = IntakeSettings.model_fields
        assert fields["recipient_per_hour"].default == 10
        assert fields["anonymous_per_hour"].default == 300

    async def test_a_proxy_that_is_not_told_of_is_told_once(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        for _ in range(2):
            await world.client.post(
                "/v1/inquiries", json={"text": "문의"}, headers={"X-Forwarded-For": "192.0.2.1"}
            )
        assert [r.message for r in caplog.records].count("limits.proxy_not_set") == 1
        assert "192.0.2.1" not in caplog.text


async def test_each_caller_has_idempotency_keys_of_its_own(world: World) -> None:
    """Two systems that count 1, 2, 3 and post the same words must not share a receipt."""
    theirs = await world.post(QUESTION, key="1", caller="system")
    again = await world.post(QUESTION, key="1", caller="system")
    anybodys = await world.post(QUESTION, key="1")
    assert again.content == theirs.content
    assert anybodys.status_code == 201
    assert anybodys.json()["inquiry_id"] != theirs.json()["inquiry_id"]


@pytest.mark.parametrize(("caller", "status"), [("somebody", 401), ("routing", 403)])
async def test_a_key_that_is_sent_must_be_known(world: World, caller: str, status: int) -> None:
    answer = await world.post(QUESTION, caller=caller)
    assert answer.status_code == status
    assert not world.store.documents


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("answer", {"text": "네", "office": "d-11680"}),
        ("received_at", "2026-01-02T00:00:00Z"),
    ],
)
async def test_a_stranger_tells_nothing_of_before(world: World, field: str, value: Any) -> None:
    """He would answer in an office's name and judge it in a survey, or make it late."""
    body = {"text": "문의합니다", "contact": {"email": "me@example.org"}, field: value}
    refused = await world.post(body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert not world.store.documents
    assert (await world.post(body, caller="system")).status_code == 201


class TestServices:
    async def test_the_categories_of_today_in_the_language_asked_for(self, world: World) -> None:
        answer = await world.client.get("/v1/services", params={"lang": "en"})
        found = {service["code"]: service for service in answer.json()["services"]}
        assert list(found) == sorted(found)
        today = START.astimezone(world.city.timezone).date()
        assert found.keys() == {service.code for service in world.city.services_on(today)}
        assert found["pothole"] == {
            "code": "pothole",
            "name": world.city.service("pothole").names["en"],
            "language": "en",
            "kind": world.city.service("pothole").kind,
            "place": "district",
            "period": str(world.city.service("pothole").period),
            "period_status": world.city.service("pothole").certainty,
            "form": [],
        }

    async def test_each_can_be_posted(self, world: World) -> None:
        services = (await world.client.get("/v1/services")).json()["services"]
        taken = [await world.post({"text": "문의", "category": s["code"]}) for s in services]
        assert {answer.status_code for answer in taken} == {201}

    async def test_what_has_not_changed_is_not_sent_again(self, world: World) -> None:
        first = await world.client.get("/v1/services")
        kept = {"If-None-Match": f'"other", {first.headers["ETag"]}'}
        assert "max-age" in first.headers["Cache-Control"]
        again = await world.client.get("/v1/services", headers=kept)
        assert (again.status_code, again.content) == (304, b"")
        other = await world.client.get("/v1/services", headers=kept, params={"lang": "en"})
        assert other.status_code == 200


class TestWhoseAContactIs:
    CONTACT: ClassVar[dict[str, Any]] = {"email": "a@example.org", "phone": "010-0000-0001"}

    @pytest.mark.parametrize("caller", ["", "system"])
    @pytest.mark.parametrize("field", ["email_verified", "phone_verified"])
    async def test_only_who_may_vouch_for_it_says_so(
        self, world: World, caller: str, field: str
    ) -> None:
        body = {"text": "문의합니다", "contact": {**self.CONTACT, field: True}}
        refused = await world.post(body, caller=caller)
        assert refused.status_code == 422
        (fault,) = refused.json()["errors"]
        assert fault["field"] == f"contact.{field}"
        assert "contacts:verified" in fault["message"]
        assert not world.store.documents
        assert (await world.post(body, caller="portal")).status_code == 201

    def test_a_request_of_before_there_was_this_field_is_still_known(self) -> None:
        order = ReceiveInquiry(text="?", contact=Contact(email="a@example.org"))
        of_before = {"channel": "web", "contact": {"email": "a@example.org"}, "text": "?"}
        fields = json.dumps(of_before, sort_keys=True)
        assert request_digest(order) == hashlib.sha256(fields.encode()).hexdigest()

    async def test_it_is_on_no_event_and_on_no_page(self, world: World) -> None:
        contact = {**self.CONTACT, "email_verified": True}
        answer = await world.post({"text": "문의", "contact": contact}, caller="portal")
        assert "verified" not in answer.text
        assert not [envelope for envelope in world.store.told() if b"verified" in envelope.data]
