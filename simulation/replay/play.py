"""Plays a record through a city of its own: posts in order, answers as recorded, compares."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from dasan.districts.v1.events_pb2 import PERMIT_DECISION_GRANTED
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
from deploy.local.ports import Ports
from deploy.local.settings import record
from deploy.local.stack import LocalStack
from services import cities
from simulation.actors.intake_client import IntakeClient, NotTaken
from simulation.actors.offices import OfficeClient
from simulation.judge.history import Fact
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from simulation.outside import Outside, WaysIn
from simulation.replay import mapping as mappings
from simulation.replay import records
from simulation.replay.comparison import Comparison, Handled
from simulation.replay.mapping import RecordMapping
from simulation.replay.records import Loss, Recorded

# Requests under way at once: enough for full batches, few enough to keep each one quick.
_UNDER_WAY = 600
_POSTERS = 48
_STALLED_AFTER_SECONDS = 60.0
_QUIET_SECONDS = 2.0
_FAULTS_SHOWN = 20


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Plays the record on a stack of its own; 1 when a request was lost, 2 for a bad record."""
    file = record(arguments.file)
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
        total = records.lines_of(file, mapping)
    except (mappings.MappingFault, records.RecordUnusable) as error:
        console.print(str(error), style="red", markup=False)
        return 2
    total = min(total, arguments.limit) if arguments.limit else total
    data = arguments.keep or Path(tempfile.mkdtemp(prefix="dasan-replay-"))
    stack = LocalStack(
        data=data, ports=Ports.free(), city=arguments.city, tracing=False, build=arguments.db
    )
    try:
        console.print(f"starting a city of its own in {data}", style="dim", markup=False)
        with stack:
            replay = Replay(ways=WaysIn.of(stack), city=city, mapping=mapping)
            asyncio.run(replay.play(file, arguments.limit, total, console))
    finally:
        if arguments.keep is None:
            shutil.rmtree(data, ignore_errors=True)
    return replay.report(console)


class Replay:
    """One replay and what has come of it."""

    def __init__(self, *, ways: WaysIn, city: cities.City, mapping: RecordMapping) -> None:
        self.outside = Outside(
            ways,
            door=IntakeClient([ways.intake], key=ways.system_key, connections=_POSTERS),
            alone=True,
            on_fact=self.hear,
            on_end=self.compare,
        )
        self.comparison = Comparison()
        self.stalled = False
        self.seconds = 0.0
        self._city = city
        self._mapping = mapping
        self._loss = Loss()
        self._handled: dict[str, Handled] = {}
        self._recorded: dict[str, asyncio.Future[Recorded]] = {}
        self._progress: Progress | None = None
        self._bar: TaskID | None = None

    async def play(self, path: Path, limit: int, total: int, console: Console) -> None:
        """Posts, answers and waits until all has settled, or nothing moves any more."""
        loop = asyncio.get_running_loop()
        columns = (TextColumn("replayed"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        async with self.outside:
            await self.outside.open_offices(self.work)
            with Progress(*columns, console=console) as self._progress:
                self._bar = self._progress.add_task("replayed", total=total)
                began = loop.time()
                await self._post_all(self._rows(path, limit))
                await self._until(lambda: not self.outside.under_way)
                self.seconds = loop.time() - began
                await asyncio.sleep(_QUIET_SECONDS)

    def hear(self, fact: Fact) -> None:
        """Notes what the comparison needs of a fact."""
        handled = self._handled.setdefault(fact.inquiry_id, Handled())
        if fact.label == "InquiryAssigned:1:1":
            handled.office = fact.message.office_id
            handled.due_at = fact.message.due_at.ToDatetime(tzinfo=UTC)
        elif fact.label == "CaseAnswered:1":
            handled.answered_at = fact.message.answered_at.ToDatetime(tzinfo=UTC)
            # By the record's own time: what is entered years later is overdue to the city.
            handled.overdue = handled.answered_at > fact.message.due_at.ToDatetime(tzinfo=UTC)

    def compare(self, asked: Asked) -> None:
        """Compares a request that has come to its end."""
        recorded = self._recorded[asked.inquiry_id].result()
        self.comparison.add(recorded, self._handled.pop(asked.inquiry_id))
        if asked.kind is not Kind.OPEN:  # an open one may still have to reach its office
            del self._recorded[asked.inquiry_id]
        self._advance()

    async def work(self, office: OfficeClient, item: Any) -> None:
        """Whatever office has the case does what the record says was done, when it says so."""
        recorded = await self._record_of(item.inquiry_id)
        if recorded.closed_at is None:
            return
        closed_at = recorded.closed_at
        local = closed_at.astimezone(self._mapping.timezone)
        await office.accept(item.inquiry_id, recorded.opened_at)
        text = f"Closed on {local:%Y-%m-%d %H:%M} according to the record."
        if item.permit:
            await office.decide(item.inquiry_id, PERMIT_DECISION_GRANTED, text, closed_at)
        else:
            await office.answer(item.inquiry_id, text, closed_at)

    def report(self, console: Console) -> int:
        """Prints what came of it; 1 when something was lost, doubled or invented."""
        names = {office.id: office.names["en"] for office in self._city.offices.values()}
        console.print()
        console.print(self.comparison.table())
        console.print()
        console.print(self.comparison.confusion_table(names))
        if self._loss.skipped:
            console.print(f"\n{self._loss.told()}:", style="yellow")
            for row in self._loss.shown:
                console.print(f"  line {row.line}: {row.reason}", markup=False)
        asked = len(self.outside.asked)
        rate = asked / self.seconds if self.seconds else 0.0
        console.print(f"\n{asked:,} requests in {self.seconds:,.0f} s ({rate:.0f}/s)")
        problems = [
            *self.outside.problems(),
            *(
                f"{inquiry}: the city refused the office: {slug}"
                for inquiry, slug in self.outside.refusals.items()
            ),
            *map(str, self.outside.faults()),
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
        good = self._loss.good(records.read(path, self._mapping, self._city.catalogue.keys()))
        return records.in_order(itertools.islice(good, limit or None))

    async def _post_all(self, rows: Iterator[Recorded]) -> None:
        """A closed loop: the next row waits for its turn, so the city sets the pace."""
        for row in rows:
            await self._until(self._has_room)
            if self.stalled:
                return
            self.outside.start(self._post(row))

    def _has_room(self) -> bool:
        return self.outside.under_way < _UNDER_WAY and self.outside.visiting < _POSTERS

    async def _until(self, done: Callable[[], bool]) -> None:
        """Returns when the condition holds, or when nothing has moved for so long that nothing
        will."""
        while not self.stalled and not done():
            self.stalled = not await self.outside.moves(_STALLED_AFTER_SECONDS)

    async def _post(self, row: Recorded) -> None:
        body = body_of(row)
        try:
            receipt = await self.outside.door.post(f"replay-{row.line}-{row.id}", body)
        except NotTaken as refusal:
            raise NotTaken(f"refused: line {row.line}: {refusal}") from None
        # Noted before the promise: an open request may have come to its end as soon as it is
        # promised.
        self._record_of(receipt["inquiry_id"]).set_result(row)
        self.outside.promised(receipt, Kind.OPEN if row.closed_at is None else Kind.CASE, body)

    def _record_of(self, inquiry_id: str) -> asyncio.Future[Recorded]:
        """The record of an inquiry; the case may reach its office before the receipt reaches us."""
        if inquiry_id not in self._recorded:
            self._recorded[inquiry_id] = asyncio.get_running_loop().create_future()
        return self._recorded[inquiry_id]

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
