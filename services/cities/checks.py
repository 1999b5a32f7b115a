"""What must hold between the rows of a pack, and is a fault where it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from services.cities.classify import Classifier
from services.cities.model import Validity, Workload
from services.cities.sheet import Cell, Row
from services.cities.tables import Tables


def cross_check(tables: Tables, arbitration: Cell, contact: Cell, languages: Sequence[str]) -> None:
    """Faults between rows: dangling codes, overlaps in time, uncovered places, lost keywords."""
    departments = {office.id: office for office, _ in tables.departments}
    districts = {district.code for district, _ in tables.districts}
    offices = {office.id: office for office, _ in tables.offices}
    legal = {place.code: place for place, _ in tables.legal_places}
    services = {service.code: service for service, _ in tables.services}
    if arbitration.required("arbitration_office") not in departments:
        arbitration.fault(f"arbitration office {arbitration.text!r} is not in departments.csv")
    if contact and contact.text not in departments:
        contact.fault(f"contact office {contact.text!r} is not in departments.csv")
    _check_overlaps(tables)
    for office, row in tables.offices:
        _known(row, "district", str(office.district), districts)
        for successor in office.successors:
            _known(row, "successor", successor, offices)
            first_day, heir = _after(office.validity.end), offices.get(successor)
            if first_day is None:
                row.fault("an office with successors needs a last day")
            elif heir is not None and not heir.validity.holds(first_day):
                row.fault(f"successor {successor} does not exist on {first_day}")
    for place, row in tables.legal_places:
        _known(row, "district", place.district, districts)
        if f"o-{place.code}" in offices:
            row.fault(f"code {place.code} is also a community office's")
    for relation, row in tables.relations:
        _known(row, "office", f"o-{relation.office}", offices)
        _known(row, "legal place", relation.legal_place, legal)
        served, place_of = offices.get(f"o-{relation.office}"), legal.get(relation.legal_place)
        if served and place_of and served.district != place_of.district:
            row.fault(f"office {relation.office} and place {place_of.code} lie in two districts")
    for service, row in tables.services:
        if service.owner is not None:
            _known(row, "owner", service.owner, departments)
        elif service.workload is Workload.CITY:
            row.fault("a service of the city needs an owner")
    for delegation, row in tables.delegations:
        _known(row, "service", delegation.service, services)
        _known(row, "district", delegation.district, districts)
        delegated = services.get(delegation.service)
        if delegated is not None and not (delegated.permit and delegated.workload is Workload.DONG):
            row.fault(f"{delegation.service} is not a permit of the community offices")
        if delegation.office is not None:
            _known(row, "office", delegation.office, offices)
    _check_cover(tables)
    _check_keywords(tables, languages)


def _known(row: Row, what: str, code: str, codes: Iterable[str]) -> None:
    if code not in codes:
        row.fault(f"{what} {code!r} is not in the pack")


def _check_overlaps(tables: Tables) -> None:
    every: list[tuple[str, Validity, Row]] = [
        *((o.id, o.validity, r) for o, r in tables.departments),
        *((f"district {d.code}", d.validity, r) for d, r in tables.districts),
        *((o.id, o.validity, r) for o, r in tables.offices),
        *((f"place {p.code}", p.validity, r) for p, r in tables.legal_places),
        *((f"{p.office} in {p.legal_place}", p.validity, r) for p, r in tables.relations),
        *((f"service {s.code}", s.validity, r) for s, r in tables.services),
        *(
            (f"delegation of {d.service} in {d.district} to {d.office or 'all'}", d.validity, r)
            for d, r in tables.delegations
        ),
    ]
    seen: dict[str, list[tuple[Validity, Row]]] = defaultdict(list)
    for name, validity, row in every:
        for other, first in seen[name]:
            if validity.overlaps(other):
                row.fault(f"{name} is also valid then by line {first.line}")
        seen[name].append((validity, row))


def _check_cover(tables: Tables) -> None:
    """Each place has an office, and each office a place, on every day it exists."""
    days = {date.min} | {
        day
        for relation, _ in tables.relations
        for day in (relation.validity.start, _after(relation.validity.end))
        if day is not None
    }
    of_place: dict[str, list[Validity]] = defaultdict(list)
    of_office: dict[str, list[Validity]] = defaultdict(list)
    for relation, _ in tables.relations:
        of_place[relation.legal_place].append(relation.validity)
        of_office[relation.office].append(relation.validity)
    subjects: list[tuple[str, list[Validity], Validity, Row]] = [
        *((f"place {p.code}", of_place[p.code], p.validity, r) for p, r in tables.legal_places),
        *((f"office {o.dong}", of_office[str(o.dong)], o.validity, r) for o, r in tables.offices),
    ]
    for name, covered, lives, row in subjects:
        for day in sorted(days):
            if lives.holds(day) and not any(validity.holds(day) for validity in covered):
                since = "ever" if day == date.min else f"on {day}"
                row.fault(f"{name} is in no pair of relation.csv {since}")
                break


def _after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)


def _check_keywords(tables: Tables, languages: Sequence[str]) -> None:
    """Each service can be found, and its name and each of its keywords alone leads to it first."""
    classifier = Classifier((service.code, service.terms()) for service, _ in tables.services)
    for service, row in tables.services:
        for language in languages:
            if not service.keywords[language]:
                row.fault(f"no keywords in {language}")
        for term in service.terms():
            found = classifier.classify(term)
            if not found or found[0].service != service.code:
                instead = found[0].service if found else "nothing"
                row.fault(f"{term!r} is unreachable: alone it leads to {instead}")
