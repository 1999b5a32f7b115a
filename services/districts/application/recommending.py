"""The recommendation report of a district, from stored cases or from permits in a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from services.cities import City, OfficeKind, OutOfCalendar
from services.common.kernel import DomainError, Kind
from services.districts.application.offices import Directory
from services.districts.application.ports import DelegationReads, PermitReads
from services.districts.domain.recommendation.decide import Report, recommend
from services.districts.domain.recommendation.in_force import as_recorded
from services.districts.domain.recommendation.record import Permit, Year
from services.districts.domain.recommendation.thresholds import Thresholds

# The span that is looked at unless another is asked for: a year, with all its seasons.
SPAN = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days of the city, both included."""

    since: date
    until: date


class Recommending:
    """Reports on the districts of one city, with its offices as they are recorded today."""

    def __init__(
        self,
        *,
        directory: Directory,
        zone: tzinfo,
        reads: PermitReads,
        delegations: DelegationReads,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._zone = zone
        self._reads = reads
        self._delegations = delegations
        self._clock = clock

    def present(self) -> City:
        """The city with its offices of today."""
        return self._directory.city_on(self._today())

    async def report(
        self, district: str, *, since: date | None = None, until: date | None = None
    ) -> Report:
        """The report of a district over the days from `since` to `until`; without them the last
        year up to yesterday, or a year before `until`, as far as the city's calendar reaches back.
        What is delegated is what the registry has today.

        Raises DomainError: `district_unknown` (NOT_FOUND), `invalid_span` (INVALID), what
        `Thresholds.of` raises, UNAVAILABLE when the database is away.
        """
        today = self._today()
        city = self._directory.city_on(today)
        if district not in districts_of(city, today):
            raise unknown_district()
        span = _span(city, since, until, today)
        # Before days are turned into moments, which do not reach as far.
        _working_days(city, span)
        begin, end = (self._midnight(day) for day in (span.since, span.until + timedelta(days=1)))
        permits = self._reads.of_district(district, begin, end)
        found = await self._delegations.all(district, "")
        delegating = as_recorded(city, [one.state for one in found if one.state is not None])
        return await report_of(delegating, district, span, permits, on=today)

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self._zone)


async def report_of(
    city: City,
    district: str,
    span: Span,
    permits: AsyncIterator[Permit | None],
    *,
    on: date,
) -> Report:
    """The report of a district over these permits, by what is delegated on the day `on`. Raises
    DomainError `invalid_span`, and what `Thresholds.of` raises."""
    thresholds = Thresholds.of(city)
    working_days = _working_days(city, span)
    year = _year(city, district, span)
    async for permit in permits:
        _count(year, permit)
    return recommend(city, year, thresholds, on=on, working_days=working_days)


def reports_of(
    city: City,
    districts: Iterable[str],
    span: Span,
    permits: Iterable[Permit],
    *,
    on: date,
) -> tuple[Report, ...]:
    """The reports of several districts from permits that are read once. Raises as `report_of`."""
    thresholds = Thresholds.of(city)
    working_days = _working_days(city, span)
    years = {district: _year(city, district, span) for district in districts}
    for permit in permits:
        if (year := years.get(permit.district)) is not None:
            _count(year, permit)
    return tuple(
        recommend(city, year, thresholds, on=on, working_days=working_days)
        for year in years.values()
    )


def districts_of(city: City, on: date) -> tuple[str, ...]:
    """The codes of the districts on a day, in the city's order."""
    return tuple(str(office.district) for office in city.of_kind(OfficeKind.DISTRICT, on))


def unknown_district() -> DomainError:
    """The refusal of a district that is not there, or that the caller may not know of."""
    return DomainError(
        "district_unknown", Kind.NOT_FOUND, "there is no such district here", field="district"
    )


def _year(city: City, district: str, span: Span) -> Year:
    calendar = city.clock.calendar
    # Both days end: what is received and decided on one day takes 0 days.
    return Year(
        district=district,
        since=span.since,
        until=span.until,
        working_days=lambda a, b: calendar.days_before(b + _DAY) - calendar.days_before(a + _DAY),
    )


_DAY = timedelta(days=1)


def _count(year: Year, permit: Permit | None) -> None:
    """A permit whose days the calendar does not know counts as one that cannot be read."""
    if permit is None:
        year.unreadable += 1
        return
    try:
        year.add(permit)
    except OutOfCalendar:
        year.unreadable += 1


def _span(city: City, since: date | None, until: date | None, today: date) -> Span:
    try:
        until = until or (since + SPAN - _DAY if since is not None else today - _DAY)
        first = city.clock.calendar.day(0)
        return Span(since=since or max(until - SPAN + _DAY, first), until=until)
    except OverflowError:
        raise _beyond() from None


def _working_days(city: City, span: Span) -> int:
    calendar = city.clock.calendar
    if span.until < span.since:
        raise _invalid("the span ends before it begins")
    try:
        count = calendar.days_before(span.until + _DAY) - calendar.days_before(span.since)
    except (OutOfCalendar, OverflowError):
        raise _beyond() from None
    if count < 1:
        raise _invalid("the span has no working day")
    return count


def _beyond() -> DomainError:
    return _invalid("the city's calendar does not reach so far")


def _invalid(message: str) -> DomainError:
    return DomainError("invalid_span", Kind.INVALID, message, field="since")
