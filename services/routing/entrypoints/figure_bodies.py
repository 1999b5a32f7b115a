"""The bodies of the HTTP API for figures: load, pace, shares and surges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from services.cities import City, Workload
from services.routing.domain.matters import Load, Loads
from services.routing.domain.surges import Surge, Surges
from services.routing.domain.workload import Pace, Shares, Strain, Trend, Workloads
from services.routing.entrypoints.schema import OfficeBody


class LoadBody(BaseModel):
    """Open matters; `due_today` and `overdue` are among them and have none in common."""

    open: int
    due_today: int = Field(description="Due later on this day of the city")
    overdue: int = Field(description="Due before `as_of`")

    @classmethod
    def of(cls, load: Load) -> Self:
        """The body of a load."""
        return cls(open=load.open, due_today=load.due_today, overdue=load.overdue)


class OfficeLoadBody(LoadBody):
    """The load of one office, and whether it keeps up. Days are working days, the last five before
    today; what arrives on days off counts with them."""

    office: OfficeBody
    arrived_today: int
    answered_today: int
    arrived_per_day: float
    answered_per_day: float
    days_of_work: float | None = Field(
        description="In how many working days the office answers what is open, at its pace; null"
        " where it has answered nothing lately"
    )
    trend: Trend = Field(description="Whether more comes than is answered, beyond chance")
    capacity_per_day: float | None = Field(
        description="How many matters it can answer on a working day, as the city says; null where"
        " nobody has said"
    )
    strains: list[Strain] = Field(description="Why it works at the edge; empty where it keeps up")

    @classmethod
    def of_office(cls, city: City, id_: str, load: Load, pace: Pace) -> Self:
        """The body of an office's load and pace."""
        office = city.offices.get(id_)
        capacity = None if office is None else office.capacity
        days = pace.days_of_work(load)
        return cls(
            office=OfficeBody.of(city, id_),
            open=load.open,
            due_today=load.due_today,
            overdue=load.overdue,
            arrived_today=pace.arrived_today,
            answered_today=pace.answered_today,
            arrived_per_day=round(pace.arrived_per_day, 1),
            answered_per_day=round(pace.answered_per_day, 1),
            days_of_work=None if days is None else round(days, 1),
            trend=pace.trend,
            capacity_per_day=capacity,
            strains=list(pace.strains(load, capacity)),
        )


class SharesBody(BaseModel):
    """How the matters of one day were shared; each came to its office on that day."""

    day: date
    arrived: Mapping[Workload, int]
    shares: Mapping[Workload, float] = Field(
        description="The parts of the whole, 0 to 1; empty on a day on which nothing arrived"
    )

    @classmethod
    def of(cls, shares: Shares) -> Self:
        """The body of one day."""
        parts = {kind: shares.of(kind) for kind in Workload}
        return cls(
            day=shares.day,
            arrived=shares.arrived,
            shares={kind: round(part, 4) for kind, part in parts.items() if part is not None},
        )


class WorkloadBody(BaseModel):
    """What lies at the offices, but for sealed matters. Whole, whichever replica answers."""

    as_of: datetime
    city: LoadBody
    workloads: Mapping[Workload, LoadBody] = Field(description="By whose load it is")
    offices: list[OfficeLoadBody] = Field(
        description="Those with open matters, or with work in the last days, by id"
    )
    days: list[SharesBody] = Field(
        description="How the work was shared on the last 14 days of the city, today the last"
    )

    @classmethod
    def of(cls, city: City, as_of: datetime, loads: Loads, days: Workloads) -> Self:
        """The body of the figures at that time."""
        return cls(
            as_of=as_of,
            city=LoadBody.of(loads.city),
            workloads={kind: LoadBody.of(loads.by_workload.get(kind, Load())) for kind in Workload},
            offices=[
                OfficeLoadBody.of_office(
                    city,
                    id_,
                    loads.by_office.get(id_, Load()),
                    days.by_office.get(id_, Pace()),
                )
                for id_ in sorted({*loads.by_office, *days.by_office})
            ],
            days=[SharesBody.of(day) for day in days.shares],
        )


class SurgeBody(BaseModel):
    """One category in one dong, well above its usual rate."""

    service_code: str
    service_names: Mapping[str, str]
    dong_code: str = Field(description="Administrative dong, 10 digits")
    dong_names: Mapping[str, str]
    count: int = Field(description="Received in the hour before `as_of`")
    usual_per_hour: float = Field(description="At this time of day, an hour either side")
    times_usual: float
    chance: float = Field(description="How likely so many are without a cause")

    @classmethod
    def of(cls, city: City, surge: Surge) -> Self:
        """The body of a surge; what the city no longer knows has no names."""
        service = city.catalogue.get(surge.service_code)
        dong = city.offices.get(f"o-{surge.dong_code}")
        return cls(
            service_code=surge.service_code,
            service_names=service.names if service is not None else {},
            dong_code=surge.dong_code,
            dong_names=dong.names if dong is not None else {},
            count=surge.count,
            usual_per_hour=round(surge.usual, 3),
            times_usual=round(surge.count / surge.usual, 1),
            chance=surge.chance,
        )


class SurgesBody(BaseModel):
    """The surges of the last hour, rarest first. Whole, whichever replica answers."""

    as_of: datetime
    days_compared: int = Field(
        description="Days before that the hour is compared with, at most 7. 0: the city has too"
        " short a record, and no surge is shown"
    )
    surges: list[SurgeBody]

    @classmethod
    def of(cls, city: City, as_of: datetime, found: Surges, hidden: Collection[str]) -> Self:
        """The body of the surges at that time, without those of the services `hidden`."""
        return cls(
            as_of=as_of,
            days_compared=found.days,
            surges=[
                SurgeBody.of(city, surge)
                for surge in found.surges
                if surge.service_code not in hidden
            ],
        )
