"""Survey's events and their contracts."""

from __future__ import annotations

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


def wire() -> Wire:
    """The translation of every event that survey hears or tells."""
    return Wire({**HEARD, **TOLD})
