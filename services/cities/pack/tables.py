"""The tables of a pack: each row a fact, kept with the row it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.cities.catalogue.danger import Danger
from services.cities.catalogue.model import (
    Agency,
    Delegation,
    LegalPlace,
    Names,
    Office,
    OfficeKind,
    PetitionKind,
    Procedure,
    Relation,
    Service,
    Split,
    Target,
    Workload,
)
from services.cities.law.period import IMMEDIATELY, Period
from services.cities.law.terms import Certainty
from services.cities.pack.files import Faults, Row, certainty_of, member, table
from services.cities.places.geography import District

MAX_TARGET_HOURS = 24 * 30
"""A service target is a promise for emergencies; a longer one is a mistyped period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPeriod:
    """A period with whether and where it stands written."""

    period: Period
    certainty: Certainty
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedWord:
    """A keyword that several services have, and which of them it leads to first."""

    word: str
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the tables say, each fact with the row it came from."""

    departments: list[tuple[Office, Row]]
    agencies: list[tuple[Agency, Row]]
    districts: list[tuple[District, Row]]
    district_offices: list[tuple[Office, Row]]
    offices: list[tuple[Office, Row]]
    legal_places: list[tuple[LegalPlace, Row]]
    relations: list[tuple[Relation, Row]]
    services: list[tuple[Service, Row]]
    shared_words: list[tuple[SharedWord, Row]]
    delegations: list[tuple[Delegation, Row]]
    dangers: list[tuple[Danger, Row]]


def read_tables(
    folder: Path,
    languages: Sequence[str],
    periods: Mapping[PetitionKind, StatedPeriod],
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
    service = ("code", "kind", "period", "status", "source", "workload", "owner", *names)
    services = rows("catalogue.csv", *service)
    agencies = rows("agencies.csv", "id", "number", "status", "source", *names)
    words = rows("shared_words.csv", "word", "first")
    delegations = rows("delegations.csv", "service", "district", "office")
    districts = rows("districts.csv", "code", *names)
    lines = [f"line.{language}" for language in languages]
    dangers = rows("dangers.csv", "danger", "number", "office", "status", "source", *names, *lines)
    return Tables(
        departments=[(_department(r, languages), r) for r in rows("departments.csv", "id", *names)],
        agencies=[(_agency(r, languages), r) for r in agencies],
        districts=[(_district(r, languages), r) for r in districts],
        district_offices=[(_district_office(r, languages), r) for r in districts],
        offices=[(_community_office(r, languages), r) for r in rows("offices.csv", *areas)],
        legal_places=[(_legal_place(r, languages), r) for r in rows("legal_places.csv", *areas)],
        relations=[(_relation(r), r) for r in rows("relation.csv", "office", "legal_place")],
        services=[(_service(r, languages, periods), r) for r in services],
        shared_words=[(_shared_word(r), r) for r in words],
        delegations=[(_delegation(r), r) for r in delegations],
        dangers=[(_danger(r, languages), r) for r in dangers],
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


def _agency(row: Row, languages: Sequence[str]) -> Agency:
    agency = Agency(
        id=row.cell("id").required("id"),
        names=row.names(languages),
        number=row.cell("number").required("the number that matters are referred to"),
        hours=row.cell("hours").text,
        certainty=certainty_of(row.cell("status"), "the number"),
        source=row.cell("source").required("source"),
        validity=row.validity(),
    )
    if not agency.id.startswith("x-"):
        row.fault(f"an agency's id starts with x-, not {agency.id!r}")
    return agency


def _danger(row: Row, languages: Sequence[str]) -> Danger:
    """A danger; its terms may be in any language, also in one that the city has no labels in."""
    danger = Danger(
        id=row.cell("danger").required("danger"),
        names=row.names(languages),
        line=row.names(languages, "line"),
        number=row.cell("number").required("the number of the line that acts at once"),
        office=row.cell("office").required("the office that gets the matter at once"),
        terms=_in_any_language(row, "terms"),
        harmless=_in_any_language(row, "harmless"),
        certainty=certainty_of(row.cell("status"), "the number"),
        source=row.cell("source").required("source"),
    )
    if not danger.terms:
        row.fault(f"no text can speak of {danger.id!r}: it has no terms")
    return danger


def _in_any_language(row: Row, column: str) -> tuple[str, ...]:
    columns = (name for name in row.values if name.startswith(f"{column}."))
    return tuple(term for name in columns for term in row.cell(name).items())


def _shared_word(row: Row) -> SharedWord:
    return SharedWord(
        word=row.cell("word").required("word"), first=row.cell("first").required("first")
    )


def _office_names(row: Row, languages: Sequence[str], area: Names) -> Names:
    """What citizens call the office, by the columns `office.<language>`; else its area's."""
    return {
        language: row.cell(f"office.{language}").text or area[language] for language in languages
    }


def _district_office(row: Row, languages: Sequence[str]) -> Office:
    code = row.cell("code").text
    area = {language: row.cell(f"name.{language}").text for language in languages}
    return Office(
        id=f"d-{code}",
        kind=OfficeKind.DISTRICT,
        names=_office_names(row, languages, area),
        area=area,
        district=code,
        validity=row.validity(),
    )


def _district(row: Row, languages: Sequence[str]) -> District:
    return District(
        code=row.cell("code").required("code"),
        names=row.names(languages),
        shared_name=row.cell("shared_name").flag(),
        validity=row.validity(),
    )


def _community_office(row: Row, languages: Sequence[str]) -> Office:
    code = row.cell("code").required("code")
    area = row.names(languages)
    return Office(
        id=f"o-{code}",
        kind=OfficeKind.DONG,
        names=_office_names(row, languages, area),
        area=area,
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


def _service(
    row: Row, languages: Sequence[str], periods: Mapping[PetitionKind, StatedPeriod]
) -> Service:
    kind = member(row.cell("kind"), PetitionKind) or PetitionKind.OTHER
    stated = _stated_period(row, kind, periods)
    intake, procedure = row.cell("intake"), row.cell("procedure")
    return Service(
        code=row.cell("code").required("code"),
        names=row.names(languages),
        kind=kind,
        period=stated.period,
        certainty=stated.certainty,
        source=stated.source,
        workload=member(row.cell("workload"), Workload) or Workload.CITY,
        owner=row.cell("owner").text or None,
        keywords={language: row.cell(f"keywords.{language}").items() for language in languages},
        permit=row.cell("permit").flag(),
        delegable=row.cell("delegable").flag(),
        intake=member(intake, Workload) if intake else None,
        anywhere=row.cell("anywhere").flag(),
        sealed=row.cell("sealed").flag(),
        procedure=(member(procedure, Procedure) if procedure else None) or Procedure.PETITION,
        refer_to=row.cell("refer_to").text or None,
        split=_split(row, languages),
        target=_target(row),
        legal_basis=row.cell("legal_basis").text,
        languages=row.cell("languages").items() or tuple(languages),
        validity=row.validity(),
    )


def _stated_period(
    row: Row, kind: PetitionKind, periods: Mapping[PetitionKind, StatedPeriod]
) -> StatedPeriod:
    """The row's own period with its source, else the one of its kind."""
    period = row.cell("period").period()
    if row.cell("period"):
        return StatedPeriod(
            period=period or IMMEDIATELY,
            certainty=certainty_of(row.cell("status"), "the period"),
            source=row.cell("source").required("source"),
        )
    if kind not in periods:
        row.fault(f"no period, and none set for {kind} in calendar.yaml")
        return StatedPeriod(period=IMMEDIATELY, certainty=Certainty.ASSUMED, source="")
    if row.cell("status"):
        row.fault(f"status without a period: that of {kind} in calendar.yaml has its own")
    return periods[kind]


def _split(row: Row, languages: Sequence[str]) -> Split | None:
    office = row.cell("split_to").text
    if not office:
        return None
    return Split(
        office=office,
        when=row.names(languages, "split_when"),
        certainty=certainty_of(row.cell("split_status"), "the split"),
    )


def _target(row: Row) -> Target | None:
    cell = row.cell("target_hours")
    if not cell:
        return None
    hours = cell.whole()
    if not 1 <= hours <= MAX_TARGET_HOURS:
        cell.fault(f"target_hours must be 1 to {MAX_TARGET_HOURS}, not {cell.text}")
    return Target(
        within=timedelta(hours=hours),
        certainty=certainty_of(row.cell("target_status"), "the target"),
        source=row.cell("target_source").required("target_source"),
    )
