"""The permit of a case by gRPC: check, fee, collection, revocation, and its document."""

from __future__ import annotations

from typing import Any

import grpc
from dasan.districts.v1 import permits_pb2 as pb
from dasan.districts.v1.permits_pb2_grpc import PermitServiceServicer

from services.common.edge import grpc_kit
from services.common.edge.access import Callers
from services.common.edge.plain_words import plain_words
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.districts.application.office_work import OfficeWork
from services.districts.application.permits import Paper, PermitDocuments
from services.districts.application.ports import Typesets
from services.districts.domain.case import commands
from services.districts.domain.case.commands import Command, PermitCommand
from services.districts.domain.case.model import Item
from services.districts.domain.permit.model import Document, PermitFile, Standing, standing
from services.districts.entrypoints.grpc.messages import by_office, by_officer, item_message
from services.districts.entrypoints.office_callers import WORK, OfficeCallers, for_office
from services.districts.entrypoints.pages import PermitPages

Context = grpc.aio.ServicerContext[Any, Any]

PERMITS = "dasan.districts.v1.PermitService"
# The scope of a service that shows documents to citizens.
DOCUMENTS = "documents:status"

_STANDINGS = {
    Standing.VALID: pb.DOCUMENT_STANDING_VALID,
    Standing.UNCOLLECTED: pb.DOCUMENT_STANDING_UNCOLLECTED,
    Standing.EXPIRED: pb.DOCUMENT_STANDING_EXPIRED,
    Standing.REVOKED: pb.DOCUMENT_STANDING_REVOKED,
    Standing.REPLACED: pb.DOCUMENT_STANDING_REPLACED,
}


class PermitServicer(PermitServiceServicer):
    """Serves the one office that the caller speaks for; documents also to who shows them."""

    def __init__(
        self,
        *,
        work: OfficeWork,
        documents: PermitDocuments,
        pages: PermitPages,
        typesetter: Typesets,
        offices: OfficeCallers,
        callers: Callers,
    ) -> None:
        self._work = work
        self._documents = documents
        self._pages = pages
        self._typesetter = typesetter
        self.offices = offices
        self._callers = callers

    @grpc_kit.unary
    @for_office
    async def CheckApplication(
        self, request: pb.CheckApplicationRequest, office_id: str
    ) -> pb.CheckApplicationResponse:
        """Says what is missing, or that the application is whole."""
        command = commands.CheckApplication(missing=tuple(request.missing), **by_office(request))
        item = await self._carry_out(request.inquiry_id, command, office_id)
        return pb.CheckApplicationResponse(item=item_message(item), permit=self._record(item))

    @grpc_kit.unary
    @for_office
    async def RecordFee(self, request: pb.RecordFeeRequest, office_id: str) -> pb.RecordFeeResponse:
        """Says that the fee was paid or waived."""
        command = commands.RecordFee(
            amount=request.amount_won,
            exemption=request.exemption,
            reference=request.reference,
            **by_office(request),
        )
        item = await self._carry_out(request.inquiry_id, command, office_id)
        return pb.RecordFeeResponse(item=item_message(item), permit=self._record(item))

    @grpc_kit.unary
    @for_office
    async def RecordCollection(
        self, request: pb.RecordCollectionRequest, office_id: str
    ) -> pb.RecordCollectionResponse:
        """Says that the citizen has come for the document."""
        command = commands.RecordCollection(document_no=request.document_no, **by_office(request))
        item = await self._carry_out(request.inquiry_id, command, office_id)
        return pb.RecordCollectionResponse(item=item_message(item), permit=self._record(item))

    @grpc_kit.unary
    @for_office
    async def RevokePermit(
        self, request: pb.RevokePermitRequest, office_id: str
    ) -> pb.RevokePermitResponse:
        """Takes a permit back."""
        command = commands.RevokePermit(
            reason=plain_words(request.reason),
            document_no=request.document_no,
            **by_office(request),
        )
        item = await self._carry_out(request.inquiry_id, command, office_id)
        return pb.RevokePermitResponse(item=item_message(item), permit=self._record(item))

    @grpc_kit.unary
    @for_office
    async def OrderInspection(
        self, request: pb.OrderInspectionRequest, office_id: str
    ) -> pb.OrderInspectionResponse:
        """Says that the office looks at the place."""
        command = commands.OrderInspection(**by_officer(request))
        item = await self._carry_out(request.inquiry_id, command, office_id)
        return pb.OrderInspectionResponse(item=item_message(item), permit=self._record(item))

    @grpc_kit.unary
    @for_office
    async def ProlongInspection(
        self, request: pb.ProlongInspectionRequest, office_id: str
    ) -> pb.ProlongInspectionResponse:
        """Says that it takes longer."""
        command = commands.ProlongInspection(**by_officer(request))
        item = await self._carry_out(request.inquiry_id, command, office_id)
        return pb.ProlongInspectionResponse(item=item_message(item), permit=self._record(item))

    @grpc_kit.unary
    @for_office
    async def EndInspection(
        self, request: pb.EndInspectionRequest, office_id: str
    ) -> pb.EndInspectionResponse:
        """Says that the office has looked."""
        command = commands.EndInspection(
            finding=plain_words(request.finding), **by_officer(request)
        )
        item = await self._carry_out(request.inquiry_id, command, office_id)
        return pb.EndInspectionResponse(item=item_message(item), permit=self._record(item))

    @grpc_kit.unary
    async def GetDocument(
        self, request: pb.GetDocumentRequest, context: Context
    ) -> pb.GetDocumentResponse:
        """The document as bytes."""
        office_id = self._reader(context)
        telemetry.annotate(request.inquiry_id)
        paper = await self._documents.paper(request.inquiry_id, request.document_no, office_id)
        content, media_type = await self._made_out(paper, request)
        return pb.GetDocumentResponse(
            content=content, media_type=media_type, document_no=paper.verified.number
        )

    async def _made_out(self, paper: Paper, request: pb.GetDocumentRequest) -> tuple[bytes, str]:
        match request.format:
            case pb.DOCUMENT_FORMAT_HTML:
                return self._pages.document(paper), "text/html; charset=utf-8"
            case pb.DOCUMENT_FORMAT_PDF:
                return await self._typesetter.pdf(self._pages.said(paper)), "application/pdf"
            case _:
                raise DomainError("invalid_format", Kind.INVALID, "must be stated", field="format")

    async def _carry_out(
        self, inquiry_id: str, command: Command | PermitCommand, office_id: str
    ) -> Item:
        telemetry.annotate(inquiry_id)
        return await self._work.carry_out(office_id, inquiry_id, command)

    def _reader(self, context: Context) -> str | None:
        """The office that calls; None for a service that shows documents. Raises as
        `OfficeCallers.of`."""
        sent = grpc_kit.key_of(context)
        caller = self._callers.of(sent)
        if WORK in caller.scopes:
            return self.offices.of(sent)
        caller.must(DOCUMENTS)
        return None

    def _record(self, item: Item) -> pb.PermitRecord:
        file = item.file or PermitFile()
        record = pb.PermitRecord(documents=[self._issued(one) for one in file.documents])
        if file.checked is not None:
            record.checked_at.FromDatetime(file.checked.checked_at)
            record.missing.extend(file.checked.missing)
        if file.fee is not None:
            record.fee_settled_at.FromDatetime(file.fee.settled_at)
            record.fee_won = file.fee.amount
            record.fee_exemption = file.fee.exemption
        return record

    def _issued(self, document: Document) -> pb.IssuedDocument:
        revoked = document.revocation
        return pb.IssuedDocument(
            document_no=document.number,
            round=document.round,
            standing=_STANDINGS[standing(document, self._documents.now())],
            valid_until="" if document.valid_until is None else document.valid_until.isoformat(),
            collect_by=document.collect_by,
            collected_at=document.collected_at,
            revoked_at=None if revoked is None else revoked.revoked_at,
            revocation_reason="" if revoked is None else revoked.reason,
            holder=document.terms.holder,
            conditions=document.terms.conditions,
        )
