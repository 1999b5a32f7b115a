"""The first decision on an inquiry, and the queue of those for which no office was found: what time
brings to them, and a person's word. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import FIRST_ROUND, City, Matter, Office, RuleSet
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import asking, dates
from services.routing.domain.assignment.events import RecountCause, UnroutedDeadlineRecounted
from services.routing.domain.assignment.giving import (
    AssignmentChange,
    check_competent,
    give_first,
    unknown,
)
from services.routing.domain.assignment.model import (
    Assigned,
    Assignment,
    CategorySource,
    Ended,
    NotRouted,
    QuestionEnd,
    Routed,
    Rule,
    Unrouted,
    Urgency,
)
from services.routing.domain.policy import with_service


def receive(
    state: Assignment | None,
    *,
    city: City,
    inquiry_id: str,
    matter: Matter,
    decision: Routed | NotRouted,
    now: datetime,
) -> AssignmentChange | None:
    """Stores the first decision on an inquiry; a repeated receipt changes nothing.

    `matter` holds the service and the place that `policy.route` found.
    """
    if state is not None:
        return None
    if isinstance(decision, NotRouted):
        waiting = Unrouted(
            inquiry_id=inquiry_id,
            matter=matter,
            round=FIRST_ROUND,
            decision=decision,
            unrouted_at=now,
        )
        return asking.wait(city, waiting, now=now)
    return give_first(
        city, inquiry_id=inquiry_id, matter=matter, round_=FIRST_ROUND, decision=decision, now=now
    )


def wake(
    state: Assignment | None, *, city: City, ruleset: RuleSet, now: datetime
) -> AssignmentChange | None:
    """Ends a question whose time to answer is over. Else marks an inquiry that still waits with its
    urgency at `now`, by the date that the city's calendar gives now; one that has an office by now
    is left as it is."""
    if not isinstance(state, Unrouted):
        return None
    if state.asked is not None and now >= dates.unanswered_at(state.asked):
        return asking.unanswered(state, city=city, ruleset=ruleset, now=now)
    if (moved := recount(state, city=city, now=now)) is not None:
        return moved
    pressing = replace(state, urgency=dates.urgency(state, now))
    return Change(state=pressing, wake_at=dates.wake_at(pressing, now))


def recount(state: Assignment | None, *, city: City, now: datetime) -> AssignmentChange | None:
    """Moves the date of an inquiry in the unrouted queue to the later one that the city's calendar
    gives now. One that is marked as overdue stays: its period had ended, and everybody was told.
    Of an inquiry with an office, districts moves the date."""
    if not isinstance(state, Unrouted) or state.urgency is Urgency.OVERDUE:
        return None
    later = dates.later_end(city, state)
    if later is None:
        return None
    told = UnroutedDeadlineRecounted(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round=state.round,
        cause=RecountCause.HOLIDAY,
        due_before=state.decision.due_at,
        due_at=later,
        recounted_at=now,
    )
    account = dates.counted_to(city, state, later)
    moved = replace(state, decision=replace(state.decision, due_at=later, account=account))
    moved = replace(moved, urgency=dates.urgency(moved, now))
    return Change(state=moved, events=(told,), wake_at=dates.wake_at(moved, now))


def assign_by_hand(
    state: Assignment | None,
    *,
    city: City,
    ruleset: RuleSet,
    office: Office,
    service_code: str,
    now: datetime,
) -> AssignmentChange | None:
    """A person's assignment out of the unrouted queue; the same one again changes nothing.

    Raises `unknown_assignment` (NOT_FOUND), `already_assigned` (CONFLICT), `office_not_competent`
    (INVALID) and OutOfCalendar.
    """
    if state is None:
        raise unknown()
    if isinstance(state, Assigned | Ended):
        first = state.attempts[0]
        if (first.rule, first.office_id, state.matter.service_code) == (
            Rule.MANUAL,
            office.id,
            service_code,
        ):
            return None
        raise DomainError(
            "already_assigned", Kind.CONFLICT, "this inquiry has left the unrouted queue"
        )
    matter = with_service(city, state.matter, city.service(service_code))
    check_competent(city, ruleset, matter, office, now)
    due = dates.due(city, matter, matter.received_at, state.questions)
    decision = Routed(
        rule=Rule.MANUAL,
        offices=tuple(dict.fromkeys((office.id, city.arbitration_office.id))),
        clock_from=matter.received_at,
        period=str(due.period),
        due_at=due.at,
        account=dates.account(city, matter, due),
        inputs=replace(state.decision.inputs, category=CategorySource.PERSON),
        facts=state.decision.facts,
        verdict=state.decision.verdict,
        confidence=1.0,
    )
    return give_first(
        city,
        inquiry_id=state.inquiry_id,
        matter=matter,
        round_=state.round,
        decision=decision,
        questions=asking.closed(state, QuestionEnd.BY_PERSON, now),
        now=now,
    )
