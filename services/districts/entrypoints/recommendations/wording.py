"""The report in words: what the text and the page say alike, in Korean or English."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.cities import City, Period, named
from services.common.pages import Texts
from services.districts.domain.recommendation.decide import (
    Criterion,
    Finding,
    Reason,
    Recommendation,
    Report,
    Verdict,
    speaks_against,
)
from services.districts.domain.recommendation.thresholds import LONGEST

# What the report is written in: those who sign it read one of these.
REPORT_LANGUAGES = ("ko", "en")
_SHARES = frozenset({Criterion.INSPECTION, Criterion.CONSULTATION, Criterion.OVERTURNED})
_SHARE_THRESHOLDS = ("inspected", "consulted", "overturned", "capacity_used")
_NO_DATA = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """One kind of permit, ready to be read. `counts` is how many offices have which verdict."""

    name: str
    period: str
    received: int
    remark: str
    median: str
    p90: str
    inspected: str
    consulted: str
    overturned: str
    counts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One kind and one verdict with all community offices for which it is recommended."""

    kind: str
    verdict: Verdict
    offices: tuple[str, ...]
    volume: float
    gain: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of permit at one community office."""

    kind: str
    office: str
    state: str
    verdict: Verdict
    volume: str
    days: str
    expected: str
    gain: str
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdLine:
    """One number of the pack."""

    what: str
    name: str
    value: str
    certainty: str
    source: str


class Wording:
    """One report in one of REPORT_LANGUAGES."""

    def __init__(self, city: City, report: Report, texts: Texts, language: str) -> None:
        self._city = city
        self._report = report
        self._say = texts.say
        self._language = language

    @property
    def title(self) -> str:
        """The heading."""
        return self._say("title", district=self.district)

    @property
    def district(self) -> str:
        """What the district is called."""
        return named(self._city.office(f"d-{self._report.district}").area, self._language)

    def kind(self, service: str) -> str:
        """What a kind of permit is called."""
        return named(self._city.service(service).names, self._language)

    def office(self, id: str) -> str:
        """What the area of a community office is called."""
        return named(self._city.office(id).area, self._language)

    def result(self) -> Sequence[str]:
        """What was found, in sentences."""
        report, say = self._report, self._say
        counts = {verdict.value: len(report.of(verdict)) for verdict in Verdict}
        lines = [say("result.text", **counts)]
        handed_down = report.of(Verdict.DELEGATE)
        known = [row for row in handed_down if row.days_gained is not None]
        if known:
            days = sum(row.days_gained or 0 for row in known)
            each = days / max(1.0, sum(row.volume for row in known))
            lines.append(say("result.gain", days=_whole(days), each=f"{each:.1f}"))
        elif handed_down:
            lines.append(say("result.gain.unknown"))
        lines.append(say("result.travel"))
        return lines

    def kinds(self) -> Sequence[KindLine]:
        """Each kind of permit that was asked for or is judged."""
        counts = Counter((row.service, row.verdict) for row in self._report.recommendations)
        order = (Verdict.DELEGATE, Verdict.RECALL, Verdict.KEEP)
        return [
            KindLine(
                name=self.kind(kind.service),
                period=self.period(self._city.service(kind.service).period),
                received=kind.received,
                remark=self._say("elsewhere", count=kind.elsewhere) if kind.elsewhere else "",
                median=self._days(kind.days),
                p90=self._days(kind.days_p90),
                inspected=self._share(kind.inspected),
                consulted=self._share(kind.consulted),
                overturned=(
                    f"{self._share(kind.overturned)} (n={kind.refused})"
                    if kind.refused
                    else _NO_DATA
                ),
                counts="/".join(str(counts[kind.service, verdict]) for verdict in order),
            )
            for kind in self._report.kinds
        ]

    def changes(self) -> Sequence[Group]:
        """What is recommended to change, by kind."""
        return [
            self._group(service, verdict, rows)
            for service, verdict, rows in self._grouped()
            if verdict is not Verdict.KEEP
        ]

    def kept(self) -> Sequence[tuple[str, str]]:
        """For each kind with offices where it stays with the district: why, and at how many."""
        found = []
        for service, verdict, rows in self._grouped():
            held = Counter(
                (self.criterion(reason.criterion), self._finding(reason.finding, delegated=False))
                for row in rows
                if verdict is Verdict.KEEP and not row.delegated_now
                for reason in _against(row)
            )
            if held:
                whys = (
                    self._say("kept.text", criterion=criterion, finding=finding, count=count)
                    for (criterion, finding), count in held.items()
                )
                found.append((self.kind(service), " · ".join(whys)))
        return found

    def lines(self) -> Sequence[Line]:
        """Each kind at each office where it was asked for, or where a change is recommended."""
        return [
            Line(
                kind=self.kind(row.service),
                office=self.office(row.office),
                state=self._say("delegated.yes" if row.delegated_now else "delegated.no"),
                verdict=row.verdict,
                volume=_whole(row.volume),
                days=self._days(row.days),
                expected=self._days(row.days_expected),
                gain=self._gain(row),
                reasons="; ".join(self._telling(row)),
            )
            for row in self._report.recommendations
            if row.received or row.verdict is not Verdict.KEEP
        ]

    def loads(self) -> Sequence[tuple[str, str, str, str]]:
        """Each community office: permits a working day now, as recommended, and its capacity."""
        return [
            (
                self.office(load.office),
                f"{load.now:.1f}",
                f"{load.recommended:.1f}",
                f"{load.capacity:g}{'*' if load.assumed else ''}",
            )
            for load in self._report.loads
        ]

    def thresholds(self) -> Sequence[ThresholdLine]:
        """Every number of the pack that took part."""
        limits = self._report.thresholds
        lines = [
            ThresholdLine(
                what=self._say(f"threshold.{each.name.removeprefix('delegation_')}"),
                name=each.name,
                value=f"{each.value:g}{'%' if each.name.endswith(_SHARE_THRESHOLDS) else ''}",
                certainty=self._say(f"certainty.{each.certainty}"),
                source=each.source,
            )
            for each in limits.listed()
        ]
        lines.append(
            ThresholdLine(
                what=self._say("threshold.longest_period"),
                name=LONGEST,
                value=self.period(limits.longest),
                certainty=self._say(f"certainty.{limits.longest_certainty}"),
                source=limits.longest_source,
            )
        )
        return lines

    def period(self, period: Period) -> str:
        """A period in words."""
        return self._say(f"period.{period.unit}", amount=period.amount)

    def criterion(self, criterion: Criterion) -> str:
        """What a criterion is called."""
        return self._say(f"criterion.{criterion}")

    def _grouped(self) -> Iterable[tuple[str, Verdict, Sequence[Recommendation]]]:
        order = list(Verdict)
        for service, rows in groupby(self._report.recommendations, key=lambda row: row.service):
            of_kind = sorted(rows, key=lambda row: order.index(row.verdict))
            for verdict, some in groupby(of_kind, key=lambda row: row.verdict):
                yield service, verdict, list(some)

    def _group(self, service: str, verdict: Verdict, rows: Sequence[Recommendation]) -> Group:
        gains = [row.days_gained for row in rows if row.days_gained is not None]
        reasons: dict[tuple[Criterion, Finding], list[Reason]] = {}
        for row in rows:
            for reason in row.reasons:
                if verdict is Verdict.DELEGATE or reason.finding is Finding.MISSED:
                    reasons.setdefault((reason.criterion, reason.finding), []).append(reason)
        return Group(
            kind=self.kind(service),
            verdict=verdict,
            offices=tuple(self.office(row.office) for row in rows),
            volume=sum(row.volume for row in rows),
            gain=sum(gains) if gains else None,
            reasons=tuple(
                self._reason(some, delegated=verdict is Verdict.RECALL) for some in reasons.values()
            ),
        )

    def _gain(self, row: Recommendation) -> str:
        """Only of what is handed down: the rest gains nothing by this report."""
        if row.verdict is not Verdict.DELEGATE or row.days_gained is None:
            return _NO_DATA
        return _whole(row.days_gained)

    def _telling(self, row: Recommendation) -> Sequence[str]:
        """The reasons that decided against it; where it is delegated, or will be, there is none."""
        return [self._reason([r], delegated=row.delegated_now) for r in _against(row)]

    def _reason(self, reasons: Sequence[Reason], *, delegated: bool) -> str:
        """Several findings on one criterion, with the least and the greatest of their numbers."""
        first = reasons[0]
        criterion = self.criterion(first.criterion)
        finding = self._finding(first.finding, delegated=delegated)
        values = [reason.value for reason in reasons if reason.value is not None]
        thresholds = [reason.threshold for reason in reasons if reason.threshold is not None]
        if not values or not thresholds:
            return self._say("reason.plain", criterion=criterion, finding=finding)
        return self._say(
            "reason",
            criterion=criterion,
            value=self._ranged(first.criterion, values),
            threshold=self._ranged(first.criterion, thresholds),
            finding=finding,
        )

    def _finding(self, finding: Finding, *, delegated: bool) -> str:
        """What is with the district cannot be taken back: there a number misses, and no more."""
        if finding is Finding.MISSED and not delegated:
            finding = Finding.BETWEEN
        return self._say(f"finding.{finding}")

    def _ranged(self, criterion: Criterion, values: Sequence[float]) -> str:
        least, most = (_number(criterion, value) for value in (min(values), max(values)))
        text = least if least == most else self._say("range", least=least, most=most)
        if criterion in _SHARES:
            return self._say("unit.share", value=text)
        units = {
            Criterion.VOLUME: "unit.volume",
            Criterion.SPEED: "unit.days",
            Criterion.CAPACITY: "unit.capacity",
        }
        return self._say(units[criterion], value=text) if criterion in units else text

    def _days(self, days: int | None) -> str:
        return _NO_DATA if days is None else self._say("unit.days", value=days)

    def _share(self, percent: float | None) -> str:
        return self._say("unknown") if percent is None else f"{percent:.1f}%"


def _against(row: Recommendation) -> Sequence[Reason]:
    """What decided against a kind at an office; of one that nobody asked for, that alone."""
    against = [r for r in row.reasons if speaks_against(r, delegated_now=row.delegated_now)]
    unasked = [
        r for r in against if r.criterion is Criterion.VOLUME and r.finding is Finding.UNKNOWN
    ]
    return unasked or against


def _number(criterion: Criterion, value: float) -> str:
    return _whole(value) if criterion in (Criterion.VOLUME, Criterion.SPEED) else f"{value:.1f}"


def _whole(value: float) -> str:
    return f"{round(value):,}"
