"""The command: a day of a city of its own, and its end."""

from __future__ import annotations

import argparse
import asyncio
import signal

from rich.console import Console
from rich.live import Live
from rich.table import Table

from deploy.local.chosen_city import require
from simulation.day.pack import late_entries
from simulation.day.play import Day
from simulation.own_city import own_city

_REFRESH_PER_SECOND = 2


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Plays the day in a city of its own; 1 if anything was lost, doubled, invented or leaked, went
    to the wrong office, or a part of the city ended by itself."""
    require(arguments.city)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or the city would outlive it
    console.print("starting a city of its own", style="dim")
    with (
        late_entries(arguments.city) as pack,
        own_city("day", city=pack, build=arguments.db) as own,
    ):
        day = Day(
            own.stack,
            matters=arguments.matters,
            seconds=arguments.seconds,
            seed=arguments.seed,
            tell=lambda words: console.print(f"  {words}", style="dim", markup=False),
        )
        with Live(
            console=console,
            get_renderable=lambda: _progress(day),
            refresh_per_second=_REFRESH_PER_SECOND,
        ):
            report = asyncio.run(day.play())
        report.show(console)
        for line in own.ended:
            console.print(line, style="red", markup=False)
        return 0 if report.ok and not own.ended else 1


def _progress(day: Day) -> Table:
    """How far the day has come."""
    outside, watched = day.town.outside, day.offices.watched
    table = Table(title="the day so far", title_justify="left", box=None, pad_edge=False)
    table.add_column("what", style="bold")
    table.add_column("figure", justify="right", style="cyan", min_width=9)
    for what, figure in (
        ("matters acknowledged", f"{len(outside.asked):,}"),
        ("ended", f"{outside.ended:,}"),
        ("at officers' desks", f"{day.offices.busy:,}"),
        ("permits decided", f"{sum(day.clerks.decided.values()):,}"),
        ("calls answered", f"{sum(sum(one.values()) for one in day.answered.values()):,}"),
        ("told to watches", f"{watched.messages:,}"),
        ("longest watch gap", f"{watched.longest_silence_seconds:.1f} s"),
    ):
        table.add_row(what, figure)
    return table
