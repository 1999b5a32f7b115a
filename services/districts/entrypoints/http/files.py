"""What an office reads beside its work over HTTP: what was done on a case, what other offices ask,
and the document of a permit. `CaseService` and `PermitService` say the same by gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.common.edge.openapi import AWAY, Refusal, refusals
from services.common.process import telemetry
from services.districts.application.case_files import Asked, CaseFiles
from services.districts.application.permits import PermitDocuments
from services.districts.application.ports import Typesets
from services.districts.domain.case.events import OverdueLevel
from services.districts.domain.case.file import Consultation, File
from services.districts.entrypoints.http.schema import InquiryId
from services.districts.entrypoints.http.work import NO_OFFICE, UNKNOWN, as_json, calling
from services.districts.entrypoints.office_callers import OfficeCallers
from services.districts.entrypoints.pages import PermitPages


class DocumentFormat(StrEnum):
    """How a document is made out."""

    PDF = "pdf"
    HTML = "html"


_MEDIA_TYPES = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.HTML: "text/html; charset=utf-8",
}
_CONTENT: dict[str, Any] = {
    "application/pdf": {"schema": {"type": "string", "format": "binary"}},
    "text/html": {"schema": {"type": "string"}},
}
# It names a citizen, and nothing in it is to be fetched or run.
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
# As long as any spelling of a number.
_LONGEST_NUMBER = 48


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class StepBody(_Read):
    """One step, which nothing changes or takes back."""

    at: datetime = Field(description="When it happened, as the office says")
    entered_at: datetime = Field(description="When it was entered here")
    office_id: str = Field(description="Who did it; empty: the citizen, time or routing")
    officer_code: str = Field(description="The office's code of the officer; may be empty")
    act: str = Field(description="What was done, by its name in docs/cases.md")
    reason: str = Field(description="Code of the reason where there is one")
    round: int = Field(description="Round of the matter")


class NoteBody(_Read):
    """A note of the caller's office."""

    at: datetime = Field(description="When it was entered")
    officer_code: str = Field(description="The office's code of the officer; may be empty")
    text: str = Field(description="The note")


class SupplementBody(_Read):
    """A request for what was missing."""

    round: int = Field(description="Round of the matter")
    number: int = Field(description="Which request of the round, from 1")
    text: str = Field(description="What was asked for")
    requested_at: datetime = Field(description="When the office asked")
    answer_by: datetime = Field(description="Until when the citizen may send it")
    received_at: datetime | None = Field(description="When it came; null while it did not")


class ConsultationBody(_Read):
    """What one office asks another about a case."""

    inquiry_id: str = Field(description="Inquiry of the case")
    number: int = Field(description="Which consultation of the case, from 1")
    asking_office_id: str = Field(description="Office that asks")
    consulted_office_id: str = Field(description="Office that is asked")
    question: str = Field(description="The question")
    requested_at: datetime = Field(description="When it was asked")
    due_at: datetime = Field(description="When the answer is due")
    answer: str = Field(description="The answer; empty while there is none")
    answered_at: datetime | None = Field(description="When it was answered; null while it was not")
    extended_at: datetime | None = Field(
        description="When the office that is asked took more time; null where it did not"
    )
    overdue_level: OverdueLevel | None = Field(description="Who was told that its time is over")

    @classmethod
    def of(cls, inquiry_id: str, one: Consultation) -> Self:
        """The body of a consultation about an inquiry."""
        return cls(
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
            overdue_level=one.reminded,
        )


class InspectionBody(_Read):
    """An inspection of the place."""

    round: int = Field(description="Round of the matter")
    ordered_at: datetime = Field(description="When the office ordered it")
    ends_by: datetime = Field(description="The last moment for which the clock can stand still")
    prolonged_at: datetime | None = Field(description="When it was prolonged; null: it was not")
    done_at: datetime | None = Field(description="When the office had looked; null before")
    stopped_until: datetime | None = Field(
        description="Until when the clock stood still; null while it does"
    )
    finding: str = Field(description="What the officer saw; may be empty")


class HistoryBody(_Read):
    """What was done on a case, each list oldest first."""

    steps: list[StepBody]
    notes: list[NoteBody] = Field(description="Those of the caller's office")
    supplements: list[SupplementBody]
    consultations: list[ConsultationBody]
    inspections: list[InspectionBody] = Field(description="At most one of a round")

    @classmethod
    def of(cls, inquiry_id: str, office_id: str, file: File) -> Self:
        """The file of a case without what other offices noted for themselves."""
        return cls(
            steps=[StepBody.model_validate(one) for one in file.history],
            notes=[
                NoteBody.model_validate(one) for one in file.notes if one.office_id == office_id
            ],
            supplements=[SupplementBody.model_validate(one) for one in file.supplements],
            consultations=[ConsultationBody.of(inquiry_id, one) for one in file.consultations],
            inspections=[InspectionBody.model_validate(one) for one in file.inspections],
        )


class ConsultationsBody(_Read):
    """What the office was asked and has not answered."""

    consultations: list[ConsultationBody] = Field(description="At most 500, due first")

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Self:
        """The body of a list of questions."""
        return cls(
            consultations=[ConsultationBody.of(one.inquiry_id, one.consultation) for one in asked]
        )


def routes(
    files: CaseFiles,
    documents: PermitDocuments,
    pages: PermitPages,
    typesetter: Typesets,
    offices: OfficeCallers,
) -> APIRouter:
    """The routes of what an office reads; the office is the caller's."""
    router = APIRouter(prefix="/v1/work", tags=["work"])
    office = Depends(calling(offices))

    @router.get(
        "/{inquiry_id}/history",
        response_model=HistoryBody,
        summary="What was done on a case that lies at the office",
        responses=refusals(NO_OFFICE, UNKNOWN, *AWAY),
    )
    async def history(inquiry_id: InquiryId, office_id: str = office) -> Response:
        telemetry.annotate(inquiry_id)
        file = await files.file(office_id, inquiry_id)
        return as_json(HistoryBody.of(inquiry_id, office_id, file))

    @router.get(
        "/consultations",
        response_model=ConsultationsBody,
        summary="What other offices ask; each is answered at its case's `answer-consultation`",
        responses=refusals(NO_OFFICE, *AWAY),
    )
    async def consultations(office_id: str = office) -> Response:
        return as_json(ConsultationsBody.of(await files.asked(office_id)))

    @router.get(
        "/{inquiry_id}/document",
        response_class=Response,
        summary="A document that the office issued; without a number the newest of the case",
        responses={
            200: {"content": _CONTENT},
            **refusals(
                NO_OFFICE,
                UNKNOWN,
                Refusal(
                    status=404, slug="unknown_document", meaning="The office issued no such one"
                ),
                Refusal(status=422, slug="invalid_document_number", meaning="A character is wrong"),
                *AWAY,
            ),
        },
    )
    async def document(
        inquiry_id: InquiryId,
        document_no: Annotated[
            str, Query(max_length=_LONGEST_NUMBER, examples=["2026-FJB5-MEST-GHKT-ZT"])
        ] = "",
        format_: Annotated[
            DocumentFormat, Query(alias="format", description="How it is made out")
        ] = DocumentFormat.PDF,
        office_id: str = office,
    ) -> Response:
        telemetry.annotate(inquiry_id)
        paper = await documents.paper(inquiry_id, document_no, office_id)
        made = (
            await typesetter.pdf(pages.said(paper))
            if format_ is DocumentFormat.PDF
            else pages.document(paper)
        )
        # A number that checks is of letters, digits and dashes alone.
        name = f'attachment; filename="{paper.verified.number}.{format_}"'
        return Response(
            made,
            media_type=_MEDIA_TYPES[format_],
            headers={**_HEADERS, "Content-Disposition": name},
        )

    return router
