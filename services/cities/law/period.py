"""A length of time as a law writes it: an amount and the unit that says how to count it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.cities.errors import InvalidPeriod


class Unit(StrEnum):
    """How a period is counted; the letter is how a pack writes it after the amount."""

    IMMEDIATELY = "now"
    """At once: the working hours that the pack's rules give to that word."""
    HOURS = "h"
    """Working hours from the moment of receipt."""
    DAYS = "d"
    """Working days: short ones as working hours, long ones as days with the first included."""
    WEEKS = "w"
    MONTHS = "m"
    YEARS = "y"
    """Weeks, months and years by the calendar, first day included, rolled off days off."""
    CALENDAR_DAYS = "c"
    """All days count, the first excluded, rolled off days off: terms for appeals."""
    ELAPSED_DAYS = "e"
    """Twenty-four hours each from the moment of receipt, whatever the days are."""


_BOUNDS = {
    Unit.IMMEDIATELY: 1,
    Unit.HOURS: 2000,
    Unit.DAYS: 1000,
    Unit.WEEKS: 200,
    Unit.MONTHS: 60,
    Unit.YEARS: 5,
    Unit.CALENDAR_DAYS: 1500,
    Unit.ELAPSED_DAYS: 1500,
}

_WRITTEN = re.compile(r"(-?\d+)\s*([hdwmyce])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A positive amount of one unit.

    Raises InvalidPeriod, naming the bound, when the amount is not from 1 to the unit's bound.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        bound = _BOUNDS[self.unit]
        if not 1 <= self.amount <= bound:
            raise InvalidPeriod(f"{self.unit.name.lower()} must be 1 to {bound}, not {self.amount}")

    @classmethod
    def parse(cls, text: str) -> Period:
        """The period written as `now`, `3h`, `7d`, `2w`, `1m`, `1y`, `60c` or `30e`."""
        if text.strip() == Unit.IMMEDIATELY:
            return IMMEDIATELY
        written = _WRITTEN.fullmatch(text.strip())
        if written is None:
            raise InvalidPeriod(f"{text!r} is not a period such as now, 3h, 7d, 2w, 1m, 1y or 60c")
        return cls(amount=int(written[1]), unit=Unit(written[2]))

    def __str__(self) -> str:
        if self.unit is Unit.IMMEDIATELY:
            return str(self.unit)
        return f"{self.amount}{self.unit}"


IMMEDIATELY = Period(amount=1, unit=Unit.IMMEDIATELY)


def hours(amount: int) -> Period:
    """`amount` working hours."""
    return Period(amount=amount, unit=Unit.HOURS)


def days(amount: int) -> Period:
    """`amount` days as the statute counts them."""
    return Period(amount=amount, unit=Unit.DAYS)
