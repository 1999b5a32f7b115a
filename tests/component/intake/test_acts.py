"""What a citizen does about their case, by the API and on the page: shown, stored, refused."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
import yaml
from dasan.common.v1 import acts_pb2
from dasan.districts.v1 import (
    answers_pb2,
    answers_pb2_grpc,
    cases_pb2,
    permits_pb2,
    permits_pb2_grpc,
)
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import ContactsServiceStub
from grpc import StatusCode

from deploy.local.ports import Ports
from services.cities import City
from services.common.aggregates.group_commit import GroupCommit
from services.common.edge.grpc_kit import GrpcServer, channel
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.pages import LANGUAGES
from services.common.run.service import running
from services.intake.adapters.cases import DistrictsCases, DistrictsDocuments
from services.intake.application.ports import (
    DocumentFormat,
    IssuedDocument,
    ObjectionDecision,
    Proceedings,
    Worth,
)
from services.intake.domain.events import (
    CaseClosed,
    CitizenActRefused,
    CitizenActTaken,
    ObjectionDecided,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)
from services.intake.domain.model import ActRefusal, ClosedCause, Outcome
from tests.support.callers import header, metadata
from tests.support.kit import known, part

from .conftest import START, World
from .test_page import TEXTS, answered, assigned, opened, text

MISSING = "평면도를 보내 주십시오.\n<b>서명</b>도 필요합니다."
BY = datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC)
AT = START + timedelta(minutes=10)
SENT = {"round": "1", "request": "1", "text": "여기 있습니다."}
NUMBER = "2026-FJB5-MEST-GHKT-ZT"


def requested(receipt: dict[str, str], number: int = 1) -> SupplementRequested:
    return SupplementRequested(
        inquiry_id=receipt["inquiry_id"],
        round=1,
        office_id="d-11110",
        number=number,
        answer_by=BY,
        requested_at=AT,
    )


def unanswered(receipt: dict[str, str], number: int = 1) -> SupplementUnanswered:
    return SupplementUnanswered(
        inquiry_id=receipt["inquiry_id"],
        round=1,
        office_id="d-11110",
        number=number,
        unanswered_at=BY,
    )


def closed(
    receipt: dict[str, str], cause: ClosedCause = ClosedCause.WITHDRAWN, round_: int = 1
) -> CaseClosed:
    return CaseClosed(
        inquiry_id=receipt["inquiry_id"],
        round=round_,
        office_id="d-11110",
        cause=cause,
        closed_at=AT,
    )


def texts(language: str) -> dict[str, str]:
    """What the pages say in a language."""
    said: dict[str, str] = yaml.safe_load((TEXTS / f"{language}.yaml").read_text(encoding="utf-8"))
    return said


async def asked_for(world: World, **body: Any) -> dict[str, str]:
    """An inquiry whose office asks for something."""
    receipt = await world.receipt(**body)
    await world.hear(assigned(world, receipt), requested(receipt))
    world.offices.cases[receipt["inquiry_id"]] = Proceedings(requests={(1, 1): MISSING})
    world.now = START + timedelta(hours=1)
    return receipt


async def turned_down(world: World) -> dict[str, str]:
    """An inquiry whose permit was refused."""
    receipt = await world.receipt()
    await world.hear(assigned(world, receipt), answered(receipt, Outcome.PERMIT_REFUSED))
    world.now = START + timedelta(hours=1)
    return receipt


def path(receipt: dict[str, str]) -> str:
    return receipt["status_url"].removeprefix("https://ask.example")


async def act(
    world: World, receipt: dict[str, str], body: Any, *, secret: str | None = None, caller: str = ""
) -> httpx.Response:
    return await world.client.post(
        f"/v1/inquiries/{receipt['receipt_number']}/acts",
        params={"secret": receipt["status_secret"] if secret is None else secret},
        json=body,
        headers=header(caller) if caller else {},
    )


async def send(world: World, receipt: dict[str, str], kind: str, **fields: str) -> httpx.Response:
    return await world.client.post(f"{path(receipt)}/{kind}?lang=ko", data=fields)


async def shown(world: World, receipt: dict[str, str]) -> Any:
    response = await world.client.get(
        f"/v1/inquiries/{receipt['receipt_number']}", params={"secret": receipt["status_secret"]}
    )
    assert response.status_code == 200
    return response.json()["proceedings"]


SUPPLEMENT = {"kind": "supplement", "round": 1, "request": 1, "text": "여기 있습니다."}
MORE_TIME = {"kind": "more_time", "round": 1, "request": 1, "extension": 1, "days": 5}
WITHDRAWAL = {"kind": "withdrawal", "round": 1}
OBJECTION = {"kind": "objection", "round": 1, "text": "그렇지 않습니다."}


def taken(receipt: dict[str, str], number: int = 1) -> CitizenActTaken:
    return CitizenActTaken(inquiry_id=receipt["inquiry_id"], round=1, act=number, taken_at=AT)


def refused(
    receipt: dict[str, str], number: int = 1, reason: ActRefusal = ActRefusal.ANSWERED
) -> CitizenActRefused:
    return CitizenActRefused(
        inquiry_id=receipt["inquiry_id"], round=1, act=number, reason=reason, refused_at=AT
    )


class TestWhatIsMissing:
    async def test_its_words_are_on_the_page_and_in_the_data_as_they_were_written(
        self, world: World
    ) -> None:
        receipt = await asked_for(world)
        page = await opened(world, receipt)
        assert "보완을 요청드립니다" in text(page)
        assert "&lt;b&gt;서명&lt;/b&gt;" in page.text
        assert "<b>서명" not in page.text
        assert "2026. 11. 30.(월)까지 보내 주시기 바랍니다" in text(page)
        assert "<script" not in page.text
        found = (await shown(world, receipt))["request"]
        assert found["text"] == MISSING
        assert (found["number"], found["open"], found["next_extension"]) == (1, True, 1)

    async def test_while_districts_is_away_the_page_goes_without_them_and_takes_what_is_sent(
        self, world: World
    ) -> None:
        receipt = await asked_for(world)
        world.offices.away = True
        page = await opened(world, receipt)
        assert page.status_code == 200
        assert "지금은 보완 요청 내용을 표시할 수 없습니다" in text(page)
        found = await shown(world, receipt)
        assert (found["unavailable"], found["request"]["text"]) == (True, None)
        assert (await send(world, receipt, "supplement", **SENT)).status_code == 303
        assert world.told() == ["InquiryReceived", "SupplementSent"]

    async def test_nobody_is_called_late_who_waits_for_the_citizen(self, world: World) -> None:
        receipt = await asked_for(world)
        world.now = BY - timedelta(hours=1)
        assert "처리가 늦어져 죄송합니다" not in text(await opened(world, receipt))
        world.now = BY + timedelta(hours=1)
        assert "처리가 늦어져 죄송합니다" in text(await opened(world, receipt))

    async def test_nobody_asks_districts_for_a_matter_that_has_none(self, world: World) -> None:
        receipt = await world.receipt()
        world.offices.away = True
        assert not (await shown(world, receipt))["unavailable"]

    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_every_part_can_be_read_in_every_language(
        self, world: World, language: str
    ) -> None:
        receipt = await asked_for(world, language=language)
        await act(world, receipt, MORE_TIME)
        await world.hear(refused(receipt))
        page = await opened(world, receipt)
        assert page.status_code == 200
        assert page.text.count("<form") == 2
        for reason in ActRefusal:
            assert (await act(world, receipt, MORE_TIME)).status_code == 201
            number = len((await shown(world, receipt))["acts"])
            await world.hear(refused(receipt, number, reason))
        assert (await opened(world, receipt)).status_code == 200


class TestSupplement:
    async def test_the_form_is_stored_with_its_words_and_told_without_them(
        self, world: World
    ) -> None:
        receipt = await asked_for(world)
        sent = await send(
            world,
            receipt,
            "supplement",
            **{**SENT, "attachments": "https://a.example/1\r\n\r\n 12-34 "},
        )
        assert sent.status_code == 303
        base = httpx.URL(f"https://ask.example{path(receipt)}/supplement")
        assert base.join(sent.headers["Location"]) == httpx.URL(f"{receipt['status_url']}?lang=ko")
        [document] = world.store.documents.values()
        assert document.state is not None
        [stored] = document.state.record.acts
        assert stored.text == "여기 있습니다."
        assert stored.attachments == ("https://a.example/1", "12-34")
        assert world.told() == ["InquiryReceived", "SupplementSent"]
        assert "여기" not in repr([event.data for event in document.outbox])
        page = await opened(world, receipt)
        assert "담당기관에 전달하고 있습니다" in text(page)
        assert "<form" not in page.text

    async def test_blanks_of_any_kind_are_blanks_in_the_name_of_a_document(
        self, world: World
    ) -> None:
        receipt = await asked_for(world)
        named = "임대차계약서\u3000사본\r\n12\t34\xa056"
        sent = await send(world, receipt, "supplement", **{**SENT, "attachments": named})
        assert sent.status_code == 303
        [document] = world.store.documents.values()
        assert document.state is not None
        assert document.state.record.acts[0].attachments == ("임대차계약서 사본", "12 34 56")

    @pytest.mark.parametrize("mark", ["\u200b", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u200d"])
    async def test_marks_that_nobody_sees_are_not_of_the_name_of_a_document(
        self, world: World, mark: str
    ) -> None:
        """They are copied along with a title; one of them would turn the rest of it around."""
        receipt, other = await asked_for(world), await asked_for(world)
        named = f"{mark}임대차계약서{mark} 사본\r\n{mark}\r\n"
        sent = await send(world, receipt, "supplement", **{**SENT, "attachments": named})
        assert sent.status_code == 303
        body = {**SUPPLEMENT, "attachments": [f"{mark}임대차계약서{mark} 사본"]}
        assert (await act(world, other, body)).status_code == 201
        for document in world.store.documents.values():
            assert document.state is not None
            assert document.state.record.acts[0].attachments == ("임대차계약서 사본",)

    async def test_sent_twice_at_once_it_is_one(self, world: World) -> None:
        receipt = await asked_for(world)
        sent = await asyncio.gather(
            *(send(world, receipt, "supplement", **SENT) for _ in range(4)),
            *(act(world, receipt, SUPPLEMENT) for _ in range(4)),
        )
        assert {answer.status_code for answer in sent} == {303, 201}
        assert world.told() == ["InquiryReceived", "SupplementSent"]
        assert len({answer.text for answer in sent if answer.status_code == 201}) == 1

    async def test_what_becomes_of_it_is_on_the_page(self, world: World) -> None:
        receipt = await asked_for(world)
        stored = await act(world, receipt, SUPPLEMENT)
        assert (stored.status_code, stored.json()["standing"]) == (201, "waiting")
        came = SupplementReceived(
            inquiry_id=receipt["inquiry_id"], round=1, office_id="d-11110", number=1, received_at=AT
        )
        await world.hear(came, taken(receipt), taken(receipt))
        assert (await act(world, receipt, SUPPLEMENT)).json()["standing"] == "taken"
        said = text(await opened(world, receipt))
        assert "처리되었습니다" in said
        assert "접수되었습니다. 감사합니다." in said

    async def test_a_case_that_was_answered_meanwhile_refuses_and_the_page_says_so(
        self, world: World
    ) -> None:
        receipt = await asked_for(world)
        assert (await send(world, receipt, "supplement", **SENT)).status_code == 303
        await world.hear(answered(receipt), refused(receipt))
        said = text(await opened(world, receipt))
        assert "처리되지 않았습니다" in said
        assert "그 전에 담당기관의 답변이 있었습니다." in said

    async def test_of_a_closed_case_the_form_comes_back_with_why(self, world: World) -> None:
        receipt = await asked_for(world)
        await world.hear(closed(receipt))
        page = await send(world, receipt, "supplement", **SENT)
        assert page.status_code == 409
        assert "접수되지 않았습니다" in text(page)
        assert "민원 처리를 마쳤습니다" in text(page)
        assert "여기 있습니다.</textarea>" in page.text
        assert world.told() == ["InquiryReceived"]
        data = await act(world, receipt, SUPPLEMENT)
        assert (data.status_code, data.json()["type"]) == (409, "urn:dasan:matter_ended")

    async def test_what_was_written_comes_back_and_is_no_markup(self, world: World) -> None:
        receipt = await asked_for(world)
        bad = {**SENT, "text": "</textarea><script>x</script>", "attachments": "가" * 301}
        page = await send(world, receipt, "supplement", **bad)
        assert page.status_code == 422
        assert "&lt;/textarea&gt;&lt;script&gt;" in page.text
        assert "<script" not in page.text
        assert "첨부 서류는 한 줄에 하나씩" in text(page)
        assert world.told() == ["InquiryReceived"]

    async def test_a_blank_form_says_what_is_missing(self, world: World) -> None:
        receipt = await asked_for(world)
        page = await send(world, receipt, "supplement", **{**SENT, "text": " \u200b"})
        assert page.status_code == 422
        assert 'role="alert"' in page.text
        assert "내용을 적어 주시고" in text(page)

    async def test_other_words_after_it_was_sent_do_not_count(self, world: World) -> None:
        receipt = await asked_for(world)
        await send(world, receipt, "supplement", **SENT)
        later = {**SENT, "text": "<b>다른 것", "attachments": "12-34"}
        page = await send(world, receipt, "supplement", **later)
        assert page.status_code == 409
        assert "그 내용이 유효합니다" in text(page)
        assert "&lt;b&gt;다른 것\n12-34</textarea>" in page.text, "a second tab keeps what it wrote"

    async def test_success_is_said_only_once_it_is_stored(self, world: World) -> None:
        receipt = await asked_for(world)
        world.store.away = True
        assert (await act(world, receipt, SUPPLEMENT)).status_code == 503
        page = await send(world, receipt, "supplement", **SENT)
        assert page.status_code == 503
        assert "여기 있습니다.</textarea>" in page.text
        world.store.away = False
        assert world.told() == ["InquiryReceived"]
        assert (await act(world, receipt, SUPPLEMENT)).status_code == 201

    async def test_where_only_storing_fails_the_form_comes_back_and_speaks_of_no_answer(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def away(*_: Any, **__: Any) -> Any:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")

        receipt = await asked_for(world)
        monkeypatch.setattr(world.store, "save", away)
        page = await send(world, receipt, "supplement", **SENT)
        assert page.status_code == 503
        assert page.text.count("여기 있습니다.</textarea>") == 1
        assert "일시적인 문제가 있습니다" in text(page)
        assert "답변이 접수되지" not in text(page)


class TestWhoMay:
    @pytest.mark.parametrize("kind", ["supplement", "more_time", "withdrawal", "objection"])
    async def test_a_link_that_leads_nowhere_does_nothing(self, world: World, kind: str) -> None:
        await asked_for(world)
        for method in ("GET", "POST"):
            page = await world.client.request(method, f"/i/AAAAAAAAAAAAAAAAAAAAAA/{kind}")
            assert page.status_code == 404
            assert "location" not in page.headers
        assert world.told() == ["InquiryReceived"]

    async def test_the_secret_of_another_inquiry_opens_nothing(self, world: World) -> None:
        receipt, other = await asked_for(world), await world.receipt()
        answer = await act(world, receipt, WITHDRAWAL, secret=other["status_secret"])
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:dasan:unknown_receipt")
        assert "WithdrawalAsked" not in world.told()

    async def test_the_link_of_another_inquiry_acts_on_that_one_alone(self, world: World) -> None:
        receipt, other = await asked_for(world), await world.receipt()
        page = await send(world, other, "supplement", **SENT)
        assert page.status_code == 409
        assert (await shown(world, receipt))["acts"] == []

    @pytest.mark.parametrize(
        "body",
        [
            {"kind": "supplement", "round": 1, "text": "x"},
            {**SUPPLEMENT, "request": 0},
            {**SUPPLEMENT, "attachments": ["a"] * 11},
            {**SUPPLEMENT, "text": "가" * 5001},
            {**MORE_TIME, "days": 91},
            {**MORE_TIME, "extension": 3},
            {**WITHDRAWAL, "why": "x"},
            {"kind": "else", "round": 1},
            {"kind": "objection", "round": 1},
            [],
        ],
    )
    async def test_what_is_no_act_is_refused(self, world: World, body: Any) -> None:
        receipt = await asked_for(world)
        assert (await act(world, receipt, body)).status_code in (400, 422)
        assert world.told() == ["InquiryReceived"]

    async def test_who_sends_too_many_waits_and_who_repeats_does_not(self, seoul: City) -> None:
        limited = World(city=seoul, anonymous_per_hour=1)
        await known(limited.service)
        async with limited.client, running([part(limited.service, GroupCommit)]):
            receipt = await asked_for(limited)
            assert (await act(limited, receipt, MORE_TIME)).status_code == 201
            page = await send(limited, receipt, "supplement", **SENT)
            assert page.status_code == 429
            assert "너무 많은 요청" in text(page)
            assert (await act(limited, receipt, MORE_TIME)).status_code == 201
            by_partner = await act(limited, receipt, SUPPLEMENT, caller="system")
            assert by_partner.status_code == 201


class TestWhatFollowsWithoutAnAnswer:
    """Only a second request without an answer ends the matter."""

    async def test_a_first_request_may_have_the_documents_sent_back(self, world: World) -> None:
        page = text(await opened(world, await asked_for(world)))
        assert "반려될 수 있으며" in page
        assert "이번에도" not in page

    async def test_the_second_ends_it_where_the_first_had_no_answer(self, world: World) -> None:
        receipt = await asked_for(world)
        await world.hear(requested(receipt, 2), unanswered(receipt), unanswered(receipt))
        page = text(await opened(world, receipt))
        assert "이번에도 기한까지 보완하지 않으시면 민원을 취하하신 것으로 보아" in page

    async def test_the_second_does_not_where_the_first_was_answered(self, world: World) -> None:
        receipt = await asked_for(world)
        came = SupplementReceived(
            inquiry_id=receipt["inquiry_id"],
            round=1,
            office_id="d-11110",
            number=1,
            received_at=AT,
        )
        await world.hear(came, requested(receipt, 2))
        assert "이번에도" not in text(await opened(world, receipt))


class TestMoreTime:
    async def test_a_page_from_before_a_refusal_is_told_no_prolongation(self, world: World) -> None:
        receipt = await asked_for(world)
        fields = {"round": "1", "request": "1", "days": "5"}
        page = await send(world, receipt, "more_time", **fields, extension="2")
        assert page.status_code == 409
        assert "연장 상황이 달라졌습니다" in text(page)
        assert "연장되었습니다" not in text(page)

    async def test_it_is_asked_for_twice_and_no_third_time(self, world: World) -> None:
        receipt = await asked_for(world)
        fields = {"round": "1", "request": "1", "days": "5"}
        assert (await send(world, receipt, "more_time", **fields, extension="1")).status_code == 303
        longer = SupplementProlonged(
            inquiry_id=receipt["inquiry_id"],
            round=1,
            office_id="d-11110",
            number=1,
            answer_by=BY + timedelta(days=5),
            prolonged_at=AT,
        )
        await world.hear(longer, taken(receipt), longer)
        said = text(await opened(world, receipt))
        assert "2026. 12. 5.(토)까지" in said
        assert "이번이 2번째입니다" in said
        assert (await send(world, receipt, "more_time", **fields, extension="2")).status_code == 303
        page = await opened(world, receipt)
        assert 'name="days"' not in page.text
        third = await act(world, receipt, {**MORE_TIME, "extension": 2, "days": 9})
        assert third.json()["type"] == "urn:dasan:act_done"
        assert world.told().count("MoreTimeAsked") == 2

    async def test_no_number_of_days_is_refused_by_name(self, world: World) -> None:
        receipt = await asked_for(world)
        page = await send(world, receipt, "more_time", round="1", request="1", extension="1")
        assert page.status_code == 422
        assert "1부터 90까지의 일수" in text(page)
        assert "<details open" in page.text


class TestWithdrawal:
    async def test_it_is_asked_for_on_a_page_of_its_own_and_done_there(self, world: World) -> None:
        receipt = await asked_for(world)
        assert f'href="{path(receipt)}/withdrawal?lang=ko"' in (await opened(world, receipt)).text
        asking = await world.client.get(f"{path(receipt)}/withdrawal?lang=ko")
        assert asking.status_code == 200
        assert "민원을 취하하시겠습니까?" in text(asking)
        assert asking.headers["Cache-Control"] == "no-store"
        assert world.told() == ["InquiryReceived"], "who only looks withdraws nothing"
        for _ in range(2):
            assert (await send(world, receipt, "withdrawal", round="1")).status_code == 303
        assert world.told() == ["InquiryReceived", "WithdrawalAsked"]
        assert "민원 취하하기" not in text(await opened(world, receipt))
        back = await world.client.get(f"{path(receipt)}/withdrawal")
        assert back.status_code == 303

    async def test_not_after_the_answer(self, world: World) -> None:
        receipt = await asked_for(world)
        await world.hear(answered(receipt))
        assert (await world.client.get(f"{path(receipt)}/withdrawal")).status_code == 303
        page = await send(world, receipt, "withdrawal", round="1")
        assert page.status_code == 409
        assert "WithdrawalAsked" not in world.told()

    async def test_an_old_page_withdraws_no_later_round(self, world: World) -> None:
        receipt = await asked_for(world)
        await world.hear(answered(receipt), assigned(world, receipt, round=2))
        page = await send(world, receipt, "withdrawal", round="1")
        assert page.status_code == 409
        assert "다음 차수로" in text(page)

    async def test_before_there_is_an_office_it_is_kept_and_told_with_it(
        self, world: World
    ) -> None:
        receipt = await world.receipt()
        assert "민원 취하하기" in text(await opened(world, receipt))
        assert (await act(world, receipt, WITHDRAWAL)).json()["standing"] == "waiting"
        assert world.told() == ["InquiryReceived"]
        page = text(await opened(world, receipt))
        assert "담당기관이 정해지는 대로 전달하겠습니다." in page
        assert "담당기관에 전달하고 있습니다" not in page, "nobody has it yet"
        await world.hear(assigned(world, receipt), assigned(world, receipt))
        assert world.told() == ["InquiryReceived", "WithdrawalAsked"]
        assert "접수되어 담당기관에 전달하고 있습니다." in text(await opened(world, receipt))

    @pytest.mark.parametrize("lang", LANGUAGES)
    async def test_who_withdrew_is_told_so_and_who_did_not_is_told_why_it_was_closed(
        self, world: World, lang: str
    ) -> None:
        said = texts(lang)
        own, deemed = await asked_for(world), await asked_for(world)
        await world.hear(closed(own), closed(deemed, ClosedCause.DEEMED_WITHDRAWN))
        page = html.unescape(text(await opened(world, own, lang)))
        assert said["state.withdrawn"] in page
        assert said["step.withdrawn"] in page
        assert said["closing.heading"] not in page
        page = html.unescape(text(await opened(world, deemed, lang)))
        keys = ("state.deemed_withdrawn", "step.deemed_withdrawn", "closing.deemed.law")
        for key in (*keys, "remedy.grievance"):
            assert said[key] in page, key
        assert said["state.withdrawn"] not in page

    async def test_a_deemed_withdrawal_cites_its_article_as_an_analogy(self, world: World) -> None:
        """The second paragraph speaks of requests that came back undelivered."""
        receipt = await asked_for(world)
        await world.hear(closed(receipt, ClosedCause.DEEMED_WITHDRAWN))
        found = (await opened(world, receipt, accept="application/json")).json()
        assert "제25조에 준하여" in found["closing"]["reason"]
        assert any("고충민원" in one for one in found["closing"]["remedies"])
        await world.hear(assigned(world, receipt, round=2), closed(receipt, round_=2))
        found = (await opened(world, receipt, accept="application/json")).json()
        assert (found["status"], found["closing"]) == ("withdrawn", None)

    async def test_what_was_withdrawn_in_a_later_round_is_not_said_to_be_worked_on(
        self, world: World
    ) -> None:
        receipt = await asked_for(world)
        await world.hear(answered(receipt), assigned(world, receipt, round=2))
        assert "다시 처리하고 있습니다" in text(await opened(world, receipt))
        await world.hear(closed(receipt, round_=2))
        assert "다시 처리하고 있습니다" not in text(await opened(world, receipt))


class TestObjection:
    async def test_its_reasons_are_stored_and_told_without_them(self, world: World) -> None:
        receipt = await turned_down(world)
        page = await opened(world, receipt)
        assert "거부처분에 대한 이의신청" in text(page)
        assert (await shown(world, receipt))["objection_until"] is not None
        for _ in range(2):
            sent = await send(world, receipt, "objection", round="1", reasons="그렇지 않습니다.")
            assert sent.status_code == 303
        assert world.told() == ["InquiryReceived", "ObjectionMade"]
        [document] = world.store.documents.values()
        assert document.state is not None
        assert document.state.record.acts[0].text == "그렇지 않습니다."
        assert "그렇지" not in repr([event.data for event in document.outbox])
        assert "<form" not in (await opened(world, receipt)).text

    async def test_not_after_sixty_days(self, world: World) -> None:
        receipt = await turned_down(world)
        world.now = START + timedelta(days=65)
        assert "<form" not in (await opened(world, receipt)).text
        late = await act(world, receipt, OBJECTION)
        assert (late.status_code, late.json()["type"]) == (409, "urn:dasan:objection_too_late")
        page = await send(world, receipt, "objection", round="1", reasons="그렇지 않습니다.")
        assert "그렇지 않습니다.</textarea>" in page.text

    async def test_only_to_a_refused_permit(self, world: World) -> None:
        receipt = await world.receipt()
        await world.hear(assigned(world, receipt), answered(receipt))
        assert (await act(world, receipt, OBJECTION)).json()["type"] == "urn:dasan:no_objections"

    async def test_the_decision_on_it_is_shown_in_its_words(self, world: World) -> None:
        receipt = await turned_down(world)
        decided = ObjectionDecided(
            inquiry_id=receipt["inquiry_id"], round=1, office_id="d-11110", decided_at=AT
        )
        await world.hear(decided)
        world.offices.cases[receipt["inquiry_id"]] = Proceedings(
            requests={},
            objections=(
                ObjectionDecision(round=1, upheld=False, text="<i>기각</i>합니다.", decided_at=AT),
            ),
        )
        page = await opened(world, receipt)
        assert "받아들여지지 않았습니다" in text(page)
        assert "&lt;i&gt;기각&lt;/i&gt;합니다." in page.text
        [found] = (await shown(world, receipt))["objections"]
        assert (found["upheld"], found["text"]) == (False, "<i>기각</i>합니다.")


class TestDocument:
    async def granted(self, world: World) -> dict[str, str]:
        receipt = await world.receipt()
        await world.hear(assigned(world, receipt), answered(receipt, Outcome.PERMIT_GRANTED))
        world.offices.cases[receipt["inquiry_id"]] = Proceedings(
            requests={},
            documents=(
                IssuedDocument(
                    number=NUMBER, round=1, worth=Worth.VALID, valid_until=date(2027, 11, 22)
                ),
            ),
            verify_url="https://permits.example/permits",
        )
        return receipt

    async def test_the_page_names_its_number_its_worth_and_where_it_is_verified(
        self, world: World
    ) -> None:
        receipt = await self.granted(world)
        page = await opened(world, receipt)
        said = text(page)
        for part_ in (
            NUMBER,
            "유효",
            "유효기간 만료일 2027. 11. 22.(월)",
            "https://permits.example/permits",
        ):
            assert part_ in said
        assert f'{path(receipt)}/documents/{NUMBER}?format=pdf&amp;lang=ko"' in page.text
        [found] = (await shown(world, receipt))["documents"]
        assert found == {
            "document_no": NUMBER,
            "round": 1,
            "standing": "valid",
            "valid_until": "2027-11-22",
        }

    @pytest.mark.parametrize(
        ("form", "media_type"), [("pdf", "application/pdf"), ("html", "text/html; charset=utf-8")]
    )
    async def test_it_is_given_to_who_has_the_link_or_the_secret(
        self, world: World, form: str, media_type: str
    ) -> None:
        receipt = await self.granted(world)
        by_number = f"/v1/inquiries/{receipt['receipt_number']}/documents/{NUMBER}"
        for address in (
            f"{path(receipt)}/documents/{NUMBER}?format={form}",
            f"{by_number}?format={form}&secret={receipt['status_secret']}",
        ):
            given = await world.client.get(address)
            assert given.status_code == 200
            assert given.content == b"%PDF of it"
            assert given.headers["Content-Type"] == media_type
            assert given.headers["Cache-Control"] == "no-store"
            assert "sandbox" in given.headers["Content-Security-Policy"]
            assert f'filename="{NUMBER}.{form}"' in given.headers["Content-Disposition"]
        assert (await world.client.get(by_number)).status_code == 404

    async def test_that_of_another_inquiry_is_none(self, world: World) -> None:
        await self.granted(world)
        other = await world.receipt()
        page = await world.client.get(f"{path(other)}/documents/{NUMBER}")
        assert page.status_code == 404
        assert page.headers["Content-Type"].startswith("text/html")

    async def test_nobody_keeps_districts_busy_with_one_link(self, world: World) -> None:
        receipt = await self.granted(world)
        for _ in range(20):
            await world.client.get(f"{path(receipt)}/documents/{NUMBER}")
        refused_ = await world.client.get(
            f"/v1/inquiries/{receipt['receipt_number']}/documents/{NUMBER}",
            params={"secret": receipt["status_secret"]},
        )
        assert refused_.status_code == 429


@pytest.fixture
async def stub(world: World) -> AsyncIterator[Any]:
    async with (
        running([part(world.service, GrpcServer)]),
        channel(f"127.0.0.1:{world.settings.intake_grpc_port}") as connection,
    ):
        yield ContactsServiceStub(connection)


async def test_the_office_reads_what_was_sent_and_nobody_else(world: World, stub: Any) -> None:
    receipt = await asked_for(world)
    await act(world, receipt, {**SUPPLEMENT, "attachments": ["A-1"]})
    request = pb.GetWordsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=pb.PURPOSE_HANDLE)
    [words] = (await stub.GetWords(request, metadata=metadata("districts"))).words
    [sent] = words.acts
    assert (sent.number, sent.kind) == (1, acts_pb2.CITIZEN_ACT_KIND_SUPPLEMENT)
    assert (sent.text, list(sent.attachments)) == ("여기 있습니다.", ["A-1"])
    assert sent.acted_at.ToDatetime(UTC) == world.now
    routed = pb.GetWordsRequest(inquiry_ids=[receipt["inquiry_id"]], purpose=pb.PURPOSE_ROUTE)
    [words] = (await stub.GetWords(routed, metadata=metadata("routing"))).words
    assert list(words.acts) == []


class Districts(answers_pb2_grpc.AnswersServiceServicer, permits_pb2_grpc.PermitServiceServicer):
    """Has one case with everything in it."""

    async def GetProceedings(self, request: Any, context: Any) -> Any:
        """All that there may be."""
        found = answers_pb2.GetProceedingsResponse(verify_url="https://permits.example")
        found.supplements.append(cases_pb2.SupplementFile(round=1, number=1, text=MISSING))
        found.objections.append(
            answers_pb2.ObjectionDecision(round=1, upheld=True, text="인용", decided_at=AT)
        )
        newer: Any = 77
        for standing in (permits_pb2.DOCUMENT_STANDING_VALID, newer):
            found.documents.append(
                permits_pb2.IssuedDocument(
                    document_no=NUMBER, round=1, standing=standing, valid_until="2027-01-31"
                )
            )
        return found

    async def GetDocument(self, request: Any, context: Any) -> Any:
        """The one document."""
        if request.document_no != NUMBER:
            await context.abort(StatusCode.NOT_FOUND, "none")
        return permits_pb2.GetDocumentResponse(content=b"it", document_no=NUMBER)


async def test_what_districts_says_is_taken_over_and_what_is_newer_is_left_out() -> None:
    districts, port = Districts(), Ports.free().districts_grpc
    server = GrpcServer(
        add=[
            lambda s: answers_pb2_grpc.add_AnswersServiceServicer_to_server(districts, s),
            lambda s: permits_pb2_grpc.add_PermitServiceServicer_to_server(districts, s),
        ],
        names=["dasan.districts.v1.AnswersService", "dasan.districts.v1.PermitService"],
        host="127.0.0.1",
        port=port,
        readiness=Readiness(),
    )
    async with channel(f"127.0.0.1:{port}") as connection:
        cases, documents = DistrictsCases(connection), DistrictsDocuments(connection)
        async with running([server]):
            found = await cases.proceedings("a")
            assert found.requests == {(1, 1): MISSING}
            assert found.objections[0].decided_at == AT
            [document] = found.documents
            assert (document.worth, document.valid_until) == (Worth.VALID, date(2027, 1, 31))
            made = await documents.made_out("a", NUMBER, DocumentFormat.PDF)
            assert made.content == b"it"
            with pytest.raises(DomainError) as error:
                await documents.made_out("a", "2026-X", DocumentFormat.PDF)
            assert error.value.kind is Kind.NOT_FOUND
        with pytest.raises(DomainError) as error:
            await cases.proceedings("a")
        assert error.value.kind is Kind.UNAVAILABLE
        with pytest.raises(DomainError) as error:
            await documents.made_out("a", NUMBER, DocumentFormat.HTML)
        assert error.value.kind is Kind.UNAVAILABLE
