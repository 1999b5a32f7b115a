"""What an office reads of a case's file, as JSON over HTTP: `GetHistory` and `ListConsultations` of
the gRPC API by the same handlers."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response, Security
from pydantic import BaseModel

from services.common.edge.access import bearer
from services.common.edge.openapi import AWAY, KEY, Refusal, refusals
from services.common.process import telemetry
from services.districts.application.case_files import CaseFiles
from services.districts.entrypoints.http.file_bodies import ConsultationsBody, HistoryBody
from services.districts.entrypoints.http.schema import InquiryId
from services.districts.entrypoints.office_callers import OfficeCallers

_NO_OFFICE = Refusal(
    status=403, slug="office_unknown", meaning="The caller's entry names no office here"
)
_UNKNOWN = Refusal(status=404, slug="unknown_case", meaning="No such case lies at this office")


def routes(files: CaseFiles, offices: OfficeCallers) -> APIRouter:
    """The routes of what is read beside the work itself; the office is the caller's."""

    async def calling(request: Request, _: None = Security(KEY)) -> str:
        return offices.of(bearer(request.headers.get("authorization", "")))

    router = APIRouter(prefix="/v1", tags=["work"])
    office = Depends(calling)

    @router.get(
        "/work/{inquiry_id}/history",
        response_model=HistoryBody,
        summary="Who did what on a case and when, with its supplements, consultations and notes",
        responses=refusals(_NO_OFFICE, _UNKNOWN, *AWAY),
    )
    async def get_history(inquiry_id: InquiryId, office_id: str = office) -> Response:
        telemetry.annotate(inquiry_id)
        file = await files.file(office_id, inquiry_id)
        return _json(HistoryBody.of(inquiry_id, office_id, file))

    @router.get(
        "/consultations",
        response_model=ConsultationsBody,
        summary="What other offices asked this one and it has not answered",
        responses=refusals(_NO_OFFICE, *AWAY),
    )
    async def list_consultations(office_id: str = office) -> Response:
        return _json(ConsultationsBody.of(await files.asked(office_id)))

    return router


def _json(body: BaseModel) -> Response:
    """An answer for this office alone."""
    return Response(
        body.model_dump_json(),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
