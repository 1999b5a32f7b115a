"""Survey's events and their contracts."""

from __future__ import annotations

from collections.abc import Collection

from services.common.events.wire import Wire
from services.survey.domain.events import (
    CallAnswered,
    CaseAnswered,
    SurveyAnswered,
    SurveyExpired,
    SurveyInvited,
)

HEARD = {
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.intake.v1.CallAnswered": CallAnswered,
}
TOLD = {
    "dasan.survey.v1.SurveyInvited": SurveyInvited,
    "dasan.survey.v1.SurveyAnswered": SurveyAnswered,
    "dasan.survey.v1.SurveyExpired": SurveyExpired,
}


def wire(sealed: Collection[str]) -> Wire:
    """The translation of every event that survey hears or tells; `sealed` are the codes of the
    services whose matters are sealed."""
    return Wire({**HEARD, **TOLD}, sealed)
