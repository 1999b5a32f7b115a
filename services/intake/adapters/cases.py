"""What a citizen may read of their case, and their permit's documents, from districts by gRPC."""

from __future__ import annotations

from datetime import UTC, date

import grpc
from dasan.districts.v1 import answers_pb2 as pb
from dasan.districts.v1 import permits_pb2
from dasan.districts.v1.answers_pb2_grpc import AnswersServiceStub
from dasan.districts.v1.permits_pb2_grpc import PermitServiceStub

from services.common.edge.grpc_kit import reachable
from services.common.kernel import DomainError, Kind
from services.intake.application.ports import (
    DocumentFormat,
    IssuedDocument,
    MadeOut,
    ObjectionDecision,
    Proceedings,
    Worth,
)

# How long the status page waits; after that it is shown without the words.
_SECONDS = 2.0
# How long somebody waits who asked for a document: the first PDF of a process takes seconds.
_DOCUMENT_SECONDS = 10.0
_FORMATS = {
    DocumentFormat.PDF: permits_pb2.DOCUMENT_FORMAT_PDF,
    DocumentFormat.HTML: permits_pb2.DOCUMENT_FORMAT_HTML,
}
# How districts says that the case has no such document: no case, no document, no such number.
_NONE = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)

_WORTH = {
    permits_pb2.DOCUMENT_STANDING_VALID: Worth.VALID,
    permits_pb2.DOCUMENT_STANDING_UNCOLLECTED: Worth.UNCOLLECTED,
    permits_pb2.DOCUMENT_STANDING_EXPIRED: Worth.EXPIRED,
    permits_pb2.DOCUMENT_STANDING_REVOKED: Worth.REVOKED,
    permits_pb2.DOCUMENT_STANDING_REPLACED: Worth.REPLACED,
}


class DistrictsCases:
    """Asks about one inquiry's case to show it on its citizen's status page."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = AnswersServiceStub(channel)

    async def proceedings(self, inquiry_id: str) -> Proceedings:
        """What the citizen may read of it; raises DomainError UNAVAILABLE."""
        request = pb.GetProceedingsRequest(inquiry_id=inquiry_id)
        with reachable("districts"):
            found = await self._stub.GetProceedings(request, timeout=_SECONDS)
        return Proceedings(
            requests={(one.round, one.number): one.text for one in found.supplements},
            objections=tuple(
                ObjectionDecision(
                    round=one.round,
                    upheld=one.upheld,
                    text=one.text,
                    decided_at=one.decided_at.ToDatetime(tzinfo=UTC),
                )
                for one in found.objections
            ),
            # What a newer version says of a document is not shown as anything that it is not.
            documents=tuple(
                IssuedDocument(
                    number=one.document_no,
                    round=one.round,
                    worth=_WORTH[one.standing],
                    valid_until=date.fromisoformat(one.valid_until) if one.valid_until else None,
                )
                for one in found.documents
                if one.standing in _WORTH
            ),
            verify_url=found.verify_url,
        )


class DistrictsDocuments:
    """Has documents made out to give them to their citizen."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = PermitServiceStub(channel)

    async def made_out(self, inquiry_id: str, number: str, format_: DocumentFormat) -> MadeOut:
        """The document of that number; raises `unknown_document` (NOT_FOUND), UNAVAILABLE."""
        request = permits_pb2.GetDocumentRequest(
            inquiry_id=inquiry_id, document_no=number, format=_FORMATS[format_]
        )
        try:
            with reachable("districts"):
                found = await self._stub.GetDocument(request, timeout=_DOCUMENT_SECONDS)
        except grpc.aio.AioRpcError as error:
            if error.code() not in _NONE:
                raise
            raise DomainError(
                "unknown_document", Kind.NOT_FOUND, "the inquiry has no document of this number"
            ) from error
        return MadeOut(number=found.document_no, content=found.content, format=format_)
