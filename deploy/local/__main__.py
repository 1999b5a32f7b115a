"""The city on this machine: `python -m deploy.local run|stop|status|clean`."""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local import claim, ports
from deploy.local.broker import DownloadFailed
from deploy.local.claim import AlreadyRunning
from deploy.local.database import Build, BuildMissing
from deploy.local.ports import Ports, PortUnavailable
from deploy.local.processes import StartFailed
from deploy.local.stack import CLAIM_FILE, ROOT, Event, LocalStack, Notice, PartDied, PartReady

DATA = ROOT / ".dasan"

# Built on demand in minutes, and no data: `clean` leaves it.
_KEPT = "rust"
_STOP_WITHIN = 60.0

# Imported only to play: the other commands must not wait for it.
_SIMULATION = "deploy.local.simulation"

_WIDTH = max(len(name) for name in ("kafka", "mongo", "traces", "districts"))


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Brings the city up, plays a morning, stays until Ctrl-C or SIGTERM, takes it down.

    With `--once` it ends after the summary. 1 if a part died or the summary isn't as it should be.
    """
    build: Build = "rust" if os.environ.get("DB") == "rust" else "python"
    died = threading.Event()

    def tell(event: Event) -> None:
        if isinstance(event, PartDied):
            died.set()
        _print(console, event)

    stack = LocalStack(
        data=arguments.data,
        ports=Ports.from_environment(os.environ),
        city=arguments.city,
        build=build,
        tell=tell,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    passed = True
    try:
        with stack:
            passed = _play(stack, console, arguments)
            if not arguments.once:
                console.print("up; Ctrl-C ends it")
                signal.pause()
    except KeyboardInterrupt:
        console.print("stopped; the data stays in", _shown(arguments.data), style="dim")
    return 0 if passed and not died.is_set() else 1


def _play(stack: LocalStack, console: Console, arguments: argparse.Namespace) -> bool:
    """Lets simulated citizens and offices use the city; whether nothing was lost or doubled."""
    if importlib.util.find_spec(_SIMULATION) is None:
        return True
    simulation = importlib.import_module(_SIMULATION)
    return bool(simulation.play(stack, console, speed=arguments.speed, once=arguments.once).ok)


def stop(arguments: argparse.Namespace, console: Console) -> int:
    """Ends the running city of this folder."""
    pid = claim.end_holder(arguments.data / CLAIM_FILE, _STOP_WITHIN)
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
    console.print("removed the data in", _shown(arguments.data))
    return 0


def main() -> int:
    console = Console(highlight=False)
    arguments = _parser().parse_args()
    try:
        result: int = arguments.command(arguments, console)
    except (AlreadyRunning, PortUnavailable, BuildMissing) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    except (StartFailed, DownloadFailed) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of all local data")
    commands = parser.add_subparsers(required=True, metavar="command")
    running = commands.add_parser("run", help="start the city and stay until Ctrl-C")
    running.add_argument("--once", action="store_true", help="end by itself")
    running.add_argument("--speed", type=float, default=None, help="1 is the pace of a real day")
    running.add_argument("--city", default=os.environ.get("CITY", "seoul"), help="the city's data")
    running.set_defaults(command=run)
    for name, command, text in (
        ("stop", stop, "end the running city"),
        ("status", status, "show which parts are up"),
        ("clean", clean, "remove all local data"),
    ):
        commands.add_parser(name, help=text).set_defaults(command=command)
    return parser


def _print(console: Console, event: Event) -> None:
    match event:
        case PartReady():
            console.print(f"  [green]✓[/] {event.name:{_WIDTH}}  {event.address}")
        case PartDied():
            console.print(
                f"{event.name} ended unexpectedly (status {event.status}); see {event.log}",
                style="red",
                markup=False,
            )
        case Notice():
            console.print(f"  {event.text}", style="dim", markup=False)


def _shown(path: Path) -> str:
    return os.path.relpath(path)


if __name__ == "__main__":
    sys.exit(main())
