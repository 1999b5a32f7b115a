"""The work of an office as JSON over HTTP: the commands of the gRPC API by the same handlers.

What gRPC says by a status, HTTP says by problem details with the same slug; the version that an
office decided on is an entity tag, and the id of a command an idempotency key. What changes is
watched by gRPC alone.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response, Security
from pydantic import BaseModel

from services.cities import PetitionKind
from services.common.edge.access import bearer
from services.common.edge.openapi import AWAY, KEY, NOT_STORED, Refusal, refusals
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.districts.application.listing import DEFAULT_SIZE, LARGEST_SIZE, WorkLists
from services.districts.application.office_work import OfficeWork
from services.districts.application.ports import WorkFilter
from services.districts.domain.case.events import DeclineReason, PermitDecision
from services.districts.domain.case.model import UNFINISHED, Stage
from services.districts.entrypoints.http.case_bodies import (
    BODIES,
    AnswerConsultationBody,
    AnsweredBody,
    ExtendConsultationBody,
    ExtendedBody,
)
from services.districts.entrypoints.http.schema import (
    AcceptBody,
    AnswerBody,
    CaseBody,
    DecideBody,
    DeclineBody,
    InquiryId,
    ItemBody,
    Moment,
    OfficerBody,
    PageBody,
)
from services.districts.entrypoints.office_callers import OfficeCallers

NO_OFFICE = Refusal(
    status=403, slug="office_unknown", meaning="The caller's entry names no office here"
)
UNKNOWN = Refusal(
    status=404, slug="unknown_case", meaning="No such case lies, or ever lay, at this office"
)
_LISTED = (
    NO_OFFICE,
    Refusal(status=422, slug="invalid_page_token", meaning="It goes with other filters"),
    Refusal(status=422, slug="unknown_filter", meaning="The list has no such filter"),
    *AWAY,
)
_READ = (
    NO_OFFICE,
    UNKNOWN,
    Refusal(status=503, slug="intake_away", meaning="The words cannot be fetched now"),
    Refusal(status=503, slug="intake_slow", meaning="The words did not come in time"),
    Refusal(status=503, slug="words_missing", meaning="Intake does not hold the inquiry yet"),
    *AWAY,
)
_COMMANDED = (
    NO_OFFICE,
    UNKNOWN,
    Refusal(status=409, slug="handed_on", meaning="It is no longer this office's work"),
    Refusal(status=409, slug="closed_as_repeat", meaning="It was closed as a repetition"),
    Refusal(status=409, slug="withdrawn", meaning="The matter was withdrawn"),
    Refusal(
        status=409, slug="wrong_state", meaning="Not allowed in this state; `allowed` names what is"
    ),
    Refusal(status=412, slug="stale_version", meaning="It has changed: read it and decide again"),
    Refusal(status=422, slug="invalid_command_id", meaning="It is none, or two contradict"),
    Refusal(status=422, slug="invalid_expected_version", meaning="Header and body contradict"),
    Refusal(status=422, slug="invalid_time", meaning="`occurred_at` cannot be"),
    Refusal(status=422, slug="invalid_officer_code", meaning="It could be a name"),
    *NOT_STORED,
)
_DECLINED = (
    *_COMMANDED,
    Refusal(status=409, slug="already_answered", meaning="It is answered"),
    Refusal(status=409, slug="binding", meaning="Arbitration gave it to this office"),
    Refusal(status=422, slug="unknown_office", meaning="It is no other office of this city"),
)
_ENDED = (
    *_COMMANDED,
    Refusal(status=409, slug="already_answered", meaning="It has another answer already"),
    Refusal(status=409, slug="same_officer", meaning="The one who answered before"),
    Refusal(status=409, slug="designates_only", meaning="The arbitration desk does not answer"),
    Refusal(status=422, slug="invalid_answer", meaning="Nothing of the text can be seen"),
    Refusal(status=422, slug="invalid_officer", meaning="It must name the officer"),
)
_ANSWERED = (
    *_ENDED,
    Refusal(status=409, slug="permit_case", meaning="A permit is decided, not answered"),
)
_DECIDED = (
    *_ENDED,
    Refusal(status=409, slug="not_a_permit", meaning="No permit is asked for"),
    Refusal(status=409, slug="needs_document", meaning="What was asked is not filed yet"),
    Refusal(status=409, slug="incomplete", meaning="Documents are missing by the last check"),
    Refusal(status=409, slug="fee_unpaid", meaning="The fee of what was checked is not settled"),
    Refusal(status=422, slug="invalid_conditions", meaning="They are none, or too many"),
    Refusal(status=422, slug="invalid_holder", meaning="It is no name on one line"),
    Refusal(status=422, slug="invalid_validity", meaning="Later than the law lets it be valid"),
)
_FURTHER = (
    *_COMMANDED,
    *(
        Refusal(status=status, slug=slug, meaning=meaning)
        for status, slug, meaning in (
            (404, "unknown_document", "The case has no document of this number"),
            (409, "already_answered", "It is answered"),
            (409, "needs_document", "What was asked is not filed yet"),
            (409, "not_a_permit", "No permit is asked for"),
            (409, "no_kind", "The city's permits have none of this service"),
            (409, "not_valid", "The document is not valid any more"),
            (409, "prolonged_twice", "The citizen has had more time twice"),
            (409, "supplement_limit", "As many supplements as may be were asked for"),
            (409, "no_period", "No period gave the date"),
            (409, "overdue", "The time to extend is over"),
            (409, "same_officer", "The one who answered before"),
            (409, "designates_only", "The arbitration desk does not answer"),
            (409, "fee_settled", "It is, by another payment"),
            (409, "not_to_be_collected", "Nobody need come for the document"),
            (409, "consulted_already", "The office was asked and has not answered"),
            (409, "too_many_consultations", "As many as may be were asked"),
            (409, "no_inspection", "An inspection stops no clock in this matter"),
            (409, "inspected_already", "One of a round stops the clock"),
            (409, "prolonged_already", "An inspection is prolonged once"),
            (409, "not_refused", "Only a refused permit is objected to"),
            (409, "no_objections", "The city's pack has no limits for objections"),
            (409, "objected_already", "The objection is decided"),
            (409, "objection_too_late", "The time to object was over"),
            (409, "out_of_calendar", "The date lies beyond the city's calendar"),
            (409, "too_many_notes", "The case has as many as it may hold"),
            (409, "too_many_steps", "The case has as many as it may hold"),
            (422, "invalid_answer", "Nothing of the text can be seen, or it is too long"),
            (422, "invalid_days", "So many days may not be given"),
            (422, "invalid_note", "Nothing of it can be seen, or it is too long"),
            (422, "invalid_officer", "It must name the officer"),
            (422, "invalid_period", "So much time is none"),
            (422, "term_refused", "The law gives no longer period"),
            (422, "unknown_office", "It is no other office of this city"),
            (422, "office_closed", "It has closed: ask its successor"),
            (422, "invalid_document", "The office sees this document itself"),
            (422, "invalid_exemption", "The kind has no such exemption"),
            (422, "invalid_amount", "It is not the fee of the kind"),
            (422, "invalid_reference", "A payment has one, of bounded length"),
            (422, "invalid_reason", "Nothing of it can be seen, or it is too long"),
        )
    ),
)
_CONSULTED = (
    *_COMMANDED,
    Refusal(status=409, slug="already_answered", meaning="The matter is answered"),
    Refusal(status=409, slug="consultation_answered", meaning="It has another answer already"),
    Refusal(status=409, slug="extended_already", meaning="It had more time once"),
    Refusal(status=409, slug="overdue", meaning="The time to extend is over"),
    Refusal(status=422, slug="invalid_answer", meaning="Nothing of the text can be seen"),
    Refusal(status=422, slug="invalid_days", meaning="So many days may not be given"),
    Refusal(status=422, slug="term_refused", meaning="The law gives no longer period"),
)
_TAGGED: dict[int | str, Any] = {
    200: {
        "headers": {
            "ETag": {
                "schema": {"type": "string"},
                "description": "The version of the case, for If-Match",
            }
        }
    }
}
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=64,
        description="The office's own id for the command, such as a UUID: sent again with the same"
        " one, the command has its effect once",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        pattern=r'^"[1-9][0-9]{0,17}"$',
        description="ETag of the case that the office decided on; if the case has changed since,"
        " nothing happens (412)",
        examples=['"3"'],
    ),
]
_FILTERS = (
    "page_size",
    "page_token",
    "due_before",
    "kind",
    "service_code",
    "state",
    "permit_only",
    "assignee",
)
# What a body calls otherwise than the contract.
_IN_BODY = {f"officer_{name}": f"officer.{name}" for name in OfficerBody.model_fields}
# Of a filter's name that is given back to who sent it.
_LONGEST_NAME = 40
_OFFICER = {"unit": "도로관리과", "name": "홍길동 주무관", "phone": "02-120"}
_ACCEPTS: Any = {
    "now": {"summary": "Taken now", "value": {}},
    "earlier": {
        "summary": "Taken an hour ago, on the state that was on the screen",
        "value": {"occurred_at": "2026-11-23T10:00:00+09:00", "expected_version": 1},
    },
}
_DECLINES: Any = {
    "elsewhere": {
        "summary": "Another office is competent",
        "value": {"reason": DeclineReason.NOT_COMPETENT.value, "suggested_office_id": "d-11680"},
    }
}
_ANSWERS: Any = {
    "mended": {
        "summary": "It is done",
        "value": {"text": "오늘 고쳤습니다.", "officer": _OFFICER},
    }
}
_DECISIONS: Any = {
    "granted": {
        "summary": "Granted on conditions",
        "value": {
            "decision": PermitDecision.GRANTED_CONDITIONALLY.value,
            "text": "오전 9시부터 오후 6시까지 영업하는 조건으로 허가합니다.",
            "officer": _OFFICER,
        },
    }
}


def calling(offices: OfficeCallers) -> Callable[..., Awaitable[str]]:
    """The dependency of a route that only offices may use; gives the id of the one that calls."""

    async def office(request: Request, _: None = Security(KEY)) -> str:
        return offices.of(bearer(request.headers.get("authorization", "")))

    return office


def routes(work: OfficeWork, lists: WorkLists, offices: OfficeCallers) -> APIRouter:
    """The routes of an office's work; the office is the caller's."""

    router = APIRouter(prefix="/v1/work", tags=["work"])
    office = Depends(calling(offices))

    @router.get(
        "",
        response_model=PageBody,
        summary="The work that lies at the office, what is due first first",
        responses=refusals(*_LISTED),
    )
    async def list_work(
        request: Request,
        page_size: Annotated[int, Query(ge=1, le=LARGEST_SIZE)] = DEFAULT_SIZE,
        page_token: Annotated[
            str,
            Query(
                max_length=200,
                description="`next_page_token` of the page before; the filters must be the same",
            ),
        ] = "",
        due_before: Annotated[
            Moment | None, Query(description="Only what is due before it")
        ] = None,
        kind: Annotated[PetitionKind | None, Query(description="Only petitions of it")] = None,
        service_code: Annotated[
            str, Query(max_length=64, description="Only matters of this code of the catalogue")
        ] = "",
        state: Annotated[
            list[Stage], Query(max_length=len(Stage), description="Only cases in one of these")
        ] = list(UNFINISHED),  # noqa: B006
        permit_only: Annotated[
            bool, Query(description="Only what ends with a decision on a permit")
        ] = False,
        assignee: Annotated[
            str, Query(max_length=40, description="Only what this officer of the office works on")
        ] = "",
        office_id: str = office,
    ) -> Response:
        _must_be_filters(request.query_params)
        wanted = WorkFilter(
            stages=frozenset(state or UNFINISHED),
            due_before=due_before,
            kind=kind,
            service_code=service_code,
            permit_only=permit_only,
            assignee=assignee,
        )
        page = await lists.page(office_id, wanted, size=page_size, token=page_token)
        return as_json(PageBody.of(page))

    @router.get(
        "/{inquiry_id}",
        response_model=CaseBody,
        summary="One case with the citizen's words",
        responses={**_TAGGED, **refusals(*_READ)},
    )
    async def get_case(inquiry_id: InquiryId, office_id: str = office) -> Response:
        telemetry.annotate(inquiry_id)
        case = await work.case(office_id, inquiry_id)
        return as_json(CaseBody.of(case), version=case.item.version)

    async def carried_out(
        office_id: str, inquiry_id: str, body: Any, key: str | None, if_match: str | None
    ) -> Response:
        telemetry.annotate(inquiry_id)
        command = body.command(**body.said(key, if_match))
        try:
            item = await work.carry_out(office_id, inquiry_id, command)
        except DomainError as error:
            error.field = _IN_BODY.get(error.field or "", error.field)
            raise
        return as_json(ItemBody.of(item), version=item.version)

    @router.post("/{inquiry_id}/accept", **_command("Take responsibility", _COMMANDED))
    async def accept(
        inquiry_id: InquiryId,
        body: Annotated[AcceptBody, Body(openapi_examples=_ACCEPTS)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        office_id: str = office,
    ) -> Response:
        return await carried_out(office_id, inquiry_id, body, idempotency_key, if_match)

    @router.post("/{inquiry_id}/decline", **_command("Refuse with a reason", _DECLINED))
    async def decline(
        inquiry_id: InquiryId,
        body: Annotated[DeclineBody, Body(openapi_examples=_DECLINES)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        office_id: str = office,
    ) -> Response:
        return await carried_out(office_id, inquiry_id, body, idempotency_key, if_match)

    @router.post("/{inquiry_id}/answer", **_command("Answer and end the case", _ANSWERED))
    async def answer(
        inquiry_id: InquiryId,
        body: Annotated[AnswerBody, Body(openapi_examples=_ANSWERS)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        office_id: str = office,
    ) -> Response:
        return await carried_out(office_id, inquiry_id, body, idempotency_key, if_match)

    @router.post("/{inquiry_id}/decide", **_command("Decide on a permit", _DECIDED))
    async def decide(
        inquiry_id: InquiryId,
        body: Annotated[DecideBody, Body(openapi_examples=_DECISIONS)],
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        office_id: str = office,
    ) -> Response:
        return await carried_out(office_id, inquiry_id, body, idempotency_key, if_match)

    for name, body_of in BODIES.items():
        router.post(f"/{{inquiry_id}}/{path_of(name)}", **_further(body_of))(
            _carrying(body_of, carried_out, office)
        )

    @router.post(
        "/{inquiry_id}/answer-consultation",
        response_model=AnsweredBody,
        summary="Answer what another office asked",
        responses=refusals(*_CONSULTED),
    )
    async def answer_consultation(
        inquiry_id: InquiryId,
        body: AnswerConsultationBody,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        office_id: str = office,
    ) -> Response:
        telemetry.annotate(inquiry_id)
        command = body.command(**body.said(idempotency_key, if_match))
        at = await work.answer_consultation(office_id, inquiry_id, command)
        return as_json(AnsweredBody(answered_at=at))

    @router.post(
        "/{inquiry_id}/extend-consultation",
        response_model=ExtendedBody,
        summary="Take more time to answer what another office asked",
        responses=refusals(*_CONSULTED),
    )
    async def extend_consultation(
        inquiry_id: InquiryId,
        body: ExtendConsultationBody,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        office_id: str = office,
    ) -> Response:
        telemetry.annotate(inquiry_id)
        command = body.command(**body.said(idempotency_key, if_match))
        due_at = await work.extend_consultation(office_id, inquiry_id, command)
        return as_json(ExtendedBody(due_at=due_at))

    return router


def path_of(command: str) -> str:
    """The last part of a command's path: `request-supplement` for `RequestSupplement`."""
    return re.sub("(?<!^)(?=[A-Z])", "-", command).lower()


def _must_be_filters(sent: Iterable[str]) -> None:
    """Raises `unknown_filter` (INVALID): a list of everything would look like what was asked for,
    where a name is written wrong, or as gRPC has it."""
    for name in sent:
        if name not in _FILTERS:
            raise DomainError(
                "unknown_filter",
                Kind.INVALID,
                f"must be one of {', '.join(_FILTERS)}",
                field=name[:_LONGEST_NAME],
            )


def _carrying(body_of: type[Any], carried_out: Any, office: Any) -> Callable[..., Any]:
    """The route of a command with this body."""

    async def carry_out(
        inquiry_id: InquiryId,
        body: Any,
        idempotency_key: IdempotencyKey = None,
        if_match: IfMatch = None,
        office_id: str = office,
    ) -> Response:
        answer: Response = await carried_out(office_id, inquiry_id, body, idempotency_key, if_match)
        return answer

    # The framework reads what a route takes from its annotations.
    carry_out.__annotations__["body"] = body_of
    return carry_out


def _further(body_of: type[Any]) -> Mapping[str, Any]:
    """What the routes of the further commands say alike; the body's docstring is the summary."""
    said = (body_of.__doc__ or "").strip().rstrip(".")
    return _command(said, _FURTHER)


def _command(summary: str, refused: tuple[Refusal, ...]) -> Mapping[str, Any]:
    """What the routes of commands say alike of themselves."""
    return {
        "response_model": ItemBody,
        "summary": f"{summary}; the case as it stands now",
        "responses": {**_TAGGED, **refusals(*refused)},
    }


def as_json(body: BaseModel, *, version: int | None = None) -> Response:
    """An answer for this office alone, with the entity tag of a case."""
    headers = {"Cache-Control": "no-store"}
    if version is not None:
        headers["ETag"] = f'"{version}"'
    return Response(body.model_dump_json(), media_type="application/json", headers=headers)
