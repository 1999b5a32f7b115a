"""Writes the generated tables of the Boston pack from a file of its recorded requests.

    python -m scripts.cities.boston FILE

FILE is a CSV (gzip or plain) of Boston's 311 requests with the columns TYPE, SUBJECT, Department,
OPEN_DT and TARGET_DT. A type becomes a service; the department that held most of its requests owns
it; its period is the one that explains most recorded targets, tried as working days kept by the
hour and as days of 24 hours. Types without targets get the pack's period for their kind. Only
these derived facts enter the pack, no request. Departments' names and the calendar are by hand.
"""

from __future__ import annotations

import csv
import gzip
import re
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from services.cities.law.calendar import HOUR, Calendar
from services.cities.pack.reading import read_calendar

PACK = Path(__file__).parents[2] / "services" / "cities" / "packs" / "boston"
MOMENT = "%m/%d/%Y %I:%M:%S %p"
CLOSE_ENOUGH = timedelta(hours=2)
"""A target this near to a computed one counts as explained by it."""
WORKING_DAY = round(8.5 * HOUR)
COLUMNS = (
    *("code", "name.en", "kind", "period", "status", "source", "workload", "owner"),
    *("permit", "keywords.en", "languages"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What one row says about its type."""

    department: str
    subject: str
    opened: datetime
    target: datetime | None


def slug(text: str) -> str:
    """Lower-case words joined by hyphens; the rule by which replay.yaml finds a service."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def rows(path: Path, calendar: Calendar) -> dict[str, list[Recorded]]:
    """The recorded requests by type."""
    opener = gzip.open if path.suffix == ".gz" else open
    found: dict[str, list[Recorded]] = defaultdict(list)
    with opener(path, "rt", encoding="utf-8", errors="replace", newline="") as handle:
        for row in csv.DictReader(handle):
            found[row["TYPE"].strip()].append(
                Recorded(
                    department=row["Department"].strip(),
                    subject=row["SUBJECT"].strip(),
                    opened=_moment(row["OPEN_DT"], calendar),
                    target=_moment(row["TARGET_DT"], calendar) if row["TARGET_DT"] else None,
                )
            )
    return found


def _moment(text: str, calendar: Calendar) -> datetime:
    return datetime.strptime(text, MOMENT).replace(tzinfo=calendar.timezone)


def period(records: Sequence[Recorded], calendar: Calendar) -> tuple[str, str]:
    """The period that explains most targets, and a note on how many; empty when there are none."""
    targeted = [(r.opened, r.target) for r in records if r.target is not None]
    if len(targeted) < 2:
        return "", "no recorded target; the pack's period for its kind"
    working = [_working_days(opened, target, calendar) for opened, target in targeted]
    elapsed = [(target - opened).total_seconds() / 86400 for opened, target in targeted]
    tried = [
        *(("d", days) for days in _likely(working)),
        *(("e", days) for days in _likely(elapsed)),
    ]
    explained, unit, amount = max(
        (_explained(targeted, unit, days, calendar), unit, days) for unit, days in tried
    )
    share = round(100 * explained / len(targeted))
    return f"{amount}{unit}", f"explains {share} % of {len(targeted)} recorded targets"


def _likely(lengths: Sequence[float]) -> set[int]:
    """The median length and the two most frequent ones, in whole days of at least one."""
    whole = [max(1, round(length)) for length in lengths]
    frequent = [days for days, _ in Counter(whole).most_common(2)]
    return {round(statistics.median(whole)), *frequent}


def _working_days(opened: datetime, target: datetime, calendar: Calendar) -> float:
    return (calendar.micros_before(target) - calendar.micros_before(opened)) / WORKING_DAY


def _explained(
    targeted: Sequence[tuple[datetime, datetime]], unit: str, days: int, calendar: Calendar
) -> int:
    """How many targets lie near the end of the period; working days are compared as work."""
    if unit == "e":
        ends = ((opened + timedelta(days=days), target) for opened, target in targeted)
        return sum(abs(end - target) <= CLOSE_ENOUGH for end, target in ends)
    tolerance = CLOSE_ENOUGH / timedelta(microseconds=1) / WORKING_DAY
    lengths = (_working_days(opened, target, calendar) for opened, target in targeted)
    return sum(abs(length - days) <= tolerance for length in lengths)


SPOKEN = {
    "Pothole Repair (Internal)": ("pothole", "potholes", "hole in the road"),
    "Street Light Outages": ("street light", "streetlight", "street lamp", "lights are out"),
    "Graffiti Removal": ("graffiti",),
    "Sign Repair": ("damaged sign", "broken sign", "sign is bent"),
    "Empty Litter Basket": ("trash can is full", "overflowing trash can", "public trash can"),
    "Traffic Signal Repair": ("traffic light", "traffic signal", "walk signal", "signal is out"),
    "Schedule a Bulk Item Pickup SS": ("bulk item", "couch", "mattress", "old furniture"),
    "Misc. Snow Complaint": ("snow", "ice on the sidewalk"),
    "Sidewalk Repair (Make Safe)": ("dangerous sidewalk", "tripped on the sidewalk"),
    "Sidewalk Repair": ("sidewalk", "broken sidewalk", "cracked sidewalk"),
    "Unsatisfactory Living Conditions": ("landlord", "mold", "mould", "apartment"),
    "Abandoned Vehicles": ("abandoned car", "car has not moved", "abandoned vehicle"),
    "Heat - Excessive  Insufficient": ("no heat", "heating", "heat"),
    "Request for Snow Plowing (Emergency Responder)": ("plow", "plowed", "not been plowed"),
    "Rodent Activity": ("rat", "rats", "rodent"),
    "Tree Maintenance Requests": ("tree branch", "prune", "tree"),
    "Tree Emergencies": ("fallen tree", "tree fell"),
    "Pick up Dead Animal": ("dead animal", "dead raccoon", "roadkill"),
    "Missing Sign": ("sign is missing", "sign is gone"),
    "Watermain Break": ("water main", "water is gushing"),
    "Fire Hydrant": ("hydrant",),
    "Illegal Dumping": ("dumped trash", "dumping"),
    "MBTA Request": ("subway", "bus stop", "train"),
}
"""Words people say where the type's own are a clerk's; by hand."""


def spoken_name(name: str) -> str:
    """A type's name in small letters, without its bracketed remark."""
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"\(.*?\)", "", name).casefold()))


def terms(name: str, names: Counter[str]) -> Iterable[str]:
    """The type's own name, without its remark too where that is nobody else's, and SPOKEN words."""
    yield " ".join(re.findall(r"[a-z0-9]+", name.casefold()))
    if names[spoken_name(name)] == 1:
        yield spoken_name(name)
    yield from SPOKEN.get(name, ())


def write(path: Path) -> None:
    """Writes catalogue.csv."""
    calendar = read_calendar(PACK)
    types = rows(path, calendar)
    names = Counter(spoken_name(name) for name in types)
    services = [
        _row(name, records, names, calendar)
        for name, records in sorted(types.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    with (PACK / "catalogue.csv").open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([COLUMNS, *services])


def _row(
    name: str, records: Sequence[Recorded], names: Counter[str], calendar: Calendar
) -> tuple[str, ...]:
    owner = Counter(r.department for r in records).most_common(1)[0][0]
    length, note = period(records, calendar)
    note = f"{len(records)} requests; {note}"
    return (
        slug(name),
        re.sub(r"\s+", " ", name),
        "OTHER",
        length,
        "sourced" if length else "",
        note,
        "city",
        f"c-{slug(owner)}",
        "",
        ";".join(dict.fromkeys(terms(name, names))),
        "",
    )


if __name__ == "__main__":
    match sys.argv[1:]:
        case [file]:
            write(Path(file))
        case _:
            sys.exit(__doc__)
