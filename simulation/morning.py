"""The simulated city at work on a running stack: citizens, offices, and an observer on the bus.

Citizens use the public API, offices their gRPC; only the observer reads the bus, to count and to
judge.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from rich.console import Console
from rich.live import Live

from deploy.local.stack import LocalStack
from services import cities
from services.common import contracts
from simulation.actors import figures as published
from simulation.actors.citizens import Citizens, Inquiry, arrivals, phrases, thinking
from simulation.actors.desk import Desk
from simulation.actors.intake_client import Intake, NotTaken
from simulation.actors.offices import OfficesAtWork
from simulation.actors.respondents import Respondents
from simulation.actors.staff import Staff
from simulation.judge.history import Fact, Lives, Observer
from simulation.judge.promises import Asked, judge_all, lacking
from simulation.summary import Stages, Summary, durations

MORNING_STARTS_AT = 9
MORNING_SECONDS = 60.0
MORNING_SPEED = 60.0
_SETTLES_WITHIN_SECONDS = 90.0
# Twice the interval at which a crash's remains are published: what came twice shows by then.
_QUIET_SECONDS = 2.0
_REFRESH_PER_SECOND = 4
_RESPONDENT_MINUTES = 4.0


def play(
    stack: LocalStack,
    console: Console,
    *,
    speed: float | None,
    once: bool,
    summed_up: Callable[[Summary], None],
) -> None:
    """A morning of the city, compressed; `summed_up` hears of it when all has settled.

    With `once` that is all, and nobody else uses the city, so that whatever else happens in it is a
    fault. Otherwise the city goes on, at `speed` times a real day's pace, until interrupted.
    """
    if missing := set(contracts.SERVICES) - set(stack.services):
        raise ValueError(f"the simulated city needs all services; missing: {sorted(missing)}")
    # One event loop for both: gRPC stays with the first it has seen.
    asyncio.run(_play(stack, console, speed, once, summed_up))


async def _play(
    stack: LocalStack,
    console: Console,
    speed: float | None,
    once: bool,
    summed_up: Callable[[Summary], None],
) -> None:
    summed_up(await _morning(stack, console, (once and speed) or MORNING_SPEED, once))
    if not once:
        console.print("the city goes on; Ctrl-C ends it")
        await _day(stack, console, speed or 1.0)


@dataclass(slots=True)
class Town:
    """Everybody outside the city's own services, and what they have been promised so far."""

    citizens: Citizens
    staff: Staff
    intake: Intake
    respondents: Respondents
    run: str
    alone: bool
    lives: Lives = field(default_factory=Lives)
    stages: Stages = field(default_factory=Stages)
    asked: dict[str, Asked] = field(default_factory=dict)
    offices: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while nobody waits for anything."""
    _posting: set[asyncio.Task[None]] = field(default_factory=set)
    _waiting: set[str] = field(default_factory=set)
    _sent: int = 0

    def post(self) -> None:
        """Somebody asks something now, however slow the city is."""
        inquiry = self.citizens.ask()
        self._sent += 1
        task = asyncio.create_task(self._post(f"{self.run}-{self._sent}", inquiry))
        self._posting.add(task)
        self.calm.clear()
        task.add_done_callback(self._posted)

    def _posted(self, task: asyncio.Task[None]) -> None:
        self._posting.discard(task)
        self._review()

    async def _post(self, key: str, inquiry: Inquiry) -> None:
        try:
            receipt = await self.intake.post(key, inquiry.body)
        except NotTaken as refusal:
            self.refused.append(str(refusal))
            return
        inquiry_id = receipt["inquiry_id"]
        self.offices[inquiry_id] = inquiry.office
        self.asked[inquiry_id] = Asked(
            inquiry_id=inquiry_id,
            receipt_number=receipt["receipt_number"],
            secret=receipt["status_secret"],
            kind=inquiry.kind,
            has_contact=inquiry.has_contact,
            service=inquiry.service,
        )
        self._review(inquiry_id)

    def hear(self, fact: Fact) -> None:
        """Takes in a fact from the bus."""
        if not self.lives.add(fact):
            return
        self.stages.add(fact)
        if fact.label == "MessageDelivered:SURVEY:1":
            self.respondents.invite(fact.inquiry_id, fact.message.delivery_id)
        self._review(fact.inquiry_id)

    def ask_back(self, inquiry_id: str) -> tuple[str, str] | None:
        """The office and service that a citizen names when asked; None for a stranger's inquiry."""
        asked = self.asked.get(inquiry_id)
        return (self.offices[inquiry_id], asked.service) if asked else None

    def surveyed(self, inquiry_id: str, stored: bool) -> None:
        """A citizen is done with the survey; `stored` if the city took an answer."""
        if stored and inquiry_id in self.asked:
            self.asked[inquiry_id].survey_answered = True
        self._review(inquiry_id)

    def _review(self, inquiry_id: str | None = None) -> None:
        """Looks again whether somebody waits, after something about this inquiry has changed."""
        if inquiry_id is not None and (asked := self.asked.get(inquiry_id)) is not None:
            life = self.lives.by_inquiry.get(inquiry_id)
            if life is None or lacking(asked, life):
                self._waiting.add(inquiry_id)
            else:
                self._waiting.discard(inquiry_id)
        if self._posting or self._waiting or self.respondents.thinking:
            self.calm.clear()
        else:
            self.calm.set()

    def summary(self, satisfaction: dict[str, object] | None) -> Summary:
        """What it all amounted to."""
        shown = next((a for a in self.asked.values() if a.kind == "case"), None)
        return Summary(
            stages=self.stages,
            times=durations(self.lives.by_inquiry.values()),
            satisfaction=satisfaction,
            acknowledged=len(self.asked),
            faults=judge_all(self.asked.values(), self.lives.by_inquiry, alone=self.alone),
            refused=(*self.refused, *["never acknowledged"] * len(self._posting)),
            receipt=(shown.receipt_number, shown.secret) if shown else None,
        )


async def _morning(stack: LocalStack, console: Console, speed: float, once: bool) -> Summary:
    async with _town(stack, console, speed, alone=once, seed=120) as town:
        start = datetime.now(town.citizens.city.timezone).replace(
            hour=MORNING_STARTS_AT, minute=0, second=0
        )
        console.print(
            f"a morning in {town.citizens.city.names['en']} from {start:%H:%M}, "
            f"{speed:g} times as fast\n"
        )
        title = "on the bus"
        with Live(
            console=console,
            get_renderable=lambda: town.stages.table(title),
            refresh_per_second=_REFRESH_PER_SECOND,
        ):
            await _ask(town, start, MORNING_SECONDS, speed)
            await _settle(town)
        return town.summary(await _satisfaction(stack.http_url("survey")))


async def _day(stack: LocalStack, console: Console, speed: float) -> None:
    async with _town(stack, console, speed, alone=False, seed=None) as town:
        start = datetime.now(town.citizens.city.timezone)
        with Live(
            console=console,
            get_renderable=lambda: town.stages.table(f"since {start:%H:%M}, at speed {speed:g}"),
            refresh_per_second=1,
            transient=True,
        ):
            await _ask(town, start, float("inf"), speed)


@asynccontextmanager
async def _town(
    stack: LocalStack, console: Console, speed: float, *, alone: bool, seed: int | None
) -> AsyncIterator[Town]:
    environment = stack.service_environment()
    city = cities.load(environment["CITY"])
    figures = published.of_city(city.id)
    today = datetime.now(city.timezone).date()
    said = phrases(city.languages)
    chance = random.Random(seed)
    async with AsyncExitStack() as stopping:
        staff = Staff(city=city, figures=figures, phrases=said, speed=speed, chance=chance)
        intake = Intake(stack.http_url("intake"))
        stopping.push_async_callback(intake.close)
        respondents = Respondents(
            folder=stack.messages,
            response_rate=figures.response_rate,
            scores=figures.scores,
            comments=next(iter(said.values())).comments,
            patience=lambda: thinking(_RESPONDENT_MINUTES, speed, chance),
            chance=chance,
            done=lambda inquiry_id, stored: town.surveyed(inquiry_id, stored),
        )
        stopping.push_async_callback(respondents.stop)
        town = Town(
            citizens=Citizens(city=city, figures=figures, today=today, chance=chance),
            staff=staff,
            intake=intake,
            respondents=respondents,
            run=f"simulated-{time.time_ns():x}",
            alone=alone,
        )
        observer = Observer(stack.broker.bootstrap, town.hear)
        await observer.start()
        stopping.push_async_callback(observer.stop)
        town.alone = alone and observer.nothing_before
        floor = OfficesAtWork(
            address=stack.grpc_address("districts"),
            secret=environment["OFFICE_TOKEN_SECRET"],
            offices=[office.id for office in city.offices_on(today)],
            work=staff.work,
        )
        stopping.push_async_callback(floor.stop)
        await floor.start()
        desk = Desk(stack.http_url("routing"), town.ask_back)
        desk.start()
        stopping.push_async_callback(desk.stop)
        console.print(f"{len(city.offices_on(today))} offices watch their work", style="dim")
        yield town


async def _ask(town: Town, start: datetime, seconds: float, speed: float) -> None:
    """Inquiries come when they come: a slow city doesn't slow the citizens."""
    began = time.monotonic()
    citizens = town.citizens
    for at in arrivals(citizens.figures, start, seconds, speed, citizens.chance):
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        town.post()


async def _settle(town: Town) -> None:
    """Waits until nobody waits any more, or for so long that something must have been lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_SETTLES_WITHIN_SECONDS):
            await town.calm.wait()
    await asyncio.sleep(_QUIET_SECONDS)


async def _satisfaction(survey_url: str) -> dict[str, object] | None:
    async with httpx.AsyncClient(base_url=survey_url, trust_env=False) as client:
        try:
            answer = await client.get("/v1/satisfaction")
            answer.raise_for_status()
        except httpx.HTTPError:
            return None
    city: dict[str, object] = answer.json()["city"]
    return city


def next_steps(stack: LocalStack, summary: Summary, now: datetime) -> str:
    """Three commands to copy: ask something, follow it, see its way through the services."""
    intake = stack.http_url("intake")
    city = cities.load(stack.service_environment()["CITY"])
    question = f"({now.astimezone(UTC):%H:%M}) {next(iter(city.catalogue.values())).names['en']}?"
    post = (
        f"curl -s {intake}/v1/inquiries -H 'content-type: application/json' \\\n"
        f'    -d \'{{"text": "{question}", "language": "en"}}\''
    )
    if summary.receipt is None:
        return f"\nask the city something:\n  {post}"
    number, secret = summary.receipt
    return (
        f"\nask the city something:\n  {post}\n"
        f"follow an inquiry by its receipt:\n"
        f"  curl -s '{intake}/v1/inquiries/{number}?secret={secret}'\n"
        f"see its way through the services:\n  make trace RECEIPT={number}\n"
    )
