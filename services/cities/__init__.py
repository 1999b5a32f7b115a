"""A city as data, and the law's clock: offices, catalogue, places, deadlines.

    city = load("seoul")
    city.locate(Place(lat=37.5665, lon=126.978), on=date(2026, 11, 23))
    city.due(received_at, city.service("pothole").period).explain("ko")

Owns the pack format (`packs/<name>/`, see docs/cities.md) and every rule that follows from it.
Leaves to its callers what was asked, by whom, and what became of it. Loading reads files; nothing
else does I/O, reads a clock or keeps state.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from services.cities.blank import is_blank
from services.cities.catalogue.classify import Match
from services.cities.catalogue.danger import Danger
from services.cities.catalogue.filing import Filing, FilingRules
from services.cities.catalogue.matter import FIRST_ROUND, Channel, Matter
from services.cities.catalogue.model import (
    Agency,
    Delegation,
    Line,
    Office,
    OfficeKind,
    PetitionKind,
    Procedure,
    Service,
    Split,
    Target,
    Workload,
)
from services.cities.catalogue.trained import Guess
from services.cities.catalogue.understand import Method, Understanding
from services.cities.city import City, Limit, Practice
from services.cities.errors import (
    InvalidPeriod,
    NaiveTime,
    OutOfCalendar,
    TermRefused,
    UnknownCode,
)
from services.cities.law.calendar import Calendar, DayOff
from services.cities.law.clock import Clock, Due, Paused
from services.cities.law.deadline_account import Reason, Span
from services.cities.law.period import IMMEDIATELY, Period, Unit, days, hours
from services.cities.law.terms import (
    Cause,
    Certainty,
    Extension,
    ExtensionRules,
    Suspension,
    Term,
)
from services.cities.pack.files import Fault, PackFaults
from services.cities.phrases import named
from services.cities.places.coordinates import COORDINATE_HINTS, coordinate_fault
from services.cities.places.place import (
    Ambiguous,
    Evidence,
    Outside,
    Place,
    PlaceQuestion,
    Resolution,
    Resolved,
    Suggestion,
    Unknown,
    Why,
)
from services.cities.provisional import provisional_due

PACKS = Path(__file__).with_name("packs")


def built_in() -> tuple[str, ...]:
    """The names of the packs that come with the project."""
    return tuple(sorted(folder.name for folder in PACKS.iterdir() if folder.is_dir()))


def load(pack: str | Path) -> City:
    """The city of a built-in pack's name, else of a folder's path; read once per process.

    A folder that is named like a built-in pack is told by `./` or a Path. Raises PackFaults with
    all faults of the pack at once.
    """
    return _read(PACKS / pack if pack in built_in() else Path(pack).resolve())


@lru_cache(maxsize=8)
def _read(folder: Path) -> City:
    from services.cities.pack.reading import (
        read,  # brings holidays and krgc: at load, not at import
    )

    return read(folder)


__all__ = [
    "COORDINATE_HINTS",
    "FIRST_ROUND",
    "IMMEDIATELY",
    "Agency",
    "Ambiguous",
    "Calendar",
    "Cause",
    "Certainty",
    "Channel",
    "City",
    "Clock",
    "Danger",
    "DayOff",
    "Delegation",
    "Due",
    "Evidence",
    "Extension",
    "ExtensionRules",
    "Fault",
    "Filing",
    "FilingRules",
    "Guess",
    "InvalidPeriod",
    "Limit",
    "Line",
    "Match",
    "Matter",
    "Method",
    "NaiveTime",
    "Office",
    "OfficeKind",
    "OutOfCalendar",
    "Outside",
    "PackFaults",
    "Paused",
    "Period",
    "PetitionKind",
    "Place",
    "PlaceQuestion",
    "Practice",
    "Procedure",
    "Reason",
    "Resolution",
    "Resolved",
    "Service",
    "Span",
    "Split",
    "Suggestion",
    "Suspension",
    "Target",
    "Term",
    "TermRefused",
    "Understanding",
    "Unit",
    "Unknown",
    "UnknownCode",
    "Why",
    "Workload",
    "built_in",
    "coordinate_fault",
    "days",
    "hours",
    "is_blank",
    "load",
    "named",
    "provisional_due",
]
