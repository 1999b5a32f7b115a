"""Notify's events and the names they travel under."""

from __future__ import annotations

from services.common.wire import Wire
from services.notify.domain import events

HEARD = (
    "dasan.intake.v1.InquiryReceived",
    "dasan.routing.v1.InquiryAssigned",
    "dasan.districts.v1.CaseAnswered",
    "dasan.survey.v1.SurveyInvited",
)
TOLD = ("dasan.notify.v1.MessageDelivered", "dasan.notify.v1.MessageFailed")


def wire() -> Wire:
    """What notify hears and tells."""
    return Wire({name: getattr(events, name.rpartition(".")[2]) for name in (*HEARD, *TOLD)})
