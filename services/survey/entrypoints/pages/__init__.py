"""The pages behind the link of a survey: the questions, and what became of them.

What is known of the survey comes from the application.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from fastapi.responses import HTMLResponse

from services.cities import City
from services.common.edge.http_kit import STATUS
from services.common.kernel import DomainError
from services.common.pages import Pages
from services.common.pages.assets import Assets
from services.survey.domain.decide import COMMENT_LONGEST, SCORES
from services.survey.domain.model import Answered, Expired, Invited, Survey

_SAID = {
    "already_answered": "already",
    "survey_expired": "expired",
    "unknown_survey": "unknown",
}


class SurveyPages:
    """The pages of survey, in the language chosen on them (`wish`), else in the citizen's.

    `present` gives the city of now, which names the offices.
    """

    def __init__(self, present: Callable[[], City], assets: Assets) -> None:
        self._present = present
        self._pages = Pages(
            Path(__file__).parent,
            default_language=self._city.languages[0],
            timezone=self._city.timezone,
            assets=assets,
        )

    @property
    def _city(self) -> City:
        return self._present()

    def of(self, survey: Survey, now: datetime, wish: str | None) -> HTMLResponse:
        """What the link shows now."""
        match survey:
            case Answered():
                return self.said("already", survey, wish)
            case Invited() if now < survey.expires_at:
                return self.form(survey, wish)
            case Invited() | Expired():
                return self.said("expired", survey, wish)

    def form(
        self, survey: Survey, wish: str | None, *, error: str | None = None, comment: str = ""
    ) -> HTMLResponse:
        """The questions, again with what was wrong where `error` names it."""
        invitation = survey.invitation
        language = self._pages.language(wish, invitation.matter.language)
        service = self._city.catalogue.get(invitation.matter.service_code)
        office = self._city.offices.get(invitation.office_id)
        # Nobody may know the office any more; its id still says truly who answered.
        unknown = {self._city.languages[0]: invitation.office_id}
        texts = self._pages.texts(language)
        return self._pages.render(
            "form.html",
            language,
            422 if error else 200,
            query={},
            city=self._city.names,
            unit=self._city.contact_office.names,
            receipt_number=invitation.matter.receipt_number,
            matter=None if service is None else service.names,
            office=unknown if office is None else office.names,
            scores=[(score, texts.say(f"score.{score}")) for score in reversed(SCORES)],
            error=error,
            comment=comment,
            longest=COMMENT_LONGEST,
        )

    def said(self, said: str, survey: Survey, wish: str | None) -> HTMLResponse:
        """The page that says how the survey stands: `thanks`, `already` or `expired`."""
        language = self._pages.language(wish, survey.invitation.matter.language)
        return self._said(said, language, 200)

    def refused(self, error: DomainError, *wishes: str | None) -> HTMLResponse:
        """The page of a refusal, in the language of the first wish that any fits."""
        language = self._pages.language(*wishes)
        return self._said(_SAID.get(error.slug, "away"), language, STATUS[error.kind])

    def _said(self, said: str, language: str, status: int) -> HTMLResponse:
        return self._pages.render(
            "said.html",
            language,
            status,
            query={},
            city=self._city.names,
            unit=self._city.contact_office.names,
            said=said,
        )
