"""What citizens did themselves reaches their cases by the bus, once; offices and citizens read what
there is to read. All in Seoul; 2026-11-23 is a Monday."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from dasan.common.v1 import acts_pb2
from dasan.districts.v1 import answers_pb2, work_pb2
from dasan.districts.v1 import cases_pb2 as pb
from dasan.districts.v1.cases_pb2_grpc import CaseServiceStub

from services.common.bus.outcomes import Ack, Outcome, Retry
from services.districts.application.ports import ActWords, CitizenWords
from services.districts.domain.case.citizen import CitizenActed
from services.districts.domain.case.events import (
    ActRefusal,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseOpened,
    CaseWithdrawn,
    CitizenActKind,
    CitizenActRefused,
    CitizenActTaken,
    SupplementReceived,
    SupplementRequested,
    SupplementSent,
    WithdrawalAsked,
)
from tests.component.districts.offices import (
    NOW,
    Service,
    answer_request,
    as_office,
    assigned,
    in_seoul,
    refusal,
    serving,
)
from tests.support.callers import metadata
from tests.support.kit import incoming

MINE = as_office("d-11680")
TEXT = "평면도를 보완하여 주시기 바랍니다."


@pytest.fixture
async def seoul() -> AsyncIterator[Service]:
    """Districts in Seoul with one accepted case of seven days."""
    async with serving(in_seoul()) as service:
        due = datetime(2026, 12, 1, 9, tzinfo=UTC)
        await service.assign(assigned("a", "d-11680", period="7d", due_at=due))
        await service.offices.Accept(work_pb2.AcceptRequest(inquiry_id="a"), metadata=MINE)
        yield service


@pytest.fixture
async def acts(seoul: Service) -> AsyncIterator[CaseServiceStub]:
    """Its stubs."""
    async with seoul.replica.acting() as stubs:
        yield stubs


async def asked_for(acts: CaseServiceStub) -> None:
    request = pb.RequestSupplementRequest(inquiry_id="a", text=TEXT, days=5)
    await acts.RequestSupplement(request, metadata=MINE)


def sent(at: datetime = NOW, act: int = 1) -> SupplementSent:
    return SupplementSent(inquiry_id="a", round=1, act=act, acted_at=at, request=1)


async def hear(service: Service, *events: CitizenActed, again: str = "") -> list[Outcome]:
    """Brings acts as the bus would; `again` makes it another event of the same act."""
    batch = [incoming(event, f"{event.inquiry_id}-act-{event.act}{again}") for event in events]
    return list(await service.replica.districts.handle(batch))


def kinds(service: Service) -> list[type]:
    return [type(event) for event in service.told("a")]


async def test_what_was_sent_is_taken_once_however_often_it_is_heard(
    seoul: Service, acts: CaseServiceStub
) -> None:
    await asked_for(acts)
    await seoul.later(timedelta(days=1))
    for again in ("", "", "-another-event"):
        assert await hear(seoul, sent(), again=again) == [Ack()]
    told = [CaseOpened, CaseAccepted, SupplementRequested, SupplementReceived]
    assert [kind for kind in kinds(seoul) if kind in told] == told
    assert kinds(seoul).count(CitizenActTaken) == 1
    answer = answer_request(inquiry_id="a", text="Done.")
    assert (await seoul.offices.Answer(answer, metadata=MINE)).item.round == 1


async def test_heard_after_the_answer_it_is_refused_and_the_answer_stands(seoul: Service) -> None:
    await seoul.offices.Answer(answer_request(inquiry_id="a", text="Done."), metadata=MINE)
    withdrawal = WithdrawalAsked(inquiry_id="a", round=1, act=1, acted_at=NOW)
    for _ in range(2):
        assert await hear(seoul, withdrawal) == [Ack()]
    refused = [one for one in seoul.told("a") if isinstance(one, CitizenActRefused)]
    assert [one.reason for one in refused] == [ActRefusal.ANSWERED]
    assert CaseAnswered in kinds(seoul)
    assert CaseClosed not in kinds(seoul)


async def test_heard_before_its_case_it_is_tried_again(seoul: Service) -> None:
    early = WithdrawalAsked(inquiry_id="b", round=1, act=1, acted_at=NOW)
    [outcome] = await hear(seoul, early)
    assert isinstance(outcome, Retry)
    await seoul.assign(assigned("b", "d-11680", period="7d"))
    assert await hear(seoul, early) == [Ack()]
    assert CaseWithdrawn in [type(one) for one in seoul.told("b")]


async def test_acts_of_many_cases_in_one_batch_are_each_settled(seoul: Service) -> None:
    await seoul.assign(assigned("b", "d-11680", period="7d"))
    withdrawals = [
        WithdrawalAsked(inquiry_id=id_, round=1, act=1, acted_at=NOW) for id_ in ("a", "c", "b")
    ]
    outcomes = await hear(seoul, *withdrawals)
    assert [type(one) for one in outcomes] == [Ack, Retry, Ack]


async def test_the_citizen_reads_what_is_asked_for_and_nobody_else_does(
    seoul: Service, acts: CaseServiceStub
) -> None:
    await asked_for(acts)
    request = answers_pb2.GetProceedingsRequest(inquiry_id="a")
    found = await seoul.answers.GetProceedings(request, metadata=metadata("intake"))
    [asked] = found.supplements
    assert (asked.round, asked.number, asked.text) == (1, 1, TEXT)
    assert (list(found.documents), found.verify_url) == ([], "")
    unknown = answers_pb2.GetProceedingsRequest(inquiry_id="nowhere")
    nothing = await seoul.answers.GetProceedings(unknown, metadata=metadata("intake"))
    assert nothing == answers_pb2.GetProceedingsResponse()
    for caller in (MINE, metadata("notify")):
        code, _ = await refusal(seoul.answers.GetProceedings(request, metadata=caller))
        assert code is grpc.StatusCode.PERMISSION_DENIED
    code, _ = await refusal(seoul.answers.GetProceedings(request))
    assert code is grpc.StatusCode.UNAUTHENTICATED


async def test_the_office_reads_the_words_and_how_each_act_stands(
    seoul: Service, acts: CaseServiceStub
) -> None:
    await asked_for(acts)
    said = ActWords(
        number=1,
        kind=CitizenActKind.SUPPLEMENT,
        round=1,
        request=1,
        text="여기 있습니다.",
        attachments=("A-1",),
        days=0,
        acted_at=NOW,
    )
    later = replace(said, number=2, kind=CitizenActKind.WITHDRAWAL, request=0, text="")
    seoul.intake.words["a"] = CitizenWords(
        text="문의", address="", dong_code="", lat=None, lon=None, acts=(said, later)
    )
    await hear(seoul, sent())
    case = await seoul.offices.GetCase(work_pb2.GetCaseRequest(inquiry_id="a"), metadata=MINE)
    first, second = case.acts
    assert (first.text, list(first.attachments)) == ("여기 있습니다.", ["A-1"])
    assert first.kind == acts_pb2.CITIZEN_ACT_KIND_SUPPLEMENT
    assert first.standing == work_pb2.CITIZEN_ACT_STANDING_TAKEN
    assert second.standing == work_pb2.CITIZEN_ACT_STANDING_UNSPECIFIED
