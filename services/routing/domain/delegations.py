"""What districts tells of delegations, as a city knows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.cities import Delegation, Validity


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationPeriod:
    """Heard: days, as texts, on which a community office decides; empty: no bound."""

    office_id: str
    valid_from: str
    valid_until: str
    returned_on: str
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRecorded:
    """Heard: all that holds of one kind of permit in one district; of two the later one."""

    delegation_id: str
    district_code: str
    service_code: str
    periods: tuple[DelegationPeriod, ...]
    recorded_at: datetime


def on_record(
    told: Iterable[DelegationRecorded],
) -> Mapping[tuple[str, str], Sequence[Delegation]]:
    """The delegations of each (service, district) that the registry has, for
    `City.with_delegations`; also an empty sequence, where it has none left."""
    return {
        (event.service_code, event.district_code): tuple(
            Delegation(
                service=event.service_code,
                district=event.district_code,
                office=period.office_id,
                validity=Validity(start=_day(period.valid_from), end=_day(period.valid_until)),
                source=period.legal_basis,
                returned_on=_day(period.returned_on),
            )
            for period in event.periods
        )
        for event in told
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
