"""The law's clock: when an answer is due, and why.

Owns the counting of periods (working hours, days, calendar terms), their suspension and extension,
and the account of every counted and skipped span. Which hours and days are worked is the
calendar's; how many hours "at once" means, and every limit, is data of the pack. All pure: the
same term on the same calendar is always due at the same moment.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from services.cities.calendar import DAY, HOUR, MINUTE, Calendar, DayOff, utc
from services.cities.errors import NaiveTime, TermRefused
from services.cities.period import Period, Unit
from services.cities.phrases import Phrases

K = TypeVar("K", bound=Hashable)

END_OF_DAY = DAY - 1_000_000
"""Terms that run to midnight are said to end at 23:59:59, so that the date shown is theirs."""


class Cause(StrEnum):
    """Why a clock stands still."""

    SUPPLEMENT = "supplement"
    HEARING = "hearing"
    INSPECTION = "inspection"
    MAILING = "mailing"
    REPRESENTATIVE = "representative"
    TEST = "test"
    PREREQUISITE = "prerequisite"
    CERTIFICATES = "certificates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """Days that do not count: from `start` to `end`, both left out whole.

    `end` is None while the cause goes on; `prolonged` asks for the longer limit where the cause
    has one.
    """

    cause: Cause
    start: date
    end: date | None = None
    prolonged: bool = False

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise TermRefused("a suspension cannot end before it starts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """More time, in the unit of the original period, with or without the petitioner's consent."""

    period: Period
    consent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """All that decides a deadline: the receipt, the period, and what happened to it since."""

    received_at: datetime
    period: Period
    suspensions: tuple[Suspension, ...] = ()
    extensions: tuple[Extension, ...] = ()

    def __post_init__(self) -> None:
        if self.received_at.tzinfo is None or self.received_at.utcoffset() is None:
            raise NaiveTime("received_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionLimit:
    """How many working days a cause may stop the clock, and how many more once prolonged."""

    days: int
    prolonged_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the law says in numbers."""

    hours_up_to_days: int
    day_micros: int
    immediate_micros: int
    suspension_limits: Mapping[Cause, SuspensionLimit] = field(default_factory=dict)
    extensions: int = 0
    consent_from: int = 1
    """The first extension, counted from 1, that needs the petitioner's consent."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A term whose clock stands still for a cause without a limit: nobody can say when it ends."""

    term: Term
    since: date
    cause: Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a term ends: the moment in UTC and the local date; the account is made on request."""

    at: datetime
    date: date
    term: Term
    clock: Clock = field(repr=False, compare=False)

    @property
    def period(self) -> Period:
        """The period the term began with."""
        return self.term.period

    @property
    def local(self) -> datetime:
        """The due moment on the city's clocks."""
        return self.at.astimezone(self.clock.calendar.timezone)

    def spans(self) -> tuple[Span, ...]:
        """Every counted and skipped stretch from the receipt to the due moment, in order."""
        return self.clock.spans(self)

    def explain(self, language: str) -> tuple[str, ...]:
        """One line for each span and a last one for the result, in `language`."""
        return tuple(self.clock.account(self, language))


_MICROSECOND = timedelta(microseconds=1)

_Piece = tuple[datetime, datetime, Reason, int, Mapping[str, str] | None]
"""A span in the making: start, end, reason, amount, names."""

Holes = list[tuple[date, date]]
"""Suspended days, merged and ordered; both ends included."""


def _pushed(target: int, origin: int, holes: Iterable[tuple[int, int]]) -> int:
    """`target` moved past the parts of ordered, disjoint [start, end) holes that lie before it."""
    for start, end in holes:
        if start >= target:
            break
        target += max(0, end - max(start, origin))
    return target


def _months_later(first: date, months: int) -> date:
    """The last day of a term of months whose first day counts."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    month += 1
    if first.day > monthrange(year, month)[1]:
        return date(year, month, monthrange(year, month)[1])
    return date(year, month, first.day) - timedelta(days=1)


class Clock:
    """Counts terms on one calendar by one set of rules."""

    __slots__ = ("_phrases", "calendar", "rules")

    def __init__(self, *, calendar: Calendar, rules: Rules, phrases: Phrases) -> None:
        self.calendar = calendar
        self.rules = rules
        self._phrases = phrases

    def due(self, received_at: datetime, period: Period) -> Due:
        """When a period that nothing has touched ends; raises NaiveTime or OutOfCalendar."""
        return self._due(Term(received_at=received_at, period=period), [])

    def due_of(self, term: Term) -> Due | Paused:
        """When a term ends with its suspensions and extensions.

        Raises TermRefused for an extension the law does not allow.
        """
        self._check_extensions(term)
        for suspension in term.suspensions:
            if self._last_day(suspension) is None:
                return Paused(term=term, since=suspension.start, cause=suspension.cause)
        return self._due(term, _merge_days(self._causes(term)))

    def recompute(self, open_terms: Mapping[K, Due]) -> dict[K, Due | Paused]:
        """Of deadlines counted on another calendar, those that differ on this one."""
        now = {key: self.due_of(due.term) for key, due in open_terms.items()}
        return {
            key: due
            for key, due in now.items()
            if isinstance(due, Paused) or due.at != open_terms[key].at
        }

    def with_days_off(self, declared: Iterable[DayOff]) -> Clock:
        """This clock after more days off were declared."""
        return self.on(self.calendar.with_days_off(declared))

    def on(self, calendar: Calendar) -> Clock:
        """The same rules on another calendar."""
        return Clock(calendar=calendar, rules=self.rules, phrases=self._phrases)

    def _check_extensions(self, term: Term) -> None:
        if len(term.extensions) > self.rules.extensions:
            raise TermRefused(f"at most {self.rules.extensions} extensions are allowed")
        for number, extension in enumerate(term.extensions, start=1):
            if extension.period.unit is not term.period.unit:
                raise TermRefused("an extension is in the unit of the original period")
            if extension.period.amount > term.period.amount:
                raise TermRefused(f"an extension is at most the original period, {term.period}")
            if number >= self.rules.consent_from and not extension.consent:
                raise TermRefused(f"extension {number} needs the petitioner's consent")

    def _last_day(self, suspension: Suspension) -> date | None:
        limit = self.rules.suspension_limits.get(suspension.cause)
        if limit is None:
            return suspension.end
        allowed = limit.days + (limit.prolonged_days if suspension.prolonged else 0)
        calendar = self.calendar
        last = calendar.nth_day(calendar.days_before(suspension.start) + allowed)
        return last if suspension.end is None else min(last, suspension.end)

    def counts_hours(self, period: Period) -> bool:
        """Whether a period is counted in working hours rather than in days."""
        return period.unit in (Unit.IMMEDIATELY, Unit.HOURS) or (
            period.unit is Unit.DAYS and period.amount <= self.rules.hours_up_to_days
        )

    def _amount(self, term: Term) -> int:
        return term.period.amount + sum(e.period.amount for e in term.extensions)

    def _micros(self, term: Term) -> int:
        match term.period.unit:
            case Unit.IMMEDIATELY:
                return self._amount(term) * self.rules.immediate_micros
            case Unit.DAYS:
                return self._amount(term) * self.rules.day_micros
            case _:
                return self._amount(term) * HOUR

    def _due(self, term: Term, holes: Holes) -> Due:
        local = self.calendar.local(term.received_at)
        if self.counts_hours(term.period):
            end = self._after_hours(local, self._micros(term), holes)
        elif term.period.unit is Unit.DAYS:
            end = self._after_days(local.date(), self._amount(term), holes)
        elif term.period.unit is Unit.ELAPSED_DAYS:
            end = self._after_elapsed(local, self._amount(term), holes)
        else:
            end = self._after_calendar(local.date(), term, holes)
        return Due(at=utc(end), date=end.date(), term=term, clock=self)

    def _after_hours(self, local: datetime, micros: int, holes: Holes) -> datetime:
        calendar = self.calendar
        origin = calendar.micros_before(local)
        return calendar.moment_after(
            _pushed(
                origin + micros,
                origin,
                (
                    (calendar.micros_before_day(a), calendar.micros_before_day(_next(b)))
                    for a, b in holes
                ),
            )
        )

    def _after_days(self, first: date, days: int, holes: Holes) -> datetime:
        calendar = self.calendar
        origin = calendar.days_before(first)
        positions = ((calendar.days_before(a), calendar.days_before(_next(b))) for a, b in holes)
        return calendar.closing(calendar.nth_day(_pushed(origin + days, origin, positions)))

    def _after_elapsed(self, local: datetime, days: int, holes: Holes) -> datetime:
        calendar = self.calendar
        origin = calendar.index(local.date())
        positions = ((calendar.index(a), calendar.index(_next(b))) for a, b in holes)
        # A moment late in the day belongs to the position after its date, as an end does.
        target = _pushed(origin + days + 1, origin, positions) - 1
        return local + timedelta(days=calendar.index(calendar.day(target)) - origin)

    def _calendar_last(self, first: date, term: Term, holes: Holes) -> date:
        """The last day of a calendar term before it is rolled off days off."""
        calendar = self.calendar
        amount, origin = self._amount(term), calendar.index(first)
        match term.period.unit:
            case Unit.CALENDAR_DAYS:
                last = first + timedelta(days=amount)
            case Unit.WEEKS:
                last = first + timedelta(days=7 * amount - 1)
            case Unit.MONTHS:
                last = _months_later(first, amount)
            case _:
                last = _months_later(first, 12 * amount)
        positions = [(calendar.index(a), calendar.index(_next(b))) for a, b in holes]
        return calendar.day(_pushed(calendar.index(last) + 1, origin, positions) - 1)

    def _after_calendar(self, first: date, term: Term, holes: Holes) -> datetime:
        calendar = self.calendar
        end = calendar.next_working(self._calendar_last(first, term, holes))
        for start, stop in holes:
            if start <= end <= stop:
                end = calendar.next_working(_next(stop))
        if term.period.unit is Unit.CALENDAR_DAYS:
            return calendar.at(end, END_OF_DAY)
        return calendar.closing(end)

    def spans(self, due: Due) -> tuple[Span, ...]:
        """See `Due.spans`."""
        return tuple(
            Span(start=start, end=end, reason=reason, amount=amount, names=names)
            for start, end, reason, amount, names in self._pieces(due)
        )

    def _pieces(self, due: Due) -> Iterable[_Piece]:
        holes = self._causes(due.term)
        start, end = self.calendar.local(due.term.received_at), due.local
        if self.counts_hours(due.term.period):
            pieces = self._hour_pieces(start, end, holes)
        else:
            pieces = self._day_pieces(due, start, end, holes)
        return _merged(pieces)

    def _causes(self, term: Term) -> list[tuple[date, date, Mapping[str, str]]]:
        found: list[tuple[date, date, Mapping[str, str]]] = []
        for suspension in term.suspensions:
            last = self._last_day(suspension)
            if last is not None:
                names = self._phrases.by_language(f"cause.{suspension.cause}")
                found.append((suspension.start, last, names))
        return found

    def _skipped(
        self, day: date, holes: Sequence[tuple[date, date, Mapping[str, str]]]
    ) -> tuple[Reason, Mapping[str, str] | None] | None:
        for first, last, names in holes:
            if first <= day <= last:
                return Reason.SUSPENDED, names
        if self.calendar.is_working(day):
            return None
        off = self.calendar.days_off.get(day)
        return (Reason.WEEKEND, None) if off is None else (Reason.HOLIDAY, off.names)

    def _hour_pieces(
        self,
        start: datetime,
        end: datetime,
        holes: Sequence[tuple[date, date, Mapping[str, str]]],
    ) -> Iterable[_Piece]:
        calendar = self.calendar
        day, now = start.date(), start
        while now < end:
            midnight = min(calendar.at(day, DAY), end)
            skipped = self._skipped(day, holes)
            if skipped is not None:
                yield now, midnight, skipped[0], 0, skipped[1]
            else:
                yield from self._open_day(day, now, midnight)
            day, now = _next(day), midnight

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

    def _day_pieces(
        self,
        due: Due,
        start: datetime,
        end: datetime,
        holes: Sequence[tuple[date, date, Mapping[str, str]]],
    ) -> Iterable[_Piece]:
        first, last, unit = start.date(), end.date(), due.term.period.unit
        counted_to = last
        if unit not in (Unit.DAYS, Unit.ELAPSED_DAYS):
            counted_to = self._calendar_last(first, due.term, _merge_days(holes))
        day, now = first, start
        while day <= last:
            until = end if day == last else self.calendar.at(day, DAY)
            reason, names = self._day_reason(day, first, counted_to, unit, holes)
            # The parts of the first and the last day make one of 24 hours.
            whole = reason in _COUNTING and (unit is not Unit.ELAPSED_DAYS or day > first)
            yield now, until, reason, int(whole), names
            day, now = _next(day), until

    def _day_reason(
        self,
        day: date,
        first: date,
        counted_to: date,
        unit: Unit,
        holes: Sequence[tuple[date, date, Mapping[str, str]]],
    ) -> tuple[Reason, Mapping[str, str] | None]:
        skipped = self._skipped(day, holes)
        if unit is Unit.CALENDAR_DAYS and day == first:
            return Reason.FIRST_DAY, None
        if skipped is not None and skipped[0] is Reason.SUSPENDED:
            return skipped
        if unit is Unit.ELAPSED_DAYS:
            return Reason.ELAPSED, None
        if unit is not Unit.DAYS and day <= counted_to:
            return Reason.CALENDAR, None
        if skipped is not None:
            return skipped
        return (Reason.WORKED if unit is Unit.DAYS else Reason.ROLLED), None

    def account(self, due: Due, language: str) -> Iterable[str]:
        """See `Due.explain`."""
        hourly = self.counts_hours(due.term.period)
        kind = "hours" if hourly else "days"
        templates = self._phrases.templates_in(language)
        edge = _minute(self.calendar.local(due.term.received_at))
        yield templates["received"].format(when=edge)
        for start, end, reason, amount, names in self._pieces(due):
            name = "" if names is None else _named(names, language)
            if hourly:
                # Spans follow one another, so that each edge is written once.
                first, edge = edge, _minute(end)
                last, used = edge, _hours(amount) if amount else ""
            else:
                first = start.date().isoformat()
                last = (end - _MICROSECOND).date().isoformat()
                used = str(amount)
            key = f"{reason.value}.{kind}" if amount else reason.value
            yield templates[key].format(first=first, last=last, amount=used, name=name)
        key = "due.hours" if hourly or due.period.unit is Unit.ELAPSED_DAYS else "due.days"
        yield templates[key].format(when=_minute(due.local), day=due.date.isoformat())


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _merge_days(holes: Iterable[tuple[date, date, Mapping[str, str]]]) -> Holes:
    """Suspended stretches, ordered and with those that touch made one."""
    merged: Holes = []
    for start, last, _ in sorted(holes, key=lambda hole: hole[:2]):
        if merged and start <= _next(merged[-1][1]):
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((start, last))
    return merged


def _merged(pieces: Iterable[_Piece]) -> Iterable[_Piece]:
    """Pieces that follow one another, those alike made one and empty ones left out."""
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


def _named(names: Mapping[str, str], language: str) -> str:
    return names.get(language) or next(iter(names.values()), "")


_TWO_DIGITS = tuple(f"{number:02d}" for number in range(60))


def _minute(moment: datetime) -> str:
    # Put together by hand: an account writes dozens, and strftime takes most of its time.
    day = moment.date().isoformat()
    return f"{day} {_TWO_DIGITS[moment.hour]}:{_TWO_DIGITS[moment.minute]}"


def _hours(micros: int) -> str:
    hours, minutes = divmod(micros // MINUTE, 60)
    return f"{hours}:{_TWO_DIGITS[minutes]}"
