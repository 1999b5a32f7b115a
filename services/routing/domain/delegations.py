"""What districts tells of delegations, as a city knows them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.cities import Delegation, Validity


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationPeriod:
    """Heard: days on which a community office decides; None: no bound."""

    office_id: str
    valid_from: date | None
    valid_until: date | None
    returned_on: date | None
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
                validity=Validity(start=period.valid_from, end=period.valid_until),
                source=period.legal_basis,
                returned_on=period.returned_on,
            )
            for period in event.periods
        )
        for event in told
    }
