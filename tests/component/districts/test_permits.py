"""The permit of a case as an office's software, and anybody who verifies a document, meet it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx
import pytest
from dasan.districts.v1 import permits_pb2 as pb
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.cases_pb2 import GetHistoryRequest
from dasan.districts.v1.events_pb2 import (
    PERMIT_DECISION_GRANTED,
    PERMIT_DECISION_GRANTED_CONDITIONALLY,
    PERMIT_DECISION_REFUSED,
)
from dasan.districts.v1.permits_pb2_grpc import PermitServiceStub
from google.rpc import error_details_pb2, status_pb2

from services.common.aggregates.ticker import Ticker
from services.districts.domain.case.events import (
    DeadlineRecounted,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    PermitChecked,
    PermitCollected,
    PermitFeePaid,
    PermitIssued,
    PermitRevoked,
    PermitUncollected,
)
from services.districts.domain.permit.number import document_number
from tests.component.districts.offices import (
    Hurried,
    Service,
    as_office,
    assigned,
    decide_request,
    in_seoul,
    refusal,
    serving,
)
from tests.support.callers import header
from tests.support.kit import part

OFFICE = as_office("d-11680")
OTHER = as_office("d-11650")
# What would be markup in HTML or to typst, were it not data.
MARKUP = '<b>&"</b> #panic("x") $x^2$ *b* \\ #include "x" [가]'


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    async with serving(in_seoul()) as started:
        yield started


@asynccontextmanager
async def permits_of(service: Service) -> AsyncIterator[PermitServiceStub]:
    address = f"127.0.0.1:{service.replica.settings.districts_grpc_port}"
    async with grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel:
        yield PermitServiceStub(channel)


@asynccontextmanager
async def web_of(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service.replica.districts.web)
    async with httpx.AsyncClient(transport=transport, base_url="http://d") as client:
        yield client


async def granted(service: Service, inquiry_id: str = "a", **fields: Any) -> str:
    """The number of the document of a case granted to a district of Seoul."""
    event = assigned(inquiry_id, "d-11680", permit=True, service_code="billboard-permit")
    await service.assign(event)
    wanted = {"decision": PERMIT_DECISION_GRANTED, "text": "허가함", **fields}
    request = decide_request(inquiry_id=inquiry_id, **wanted)
    decided = await service.offices.DecidePermit(request, metadata=OFFICE)
    assert decided.item.document_no
    return str(decided.item.document_no)


async def test_a_permit_from_its_check_to_its_document(seoul: Service) -> None:
    await seoul.assign(assigned("a", "d-11680", permit=True, service_code="food-business"))
    async with permits_of(seoul) as permits:
        check = pb.CheckApplicationRequest(inquiry_id="a", missing=["health_check"])
        for _ in range(2):
            checked = await permits.CheckApplication(check, metadata=OFFICE)
            assert list(checked.permit.missing) == ["health_check"]
        grant = decide_request(inquiry_id="a", decision=PERMIT_DECISION_GRANTED, text="수리함")
        early = await refusal(seoul.offices.DecidePermit(grant, metadata=OFFICE))
        assert (early[0], early[1]["dasan-slug"]) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "incomplete",
        )
        await permits.CheckApplication(pb.CheckApplicationRequest(inquiry_id="a"), metadata=OFFICE)
        fee = pb.RecordFeeRequest(inquiry_id="a", amount_won=28_000, reference="T-1")
        for _ in range(2):
            paid = await permits.RecordFee(fee, metadata=OFFICE)
            assert paid.permit.fee_won == 28_000
        await seoul.offices.DecidePermit(grant, metadata=OFFICE)
    told = [type(event) for event in seoul.told("a")]
    assert [told.count(kind) for kind in (PermitChecked, PermitFeePaid, PermitIssued)] == [2, 1, 1]


async def test_each_command_twice_has_the_effect_of_one(seoul: Service) -> None:
    number = await granted(seoul, to_be_collected=True)
    async with permits_of(seoul) as permits:
        collect = pb.RecordCollectionRequest(inquiry_id="a", command_id="c-1")
        revoke = pb.RevokePermitRequest(inquiry_id="a", reason="조건 위반", command_id="c-2")
        for _ in range(2):
            collected = await permits.RecordCollection(collect, metadata=OFFICE)
        for _ in range(2):
            revoked = await permits.RevokePermit(revoke, metadata=OFFICE)
    [before] = collected.permit.documents
    [after] = revoked.permit.documents
    assert (before.standing, after.standing) == (
        pb.DOCUMENT_STANDING_VALID,
        pb.DOCUMENT_STANDING_REVOKED,
    )
    assert (after.document_no, after.revocation_reason) == (number, "조건 위반")
    told = [type(event) for event in seoul.told("a")]
    assert [told.count(kind) for kind in (PermitCollected, PermitRevoked)] == [1, 1]


async def test_a_stale_version_is_told_the_present_one(seoul: Service) -> None:
    await granted(seoul)
    async with permits_of(seoul) as permits:
        stale = pb.RevokePermitRequest(inquiry_id="a", reason="x", expected_version=1)
        code, trailing = await refusal(permits.RevokePermit(stale, metadata=OFFICE))
    assert (code, trailing["dasan-version"]) == (grpc.StatusCode.ABORTED, "2")


async def test_two_replicas_tell_once_that_nobody_came(seoul: Service) -> None:
    await granted(seoul, to_be_collected=True)
    other = await seoul.another()
    await seoul.later(timedelta(days=40))
    for _ in range(2):
        for replica in (seoul.replica, other):
            await part(replica.districts, Ticker, "ticker").tick()
    assert [type(event) for event in seoul.told("a")].count(PermitUncollected) == 1


async def building(service: Service) -> None:
    """A building report of seven days at a district of Seoul, taken."""
    due = datetime(2026, 12, 1, 9, tzinfo=UTC)
    event = assigned(
        "b", "d-11680", permit=True, service_code="building-report", period="7d", due_at=due
    )
    await service.assign(event)
    await service.offices.Accept(work_pb2.AcceptRequest(inquiry_id="b"), metadata=OFFICE)


async def test_an_inspection_stops_the_clock_and_its_end_moves_the_date(seoul: Service) -> None:
    await building(seoul)
    order = pb.OrderInspectionRequest(inquiry_id="b", command_id="c-1", officer_code="kim-1")
    end = pb.EndInspectionRequest(inquiry_id="b", finding="담장이 기울어 있음", command_id="c-2")
    async with permits_of(seoul) as permits, seoul.replica.acting() as acts:
        for _ in range(2):
            ordered = (await permits.OrderInspection(order, metadata=OFFICE)).item
        assert ordered.case_state == work_pb2.CASE_STATE_INSPECTION_ORDERED
        assert ordered.inspection_by.ToDatetime(UTC) == datetime(
            2026, 12, 1, 14, 59, 59, tzinfo=UTC
        )
        early = decide_request(inquiry_id="b", decision=PERMIT_DECISION_REFUSED, text="불가")
        code, trailing = await refusal(seoul.offices.DecidePermit(early, metadata=OFFICE))
        assert (code, trailing["dasan-slug"]) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "wrong_state",
        )
        await seoul.later(timedelta(days=2))
        for _ in range(2):
            done = (await permits.EndInspection(end, metadata=OFFICE)).item
        file = await acts.GetHistory(GetHistoryRequest(inquiry_id="b"), metadata=OFFICE)
    assert done.due_at.ToDatetime(UTC) == datetime(2026, 12, 4, 9, tzinfo=UTC)
    assert not done.HasField("inspection_by")
    assert [type(event) for event in seoul.told("b")][2:] == [
        InspectionOrdered,
        InspectionDone,
        DeadlineRecounted,
    ]
    assert [step.act for step in file.steps][-2:] == ["OrderInspection", "EndInspection"]
    assert [one.finding for one in file.inspections] == ["담장이 기울어 있음"]
    assert "담장" not in repr([event.data for event in seoul.store.documents["b"].outbox])


async def test_two_replicas_let_the_clock_run_on_once_after_an_inspection(seoul: Service) -> None:
    await building(seoul)
    async with permits_of(seoul) as permits:
        await permits.OrderInspection(pb.OrderInspectionRequest(inquiry_id="b"), metadata=OFFICE)
    other = await seoul.another()
    await seoul.later(timedelta(days=9))
    for _ in range(2):
        for replica in (seoul.replica, other):
            await part(replica.districts, Ticker, "ticker").tick()
    assert [type(event) for event in seoul.told("b")][2:] == [
        InspectionOrdered,
        InspectionOverrun,
        DeadlineRecounted,
    ]


async def test_an_inspection_over_http_is_the_same(seoul: Service) -> None:
    await building(seoul)
    key = header("d-11680")
    async with web_of(seoul) as web:
        ordered = await web.post(
            "/v1/work/b/order-inspection", json={"officer_code": "kim-1"}, headers=key
        )
        assert ordered.status_code == 200, ordered.text
        assert ordered.json()["case_state"] == "inspection_ordered"
        assert ordered.json()["inspection_by"] == "2026-12-01T14:59:59Z"
        longer = await web.post("/v1/work/b/prolong-inspection", json={}, headers=key)
        assert longer.json()["inspection_by"] == "2026-12-10T14:59:59Z"
        twice = await web.post("/v1/work/b/prolong-inspection", json={}, headers=key)
        assert (twice.status_code, twice.json()["type"]) == (409, "urn:dasan:prolonged_already")
        assert "EndInspection" in twice.json()["allowed"]
        done = await web.post(
            "/v1/work/b/end-inspection", json={"finding": "이상 없음"}, headers=key
        )
        assert done.json()["case_state"] == "accepted"
        fee = await web.post("/v1/work/b/check-application", json={"missing": []}, headers=key)
        assert fee.status_code == 200, fee.text


async def test_a_refusal_about_a_permit_names_what_is_allowed(seoul: Service) -> None:
    await seoul.assign(assigned("a", "d-11680", permit=True, service_code="food-business"))
    async with permits_of(seoul) as permits:
        check = pb.CheckApplicationRequest(inquiry_id="a", missing=["health_check"])
        await permits.CheckApplication(check, metadata=OFFICE)
        grant = decide_request(inquiry_id="a", decision=PERMIT_DECISION_GRANTED, text="수리함")
        assert await named(seoul.offices.DecidePermit(grant, metadata=OFFICE)) == (
            "incomplete",
            {"Accept", "Decline", "AddNote", "DecidePermit", "WithdrawCase"}
            | {"CheckApplication", "RecordFee"},
        )
        refuse = decide_request(inquiry_id="a", decision=PERMIT_DECISION_REFUSED, text="불수리")
        await seoul.offices.DecidePermit(refuse, metadata=OFFICE)
        late = permits.CheckApplication(pb.CheckApplicationRequest(inquiry_id="a"), metadata=OFFICE)
        assert await named(late) == ("already_answered", {"AddNote", "FileObjection"})


async def named(call: Any) -> tuple[str, set[str]]:
    """The slug of a refusal and the commands that its details name."""
    assert await call.code() is grpc.StatusCode.FAILED_PRECONDITION
    trailing = dict(await call.trailing_metadata() or ())
    found = error_details_pb2.PreconditionFailure()
    packed: Any = trailing["grpc-status-details-bin"]
    for one in status_pb2.Status.FromString(packed).details:
        one.Unpack(found)
    return trailing["dasan-slug"], {one.subject for one in found.violations if one.subject}


async def test_another_office_gets_nothing(seoul: Service) -> None:
    await granted(seoul)
    async with permits_of(seoul) as permits:
        calls: list[Any] = [
            permits.CheckApplication(pb.CheckApplicationRequest(inquiry_id="a"), metadata=OTHER),
            permits.RecordFee(pb.RecordFeeRequest(inquiry_id="a"), metadata=OTHER),
            permits.RecordCollection(pb.RecordCollectionRequest(inquiry_id="a"), metadata=OTHER),
            permits.RevokePermit(
                pb.RevokePermitRequest(inquiry_id="a", reason="x"), metadata=OTHER
            ),
            permits.GetDocument(document_request(), metadata=OTHER),
        ]
        refused = [await refusal(call) for call in calls]
    assert {code for code, _ in refused} == {grpc.StatusCode.NOT_FOUND}
    assert {trailing["dasan-slug"] for _, trailing in refused} == {"unknown_case"}


def document_request(**fields: Any) -> pb.GetDocumentRequest:
    return pb.GetDocumentRequest(**{"inquiry_id": "a", "format": pb.DOCUMENT_FORMAT_HTML, **fields})


class TestTheDocument:
    async def test_it_says_what_was_decided(self, seoul: Service) -> None:
        number = await granted(
            seoul,
            decision=PERMIT_DECISION_GRANTED_CONDITIONALLY,
            conditions=["밤 10시 이후 소등"],
            holder="다산상회",
        )
        async with permits_of(seoul) as permits:
            made = await permits.GetDocument(document_request(), metadata=OFFICE)
        page = made.content.decode()
        assert made.media_type == "text/html; charset=utf-8"
        for said in (
            number,
            "허가증",
            "다산상회",
            "밤 10시 이후 소등",
            "강남구청",
            "2029. 11. 23.",
        ):
            assert said in page
        assert "http://127.0.0.1:8122/permits" in page

    async def test_data_never_becomes_markup(self, seoul: Service) -> None:
        """With `autoescape` off in the pages' templates the HTML has the tag; with a value of the
        JSON read as markup by the typst template (`eval`) the PDF cannot be set."""
        await granted(
            seoul,
            decision=PERMIT_DECISION_GRANTED_CONDITIONALLY,
            text=MARKUP,
            conditions=[MARKUP],
            holder=MARKUP,
        )
        async with permits_of(seoul) as permits:
            html = await permits.GetDocument(document_request(), metadata=OFFICE)
            assert b"<b>" not in html.content
            assert html.content.decode().count("&lt;b&gt;") == 3
            pytest.importorskip("typst", reason="make setup installs it")
            request = document_request(format=pb.DOCUMENT_FORMAT_PDF)
            made = [await permits.GetDocument(request, metadata=OFFICE) for _ in range(2)]
        assert made[0].media_type == "application/pdf"
        assert made[0].content.startswith(b"%PDF-")
        assert b"pdfaid" in made[0].content, "the mark of PDF/A"
        assert made[0].content == made[1].content

    async def test_one_that_holds_no_more_says_so(self, seoul: Service) -> None:
        await granted(seoul)
        async with permits_of(seoul) as permits:
            revoke = pb.RevokePermitRequest(inquiry_id="a", reason="조건 위반")
            await permits.RevokePermit(revoke, metadata=OFFICE)
            made = await permits.GetDocument(document_request(), metadata=OFFICE)
        assert "취소된 문서입니다" in made.content.decode()

    async def test_intake_may_show_it_and_others_may_not(self, seoul: Service) -> None:
        await granted(seoul)
        async with permits_of(seoul) as permits:
            shown = await permits.GetDocument(document_request(), metadata=as_office("intake"))
            call = permits.GetDocument(document_request(), metadata=as_office("notify"))
            assert (await refusal(call))[0] is grpc.StatusCode.PERMISSION_DENIED
        assert shown.content

    async def test_over_http_it_is_the_same(self, seoul: Service) -> None:
        number = await granted(seoul)
        async with permits_of(seoul) as permits:
            by_grpc = await permits.GetDocument(document_request(), metadata=OFFICE)
        transport = httpx.ASGITransport(seoul.replica.districts.web)
        async with httpx.AsyncClient(transport=transport, base_url="http://districts") as web:
            where, own = "/v1/work/a/document", header("d-11680")
            for asked in ({"format": "html"}, {"format": "html", "document_no": number}):
                made = await web.get(where, params=asked, headers=own)
                assert (made.status_code, made.content) == (200, by_grpc.content)
            assert "sandbox" in made.headers["Content-Security-Policy"]
            assert number in made.headers["Content-Disposition"]
            foreign = await web.get(where, headers=header("d-11650"))
            assert (foreign.status_code, foreign.json()["type"]) == (404, "urn:dasan:unknown_case")
            wrong = {"document_no": "2026-0000-0000-0000-00"}
            assert (await web.get(where, params=wrong, headers=own)).status_code == 422
            pytest.importorskip("typst", reason="make setup installs it")
            pdf = await web.get(where, headers=own)
        assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")

    @pytest.mark.parametrize(
        ("fields", "slug"),
        [
            ({"format": pb.DOCUMENT_FORMAT_UNSPECIFIED}, "invalid_format"),
            ({"document_no": "2026-0000-0000-0000-00"}, "invalid_document_number"),
            ({"inquiry_id": "b"}, "unknown_case"),
        ],
    )
    async def test_what_is_not_there_is_refused(
        self, seoul: Service, fields: dict[str, Any], slug: str
    ) -> None:
        await granted(seoul)
        async with permits_of(seoul) as permits:
            call = permits.GetDocument(document_request(**fields), metadata=OFFICE)
            assert (await refusal(call))[1]["dasan-slug"] == slug

    async def test_a_refusal_has_none(self, seoul: Service) -> None:
        event = assigned("a", "d-11680", permit=True, service_code="billboard-permit")
        await seoul.assign(event)
        no = decide_request(inquiry_id="a", decision=PERMIT_DECISION_REFUSED, text="불가")
        decided = await seoul.offices.DecidePermit(no, metadata=OFFICE)
        assert not decided.item.document_no
        async with permits_of(seoul) as permits:
            call = permits.GetDocument(document_request(), metadata=OFFICE)
            assert (await refusal(call))[1]["dasan-slug"] == "unknown_document"


class TestVerifying:
    async def test_anybody_sees_that_it_holds_and_nothing_of_whose_it_is(
        self, seoul: Service
    ) -> None:
        number = await granted(seoul, holder="다산상회", text="홍길동에게 허가함")
        async with web_of(seoul) as web:
            page = await web.get("/permits", params={"number": number.lower(), "lang": "ko"})
            data = await web.get(f"/v1/permits/{number}")
        assert page.status_code == 200
        for said in (number, "유효한 문서입니다", "옥외광고물 허가", "강남구청", "2026. 11. 23."):
            assert said in page.text
        assert data.json() == {
            "document_no": number,
            "service": "옥외광고물 허가",
            "office": "강남구청",
            "conditional": False,
            "decided_on": "2026-11-23",
            "valid_until": "2029-11-23",
            "standing": "valid",
        }
        for hidden in ("다산상회", "홍길동", "Officer Kim", "261123"):
            assert hidden not in page.text
            assert hidden not in data.text

    async def test_it_says_when_it_holds_no_more(self, seoul: Service) -> None:
        number = await granted(seoul)
        seoul.now += timedelta(days=366 * 3)
        async with web_of(seoul) as web:
            assert (await web.get(f"/v1/permits/{number}")).json()["standing"] == "expired"

    @pytest.mark.parametrize(
        ("number", "status", "slug"),
        [
            ("2026-0000-0000-0000-00", 422, "invalid_document_number"),
            ("<script>", 422, "invalid_document_number"),
            (document_number("nobody", 1, 2026), 404, "unknown_document"),
        ],
    )
    async def test_what_is_none_is_said_to_be_none(
        self, seoul: Service, number: str, status: int, slug: str
    ) -> None:
        async with web_of(seoul) as web:
            page = await web.get("/permits", params={"number": number})
            data = await web.get(f"/v1/permits/{number}")
        assert page.status_code == data.status_code == status
        assert data.json()["type"] == f"urn:dasan:{slug}"
        assert "<script>" not in page.text

    async def test_the_empty_page_asks_for_a_number(self, seoul: Service) -> None:
        async with web_of(seoul) as web:
            page = await web.get("/permits", headers={"Accept-Language": "en"})
        assert page.status_code == 200
        assert "Verify a permit" in page.text
        assert page.headers["Cache-Control"] == "no-store"

    async def test_nobody_finds_a_number_by_trying(self, seoul: Service) -> None:
        """With `limit.take` taken out of the page, the last answer is 404."""
        async with web_of(seoul) as web:
            for _ in range(seoul.replica.settings.verifications_per_address):
                assert (await web.get("/permits", params={"number": unused()})).status_code == 404
            page = await web.get("/permits", params={"number": unused()})
            data = await web.get(f"/v1/permits/{unused()}")
            assert page.status_code == data.status_code == 429
            seoul.now += timedelta(minutes=1)
            assert (await web.get("/permits", params={"number": unused()})).status_code == 404


def unused() -> str:
    """A number that checks and that no document has."""
    return document_number("nobody", 1, 2026)
