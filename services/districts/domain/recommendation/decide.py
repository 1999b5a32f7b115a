"""The recommendation: for each kind of permit and community office of a district, whether to
delegate, keep, or take back, with each reason and the number behind it.

The rule: a kind is delegated where the law lets the district do so, its period is short, a dong has
enough of it, it seldom takes a site inspection or another department, its refusals hold, the
community office is not slower, and the office's day has room for it, counted together with all else
that it decides. What is delegated is taken back where one of these fails by much, or the day of the
office does not hold it. What is not known never speaks for a change. Pure.

The shares are those of the kind in the whole district, because the few permits of one dong would
change the verdict by chance; only refusals are looked at by office, once it has enough of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from services.cities import City, Office, OfficeKind, Service
from services.districts.domain.recommendation.in_force import delegated
from services.districts.domain.recommendation.record import Days, Share, Tally, Year
from services.districts.domain.recommendation.thresholds import Thresholds, is_longer


class Verdict(StrEnum):
    """What is recommended."""

    DELEGATE = "delegate"
    KEEP = "keep"
    """As it is: with the district, or delegated."""
    RECALL = "recall"


class Criterion(StrEnum):
    """What a verdict rests on, in the order in which it is told."""

    DELEGABLE = "delegable"
    PERIOD = "period"
    VOLUME = "volume"
    INSPECTION = "inspection"
    CONSULTATION = "consultation"
    OVERTURNED = "overturned"
    SPEED = "speed"
    CAPACITY = "capacity"


class Finding(StrEnum):
    """How a number stands to its thresholds."""

    MET = "met"
    """Speaks for delegating."""
    BETWEEN = "between"
    """Speaks for leaving it as it is."""
    MISSED = "missed"
    """Speaks for taking it back."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One criterion: the number found and the number it was held against, None where there is
    none. Volumes are permits a year, shares are percent, speeds are working days, capacities are
    permits a working day."""

    criterion: Criterion
    finding: Finding
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What is recommended for one kind of permit in one dong.

    `received` are the permits of the span, `volume` the same for a year of 365 days. `days` and
    `days_p90` are working days from receipt to decision, `days_expected` the median that a
    community office of the district would take; None where nothing was decided. `days_gained` are
    the working days that citizens would wait less in a year, all together; None where nobody can
    know, and where nothing is handed down.
    """

    service: str
    office: str
    delegated_now: bool
    verdict: Verdict
    reasons: tuple[Reason, ...]
    received: int
    waiting: int
    volume: float
    days: int | None
    days_p90: int | None
    days_expected: int | None
    days_gained: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFigures:
    """One kind of permit in the whole district; `elsewhere` are those whose place has no community
    office now, for which nothing is recommended. Shares are percent, None where unknown."""

    service: str
    received: int
    waiting: int
    elsewhere: int
    days: int | None
    days_p90: int | None
    inspected: float | None
    consulted: float | None
    refused: int
    overturned: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeLoad:
    """Permits a working day of one community office: as delegated now, as recommended, and what it
    can take; `assumed` says that nobody stated its capacity and the pack's assumption stands in."""

    office: str
    now: float
    recommended: float
    capacity: float
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of a district's recommendations over a span of days (both included), as of `on`.
    `unreadable` are stored permits that this version could not read and did not count."""

    district: str
    since: date
    until: date
    on: date
    working_days: int
    received: int
    unreadable: int
    kinds: tuple[KindFigures, ...]
    recommendations: tuple[Recommendation, ...]
    loads: tuple[OfficeLoad, ...]
    thresholds: Thresholds

    def of(self, verdict: Verdict) -> tuple[Recommendation, ...]:
        """Those of one verdict."""
        return tuple(r for r in self.recommendations if r.verdict is verdict)


# Without these numbers no kind is handed down. Refusals may be too few to judge by, and where no
# community office decides anything yet, nobody can know how fast it would be.
_MUST_BE_KNOWN = frozenset(Criterion) - {Criterion.OVERTURNED, Criterion.SPEED}


def recommend(
    city: City, year: Year, thresholds: Thresholds, *, on: date, working_days: int
) -> Report:
    """The recommendations for the district of `year`, by what is delegated on the day `on`.
    `working_days` (at least 1) are those of the span."""
    if working_days < 1:
        raise ValueError("the span has no working day")
    offices = [o for o in city.of_kind(OfficeKind.DONG, on) if o.district == year.district]
    services = [service for service in city.services_on(on) if service.permit]
    district = _District(city, year, thresholds, offices, services, on, working_days)
    rows: list[Recommendation] = []
    loads: list[OfficeLoad] = []
    for office in offices:
        found, load = district.of_office(office)
        rows += found
        loads.append(load)
    order = {service.code: number for number, service in enumerate(services)}
    return Report(
        district=year.district,
        since=year.since,
        until=year.until,
        on=on,
        working_days=working_days,
        received=sum(tally.received for tally in year.tallies.values()),
        unreadable=year.unreadable,
        kinds=tuple(district.figures(service.code) for service in services),
        recommendations=tuple(sorted(rows, key=lambda row: order[row.service])),
        loads=tuple(loads),
        thresholds=thresholds,
    )


@dataclass(slots=True)
class _Kind:
    """One kind in the whole district."""

    tallies: Mapping[str, Tally]
    inspected: Share = field(default_factory=Share)
    consulted: Share = field(default_factory=Share)
    overturned: Share = field(default_factory=Share)

    def __post_init__(self) -> None:
        for tally in self.tallies.values():
            for share, more in (
                (self.inspected, tally.inspected),
                (self.consulted, tally.consulted),
                (self.overturned, tally.overturned),
            ):
                share.of += more.of
                share.known += more.known

    @property
    def received(self) -> int:
        return sum(tally.received for tally in self.tallies.values())

    @property
    def by_dongs(self) -> Days:
        return Days().merged(tally.by_dong for tally in self.tallies.values())

    @property
    def days(self) -> Days:
        return Days().merged(tally.days for tally in self.tallies.values())


class _District:
    """What the recommendations of all offices of a district have in common."""

    def __init__(
        self,
        city: City,
        year: Year,
        thresholds: Thresholds,
        offices: Sequence[Office],
        services: Sequence[Service],
        on: date,
        working_days: int,
    ) -> None:
        self._city = city
        self._year = year
        self._limits = thresholds
        self._offices = offices
        self._services = services
        self._on = on
        self._working_days = working_days
        by_kind: dict[str, dict[str, Tally]] = {service.code: {} for service in services}
        for (service, dong), tally in year.tallies.items():
            by_kind.setdefault(service, {})[dong] = tally
        self._kinds = {code: _Kind(tallies) for code, tallies in by_kind.items()}
        self._by_dongs = Days().merged(kind.by_dongs for kind in self._kinds.values())

    def figures(self, service: str) -> KindFigures:
        """One kind in the whole district."""
        kind = self._kinds[service]
        dongs = {office.dong for office in self._offices}
        return KindFigures(
            service=service,
            received=kind.received,
            waiting=sum(tally.waiting for tally in kind.tallies.values()),
            elsewhere=sum(t.received for dong, t in kind.tallies.items() if dong not in dongs),
            days=kind.days.quantile(0.5),
            days_p90=kind.days.quantile(0.9),
            inspected=kind.inspected.percent,
            consulted=kind.consulted.percent,
            refused=kind.overturned.known,
            overturned=kind.overturned.percent,
        )

    def of_office(self, office: Office) -> tuple[Sequence[Recommendation], OfficeLoad]:
        """Every kind at one office, and the office's day. First goes what fails by its own numbers,
        then what the day does not hold; then comes what has room, the most useful first."""
        assumed = office.capacity is None
        capacity = (
            self._limits.office_capacity.value if office.capacity is None else office.capacity
        )
        room = capacity * self._limits.capacity_used.value / 100
        rows = [self._judged(service, office) for service in self._services]
        now = load = sum(self._a_day(row) for row in rows if row.delegated_now)
        load -= sum(self._a_day(row) for row in rows if row.verdict is Verdict.RECALL)
        final: dict[str, Recommendation] = {row.service: row for row in rows}
        for row in sorted(rows, key=_worth):
            if row.delegated_now and row.verdict is Verdict.KEEP:
                finding = Finding.MISSED if load > capacity else Finding.MET
                if finding is Finding.MISSED:
                    load -= self._a_day(row)
                final[row.service] = _with(row, _capacity(finding, load, capacity))
        for row in sorted(rows, key=_worth, reverse=True):
            if not row.delegated_now:
                would = load + self._a_day(row)
                finding = Finding.MET if would <= room else Finding.BETWEEN
                final[row.service] = _with(row, _capacity(finding, would, room))
                if final[row.service].verdict is Verdict.DELEGATE:
                    load = would
            elif row.verdict is Verdict.RECALL:
                final[row.service] = row
        return list(final.values()), OfficeLoad(
            office=office.id, now=now, recommended=load, capacity=capacity, assumed=assumed
        )

    def _a_day(self, row: Recommendation) -> float:
        return row.received / self._working_days

    def _judged(self, service: Service, office: Office) -> Recommendation:
        """By all but the office's day."""
        kind = self._kinds[service.code]
        tally = kind.tallies.get(str(office.dong), Tally())
        now = delegated(self._city, service.code, office, self._on)
        volume = self._year.yearly(tally.received)
        days = tally.days.quantile(0.5)
        expected = None if now else self._expected(kind, office)
        reasons = tuple(self._reasons(service, kind, tally, now, volume, days, expected))
        row = Recommendation(
            service=service.code,
            office=office.id,
            delegated_now=now,
            verdict=Verdict.KEEP,
            reasons=reasons,
            received=tally.received,
            waiting=tally.waiting,
            volume=volume,
            days=days,
            days_p90=tally.days.quantile(0.9),
            days_expected=expected,
            days_gained=None if days is None or expected is None else (days - expected) * volume,
        )
        return replace(row, verdict=_verdict(row.delegated_now, reasons))

    def _expected(self, kind: _Kind, office: Office) -> int | None:
        """How long a community office would take: as those of the district that decide the kind
        already; else as this office for all that it decides, else as all of them."""
        own = Days().merged(
            k.tallies[str(office.dong)].by_dong
            for k in self._kinds.values()
            if str(office.dong) in k.tallies
        )
        medians = (days.quantile(0.5) for days in (kind.by_dongs, own, self._by_dongs))
        return next((median for median in medians if median is not None), None)

    def _reasons(
        self,
        service: Service,
        kind: _Kind,
        tally: Tally,
        now: bool,
        volume: float,
        days: int | None,
        expected: int | None,
    ) -> Iterable[Reason]:
        limits = self._limits
        yield Reason(
            criterion=Criterion.DELEGABLE,
            finding=Finding.MET if service.delegable else Finding.MISSED,
        )
        yield Reason(
            criterion=Criterion.PERIOD,
            finding=Finding.MISSED if is_longer(service.period, limits.longest) else Finding.MET,
        )
        least, gone = limits.least_volume.value, limits.recall_volume.value
        known = kind.received > 0
        yield Reason(
            criterion=Criterion.VOLUME,
            # Of a kind that nobody asked for in the whole district nothing is known.
            finding=_rising(volume if known else None, least, gone),
            value=volume if known else None,
            threshold=gone if now else least,
        )
        refusals = tally.overturned if now else kind.overturned
        enough = refusals.known >= limits.least_refusals.value
        for criterion, share, most, recall in (
            (Criterion.INSPECTION, kind.inspected, limits.most_inspected, limits.recall_inspected),
            (
                Criterion.CONSULTATION,
                kind.consulted,
                limits.most_consulted,
                limits.recall_consulted,
            ),
            (
                Criterion.OVERTURNED,
                refusals if enough else Share(),
                limits.most_overturned,
                limits.recall_overturned,
            ),
        ):
            yield Reason(
                criterion=criterion,
                finding=_falling(share.percent, most.value, recall.value),
                value=share.percent,
                threshold=recall.value if now else most.value,
            )
        if not now:
            known = days is not None and expected is not None
            slower = known and expected > days  # type: ignore[operator]  # both known
            yield Reason(
                criterion=Criterion.SPEED,
                finding=(
                    (Finding.BETWEEN if slower else Finding.MET) if known else Finding.UNKNOWN
                ),
                value=expected,
                threshold=days,
            )


def _rising(value: float | None, met: float, missed: float) -> Finding:
    """The more the better: met from `met` on, missed below `missed`."""
    if value is None:
        return Finding.UNKNOWN
    if value >= met:
        return Finding.MET
    return Finding.MISSED if value < missed else Finding.BETWEEN


def _falling(value: float | None, met: float, missed: float) -> Finding:
    """The less the better: met up to `met`, missed above `missed`."""
    if value is None:
        return Finding.UNKNOWN
    if value <= met:
        return Finding.MET
    return Finding.MISSED if value > missed else Finding.BETWEEN


def speaks_against(reason: Reason, *, delegated_now: bool) -> bool:
    """Whether a criterion alone decides the verdict: takes back what is delegated, or leaves with
    the district what is not."""
    if delegated_now:
        return reason.finding is Finding.MISSED
    if reason.finding is Finding.UNKNOWN:
        return reason.criterion in _MUST_BE_KNOWN
    return reason.finding is not Finding.MET


def _verdict(delegated_now: bool, reasons: Iterable[Reason]) -> Verdict:
    against = any(speaks_against(reason, delegated_now=delegated_now) for reason in reasons)
    if delegated_now:
        return Verdict.RECALL if against else Verdict.KEEP
    return Verdict.KEEP if against else Verdict.DELEGATE


def _capacity(finding: Finding, value: float, threshold: float) -> Reason:
    return Reason(criterion=Criterion.CAPACITY, finding=finding, value=value, threshold=threshold)


def _with(row: Recommendation, reason: Reason) -> Recommendation:
    reasons = (*row.reasons, reason)
    return replace(row, reasons=reasons, verdict=_verdict(row.delegated_now, reasons))


def _worth(row: Recommendation) -> tuple[float, float, str]:
    """What citizens have of its being decided in their dong: days, else how many they are."""
    return (row.days_gained or 0.0, row.volume, row.service)
