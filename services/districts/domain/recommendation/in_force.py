"""What is delegated on a day, by the registry of delegations: the one place in which the
recommendation asks it. What the registry does not have yet is as the city's pack says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.cities import City, Office
from services.cities import Delegation as InForce
from services.districts.domain.delegation.model import Delegation, periods


def as_recorded(city: City, recorded: Iterable[Delegation]) -> City:
    """The city with what the registry holds, after every suspension and recall."""
    return city.with_delegations(
        {
            (one.service_code, one.district): tuple(
                InForce(
                    service=one.service_code,
                    district=one.district,
                    office=period.office_id,
                    validity=period.days,
                    source=period.legal_basis,
                    returned_on=period.returned_on,
                )
                for period in periods(one)
            )
            for one in recorded
        }
    )


def delegated(city: City, service: str, office: Office, on: date) -> bool:
    """Whether the community office may decide this kind of permit on that day. Raises
    UnknownCode for a kind that is not in the catalogue."""
    return city.delegate(service, office.district or "", office.dong, on) is not None
