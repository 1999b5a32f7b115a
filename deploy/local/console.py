"""The local stack in a terminal: what a person reads of its parts, and how a command ends.

Owns the words and the exit statuses that every command on a stack shares, whoever drives it.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy.local.backup import BackupUnusable, StillRunning
from deploy.local.broker import DownloadFailed
from deploy.local.built import NotBuilt
from deploy.local.chosen_city import CityUnusable
from deploy.local.claim import AlreadyRunning
from deploy.local.database import BuildMissing
from deploy.local.ports import PortUnavailable
from deploy.local.processes import StartFailed
from deploy.local.settings import SettingUnusable
from deploy.local.stack import (
    ROOT,
    Event,
    Notice,
    PartDied,
    PartReady,
    PartRestarted,
    PartWaits,
    Starting,
)

DATA = ROOT / ".dasan"

_CHANGEABLE = (
    *(SettingUnusable, CityUnusable, AlreadyRunning, PortUnavailable),
    *(BuildMissing, NotBuilt, BackupUnusable, StillRunning),
)

_WIDTH = max(len(name) for name in ("kafka", "mongo", "traces", "districts"))


def carry_out(parser: argparse.ArgumentParser) -> int:
    """Reads the command line, calls `arguments.command(arguments, console)`, and returns its exit
    status.

    What keeps a stack from starting is said in red: 2 for what the person can change (a setting, a
    city, a port, a build, a stack that runs already), 1 for a start or download that failed. 130
    for Ctrl-C.
    """
    console = Console(highlight=False)
    try:
        arguments = parser.parse_args()
        status: int = arguments.command(arguments, console)
    except _CHANGEABLE as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    except (StartFailed, DownloadFailed) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted", style="dim")
        return 130
    return status


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """The option that says where a stack's data lies."""
    parser.add_argument("--data", type=Path, default=DATA, help="folder of all local data")


def show(console: Console, event: Event) -> None:
    """A line for a person about what happened to a part."""
    match event:
        case Starting():
            pass  # what a person wants to know first differs from command to command
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


def shown(path: Path) -> str:
    """A path as a person types it."""
    return os.path.relpath(path)
