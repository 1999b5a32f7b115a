"""What a person does by hand for districts: see which dates a new holiday moves, and move them; and
the recommendation report, see `recommendations.by_hand`; ask who was competent for a permit; have
the offices and the delegations told once more."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from services import cities
from services.common.aggregates import mongo
from services.common.aggregates.marking import marking
from services.common.aggregates.update import Store
from services.common.kernel import DomainError
from services.common.process.clock import new_id, utc_now
from services.common.run.command_line import Command, say
from services.common.run.settings import ServiceSettings
from services.districts.adapters.delegations import MongoDelegations, delegation_store
from services.districts.adapters.offices import MongoOfficeReads, office_store
from services.districts.adapters.repository import ALIAS, DATABASE, MongoCaseReads, case_store
from services.districts.adapters.wire import wire
from services.districts.application.delegations import Answer, Delegations
from services.districts.application.recount import Report, recount_by_hand
from services.districts.application.telling import mark_for_telling
from services.districts.domain.delegation.events import day_text
from services.districts.entrypoints.days import day_of
from services.districts.entrypoints.directory import directory_of
from services.districts.entrypoints.recommendations.by_hand import RECOMMEND


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Counts the dates of all unfinished cases by the city's calendar as it is in the pack now,"
        " and says which would move. A date only ever moves to a later one, and never that of a"
        " case which is overdue already. The service does the same by itself once after each start."
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--dry-run", action="store_true", help="say which dates move, and change nothing (default)"
    )
    choice.add_argument(
        "--apply",
        action="store_true",
        help="have the running replicas move them now; they must know the new calendar",
    )


def _recount(_: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """2 when the database is away or the city cannot be used."""
    try:
        city = cities.load(settings.city)
    except cities.PackFaults as error:
        say(str(error))
        return 2
    mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
    store = case_store()
    aggregates = marking("districts", store, wire=wire(city.sealed), clock=utc_now, new_id=new_id)
    work = recount_by_hand(
        city,
        MongoCaseReads(store),
        MongoOfficeReads(office_store()),
        aggregates if arguments.apply else None,
        clock=utc_now,
        new_id=new_id,
    )
    try:
        report = asyncio.run(work)
    except DomainError as error:
        say(f"not finished: {error}; the same command goes on from here")
        return 2
    _say_report(report, city, applied=arguments.apply)
    return 0


def _say_report(report: Report, city: cities.City, *, applied: bool) -> None:
    def local(moment: datetime) -> str:
        return f"{moment.astimezone(city.timezone):%Y-%m-%d %H:%M}"

    for (before, after), count in sorted(report.days.items()):
        say(f"{before} -> {after}: {count}")
    for move in report.samples:
        say(f"for example {move.inquiry_id}: {local(move.due_before)} -> {local(move.due_at)}")
    if applied:
        say(f"{report.marked} of {report.cases} will be moved by the running replicas")
    else:
        say(f"{report.cases} would move; nothing was changed (--apply has them moved)")


def _add_competent(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Says which office was, is or will be competent for a permit at a place on a day, and why,"
        " with every step that was entered for it."
    )
    parser.add_argument("service", help="code of a permit's kind, such as bulky-waste")
    parser.add_argument("dong", help="code of an administrative dong, or of a district")
    parser.add_argument("date", help="day of receipt, such as 2026-12-01")


def _competent(_: str, settings: ServiceSettings, arguments: argparse.Namespace) -> int:
    """2 when the database is away, or for an unusable city or argument."""
    try:
        city = cities.load(settings.city)
    except cities.PackFaults as error:
        say(str(error))
        return 2
    mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
    store = delegation_store()
    aggregates = marking("districts", store, wire=wire(city.sealed), clock=utc_now, new_id=new_id)

    async def asked(day: date) -> tuple[cities.City, Answer]:
        """The city with its offices as they are recorded today, and the answer."""
        directory = await directory_of(city)
        delegations = Delegations(
            city=city,
            aggregates=aggregates,
            reads=MongoDelegations(store),
            directory=directory,
            clock=utc_now,
            new_id=new_id,
        )
        answer = await delegations.competent(arguments.service, arguments.dong, day)
        return directory.city_on(utc_now().astimezone(city.timezone).date()), answer

    try:
        present, answer = asyncio.run(asked(day_of(arguments.date, "date")))
    except DomainError as error:
        say(str(error))
        return 2
    for line in _account(answer, present):
        say(line)
    return 0


def _account(answer: Answer, city: cities.City) -> Iterator[str]:
    """The answer in lines, with the city's names of its offices."""

    def office(id_: str) -> str:
        return f"{city.office_name(id_, city.languages[0])} ({id_})"

    def days(since: date | None, until: date | None) -> str:
        return f"{day_text(since) or '...'} - {day_text(until) or '...'}"

    found, pending = answer.competent, answer.pending
    yield f"{answer.on}: {office(found.office_id)}: {found.reason}"
    if found.legal_basis:
        yield f"  by grant {found.grant_id}: {found.legal_basis}"
    if (pending.office_id, pending.reason) != (found.office_id, found.reason):
        yield f"  undecided today: {office(pending.office_id)}: {pending.reason}"
    for period in answer.periods:
        yield f"  decides {days(period.days.start, period.days.end)}: {office(period.office_id)}"
    for step in answer.history:
        at = step.entered.at.astimezone(city.timezone)
        by = f"{step.entered.office_id or 'pack'} {step.entered.officer_code}".strip()
        yield (
            f"  {at:%Y-%m-%d %H:%M} {by}: {step.step} {office(step.office_id)},"
            f" {days(step.since, step.until)}: {step.detail}"
        )


def _describe_telling(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Has the running replicas tell every record once more, as a later one. After the database"
        " was set back, or where a record on the bus cannot be read, those who follow then take"
        " what is recorded here. It does no harm at any other time."
    )


def _tell_offices(_: str, settings: ServiceSettings, __: argparse.Namespace) -> int:
    """2 when the database is away or the city cannot be used."""

    store = office_store()
    return _tell("offices", settings, store, MongoOfficeReads(store).versions)


def _tell_delegations(_: str, settings: ServiceSettings, __: argparse.Namespace) -> int:
    """2 when the database is away or the city cannot be used."""
    store = delegation_store()

    async def ids() -> Iterable[str]:
        return [stored.id for stored in await MongoDelegations(store).all("", "")]

    return _tell("delegations", settings, store, ids)


def _tell(
    what: str,
    settings: ServiceSettings,
    store: Store[Any],
    ids: Callable[[], Awaitable[Iterable[str]]],
) -> int:
    try:
        city = cities.load(settings.city)
    except cities.PackFaults as error:
        say(str(error))
        return 2
    mongo.connect(settings.mongo_url.get_secret_value(), DATABASE, ALIAS)
    aggregates = marking("districts", store, wire=wire(city.sealed), clock=utc_now, new_id=new_id)

    async def marked() -> int:
        return await mark_for_telling(await ids(), aggregates, clock=utc_now, new_id=new_id)

    try:
        count = asyncio.run(marked())
    except DomainError as error:
        say(f"not finished: {error}; give the command again")
        return 2
    say(f"{count} {what} will be told again by the running replicas")
    return 0


COMMANDS = (
    Command(
        name="tell-offices",
        help="have every recorded office told once more, after the database was set back",
        add_arguments=_describe_telling,
        run=_tell_offices,
    ),
    Command(
        name="tell-delegations",
        help="have every recorded delegation told once more, after the database was set back",
        add_arguments=_describe_telling,
        run=_tell_delegations,
    ),
    Command(
        name="recount",
        help="say which dates a newly declared holiday moves, and move them",
        add_arguments=_add_arguments,
        run=_recount,
    ),
    RECOMMEND,
    Command(
        name="competent",
        help="say who was competent for a permit in a dong on a day, and why",
        add_arguments=_add_competent,
        run=_competent,
    ),
)
