"""`python -m simulation capacity`: what one inquiry costs on a city of its own, and what follows
for cities of other sizes.

Measures processor time and bytes, never how long something took: a machine that others use, too,
gives the same costs within a fifth. The arithmetic is `sizing`'s; the page is docs/capacity.md.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pymongo
from bson.raw_bson import RawBSONDocument
from rich.console import Console

from deploy.local.settings import SettingUnusable
from deploy.local.stack import ROOT, LocalStack
from services.common.events import contracts
from simulation.bench import machine, report
from simulation.bench.goals import Cost
from simulation.bench.protocol import Result, Trial
from simulation.bench.run import WARM_UP, Generator, differences
from simulation.bench.sizing import TRACED_SHARE, Footprint, Limit, Need, demands, limits, need
from simulation.own_city import own_city

_PAGE = ROOT / "docs" / "capacity.md"
_IDLE_SECONDS = 15.0
_DRAIN_SECONDS = 120.0
# More than in a city, so that some dozen lives are traced; a span costs some microseconds.
_TRACED = 0.1
# Processes of every city; `load` is the world outside, and `traces` a collector's stand-in.
_BELOW = ("kafka", "mongo", "traces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """What lies in a city: bytes by topic and by collection, saves, messages, and spans."""

    bus: Mapping[str, int]
    stored: Mapping[str, int]
    writes: int
    messages: int
    spans: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """Some time in which a city was measured, to the end of the last life that began in it."""

    result: Result
    seconds: float
    costs: Mapping[str, Cost]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Everything that one sitting measured. `idle` is in cores, by process."""

    footprint: Footprint
    idle: Mapping[str, float]
    quiet: Spell
    busy: Spell
    facts: Sequence[str]


def run(arguments: argparse.Namespace, console: Console) -> int:
    """1 when the city lost something or a part ended by itself: its costs say nothing then. Raises
    SettingUnusable for a section that the page does not have."""
    known = report.sections(_PAGE)
    if arguments.write and arguments.write not in known:
        raise SettingUnusable(
            f"WRITE={arguments.write!r} is no section of {_PAGE.name}: it has {', '.join(known)}"
        )
    console.print("starting a city of its own", style="dim")
    with (
        own_city("capacity", city=arguments.city, build=arguments.db, sample=_TRACED) as own,
        Generator(own.stack) as generator,
    ):
        sitting = _measure(own.stack, generator, arguments, console)
    text = section(sitting)
    console.print(text, markup=False, soft_wrap=True)  # to be copied whole
    problems = [*_problems(sitting), *own.ended]
    for problem in problems:
        console.print(problem, style="red", markup=False)
    if arguments.write and not problems:
        report.write(_PAGE, arguments.write, text)
        console.print(f"written to {_PAGE.relative_to(ROOT)}")
    return 1 if problems else 0


def _problems(sitting: Sitting) -> Iterator[str]:
    for result in (sitting.quiet.result, sitting.busy.result):
        if not result.sustained:
            lost = len(result.faults) + len(result.errors)
            yield f"{result.rate:g}/s was not kept up with ({lost} faults): choose a lower rate"


def _measure(
    stack: LocalStack, generator: Generator, arguments: argparse.Namespace, console: Console
) -> Sitting:
    """Warms up, then measures rest, a quiet hour and a busy one."""
    generator.measure(WARM_UP)
    before = generator.costs()
    time.sleep(_IDLE_SECONDS)
    idle = differences(before, generator.costs())
    quiet = _spell(generator, arguments.quiet_rate, arguments.seconds, console)
    lay = _lying(stack)
    busy = _spell(generator, arguments.rate, arguments.seconds, console)
    lies = _lying(stack)
    return Sitting(
        footprint=_footprint(quiet, busy, lay, lies),
        idle={name: cost.cpu / _IDLE_SECONDS for name, cost in idle.items()},
        quiet=quiet,
        busy=busy,
        facts=(
            f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {machine.processor()}, {machine.python()}, "
            f"{machine.revision(ROOT)}",
            f"database: SecantusDB, {arguments.db} build; Apache Kafka, one node; all on this one "
            f"machine, the load too; {_TRACED:.0%} of lives traced",
            f"fixed work: {machine.fixed_work() * 1000:.0f} ms of processor time (a quiet machine: "
            f"about 130); load of the machine: {psutil.getloadavg()[0]:.1f}",
        ),
    )


def _spell(generator: Generator, rate: float, seconds: float, console: Console) -> Spell:
    before, began = generator.costs(), time.monotonic()
    trial = Trial(rate=rate, seconds=seconds, drain_seconds=_DRAIN_SECONDS)
    result = generator.measure(trial).result
    console.print(report.line(result))
    return Spell(
        result=result,
        seconds=time.monotonic() - began,
        costs=differences(before, generator.costs()),
    )


def _footprint(quiet: Spell, busy: Spell, lay: Lying, lies: Lying) -> Footprint:
    """What one inquiry costs; the processor time of the busy spell up to its last life's end."""
    lives = max(1, busy.result.ended)
    return Footprint(
        events=busy.result.events / lives,
        cpu_ms={name: cost.cpu / lives * 1000 for name, cost in busy.costs.items()},
        quiet_cores={name: cost.cpu / quiet.seconds for name, cost in quiet.costs.items()},
        bus=_each(lay.bus, lies.bus, lives),
        stored=_each(lay.stored, lies.stored, lives),
        writes=(lies.writes - lay.writes) / lives,
        messages=(lies.messages - lay.messages) / lives,
        spans=(lies.spans - lay.spans) / lives / _TRACED,
    )


def _each(before: Mapping[str, int], after: Mapping[str, int], lives: int) -> Mapping[str, float]:
    grown = {name: (size - before.get(name, 0)) / lives for name, size in sorted(after.items())}
    # Less than a byte is of what happens whoever asks: runs, counters.
    return {name: size for name, size in grown.items() if size >= 1}


def _lying(stack: LocalStack) -> Lying:
    stored: dict[str, int] = {}
    writes = 0
    with pymongo.MongoClient(stack.database.url, document_class=RawBSONDocument) as client:
        for service in stack.services:
            database = client[f"dasan_{service}"]
            for name in database.list_collection_names():
                size = 0
                for document in database[name].find():
                    size += len(document.raw)
                    writes += document.get("version", 0)
                stored[f"{service}.{name}"] = size
    return Lying(
        bus=_logs(stack.data / "kafka" / "data"),
        stored=stored,
        writes=writes,
        messages=sum(1 for _ in stack.messages.glob("*.json")),
        spans=_spans(stack.traces),
    )


def _logs(folder: Path) -> Mapping[str, int]:
    """The bytes of each topic's log, without its indexes."""
    found: dict[str, int] = {}
    for partition in folder.glob("*-*/"):
        topic = partition.name.rpartition("-")[0]
        size = sum(log.stat().st_size for log in partition.glob("*.log"))
        found[topic] = found.get(topic, 0) + size
    return found


def _spans(traces: Path) -> int:
    with closing(sqlite3.connect(f"file:{traces}?mode=ro", uri=True)) as spans:
        (found,) = spans.execute("SELECT count(*) FROM spans").fetchone()
    return int(found)


def section(sitting: Sitting) -> str:
    """The part of the page that one sitting fills."""
    footprint, services = sitting.footprint, contracts.services()
    needs = [need(demand, footprint, services) for demand in demands(footprint)]
    return "\n".join(
        [
            *(f"- {fact}" for fact in sitting.facts),
            f"- measured at rest, at {sitting.quiet.result.rate:g} and at "
            f"{sitting.busy.result.rate:g} inquiries a second",
            "",
            *report.markdown(("processor", "at rest", "quiet", "busy, for each"), _cpu(sitting)),
            "",
            *report.markdown(("one inquiry", "is"), _of_one(footprint)),
            "",
            *report.markdown(("topic", "bytes"), _bytes(footprint.bus)),
            "",
            *report.markdown(("collection", "bytes"), _bytes(footprint.stored)),
            "",
            *report.markdown(("", *(one.demand.name for one in needs)), _needs(needs)),
            "",
            *report.markdown(
                ("full at", "part", "what is raised"), map(_limit, limits(footprint, services))
            ),
        ]
    )


def _cpu(sitting: Sitting) -> Iterator[Sequence[str]]:
    for name in (*contracts.services(), *_BELOW, "load"):
        yield (
            name,
            f"{sitting.idle[name]:.1%} of a core",
            f"{sitting.footprint.quiet_cores[name]:.1%}",
            f"{sitting.footprint.cpu_ms[name]:.2f} ms",
        )
    of_services = sum(sitting.footprint.cpu_ms[name] for name in contracts.services())
    yield "the five services", "", "", f"{of_services:.2f} ms"


def _of_one(footprint: Footprint) -> Iterator[Sequence[str]]:
    yield "events on the bus", f"{footprint.events:.1f}"
    yield "bytes on the bus, one copy", f"{footprint.bus_bytes:,.0f}"
    yield "bytes of documents, one copy, without indexes", f"{footprint.stored_bytes:,.0f}"
    yield "saved documents", f"{footprint.writes:.1f}"
    yield "messages to the citizen", f"{footprint.messages:.1f}"
    yield "spans, where it is traced", f"{footprint.spans:.0f}"


def _bytes(sizes: Mapping[str, float]) -> Iterator[Sequence[str]]:
    return ((name, f"{size:,.0f}") for name, size in sizes.items())


def _needs(needs: Sequence[Need]) -> Iterator[Sequence[str]]:
    yield (
        "inquiries/s: mean · busy hour · design",
        *(f"{one.mean:,.2f} · {one.busy:,.2f} · {one.design:,.2f}" for one in needs),
    )
    yield "events/s", *(f"{one.events:,.0f}" for one in needs)
    yield "into the bus, one copy", *(f"{_size(one.bus_in)}/s" for one in needs)
    yield "kept on the bus (7 days, 3 copies)", *(_size(one.bus_kept) for one in needs)
    yield "documents of a year (3 copies)", *(_size(one.stored_a_year) for one in needs)
    yield "saves/s", *(f"{one.writes:,.0f}" for one in needs)
    yield f"spans/s ({TRACED_SHARE:.0%} traced)", *(f"{one.spans:,.1f}" for one in needs)
    for service in needs[0].replicas:
        yield f"replicas of {service}", *(f"{one.replicas[service]}" for one in needs)
    yield "partitions of a topic", *(f"{one.partitions}" for one in needs)
    yield "brokers", *(f"{one.brokers}" for one in needs)
    yield "replica sets of MongoDB", *(f"{one.shards}" for one in needs)


def _limit(limit: Limit) -> Sequence[str]:
    return f"{limit.rate:,.0f} inquiries/s", limit.part, limit.raised


def _size(size: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
