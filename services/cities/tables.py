"""The tables of a pack: each row a fact, kept with the row it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.cities.geography import District
from services.cities.model import (
    Delegation,
    LegalPlace,
    Office,
    OfficeKind,
    PetitionKind,
    Relation,
    Service,
    Workload,
)
from services.cities.period import IMMEDIATELY, Period
from services.cities.sheet import Faults, Row, member, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the tables say, each fact with the row it came from."""

    departments: list[tuple[Office, Row]]
    districts: list[tuple[District, Row]]
    offices: list[tuple[Office, Row]]
    legal_places: list[tuple[LegalPlace, Row]]
    relations: list[tuple[Relation, Row]]
    services: list[tuple[Service, Row]]
    delegations: list[tuple[Delegation, Row]]


def read_tables(
    folder: Path,
    languages: Sequence[str],
    periods: Mapping[PetitionKind, Period],
    faults: Faults,
) -> Tables:
    """The tables of a folder; `periods` are those of services that name none."""
    for name in ("departments.csv", "catalogue.csv"):
        if not (folder / name).exists():
            faults.add(name, 0, "the file is missing")
    names = [f"name.{language}" for language in languages]

    def rows(name: str, *columns: str) -> list[Row]:
        return table(folder, name, columns, faults)

    areas = ("code", "district", *names)
    services = rows("catalogue.csv", "code", "kind", "period", "workload", "owner", *names)
    delegations = rows("delegations.csv", "service", "district", "office")
    return Tables(
        departments=[(_department(r, languages), r) for r in rows("departments.csv", "id", *names)],
        districts=[(_district(r, languages), r) for r in rows("districts.csv", "code", *names)],
        offices=[(_community_office(r, languages), r) for r in rows("offices.csv", *areas)],
        legal_places=[(_legal_place(r, languages), r) for r in rows("legal_places.csv", *areas)],
        relations=[(_relation(r), r) for r in rows("relation.csv", "office", "legal_place")],
        services=[(_service(r, languages, periods), r) for r in services],
        delegations=[(_delegation(r), r) for r in delegations],
    )


def _department(row: Row, languages: Sequence[str]) -> Office:
    office = Office(
        id=row.cell("id").required("id"),
        kind=OfficeKind.CITY,
        names=row.names(languages),
        validity=row.validity(),
    )
    if not office.id.startswith("c-"):
        row.fault(f"a department's id starts with c-, not {office.id!r}")
    return office


def _district(row: Row, languages: Sequence[str]) -> District:
    return District(
        code=row.cell("code").required("code"),
        names=row.names(languages),
        shared_name=row.cell("shared_name").flag(),
        validity=row.validity(),
    )


def _community_office(row: Row, languages: Sequence[str]) -> Office:
    code = row.cell("code").required("code")
    return Office(
        id=f"o-{code}",
        kind=OfficeKind.DONG,
        names=row.names(languages),
        district=row.cell("district").required("district"),
        dong=code,
        validity=row.validity(),
        successors=tuple(f"o-{item}" for item in row.cell("successors").items()),
    )


def _legal_place(row: Row, languages: Sequence[str]) -> LegalPlace:
    return LegalPlace(
        code=row.cell("code").required("code"),
        district=row.cell("district").required("district"),
        names=row.names(languages),
        validity=row.validity(),
    )


def _relation(row: Row) -> Relation:
    return Relation(
        office=row.cell("office").required("office"),
        legal_place=row.cell("legal_place").required("legal_place"),
        validity=row.validity(),
    )


def _delegation(row: Row) -> Delegation:
    office = row.cell("office").text
    return Delegation(
        service=row.cell("service").required("service"),
        district=row.cell("district").required("district"),
        office=f"o-{office}" if office else None,
        validity=row.validity(),
        source=row.cell("source").text,
    )


def _service(row: Row, languages: Sequence[str], periods: Mapping[PetitionKind, Period]) -> Service:
    kind = member(row.cell("kind"), PetitionKind) or PetitionKind.OTHER
    period = row.cell("period").period() or periods.get(kind)
    if period is None:
        row.fault(f"no period, and none set for {kind} in calendar.yaml")
        period = IMMEDIATELY
    spoken = row.cell("languages").items() or tuple(languages)
    return Service(
        code=row.cell("code").required("code"),
        names=row.names(languages),
        kind=kind,
        period=period,
        workload=member(row.cell("workload"), Workload) or Workload.CITY,
        owner=row.cell("owner").text or None,
        keywords={language: row.cell(f"keywords.{language}").items() for language in languages},
        permit=row.cell("permit").flag(),
        legal_basis=row.cell("legal_basis").text,
        languages=spoken,
        validity=row.validity(),
    )
