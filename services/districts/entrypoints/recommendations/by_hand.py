"""`python -m services.districts recommend`: the reports, out of the database or out of a file."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from services import cities
from services.cities import City
from services.common.aggregates import mongo
from services.common.kernel import DomainError
from services.common.pages.assets import Assets
from services.common.process.clock import utc_now
from services.common.run.command_line import Command, say
from services.common.run.settings import ServiceSettings
from services.districts.adapters.delegations import MongoDelegations, delegation_store
from services.districts.adapters.permits_of_year import (
    MongoPermitReads,
    looked_at_later,
    permits_in_file,
)
from services.districts.adapters.repository import ALIAS, DATABASE, case_store
from services.districts.application.recommending import (
    Recommending,
    Span,
    districts_of,
    reports_of,
    unknown_district,
)
from services.districts.domain.recommendation.decide import Report
from services.districts.entrypoints.directory import directory_of
from services.districts.entrypoints.recommendations.body import ReportBody
from services.districts.entrypoints.recommendations.page import ReportPages
from services.districts.entrypoints.recommendations.text import as_text
from services.districts.entrypoints.recommendations.wording import REPORT_LANGUAGES


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Says for each kind of permit and community office of a district whether to delegate it,"
        " leave it as it is, or take it back, with the numbers (docs/delegation-recommendation.md)."
        " Changes nothing."
    )
    parser.add_argument(
        "--district", action="append", metavar="CODE", help="only this one (repeatable)"
    )
    parser.add_argument(
        "--since", type=date.fromisoformat, metavar="DAY", help="first day of receipt (YYYY-MM-DD)"
    )
    parser.add_argument(
        "--until",
        type=date.fromisoformat,
        metavar="DAY",
        help="last day of receipt; without both the last year, or all of the file",
    )
    parser.add_argument(
        "--from",
        dest="file",
        type=Path,
        metavar="FILE.jsonl",
        help="permits in a file instead of the database; offices and delegations are the pack's",
    )
    parser.add_argument(
        "--on",
        type=date.fromisoformat,
        metavar="DAY",
        help="with --from: the day whose delegations count (default: the last day of the span)",
    )
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")
    parser.add_argument("--language", choices=REPORT_LANGUAGES, help="default: the city's")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="for html: a page for each district; a browser prints it on A4",
    )


def _recommend(_: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """2 when the database is away, or the city, the file or the span cannot be used."""
    try:
        city = cities.load(settings.city)
        if arguments.file is None:
            mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
            city, reports = asyncio.run(_of_cases(city, arguments))
        else:
            reports = _of_file(city, arguments)
        _tell(city, reports, arguments)
    except cities.PackFaults as error:
        say(str(error))
        return 2
    except (DomainError, OSError) as error:
        say(f"no report: {error}")
        return 2
    return 0


async def _of_cases(city: City, arguments: argparse.Namespace) -> tuple[City, Sequence[Report]]:
    """The reports, and the city with its offices as they are recorded today."""
    recommending = Recommending(
        directory=await directory_of(city),
        zone=city.timezone,
        reads=MongoPermitReads(case_store(), city.timezone, looked_at_later(city)),
        delegations=MongoDelegations(delegation_store()),
        clock=utc_now,
    )
    present = recommending.present()
    today = utc_now().astimezone(city.timezone).date()
    return present, [
        await recommending.report(district, since=arguments.since, until=arguments.until)
        for district in arguments.district or districts_of(present, today)
    ]


def _of_file(city: City, arguments: argparse.Namespace) -> Sequence[Report]:
    span = _span_of_file(arguments)
    on = arguments.on or span.until
    known = districts_of(city, on)
    wanted = tuple(dict.fromkeys(arguments.district or known))
    if not set(wanted) <= set(known):
        raise unknown_district()
    return reports_of(city, wanted, span, permits_in_file(arguments.file), on=on)


def _span_of_file(arguments: argparse.Namespace) -> Span:
    """What the options say, else from the first day of receipt in the file to the last."""
    since, until = arguments.since, arguments.until
    if since is None or until is None:
        first, last = date.max, date.min
        for permit in permits_in_file(arguments.file):
            first, last = min(first, permit.received_on), max(last, permit.received_on)
        since, until = since or first, until or last
    return Span(since=since, until=until)


def _tell(city: City, reports: Sequence[Report], arguments: argparse.Namespace) -> None:
    if arguments.format == "json":
        bodies = [ReportBody.of(report).model_dump(mode="json") for report in reports]
        say(json.dumps({"reports": bodies}, ensure_ascii=False))
        return
    pages = ReportPages(city, Assets())
    language = arguments.language or pages.language()
    if arguments.format == "text":
        texts = pages.texts(language)
        say("\n\n".join(as_text(city, report, texts, language) for report in reports))
        return
    folder: Path = arguments.out or Path()
    folder.mkdir(parents=True, exist_ok=True)
    for report in reports:
        page = folder / f"recommendation-{report.district}.html"
        page.write_bytes(bytes(pages.page(city, report, language).body))
        say(str(page))


RECOMMEND = Command(
    name="recommend",
    help="say which permits a district should delegate, keep or take back",
    add_arguments=_add_arguments,
    run=_recommend,
)
