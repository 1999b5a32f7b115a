"""Routing's events and their contracts."""

from __future__ import annotations

from collections.abc import Collection

from services.common.events.wire import Wire
from services.routing.domain.assignment.events import (
    ArbitrationDecided,
    ArbitrationOpened,
    AssignmentEscalated,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseDeclined,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryReceived,
    InquirySupplemented,
    InquiryUnrouted,
    MattersJoined,
    MattersLinked,
    PermitDecided,
    PlaceAsked,
    RepeatClosed,
    ServiceAsked,
    UnroutedDeadlineRecounted,
)
from services.routing.domain.ruleset.events import RuleSetActivated

HEARD = {
    "dasan.intake.v1.InquiryReceived": InquiryReceived,
    "dasan.intake.v1.InquirySupplemented": InquirySupplemented,
    "dasan.districts.v1.CaseDeclined": CaseDeclined,
    "dasan.districts.v1.DeadlineRecounted": DeadlineRecounted,
    "dasan.districts.v1.CaseClosed": CaseClosed,
    "dasan.districts.v1.CaseAccepted": CaseAccepted,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.districts.v1.PermitDecided": PermitDecided,
}
TOLD = {
    "dasan.routing.v1.RuleSetActivated": RuleSetActivated,
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.InquiryUnrouted": InquiryUnrouted,
    "dasan.routing.v1.PlaceAsked": PlaceAsked,
    "dasan.routing.v1.ServiceAsked": ServiceAsked,
    "dasan.routing.v1.UnroutedDeadlineRecounted": UnroutedDeadlineRecounted,
    "dasan.routing.v1.AssignmentEscalated": AssignmentEscalated,
    "dasan.routing.v1.ArbitrationOpened": ArbitrationOpened,
    "dasan.routing.v1.ArbitrationDecided": ArbitrationDecided,
    "dasan.routing.v1.RepeatClosed": RepeatClosed,
    "dasan.routing.v1.MattersJoined": MattersJoined,
    "dasan.routing.v1.MattersLinked": MattersLinked,
}


def wire(sealed: Collection[str]) -> Wire:
    """The translation of every event that routing hears or tells; `sealed` are the codes of the
    services whose matters are sealed."""
    return Wire({**HEARD, **TOLD}, sealed)
