"""What runs on this machine: `python -m deploy.local stop|status|clean`.

A city is started by whoever drives it: `python -m simulation`, or a test.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from rich.console import Console
from rich.table import Table

from deploy.local import claim, ports
from deploy.local.claim import AlreadyRunning
from deploy.local.console import add_data_option, carry_out, shown
from deploy.local.ports import Ports
from deploy.local.stack import CLAIM_FILE, LocalStack

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
    return carry_out(parser)


if __name__ == "__main__":
    sys.exit(main())
