"""Cities whose calendar is another than their pack's: a holiday declared later, or not yet."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from services.cities import Calendar, City, DayOff


def with_days_off(city: City, declared: Iterable[DayOff]) -> City:
    """The city after more days off were declared."""
    return _on(city, city.clock.calendar.with_days_off(declared))


def without_day_off(city: City, off: DayOff) -> City:
    """The city before that day off was declared."""
    calendar = city.clock.calendar
    earlier = Calendar(
        timezone=calendar.timezone,
        years=calendar.years,
        hours=calendar.hours,
        days_off=[day for day in calendar.days_off.values() if day != off],
    )
    return _on(city, earlier)


def _on(city: City, calendar: Calendar) -> City:
    other = copy.copy(city)
    other.clock = city.clock.on(calendar)
    return other
