"""The bench of the offices in small: broker, database and districts as processes, a thousand cases,
ten watches. Nothing is killed. If its parts broke, a figure would be missing, a command refused or
an assignment not told."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from simulation.bench.offices import report, run
from simulation.bench.offices.report import FIRST_PAGE


def test_a_small_sitting_finds_every_figure(tmp_path: Path) -> None:
    arguments = argparse.Namespace(
        city="seoul",
        db="python",
        stored=1_000,
        offices=10,
        seconds=2.0,
        calls=4,
        assigned=[10.0],
        settle=1.0,
        keep=tmp_path / "data",
        fill_only=False,
        write=False,
    )
    one = run.sitting(arguments, Console(quiet=True))
    assert one is not None
    assert one.sitting.stored >= 1_000
    for commanded, _ in one.commands.values():
        assert commanded.stored > 0
        assert not commanded.refused
    assert {"first page", "of a rare service", "answered"} <= one.lists.keys()
    assert one.lists[FIRST_PAGE].items == 50
    assert one.connected is not None
    assert 8 <= one.connected.watchers <= 10
    # A quarter of the thousand, and what the commands left open.
    assert one.connected.items >= 250
    [told] = one.told.values()
    assert (told.sent, told.times.count) == (20, 20)
    assert one.memory is not None
    assert min(one.memory.before, one.memory.watched) > 0
    for rows, columns in (
        (report.command_rows(one), report.COMMAND_COLUMNS),
        (report.list_rows(one), report.LIST_COLUMNS),
        (report.watch_rows(one), report.WATCH_COLUMNS),
    ):
        lines = list(rows)
        assert lines
        assert all(len(line) == len(columns) for line in lines)
