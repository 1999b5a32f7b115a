"""The law's clock: when an answer is due, and why.

Owns the counting of periods (working hours, days, calendar terms), their suspension and extension.
The account of every counted and skipped span is made in `deadline_account`. Which hours and days
are worked is the calendar's; how many hours "at once" means, and every limit, is data of the
pack. All pure: the same term on the same calendar is always due at the same moment.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from services.cities.errors import TermRefused
from services.cities.law.calendar import DAY, HOUR, Calendar, DayOff, utc
from services.cities.law.deadline_account import Account, Span, Stop, minute_in
from services.cities.law.period import Period, Unit
from services.cities.law.terms import (
    Cause,
    Certainty,
    Extension,
    ExtensionRules,
    Rules,
    Suspension,
    SuspensionLimit,
    Term,
)
from services.cities.phrases import Phrases

_BY_CALENDAR = frozenset(
    {Unit.WEEKS, Unit.MONTHS, Unit.YEARS, Unit.CALENDAR_DAYS, Unit.ELAPSED_DAYS}
)

END_OF_DAY = DAY - 1_000_000
"""A term that runs to midnight is shown to end at 23:59:59, so that the date shown is its last day
and not the day after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A term whose clock stands still for a cause without a limit: nobody can say when the term
    ends."""

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
        return self.clock.account(self).spans()

    def explain(self, language: str) -> tuple[str, ...]:
        """One line for each span and a last one for the result, in `language`."""
        return tuple(self.clock.account(self).lines(language))


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
        stops = self._stops(term)
        return stops if isinstance(stops, Paused) else self._due(term, _holes(stops))

    def period_label(self, certainty: Certainty) -> dict[str, str]:
        """What a period is called by language: the statutory one, or an expectation."""
        return self._phrases.by_language(f"period.{certainty}")

    def provisional_label(self) -> dict[str, str]:
        """What a date is called, by language, while nobody knows what the matter is about."""
        return self._phrases.by_language("period.provisional")

    def explain_provisional(self, due: Due, language: str) -> tuple[str, ...]:
        """The account of such a date: `due.explain` with a last line that does not call it law."""
        when = minute_in(due.local, self._phrases.templates_in(language))
        last = self._phrases.say(language, "due.provisional", when=when)
        return (*due.explain(language)[:-1], last)

    def with_days_off(self, declared: Iterable[DayOff]) -> Clock:
        """This clock after more days off were declared."""
        return self.on(self.calendar.with_days_off(declared))

    def on(self, calendar: Calendar) -> Clock:
        """The same rules on another calendar."""
        return Clock(calendar=calendar, rules=self.rules, phrases=self._phrases)

    def _extension_rules(self, term: Term) -> ExtensionRules:
        return self.rules.extensions if term.extension_rules is None else term.extension_rules

    def _check_extensions(self, term: Term) -> None:
        rules = self._extension_rules(term)
        if len(term.extensions) > rules.times:
            raise TermRefused(f"at most {rules.times} extensions are allowed")
        for number, extension in enumerate(term.extensions, start=1):
            if extension.period.unit is not term.period.unit:
                raise TermRefused("an extension is in the unit of the original period")
            if extension.period.amount > term.period.amount:
                raise TermRefused(f"an extension is at most the original period, {term.period}")
            if number >= rules.consent_from and not extension.consent:
                raise TermRefused(f"extension {number} needs the petitioner's consent")

    def _stops(self, term: Term) -> list[Stop] | Paused:
        """The days that do not count, by cause and each cause up to its limit."""
        stops: list[Stop] = []
        for cause in dict.fromkeys(suspension.cause for suspension in term.suspensions):
            found = [s for s in term.suspensions if s.cause is cause]
            limit = self.rules.suspension_limits.get(cause)
            if limit is not None:
                stops += self._limited(term, found, limit)
                continue
            for suspension in found:
                if suspension.end is None:
                    return Paused(term=term, since=suspension.start, cause=cause)
                stops.append(Stop(suspension.start, suspension.end, cause))
        return stops

    def _limited(
        self, term: Term, found: Sequence[Suspension], limit: SuspensionLimit
    ) -> Iterable[Stop]:
        """The stops of one cause, from the day of receipt until the cause's limit is used up."""
        left = limit.days + (limit.prolonged_days if any(s.prolonged for s in found) else 0)
        received = self.calendar.local(term.received_at).date()
        by_calendar = term.period.unit in _BY_CALENDAR
        position = self.calendar.index if by_calendar else self.calendar.days_before
        ending = self.calendar.day if by_calendar else self.calendar.last_of
        endless = self.calendar.last_day - timedelta(days=1)
        stops = [
            Stop(max(s.start, received), s.end or endless, s.cause)
            for s in found
            if s.end is None or s.end >= received
        ]
        for start, last in _holes(stops):
            used = position(_next(last)) - position(start)
            if used > left:
                last = ending(position(start) + left - 1)
            if left:
                yield Stop(start, last, found[0].cause)
            left = max(0, left - used)

    def stop_ends(self, begun_at: datetime, days: int, period: Period) -> datetime:
        """The last moment of so many days (at least 1), that of `begun_at` included, for which a
        stop keeps a period of this unit from running, in UTC: working days, or all days for one
        that is counted by the calendar. Raises NaiveTime, OutOfCalendar."""
        calendar = self.calendar
        first = calendar.local(begun_at, field="begun_at").date()
        if period.unit in _BY_CALENDAR:
            last = calendar.day(calendar.index(first) + days - 1)
        else:
            last = calendar.last_of(calendar.days_before(first) + days - 1)
        return utc(calendar.at(last, END_OF_DAY))

    def counts_hours(self, period: Period) -> bool:
        """Whether a period is counted in working hours rather than in days."""
        return period.unit in (Unit.IMMEDIATELY, Unit.HOURS) or (
            period.unit is Unit.DAYS and period.amount <= self.rules.hours_up_to_days
        )

    def _amount(self, term: Term) -> int:
        """The period with the extensions that lengthen it."""
        return term.period.amount + sum(e.period.amount for e in self._lengthening(term))

    def _lengthening(self, term: Term) -> tuple[Extension, ...]:
        return () if self._extension_rules(term).after_expiry else term.extensions

    def _following(self, term: Term) -> tuple[Extension, ...]:
        return term.extensions if self._extension_rules(term).after_expiry else ()

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
        calendar, amount = self.calendar, self._amount(term)
        origin = calendar.index(first)
        match term.period.unit:
            case Unit.CALENDAR_DAYS:
                origin += 1
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
        # Civil Act 159: a term in days, weeks, months or years ends when its last day ends.
        return self.calendar.at(self._legs(first, term, holes)[-1][1], END_OF_DAY)

    def _legs(self, first: date, term: Term, holes: Holes) -> list[tuple[date, date]]:
        """The last day by count, and the day to which it was rolled past days off: a pair for the
        period, then one for each extension that follows it."""
        last = self._calendar_last(first, term, holes)
        legs = [(last, self._rolled(last, holes))]
        for extension in self._following(term):
            more = Term(received_at=term.received_at, period=extension.period)
            last = self._calendar_last(legs[-1][1], more, holes)
            legs.append((last, self._rolled(last, holes)))
        return legs

    def _rolled(self, last: date, holes: Holes) -> date:
        end = self.calendar.next_working(last)
        for start, stop in holes:
            if start <= end <= stop:
                end = self.calendar.next_working(_next(stop))
        return end

    def account(self, due: Due) -> Account:
        """What happened to each stretch of time of a term that this clock has counted."""
        term = due.term
        stops = self._stops(term)
        assert isinstance(stops, list), "a term with a due moment is not paused"
        start = self.calendar.local(term.received_at)
        legs = [(due.date, due.date)]
        if term.period.unit in _BY_CALENDAR and term.period.unit is not Unit.ELAPSED_DAYS:
            legs = self._legs(start.date(), term, _holes(stops))
        return Account(
            calendar=self.calendar,
            phrases=self._phrases,
            start=start,
            end=due.local,
            unit=term.period.unit,
            hourly=self.counts_hours(term.period),
            legs=legs,
            stops=stops,
            certainty=term.certainty,
        )


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _holes(stops: Iterable[Stop]) -> Holes:
    """Stops of any cause, ordered and with those that touch made one."""
    merged: Holes = []
    for start, last, _ in sorted(stops):
        if merged and start <= _next(merged[-1][1]):
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((start, last))
    return merged
