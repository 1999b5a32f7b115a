"""The survey page, its API, and the figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from services.cities import City, named
from services.common.aggregates.update import Cause
from services.common.edge.http_kit import FORM, RETRY_AFTER_SECONDS, STATUS, create_app, media_type
from services.common.edge.openapi import AWAY, NOT_STORED, VIEW_AWAY, Refusal, refusals
from services.common.edge.plain_words import plain_words
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.pages import api_docs, environment, private_headers
from services.common.pages.assets import Assets
from services.common.process import clock, telemetry
from services.survey.application.handlers import Satisfaction, Surveys
from services.survey.application.ports import Windows
from services.survey.domain.commands import Answer
from services.survey.domain.decide import COMMENT_LONGEST, SCORES, unknown_survey
from services.survey.domain.model import Answered, Expired, Invited, Survey, inquiry_of
from services.survey.domain.tokens import Tokens
from services.survey.entrypoints.schema import (
    AnswerBody,
    AnsweredBody,
    SatisfactionBody,
    SurveyId,
    Token,
    shown,
)

_TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGES = ("ko", "en")
_SCORES = {str(score): score for score in SCORES}


_REFUSALS = (
    Refusal(status=404, slug="unknown_survey", meaning="No survey has this id and token"),
    Refusal(status=409, slug="already_answered", meaning="It has another answer already"),
    Refusal(status=409, slug="survey_expired", meaning="The time to answer is over"),
    *NOT_STORED,
)


class Pages:
    """The pages a citizen sees: small, in their language, working without a script."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._default = city.languages[0] if city.languages[0] in LANGUAGES else LANGUAGES[0]
        self._templates = environment(_TEMPLATES)
        self._style = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
        self._headers = private_headers(self._style)

    def language(self, tag: str) -> str:
        """The language of ours that fits a BCP 47 tag best."""
        primary = tag.partition("-")[0].lower()
        return primary if primary in LANGUAGES else self._default

    def render(self, name: str, language: str, status: int = 200, **values: Any) -> HTMLResponse:
        """One page."""
        template = self._templates.get_template(f"{language}/{name}.html")
        html = template.render(
            language=language,
            style=self._style,
            city=named(self._city.names, language),
            unit=named(self._city.contact_office.names, language),
            **values,
        )
        headers = dict(self._headers)
        if status == 503:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return HTMLResponse(html, status_code=status, headers=headers)

    def of(self, survey: Survey, now: datetime) -> HTMLResponse:
        """What the link shows now."""
        language = self.language(survey.invitation.matter.language)
        match survey:
            case Answered():
                return self.render("already", language)
            case Invited() if now < survey.expires_at:
                return self.form(survey)
            case Invited() | Expired():
                return self.render("expired", language)

    def form(self, survey: Survey, *, error: str | None = None, comment: str = "") -> HTMLResponse:
        """The questions, again with what was wrong where `error` names it."""
        matter = survey.invitation.matter
        language = self.language(matter.language)
        service = self._city.catalogue.get(matter.service_code)
        return self.render(
            "form",
            language,
            422 if error else 200,
            receipt_number=matter.receipt_number,
            matter=named(service.names, language) if service else "",
            office=self._city.office_name(survey.invitation.office_id, language),
            error=error,
            comment=comment,
            longest=COMMENT_LONGEST,
        )

    def refused(self, error: DomainError, language: str | None = None) -> HTMLResponse:
        """The page of a refusal."""
        name = {
            "already_answered": "already",
            "survey_expired": "expired",
            "unknown_survey": "unknown",
        }.get(error.slug, "away")
        return self.render(name, language or self._default, STATUS[error.kind])


def create(
    *,
    surveys: Surveys,
    satisfaction: Satisfaction,
    windows: Windows,
    tokens: Tokens,
    city: City,
    clock: Callable[[], datetime],
    readiness: Readiness,
    assets: Assets,
) -> FastAPI:
    """The app of survey."""
    app = create_app(
        title="Dasan survey",
        description="How satisfied citizens are: the page behind their link, and the figures.",
        readiness=readiness,
    )
    pages = Pages(city)
    app.include_router(_page_routes(surveys, tokens, pages, clock))
    app.include_router(_api_routes(surveys, satisfaction, windows, tokens, clock))
    api_docs.serve(app, assets)
    return app


def _page_routes(
    surveys: Surveys, tokens: Tokens, pages: Pages, clock: Callable[[], datetime]
) -> APIRouter:
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/s/{survey_id}/{token}")
    async def show(survey_id: str, token: str) -> HTMLResponse:
        try:
            return pages.of(await _survey(surveys, tokens, survey_id, token), clock())
        except DomainError as error:
            return pages.refused(error)

    @router.post("/s/{survey_id}/{token}")
    async def submit(survey_id: str, token: str, request: Request) -> HTMLResponse:
        try:
            survey = await _survey(surveys, tokens, survey_id, token)
        except DomainError as error:
            return pages.refused(error)
        form = await _form(request)
        comment = shown(plain_words(str(form.get("comment", ""))))
        score = _SCORES.get(str(form.get("score", "")), 0)
        command = Answer(score=score, comment=comment)
        try:
            await surveys.answer(survey_id, command, _cause(survey_id))
        except DomainError as error:
            if error.kind is Kind.INVALID:
                return pages.form(survey, error=error.slug, comment=comment)
            return pages.refused(error, pages.language(survey.invitation.matter.language))
        return pages.render("thanks", pages.language(survey.invitation.matter.language))

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
