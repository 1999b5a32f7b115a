"""The bodies of the HTTP API, and what turns decisions and figures into them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from services.cities import City, Workload
from services.routing.application.ports import QueueState
from services.routing.domain.events import UnroutedReason
from services.routing.domain.matters import Load, Loads
from services.routing.domain.model import Assigned, Assignment, Attempt, Rule, Unrouted
from services.routing.domain.surges import Surge, Surges

_ROUND = "1 until the inquiry is answered, one more each time it is opened again"


class OfficeBody(BaseModel):
    """An office with its names by language."""

    id: str
    names: Mapping[str, str]

    @classmethod
    def of(cls, city: City, office_id: str) -> Self:
        """The body of an office; one that the city no longer knows has no names."""
        known = city.offices.get(office_id)
        return cls(id=office_id, names=known.names if known is not None else {})


class UnroutedBody(BaseModel):
    """One inquiry that waits for a person."""

    inquiry_id: str
    receipt_number: str
    round: int = Field(description=_ROUND)
    reason: str
    service_code: str = Field(description="Category found so far; empty when none was")
    received_at: datetime
    unrouted_at: datetime

    @classmethod
    def of(cls, unrouted: Unrouted) -> Self:
        """The body of an entry of the queue."""
        return cls(
            inquiry_id=unrouted.inquiry_id,
            receipt_number=unrouted.matter.receipt_number,
            round=unrouted.round,
            reason=unrouted.decision.reason,
            service_code=unrouted.matter.service_code,
            received_at=unrouted.matter.received_at,
            unrouted_at=unrouted.unrouted_at,
        )


class QueueBody(BaseModel):
    """The unrouted queue, longest wait first."""

    waiting: int
    oldest_seconds: float | None = Field(description="How long the oldest waits; null when none")
    items: list[UnroutedBody]

    @classmethod
    def of(cls, state: QueueState, items: list[UnroutedBody], now: datetime) -> Self:
        """The body of the queue as it is now."""
        oldest = None if state.oldest is None else (now - state.oldest).total_seconds()
        return cls(waiting=state.waiting, oldest_seconds=oldest, items=items)


class AssignBody(BaseModel):
    """A person's decision on an unrouted inquiry."""

    model_config = ConfigDict(extra="forbid")
    office: str = Field(description="Id of the office that gets it", examples=["d-11680"])
    service_code: str = Field(description="Code of the catalogue; it decides the due time")


class DesignateBody(BaseModel):
    """The arbitration desk's decision."""

    model_config = ConfigDict(extra="forbid")
    office: str = Field(description="Id of the office, which may not decline")


class AttemptBody(BaseModel):
    """One office that the inquiry was given to."""

    round: int = Field(description=_ROUND)
    attempt: int = Field(description="1 for the first office of the round, one more for each next")
    office: OfficeBody
    workload: str
    rule: str
    binding: bool
    delegated_by: str | None
    assigned_at: datetime
    refused: str | None = Field(description="Why the office refused; null when it did not")

    @classmethod
    def of(cls, city: City, round_: int, attempt: Attempt) -> Self:
        """The body of an attempt of that round."""
        return cls(
            round=round_,
            attempt=attempt.number,
            office=OfficeBody.of(city, attempt.office_id),
            workload=attempt.workload,
            rule=attempt.rule,
            binding=attempt.binding,
            delegated_by=attempt.delegated_by or None,
            assigned_at=attempt.assigned_at,
            refused=attempt.refused,
        )


class InputsBody(BaseModel):
    """What the decision stood on, and the place that it led to."""

    category: str
    terms: list[str] = Field(description="The catalogue's terms that the words matched")
    place_form: str
    place: str
    place_evidence: list[str]
    district_code: str | None
    dong_code: str | None

    @classmethod
    def of(cls, assignment: Assignment) -> Self:
        """The body of an assignment's inputs."""
        inputs = assignment.decision.inputs
        return cls(
            category=inputs.category,
            terms=list(inputs.terms),
            place_form=inputs.place_form,
            place=inputs.place,
            place_evidence=list(inputs.place_evidence),
            district_code=assignment.matter.district_code or None,
            dong_code=assignment.matter.dong_code or None,
        )


class DueBody(BaseModel):
    """The statutory end of the period, with the account of how it was counted."""

    at: datetime
    period: str
    legal_basis: str
    explanation: list[str]

    @classmethod
    def of(cls, city: City, assigned: Assigned, language: str) -> Self:
        """The stored due time; the account is made anew, by the catalogue and calendar of today."""
        service = city.service(assigned.matter.service_code)
        due = city.due(assigned.matter.received_at, service.period)
        return cls(
            at=assigned.decision.due_at,
            period=str(service.period),
            legal_basis=service.legal_basis,
            explanation=list(due.explain(language)),
        )


class AssignmentBody(BaseModel):
    """The decision on one inquiry, explained."""

    inquiry_id: str
    receipt_number: str
    status: Literal["assigned", "unrouted"]
    round: int = Field(description=_ROUND)
    rule: str | None = Field(description="The rule that named the office; null when none was found")
    reason: str | None = Field(description="Why no office was found; null when one was")
    service_code: str | None
    kind: str | None = Field(description="Kind of petition; null while the category is not known")
    permit: bool
    inputs: InputsBody
    attempts: list[AttemptBody]
    alternatives: list[OfficeBody] = Field(description="Offices not tried yet, in order")
    received_at: datetime
    due: DueBody | None

    @classmethod
    def of(cls, city: City, assignment: Assignment, language: str) -> Self:
        """The body of an assignment, with the account of its due time in that language."""
        rule: Rule | None = None
        reason: UnroutedReason | None = None
        attempts: list[AttemptBody] = []
        alternatives: list[OfficeBody] = []
        due: DueBody | None = None
        match assignment:
            case Assigned(round=round_):
                rule = assignment.current.rule
                attempts = [AttemptBody.of(city, round_, tried) for tried in assignment.attempts]
                alternatives = [OfficeBody.of(city, id_) for id_ in _not_tried(assignment)]
                due = DueBody.of(city, assignment, language)
            case Unrouted():
                reason = assignment.decision.reason
        matter = assignment.matter
        return cls(
            inquiry_id=assignment.inquiry_id,
            receipt_number=matter.receipt_number,
            status=assignment.status,
            round=assignment.round,
            rule=rule,
            reason=reason,
            service_code=matter.service_code or None,
            kind=matter.kind,
            permit=matter.permit,
            inputs=InputsBody.of(assignment),
            attempts=attempts,
            alternatives=alternatives,
            received_at=matter.received_at,
            due=due,
        )


def _not_tried(assigned: Assigned) -> list[str]:
    tried = {attempt.office_id for attempt in assigned.attempts}
    return [office_id for office_id in assigned.decision.offices if office_id not in tried]


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
    """The load of one office."""

    office: OfficeBody


class WorkloadBody(BaseModel):
    """What lies at the offices. Whole, whichever replica answers."""

    as_of: datetime
    city: LoadBody
    workloads: Mapping[Workload, LoadBody] = Field(description="By whose load it is")
    offices: list[OfficeLoadBody] = Field(description="Those with open matters, by id")

    @classmethod
    def of(cls, city: City, as_of: datetime, loads: Loads) -> Self:
        """The body of the figures at that time."""
        return cls(
            as_of=as_of,
            city=LoadBody.of(loads.city),
            workloads={kind: LoadBody.of(loads.by_workload.get(kind, Load())) for kind in Workload},
            offices=[
                OfficeLoadBody(
                    office=OfficeBody.of(city, id_),
                    open=load.open,
                    due_today=load.due_today,
                    overdue=load.overdue,
                )
                for id_, load in sorted(loads.by_office.items())
            ],
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
    def of(cls, city: City, as_of: datetime, found: Surges) -> Self:
        """The body of the surges at that time."""
        return cls(
            as_of=as_of,
            days_compared=found.days,
            surges=[SurgeBody.of(city, surge) for surge in found.surges],
        )
