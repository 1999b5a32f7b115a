"""What an office does with a case beside taking and answering it, by gRPC."""

from __future__ import annotations

from typing import Any

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
    LEVELS,
    by_officer,
    item_message,
    officer_of,
    words_of,
)
from services.districts.entrypoints.office_callers import OfficeCallers, for_office

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
        self.offices = offices

    @grpc_kit.unary
    @for_office
    async def RequestSupplement(
        self, request: pb.RequestSupplementRequest, office_id: str
    ) -> pb.RequestSupplementResponse:
        """Asks the citizen for what is missing."""
        command = commands.RequestSupplement(
            text=words_of(request), days=request.days, **by_officer(request)
        )
        return pb.RequestSupplementResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def ProlongSupplement(
        self, request: pb.ProlongSupplementRequest, office_id: str
    ) -> pb.ProlongSupplementResponse:
        """Gives the citizen more time to send it."""
        command = commands.ProlongSupplement(days=request.days, **by_officer(request))
        return pb.ProlongSupplementResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def ReceiveSupplement(
        self, request: pb.ReceiveSupplementRequest, office_id: str
    ) -> pb.ReceiveSupplementResponse:
        """Enters that it came."""
        command = commands.ReceiveSupplement(**by_officer(request))
        return pb.ReceiveSupplementResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def ExtendCase(
        self, request: pb.ExtendCaseRequest, office_id: str
    ) -> pb.ExtendCaseResponse:
        """Takes more time for the answer."""
        command = commands.ExtendCase(
            amount=request.amount,
            reason=_reason(request),
            text=words_of(request),
            consent=request.consent,
            **by_officer(request),
        )
        return pb.ExtendCaseResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def Consult(self, request: pb.ConsultRequest, office_id: str) -> pb.ConsultResponse:
        """Asks another office."""
        command = commands.Consult(
            consulted_office_id=request.consulted_office_id,
            text=words_of(request),
            days=request.days,
            **by_officer(request),
        )
        return pb.ConsultResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def StartWork(self, request: pb.StartWorkRequest, office_id: str) -> pb.StartWorkResponse:
        """Says that an officer works on it."""
        command = commands.StartWork(assignee=request.assignee, **by_officer(request))
        return pb.StartWorkResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def AssignOfficer(
        self, request: pb.AssignOfficerRequest, office_id: str
    ) -> pb.AssignOfficerResponse:
        """Says which officer works on it."""
        command = commands.AssignOfficer(assignee=request.assignee, **by_officer(request))
        return pb.AssignOfficerResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def AddNote(self, request: pb.AddNoteRequest, office_id: str) -> pb.AddNoteResponse:
        """Notes something for the office alone."""
        command = commands.AddNote(text=words_of(request), **by_officer(request))
        return pb.AddNoteResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def ReturnDocuments(
        self, request: pb.ReturnDocumentsRequest, office_id: str
    ) -> pb.ReturnDocumentsResponse:
        """Ends the round for missing documents."""
        command = commands.ReturnDocuments(
            text=words_of(request), officer=officer_of(request), **by_officer(request)
        )
        return pb.ReturnDocumentsResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def WithdrawCase(
        self, request: pb.WithdrawCaseRequest, office_id: str
    ) -> pb.WithdrawCaseResponse:
        """Enters that the citizen withdrew the matter."""
        command = commands.WithdrawCase(**by_officer(request))
        return pb.WithdrawCaseResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def FileObjection(
        self, request: pb.FileObjectionRequest, office_id: str
    ) -> pb.FileObjectionResponse:
        """Enters an objection."""
        command = commands.FileObjection(text=words_of(request), **by_officer(request))
        return pb.FileObjectionResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def ExtendObjection(
        self, request: pb.ExtendObjectionRequest, office_id: str
    ) -> pb.ExtendObjectionResponse:
        """Takes more time to decide an objection."""
        command = commands.ExtendObjection(reason=_reason(request), **by_officer(request))
        return pb.ExtendObjectionResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def DecideObjection(
        self, request: pb.DecideObjectionRequest, office_id: str
    ) -> pb.DecideObjectionResponse:
        """Decides an objection."""
        command = commands.DecideObjection(
            upheld=request.upheld, text=words_of(request), **by_officer(request)
        )
        return pb.DecideObjectionResponse(item=await self._carry_out(request, command, office_id))

    @grpc_kit.unary
    @for_office
    async def AnswerConsultation(
        self, request: pb.AnswerConsultationRequest, office_id: str
    ) -> pb.AnswerConsultationResponse:
        """Answers what the caller's office was asked."""
        telemetry.annotate(request.inquiry_id)
        command = commands.AnswerConsultation(
            number=request.number, text=words_of(request), **by_officer(request)
        )
        at = await self._work.answer_consultation(office_id, request.inquiry_id, command)
        return pb.AnswerConsultationResponse(answered_at=at)

    @grpc_kit.unary
    @for_office
    async def ExtendConsultation(
        self, request: pb.ExtendConsultationRequest, office_id: str
    ) -> pb.ExtendConsultationResponse:
        """Takes more time for that answer."""
        telemetry.annotate(request.inquiry_id)
        command = commands.ExtendConsultation(
            number=request.number,
            days=request.days,
            reason=_reason(request),
            **by_officer(request),
        )
        due_at = await self._work.extend_consultation(office_id, request.inquiry_id, command)
        return pb.ExtendConsultationResponse(due_at=due_at)

    @grpc_kit.unary
    @for_office
    async def GetHistory(
        self, request: pb.GetHistoryRequest, office_id: str
    ) -> pb.GetHistoryResponse:
        """What was done on a case that lies at the office."""
        telemetry.annotate(request.inquiry_id)
        file = await self._files.file(office_id, request.inquiry_id)
        return _history(request.inquiry_id, office_id, file)

    @grpc_kit.unary
    @for_office
    async def ListConsultations(
        self, request: pb.ListConsultationsRequest, office_id: str
    ) -> pb.ListConsultationsResponse:
        """What the office was asked and has not answered."""
        asked = await self._files.asked(office_id)
        return pb.ListConsultationsResponse(
            consultations=[_consultation(one.inquiry_id, one.consultation) for one in asked]
        )

    async def _carry_out(self, request: Any, command: commands.Command, office_id: str) -> WorkItem:
        telemetry.annotate(request.inquiry_id)
        return item_message(await self._work.carry_out(office_id, request.inquiry_id, command))


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
        supplements=[
            pb.SupplementFile(
                round=one.round,
                number=one.number,
                text=one.text,
                requested_at=one.requested_at,
                answer_by=one.answer_by,
                received_at=one.received_at,
            )
            for one in file.supplements
        ],
        consultations=[_consultation(inquiry_id, one) for one in file.consultations],
        inspections=[
            pb.InspectionFile(
                round=one.round,
                ordered_at=one.ordered_at,
                ends_by=one.ends_by,
                prolonged_at=one.prolonged_at,
                done_at=one.done_at,
                stopped_until=one.stopped_until,
                finding=one.finding,
            )
            for one in file.inspections
        ],
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
        extended_at=one.extended_at,
        overdue_level=LEVELS[one.reminded],
    )
