"""The city that a person chose by name or folder: whether there is one, before anything starts."""

from __future__ import annotations

from pathlib import Path

from services import cities


class CityUnusable(Exception):
    """There is no such city, or its pack has faults; the message says which cities there are, or
    every fault of the pack."""


def require(name: str) -> cities.City:
    """The city of a built-in pack's name or of a pack's folder; raises `CityUnusable`."""
    if name not in cities.built_in() and not Path(name, "city.yaml").is_file():
        known = ", ".join(cities.built_in())
        raise CityUnusable(
            f"there is no city {name!r}: choose one of {known}, or the folder of a pack "
            "(see docs/cities.md)"
        )
    try:
        return cities.load(name)
    except cities.PackFaults as faults:
        raise CityUnusable(str(faults)) from None
