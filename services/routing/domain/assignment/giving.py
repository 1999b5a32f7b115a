"""How an inquiry is given to an office: one more attempt, its clock, and what is told of it.

Every way to an office ends here: the first decision, a hand-over, a person's word. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TypeAlias

from services.cities import City, Matter, Office, RuleSet
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.events import (
    ArbitrationCause,
    ArbitrationDecided,
    ArbitrationOpened,
    AssignmentEscalated,
    InquiryAssigned,
    InquiryUnrouted,
    MattersJoined,
    MattersLinked,
    PlaceAsked,
    RepeatClosed,
    ServiceAsked,
    UnroutedDeadlineRecounted,
)
from services.routing.domain.assignment.model import (
    Arbitration,
    Asked,
    Assigned,
    Assignment,
    Attempt,
    Routed,
    Rule,
)
from services.routing.domain.competence import delegated_by, may_take, workload_of

Told: TypeAlias = (
    InquiryAssigned
    | InquiryUnrouted
    | PlaceAsked
    | ServiceAsked
    | UnroutedDeadlineRecounted
    | AssignmentEscalated
    | ArbitrationOpened
    | ArbitrationDecided
    | RepeatClosed
    | MattersJoined
    | MattersLinked
)
AssignmentChange: TypeAlias = Change[Assignment, Told]

# What a person named the office by, and no rule of competence.
_BY_PERSON = (
    Rule.SUGGESTED_OFFICE,
    Rule.DESIGNATED,
    Rule.TRANSFERRED,
    Rule.MANUAL,
    Rule.JOINED,
)


def give_first(
    city: City,
    *,
    inquiry_id: str,
    matter: Matter,
    round_: int,
    decision: Routed,
    questions: tuple[Asked, ...] = (),
    now: datetime,
) -> AssignmentChange:
    """Gives an inquiry that no office of this round has had to the first of the decision's.

    Raises UnknownCode where the city has no such office any more.
    """
    given = Assigned(
        inquiry_id=inquiry_id,
        matter=matter,
        round=round_,
        decision=decision,
        attempts=(),
        questions=questions,
    )
    return give(city, given, office=city.office(decision.offices[0]), rule=decision.rule, now=now)


def give(
    city: City,
    given: Assigned,
    *,
    office: Office,
    rule: str,
    now: datetime,
    cause: ArbitrationCause = ArbitrationCause.NOBODY_LEFT,
) -> AssignmentChange:
    """Adds an attempt at `office` to those of `given`, and tells it with InquiryAssigned; by
    Rule.ARBITRATION it opens an arbitration for that `cause`. `rule` is a Rule, or the id of a rule
    of competence. Raises OutOfCalendar where the hand-over starts the clock beyond the calendar."""
    decision = _handed_on(city, given, office, now)
    before = given.attempts[-1] if given.attempts else None
    attempt = _attempt(city, given, office, rule, now)
    state = replace(
        given,
        decision=decision,
        attempts=(*given.attempts, attempt),
        arbitration=None,
        untaken=None,
    )
    told: tuple[Told, ...] = (_assigned(city, state, before),)
    if rule == Rule.ARBITRATION:
        state, opened = _in_arbitration(city, state, cause, now)
        told = (*told, opened)
    return Change(state=state, events=told, wake_at=dates.next_step(city, state))


def _assigned(city: City, state: Assigned, before: Attempt | None) -> InquiryAssigned:
    """What is told of the last attempt, which follows `before`."""
    attempt, decision = state.current, state.decision
    return InquiryAssigned(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round=state.round,
        attempt=attempt.number,
        office_id=attempt.office_id,
        workload=attempt.workload,
        rule=attempt.rule,
        binding=attempt.binding,
        delegated_by=attempt.delegated_by,
        due_at=decision.due_at,
        assigned_at=attempt.assigned_at,
        previous_office_id=before.office_id if before else "",
        decline_reason=before.refused if before else None,
        clock_from=decision.clock_from,
        period=decision.period,
        ruleset_version="" if attempt.rule in _BY_PERSON else decision.verdict.version,
        confidence=decision.confidence,
        take_by=attempt.take_by,
        consulted_office_ids=tuple(id_ for id_ in decision.consulted if id_ != attempt.office_id),
        other_service_codes=tuple(
            code for code in decision.inputs.others if code not in city.sealed
        ),
    )


def _attempt(city: City, given: Assigned, office: Office, rule: str, now: datetime) -> Attempt:
    at_once = _acts_at_once(given, office, rule)
    binding = at_once or rule in (Rule.ARBITRATION, Rule.DESIGNATED)
    before = city.offices.get(given.current.office_id) if given.attempts else None
    if at_once:
        limited: dates.Limited | None = dates.to_act(now)
    else:
        limited = None if binding else dates.to_take(city, before, office, now)
    return Attempt(
        number=len(given.attempts) + 1,
        office_id=office.id,
        workload=workload_of(office),
        rule=rule,
        binding=binding,
        delegated_by=delegated_by(city, given.matter, office, day_of(city, now)),
        assigned_at=now,
        take_within=limited.period if limited else "",
        take_by=limited.by if limited else None,
    )


def _acts_at_once(given: Assigned, office: Office, rule: str) -> bool:
    """Whether the office gets the matter because it acts on a danger. Then it may not refuse: no
    danger goes round between offices (a choice of this house; no article was found)."""
    verdict, facts = given.decision.verdict, given.decision.facts
    return rule == verdict.rule and bool(facts.danger) and office.id == facts.danger_office


def _in_arbitration(
    city: City, given: Assigned, cause: ArbitrationCause, now: datetime
) -> tuple[Assigned, ArbitrationOpened]:
    """The matter that has come to the arbitration desk with its last attempt, and what is told."""
    limited = dates.to_decide(city, now, given.decision.due_at)
    arbitration = Arbitration(
        cause=cause,
        opened_at=now,
        decide_within=limited.period,
        decide_by=limited.by,
        refused=tuple(one.office_id for one in given.attempts if one.refused is not None),
    )
    told = ArbitrationOpened(
        inquiry_id=given.inquiry_id,
        matter=given.matter,
        round=given.round,
        attempt=given.current.number,
        cause=cause,
        refused_office_ids=arbitration.refused,
        decide_by=arbitration.decide_by,
        opened_at=now,
    )
    return replace(given, arbitration=arbitration), told


def _handed_on(city: City, given: Assigned, office: Office, now: datetime) -> Routed:
    """The decision after the hand-over to `office`: with a new due time where the hand-over starts
    the clock again, else as it was."""
    decision = given.decision
    before = city.offices.get(given.current.office_id) if given.attempts else None
    if before is None or not dates.restarts(city, before, office):
        return decision
    due = dates.due(city, given.matter, now)
    return replace(
        decision,
        clock_from=now,
        period=str(due.period),
        due_at=due.at,
        account=dates.account(city, given.matter, due),
    )


def check_competent(
    city: City, ruleset: RuleSet, matter: Matter, office: Office, now: datetime
) -> None:
    """Raises `office_not_competent` (INVALID) for an office that a person names and that may not
    take the matter."""
    if not may_take(ruleset, city, matter, office, day_of(city, now)):
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
    """The refusal `unknown_assignment` (NOT_FOUND) of what is heard before the receipt."""
    return DomainError("unknown_assignment", Kind.NOT_FOUND, "routing has no such inquiry")
