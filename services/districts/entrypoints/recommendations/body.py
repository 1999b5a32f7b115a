"""The report as data: the body of the API, and what `recommend --format json` prints."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from services.cities import Certainty
from services.districts.domain.recommendation.decide import (
    Criterion,
    Finding,
    Recommendation,
    Report,
    Verdict,
)
from services.districts.domain.recommendation.thresholds import LONGEST


class ReasonBody(BaseModel):
    """One criterion, the number found, and the number it was held against."""

    criterion: Criterion
    finding: Finding
    value: float | None = Field(
        description="Permits a year (volume), percent (inspection, consultation, overturned),"
        " working days (speed) or permits a working day (capacity); null where unknown"
    )
    threshold: float | None = Field(description="In the same unit")


class RecommendationBody(BaseModel):
    """What is recommended for one kind of permit at one community office."""

    service: str
    office: str
    delegated_now: bool
    verdict: Verdict
    reasons: list[ReasonBody]
    received: int = Field(description="Permits of the span")
    waiting: int = Field(description="Of these, not decided yet")
    volume: float = Field(description="The same for a year of 365 days")
    days: int | None = Field(description="Median working days to the decision, 0 for the same day")
    days_p90: int | None
    days_expected: int | None = Field(description="Median at community offices of the district")
    days_gained: float | None = Field(description="Working days in a year, of all citizens")

    @classmethod
    def of(cls, row: Recommendation) -> RecommendationBody:
        """The body of one recommendation."""
        return cls(
            service=row.service,
            office=row.office,
            delegated_now=row.delegated_now,
            verdict=row.verdict,
            reasons=[
                ReasonBody(
                    criterion=r.criterion, finding=r.finding, value=r.value, threshold=r.threshold
                )
                for r in row.reasons
            ],
            received=row.received,
            waiting=row.waiting,
            volume=row.volume,
            days=row.days,
            days_p90=row.days_p90,
            days_expected=row.days_expected,
            days_gained=row.days_gained,
        )


class KindBody(BaseModel):
    """One kind of permit in the whole district; shares in percent, null where unknown."""

    service: str
    received: int
    waiting: int
    elsewhere: int = Field(description="Of a place that has no community office now")
    days: int | None
    days_p90: int | None
    inspected: float | None
    consulted: float | None
    refused: int
    overturned: float | None = Field(description="Percent of the refusals")


class LoadBody(BaseModel):
    """Permits a working day of one community office."""

    office: str
    now: float
    recommended: float
    capacity: float
    assumed: bool = Field(description="Nobody stated the capacity; the pack's assumption stands in")


class ThresholdBody(BaseModel):
    """One number of the city's pack."""

    name: str
    value: str
    status: Certainty
    source: str


class ReportBody(BaseModel):
    """The recommendations for one district."""

    district: str
    since: date
    until: date
    delegations_on: date
    working_days: int
    received: int
    unreadable: int
    travel: None = Field(None, description="Not measured: no place of district offices is known")
    kinds: list[KindBody]
    recommendations: list[RecommendationBody]
    loads: list[LoadBody]
    thresholds: list[ThresholdBody]

    @classmethod
    def of(cls, report: Report) -> ReportBody:
        """The body of a report."""
        limits = report.thresholds
        return cls(
            district=report.district,
            since=report.since,
            until=report.until,
            delegations_on=report.on,
            working_days=report.working_days,
            received=report.received,
            unreadable=report.unreadable,
            kinds=[
                KindBody(
                    service=kind.service,
                    received=kind.received,
                    waiting=kind.waiting,
                    elsewhere=kind.elsewhere,
                    days=kind.days,
                    days_p90=kind.days_p90,
                    inspected=kind.inspected,
                    consulted=kind.consulted,
                    refused=kind.refused,
                    overturned=kind.overturned,
                )
                for kind in report.kinds
            ],
            recommendations=[RecommendationBody.of(row) for row in report.recommendations],
            loads=[
                LoadBody(
                    office=load.office,
                    now=load.now,
                    recommended=load.recommended,
                    capacity=load.capacity,
                    assumed=load.assumed,
                )
                for load in report.loads
            ],
            thresholds=[
                *(
                    ThresholdBody(
                        name=t.name, value=f"{t.value:g}", status=t.certainty, source=t.source
                    )
                    for t in limits.listed()
                ),
                ThresholdBody(
                    name=LONGEST,
                    value=str(limits.longest),
                    status=limits.longest_certainty,
                    source=limits.longest_source,
                ),
            ],
        )
