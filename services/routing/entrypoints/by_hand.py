"""What a person does by hand for routing: have a decision explained that nobody has taken yet,
see what other rules would change, and take what officials taught."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from services import cities
from services.cities import Channel, City, Matter, Place, RuleSet, ruleset_of
from services.common.aggregates import mongo
from services.common.kernel import DomainError
from services.common.process.clock import utc_now
from services.common.run.command_line import Command, say, time_of
from services.common.run.settings import ServiceSettings
from services.routing.adapters.examples import MongoExamples, example_store
from services.routing.adapters.repository import ALIAS, DATABASE, assignment_store
from services.routing.adapters.rulesets import MongoDecisions
from services.routing.domain.policy import Statement, route
from services.routing.domain.ruleset.replay import DryRun, Ruling, replay
from services.routing.entrypoints.examples import as_rows
from services.routing.entrypoints.explanation import LANGUAGES, explained
from services.routing.entrypoints.rulesets import MOST_DECISIONS

# The receipt of an inquiry that was never received.
_NO_RECEIPT = "000000-00000-0"


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Takes a decision for words and a place as routing would, and says why. Asks and stores"
        " nothing; no service need run. Offices and delegations are those of the pack: what is"
        " recorded of them is on the bus."
    )
    parser.add_argument("--text", default="", help="what the citizen writes")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--at", metavar="LAT,LON", help="the place as a point: 37.57,126.98")
    place.add_argument("--address", help="the place in words")
    place.add_argument("--code", help="the place as a code of a dong or district")
    parser.add_argument("--service", default="", help="the service, where the citizen names it")
    parser.add_argument(
        "--channel", choices=[str(one) for one in Channel], default="web", help="how it came in"
    )
    parser.add_argument("--received", metavar="TIME", help="the receipt (ISO 8601; now if none)")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="other rules than the pack's")
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        default=LANGUAGES[0],
        help="of the explanation, not the text",
    )


def _explain(_: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """2 for an unusable city, rule set or argument."""
    try:
        city = cities.load(settings.city, embedding=settings.embedding)
        rules = _rules(city, arguments.rules)
        statement, matter = _inquiry(city, arguments)
        today = matter.received_at.astimezone(city.timezone).date()
        found, decision = route(city, rules, statement, matter, today=today)
    except (cities.PackFaults, DomainError, OSError, ValueError) as error:
        say(str(error))
        return 2
    for section in explained(city, found, decision, rules, arguments.language):
        say(section.heading)
        for line in section.lines:
            say(f"  {line}")
    return 0


def _rules(city: City, file: Path | None) -> RuleSet:
    if file is None:
        return city.rules
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not in UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise ValueError(f"{file} can't be read: {error.strerror}") from None
    return ruleset_of(text, city)


def _inquiry(city: City, arguments: argparse.Namespace) -> tuple[Statement, Matter]:
    """What the citizen would have said, and the matter. Raises ValueError for a point, a time or a
    service that is none."""
    if arguments.service and arguments.service not in city.catalogue:
        raise ValueError(
            f"--service: the city has no service {arguments.service!r};"
            " the codes stand in the pack's catalogue and in GET /v1/services"
        )
    received = utc_now() if arguments.received is None else _time(arguments.received)
    matter = Matter(
        receipt_number=_NO_RECEIPT,
        channel=Channel(arguments.channel),
        language=city.languages[0],
        service_code=arguments.service,
        received_at=received,
        has_contact=False,
    )
    return Statement(text=arguments.text, place=_place(arguments)), matter


def _time(text: str) -> datetime:
    try:
        return time_of(text)
    except ValueError:
        raise ValueError(
            f"--received: {text!r} is no time such as 2026-11-26T09:30+09:00"
        ) from None


def _place(arguments: argparse.Namespace) -> Place | None:
    if arguments.at is not None:
        lat, _, lon = arguments.at.partition(",")
        try:
            point = float(lat), float(lon)
        except ValueError:
            raise ValueError(
                "--at takes a latitude and a longitude in degrees: 37.57,126.98"
            ) from None
        if (fault := cities.coordinate_fault(*point)) is not None:
            raise ValueError(f"--at: {cities.COORDINATE_HINTS[fault.reason]}")
        return Place(lat=point[0], lon=point[1])
    if arguments.code or arguments.address:
        return Place(code=arguments.code, address=arguments.address)
    return None


def _add_dry_run(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Takes the last decisions again by the rules of a file, and says what would change."
        " Nothing is changed. Offices are those of the pack; POST /v1/rulesets/dry-run has them as"
        " they are recorded."
    )
    parser.add_argument("file", type=Path, help="the rules, as in a city's competence.yaml")
    parser.add_argument(
        "--last",
        type=int,
        default=1000,
        metavar="N",
        help=f"how many decisions, the latest first (1 to {MOST_DECISIONS}; default 1000)",
    )


def _dry_run(_: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """2 when the database is away, or for an unusable city or rule set. Sealed matters are left
    out."""
    if not 1 <= arguments.last <= MOST_DECISIONS:
        say(f"--last must be 1 to {MOST_DECISIONS}")
        return 2
    try:
        city = cities.load(settings.city)
        ruleset = _rules(city, arguments.file)
        mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
        begun = time.monotonic()
        decisions = asyncio.run(
            MongoDecisions(assignment_store()).last(arguments.last, city.sealed)
        )
        say(f"{len(decisions)} decisions read, {time.monotonic() - begun:.1f} s")
        for line in _told(city, replay(city, ruleset, decisions)):
            say(line)
    except (cities.PackFaults, DomainError, OSError, ValueError) as error:
        say(str(error))
        return 2
    return 0


def _add_examples(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Writes the sentences that officials taught at the desk as lines of a pack's labelled"
        " sentences, each after the code of its service. A person reads them before they go there."
    )


def _examples(_: str, settings: ServiceSettings, __: argparse.Namespace) -> int:
    """2 when the database is away."""
    try:
        mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
        taught = asyncio.run(MongoExamples(example_store()).all())
    except DomainError as error:
        say(str(error))
        return 2
    for line in as_rows(taught).splitlines():
        say(line)
    return 0


def _told(city: City, run: DryRun) -> Iterator[str]:
    """What a dry run found, a line at a time."""
    language = city.languages[0]

    def name(id_: str) -> str:
        return city.office_name(id_, language) if id_ else "(to be asked)"

    def ruling(one: Ruling) -> str:
        return f"{name(one.office_id)} by {one.rule}"

    yield f"rules {run.version}: of {run.decisions} decisions {run.moved} would lie elsewhere"
    yield f"  {run.renamed} would lie at the same office by another rule"
    change = Counter(run.after)
    change.subtract(run.before)
    for id_, difference in sorted(change.items(), key=lambda one: (-abs(one[1]), one[0])):
        yield f"  {difference:+6} {name(id_)} (loses {run.before[id_]}, gets {run.after[id_]})"
    for one in run.samples:
        service = city.service_label(one.past.service_code) or "-"
        before, after = ruling(one.past.ruling), ruling(one.ruling)
        yield f"  {one.past.inquiry_id} {service}: {before} -> {after}"


COMMANDS = (
    Command(
        name="explain",
        help="say to which office words and a place would lead, and why",
        add_arguments=_add_explain,
        run=_explain,
    ),
    Command(
        name="dry-run",
        help="say what other rules of competence would have decided",
        add_arguments=_add_dry_run,
        run=_dry_run,
    ),
    Command(
        name="examples",
        help="write what officials taught at the desk, for the next training",
        add_arguments=_add_examples,
        run=_examples,
    ),
)
