"""The command line of every service: `serve`, and what a person does by hand beside it.

What a command does is left to its module; here it gets its name, its arguments and its settings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from kafka.errors import KafkaError

from services.common.aggregates import mongo
from services.common.bus import audit, dead_letters
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
    service alone can do by hand."""
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{service}",
        description=description,
        epilog="settings (environment variables):\n" + settings.describe(settings_type),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the service (default)")
    for command in (*COMMANDS, *more):
        command.add_arguments(commands.add_parser(command.name, help=command.help))
    arguments = parser.parse_args()
    for command in (*COMMANDS, *more):
        if arguments.command == command.name:
            # A command by hand runs without the secrets of the service.
            read = settings.read(ServiceSettings)
            try:
                status = command.run(service, read, arguments)
            except FileFaults as error:
                _tell(str(error))
                status = 2
            sys.exit(status)
    run(service, settings.read(settings_type), build)


def _replay(service: str, read: ServiceSettings, arguments: argparse.Namespace) -> int:
    brokers = read.brokers()
    bus = KafkaBus(brokers, f"dasan-{service}-replay")
    try:
        done = dead_letters.replay(
            service=service,
            brokers=brokers,
            bus=bus,
            choice=dead_letters.Choice.of(arguments),
            tell=_tell,
        )
    finally:
        bus.close()
    _tell(f"{done.returned} returned, {done.kept} kept")
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
        _tell(f"not audited: {error}")
        return 2
    finally:
        if bus is not None:
            bus.close()
    for one in report.missing:
        state = "waits to be sent" if one.waiting else "MISSING"
        _tell(f"{state}: {one.type} {one.event} of {one.collection}/{one.id}, told at {one.time}")
    for dead_run, documents in report.left.items():
        _tell(f"left by the dead run {dead_run}: {documents} documents, to be sent by a living one")
    lost = sum(not one.waiting for one in report.missing)
    _tell(f"{report.events} events compared, {lost} missing, {report.told} sent now")
    return 1 if lost else 0


def _tell(line: str) -> None:
    print(line)  # noqa: T201


COMMANDS = (
    Command(
        name="replay",
        help="return dead letters to their topics",
        add_arguments=dead_letters.add_arguments,
        run=_replay,
    ),
    Command(
        name="audit",
        help="compare what is stored with what is on the topics; 1 when something is missing",
        add_arguments=_add_audit_arguments,
        run=_audit,
    ),
)
