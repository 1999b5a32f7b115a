"""The fact that districts tells of a delegation; each field has the name of its contract's.

A day is its text (`2026-12-01`), empty where there is no bound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.districts.domain.delegation.model import Delegation, periods


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationPeriod:
    """Days on which a community office decides."""

    office_id: str
    valid_from: str
    valid_until: str
    returned_on: str
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRecorded:
    """Told: all that holds of a delegation from now on."""

    delegation_id: str
    district_code: str
    service_code: str
    revision: int
    periods: tuple[DelegationPeriod, ...]
    recorded_at: datetime


def recorded(delegation: Delegation, at: datetime) -> DelegationRecorded:
    """What is told of a delegation as it is now."""
    return DelegationRecorded(
        delegation_id=delegation.id,
        district_code=delegation.district,
        service_code=delegation.service_code,
        revision=delegation.revision,
        periods=tuple(
            DelegationPeriod(
                office_id=period.office_id,
                valid_from=day_text(period.days.start),
                valid_until=day_text(period.days.end),
                returned_on=day_text(period.returned_on),
                legal_basis=period.legal_basis,
            )
            for period in periods(delegation)
        ),
        recorded_at=at,
    )


def day_text(day: date | None) -> str:
    """The day as events and answers write it."""
    return "" if day is None else day.isoformat()
