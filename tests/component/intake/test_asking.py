"""A citizen is asked back, by the API and on the page, and the other services get the answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import httpx
import pytest
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1 import events_pb2
from dasan.intake.v1.contacts_pb2_grpc import ContactsServiceStub

from services.cities import Certainty, Channel, City, Matter, PlaceQuestion, Practice
from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.grpc_kit import GrpcServer, channel
from services.common.edge.http_kit import FORM
from services.common.pages import LANGUAGES
from services.common.run.service import running
from services.intake.domain.events import (
    InquiryAssigned,
    InquiryUnrouted,
    PlaceAsked,
    ServiceAsked,
)
from tests.support.callers import header, metadata
from tests.support.kit import known, part

from .conftest import START, World
from .test_page import opened, text

ASKED_AT = START + timedelta(minutes=1)
ANSWER_BY = START + timedelta(hours=7)
# Two dongs called 신사동, each of another district, and a second one of the first of these.
SINSA = ("o-1162068500", "o-1168051000")
SAJIK, SAMCHEONG = "1111053000", "1111054000"


def matter(receipt: dict[str, str], service: str) -> Matter:
    return Matter(
        receipt_number=receipt["receipt_number"],
        channel=Channel.WEB,
        language="ko",
        received_at=START,
        has_contact=False,
        service_code=service,
    )


def place_asked(
    receipt: dict[str, str],
    question: PlaceQuestion = PlaceQuestion.WHICH_DONG,
    candidates: tuple[str, ...] = (f"o-{SAJIK}", f"o-{SAMCHEONG}"),
    *,
    number: int = 1,
) -> PlaceAsked:
    return PlaceAsked(
        inquiry_id=receipt["inquiry_id"],
        matter=matter(receipt, "street-light"),
        round=1,
        number=number,
        question=question,
        candidate_office_ids=candidates,
        due_at=datetime.fromisoformat(receipt["expected_answer_by"]),
        asked_at=ASKED_AT + timedelta(minutes=number),
        answer_by=ANSWER_BY,
    )


def service_asked(
    receipt: dict[str, str], candidates: tuple[str, ...] = ("street-light", "pothole")
) -> ServiceAsked:
    return ServiceAsked(
        inquiry_id=receipt["inquiry_id"],
        matter=matter(receipt, ""),
        round=1,
        number=1,
        candidate_service_codes=candidates,
        due_at=datetime.fromisoformat(receipt["expected_answer_by"]),
        asked_at=ASKED_AT,
        answer_by=ANSWER_BY,
    )


def assigned(receipt: dict[str, str]) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id=receipt["inquiry_id"],
        matter=matter(receipt, "street-light"),
        round=1,
        attempt=1,
        office_id="d-11110",
        rule="district_of_place",
        due_at=datetime.fromisoformat(receipt["expected_answer_by"]),
        assigned_at=START + timedelta(hours=1),
    )


def unrouted(receipt: dict[str, str]) -> InquiryUnrouted:
    return InquiryUnrouted(
        inquiry_id=receipt["inquiry_id"],
        matter=matter(receipt, ""),
        round=1,
        due_at=datetime.fromisoformat(receipt["expected_answer_by"]),
        unrouted_at=ASKED_AT,
    )


async def answer(
    world: World, receipt: dict[str, str], body: Any, *, secret: str | None = None, caller: str = ""
) -> httpx.Response:
    return await world.client.post(
        f"/v1/inquiries/{receipt['receipt_number']}/answers",
        params={"secret": receipt["status_secret"] if secret is None else secret},
        json=body,
        headers=header(caller) if caller else {},
    )


async def shown(world: World, receipt: dict[str, str]) -> Any:
    response = await world.client.get(
        f"/v1/inquiries/{receipt['receipt_number']}",
        params={"secret": receipt["status_secret"]},
    )
    assert response.status_code == 200
    return response.json()


def form_path(receipt: dict[str, str]) -> str:
    return receipt["status_url"].removeprefix("https://ask.example")


async def send(
    world: World, receipt: dict[str, str], lang: str = "", **fields: str
) -> httpx.Response:
    return await world.client.post(
        form_path(receipt) + (f"?lang={lang}" if lang else ""), data={"question": "1", **fields}
    )


HERE = {"question": 1, "place": {"dong_code": SAJIK}}


class TestApi:
    async def test_what_is_asked_is_on_the_status_with_its_choices_and_its_words(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        assert (await shown(world, receipt))["question"] is None
        await world.hear(place_asked(receipt))
        status = await shown(world, receipt)
        question = status["question"]
        assert status["status"] == "asked"
        assert (question["number"], question["about"], question["standing"]) == (1, "place", "open")
        assert question["place_question"] == "which_dong"
        assert question["text"] == "해당 장소는 어느 동에 있습니까?"
        assert question["options"] == [
            {"code": SAJIK, "name": "사직동"},
            {"code": SAMCHEONG, "name": "삼청동"},
        ]
        assert datetime.fromisoformat(question["answer_by"]) == ANSWER_BY
        assert question["clock"] == "답변을 기다리는 동안에도 처리기간은 진행됩니다."
        assert "답변이 없으면" in question["unanswered"]

    async def test_districts_are_offered_by_their_names_and_each_code_is_a_place(
        self, world: World
    ) -> None:
        receipt = await world.receipt(language="en")
        more = (*SINSA, "o-1168052100", "d-11110", "o-unknown")
        await world.hear(place_asked(receipt, PlaceQuestion.WHICH_DISTRICT, more))
        options = (await shown(world, receipt))["question"]["options"]
        assert [option["code"] for option in options] == ["1162068500", "11680", "11110"]
        assert "Gangnam-gu" in options[1]["name"]
        for option in options:
            other = await world.receipt()
            await world.hear(place_asked(other, PlaceQuestion.WHICH_DISTRICT, more))
            place = {"question": 1, "place": {"dong_code": option["code"]}}
            assert (await answer(world, other, place)).status_code == 200

    async def test_an_answer_is_stored_and_told_before_it_is_acknowledged(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        response = await answer(world, receipt, HERE)
        assert response.status_code == 200
        body = response.json()
        assert (body["receipt_number"], body["question"]) == (receipt["receipt_number"], 1)
        assert world.told() == ["InquiryReceived", "InquirySupplemented"]
        told = events_pb2.InquirySupplemented.FromString(list(world.store.told())[-1].data)
        assert (told.number, told.about) == (1, events_pb2.ASKED_ABOUT_PLACE)
        assert SAJIK.encode() not in list(world.store.told())[-1].data
        question = (await shown(world, receipt))["question"]
        assert question["standing"] == "answered"
        assert question["answered_at"] == body["answered_at"]

    async def test_the_same_answer_gets_the_very_same_and_another_is_a_conflict(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        first = await answer(world, receipt, HERE)
        await world.hear(assigned(receipt))
        world.now = ANSWER_BY + timedelta(days=1)
        again = await answer(world, receipt, HERE)
        assert (again.status_code, again.content) == (200, first.content)
        other = await answer(world, receipt, {"question": 1, "none_offered": True})
        assert (other.status_code, other.json()["type"]) == (409, "urn:dasan:question_answered")
        assert world.told() == ["InquiryReceived", "InquirySupplemented"]

    async def test_of_two_answers_at_once_one_counts(self, world: World) -> None:
        receipt, other = await world.receipt(), await world.receipt()
        await world.hear(place_asked(receipt), place_asked(other))
        same = await asyncio.gather(*(answer(world, receipt, HERE) for _ in range(3)))
        assert {(one.status_code, one.content) for one in same} == {(200, same[0].content)}
        none = {"question": 1, "none_offered": True}
        different = await asyncio.gather(answer(world, other, HERE), answer(world, other, none))
        assert sorted(one.status_code for one in different) == [200, 409]
        assert world.told().count("InquirySupplemented") == 2

    async def test_a_service_that_was_offered_is_chosen(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(service_asked(receipt))
        body = {"question": 1, "service_code": "corruption"}
        refused = await answer(world, receipt, body)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "service_code"
        assert "street-light or pothole" in refused.json()["errors"][0]["message"]
        taken = await answer(world, receipt, {"question": 1, "service_code": "pothole"})
        assert taken.status_code == 200
        told = events_pb2.InquirySupplemented.FromString(list(world.store.told())[-1].data)
        assert told.matter.service_code == "pothole"

    async def test_a_sealed_choice_is_told_apart_from_the_others(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(service_asked(receipt, ("corruption", "pothole")))
        await answer(world, receipt, {"question": 1, "service_code": "corruption"})
        [first, second] = world.store.told()
        assert (first.sealed, second.sealed) == (False, True)

    async def test_without_the_secret_nobody_answers(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        for secret, caller in product(("", "wrong", "가"), ("", "system")):
            refused = await answer(world, receipt, HERE, secret=secret, caller=caller)
            assert refused.status_code == 404
            assert refused.json()["type"] == "urn:dasan:unknown_receipt"
        assert world.told() == ["InquiryReceived"]
        assert (await answer(world, receipt, HERE, caller="system")).status_code == 200

    async def test_a_closed_and_an_expired_question_say_so_and_what_to_do(
        self, world: World
    ) -> None:
        receipt, other = await world.receipt(), await world.receipt()
        await world.hear(place_asked(receipt), place_asked(other), assigned(receipt))
        closed = await answer(world, receipt, HERE)
        assert (closed.status_code, closed.json()["type"]) == (409, "urn:dasan:question_closed")
        assert "tell its office" in closed.json()["detail"]
        world.now = ANSWER_BY + timedelta(seconds=1)
        expired = await answer(world, other, HERE)
        assert (expired.status_code, expired.json()["type"]) == (409, "urn:dasan:question_expired")
        assert "call the contact centre" in expired.json()["detail"]
        assert world.told() == ["InquiryReceived"] * 2

    async def test_what_means_nothing_is_refused_with_the_field(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        refusals: list[tuple[Any, str]] = [
            ({"question": 1}, ""),
            ({"question": 1, "none_offered": False}, "none_offered"),
            ({"question": 0, "none_offered": True}, "question"),
            ({**HERE, "none_offered": True}, ""),
            ({"question": 1, "place": {"lat": 91.0, "lon": 7.0}}, "place.lat"),
            ({"question": 1, "place": {"lat": 37.5}}, "place"),
            ({"question": 1, "place": {"dong_code": "0"}}, "place.dong_code"),
        ]
        for body, field in refusals:
            refused = await answer(world, receipt, body)
            assert refused.status_code == 422, body
            assert refused.json()["errors"][0]["field"].startswith(field), body
        assert world.told() == ["InquiryReceived"]

    async def test_who_asks_without_a_key_answers_within_the_limits(self, seoul: City) -> None:
        world = World(city=seoul, anonymous_per_hour=2)
        await known(world.service)
        async with world.client, running([part(world.service, GroupCommit)]):
            receipt = await world.receipt()
            await world.hear(place_asked(receipt))
            for _ in range(3):
                bad = {"question": 1, "place": {"dong_code": "0"}}
                assert (await answer(world, receipt, bad)).status_code == 422
            assert (await answer(world, receipt, HERE)).status_code == 200
            await world.hear(place_asked(receipt, number=2))
            refused = await answer(world, receipt, {"question": 2, "none_offered": True})
            assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
            assert (await answer(world, receipt, HERE)).status_code == 200, "it is stored already"
            none = {"question": 2, "none_offered": True}
            assert (await answer(world, receipt, none, caller="system")).status_code == 200

    async def test_without_the_database_nothing_is_acknowledged(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        world.store.away = True
        assert (await answer(world, receipt, HERE)).status_code == 503
        world.store.away = False
        assert (await shown(world, receipt))["question"]["standing"] == "open"

    async def test_the_document_names_every_refusal_and_its_examples_are_of_its_form(
        self, world: World
    ) -> None:
        document = (await world.client.get("/openapi.json")).json()
        operation = document["paths"]["/v1/inquiries/{receipt_number}/answers"]["post"]
        assert {"200", "404", "409", "413", "422", "429", "503"} <= set(operation["responses"])
        examples = operation["requestBody"]["content"]["application/json"]["examples"]
        receipt = await world.receipt()
        for example in examples.values():
            assert (await answer(world, receipt, example["value"])).json()["errors"][0][
                "field"
            ] == "question"


class TestWords:
    @pytest.fixture
    async def stub(self, world: World) -> AsyncIterator[Any]:
        address = f"127.0.0.1:{world.settings.intake_grpc_port}"
        async with running([part(world.service, GrpcServer)]), channel(address) as connection:
            yield ContactsServiceStub(connection)

    @pytest.mark.parametrize(
        ("purpose", "caller"), [(pb.PURPOSE_ROUTE, "routing"), (pb.PURPOSE_HANDLE, "districts")]
    )
    async def test_routing_and_the_office_get_the_newest_place_and_every_look_is_noted(
        self, world: World, stub: Any, purpose: pb.Purpose, caller: str
    ) -> None:
        receipt = await world.receipt(place={"address": "어딘가"}, category="street-light")
        await world.hear(place_asked(receipt))
        await answer(world, receipt, HERE)
        request = pb.GetWordsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=purpose)
        [words] = (await stub.GetWords(request, metadata=metadata(caller))).words
        assert words.place == pb.Place(dong_code=SAJIK)
        assert words.service_code == "street-light"
        [stored] = world.store.documents.values()
        assert stored.state is not None
        assert stored.state.record.asked.place is not None
        assert stored.state.record.asked.place.address == "어딘가"
        assert len(world.log.noted) == 1

    async def test_and_the_service_that_was_chosen(self, world: World, stub: Any) -> None:
        receipt = await world.receipt()
        await world.hear(service_asked(receipt))
        await answer(world, receipt, {"question": 1, "service_code": "pothole"})
        request = pb.GetWordsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=pb.PURPOSE_ROUTE)
        [words] = (await stub.GetWords(request, metadata=metadata("routing"))).words
        assert words.service_code == "pothole"


class TestPage:
    async def test_it_says_what_is_asked_why_until_when_and_what_happens_else(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        page = await opened(world, receipt)
        said = text(page)
        for sentence in (
            "확인이 필요합니다",
            "해당 장소는 어느 동에 있습니까?",
            "장소에 따라 담당기관이 달라지므로",
            "2026. 11. 23.(월) 18:00까지 답변해 주시기 바랍니다",
            "답변을 기다리는 동안에도 처리기간은 진행됩니다.",
            "기한까지 답변이 없으면",
            "사직동",
            "다른 곳",
            "잘 모르겠습니다",
            "추가 확인 요청",
        ):
            assert sentence in said, sentence
        assert "<script" not in page.text

    async def test_who_is_asked_while_a_person_looks_may_answer(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(unrouted(receipt), place_asked(receipt))
        page = await opened(world, receipt)
        assert "확인이 필요합니다" in text(page)
        assert "<form" in page.text
        assert (await shown(world, receipt))["status"] == "unrouted"

    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_every_question_can_be_read_in_every_language(
        self, world: World, language: str
    ) -> None:
        for question in PlaceQuestion:
            receipt = await world.receipt(language=language)
            await world.hear(place_asked(receipt, question, SINSA))
            page = await opened(world, receipt)
            assert page.status_code == 200
            assert len(re.findall(r'type="radio"', page.text)) == 4
        receipt = await world.receipt(language=language)
        await world.hear(service_asked(receipt))
        assert len(re.findall(r'type="radio"', (await opened(world, receipt)).text)) == 4

    async def test_where_a_question_stops_the_clock_it_says_that_instead(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stops = Practice(value="yes", certainty=Certainty.SOURCED, source="a test")
        receipt = await world.receipt()
        await world.hear(place_asked(receipt, PlaceQuestion.WHERE, ()))
        monkeypatch.setattr(world.city, "practices", {})
        assert "처리기간은 진행됩니다" in text(await opened(world, receipt))
        monkeypatch.setattr(world.city, "practices", {"asking_stops_clock": stops})
        said = text(await opened(world, receipt))
        assert "처리기간에 산입하지 않습니다" in said
        assert "진행됩니다" not in said

    @pytest.mark.parametrize(
        ("fields", "place"),
        [
            ({"choice": SAMCHEONG}, SAMCHEONG),
            ({"choice": "elsewhere", "address": " 종로구 세종대로 175 "}, "종로구 세종대로 175"),
            ({"address": "종로구 세종대로 175"}, "종로구 세종대로 175"),
            ({"choice": "none"}, None),
        ],
    )
    async def test_its_form_is_an_answer_and_sending_it_again_is_none(
        self, world: World, fields: dict[str, str], place: str | None
    ) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        page = await opened(world, receipt)
        assert f'<form method="post" action="{form_path(receipt)}?lang=ko">' in page.text
        for _ in range(2):
            sent = await send(world, receipt, "en", **fields)
            assert sent.status_code == 303
            assert httpx.URL(f"https://ask.example{form_path(receipt)}").join(
                sent.headers["Location"]
            ) == httpx.URL(f"{receipt['status_url']}?lang=en")
        assert world.told() == ["InquiryReceived", "InquirySupplemented"]
        [stored] = world.store.documents.values()
        assert stored.state is not None
        found = stored.state.record.place
        assert (found and (found.dong_code or found.address)) == place
        said = text(await opened(world, receipt))
        assert "답변해 주셔서 감사합니다" in said
        assert "추가 답변 접수" in said
        assert ("추가로 알려 주신 장소" in said) is (place is not None)
        assert 'type="radio"' not in (await opened(world, receipt)).text

    async def test_the_services_are_chosen_by_their_names(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(service_asked(receipt))
        said = text(await opened(world, receipt))
        assert world.city.service("pothole").names["ko"] in said
        assert "해당하는 것이 없습니다" in said
        assert (await send(world, receipt, choice="pothole")).status_code == 303
        said = text(await opened(world, receipt))
        assert world.city.service("pothole").names["ko"] in said
        assert world.city.service("street-light").names["ko"] not in said
        assert world.told() == ["InquiryReceived", "InquirySupplemented"]

    async def test_a_service_that_was_not_offered_is_chosen_from_the_list_of_all(
        self, world: World
    ) -> None:
        receipt, other = await world.receipt(), await world.receipt()
        await world.hear(service_asked(receipt), service_asked(other))
        page = await opened(world, receipt)
        listed = re.findall(r'<option value="([^"]+)"', page.text)
        assert "noise" in listed
        assert not {"street-light", "pothole", *world.city.sealed} & set(listed)
        forgotten = await send(world, receipt, choice="elsewhere")
        assert forgotten.status_code == 422
        assert "목록에서 업무를 선택해 주시기 바랍니다" in text(forgotten)
        sealed = await send(world, receipt, choice="elsewhere", service="corruption")
        assert sealed.status_code == 422
        assert world.told() == ["InquiryReceived"] * 2
        assert (await send(world, receipt, choice="elsewhere", service="noise")).status_code == 303
        assert (await send(world, other, service="noise")).status_code == 303
        told = events_pb2.InquirySupplemented.FromString(list(world.store.told())[-1].data)
        assert told.matter.service_code == "noise"
        assert world.city.service("noise").names["ko"] in text(await opened(world, receipt))

    async def test_a_form_that_says_nothing_comes_back_with_what_is_missing(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        forms: list[tuple[dict[str, str], str]] = [
            ({}, "답변을 하나 선택해 주시기 바랍니다"),
            ({"choice": "elsewhere"}, "주소 또는 장소를 적어 주시기 바랍니다"),
            ({"choice": "elsewhere", "address": "ㅤ"}, "주소 또는 장소를 적어 주시기 바랍니다"),
            ({"choice": "99"}, "답변을 하나 선택해 주시기 바랍니다"),
        ]
        for fields, said in forms:
            sent = await send(world, receipt, **fields)
            assert sent.status_code == 422, fields
            assert said in text(sent)
            assert 'role="alert"' in sent.text
            assert 'aria-describedby="asked-error"' in sent.text
        assert world.told() == ["InquiryReceived"]

    async def test_what_was_written_is_still_there_and_is_no_markup(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(service_asked(receipt))
        sent = await send(world, receipt, choice="elsewhere", address='"><script>')
        assert sent.status_code == 422
        assert "<script" not in sent.text

    async def test_a_question_that_closed_meanwhile_says_so(self, world: World) -> None:
        receipt, other = await world.receipt(), await world.receipt()
        await world.hear(place_asked(receipt), place_asked(other), assigned(receipt))
        assert 'type="radio"' not in (await opened(world, receipt)).text
        sent = await send(world, receipt, choice=SAJIK)
        assert sent.status_code == 409
        assert "그사이 민원 처리가 진행되어" in text(sent)
        world.now = ANSWER_BY + timedelta(seconds=1)
        page = await opened(world, other)
        assert "답변 기한이 지나" in text(page)
        assert 'type="radio"' not in page.text
        sent = await send(world, other, choice=SAJIK)
        assert (sent.status_code, "전화로 말씀해" in text(sent)) == (409, True)
        assert world.told() == ["InquiryReceived"] * 2

    async def test_another_answer_on_the_page_is_a_conflict(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        await send(world, receipt, choice=SAJIK)
        sent = await send(world, receipt, choice=SAMCHEONG)
        assert (sent.status_code, "이미 다른 답변이" in text(sent)) == (409, True)

    async def test_a_link_that_leads_nowhere_takes_no_form(self, world: World) -> None:
        receipt = await world.receipt()
        broken = {**receipt, "status_url": receipt["status_url"][:-1]}
        assert (await send(world, broken, choice=SAJIK)).status_code == 404

    async def test_a_body_in_another_form_is_not_read(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        sent = await world.client.post(
            form_path(receipt), content=f"choice={SAJIK}", headers={"Content-Type": "text/plain"}
        )
        assert sent.status_code == 422
        kind = {"Content-Type": FORM}
        whole = f"question=1&choice={SAJIK}"
        sent = await world.client.post(form_path(receipt), content=whole, headers=kind)
        assert sent.status_code == 303

    async def test_while_nobody_can_store_it_says_that_it_is_not_stored(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(place_asked(receipt))
        world.store.away = True
        sent = await send(world, receipt, choice=SAJIK)
        assert (sent.status_code, sent.headers["Retry-After"]) == (503, "2")


class TestUrgent:
    """Whom to call at once stands before all else, and nowhere that others look."""

    DESPAIR = "더는 살고 싶지 않아요. 죽고 싶어요."

    async def test_the_receipt_and_the_page_name_the_line_in_the_citizens_language(
        self, world: World
    ) -> None:
        for language, line in (("ko", "자살예방 상담전화"), ("en", "suicide prevention line")):
            receipt: Any = await world.receipt(text=self.DESPAIR, language=language)
            urgent = receipt["urgent"]
            assert (urgent["line"], urgent["number"]) == (line, "109")
            assert urgent["text"].endswith(f"{line} 109")
            page = await opened(world, receipt)
            assert 'href="tel:109"' in page.text
            said = text(page)
            assert said.index(line) < said.index(self.DESPAIR)
            assert (await shown(world, receipt))["urgent"] == urgent

    async def test_words_without_a_danger_have_none(self, world: World) -> None:
        receipt: Any = await world.receipt(text="가로등이 꺼졌어요")
        assert receipt["urgent"] is None
        assert "tel:" not in (await opened(world, receipt)).text

    async def test_a_repeated_request_gets_the_very_same(self, world: World) -> None:
        first = await world.post({"text": self.DESPAIR}, key="k")
        assert (await world.post({"text": self.DESPAIR}, key="k")).content == first.content

    async def test_a_number_without_a_source_is_not_told(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known_ = world.city.dangers["suicide"]
        assumed = replace(known_, certainty=Certainty.ASSUMED)
        monkeypatch.setattr(world.city, "dangers", {"suicide": assumed})
        receipt: Any = await world.receipt(text=self.DESPAIR)
        assert receipt["urgent"]["number"] is None
        assert "109" not in receipt["urgent"]["text"]
        assert "tel:" not in (await opened(world, receipt)).text

    async def test_it_is_in_no_log_and_on_no_event(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(0)
        receipt = await world.receipt(text=self.DESPAIR)
        await opened(world, receipt)
        [told] = world.store.told()
        assert b"suicide" not in told.data
        assert not [r for r in caplog.records if "suicide" in str(r.__dict__)]

    async def test_once_there_is_an_answer_it_is_gone(self, world: World) -> None:
        given = {"text": "109로 연결해 드렸습니다."}
        receipt: Any = await world.receipt(text=self.DESPAIR, answer=given, channel="phone")
        assert receipt["urgent"] is not None
        assert (await shown(world, receipt))["urgent"] is None
