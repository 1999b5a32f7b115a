"""The survey page, its API, and the figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from services.cities import City
from services.common.aggregates.update import Cause
from services.common.edge.http_kit import FORM, create_app, media_type
from services.common.edge.openapi import AWAY, NOT_STORED, VIEW_AWAY, Refusal, refusals
from services.common.edge.plain_words import plain_words
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.pages import FONT, api_docs
from services.common.pages.assets import Assets
from services.common.process import clock, telemetry
from services.survey.application.handlers import Satisfaction, Surveys
from services.survey.application.ports import Windows
from services.survey.domain.commands import Answer
from services.survey.domain.decide import SCORES, unknown_survey
from services.survey.domain.model import Survey, inquiry_of
from services.survey.domain.tokens import Tokens
from services.survey.entrypoints.pages import SurveyPages
from services.survey.entrypoints.schema import (
    AnswerBody,
    AnsweredBody,
    SatisfactionBody,
    SurveyId,
    Token,
    shown,
)

_SCORES = {str(score): score for score in SCORES}


_REFUSALS = (
    Refusal(status=404, slug="unknown_survey", meaning="No survey has this id and token"),
    Refusal(status=409, slug="already_answered", meaning="It has another answer already"),
    Refusal(status=409, slug="survey_expired", meaning="The time to answer is over"),
    *NOT_STORED,
)


def create(
    *,
    surveys: Surveys,
    satisfaction: Satisfaction,
    windows: Windows,
    tokens: Tokens,
    present: Callable[[], City],
    assets: Assets,
    clock: Callable[[], datetime],
    readiness: Readiness,
) -> FastAPI:
    """The app of survey; `present` gives the city of now."""
    app = create_app(
        title="Dasan survey",
        description="How satisfied citizens are: the page behind their link, and the figures.",
        readiness=readiness,
    )
    pages = SurveyPages(present, assets)
    assets.serve(app, FONT)
    app.include_router(_page_routes(surveys, tokens, pages, clock))
    app.include_router(_api_routes(surveys, satisfaction, windows, tokens, clock))
    api_docs.serve(app, assets)
    return app


def _page_routes(
    surveys: Surveys, tokens: Tokens, pages: SurveyPages, clock: Callable[[], datetime]
) -> APIRouter:
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/s/{survey_id}/{token}")
    async def show(
        survey_id: str, token: str, request: Request, lang: str | None = None
    ) -> HTMLResponse:
        try:
            survey = await _survey(surveys, tokens, survey_id, token)
        except DomainError as error:
            return pages.refused(error, lang, request.headers.get("accept-language"))
        return pages.of(survey, clock(), lang)

    @router.post("/s/{survey_id}/{token}")
    async def submit(
        survey_id: str, token: str, request: Request, lang: str | None = None
    ) -> HTMLResponse:
        try:
            survey = await _survey(surveys, tokens, survey_id, token)
        except DomainError as error:
            return pages.refused(error, lang, request.headers.get("accept-language"))
        form = await _form(request)
        comment = shown(plain_words(str(form.get("comment", ""))))
        score = _SCORES.get(str(form.get("score", "")), 0)
        command = Answer(score=score, comment=comment)
        try:
            await surveys.answer(survey_id, command, _cause(survey_id))
        except DomainError as error:
            if error.kind is Kind.INVALID:
                return pages.form(survey, lang, error=error.slug, comment=comment)
            return pages.refused(error, lang, survey.invitation.matter.language)
        return pages.said("thanks", survey, lang)

    return router


def _api_routes(
    surveys: Surveys,
    satisfaction: Satisfaction,
    windows: Windows,
    tokens: Tokens,
    clock: Callable[[], datetime],
) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post(
        "/surveys/{survey_id}/{token}/answer",
        status_code=201,
        summary="Answer a survey, once; the same answer again is the same one",
        responses=refusals(*_REFUSALS),
    )
    async def answer(
        survey_id: SurveyId, token: Token, body: Annotated[AnswerBody, Body()]
    ) -> AnsweredBody:
        _check(tokens, survey_id, token)
        answered = await surveys.answer(survey_id, body.command(), _cause(survey_id))
        return AnsweredBody(survey_id=survey_id, answered_at=answered.answered_at)

    @router.get(
        "/satisfaction",
        summary="Satisfaction on 100 points, city and offices",
        responses=refusals(*AWAY, VIEW_AWAY),
    )
    async def figures() -> SatisfactionBody:
        offices = await satisfaction.by_office()
        return SatisfactionBody.of(offices, windows.figures(clock()))

    return router


async def _form(request: Request) -> FormData:
    """What the page sends; nothing of a body in another form, which is not even read. One in parts
    would be read with whatever codec of Python's it names."""
    return await request.form(max_fields=10) if media_type(request) == FORM else FormData()


def _check(tokens: Tokens, survey_id: str, token: str) -> None:
    """A wrong token says no more than that nothing is here."""
    if not tokens.fits(survey_id, token):
        raise unknown_survey()


async def _survey(surveys: Surveys, tokens: Tokens, survey_id: str, token: str) -> Survey:
    _check(tokens, survey_id, token)
    return await surveys.get(survey_id)


def _cause(survey_id: str) -> Cause:
    """The cause of an answer. The token was checked before, so the survey's id is one that we
    made."""
    inquiry_id = inquiry_of(survey_id)
    telemetry.annotate(inquiry_id)
    return Cause(
        id=clock.new_id(),
        correlation_id=inquiry_id,
        traceparent=telemetry.current_traceparent(),
    )
