"""What an office does with a case over gRPC beside answering it, and what others see of it.

All in Seoul; 2026-11-23 is a Monday.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from dasan.districts.v1 import cases_pb2 as pb
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.cases_pb2_grpc import CaseServiceStub
from dasan.districts.v1.events_pb2 import EXTENSION_REASON_SURGE

from services.common.aggregates.ticker import Ticker
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseClosed,
    CaseExtended,
    CaseOpened,
    CaseWithdrawn,
    DeadlineRecounted,
    SupplementRequested,
    SupplementUnanswered,
)
from tests.component.districts.offices import (
    NOW,
    Service,
    as_office,
    assigned,
    in_seoul,
    refusal,
    serving,
)
from tests.support.kit import part

MINE, ASKED, STRANGER = as_office("d-11680"), as_office("d-11110"), as_office("d-11290")
TEXT = "인감증명서를 보완하여 주시기 바랍니다."


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


def kinds(service: Service) -> list[type]:
    return [type(event) for event in service.told("a")]


async def test_a_supplement_stops_the_clock_and_its_words_stay_here(
    seoul: Service, acts: CaseServiceStub
) -> None:
    request = pb.RequestSupplementRequest(
        inquiry_id="a", text=TEXT, days=5, command_id="c1", officer_code="kim-1"
    )
    asked = (await acts.RequestSupplement(request, metadata=MINE)).item
    assert asked.case_state == work_pb2.CASE_STATE_SUPPLEMENT_REQUESTED
    assert asked.state == work_pb2.WORK_STATE_ACCEPTED
    assert asked.supplement_by.ToDatetime(UTC) == datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC)
    assert (await acts.RequestSupplement(request, metadata=MINE)).item == asked
    assert kinds(seoul) == [CaseOpened, CaseAccepted, SupplementRequested]
    assert TEXT not in repr([event.data for event in seoul.store.documents["a"].outbox])

    await seoul.later(timedelta(days=2))
    received = pb.ReceiveSupplementRequest(inquiry_id="a", expected_version=asked.version)
    came = (await acts.ReceiveSupplement(received, metadata=MINE)).item
    assert came.due_at.ToDatetime(UTC) == datetime(2026, 12, 4, 9, tzinfo=UTC)
    assert came.case_state == work_pb2.CASE_STATE_ACCEPTED
    stale = pb.WithdrawCaseRequest(inquiry_id="a", expected_version=asked.version)
    code, trailing = await refusal(acts.WithdrawCase(stale, metadata=MINE))
    assert (code, trailing["dasan-version"]) == (grpc.StatusCode.ABORTED, str(came.version))


async def test_two_supplements_that_never_come_end_the_matter_by_the_ticker(
    seoul: Service, acts: CaseServiceStub
) -> None:
    ticker = part(seoul.replica.districts, Ticker, "ticker")
    for number in (1, 2):
        request = pb.RequestSupplementRequest(inquiry_id="a", text=f"{number}", days=1)
        await acts.RequestSupplement(request, metadata=MINE)
        await seoul.later(timedelta(days=3))
        await ticker.tick()
        await ticker.tick()
    assert kinds(seoul)[2:] == [
        *(SupplementRequested, SupplementUnanswered, DeadlineRecounted),
        *(SupplementRequested, SupplementUnanswered, CaseWithdrawn, CaseClosed),
    ]
    again = pb.RequestSupplementRequest(inquiry_id="a", text="3", days=1)
    code, trailing = await refusal(acts.RequestSupplement(again, metadata=MINE))
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.FAILED_PRECONDITION, "withdrawn")


async def test_an_extension_tells_both_dates_and_why(seoul: Service, acts: CaseServiceStub) -> None:
    request = pb.ExtendCaseRequest(inquiry_id="a", amount=7, reason=EXTENSION_REASON_SURGE)
    longer = (await acts.ExtendCase(request, metadata=MINE)).item
    assert (longer.extensions, longer.due_at.ToDatetime(UTC)) == (
        1,
        datetime(2026, 12, 10, 9, tzinfo=UTC),
    )
    assert kinds(seoul)[2:] == [CaseExtended, DeadlineRecounted]
    code, trailing = await refusal(acts.ExtendCase(request, metadata=MINE))
    assert (code, trailing["dasan-slug"]) == (grpc.StatusCode.INVALID_ARGUMENT, "term_refused")
    unsaid = pb.ExtendCaseRequest(inquiry_id="a", amount=1)
    assert (await refusal(acts.ExtendCase(unsaid, metadata=MINE)))[1]["dasan-field"] == "reason"


async def test_the_office_that_is_asked_sees_its_question_and_nothing_else(
    seoul: Service, acts: CaseServiceStub
) -> None:
    request = pb.ConsultRequest(
        inquiry_id="a", consulted_office_id="d-11110", text="Is it yours?", days=3
    )
    asking = (await acts.Consult(request, metadata=MINE)).item
    assert list(asking.awaited_office_ids) == ["d-11110"]
    [asked] = (
        await acts.ListConsultations(pb.ListConsultationsRequest(), metadata=ASKED)
    ).consultations
    assert (asked.inquiry_id, asked.number, asked.question) == ("a", 1, "Is it yours?")
    listed = await acts.ListConsultations(pb.ListConsultationsRequest(), metadata=STRANGER)
    assert not listed.consultations
    answer = pb.AnswerConsultationRequest(inquiry_id="a", number=1, text="It is not.")
    for office in (STRANGER, MINE):
        code, _ = await refusal(acts.AnswerConsultation(answer, metadata=office))
        assert code is grpc.StatusCode.NOT_FOUND
    for read in (
        acts.GetHistory(pb.GetHistoryRequest(inquiry_id="a"), metadata=ASKED),
        seoul.offices.GetCase(work_pb2.GetCaseRequest(inquiry_id="a"), metadata=ASKED),
    ):
        assert (await refusal(read))[0] is grpc.StatusCode.NOT_FOUND
    said = await acts.AnswerConsultation(answer, metadata=ASKED)
    assert said == await acts.AnswerConsultation(answer, metadata=ASKED)
    listed = await acts.ListConsultations(pb.ListConsultationsRequest(), metadata=ASKED)
    assert not listed.consultations
    told = await acts.GetHistory(pb.GetHistoryRequest(inquiry_id="a"), metadata=MINE)
    assert [one.answer for one in told.consultations] == ["It is not."]


async def test_the_history_tells_who_did_what_and_notes_stay_with_their_office(
    seoul: Service, acts: CaseServiceStub
) -> None:
    work = pb.StartWorkRequest(inquiry_id="a", assignee="kim-1", officer_code="head-1")
    begun = (await acts.StartWork(work, metadata=MINE)).item
    assert (begun.assignee, begun.case_state) == ("kim-1", work_pb2.CASE_STATE_IN_PROGRESS)
    note = pb.AddNoteRequest(inquiry_id="a", text="Rang twice.", officer_code="kim-1")
    await acts.AddNote(note, metadata=MINE)
    await acts.WithdrawCase(pb.WithdrawCaseRequest(inquiry_id="a"), metadata=MINE)
    told = await acts.GetHistory(pb.GetHistoryRequest(inquiry_id="a"), metadata=MINE)
    assert [(step.act, step.office_id, step.officer_code) for step in told.steps] == [
        ("Assign", "", ""),
        ("Accept", "d-11680", ""),
        ("StartWork", "d-11680", "head-1"),
        ("WithdrawCase", "d-11680", ""),
    ]
    assert [(note.text, note.officer_code) for note in told.notes] == [("Rang twice.", "kim-1")]
    outbox = repr([event.data for event in seoul.store.documents["a"].outbox])
    assert "Rang" not in outbox
    assert "kim-1" not in outbox
    code, _ = await refusal(
        acts.GetHistory(pb.GetHistoryRequest(inquiry_id="a"), metadata=STRANGER)
    )
    assert code is grpc.StatusCode.NOT_FOUND
    assert seoul.now == NOW
