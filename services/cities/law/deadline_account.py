"""The account of a deadline: every span from receipt to end, counted or skipped, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from services.cities.law.calendar import DAY, MINUTE, Calendar
from services.cities.law.period import Unit
from services.cities.law.terms import Cause, Certainty
from services.cities.phrases import Phrases, named


class Reason(StrEnum):
    """Why a span of time was counted or skipped."""

    WORKED = "worked"
    CALENDAR = "calendar"
    ELAPSED = "elapsed"
    BREAK = "break"
    CLOSED = "closed"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SUSPENDED = "suspended"
    FIRST_DAY = "first_day"
    ROLLED = "rolled"


_COUNTING = frozenset({Reason.WORKED, Reason.CALENDAR, Reason.ELAPSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of local time and what the clock did with it.

    `amount` is working microseconds, working days or calendar days, as the term is counted; 0 when
    skipped. `names` carries the holiday's or the cause's name by language.
    """

    start: datetime
    end: datetime
    reason: Reason
    amount: int = 0
    names: Mapping[str, str] | None = None

    @property
    def counted(self) -> bool:
        """Whether this span used up some of the period."""
        return self.amount > 0


class Stop(NamedTuple):
    """Days that do not count for a cause; both ends included."""

    start: date
    last: date
    cause: Cause


_Names = Mapping[str, str] | None
_Piece = tuple[datetime, datetime, Reason, int, _Names]
"""A span in the making: start, end, reason, amount, names."""

_MICROSECOND = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What happened to each stretch of time between two local moments.

    `hourly` says that working time was counted, else days were. `legs` are the last day of a
    calendar term and where it was rolled to off days off: of the period, then of each extension
    that follows it. `certainty` says whether the end may be called the law's.
    """

    calendar: Calendar
    phrases: Phrases
    start: datetime
    end: datetime
    unit: Unit
    hourly: bool
    legs: Sequence[tuple[date, date]]
    stops: Sequence[Stop]
    certainty: Certainty

    def spans(self) -> tuple[Span, ...]:
        """The stretches in order and without a gap; neighbours that are alike are one stretch."""
        return tuple(
            Span(start=start, end=end, reason=reason, amount=amount, names=names)
            for start, end, reason, amount, names in self._pieces()
        )

    def lines(self, language: str) -> Iterable[str]:
        """The receipt, each stretch and the result, a sentence each."""
        kind = "hours" if self.hourly else "days"
        templates = self.phrases.templates_in(language)
        edge = minute_in(self.start, templates)
        yield templates["received"].format(when=edge)
        for start, end, reason, amount, names in self._pieces():
            name = "" if names is None else named(names, language)
            if self.hourly:
                # Spans follow one another, so that each edge is written once.
                first, edge = edge, minute_in(end, templates)
                last, used = edge, _hours(_written(start, end), templates) if amount else ""
            else:
                first = _day_in(start.date(), templates)
                last = _day_in((end - _MICROSECOND).date(), templates)
                used = str(amount)
            key = f"{reason.value}.{kind}" if reason in _COUNTING else reason.value
            yield templates[key].format(first=first, last=last, amount=used, name=name)
        key = "due.hours" if self.hourly or self.unit is Unit.ELAPSED_DAYS else "due.days"
        if self.certainty is Certainty.ASSUMED:
            key = f"{key}.assumed"
        yield templates[key].format(when=minute_in(self.end, templates))

    def _pieces(self) -> Iterable[_Piece]:
        return _merged(self._hour_pieces() if self.hourly else self._day_pieces())

    def _skipped(self, day: date) -> tuple[Reason, _Names] | None:
        for start, last, cause in self.stops:
            if start <= day <= last:
                return Reason.SUSPENDED, self.phrases.by_language(f"cause.{cause}")
        if self.calendar.is_working(day):
            return None
        off = self.calendar.days_off.get(day)
        return (Reason.WEEKEND, None) if off is None else (Reason.HOLIDAY, off.names)

    def _hour_pieces(self) -> Iterable[_Piece]:
        day, now = self.start.date(), self.start
        while now < self.end:
            midnight = min(self.calendar.at(day, DAY), self.end)
            skipped = self._skipped(day)
            if skipped is not None:
                yield now, midnight, skipped[0], 0, skipped[1]
            else:
                yield from self._open_day(day, now, midnight)
            day, now = day + _ONE_DAY, midnight

    def _open_day(self, day: date, now: datetime, until: datetime) -> Iterable[_Piece]:
        calendar = self.calendar
        gap = Reason.CLOSED
        for begin, finish in calendar.spans_on(day):
            opening, closing = calendar.at(day, begin), calendar.at(day, finish)
            if now < opening:
                yield now, min(opening, until), gap, 0, None
                now = opening
            if now >= until:
                return
            gap = Reason.BREAK
            if now < closing:
                stop = min(closing, until)
                yield now, stop, Reason.WORKED, (stop - now) // _MICROSECOND, None
                now = stop
        if now < until:
            yield now, until, Reason.CLOSED, 0, None

    def _day_pieces(self) -> Iterable[_Piece]:
        last = self.end.date()
        day, now = self.start.date(), self.start
        while day <= last:
            until = self.end if day == last else self.calendar.at(day, DAY)
            reason, names = self._day_reason(day)
            # The parts of the first and the last elapsed day make one of 24 hours.
            counted = reason in _COUNTING and (reason is not Reason.ELAPSED or day < last)
            yield now, until, reason, int(counted), names
            day, now = day + _ONE_DAY, until

    def _day_reason(self, day: date) -> tuple[Reason, _Names]:
        skipped = self._skipped(day)
        if self.unit is Unit.CALENDAR_DAYS and day == self.start.date():
            return Reason.FIRST_DAY, None
        if skipped is not None and skipped[0] is Reason.SUSPENDED:
            return skipped
        if self.unit is Unit.ELAPSED_DAYS:
            return Reason.ELAPSED, None
        if self.unit is not Unit.DAYS and not self._rolled(day):
            return Reason.CALENDAR, None
        if skipped is not None:
            return skipped
        return (Reason.WORKED if self.unit is Unit.DAYS else Reason.ROLLED), None

    def _rolled(self, day: date) -> bool:
        return any(last < day <= end for last, end in self.legs)


def _merged(pieces: Iterable[_Piece]) -> Iterable[_Piece]:
    """The pieces in order: neighbours that are alike become one, and empty ones are left out."""
    joined: _Piece | None = None
    for piece in pieces:
        if piece[0] >= piece[1]:
            continue
        if joined is None:
            joined = piece
        elif joined[2] is piece[2] and joined[4] == piece[4]:
            joined = (joined[0], piece[1], piece[2], joined[3] + piece[3], piece[4])
        else:
            yield joined
            joined = piece
    if joined is not None:
        yield joined


_TWO_DIGITS = tuple(f"{number:02d}" for number in range(60))


def _day_in(day: date, templates: Mapping[str, str]) -> str:
    return templates["day"].format(year=day.year, month=day.month, day=day.day)


def minute_in(moment: datetime, templates: Mapping[str, str]) -> str:
    """A moment, to the minute, as the language of these templates writes it."""
    # Put together by hand: an account writes dozens of moments, and strftime would take most of
    # the time.
    day = _day_in(moment.date(), templates)
    return f"{day} {_TWO_DIGITS[moment.hour]}:{_TWO_DIGITS[moment.minute]}"


def _written(start: datetime, end: datetime) -> int:
    """Microseconds between two moments as they are written, to the minute: whoever checks the
    account adds up what it says, and a receipt has seconds."""
    first, last = (one.replace(second=0, microsecond=0) for one in (start, end))
    return (last - first) // _MICROSECOND


def _hours(micros: int, templates: Mapping[str, str]) -> str:
    """A length of working time in words: 2:00 could be read as a time of day."""
    hours, minutes = divmod(micros // MINUTE, 60)
    key = "amount.both" if hours and minutes else "amount.hours" if hours else "amount.minutes"
    return templates[key].format(hours=hours, minutes=minutes)
