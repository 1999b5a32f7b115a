"""Intake's events and their contracts."""

from __future__ import annotations

from collections.abc import Collection

from services.common.events.wire import Wire
from services.intake.domain.events import (
    CallAnswered,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseOverdue,
    CitizenActRefused,
    CitizenActTaken,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryReceived,
    InquirySupplemented,
    InquiryUnrouted,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    MoreTimeAsked,
    ObjectionDecided,
    ObjectionFiled,
    ObjectionMade,
    PlaceAsked,
    ProgressNoticeDue,
    RepeatClosed,
    ServiceAsked,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementSent,
    SupplementUnanswered,
    SurveyAnswered,
    SurveyExpired,
    UnroutedDeadlineRecounted,
    WithdrawalAsked,
)

HEARD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.InquiryUnrouted": InquiryUnrouted,
    "dasan.routing.v1.PlaceAsked": PlaceAsked,
    "dasan.routing.v1.ServiceAsked": ServiceAsked,
    "dasan.routing.v1.RepeatClosed": RepeatClosed,
    "dasan.routing.v1.UnroutedDeadlineRecounted": UnroutedDeadlineRecounted,
    "dasan.districts.v1.CaseAccepted": CaseAccepted,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.districts.v1.CaseOverdue": CaseOverdue,
    "dasan.districts.v1.ProgressNoticeDue": ProgressNoticeDue,
    "dasan.districts.v1.DeadlineRecounted": DeadlineRecounted,
    "dasan.districts.v1.SupplementRequested": SupplementRequested,
    "dasan.districts.v1.SupplementReceived": SupplementReceived,
    "dasan.districts.v1.SupplementUnanswered": SupplementUnanswered,
    "dasan.districts.v1.SupplementProlonged": SupplementProlonged,
    "dasan.districts.v1.InspectionOrdered": InspectionOrdered,
    "dasan.districts.v1.InspectionProlonged": InspectionProlonged,
    "dasan.districts.v1.InspectionDone": InspectionDone,
    "dasan.districts.v1.InspectionOverrun": InspectionOverrun,
    "dasan.districts.v1.ObjectionFiled": ObjectionFiled,
    "dasan.districts.v1.ObjectionDecided": ObjectionDecided,
    "dasan.districts.v1.CitizenActTaken": CitizenActTaken,
    "dasan.districts.v1.CitizenActRefused": CitizenActRefused,
    "dasan.districts.v1.CaseClosed": CaseClosed,
    "dasan.survey.v1.SurveyAnswered": SurveyAnswered,
    "dasan.survey.v1.SurveyExpired": SurveyExpired,
}
TOLD = {
    "dasan.intake.v1.InquiryReceived": InquiryReceived,
    "dasan.intake.v1.CallAnswered": CallAnswered,
    "dasan.intake.v1.InquirySupplemented": InquirySupplemented,
    "dasan.intake.v1.SupplementSent": SupplementSent,
    "dasan.intake.v1.MoreTimeAsked": MoreTimeAsked,
    "dasan.intake.v1.WithdrawalAsked": WithdrawalAsked,
    "dasan.intake.v1.ObjectionMade": ObjectionMade,
}


def wire(sealed: Collection[str]) -> Wire:
    """The translation of every event that intake hears or tells; `sealed` are the codes of the
    services whose matters are sealed."""
    return Wire({**HEARD, **TOLD}, sealed)
