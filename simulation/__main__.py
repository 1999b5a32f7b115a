"""The world outside, as commands: `python -m simulation run|day|replay|bench|…`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from deploy.local import settings
from deploy.local.chosen_city import require, require_office
from deploy.local.console import add_data_option, carry_out, show, show_ended, shown
from deploy.local.ports import Ports
from deploy.local.stack import Event, LocalStack, PartDied, PartWaits, Starting, anything


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Brings the city up, plays a morning, stays until Ctrl-C or SIGTERM, takes it down. Says first
    of all where the board of the city is.

    With `--once` it ends after the summary. 1 if a part ended by itself, started again or not, or
    an inquiry was lost or doubled.
    """
    from simulation import morning  # here, because the other commands shouldn't wait for it
    from simulation.summary import Summary

    city = require(arguments.city, embedding=arguments.embedding)
    if arguments.sandbox is not None:
        require_office(city, arguments.sandbox)
    ended: list[str] = []
    passed = True

    def tell(event: Event) -> None:
        if isinstance(event, PartDied | PartWaits):
            ended.append(event.name)
        if isinstance(event, Starting):
            # First of all, so that a person has it open before the first inquiry comes.
            board = f"the city at work: {stack.http_url('routing')}/board (once routing is ready)"
            console.print(board, markup=False, soft_wrap=True)
        show(console, event)

    stack = LocalStack(
        data=arguments.data,
        ports=Ports.from_environment(os.environ),
        city=arguments.city,
        environment={"EMBEDDING": str(arguments.embedding)},
        build=arguments.db,
        rules=anything if arguments.secure else None,
        collector=arguments.collector,
        tell=tell,
    )

    def summed_up(summary: Summary) -> None:
        nonlocal passed
        passed = summary.ok
        summary.show(console)
        show_ended(console, ended)
        steps = morning.next_steps(stack, summary, datetime.now(UTC))
        console.print(steps, markup=False, soft_wrap=True)  # to be copied whole

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with stack:
            morning.play(
                stack,
                console,
                speed=arguments.speed,
                once=arguments.once,
                sandbox=arguments.sandbox,
                summed_up=summed_up,
            )
    except KeyboardInterrupt:
        console.print("stopped; the data stays in", shown(arguments.data), style="dim")
        show_ended(console, ended)
    return 0 if passed and not ended else 1


def replay(arguments: argparse.Namespace, console: Console) -> int:
    """Plays a record through a city of its own; 1 if a request was lost or doubled."""
    from simulation.replay import play

    return play.run(arguments, console)


def day(arguments: argparse.Namespace, console: Console) -> int:
    """Plays a day of permits and delegations through a city of its own, over gRPC alone; 1 if
    anything was lost, doubled, invented, leaked or given to the wrong office."""
    from simulation.day import run as playing

    return playing.run(arguments, console)


def bench(arguments: argparse.Namespace, console: Console) -> int:
    """Measures a city of its own under load."""
    from simulation.bench import run as measuring

    return measuring.run(arguments, console)


def offices(arguments: argparse.Namespace, console: Console) -> int:
    """Measures what districts does for its offices, with years of cases stored."""
    from simulation.bench.offices import run as measuring

    return measuring.run(arguments, console)


def rehearse(arguments: argparse.Namespace, console: Console) -> int:
    """Sets a city of its own back to a backup and sees it converge."""
    from simulation.rehearsal import run as rehearsing

    return rehearsing.run(arguments, console)


def capacity(arguments: argparse.Namespace, console: Console) -> int:
    """Measures what one inquiry costs, and says what a city of a given size needs."""
    from simulation.bench import capacity as measuring

    return measuring.run(arguments, console)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    add_data_option(parser)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_run(commands.add_parser("run", help="start the city and stay until Ctrl-C"))
    _add_day(commands.add_parser("day", help="a day with every office connected by gRPC alone"))
    _add_replay(commands.add_parser("replay", help="play real recorded requests"))
    _add_bench(commands.add_parser("bench", help="measure whole lifecycles under load"))
    _add_offices(commands.add_parser("offices", help="measure commands, watches and lists"))
    _add_capacity(commands.add_parser("capacity", help="what one inquiry costs, and a city needs"))
    _add_rehearse(commands.add_parser("rehearse", help="set a city back to a backup"))
    return carry_out(parser)


def _add_run(parser: argparse.ArgumentParser) -> None:
    _add_switch(parser, settings.once, "end by itself after the summary (ONCE=1)")
    parser.add_argument(
        "--speed",
        type=settings.speed,
        default=_set("SPEED"),
        help="how many times as fast as a real day (SPEED); else 60 for the morning, then 1",
    )
    _add_city(parser, "seoul")
    _add_switch(parser, settings.secure, "the services log in to Kafka over TLS (SECURE=1)")
    parser.add_argument(
        "--sandbox",
        default=_set("SANDBOX"),
        help="an office that nobody simulates, for you to act for (SANDBOX)",
    )
    _add_switch(
        parser,
        settings.collector,
        "send traces through the collectors of deploy/k8s (COLLECTOR=1)",
    )
    _add_switch(
        parser,
        settings.embedding,
        "understand words with the embedding too, once `make embedding` installed it (EMBEDDING=1)",
    )
    _add_build(parser)
    parser.set_defaults(command=run)


def _add_day(parser: argparse.ArgumentParser) -> None:
    _add_city(parser, "seoul")
    parser.add_argument(
        "--matters",
        type=int,
        default=_set("MATTERS") or "400",
        help="matters beside those asked for where delegations change (MATTERS)",
    )
    parser.add_argument(
        "--seconds", type=float, default=90.0, help="within how many seconds they come"
    )
    parser.add_argument("--seed", type=int, default=18, help="the same seed asks the same things")
    _add_build(parser)
    parser.set_defaults(command=day)


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--file", default=_set("FILE"), help="CSV, plain or gzip (FILE)")
    _add_city(parser, "boston")
    parser.add_argument(
        "--limit",
        type=settings.limit,
        default=_set("LIMIT") or "5000",
        help="rows to play (LIMIT); 0 plays all",
    )
    parser.add_argument(
        "--mapping", type=Path, help="YAML: which column is what, if not the pack's"
    )
    parser.add_argument("--keep", type=Path, help="folder for the data; otherwise thrown away")
    _add_build(parser)
    parser.set_defaults(command=replay)


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rate", type=float, nargs="+", help="lifecycles a second; several make a ramp"
    )
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each measurement")
    _add_build(parser)
    parser.add_argument(
        "--stored", type=int, default=0, help="finished lives to put into the databases first"
    )
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    _add_city(parser, "seoul")
    parser.set_defaults(command=bench)


def _add_offices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stored", type=int, default=100_000, help="cases to put into the database first"
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measurement")
    parser.add_argument(
        "--offices", type=int, default=0, help="only so many offices, of all tiers; 0: all"
    )
    parser.add_argument("--calls", type=int, default=200, help="how often each list is read")
    parser.add_argument(
        "--assigned",
        type=float,
        nargs="+",
        default=(20.0, 50.0),
        help="assignments a second while all watch; each is measured",
    )
    parser.add_argument(
        "--settle",
        type=float,
        default=45.0,
        help="seconds that all watch before; the feed lists them all again in 45",
    )
    parser.add_argument(
        "--keep", type=Path, help="folder of the data, filled once; otherwise thrown away"
    )
    parser.add_argument("--fill-only", action="store_true", help="store the cases, no more")
    _add_build(parser)
    parser.add_argument("--write", action="store_true", help="add lines to docs/benchmarks.md")
    _add_city(parser, "seoul")
    parser.set_defaults(command=offices)


def _add_capacity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=float, default=40.0, help="inquiries a second, busy")
    parser.add_argument("--quiet-rate", type=float, default=2.0, help="the same in a quiet hour")
    parser.add_argument("--seconds", type=float, default=40.0, help="length of each measurement")
    _add_build(parser)
    _add_city(parser, "seoul")
    parser.add_argument(
        "--write", metavar="NAME", help="write the section of this name in docs/capacity.md"
    )
    parser.set_defaults(command=capacity)


def _add_rehearse(parser: argparse.ArgumentParser) -> None:
    _add_city(parser, "seoul")
    parser.add_argument(
        "--alone",
        nargs="*",
        metavar="SERVICE",
        default=("districts", "routing", "notify"),
        help="whose database is set back by itself, before all are; without a name none",
    )
    parser.set_defaults(command=rehearse)


# -- what several are told alike ---------------------------------------------------------------


def _add_city(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("--city", default=_set("CITY") or default, help="the city's data (CITY)")


def _add_switch(parser: argparse.ArgumentParser, read: Callable[[str], bool], text: str) -> None:
    """An option that is on by its name alone, or by 1 in the variable that is called like it."""
    name = read.__name__
    parser.add_argument(
        f"--{name}",
        type=read,
        nargs="?",
        const="1",
        default=_set(name.upper()) or "0",
        help=text,
    )


def _add_build(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--db",
        type=settings.build,
        default=_set("DB") or "python",
        help="build of the database (DB): python or rust",
    )


def _set(variable: str) -> str | None:
    return settings.of(os.environ, variable)


if __name__ == "__main__":
    sys.exit(main())
