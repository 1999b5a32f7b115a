"""What runs on this machine: `python -m deploy.local stop|status|clean|backup|restore`.

A city is started by whoever drives it: `python -m simulation`, or a test.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local import backup as copies
from deploy.local import by_hand, claim, ports
from deploy.local.claim import AlreadyRunning
from deploy.local.console import add_data_option, carry_out, show, shown
from deploy.local.ports import Ports
from deploy.local.stack import CLAIM_FILE, LocalStack
from services.common.bus.brokers import Brokers
from services.common.run import settings
from services.common.run.settings import ServiceSettings

# Built on demand in minutes, and no data: `clean` leaves it.
_KEPT = "rust"
_STOP_WITHIN_SECONDS = 60.0


def stop(arguments: argparse.Namespace, console: Console) -> int:
    """Ends the running city of this folder."""
    pid = claim.end_holder(arguments.data / CLAIM_FILE, _STOP_WITHIN_SECONDS)
    console.print("nothing runs" if pid is None else f"stopped (process {pid})")
    return 0


def status(arguments: argparse.Namespace, console: Console) -> int:
    """Shows which part answers where; 1 if nothing runs."""
    pid = claim.holder(arguments.data / CLAIM_FILE)
    stack = LocalStack(data=arguments.data, ports=Ports.from_environment(os.environ))
    table = Table(title="nothing runs" if pid is None else f"running (process {pid})")
    for column in ("part", "address", "state"):
        table.add_column(column)
    for name, address in stack.addresses.items():
        answers = ports.is_open(int(address.rpartition(":")[2]))
        table.add_row(name, address, "[green]up[/]" if answers else "[dim]down[/]")
    console.print(table)
    return 1 if pid is None else 0


def clean(arguments: argparse.Namespace, console: Console) -> int:
    """Removes all local data; refuses (2) while the city runs."""
    if pid := claim.holder(arguments.data / CLAIM_FILE):
        raise AlreadyRunning(pid)
    for path in arguments.data.iterdir() if arguments.data.exists() else ():
        if path.name == _KEPT:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    console.print("removed the data in", shown(arguments.data))
    return 0


def backup(arguments: argparse.Namespace, console: Console) -> int:
    """Copies the databases into a folder, while the city runs or not."""
    services = copies.services_in(arguments.service)
    with _reached(arguments, console) as (mongo, brokers):
        made = copies.make(
            arguments.folder, mongo=mongo, brokers=brokers, services=services, tell=_copied(console)
        )
    seconds = (made.ended - made.began).total_seconds()
    console.print(
        f"all that was acknowledged by {made.began.isoformat()} is in it ({seconds:.1f} s)"
    )
    return 0


def restore(arguments: argparse.Namespace, console: Console) -> int:
    """Puts the databases back and has the services read again what came since.

    1 when a service has forgotten something that it told: each is named, and a person decides.
    """
    services = copies.services_in(arguments.service)
    with _reached(arguments, console) as (mongo, brokers):
        found = copies.restore(
            arguments.folder, mongo=mongo, services=services, tell=_copied(console)
        )
        return _converge(
            found, services, arguments.folder, console, mongo=mongo, kafka=brokers.bootstrap
        )


def _converge(
    found: copies.Backup,
    services: Sequence[str],
    folder: Path,
    console: Console,
    *,
    mongo: str,
    kafka: str,
) -> int:
    """Sets the groups back, and names what is forgotten, before any service starts."""
    statuses = []
    since = found.began.isoformat()
    for service in services:
        for words in (
            ("rewind", "--backup", str(folder.resolve())),
            ("forgotten", "--since", since),
        ):
            console.print(f"{service} {words[0]}", style="bold")
            statuses.append(by_hand.run(service, words, mongo=mongo, kafka=kafka).returncode)
    if 2 in statuses:
        console.print("not finished: start no service before `restore` has ended well", style="red")
        return 2
    console.print("the services may start now (docs/disaster-recovery.md says what comes of it)")
    return 1 if any(statuses) else 0


@contextlib.contextmanager
def _reached(arguments: argparse.Namespace, console: Console) -> Iterator[tuple[str, Brokers]]:
    """Where database and broker answer: those that are named, those of the running city, or those
    of this folder, started meanwhile without any service."""
    if bool(arguments.mongo) != bool(arguments.kafka):
        raise copies.BackupUnusable("a database is named and no broker, or a broker alone")
    if arguments.mongo:
        # How one logs in to a broker of somebody else is in the environment, as for a service.
        read = settings.read(ServiceSettings, kafka_bootstrap=arguments.kafka)
        yield arguments.mongo, read.brokers()
        return
    stack = LocalStack(
        data=arguments.data,
        ports=Ports.from_environment(os.environ),
        services=(),
        tracing=False,
        tell=lambda event: show(console, event),
    )
    if pid := claim.holder(arguments.data / CLAIM_FILE):
        if arguments.command is restore:
            raise AlreadyRunning(pid)
        yield stack.database.url, stack.brokers
        return
    with stack:
        yield stack.database.url, stack.brokers


def _copied(console: Console) -> copies.Tell:
    def tell(one: copies.Copied) -> None:
        place = f"{one.database}.{one.collection}"
        console.print(f"  {place:32} {one.documents:>9,} documents  {one.bytes:>13,} bytes")

    return tell


def _add_copy_options(parser: argparse.ArgumentParser, folder: str) -> None:
    """What `backup` and `restore` are told alike; `folder` says of which folder they are told."""
    parser.add_argument("folder", type=Path, help=folder)
    parser.add_argument(
        "--service", action="append", default=[], metavar="NAME", help="of this service alone"
    )
    for option, variable, what in (
        ("--mongo", "MONGO_URL", "a MongoDB (URL)"),
        ("--kafka", "KAFKA_BOOTSTRAP", "a Kafka (host:port)"),
    ):
        parser.add_argument(
            option,
            default=os.environ.get(variable),
            help=f"{what} instead of this machine's own ({variable})",
        )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    add_data_option(parser)
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, command, text in (
        ("stop", stop, "end the running city"),
        ("status", status, "show which parts are up"),
        ("clean", clean, "remove all local data"),
    ):
        commands.add_parser(name, help=text).set_defaults(command=command)
    made = commands.add_parser("backup", help="copy the databases into a folder")
    _add_copy_options(made, "a new folder")
    made.set_defaults(command=backup)
    put_back = commands.add_parser(
        "restore", help="put the databases back and converge; the services must stand still"
    )
    _add_copy_options(put_back, "the folder of a backup")
    put_back.set_defaults(command=restore)
    return carry_out(parser)


if __name__ == "__main__":
    sys.exit(main())
