"""Routing's events and their contracts."""

from __future__ import annotations

from collections.abc import Collection

from services.common.events.wire import Wire
from services.routing.domain.assignment.events import (
    CaseDeclined,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryReceived,
    InquirySupplemented,
    InquiryUnrouted,
    PlaceAsked,
    ServiceAsked,
    UnroutedDeadlineRecounted,
)

HEARD = {
    "dasan.intake.v1.InquiryReceived": InquiryReceived,
    "dasan.intake.v1.InquirySupplemented": InquirySupplemented,
    "dasan.districts.v1.CaseDeclined": CaseDeclined,
    "dasan.districts.v1.DeadlineRecounted": DeadlineRecounted,
}
TOLD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.InquiryUnrouted": InquiryUnrouted,
    "dasan.routing.v1.PlaceAsked": PlaceAsked,
    "dasan.routing.v1.ServiceAsked": ServiceAsked,
    "dasan.routing.v1.UnroutedDeadlineRecounted": UnroutedDeadlineRecounted,
}


def wire(sealed: Collection[str]) -> Wire:
    """The translation of every event that routing hears or tells; `sealed` are the codes of the
    services whose matters are sealed."""
    return Wire({**HEARD, **TOLD}, sealed)
