"""Districts' events and their contracts."""

from __future__ import annotations

from services.common.events.wire import Wire
from services.districts.domain.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
    InquiryAssigned,
    PermitDecided,
)

HEARD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
}
TOLD = {
    "dasan.districts.v1.CaseOpened": CaseOpened,
    "dasan.districts.v1.CaseAccepted": CaseAccepted,
    "dasan.districts.v1.CaseDeclined": CaseDeclined,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.districts.v1.PermitDecided": PermitDecided,
}


def wire() -> Wire:
    """The translation of every event that districts hears or tells."""
    return Wire({**HEARD, **TOLD})
