"""Which offices may have a matter, and on which day's delegations that is judged.

Owns the limits of every assignment, also of one that a person makes: the bars of the rules of
competence. `policy` and `assignment` choose among the offices within these limits. Pure.
"""

from __future__ import annotations

from datetime import date, datetime

from services.cities import (
    City,
    Matter,
    Office,
    OfficeKind,
    RuleSet,
    Workload,
    against_office,
    facts_later,
)


def competent_on(city: City, received_at: datetime, today: date) -> date:
    """The day, in the city's zone, whose delegations decide. It is the day of receipt where the
    city's practice `competent_on` is `receipt` (in Seoul by the supplementary provision of the
    ordinance on delegation, 2024-09-30), else `today`."""
    practice = city.practices.get("competent_on")
    if practice is not None and practice.value == "receipt":
        return received_at.astimezone(city.timezone).date()
    return today


def delegated_by(city: City, matter: Matter, office: Office, today: date) -> str:
    """The district's office that delegated the matter's permit to `office`; empty when none did."""
    if office.kind is not OfficeKind.DONG or office.district is None:
        return ""
    if not city.service(matter.service_code).permit:
        return ""
    on = competent_on(city, matter.received_at, today)
    delegate = city.delegate(matter.service_code, office.district, office.dong, on, today)
    return f"d-{office.district}" if delegate is not None else ""


def may_take(ruleset: RuleSet, city: City, matter: Matter, office: Office, today: date) -> bool:
    """Whether the office exists today and no bar of the rules takes from it the power to decide the
    matter."""
    on = competent_on(city, matter.received_at, today)
    facts = facts_later(matter, on=on, today=today)
    return against_office(ruleset, city, facts, office) is None


def another_agency(office: Office, other: Office) -> bool:
    """Whether two offices belong to different agencies (Petitions Decree 13 (3)).

    The departments of the city are one agency; each district is one with its community offices.
    """
    return office.district != other.district


def workload_of(office: Office) -> Workload:
    """The workload that an inquiry at this office belongs to."""
    return Workload(office.kind.value)
