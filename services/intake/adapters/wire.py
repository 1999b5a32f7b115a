"""The contracts intake tells and hears, each with its own dataclass."""

from __future__ import annotations

from services.common.wire import Wire
from services.intake.domain.events import (
    CallAnswered,
    CaseAccepted,
    CaseAnswered,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    SurveyAnswered,
    SurveyExpired,
)

TOLD = {
    "dasan.intake.v1.InquiryReceived": InquiryReceived,
    "dasan.intake.v1.CallAnswered": CallAnswered,
}
HEARD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.InquiryUnrouted": InquiryUnrouted,
    "dasan.districts.v1.CaseAccepted": CaseAccepted,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.survey.v1.SurveyAnswered": SurveyAnswered,
    "dasan.survey.v1.SurveyExpired": SurveyExpired,
}


def wire() -> Wire:
    """Made on request, so that importing this costs nothing."""
    return Wire({**TOLD, **HEARD})
