"""The city on this machine: `python -m deploy.local run|stop|status|clean|replay|bench`."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.local import claim, ports
from deploy.local.broker import DownloadFailed
from deploy.local.chosen_city import CityUnusable
from deploy.local.claim import AlreadyRunning
from deploy.local.database import Build, BuildMissing
from deploy.local.ports import Ports, PortUnavailable
from deploy.local.processes import StartFailed
from deploy.local.stack import (
    CLAIM_FILE,
    ROOT,
    Event,
    LocalStack,
    Notice,
    PartDied,
    PartReady,
    PartRestarted,
    PartWaits,
)

DATA = ROOT / ".dasan"

# Built on demand in minutes, and no data: `clean` leaves it.
_KEPT = "rust"
_STOP_WITHIN = 60.0

_WIDTH = max(len(name) for name in ("kafka", "mongo", "traces", "districts"))


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Brings the city up, plays a morning, stays until Ctrl-C or SIGTERM, takes it down.

    With `--once` it ends after the summary. 1 if a part ended by itself, started again or not, or
    an inquiry was lost or doubled.
    """
    from deploy.local import simulation  # here, because the other commands shouldn't wait for it

    build: Build = "rust" if os.environ.get("DB") == "rust" else "python"
    ended: list[str] = []
    passed = True

    def tell(event: Event) -> None:
        if isinstance(event, PartDied | PartWaits):
            ended.append(event.name)
        show(console, event)

    stack = LocalStack(
        data=arguments.data,
        ports=Ports.from_environment(os.environ),
        city=arguments.city,
        build=build,
        tell=tell,
    )

    def summed_up(summary: simulation.Summary) -> None:
        nonlocal passed
        passed = summary.ok
        summary.show(console)
        show_ended(console, ended)
        steps = simulation.next_steps(stack, summary, datetime.now(UTC))
        console.print(steps, markup=False, soft_wrap=True)  # to be copied whole

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with stack:
            simulation.play(
                stack,
                console,
                speed=arguments.speed,
                once=arguments.once,
                summed_up=summed_up,
            )
    except KeyboardInterrupt:
        console.print("stopped; the data stays in", _shown(arguments.data), style="dim")
        show_ended(console, ended)
    return 0 if passed and not ended else 1


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


def replay(arguments: argparse.Namespace, console: Console) -> int:
    """Plays a record through a city of its own; 1 if a request was lost or doubled."""
    from deploy.local.replay import play

    return play.run(arguments, console)


def bench(arguments: argparse.Namespace, console: Console) -> int:
    """Measures a city of its own under load."""
    from deploy.local.bench import measure

    return measure.run(arguments, console)


def main() -> int:
    console = Console(highlight=False)
    arguments = _parser().parse_args()
    try:
        result: int = arguments.command(arguments, console)
    except (CityUnusable, AlreadyRunning, PortUnavailable, BuildMissing) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    except (StartFailed, DownloadFailed) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted", style="dim")
        return 130
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
    _add_replay(commands.add_parser("replay", help="play real recorded requests"))
    _add_bench(commands.add_parser("bench", help="measure whole lifecycles under load"))
    return parser


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--file", type=Path, required=True, help="CSV, plain or gzip")
    parser.add_argument("--city", required=True, help="the city's data")
    parser.add_argument("--limit", type=int, default=5000, help="rows to play; 0 plays all")
    parser.add_argument(
        "--mapping", type=Path, help="YAML: which column is what, if not the pack's"
    )
    parser.add_argument("--keep", type=Path, help="folder for the data; otherwise thrown away")
    parser.set_defaults(command=replay)


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rate", type=float, nargs="+", help="lifecycles a second; several make a ramp"
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each measurement")
    parser.add_argument(
        "--db",
        choices=("python", "rust"),
        default=os.environ.get("DB", "python"),
        help="build of the database",
    )
    parser.add_argument(
        "--stored", type=int, default=0, help="finished lives to put into the databases first"
    )
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--city", default="seoul", help="the city's data")
    parser.set_defaults(command=bench)


def show(console: Console, event: Event) -> None:
    """A line for a person about what happened to a part."""
    match event:
        case PartReady():
            console.print(f"  [green]✓[/] {event.name:{_WIDTH}}  {event.address}")
        case PartDied():
            console.print(
                f"{event.name} ended unexpectedly (status {event.status}); see {event.log}",
                style="red",
                markup=False,
            )
        case PartWaits():
            console.print(
                f"{event.name} ended by itself (status {event.status}) and is started again in "
                f"{event.pause_seconds:g} s; see {event.log}",
                style="red",
                markup=False,
            )
        case PartRestarted():
            console.print(f"{event.name} was started again", style="yellow", markup=False)
        case Notice():
            console.print(f"  {event.text}", style="dim", markup=False)


def show_ended(console: Console, ended: Sequence[str]) -> None:
    """Says which parts ended by themselves, in order of their names; nothing if none did."""
    if ended:
        counted = ", ".join(f"{name} {times}×" for name, times in sorted(Counter(ended).items()))
        console.print(f"\nended by themselves: {counted}", style="red", markup=False)


def _shown(path: Path) -> str:
    return os.path.relpath(path)


if __name__ == "__main__":
    sys.exit(main())
