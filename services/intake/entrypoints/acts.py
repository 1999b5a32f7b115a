"""HTTP for what a citizen does about their case: the acts as data and as forms of the page."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Body, FastAPI, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from services.common.edge import http_kit
from services.common.edge.access import Caller
from services.common.edge.limits import Senders
from services.common.edge.openapi import NOT_STORED, OR_NOBODY, Refusal, refusals
from services.common.kernel import DomainError
from services.common.process import telemetry
from services.intake.application.once import TakeActs
from services.intake.application.status import ReadStatus
from services.intake.domain.model import CitizenActKind
from services.intake.entrypoints.acts_schema import ACTS, ActBody, StoredActBody
from services.intake.entrypoints.pages import StatusPages
from services.intake.entrypoints.pages.acting import WrittenAct
from services.intake.entrypoints.receipts import RECEIPT_REFUSALS

# Fields of the largest form, and some that a browser's extension may add.
_MOST_FIELDS = 10
_CONFLICTS = (
    ("act_done", "The same was done already with other words, which count"),
    ("round_over", "It is about a round that is over"),
    ("matter_ended", "The office has ended the matter"),
    ("not_asked", "The office does not ask for this, or not any more"),
    ("time_over", "The time to ask for more is over"),
    ("prolonged_twice", "More time was asked for twice already"),
    (
        "prolonged_meanwhile",
        "More time was given or refused meanwhile: `next_extension` is another number",
    ),
    ("no_objections", "Only to a refused permit can be objected"),
    ("objected_already", "There is an objection to this decision already"),
    ("objection_too_late", "The time to object is over"),
    ("too_many_acts", "There were too many about this inquiry"),
)
_REFUSALS = (
    *RECEIPT_REFUSALS,
    *(Refusal(status=409, slug=slug, meaning=meaning) for slug, meaning in _CONFLICTS),
    Refusal(status=429, slug="too_many_requests", meaning="Too many within an hour"),
    *NOT_STORED,
)


def take_acts(app: FastAPI, take: TakeActs, anybody: Any, sender_of: Senders) -> None:
    """The acts as data."""

    @app.post(
        "/v1/inquiries/{receipt_number}/acts",
        status_code=201,
        response_model=StoredActBody,
        summary="Send a supplement, ask for more time, withdraw, or object",
        description="A `201` means stored, with its words. What becomes of it the case decides:"
        " read the inquiry again. The same act again is the same one.",
        responses=refusals(*_REFUSALS),
        openapi_extra=dict(OR_NOBODY),
    )
    async def post_act(
        request: Request,
        receipt_number: Annotated[str, Path(description="As on the receipt")],
        body: Annotated[ActBody, Body(openapi_examples=ACTS)],
        secret: Annotated[str, Query(description="From the receipt's link")] = "",
        caller: Caller | None = anybody,
    ) -> StoredActBody:
        stored = await take.by_receipt(
            receipt_number,
            secret,
            body.order(),
            sender=None if caller is not None else sender_of(request),
            traceparent=telemetry.current_traceparent(),
        )
        telemetry.annotate(stored.inquiry_id, stored.receipt_number)
        return StoredActBody.stored(stored)


def take_act_forms(
    app: FastAPI, take: TakeActs, status: ReadStatus, pages: StatusPages, sender_of: Senders
) -> None:
    """The same as forms of the page behind a receipt's link."""

    @app.get("/i/{token}/{kind}", include_in_schema=False)
    async def ask(
        request: Request, token: str, kind: CitizenActKind, lang: str | None = None
    ) -> Response:
        """The page that asks whether a withdrawal is meant. The other acts have their forms on the
        status page; who comes here by a link of theirs is led there."""
        try:
            found = await status.follow(token)
        except DomainError as error:
            return pages.refused(error, lang, request.headers.get("accept-language", ""))
        telemetry.annotate(found.inquiry_id, found.receipt_number)
        if kind is CitizenActKind.WITHDRAWAL and found.proceedings.may_withdraw:
            return pages.withdrawal(found, lang)
        return _back(token, lang)

    @app.post("/i/{token}/{kind}", include_in_schema=False)
    async def post_form(
        request: Request, token: str, kind: CitizenActKind, lang: str | None = None
    ) -> Response:
        """The status page, by GET where the act was taken, so that nobody sends it twice by
        reloading."""
        written = WrittenAct.of(kind, await http_kit.form_of(request, most=_MOST_FIELDS))
        try:
            stored = await take.by_link(
                token,
                written.order(),
                sender=sender_of(request),
                traceparent=telemetry.current_traceparent(),
            )
        except DomainError as refusal:
            try:
                found = await status.follow(token)
            except DomainError as error:
                accepted = request.headers.get("accept-language", "")
                return pages.refused(error, lang, accepted, written.words)
            telemetry.annotate(found.inquiry_id, found.receipt_number)
            return pages.status(found, None, lang, written=written, error=refusal)
        telemetry.annotate(stored.inquiry_id, stored.receipt_number)
        return _back(token, lang)


def _back(token: str, lang: str | None) -> Response:
    """To the status page. The address is relative, as nothing that a request says makes an address
    of ours; only a token that has opened an inquiry comes here."""
    chosen = f"?{urlencode({'lang': lang})}" if lang else ""
    return RedirectResponse(f"../{token}{chosen}", status_code=303)
