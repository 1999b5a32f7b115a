"""Which moments are working time in a city, over a span of years.

A calendar is a value built once: working hours by weekday and date, and the days off with their
names. It answers in constant or logarithmic time how much working time lies before a moment and
which moment ends a given amount of it. It knows nothing of petitions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.cities.errors import NaiveTime, OutOfCalendar

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Spans = tuple[tuple[int, int], ...]
"""Working time of one day: ordered, disjoint (start, end) in microseconds since midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """Opening hours on some weekdays (Monday is 0) while valid; both dates are included."""

    weekdays: frozenset[int]
    spans: Spans
    valid_from: date | None = None
    valid_to: date | None = None

    def apply(self, day: date) -> bool:
        """Whether these hours are kept on `day`."""
        return (
            day.weekday() in self.weekdays
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """A public holiday or a local day off, with its name by language and where it comes from."""

    day: date
    names: Mapping[str, str]
    source: str


class Calendar:
    """Working time from the first day of one year to the last of another.

    Later entries of `hours` win over earlier ones. Questions about days outside the years raise
    OutOfCalendar.
    """

    __slots__ = ("_base", "_days_before", "_edges", "_last", "_micros_before", "_spans",
                 "days_off", "hours", "timezone", "years")  # fmt: skip

    def __init__(
        self,
        *,
        timezone: ZoneInfo,
        years: tuple[int, int],
        hours: Sequence[WorkingHours],
        days_off: Iterable[DayOff],
    ) -> None:
        self.timezone = timezone
        self.years = years
        self.days_off: Mapping[date, DayOff] = {off.day: off for off in days_off}
        self.hours = tuple(hours)
        first, last = date(years[0], 1, 1), date(years[1], 12, 31)
        self._base = first.toordinal()
        self._last = last.toordinal() - self._base
        self._edges = {
            micros: _time_of(micros).replace(tzinfo=timezone)
            for micros in {0, *(m for h in hours for span in h.spans for m in span if m < DAY)}
        }
        self._spans: list[Spans] = []
        self._days_before = [0]
        self._micros_before = [0]
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            spans = self._open_on(date.fromordinal(ordinal))
            self._spans.append(spans)
            self._days_before.append(self._days_before[-1] + bool(spans))
            self._micros_before.append(self._micros_before[-1] + sum(e - s for s, e in spans))

    def _open_on(self, day: date) -> Spans:
        if day in self.days_off:
            return ()
        for hours in reversed(self.hours):
            if hours.apply(day):
                return hours.spans
        return ()

    def with_days_off(self, declared: Iterable[DayOff]) -> Calendar:
        """The same calendar after more days off were declared."""
        return Calendar(
            timezone=self.timezone,
            years=self.years,
            hours=self.hours,
            days_off=[*self.days_off.values(), *declared],
        )

    def local(self, moment: datetime, *, field: str = "received_at") -> datetime:
        """`moment` on the city's clocks; raises NaiveTime naming `field`."""
        if moment.tzinfo is None or moment.utcoffset() is None:
            raise NaiveTime(field)
        try:
            return moment.astimezone(self.timezone)
        except OverflowError:
            raise self._beyond() from None

    def _beyond(self) -> OutOfCalendar:
        return OutOfCalendar(f"{self.years[0]}-01-01", f"{self.years[1]}-12-31")

    def index(self, day: date) -> int:
        """The position of `day` in this calendar."""
        index = day.toordinal() - self._base
        if not 0 <= index <= self._last:
            raise self._beyond()
        return index

    def day(self, index: int) -> date:
        """The day at a position, the inverse of `index`."""
        if not 0 <= index <= self._last:
            raise self._beyond()
        return date.fromordinal(self._base + index)

    def spans_on(self, day: date) -> Spans:
        """The working time of `day`; empty on a day off."""
        return self._spans[self.index(day)]

    def is_working(self, day: date) -> bool:
        """Whether any time of `day` is working time."""
        return bool(self._spans[self.index(day)])

    def days_before(self, day: date) -> int:
        """Working days from the calendar's first day up to but not including `day`."""
        return self._days_before[self.index(day)]

    def nth_day(self, count: int) -> date:
        """The day on which `count` working days (at least 1) are complete."""
        return self.day(bisect_left(self._days_before, count) - 1)

    @property
    def last_day(self) -> date:
        """The last day that this calendar knows."""
        return self.day(self._last)

    def last_of(self, count: int) -> date:
        """The day on which `count` + 1 working days are complete: the inverse of days_before."""
        return self.nth_day(count + 1)

    def next_working(self, day: date) -> date:
        """`day` itself when it is worked, else the first worked day after it."""
        return self.nth_day(self.days_before(day) + 1)

    def micros_before_day(self, day: date) -> int:
        """Working microseconds from the calendar's first day up to the start of `day`."""
        return self._micros_before[self.index(day)]

    def micros_before(self, local: datetime) -> int:
        """Working microseconds from the calendar's first day up to a local moment."""
        index = self.index(local.date())
        now = micros_of(local.time())
        worked = self._micros_before[index]
        for start, end in self._spans[index]:
            if now <= start:
                break
            worked += min(now, end) - start
        return worked

    def moment_after(self, micros: int) -> datetime:
        """The earliest local moment by which `micros` of working time (at least 1) have passed."""
        index = bisect_left(self._micros_before, micros) - 1
        day = self.day(index)
        left = micros - self._micros_before[index]
        for start, end in self._spans[index]:
            if left <= end - start:
                return self.at(day, start + left)
            left -= end - start
        raise AssertionError("the prefix sums and the spans of a day disagree")

    def opening(self, day: date) -> datetime:
        """The local moment at which a working day begins."""
        return self.at(day, self.spans_on(day)[0][0])

    def closing(self, day: date) -> datetime:
        """The local moment at which a working day ends."""
        return self.at(day, self.spans_on(day)[-1][1])

    def at(self, day: date, micros: int) -> datetime:
        """A local moment from a day and the microseconds since its midnight (up to 24 h)."""
        if micros >= DAY:
            day, micros = day + timedelta(days=1), micros - DAY
        edge = self._edges.get(micros)
        return datetime.combine(day, edge or _time_of(micros).replace(tzinfo=self.timezone))


def _time_of(micros: int) -> time:
    """The time of day so many microseconds (under 24 h) from midnight; the inverse of micros_of."""
    seconds, micro = divmod(micros, SECOND)
    minutes, second = divmod(seconds, 60)
    return time(*divmod(minutes, 60), second, micro)


def micros_of(moment: time) -> int:
    """Microseconds from midnight to a time of day."""
    return ((moment.hour * 60 + moment.minute) * 60 + moment.second) * SECOND + moment.microsecond


def utc(moment: datetime) -> datetime:
    """An aware moment in UTC."""
    return moment.astimezone(UTC)
