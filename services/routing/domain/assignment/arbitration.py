"""What lies with the arbitration desk: how it comes there, its clock, and the office it names.

The desk answers nothing. Its clock is its own: the citizen's answer is due all the same. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City, Office, RuleSet
from services.common.kernel import Change, DomainError, Kind
from services.routing.domain.assignment import dates
from services.routing.domain.assignment.dates import Limited
from services.routing.domain.assignment.events import ArbitrationCause, ArbitrationDecided
from services.routing.domain.assignment.giving import (
    AssignmentChange,
    check_competent,
    give,
    unknown,
)
from services.routing.domain.assignment.model import Assigned, Assignment, Rule
from services.routing.domain.competence import another_agency


def to_desk(
    city: City, given: Assigned, cause: ArbitrationCause, now: datetime
) -> AssignmentChange:
    """Gives the inquiry to the arbitration desk, which has not had it since another office had."""
    desk = city.arbitration_office
    return give(city, given, office=desk, rule=Rule.ARBITRATION, now=now, cause=cause)


def designate(
    state: Assignment | None, *, city: City, ruleset: RuleSet, office: Office, now: datetime
) -> AssignmentChange | None:
    """The arbitration desk names the office for an inquiry that lies with it; the same office named
    again changes nothing. It may be one that has refused, or the one that has not taken it.

    The mediation committee designates a department of its own agency, the city, which may not
    decline (Enforcement Decree of the Civil Petitions Treatment Act, Article 38 (1) 1). A district
    is another agency: the matter is transferred to it (Article 13 (3)), and it may decline. Where
    it is not clear which agency is competent, the one that supervises both decides (Administrative
    Procedures Act, Article 6 (2)); that the city does not supervise districts in this sense is
    assumed. Raises `unknown_assignment` (NOT_FOUND), `not_in_arbitration` (CONFLICT),
    `office_not_competent` (INVALID).
    """
    if state is None:
        raise unknown()
    if isinstance(state, Assigned):
        current = state.current
        rule = named_rule(city, office)
        if (current.rule, current.office_id) == (rule, office.id):
            return None
        if state.arbitration is not None:
            _check_named(city, state, office)
            check_competent(city, ruleset, state.matter, office, now)
            change = give(city, state, office=office, rule=rule, now=now)
            return replace(change, events=(_decided(state, office, rule, now), *change.events))
    raise DomainError(
        "not_in_arbitration",
        Kind.CONFLICT,
        "only what lies with the arbitration desk is designated",
    )


def _check_named(city: City, state: Assigned, office: Office) -> None:
    """The desk designates and does not answer: it names itself only for a service that it owns."""
    owner = city.service(state.matter.service_code).owner if state.matter.service_code else None
    if office.id == city.arbitration_office.id != owner:
        raise DomainError(
            "office_not_competent",
            Kind.INVALID,
            "the arbitration desk designates and does not answer: name the office that is to",
            field="office",
        )


def named_rule(city: City, office: Office) -> Rule:
    """By which rule the desk names this office: its own agency's are designated and may not
    decline, to another agency the matter is transferred."""
    other = another_agency(city.arbitration_office, office)
    return Rule.TRANSFERRED if other else Rule.DESIGNATED


def wake(state: Assigned, *, city: City, now: datetime) -> AssignmentChange | None:
    """Marks an arbitration as overdue whose time is over at `now` by the city's calendar of today;
    one that a holiday has given more time gets the later date. None where nothing is open."""
    open_ = state.arbitration
    if open_ is None or open_.overdue:
        return None
    told = Limited(period=open_.decide_within, by=open_.decide_by)
    decide_by = dates.later_limit(city, open_.opened_at, told) or open_.decide_by
    open_ = replace(open_, decide_by=decide_by, overdue=now > decide_by)
    state = replace(state, arbitration=open_)
    return Change(state=state, wake_at=dates.next_step(city, state))


def _decided(state: Assigned, office: Office, rule: Rule, now: datetime) -> ArbitrationDecided:
    return ArbitrationDecided(
        inquiry_id=state.inquiry_id,
        matter=state.matter,
        round=state.round,
        attempt=state.current.number,
        office_id=office.id,
        binding=rule is Rule.DESIGNATED,
        decided_at=now,
    )
