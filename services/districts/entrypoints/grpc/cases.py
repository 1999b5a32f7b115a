"""What an office does with a case beside taking and answering it, by gRPC."""

from __future__ import annotations

from typing import Any

import grpc
from dasan.districts.v1 import cases_pb2 as pb
from dasan.districts.v1.cases_pb2_grpc import CaseServiceServicer
from dasan.districts.v1.events_pb2 import (
    EXTENSION_REASON_CONSULTATION,
    EXTENSION_REASON_INVESTIGATION,
    EXTENSION_REASON_REVIEW,
    EXTENSION_REASON_SURGE,
)
from dasan.districts.v1.work_pb2 import WorkItem

from services.common.edge import grpc_kit
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.districts.application.case_files import CaseFiles
from services.districts.application.office_work import OfficeWork
from services.districts.domain.case import commands
from services.districts.domain.case.events import ExtensionReason
from services.districts.domain.case.file import Consultation, File
from services.districts.entrypoints.grpc.messages import (
    by_officer,
    item_message,
    officer_of,
    supplement_message,
    words_of,
)
from services.districts.entrypoints.office_callers import OfficeCallers

Context = grpc.aio.ServicerContext[Any, Any]

CASES = "dasan.districts.v1.CaseService"

_REASONS = {
    EXTENSION_REASON_INVESTIGATION: ExtensionReason.INVESTIGATION,
    EXTENSION_REASON_CONSULTATION: ExtensionReason.CONSULTATION,
    EXTENSION_REASON_REVIEW: ExtensionReason.REVIEW,
    EXTENSION_REASON_SURGE: ExtensionReason.SURGE,
}


class CaseServicer(CaseServiceServicer):
    """Serves the one office that the caller speaks for."""

    def __init__(self, *, work: OfficeWork, files: CaseFiles, offices: OfficeCallers) -> None:
        self._work = work
        self._files = files
        self._offices = offices

    @grpc_kit.unary
    async def RequestSupplement(
        self, request: pb.RequestSupplementRequest, context: Context
    ) -> pb.RequestSupplementResponse:
        """Asks the citizen for what is missing."""
        command = commands.RequestSupplement(
            text=words_of(request), days=request.days, **by_officer(request)
        )
        return pb.RequestSupplementResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def ProlongSupplement(
        self, request: pb.ProlongSupplementRequest, context: Context
    ) -> pb.ProlongSupplementResponse:
        """Gives the citizen more time to send it."""
        command = commands.ProlongSupplement(days=request.days, **by_officer(request))
        return pb.ProlongSupplementResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def ReceiveSupplement(
        self, request: pb.ReceiveSupplementRequest, context: Context
    ) -> pb.ReceiveSupplementResponse:
        """Enters that it came."""
        command = commands.ReceiveSupplement(**by_officer(request))
        return pb.ReceiveSupplementResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def ExtendCase(
        self, request: pb.ExtendCaseRequest, context: Context
    ) -> pb.ExtendCaseResponse:
        """Takes more time for the answer."""
        command = commands.ExtendCase(
            amount=request.amount,
            reason=_reason(request),
            text=words_of(request),
            consent=request.consent,
            **by_officer(request),
        )
        return pb.ExtendCaseResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def Consult(self, request: pb.ConsultRequest, context: Context) -> pb.ConsultResponse:
        """Asks another office."""
        command = commands.Consult(
            consulted_office_id=request.consulted_office_id,
            text=words_of(request),
            days=request.days,
            **by_officer(request),
        )
        return pb.ConsultResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def StartWork(
        self, request: pb.StartWorkRequest, context: Context
    ) -> pb.StartWorkResponse:
        """Says that an officer works on it."""
        command = commands.StartWork(assignee=request.assignee, **by_officer(request))
        return pb.StartWorkResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def AssignOfficer(
        self, request: pb.AssignOfficerRequest, context: Context
    ) -> pb.AssignOfficerResponse:
        """Says which officer works on it."""
        command = commands.AssignOfficer(assignee=request.assignee, **by_officer(request))
        return pb.AssignOfficerResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def AddNote(self, request: pb.AddNoteRequest, context: Context) -> pb.AddNoteResponse:
        """Notes something for the office alone."""
        command = commands.AddNote(text=words_of(request), **by_officer(request))
        return pb.AddNoteResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def ReturnDocuments(
        self, request: pb.ReturnDocumentsRequest, context: Context
    ) -> pb.ReturnDocumentsResponse:
        """Ends the round for missing documents."""
        command = commands.ReturnDocuments(
            text=words_of(request), officer=officer_of(request), **by_officer(request)
        )
        return pb.ReturnDocumentsResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def WithdrawCase(
        self, request: pb.WithdrawCaseRequest, context: Context
    ) -> pb.WithdrawCaseResponse:
        """Enters that the citizen withdrew the matter."""
        command = commands.WithdrawCase(**by_officer(request))
        return pb.WithdrawCaseResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def FileObjection(
        self, request: pb.FileObjectionRequest, context: Context
    ) -> pb.FileObjectionResponse:
        """Enters an objection."""
        command = commands.FileObjection(text=words_of(request), **by_officer(request))
        return pb.FileObjectionResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def ExtendObjection(
        self, request: pb.ExtendObjectionRequest, context: Context
    ) -> pb.ExtendObjectionResponse:
        """Takes more time to decide an objection."""
        command = commands.ExtendObjection(reason=_reason(request), **by_officer(request))
        return pb.ExtendObjectionResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def DecideObjection(
        self, request: pb.DecideObjectionRequest, context: Context
    ) -> pb.DecideObjectionResponse:
        """Decides an objection."""
        command = commands.DecideObjection(
            upheld=request.upheld, text=words_of(request), **by_officer(request)
        )
        return pb.DecideObjectionResponse(item=await self._carry_out(request, command, context))

    @grpc_kit.unary
    async def AnswerConsultation(
        self, request: pb.AnswerConsultationRequest, context: Context
    ) -> pb.AnswerConsultationResponse:
        """Answers what the caller's office was asked."""
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        command = commands.AnswerConsultation(
            number=request.number, text=words_of(request), **by_officer(request)
        )
        at = await self._work.answer_consultation(office_id, request.inquiry_id, command)
        return pb.AnswerConsultationResponse(answered_at=at)

    @grpc_kit.unary
    async def GetHistory(
        self, request: pb.GetHistoryRequest, context: Context
    ) -> pb.GetHistoryResponse:
        """What was done on a case that lies at the office."""
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        file = await self._files.file(office_id, request.inquiry_id)
        return _history(request.inquiry_id, office_id, file)

    @grpc_kit.unary
    async def ListConsultations(
        self, request: pb.ListConsultationsRequest, context: Context
    ) -> pb.ListConsultationsResponse:
        """What the office was asked and has not answered."""
        asked = await self._files.asked(self._office(context))
        return pb.ListConsultationsResponse(
            consultations=[_consultation(one.inquiry_id, one.consultation) for one in asked]
        )

    async def _carry_out(
        self, request: Any, command: commands.Command, context: Context
    ) -> WorkItem:
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        return item_message(await self._work.carry_out(office_id, request.inquiry_id, command))

    def _office(self, context: Context) -> str:
        """The office that calls; raises as `OfficeCallers.of`."""
        return self._offices.of(grpc_kit.key_of(context))


def _reason(request: Any) -> ExtensionReason:
    reason = _REASONS.get(request.reason)
    if reason is None:
        raise DomainError("invalid_reason", Kind.INVALID, "must be stated", field="reason")
    return reason


def _history(inquiry_id: str, office_id: str, file: File) -> pb.GetHistoryResponse:
    """The file without what other offices noted for themselves."""
    return pb.GetHistoryResponse(
        steps=[
            pb.HistoryStep(
                at=step.at,
                entered_at=step.entered_at,
                office_id=step.office_id,
                officer_code=step.officer_code,
                act=step.act,
                reason=step.reason,
                round=step.round,
            )
            for step in file.history
        ],
        notes=[
            pb.Note(at=note.at, officer_code=note.officer_code, text=note.text)
            for note in file.notes
            if note.office_id == office_id
        ],
        supplements=[supplement_message(one) for one in file.supplements],
        consultations=[_consultation(inquiry_id, one) for one in file.consultations],
    )


def _consultation(inquiry_id: str, one: Consultation) -> pb.ConsultationFile:
    return pb.ConsultationFile(
        inquiry_id=inquiry_id,
        number=one.number,
        asking_office_id=one.asking_office_id,
        consulted_office_id=one.office_id,
        question=one.question,
        requested_at=one.requested_at,
        due_at=one.due_at,
        answer=one.answer,
        answered_at=one.answered_at,
    )
