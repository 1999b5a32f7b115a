"""`python -m simulation rehearse`: the whole recovery on a city of its own, with the judge's word.

Takes some three minutes. What it shows of a city on one machine is the way and the verdict, not the
times of a cluster.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table

from deploy.local.backup import BackupUnusable, StillRunning
from deploy.local.stack import LocalStack
from services import cities
from services.common.events import contracts
from simulation.bench.generator import bodies
from simulation.judge.lifecycles import Kind
from simulation.outside import Outside, WaysIn
from simulation.own_city import own_city
from simulation.rehearsal.drill import Drill, NotConverged, Restored, settle

# Before the backup, while it is made, and after it: more than a block of receipt numbers (100), so
# that a counter that was set back would give numbers twice.
_BEFORE, _DURING, _AFTER = 40, 20, 120
_PER_SECOND = 15.0
_REST_SECONDS = 90.0


def run(arguments: argparse.Namespace, console: Console) -> int:
    """1 when the city did not converge, lost what nobody named, or a part of it ended by itself."""
    console.print("starting a city of its own", style="dim")
    try:
        with own_city("rehearsal", city=arguments.city, tracing=False) as own:
            restored = asyncio.run(_rehearse(own.stack, console, arguments.alone))
    except (NotConverged, BackupUnusable, StillRunning) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    console.print(_table(restored))
    for problem in own.ended:
        console.print(problem, style="red", markup=False)
    if own.ended:
        return 1
    console.print(
        "nothing was lost that was not named, and nothing told twice that was not",
        style="green",
    )
    return 0


async def _rehearse(
    stack: LocalStack, console: Console, alone: Sequence[str]
) -> Sequence[Restored]:
    """Every step of the drill; `alone` are set back one by one, before all are."""
    began, folder = time.monotonic(), stack.data / "backup"

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - began:4.0f} s  {text}", markup=False, soft_wrap=True)

    pack = cities.load(stack.city)
    asked = [(Kind.CASE, body) for body in bodies(pack, datetime.now(pack.timezone).date())]
    async with Outside(WaysIn.of(stack)) as outside:
        drill = Drill(stack=stack, outside=outside, bodies=asked, say=say)
        await outside.open_offices(settle)
        await drill.flow(_BEFORE, _PER_SECOND)
        await outside.rest(within_seconds=_REST_SECONDS)
        flowing = asyncio.create_task(drill.flow(_DURING, _PER_SECOND))
        await drill.back_up(folder)
        await flowing
        await drill.flow(_AFTER, _PER_SECOND)
        await outside.rest(within_seconds=_REST_SECONDS)
        await drill.rebuild_views()
        restored = [await drill.set_back(folder, (service,)) for service in alone]
        restored.append(await drill.set_back(folder, contracts.services()))
        # The city goes on: what comes now must not be taken for anything older.
        await drill.flow(_DURING, _PER_SECOND)
        await drill.converged(_REST_SECONDS)
    return restored


def _table(restored: Sequence[Restored]) -> Table:
    table = Table(title="set back, and converged", title_justify="left", box=None, pad_edge=False)
    columns = ("what", "ready after", "converged after", "forgotten", "asked again", "told again")
    for column in columns:
        table.add_column(column)
    for one in restored:
        table.add_row(
            one.what,
            f"{one.away_seconds:.0f} s",
            f"{one.converged_seconds:.0f} s",
            f"{sum(one.forgotten.values()):,}",
            str(one.asked_again),
            str(one.verdict.again),
        )
    return table
