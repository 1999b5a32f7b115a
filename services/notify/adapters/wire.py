"""Notify's events and their contracts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from services.common.events.wire import Wire
from services.notify.domain.events import (
    CaseAnswered,
    CaseClosed,
    CaseExtended,
    CitizenActRefused,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryReceived,
    MessageDelivered,
    MessageFailed,
    MessageSkipped,
    PlaceAsked,
    ProgressNoticeDue,
    RepeatClosed,
    ServiceAsked,
    SupplementRequested,
    SurveyInvited,
    UnroutedDeadlineRecounted,
)

HEARD = {
    "dasan.intake.v1.InquiryReceived": InquiryReceived,
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.PlaceAsked": PlaceAsked,
    "dasan.routing.v1.ServiceAsked": ServiceAsked,
    "dasan.routing.v1.RepeatClosed": RepeatClosed,
    "dasan.routing.v1.UnroutedDeadlineRecounted": UnroutedDeadlineRecounted,
    "dasan.districts.v1.DeadlineRecounted": DeadlineRecounted,
    "dasan.districts.v1.ProgressNoticeDue": ProgressNoticeDue,
    "dasan.districts.v1.SupplementRequested": SupplementRequested,
    "dasan.districts.v1.CitizenActRefused": CitizenActRefused,
    "dasan.districts.v1.CaseExtended": CaseExtended,
    "dasan.districts.v1.CaseClosed": CaseClosed,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.survey.v1.SurveyInvited": SurveyInvited,
}
# The full name of each event heard: a message says of what it tells.
NAMES: Mapping[type[object], str] = {event: name for name, event in HEARD.items()}
TOLD = {
    "dasan.notify.v1.MessageDelivered": MessageDelivered,
    "dasan.notify.v1.MessageSkipped": MessageSkipped,
    "dasan.notify.v1.MessageFailed": MessageFailed,
}


def wire(sealed: Collection[str]) -> Wire:
    """The translation of every event that notify hears or tells; `sealed` are the codes of the
    services whose matters are sealed."""
    return Wire({**HEARD, **TOLD}, sealed)
