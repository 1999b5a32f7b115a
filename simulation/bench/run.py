"""Runs the load against a city of its own and says what it held, and what it cost."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import psutil
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from deploy.local.stack import ROOT, LocalStack
from simulation.bench import machine, report
from simulation.bench.fill import fill
from simulation.bench.goals import Cost, Measured
from simulation.bench.line_process import LineProcess
from simulation.bench.protocol import LINE, Begun, Result, Sent, Target, Trial
from simulation.outside import WaysIn
from simulation.own_city import own_city

RAMP = (50.0, 75.0, 100.0, 125.0, 150.0, 175.0, 200.0, 250.0, 300.0)
SAMPLED = 0.01
# The broker's compiler and everybody's caches need some thousand events.
WARM_UP = Trial(rate=30.0, seconds=25.0, drain_seconds=30.0)
_DRAIN_SECONDS = 60.0
_FIGURES = ROOT / "docs" / "benchmarks.md"


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Ramps up until the city no longer keeps up; 1 when it lost anything or held no rate."""
    measured: list[Measured] = []
    console.print(machine.python(), style="dim", markup=False)
    console.print("starting a city of its own", style="dim")
    with (
        own_city("bench", city=arguments.city, build=arguments.db, sample=SAMPLED) as own,
        Generator(own.stack) as generator,
    ):
        generator.measure(WARM_UP)
        if arguments.stored:
            _fill(own.stack.database.url, arguments.stored, console)
        for rate in arguments.rate or RAMP:
            trial = Trial(rate=rate, seconds=arguments.seconds, drain_seconds=_DRAIN_SECONDS)
            one = generator.measure(trial)
            measured.append(one)
            console.print(report.line(one.result))
            if not one.result.sustained and not arguments.rate:
                break
    console.print(report.tables(measured, arguments.db))
    if arguments.rate:
        made_on = (machine.revision(ROOT), machine.processor(), machine.python())
        console.print()
        for text in report.compact(measured, made_on):
            console.print(text, markup=False, soft_wrap=True)  # to be copied whole
    problems = [*report.problems(measured), *own.ended]
    for problem in problems:
        console.print(problem, style="red", markup=False)
    if arguments.write:
        report.write(
            _FIGURES,
            f"{arguments.db}-stored" if arguments.stored else arguments.db,
            report.section(
                measured, arguments.db, _machine(arguments.db, arguments.stored), sys.argv[1:]
            ),
        )
        console.print(f"written to {_FIGURES.relative_to(ROOT)}")
    kept = any(one.result.sustained for one in measured)
    return 0 if kept and not problems else 1


def _fill(url: str, lives: int, console: Console) -> None:
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=console) as shown:
        task = shown.add_task("storing finished lives", total=lives)
        fill(url, lives, lambda more: shown.advance(task, more))


class Generator:
    """The load generator's process, and the view on every process while it works."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._load = LineProcess(
            "simulation.bench.generator",
            Target(
                ways=WaysIn.of(stack),
                survey=stack.http_url("survey"),
                survey_secret=stack.secrets_of("survey")["SURVEY_TOKEN_SECRET"],
            ),
        )

    def __enter__(self) -> Self:
        self._load.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._load.__exit__(kind, error, trace)

    def measure(self, trial: Trial) -> Measured:
        """Carries out a trial; costs are those from the first to the last request sent."""
        loop = machine.fixed_work()
        self._load.write(trial)
        before: Mapping[str, Cost] = {}
        costs: Mapping[str, Cost] = {}
        began = seconds = 0.0
        ended = 0
        while True:
            match LINE.validate_json(self._load.read()):
                case Begun():
                    began, before = time.monotonic(), self.costs()
                case Sent() as sent:
                    seconds, ended = time.monotonic() - began, sent.ended
                    costs = differences(before, self.costs())
                case Result() as result:
                    return Measured(
                        result=result, seconds=seconds, ended=ended, costs=costs, loop=loop
                    )

    def costs(self) -> Mapping[str, Cost]:
        """What each process has used since it was started."""
        return costs_of(self._stack, self._load.pid)


def costs_of(stack: LocalStack, load: int) -> Mapping[str, Cost]:
    """What each process of the stack, and the load's by its number, has used since it was
    started."""
    pids = {name: stack[name].pid for name in stack.addresses}
    pids["load"] = load
    return {name: _cost(pid) for name, pid in pids.items() if pid is not None}


def _cost(pid: int) -> Cost:
    process = psutil.Process(pid)
    times = process.cpu_times()
    return Cost(cpu=times.user + times.system, rss=process.memory_info().rss)


def differences(before: Mapping[str, Cost], after: Mapping[str, Cost]) -> Mapping[str, Cost]:
    """What each process has used in between."""
    return {
        name: Cost(cpu=cost.cpu - before[name].cpu, rss=cost.rss)
        for name, cost in after.items()
        if name in before
    }


def _machine(build: str, stored: int) -> Sequence[str]:
    """What the figures were measured on."""
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {machine.processor()}, {machine.python()}",
        f"database: SecantusDB, {build} build; Apache Kafka, one node; all on this one machine, "
        "the load too",
        f"traces: on, {SAMPLED:.0%} sampled",
        *([f"{stored:,} finished lives stored before"] if stored else ()),
    )
