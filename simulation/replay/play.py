"""Plays a record through a city of its own: posts in order, answers as recorded, compares."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from deploy.local.chosen_city import require
from deploy.local.database import Build
from deploy.local.ports import Ports
from deploy.local.stack import LocalStack
from services import cities
from simulation.actors.intake_client import Intake, NotTaken
from simulation.actors.offices import OfficeClient, OfficesAtWork
from simulation.judge.history import Fact, Lives, Observer
from simulation.judge.promises import Asked, Fault, Kind, judge_all, lacking
from simulation.replay import mapping as mappings
from simulation.replay import records
from simulation.replay.comparison import Comparison, Handled
from simulation.replay.mapping import RecordMapping
from simulation.replay.records import BadRow, Recorded

# So many requests may be under way: enough for full batches, few enough to keep each one quick.
_UNDER_WAY = 600
_POSTERS = 48
_STALLED_AFTER_SECONDS = 60.0
_QUIET_SECONDS = 2.0
_BAD_ROWS_SHOWN = 20
_FAULTS_SHOWN = 20


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Plays the record on a stack of its own; 1 when a request was lost, 2 for a bad record."""
    city = require(arguments.city)
    try:
        if arguments.mapping is None and city.replay_mapping is None:
            raise mappings.MappingFault(
                f"the pack of {city.id} maps no record; give a file with --mapping"
            )
        mapping = (
            mappings.read_file(arguments.mapping)
            if arguments.mapping
            else mappings.read(city.replay_mapping or {})
        )
        total = records.lines_of(arguments.file, mapping)
    except (mappings.MappingFault, records.RecordUnusable) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    total = min(total, arguments.limit) if arguments.limit else total
    data = arguments.keep or Path(tempfile.mkdtemp(prefix="dasan-replay-"))
    build: Build = "rust" if os.environ.get("DB") == "rust" else "python"
    stack = LocalStack(
        data=data, ports=Ports.free(), city=arguments.city, tracing=False, build=build
    )
    try:
        console.print(f"starting a city of its own in {data}", style="dim", markup=False)
        with stack:
            replay = Replay(stack=stack, city=city, mapping=mapping)
            asyncio.run(replay.play(arguments.file, arguments.limit, total, console))
    finally:
        if arguments.keep is None:
            shutil.rmtree(data, ignore_errors=True)
    return replay.report(console)


class _Stalled(Exception):
    """Nothing moves any more, so nothing will."""


@dataclass(slots=True)
class Replay:
    """One replay and what has come of it."""

    stack: LocalStack
    city: cities.City
    mapping: RecordMapping
    comparison: Comparison = field(default_factory=Comparison)
    lives: Lives = field(default_factory=Lives)
    asked: dict[str, Asked] = field(default_factory=dict)
    bad: deque[BadRow] = field(default_factory=deque)
    bad_count: int = 0
    refused: list[str] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()
    stalled: bool = False
    seconds: float = 0.0
    refusals: dict[str, str] = field(default_factory=dict)
    _handled: dict[str, Handled] = field(default_factory=dict)
    _recorded: dict[str, asyncio.Future[Recorded]] = field(default_factory=dict)
    _under_way: int = 0
    _posting: int = 0
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[str] = field(default_factory=set)
    _progress: Progress | None = None
    _bar: TaskID | None = None

    async def play(self, path: Path, limit: int, total: int, console: Console) -> None:
        """Posts, answers and waits until all has settled, or nothing moves any more."""
        loop = asyncio.get_running_loop()
        environment = self.stack.service_environment()
        today = datetime.now(self.city.timezone).date()
        async with AsyncExitStack() as stopping:
            intake = Intake(self.stack.http_url("intake"), connections=_POSTERS)
            stopping.push_async_callback(intake.close)
            observer = Observer(self.stack.broker.bootstrap, self.hear)
            await observer.start()
            stopping.push_async_callback(observer.stop)
            floor = OfficesAtWork(
                address=self.stack.grpc_address("districts"),
                secret=environment["OFFICE_TOKEN_SECRET"],
                offices=[office.id for office in self.city.offices_on(today)],
                work=self.work,
            )
            stopping.push_async_callback(floor.stop)
            await floor.start()
            columns = (
                TextColumn("replayed"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._progress = stopping.enter_context(Progress(*columns, console=console))
            self._bar = self._progress.add_task("replayed", total=total)
            began = loop.time()
            await self._post_all(intake, self._rows(path, limit))
            await self._settle()
            self.seconds = loop.time() - began
            await asyncio.sleep(_QUIET_SECONDS)
            self.refusals = floor.refusals
        self.faults = judge_all(self.asked.values(), self.lives.by_inquiry, alone=True)

    def hear(self, fact: Fact) -> None:
        """Takes in a fact from the bus."""
        if not self.lives.add(fact):
            return
        self._moved.set()
        handled = self._handled.setdefault(fact.inquiry_id, Handled())
        if fact.label == "InquiryAssigned:1":
            handled.office = fact.message.office_id
            handled.due_at = fact.message.due_at.ToDatetime(tzinfo=UTC)
        elif fact.label == "CaseAnswered":
            handled.answered_at = fact.message.answered_at.ToDatetime(tzinfo=UTC)
            handled.overdue = fact.message.overdue
        self._review(fact.inquiry_id)

    async def work(self, office: OfficeClient, item: Any) -> None:
        """Whatever office has the case does what the record says was done, when it says so."""
        recorded = await self._record_of(item.inquiry_id)
        if recorded.closed_at is None:
            return
        opened_at = recorded.opened_at.astimezone(UTC)
        closed_at = recorded.closed_at.astimezone(UTC)
        await office.accept(item.inquiry_id, opened_at)
        text = f"Closed on {recorded.closed_at:%Y-%m-%d %H:%M} according to the record."
        if item.permit:
            await office.decide(item.inquiry_id, True, text, closed_at)
        else:
            await office.answer(item.inquiry_id, text, closed_at)

    def report(self, console: Console) -> int:
        """Prints what came of it; 1 when something was lost, doubled or invented."""
        names = {office.id: office.names["en"] for office in self.city.offices.values()}
        console.print()
        console.print(self.comparison.table())
        console.print()
        console.print(self.comparison.confusion_table(names))
        if self.bad_count:
            console.print(f"\n{self.bad_count:,} bad rows were skipped:", style="yellow")
            for row in self.bad:
                console.print(f"  line {row.line}: {row.reason}", markup=False)
        rate = len(self.asked) / self.seconds if self.seconds else 0.0
        console.print(f"\n{len(self.asked):,} requests in {self.seconds:,.0f} s ({rate:.0f}/s)")
        problems = [
            *(f"refused: {reason}" for reason in self.refused),
            *(
                f"{inquiry}: the city refused the office: {s}"
                for inquiry, s in self.refusals.items()
            ),
            *map(str, self.faults),
        ]
        if not problems and not self.stalled:
            console.print("nothing lost, doubled or invented", style="green")
            return 0
        if self.stalled:
            console.print("nothing moved any more; is a part of the city gone?", style="red")
        console.print(f"{len(problems):,} requests went wrong:", style="red")
        for problem in problems[:_FAULTS_SHOWN]:
            console.print(f"  {problem}", style="red", markup=False)
        return 1

    def _rows(self, path: Path, limit: int) -> Iterator[Recorded]:
        good = self._good(records.read(path, self.mapping, self.city.catalogue.keys()))
        return records.in_order(itertools.islice(good, limit or None))

    def _good(self, rows: Iterator[Recorded | BadRow]) -> Iterator[Recorded]:
        for row in rows:
            if isinstance(row, Recorded):
                yield row
                continue
            self.bad_count += 1
            if len(self.bad) < _BAD_ROWS_SHOWN:
                self.bad.append(row)

    async def _post_all(self, intake: Intake, rows: Iterator[Recorded]) -> None:
        """A closed loop: the next row waits for its turn, so the city sets the pace."""
        try:
            async with asyncio.TaskGroup() as group:
                for row in rows:
                    while self._under_way >= _UNDER_WAY or self._posting >= _POSTERS:
                        if not await self._anything_moves():
                            raise _Stalled
                    self._under_way += 1
                    self._posting += 1
                    group.create_task(self._post(intake, row))
                while self._posting:
                    if not await self._anything_moves():
                        raise _Stalled
        except* _Stalled:
            self.refused.append(f"{self._posting} requests were never acknowledged")

    async def _anything_moves(self) -> bool:
        """Waits for a change; False when none has come for so long that none will."""
        self._moved.clear()
        try:
            async with asyncio.timeout(_STALLED_AFTER_SECONDS):
                await self._moved.wait()
        except TimeoutError:
            self.stalled = True
            return False
        return True

    async def _settle(self) -> None:
        while self._open and not self.stalled:
            await self._anything_moves()

    async def _post(self, intake: Intake, row: Recorded) -> None:
        try:
            receipt = await intake.post(f"replay-{row.line}-{row.id}", body_of(row))
        except NotTaken as refusal:
            self.refused.append(f"line {row.line}: {refusal}")
            self._under_way -= 1
            return
        finally:
            self._posting -= 1
            self._moved.set()
        inquiry_id = receipt["inquiry_id"]
        self._open.add(inquiry_id)
        self.asked[inquiry_id] = Asked(
            inquiry_id=inquiry_id,
            receipt_number=receipt["receipt_number"],
            secret=receipt["status_secret"],
            kind=Kind.OPEN if row.closed_at is None else Kind.CASE,
            has_contact=True,
            service=row.service,
        )
        self._future(inquiry_id).set_result(row)
        self._review(inquiry_id)

    def _future(self, inquiry_id: str) -> asyncio.Future[Recorded]:
        """The record of an inquiry; the case may reach its office before the receipt reaches us."""
        if inquiry_id not in self._recorded:
            self._recorded[inquiry_id] = asyncio.get_running_loop().create_future()
        return self._recorded[inquiry_id]

    async def _record_of(self, inquiry_id: str) -> Recorded:
        return await self._future(inquiry_id)

    def _review(self, inquiry_id: str) -> None:
        """Compares a request that has come to its end, and frees its slot."""
        asked, life = self.asked.get(inquiry_id), self.lives.by_inquiry.get(inquiry_id)
        if inquiry_id not in self._open or asked is None or life is None or lacking(asked, life):
            return
        self._open.discard(inquiry_id)
        self._under_way -= 1
        self.comparison.add(self._recorded[inquiry_id].result(), self._handled.pop(inquiry_id))
        if asked.kind is not Kind.OPEN:  # an open one may still have to reach its office
            del self._recorded[inquiry_id]
        self._advance()

    def _advance(self) -> None:
        if self._progress is None or self._bar is None:
            return
        self._progress.advance(self._bar)
        # A bar moves only on a terminal; a log gets a line for each tenth.
        console, task = self._progress.console, self._progress.tasks[0]
        ended, total = round(task.completed), round(task.total or 0)
        if not console.is_terminal and ended % max(1, total // 10) == 0:
            console.print(f"replayed {ended:,} of {total:,}")


def body_of(row: Recorded) -> dict[str, Any]:
    """The recorded request as a body for the public API.

    The contact is made up, at a domain reserved for examples: the record names nobody.
    """
    place: dict[str, Any] | None = None
    if row.lat is not None:
        place = {"lat": row.lat, "lon": row.lon}
    elif row.address:
        place = {"address": row.address}
    return {
        "text": row.text,
        "category": row.service,
        "place": place,
        "contact": {"name": "Recorded", "email": f"record{row.line}@example.org"},
        "channel": row.channel,
        "received_at": row.opened_at.isoformat(),
    }
