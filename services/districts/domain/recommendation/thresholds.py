"""From which number on a permit is delegated or taken back: data of the city's pack.

No article says them in numbers. What the ordinances on delegation do say (delegable work, capacity
before it takes effect, 「지방자치법」 제117조) is in the rules; how much of it is enough is each
city's assumption, and the report prints every one with its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

from services.cities import Certainty, City, Period, Unit
from services.common.kernel import DomainError, Kind

# The limit of the pack: a permit whose own period is longer is not delegated.
LONGEST = "delegation_longest_period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One number of the pack: its name there, how sure it is, and where it comes from."""

    name: str
    value: float
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All of them, each a practice of the pack with the prefix `delegation_`.

    `least_volume` permits a year and dong make it worth while; a delegated kind is taken back below
    `recall_volume`. The `most_` shares (percent) are the highest at which a kind is delegated, the
    `recall_` shares those above which it is taken back: between the two stays what is, so that a
    kind does not come and go each year. Of fewer than `least_refusals` refusals no share is taken.
    `capacity_used` percent of a community office's day may be planned; where the pack gives an
    office no capacity of its own, `office_capacity` permits a working day are assumed.
    """

    least_volume: Threshold
    recall_volume: Threshold
    most_inspected: Threshold
    recall_inspected: Threshold
    most_consulted: Threshold
    recall_consulted: Threshold
    most_overturned: Threshold
    recall_overturned: Threshold
    least_refusals: Threshold
    capacity_used: Threshold
    office_capacity: Threshold
    longest: Period
    longest_certainty: Certainty
    longest_source: str

    @classmethod
    def of(cls, city: City) -> Thresholds:
        """Those of a city. Raises DomainError `thresholds_missing` or `thresholds_unusable`, naming
        the entry of the pack."""
        names = [field.name for field in fields(cls) if not field.name.startswith("longest")]
        found = {name: _read(city, name) for name in names}
        for least, most in (("recall_volume", "least_volume"), *_BANDS):
            if found[least].value > found[most].value:
                raise _unusable(found[least].name, f"it may not be above {found[most].name}")
        limit = city.limits.get(LONGEST)
        if limit is None:
            raise _missing(f"limit {LONGEST}")
        return cls(
            **found,
            longest=limit.period,
            longest_certainty=limit.certainty,
            longest_source=limit.source,
        )

    def listed(self) -> Iterator[Threshold]:
        """Each number, for the report."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Threshold):
                yield value


_BANDS = (
    ("most_inspected", "recall_inspected"),
    ("most_consulted", "recall_consulted"),
    ("most_overturned", "recall_overturned"),
)


def _read(city: City, name: str) -> Threshold:
    entry = f"delegation_{name}"
    practice = city.practices.get(entry)
    if practice is None:
        raise _missing(f"practice {entry}")
    try:
        value = float(practice.value)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise _unusable(entry, "it must be a number from 0 on")
    return Threshold(name=entry, value=value, certainty=practice.certainty, source=practice.source)


def _missing(entry: str) -> DomainError:
    return DomainError(
        "thresholds_missing", Kind.NOT_FOUND, f"the city's pack has no {entry} (calendar.yaml)"
    )


def _unusable(entry: str, why: str) -> DomainError:
    return DomainError("thresholds_unusable", Kind.CONFLICT, f"the pack's {entry}: {why}")


# Working hours of a day, weeks and months in working days: enough to put periods in an order.
_DAYS = {
    Unit.IMMEDIATELY: 0.0,
    Unit.HOURS: 1 / 8,
    Unit.DAYS: 1.0,
    Unit.WEEKS: 5.0,
    Unit.MONTHS: 21.0,
    Unit.YEARS: 250.0,
    Unit.CALENDAR_DAYS: 5 / 7,
    Unit.ELAPSED_DAYS: 5 / 7,
}


def is_longer(period: Period, than: Period) -> bool:
    """Whether a period is longer than another, in working days of about eight hours."""
    return period.amount * _DAYS[period.unit] > than.amount * _DAYS[than.unit]
