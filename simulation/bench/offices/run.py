"""Runs the offices' load against districts with a broker and a database of its own, and says what
was found."""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psutil
from pydantic import BaseModel
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from deploy.local.chosen_city import require
from deploy.local.ports import Ports
from deploy.local.stack import ROOT, LocalStack
from simulation.bench import machine
from simulation.bench import report as pages
from simulation.bench.goals import Cost
from simulation.bench.line_process import LineProcess
from simulation.bench.offices import report
from simulation.bench.offices.protocol import (
    CAME,
    Ask,
    Assign,
    Command,
    Commanded,
    Connect,
    Connected,
    Delivered,
    Listed,
    Sample,
    Sampled,
    Site,
)
from simulation.bench.offices.report import FIRST_PAGE, Found, Memory, Sitting
from simulation.bench.offices.stored import Mix, Store, mix_of
from simulation.bench.run import SAMPLED, costs_of, differences
from simulation.outside import WaysIn

DISTRICTS = "districts"
FIGURES = ROOT / "docs" / "benchmarks.md"
# Commands that are under way at once: single ones, and calls of many.
_SINGLE_CALLERS, _BULK_CALLERS, _TOGETHER = 64, 8, 100
# Cases made for each second of commands: more than are expected to be taken.
_CASES_A_SECOND = {"python": 200, "rust": 800}
_COMMANDING_OFFICES = 25
# A districts that starts, or has its watchers, still works by itself; it counts as quiet when it
# and the database take less than this of a core.
_QUIET_SHARE = 0.12
_QUIET_WITHIN_SECONDS = 90.0

R = TypeVar("R", bound=BaseModel)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Measures, shows and, where it is asked to, writes; 1 when a goal was missed."""
    console.print(machine.python(), style="dim", markup=False)
    found = sitting(arguments, console)
    if found is None:
        return 0
    console.print(report.shown(found))
    if arguments.write:
        for name, columns, rows in (
            ("offices-commands", report.COMMAND_COLUMNS, report.command_rows(found)),
            ("offices-lists", report.LIST_COLUMNS, report.list_rows(found)),
            ("offices-watches", report.WATCH_COLUMNS, report.watch_rows(found)),
        ):
            pages.add(FIGURES, name, pages.markdown(columns, rows)[2:])
        console.print(f"written to {FIGURES.relative_to(ROOT)}")
    return 0 if all(goal.met for goal in report.goals(found)) else 1


def sitting(arguments: argparse.Namespace, console: Console) -> Found | None:
    """Fills the store and measures; None where it was only to be filled."""
    city = require(arguments.city)
    mix = mix_of(city, datetime.now(UTC), arguments.offices)
    with _stack(arguments) as stack:
        load = LineProcess(
            "simulation.bench.offices.load",
            Site(ways=WaysIn.of(stack), offices=tuple(mix.offices)),
        )
        with Store(stack.database.url, mix, random.Random(18)) as store, load:
            bench = Bench(stack, store, mix, load, console)
            bench.fill(arguments.stored)
            return None if arguments.fill_only else bench.measure(arguments)


@contextmanager
def _stack(arguments: argparse.Namespace) -> Iterator[LocalStack]:
    """Broker, database and districts, in the folder that is to be kept or in one that goes."""
    kept: Path | None = arguments.keep
    data = kept or Path(tempfile.mkdtemp(prefix="dasan-offices-"))
    stack = LocalStack(
        data=data,
        ports=Ports.free(),
        city=arguments.city,
        services=(DISTRICTS,),
        build=arguments.db,
        sample=SAMPLED,
    )
    try:
        with stack:
            yield stack
    finally:
        if kept is None:
            shutil.rmtree(data, ignore_errors=True)


class Bench:
    """One sitting: the steps in their order."""

    def __init__(
        self, stack: LocalStack, store: Store, mix: Mix, load: LineProcess, console: Console
    ) -> None:
        self._stack = stack
        self._store = store
        self._mix = mix
        self._load = load
        self._console = console

    def fill(self, cases: int) -> None:
        """Samples of each stage, then as many copies as are missing. Districts stops before and
        begins anew after it, as it would with these cases."""
        sample = Sample(
            office=self._mix.offices[-1],
            plain=next(iter(self._mix.services)),
            permit=min(self._mix.permits),
        )
        sampled = self._do(sample, Sampled).cases
        self._store.take_samples(sampled)
        # A service that stops has told everything by then.
        districts = self._stack[DISTRICTS]
        districts.stop()
        began = time.monotonic()
        with Progress(
            *Progress.get_default_columns(), MofNCompleteColumn(), console=self._console
        ) as shown:
            task = shown.add_task("storing cases", total=cases)
            added = self._store.fill(cases, lambda more: shown.advance(task, more))
        self._say(f"stored {added:,} cases in {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        districts.start()
        self._say(f"districts is ready again after {time.monotonic() - began:.1f} s")

    def measure(self, arguments: argparse.Namespace) -> Found:
        """Commands, lists, watches, in this order."""
        self._quiet()
        found = Found(
            sitting=Sitting(
                at=f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
                commit=machine.revision(ROOT),
                build=arguments.db,
                stored=self._store.cases.estimated_document_count(),
                fixed_work=machine.fixed_work(),
            )
        )
        cases = round(_CASES_A_SECOND[arguments.db] * arguments.seconds)
        self._commands(cases // 4, arguments.seconds / 4, together=1)  # everybody's caches
        for together in (1, _TOGETHER):
            name = "one command" if together == 1 else f"{together} commands"
            found.commands[name] = self._commands(
                cases * (1 if together == 1 else 2), arguments.seconds, together=together
            )
            self._say(f"{name} a call: {found.commands[name][0]}")
        for name, ask in asks(self._mix, self._store.busiest(), arguments.calls).items():
            found.lists[name] = self._do(ask, Listed)
            self._say(f"{name}: {found.lists[name]}")
        before = self._resident(DISTRICTS)
        found.connected = self._do(Connect(), Connected)
        self._say(str(found.connected))
        most = self._settle(arguments.settle)
        for rate in arguments.assigned:
            assign = Assign(
                rate=rate, seconds=arguments.seconds, plain=next(iter(self._mix.services))
            )
            found.told[rate] = self._do(assign, Delivered)
            most = max(most, self._resident(DISTRICTS))
            self._say(f"{rate:g}/s: {found.told[rate]}")
        found.memory = Memory(before=before, watched=most, database=self._resident("mongo"))
        return found

    def _commands(
        self, cases: int, seconds: float, *, together: int
    ) -> tuple[Commanded, Mapping[str, Cost]]:
        made = self._store.add_open(cases, self._busy_offices())
        command = Command(
            cases=made,
            seconds=seconds,
            callers=_SINGLE_CALLERS if together == 1 else _BULK_CALLERS,
            together=together,
        )
        before = costs_of(self._stack, self._load.pid)
        commanded = self._do(command, Commanded)
        return commanded, differences(before, costs_of(self._stack, self._load.pid))

    def _busy_offices(self) -> Sequence[str]:
        weights = dict(zip(self._mix.offices, self._mix.office_weights, strict=True))
        return sorted(weights, key=weights.__getitem__, reverse=True)[:_COMMANDING_OFFICES]

    def _settle(self, seconds: float) -> int:
        """Lets the watchers watch for so long; the most that districts had resident meanwhile."""
        most, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.5)
            most = max(most, self._resident(DISTRICTS))
        return most

    def _quiet(self) -> None:
        """Waits until districts and the database have little to do."""
        until = time.monotonic() + _QUIET_WITHIN_SECONDS
        while time.monotonic() < until:
            before = self._used()
            time.sleep(2.0)
            if (self._used() - before) / 2.0 < _QUIET_SHARE:
                return
        self._say("districts and the database do not come to rest")

    def _used(self) -> float:
        costs = costs_of(self._stack, self._load.pid)
        return costs[DISTRICTS].cpu + costs["mongo"].cpu

    def _resident(self, part: str) -> int:
        pid = self._stack[part].pid
        return 0 if pid is None else int(psutil.Process(pid).memory_info().rss)

    def _do(self, step: BaseModel, came: type[R]) -> R:
        self._load.write(step)
        what = CAME.validate_json(self._load.read())
        assert isinstance(what, came), "each step has its own answer"
        return what

    def _say(self, text: str) -> None:
        self._console.print(text, style="dim", markup=False)


def asks(mix: Mix, office: str, calls: int) -> Mapping[str, Ask]:
    """The lists that are read, by their names: those of one of the busiest offices."""
    often = next(iter(mix.services))
    week = 7 * 86_400.0
    return {
        FIRST_PAGE: Ask(office=office, calls=calls),
        "500 on a page": Ask(office=office, calls=calls // 4, page_size=500),
        "due within a week": Ask(office=office, calls=calls, due_within=week),
        "of a kind": Ask(office=office, calls=calls, kind="PETITION_KIND_SUGGESTION"),
        "of a service": Ask(office=office, calls=calls, service_code=often),
        "of a rare service": Ask(office=office, calls=calls, service_code=mix.rare),
        "permits": Ask(office=office, calls=calls, permit_only=True),
        "answered": Ask(office=office, calls=calls, states=("WORK_STATE_ANSWERED",)),
        "answered, of a rare service": Ask(
            office=office,
            calls=calls,
            service_code=mix.rare,
            states=("WORK_STATE_ANSWERED",),
        ),
        "of a small office": Ask(office=mix.offices[-1], calls=calls),
    }
