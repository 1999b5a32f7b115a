"""How an inquiry is given to an office: one more attempt, its clock, and what is told of it.

Every way to an office ends here: the first decision, a hand-over, a person's word. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TypeAlias

from services.cities import City, Matter, Office
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import (
    InquiryAssigned,
    InquiryUnrouted,
    PlaceAsked,
    ServiceAsked,
    UnroutedDeadlineRecounted,
)
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    Attempt,
    CategorySource,
    Inputs,
    Routed,
    Rule,
)
from services.routing.domain.competence import delegated_by, may_take, workload_of

Told: TypeAlias = (
    InquiryAssigned | InquiryUnrouted | PlaceAsked | ServiceAsked | UnroutedDeadlineRecounted
)
AssignmentChange: TypeAlias = Change[Assignment, Told]


def give(
    city: City, given: Assigned, *, office: Office, rule: Rule, now: datetime
) -> AssignmentChange:
    """Adds an attempt at `office` to those of `given`, and tells it with InquiryAssigned."""
    decision = _handed_on(city, given, office, now)
    before = given.attempts[-1] if given.attempts else None
    attempt = Attempt(
        number=len(given.attempts) + 1,
        office_id=office.id,
        workload=workload_of(office),
        rule=rule,
        binding=rule in (Rule.ARBITRATION, Rule.DESIGNATED),
        delegated_by=delegated_by(city, given.matter, office, day_of(city, now)),
        assigned_at=now,
    )
    told = InquiryAssigned(
        inquiry_id=given.inquiry_id,
        matter=given.matter,
        round=given.round,
        attempt=attempt.number,
        office_id=attempt.office_id,
        workload=attempt.workload,
        rule=attempt.rule,
        binding=attempt.binding,
        delegated_by=attempt.delegated_by,
        due_at=decision.due_at,
        assigned_at=now,
        previous_office_id=before.office_id if before else "",
        decline_reason=before.refused if before else None,
        clock_from=decision.clock_from,
        period=decision.period,
        confidence=_confidence(decision.inputs),
        other_service_codes=tuple(
            code for code in decision.inputs.others if code not in city.sealed
        ),
    )
    attempts = (*given.attempts, attempt)
    return Change(state=replace(given, decision=decision, attempts=attempts), events=(told,))


def _confidence(inputs: Inputs) -> float:
    """How probable it is that the service is meant: certain where somebody named it."""
    by_words = inputs.category is CategorySource.WORDS and inputs.guesses
    return inputs.guesses[0].probability if by_words else 1.0


def _handed_on(city: City, given: Assigned, office: Office, now: datetime) -> Routed:
    """The decision after the hand-over to `office`: with a new due time where the hand-over starts
    the clock again, else as it was.

    Raises OutOfCalendar.
    """
    decision = given.decision
    before = city.offices.get(given.current.office_id) if given.attempts else None
    if before is None or not dates.restarts(city, before, office):
        return decision
    due = dates.due(city, given.matter, now)
    return replace(decision, clock_from=now, period=str(due.period), due_at=due.at)


def check_competent(city: City, matter: Matter, office: Office, now: datetime) -> None:
    if not may_take(city, matter, office, day_of(city, now)):
        raise DomainError(
            "office_not_competent",
            Kind.INVALID,
            "the office is closed, or has no power to decide this permit: name the community office"
            " that it is delegated to, or else the district",
            field="office",
        )


def day_of(city: City, now: datetime) -> date:
    """The city's local day."""
    return now.astimezone(city.timezone).date()


def unknown() -> DomainError:
    return DomainError("unknown_assignment", Kind.NOT_FOUND, "routing has no such inquiry")
