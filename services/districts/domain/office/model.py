"""An office as it is recorded: its forms by dates, and who recorded what.

A form says what the office is from one day to another. The forms of an office follow one another
without a gap and do not overlap; when the last has ended, the office is closed for good, and its
successors take over. What is said of a day that is past never changes: who was told to go where,
and why, can be asked at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.cities import OfficeKind


class Origin(StrEnum):
    """Where a form comes from."""

    PACK = "pack"
    COMMAND = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name in one language (BCP 47)."""

    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team within an office."""

    code: str
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When an office is open on one day of the week, 1 for Monday to 7 for Sunday: two times of the
    day such as `09:00`, in the city's time."""

    weekday: int
    opens: str
    closes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What an office is from `starts` to `ends`, both days included; None is open.

    `names` are what citizens call the office, `area` what they call the place that it serves.
    `district` and `dong` are codes, empty where they do not apply; those of all forms are the
    office's code history. `capacity` is how many matters it answers in a day, None where nobody has
    said. `languages` are those of its counter. Phone, e-mail and address are the office's, never a
    person's.
    """

    starts: date | None = None
    ends: date | None = None
    names: tuple[Name, ...]
    area: tuple[Name, ...] = ()
    district: str = ""
    dong: str = ""
    successors: tuple[str, ...] = ()
    teams: tuple[Team, ...] = ()
    duty_hours: tuple[Hours, ...] = ()
    capacity: int | None = None
    languages: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    address: str = ""
    origin: Origin = Origin.PACK

    def holds(self, day: date) -> bool:
        """Whether the office has this form on a day."""
        return (self.starts is None or self.starts <= day) and (
            self.ends is None or day <= self.ends
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of the record: when, by which caller (empty for the pack), why, and the forms that
    it brought."""

    recorded_at: datetime
    recorded_by: str
    reason: str
    forms: tuple[Form, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office with all of its forms, the earliest first, and the history of its record.

    `revision` rises with each telling and is never below the time of it in milliseconds. So what is
    told after the database was set back still replaces what was told before. `pack_marks` are the
    digests of every form of the pack that was taken in, so that each is taken in once.
    """

    id: str
    kind: OfficeKind
    forms: tuple[Form, ...]
    revision: int
    recorded_at: datetime
    pack_marks: tuple[str, ...]
    history: tuple[Entry, ...]

    def on(self, day: date) -> Form | None:
        """What the office is on a day; None where it does not exist then."""
        return next((form for form in self.forms if form.holds(day)), None)

    def closed_by(self, day: date) -> bool:
        """Whether the office has ended before a day, for good."""
        ends = self.forms[-1].ends
        return ends is not None and ends < day


def listed(offices: Sequence[Office], day: date, district: str = "") -> Sequence[Office]:
    """Those that exist on a day, by id; with a `district` only those of that district."""
    found = [
        office
        for office in offices
        if (form := office.on(day)) is not None and district in ("", form.district)
    ]
    return sorted(found, key=lambda office: office.id)
