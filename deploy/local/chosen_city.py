"""The city that a person chose by name or folder, before anything starts: whether there is one, and
whether the data folder is its own."""

from __future__ import annotations

import difflib
import os
from datetime import datetime
from pathlib import Path

from services import cities

_CITY_FILE = "city"


class CityUnusable(Exception):
    """There is no such city, its pack has faults, or the data folder is another's; the message says
    which cities there are, every fault of the pack, or how to go on."""


def require(name: str, *, embedding: bool = False) -> cities.City:
    """The city of a built-in pack's name or of a pack's folder, with the embedding where services
    will want it; raises `CityUnusable`."""
    if name not in cities.built_in() and not Path(name, "city.yaml").is_file():
        known = ", ".join(cities.built_in())
        raise CityUnusable(
            f"there is no city {name!r}: choose one of {known}, or the folder of a pack "
            "(see docs/cities.md)"
        )
    try:
        return cities.load(name, embedding=embedding)
    except cities.PackFaults as faults:
        raise CityUnusable(str(faults)) from None


def require_office(city: cities.City, office_id: str) -> None:
    """Raises `CityUnusable` unless this is an office of the city today; the message names those
    that look like it."""
    today = datetime.now(city.timezone).date()
    known = [office.id for office in city.offices_on(today)]
    if office_id not in known:
        near = difflib.get_close_matches(office_id, known, n=3, cutoff=0.0)
        raise CityUnusable(
            f"SANDBOX={office_id!r} is no office of {city.names['en']} today: it has "
            f"{len(known):,}, among them {', '.join(near)}"
        )


def keep_apart(data: Path, city_id: str) -> None:
    """Notes whose data the folder holds from now on; raises `CityUnusable` if it is another city's.

    Inquiries, offices and satisfaction of two cities in one database could not be told apart.
    """
    data.mkdir(parents=True, exist_ok=True)
    note = data / _CITY_FILE
    known = note.read_text(encoding="utf-8").strip() if note.exists() else city_id
    if known != city_id:
        raise CityUnusable(
            f"{os.path.relpath(data)} holds the data of {known}, not of {city_id}: `make clean` "
            f"forgets them, `make run CITY={known}` goes on with them"
        )
    note.write_text(f"{city_id}\n", encoding="utf-8")
