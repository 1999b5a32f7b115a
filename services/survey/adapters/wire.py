"""Survey's events and the names they travel under."""

from __future__ import annotations

from services.common.wire import Wire
from services.survey.domain import events

HEARD = ("dasan.districts.v1.CaseAnswered", "dasan.intake.v1.CallAnswered")
TOLD = (
    "dasan.survey.v1.SurveyInvited",
    "dasan.survey.v1.SurveyAnswered",
    "dasan.survey.v1.SurveyExpired",
)


def wire() -> Wire:
    """What survey hears and tells."""
    return Wire({name: getattr(events, name.rpartition(".")[2]) for name in (*HEARD, *TOLD)})
