"""Which offices may have a matter by law, and on which day's delegations that is judged.

Owns the limits of every assignment, also of one that a person makes. `policy` and `decide` choose
among the offices within these limits. Pure.
"""

from __future__ import annotations

from datetime import date, datetime

from services.cities import City, Matter, Office, OfficeKind, Workload


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
    delegate = city.delegate(matter.service_code, office.district, office.dong, on)
    return f"d-{office.district}" if delegate is not None else ""


def may_take(city: City, matter: Matter, office: Office, today: date) -> bool:
    """Whether the office exists today and, where a permit is asked for, has the power to decide it.

    Where the district has delegated a permit, the community office may decide it and the district
    may not. Where it has not, or has taken the power back, the district may and the community
    office may not. A department of the city may decide only the city's own permits: that it
    supervises the districts' gives it no power to decide one.
    """
    if not office.validity.holds(today):
        return False
    service = city.service(matter.service_code)
    if not service.permit:
        return True
    match office.kind:
        case OfficeKind.DONG:
            return bool(delegated_by(city, matter, office, today))
        case OfficeKind.DISTRICT:
            on = competent_on(city, matter.received_at, today)
            return not _delegated_away(city, matter, office, on)
        case OfficeKind.CITY:
            return service.workload is Workload.CITY


def another_agency(office: Office, other: Office) -> bool:
    """Whether two offices belong to different agencies (Petitions Decree 13 (3)).

    The departments of the city are one agency; each district is one with its community offices.
    """
    return office.district != other.district


def workload_of(office: Office) -> Workload:
    """The workload that an inquiry at this office belongs to."""
    return Workload(office.kind.value)


def _delegated_away(city: City, matter: Matter, district: Office, on: date) -> bool:
    """Whether the district delegated the permit for the dong of the matter or, where the dong is
    not known, for all dongs of the district."""
    code = str(district.district)
    if matter.dong_code:
        return city.delegate(matter.service_code, code, matter.dong_code, on) is not None
    dongs = [o.dong for o in city.of_kind(OfficeKind.DONG, on) if o.district == code]
    delegates = [city.delegate(matter.service_code, code, dong, on) for dong in dongs]
    return bool(delegates) and None not in delegates
