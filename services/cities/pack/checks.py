"""What must hold between the rows of a pack, and is a fault where it does not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from services.cities.catalogue.classify import Classifier
from services.cities.catalogue.model import Service, Validity, Workload
from services.cities.pack.files import Cell, Row
from services.cities.pack.tables import Tables


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
    agencies = {agency.id for agency, _ in tables.agencies}
    for service, row in tables.services:
        _check_service(service, row, departments, agencies)
    for delegation, row in tables.delegations:
        _known(row, "service", delegation.service, services)
        _known(row, "district", delegation.district, districts)
        delegated = services.get(delegation.service)
        if delegated is not None and not delegated.delegable:
            row.fault(f"{delegation.service} may not be delegated by the catalogue")
        if delegation.office is not None:
            _known(row, "office", delegation.office, offices)
    for danger, row in tables.dangers:
        if danger.office not in departments:
            row.fault(f"office {danger.office!r} is not in departments.csv")
    _check_dangers(tables)
    _check_cover(tables)
    _check_reached(tables, {arbitration.text, contact.text})
    _check_keywords(tables, languages)


def _check_service(
    service: Service, row: Row, departments: Iterable[str], agencies: Iterable[str]
) -> None:
    """What must hold within a row of the catalogue, and of the codes that it names."""
    if service.owner is not None:
        _known(row, "owner", service.owner, departments)
    elif service.workload is Workload.CITY:
        row.fault("a service of the city needs an owner")
    if service.split is not None:
        _known(row, "split_to", service.split.office, departments)
    if service.refer_to is not None and service.refer_to not in agencies:
        row.fault(f"refer_to {service.refer_to!r} is not in agencies.csv with its number")
    if service.delegable and not service.permit:
        row.fault("only a permit is delegable: what is none needs no delegation")
    if service.workload is Workload.CITY:
        for named, value in (
            ("delegable", service.delegable),
            ("anywhere", service.anywhere),
            ("intake", service.intake is not None),
        ):
            if value:
                row.fault(f"{named} is for services of districts and community offices")
    for basis in filter(None, (part.strip() for part in service.legal_basis.split(";"))):
        if "제" in basis and not _FULL_BASIS.fullmatch(basis):
            row.fault(f"legal basis {basis!r} is not in full, such as 「도로법」 제31조")


_FULL_BASIS = re.compile(
    r"「[^「」]+」(?: (?:제\d+조(?:의\d+)?(?:제\d+항)?(?:제\d+호)?[·, ]*)+(?:단서)?)?"
)


def _check_reached(tables: Tables, desks: set[str]) -> None:
    """Some service leads to each department and to each agency.

    A department that only people hand matters to says so in the column `by_hand`.
    """
    services = [service for service, _ in tables.services]
    owners = {service.owner for service in services}
    splits = {service.split.office for service in services if service.split is not None}
    for office, row in tables.departments:
        handed = row.cell("by_hand").flag()
        if not handed and office.id not in owners | splits | desks and office.validity.end is None:
            row.fault(f"nobody can reach {office.id}: no service is its, and no desk")
    referred = {service.refer_to for service in services}
    for agency, row in tables.agencies:
        if agency.id not in referred:
            row.fault(f"nobody can reach {agency.id}: no service is referred to it")


def _check_dangers(tables: Tables) -> None:
    """Each danger is told apart from the others: by its id, and by each of its terms."""
    ids: dict[str, int] = {}
    having: dict[str, str] = {}
    for danger, row in tables.dangers:
        if ids.setdefault(danger.id, row.line) != row.line:
            row.fault(f"danger {danger.id} is also on line {ids[danger.id]}")
        for term in danger.terms:
            if having.setdefault(term, danger.id) != danger.id:
                row.fault(f"{term!r} is also a term of {having[term]}")


def _known(row: Row, what: str, code: str, codes: Iterable[str]) -> None:
    if code not in codes:
        row.fault(f"{what} {code!r} is not in the pack")


def _check_overlaps(tables: Tables) -> None:
    every: list[tuple[str, Validity, Row]] = [
        *((o.id, o.validity, r) for o, r in tables.departments),
        *((a.id, a.validity, r) for a, r in tables.agencies),
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
    """Each service can be found, and its name and each of its keywords alone leads to it first.

    A keyword that several services have leads to the one that shared_words.csv names.
    """
    classifier = Classifier((service.code, service.terms()) for service, _ in tables.services)
    ruled = {shared.word: shared.first for shared, _ in tables.shared_words}
    having: dict[str, dict[str, Row]] = defaultdict(dict)
    for service, row in tables.services:
        for term in service.terms():
            having[term].setdefault(service.code, row)
    for service, row in tables.services:
        for language in languages:
            if not service.keywords[language]:
                row.fault(f"no keywords in {language}")
        for term in service.terms():
            others = [code for code in having[term] if code != service.code]
            if others and term not in ruled:
                line = having[term][others[0]].line
                row.fault(
                    f"{term!r} is also {others[0]}'s (line {line}), "
                    "and shared_words.csv does not say whose it is first"
                )
                continue
            found = classifier.classify(term)
            wanted = ruled.get(term, service.code)
            if not found or found[0].service != wanted:
                instead = found[0].service if found else "nothing"
                row.fault(f"{term!r} is unreachable: alone it leads to {instead}")
    for shared, row in tables.shared_words:
        if shared.first not in having.get(shared.word, {}) or len(having[shared.word]) < 2:
            row.fault(f"{shared.word!r} is not a keyword of {shared.first} and of another service")
