"""The command line of every service: `serve`, and what a person does by hand beside it.

What a command does is left to its module; here it gets its name, its arguments and its settings.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn, TypeVar

from kafka.errors import KafkaError

from services.common.aggregates import mongo
from services.common.bus import audit, dead_letters, forgotten, rewind
from services.common.bus.kafka_bus import KafkaBus
from services.common.kernel import DomainError
from services.common.process.clock import utc_now
from services.common.process.watched_file import FileFaults
from services.common.run import settings
from services.common.run.service import Build, run
from services.common.run.settings import ServiceSettings

T = TypeVar("T", bound=ServiceSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something done by hand for one service; `run` gets its name and returns the exit status."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[str, ServiceSettings, argparse.Namespace], int]


def main(
    service: str,
    description: str,
    settings_type: type[T],
    build: Build[T],
    more: Sequence[Command] = (),
) -> NoReturn:
    """Does what the command line says and exits; without a command it serves. `more` are what this
    service alone can do by hand; one that has the name of a common command replaces it."""
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{service}",
        description=description,
        epilog="settings (environment variables):\n" + settings.describe(settings_type),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the service (default)")
    by_name = {command.name: command for command in (*COMMANDS, *more)}
    for command in by_name.values():
        command.add_arguments(commands.add_parser(command.name, help=command.help))
    arguments = parser.parse_args()
    if arguments.command in by_name:
        # A command by hand runs without the secrets of the service.
        read = settings.read(ServiceSettings)
        try:
            status = by_name[arguments.command].run(service, read, arguments)
        except (FileFaults, mongo.WeakUrl) as error:
            say(str(error))
            status = 2
        sys.exit(status)
    run(service, settings.read(settings_type), build)


def say(line: str) -> None:
    """Prints a line for the person who gave the command."""
    print(line)  # noqa: T201


def time_of(text: str) -> datetime:
    """A time of the command line (ISO 8601; UTC without an offset). Raises ValueError."""
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def add_replay_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the `replay` command."""
    parser.add_argument(
        "--reason",
        action="append",
        choices=dead_letters.REASONS,
        help="only of this reason (repeatable)",
    )
    parser.add_argument(
        "--id", action="append", metavar="EVENT", help="only this event (repeatable)"
    )
    parser.add_argument(
        "--since", type=time_of, metavar="TIME", help="only what was buried since (ISO 8601)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be returned")


def letters_chosen(arguments: argparse.Namespace) -> dead_letters.Choice:
    """The letters that the options of `replay` name."""
    return dead_letters.Choice(
        reasons=frozenset(arguments.reason or dead_letters.REASONS),
        ids=frozenset(arguments.id or ()),
        since=arguments.since,
        dry_run=arguments.dry_run,
    )


def _replay(service: str, read: ServiceSettings, arguments: argparse.Namespace) -> int:
    brokers = read.brokers()
    bus = KafkaBus(brokers, f"dasan-{service}-replay")
    try:
        done = dead_letters.replay(
            service=service,
            brokers=brokers,
            bus=bus,
            choice=letters_chosen(arguments),
            tell=say,
        )
    finally:
        bus.close()
    say(f"{done.returned} returned, {done.kept} kept")
    return 0


def _add_audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tell",
        action="store_true",
        help="send what is missing; who has had it already knows it by its id",
    )


def _audit(service: str, read: ServiceSettings, arguments: argparse.Namespace) -> int:
    """1 when an event that counts as sent is not on its topic, 2 when that could not be found out.

    Looks into every collection of the service's database: whatever has an outbox is a store.
    """
    brokers = read.brokers()
    mongo.connect(read.mongo_url.get_secret_value(), f"dasan_{service}", service)
    bus = KafkaBus(brokers, f"dasan-{service}-audit") if arguments.tell else None
    try:
        report = audit.audit(
            alias=service,
            collections=mongo.collection_names(service),
            brokers=brokers,
            now=utc_now(),
            tell=bus,
        )
    except (DomainError, KafkaError, audit.NotRead) as error:
        say(f"not audited: {error}")
        return 2
    finally:
        if bus is not None:
            bus.close()
    for one in report.missing:
        state = "waits to be sent" if one.waiting else "MISSING"
        say(f"{state}: {one.type} {one.event} of {one.collection}/{one.id}, told at {one.time}")
    for dead_run, documents in report.left.items():
        say(f"left by the dead run {dead_run}: {documents} documents, to be sent by a living one")
    lost = sum(not one.waiting for one in report.missing)
    say(f"{report.events} events compared, {lost} missing, {report.told} sent now")
    return 1 if lost else 0


def _add_forgotten_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "After a restore, before the service starts again: names what it had told and its database "
        "no longer knows. What other services' events bring back comes back by itself; the rest a "
        "person has to ask for again (docs/disaster-recovery.md)."
    )
    parser.add_argument(
        "--since",
        type=time_of,
        required=True,
        metavar="TIME",
        help="told since then: the time to which the database was restored (ISO 8601)",
    )
    parser.add_argument("--json", action="store_true", help="a JSON object for each line")


def _forgotten(service: str, read: ServiceSettings, arguments: argparse.Namespace) -> int:
    """1 when the service has forgotten something that it told, 2 when that could not be found
    out."""
    mongo.connect(read.mongo_url.get_secret_value(), f"dasan_{service}", service)
    try:
        found = forgotten.forgotten(
            service=service,
            alias=service,
            collections=mongo.collection_names(service),
            brokers=read.brokers(),
            since=arguments.since,
        )
    except (DomainError, KafkaError, audit.NotRead) as error:
        # Not among the lines of --json, which a program reads.
        print(f"not compared: {error}", file=sys.stderr)  # noqa: T201
        return 2
    for one in found:
        if arguments.json:
            say(json.dumps(asdict(one) | {"time": one.time.isoformat()}))
        else:
            there = f"is at {one.known}" if one.known else "is not there"
            say(
                f"FORGOTTEN: {one.type} of {one.aggregate} (inquiry {one.key}), told at {one.time} "
                f"in version {one.version}; it {there}"
            )
    if not arguments.json:
        say(f"{len(found)} facts of {len({one.aggregate for one in found})} documents forgotten")
    return 1 if found else 0


def add_rewind_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the `rewind` command."""
    parser.description = (
        "After the database was restored to an older point, before the service starts again: sets "
        "its group back, so that it reads what came since once more."
    )
    point = parser.add_mutually_exclusive_group(required=True)
    point.add_argument(
        "--to",
        type=time_of,
        metavar="TIME",
        help="to records of that time (ISO 8601); take off how far the service was behind then",
    )
    point.add_argument(
        "--backup", type=Path, metavar="FOLDER", help="to where it was when this backup began"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be read again")


def rewound(service: str, read: ServiceSettings, arguments: argparse.Namespace) -> int:
    """1 when records that were to be read again are gone, 2 when the group was not set back."""
    group = f"dasan-{service}"
    try:
        to = arguments.to or rewind.offsets_in(arguments.backup, group)
        moved = rewind.rewind(brokers=read.brokers(), group=group, to=to, dry_run=arguments.dry_run)
    except (rewind.NotRewound, KafkaError) as error:
        say(f"not set back: {error}")
        return 2
    for one in moved:
        gone = f"; {one.gone} of them are GONE, their topic forgot them" if one.gone else ""
        say(
            f"{one.topic}[{one.partition}] from {one.before} back to {one.after}: "
            f"{one.before - one.after} records again{gone}"
        )
    lost = sum(one.gone for one in moved)
    again = sum(one.before - one.after for one in moved)
    say(f"{again} records again, {lost} gone")
    return 1 if lost else 0


COMMANDS = (
    Command(
        name="replay",
        help="return dead letters to their topics",
        add_arguments=add_replay_arguments,
        run=_replay,
    ),
    Command(
        name="audit",
        help="compare what is stored with what is on the topics; 1 when something is missing",
        add_arguments=_add_audit_arguments,
        run=_audit,
    ),
    Command(
        name="forgotten",
        help="after a restore: what is on the topics and no longer stored; 1 when something is",
        add_arguments=_add_forgotten_arguments,
        run=_forgotten,
    ),
    Command(
        name="rewind",
        help="after a restore: read again what came since the point that was restored",
        add_arguments=add_rewind_arguments,
        run=rewound,
    ),
)
