"""What is delegated on a day: the one place in which the recommendation asks it."""

from __future__ import annotations

from datetime import date

from services.cities import City, Office


def delegated(city: City, service: str, office: Office, on: date) -> bool:
    """Whether the community office may decide this kind of permit on that day. Raises
    UnknownCode for a kind that is not in the catalogue."""
    return city.delegate(service, office.district or "", office.dong, on) is not None
