"""Checks, describes and helps to make city packs.

    python -m services.cities check [PACK ...]
    python -m services.cities describe PACK [DATE]
    python -m services.cities rules PACK [FILE]
    python -m services.cities permits PACK
    python -m services.cities areas GEOJSON PROPERTY

`check` loads each pack (all built-in ones when none is named) and prints every fault as
file:line: message; it exits 1 when there was one. `describe` prints what is in a pack on a day
(the last one of its calendar when none is given). `rules` tries the rules of competence of a pack,
or those of a file as if they were the pack's, on every service, class of place and channel, and
prints what is wrong with them and which rules come before others; it exits 1 when something is
wrong. `permits` prints what the applications for a pack's permits take, as the table of
docs/permits.md. `areas` prints the lines of an areas file from
the polygons of a GeoJSON file, owned by the value of a property.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import shapely
from shapely.geometry import shape

from services.cities import Certainty, City, OfficeKind, PackFaults, built_in, load
from services.cities.competence.checks import check_rules
from services.cities.pack import rules_file
from services.cities.pack.files import Faults, document
from services.cities.pack.reachability import Obstacle, reach
from services.cities.places.areas import write_polygon


def check(packs: Sequence[str], say: Callable[[str], None]) -> int:
    """Loads packs and says their faults; the exit status."""
    status = 0
    for pack in packs or built_in():
        try:
            city = load(pack)
        except PackFaults as faulty:
            status = 1
            say(f"{pack}: {len(faulty.faults)} fault(s)")
            for fault in faulty.faults:
                say(f"  {Path(pack).name}/{fault}")
        else:
            say(f"{pack}: no fault ({len(city.offices)} offices, {len(city.catalogue)} services)")
    return status


def rules(pack: str, file: str | None, say: Callable[[str], None]) -> int:
    """Tries the rules of competence of a pack and says what it found; the exit status."""
    if check([pack], lambda _: None):
        return check([pack], say)
    city = load(pack)
    ruleset = city.rules
    if file is not None:
        faults = Faults()
        path = Path(file)
        ruleset = rules_file.parse(document(path.parent, path.name, faults), city.languages)
        for fault in sorted(set(faults.found)):
            say(str(fault))
        if faults.found:
            return 1
    found = check_rules(ruleset, city, every=True)
    for finding in found:
        say(f"{'warning' if finding.warns else 'fault'} {finding.fault}: {finding.message}")
    wrong = sum(not finding.warns for finding in found)
    say(f"{city.id}, rules {ruleset.version}: {len(ruleset.rules)} rules, {wrong} fault(s)")
    return 1 if wrong else 0


def describe(city: City, on: date) -> Iterable[str]:
    """What a pack says on a day, a line at a time."""
    language = city.languages[0]
    yield f"{city.names[language]} ({city.id}), {city.timezone}, {', '.join(city.languages)}"
    yield f"on {on}"
    for kind in OfficeKind:
        yield f"  offices, {kind}: {len(city.of_kind(kind, on))}"
    services = city.services_on(on)
    yield f"  services: {len(services)}, of them permits: {sum(s.permit for s in services)}"
    for title, counts in (
        ("kind", Counter(str(service.kind) for service in services)),
        ("workload", Counter(str(service.workload) for service in services)),
        ("period", Counter(str(service.period) for service in services)),
        ("status", Counter(str(service.certainty) for service in services)),
    ):
        told = ", ".join(f"{name} {count}" for name, count in counts.most_common())
        yield f"    by {title}: {told}"
    delegated = Counter(d.service for d in city.delegations if d.validity.holds(on))
    for service, count in delegated.most_common():
        yield f"  delegated: {service} in {count} delegation(s)"
    first, last = city.clock.calendar.years
    days_off = [day for day in city.clock.calendar.days_off if day.year == on.year]
    yield f"  calendar: {first} to {last}, {len(days_off)} days off in {on.year}"
    for name, limit in city.limits.items():
        yield f"  limit {name}: {limit.period} ({limit.certainty}: {limit.source})"
    for name, practice in city.practices.items():
        yield f"  practice {name}: {practice.value} ({practice.certainty}: {practice.source})"
    for agency in city.agencies.values():
        yield f"  referred to: {agency.names[language]} {agency.number} ({agency.certainty})"
    for line in city.lines:
        yield f"  line {line.number}: {line.names[language]} {line.hours}".rstrip()
    yield from _described_reach(city, on)


def _described_reach(city: City, on: date) -> Iterable[str]:
    findings = reach(city, on)
    if not findings:
        return
    reached = sum(finding.point is not None for finding in findings)
    yield f"  community offices reached by a point: {reached} of {len(findings)}"
    for finding in findings:
        if finding.obstacle is not None:
            among = f", with {', '.join(finding.among)}" if finding.among else ""
            reason = _OBSTACLES[finding.obstacle]
            yield f"    o-{finding.office}: {reason}{among}"


_OBSTACLES = {
    Obstacle.NO_AREA: "has no polygon and no legal place of its own",
    Obstacle.SHARED_AREA: "cannot be told apart by a point",
    Obstacle.NOT_RELATED: "its polygon lies in places the official relation denies it",
}


def permits(city: City) -> Iterable[str]:
    """What the applications for a city's permits take, as the lines of a table. A figure without a
    source bears an asterisk."""
    language = city.languages[0]
    yield (
        "| code | name | act | decided by | may be delegated | period | fee (won) |"
        " asks | inspection | holds | fields | brings |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for kind in city.permit_kinds.values():
        service = city.service(kind.service)
        fee = "set by the office" if kind.fee.amount is None else f"{kind.fee.amount:,}"
        inspection, holding = "", ""
        if kind.inspection is not None:
            when = "before" if kind.inspection.before_decision else "after"
            inspection = f"{kind.inspection.days} d {when}{_mark(kind.inspection.certainty)}"
        if kind.holding is not None:
            holding = f"{kind.holding.months} months{_mark(kind.holding.certainty)}"
        cells = (
            f"`{service.code}`",
            service.names[language],
            kind.act,
            service.workload,
            "yes" if service.delegable else "",
            f"{service.period}{_mark(service.certainty)}",
            f"{fee}{_mark(kind.fee.certainty)}",
            "; ".join(names[language] for names in kind.departments),
            inspection,
            holding,
            ", ".join(f"`{field.code}`" for field in kind.form),
            "; ".join(paper.names[language] for paper in kind.documents),
        )
        yield f"| {' | '.join(cells)} |"


def _mark(certainty: Certainty) -> str:
    return "" if certainty is Certainty.SOURCED else "*"


def areas(geojson: Path, name: str) -> Iterable[str]:
    """The lines of an areas file."""
    for feature in json.loads(geojson.read_text(encoding="utf-8"))["features"]:
        for part in shapely.get_parts(shape(feature["geometry"])):
            yield f"{feature['properties'][name]}\t{write_polygon(part)}"


def main(arguments: Sequence[str]) -> int:
    """Runs one command; the exit status."""
    match arguments:
        case ["check", *packs]:
            return check(packs, print)
        case ["describe", pack]:
            return _describe(pack, None)
        case ["describe", pack, day]:
            return _describe(pack, day)
        case ["rules", pack]:
            return rules(pack, None, print)
        case ["rules", pack, file]:
            return rules(pack, file, print)
        case ["permits", pack]:
            return _permits(pack)
        case ["areas", geojson, name]:
            return _areas(Path(geojson), name)
    print(__doc__)
    return 2


def _areas(geojson: Path, name: str) -> int:
    try:
        lines = list(areas(geojson, name))
    except (OSError, KeyError, ValueError) as error:
        print(f"{geojson} is no GeoJSON whose features have {name!r}: {error!r}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


def _permits(pack: str) -> int:
    if check([pack], lambda _: None):
        return check([pack], print)
    print("\n".join(permits(load(pack))))
    return 0


def _describe(pack: str, day: str | None) -> int:
    if check([pack], lambda _: None):
        return check([pack], print)
    city = load(pack)
    try:
        on = date(city.clock.calendar.years[1], 12, 31) if day is None else date.fromisoformat(day)
    except ValueError:
        print(f"{day!r} is not a date such as 2026-03-01")
        return 2
    print("\n".join(describe(city, on)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
