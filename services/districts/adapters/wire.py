"""Districts' events and their contracts."""

from __future__ import annotations

from collections.abc import Collection

from services.common.events.wire import Wire
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseDeclined,
    CaseExtended,
    CaseOpened,
    CaseOverdue,
    CaseWithdrawn,
    ConsultationAnswered,
    ConsultationExtended,
    ConsultationOverdue,
    ConsultationRequested,
    DeadlineRecounted,
    InquiryAssigned,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    MattersJoined,
    MattersLinked,
    ObjectionDecided,
    ObjectionExtended,
    ObjectionFiled,
    ObjectionOverdue,
    PermitChecked,
    PermitCollected,
    PermitDecided,
    PermitExpired,
    PermitFeePaid,
    PermitIssued,
    PermitRevoked,
    PermitUncollected,
    ProgressNoticeDue,
    RepeatClosed,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)
from services.districts.domain.delegation.events import DelegationRecorded
from services.districts.domain.office.events import OfficeRecorded

HEARD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.RepeatClosed": RepeatClosed,
    "dasan.routing.v1.MattersJoined": MattersJoined,
    "dasan.routing.v1.MattersLinked": MattersLinked,
}
TOLD_OF_CASES = {
    "dasan.districts.v1.CaseOpened": CaseOpened,
    "dasan.districts.v1.CaseAccepted": CaseAccepted,
    "dasan.districts.v1.CaseDeclined": CaseDeclined,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.districts.v1.PermitDecided": PermitDecided,
    "dasan.districts.v1.CaseOverdue": CaseOverdue,
    "dasan.districts.v1.ProgressNoticeDue": ProgressNoticeDue,
    "dasan.districts.v1.DeadlineRecounted": DeadlineRecounted,
    "dasan.districts.v1.PermitChecked": PermitChecked,
    "dasan.districts.v1.PermitFeePaid": PermitFeePaid,
    "dasan.districts.v1.PermitIssued": PermitIssued,
    "dasan.districts.v1.PermitCollected": PermitCollected,
    "dasan.districts.v1.PermitUncollected": PermitUncollected,
    "dasan.districts.v1.PermitExpired": PermitExpired,
    "dasan.districts.v1.PermitRevoked": PermitRevoked,
    "dasan.districts.v1.SupplementRequested": SupplementRequested,
    "dasan.districts.v1.SupplementProlonged": SupplementProlonged,
    "dasan.districts.v1.SupplementReceived": SupplementReceived,
    "dasan.districts.v1.SupplementUnanswered": SupplementUnanswered,
    "dasan.districts.v1.CaseExtended": CaseExtended,
    "dasan.districts.v1.ConsultationRequested": ConsultationRequested,
    "dasan.districts.v1.ConsultationAnswered": ConsultationAnswered,
    "dasan.districts.v1.CaseWithdrawn": CaseWithdrawn,
    "dasan.districts.v1.ObjectionFiled": ObjectionFiled,
    "dasan.districts.v1.ObjectionExtended": ObjectionExtended,
    "dasan.districts.v1.ObjectionDecided": ObjectionDecided,
    "dasan.districts.v1.CaseClosed": CaseClosed,
    "dasan.districts.v1.InspectionOrdered": InspectionOrdered,
    "dasan.districts.v1.InspectionProlonged": InspectionProlonged,
    "dasan.districts.v1.InspectionDone": InspectionDone,
    "dasan.districts.v1.InspectionOverrun": InspectionOverrun,
    "dasan.districts.v1.ConsultationExtended": ConsultationExtended,
    "dasan.districts.v1.ConsultationOverdue": ConsultationOverdue,
    "dasan.districts.v1.ObjectionOverdue": ObjectionOverdue,
}
TOLD = {
    **TOLD_OF_CASES,
    "dasan.districts.v1.DelegationRecorded": DelegationRecorded,
    "dasan.districts.v1.OfficeRecorded": OfficeRecorded,
}


def wire(sealed: Collection[str]) -> Wire:
    """The translation of every event that districts hears or tells; `sealed` are the codes of the
    services whose matters are sealed."""
    return Wire({**HEARD, **TOLD}, sealed)
