"""A morning of the simulated city on a running stack, compressed, and the days that follow.

Owns when people ask and what a person reads of it; `outside` keeps who still waits and what is
wrong.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
from rich.console import Console
from rich.live import Live

from deploy.local.stack import LocalStack
from services import cities
from services.common.events import contracts
from simulation.actors import figures as published
from simulation.actors.citizens import (
    Citizens,
    Inquiry,
    arrivals,
    longest_thought,
    phrases,
    thinking,
)
from simulation.actors.desk import Desk
from simulation.actors.replies import Replies
from simulation.actors.respondents import Respondents
from simulation.actors.staff import Staff
from simulation.judge.history import Fact
from simulation.judge.lifecycles import QUESTIONS, Kind
from simulation.judge.reach import Reach, reach
from simulation.outside import Outside, WaysIn
from simulation.summary import Stages, Summary, durations

MORNING_STARTS_AT_HOUR = 9
MORNING_SECONDS = 60.0
MORNING_SPEED = 60.0
DAY_SPEED = 1.0
# How long the summary waits once all has settled: an event that comes twice shows by then.
_QUIET_SECONDS = 2.0
_REFRESH_PER_SECOND = 4
_RESPONDENT_MINUTES = 4.0


def play(
    stack: LocalStack,
    console: Console,
    *,
    speed: float | None,
    once: bool,
    sandbox: str | None,
    summed_up: Callable[[Summary], None],
) -> None:
    """A morning of the city, compressed; `summed_up` hears of it when all has settled.

    With `once` that is all, and nobody else uses the city, so that whatever else happens in it is a
    fault. Otherwise the city goes on until interrupted. `speed` is how many times as fast as a real
    day people's time runs, in the morning and after it; without one the morning is compressed and
    the city goes on at a real day's pace. The office `sandbox` is left to somebody else.
    """
    if missing := set(contracts.services()) - set(stack.services):
        raise ValueError(f"the simulated city needs all services; missing: {sorted(missing)}")
    # One event loop for both: gRPC stays with the first it has seen.
    asyncio.run(_play(stack, console, speed, once, sandbox, summed_up))


async def _play(
    stack: LocalStack,
    console: Console,
    speed: float | None,
    once: bool,
    sandbox: str | None,
    summed_up: Callable[[Summary], None],
) -> None:
    morning, afterwards = paces(speed)
    summed_up(await _morning(stack, console, morning, once, sandbox))
    if not once:
        console.print(f"the city goes on, {pace(afterwards)}; Ctrl-C ends it")
        await _day(stack, console, afterwards, sandbox)


def paces(speed: float | None) -> tuple[float, float]:
    """The speeds of the morning and of what follows it: the given one, with and without an end."""
    return (speed, speed) if speed else (MORNING_SPEED, DAY_SPEED)


def pace(speed: float) -> str:
    """How fast people's time runs, in words."""
    return "at a real day's pace" if speed == 1 else f"{speed:g} times as fast as a real day"


class Asks(Protocol):
    """Whoever has something to ask."""

    def ask(self) -> Inquiry:
        """The next thing."""
        ...


class Town:
    """The people of one city today: who asks, who answers surveys, who sits at the desk."""

    def __init__(
        self,
        ways: WaysIn,
        *,
        citizens: Asks,
        respondents: Respondents,
        replies: Replies,
        alone: bool,
        person_seconds: float,
        sandbox: str | None = None,
    ) -> None:
        """`alone`, `person_seconds` and `sandbox` as of `Outside`."""
        self.outside = Outside(
            ways,
            alone=alone,
            person_seconds=person_seconds,
            sandbox=sandbox,
            on_fact=self.hear,
        )
        self.citizens = citizens
        self.respondents = respondents
        self.replies = replies
        self.stages = Stages()
        self._run = f"simulated-{time.time_ns():x}"
        self._sent = 0
        self.inquiries: dict[str, Inquiry] = {}
        """What the city has acknowledged, by its id."""
        self._silent: set[str] = set()
        self._early: dict[str, list[Any]] = {}

    def post(self, inquiry: Inquiry | None = None) -> None:
        """Somebody asks something now, however slow the city is: this, or what comes next."""
        self._sent += 1
        asked = self.citizens.ask() if inquiry is None else inquiry
        self.outside.start(self._post(f"{self._run}-{self._sent}", asked))

    async def _post(self, key: str, inquiry: Inquiry) -> None:
        asked = await self.outside.ask(inquiry.kind, inquiry.body, key=key)
        self.inquiries[asked.inquiry_id] = inquiry
        self.acknowledged(asked.inquiry_id, inquiry)
        for question in self._early.pop(asked.inquiry_id, ()):
            self.outside.start(self._reply(asked.inquiry_id, question))

    def acknowledged(self, inquiry_id: str, inquiry: Inquiry) -> None:
        """Somebody has their receipt."""

    def hear(self, fact: Fact) -> None:
        """Counts a fact; who is invited to a survey may answer it, and so may who is asked."""
        self.stages.add(fact)
        if fact.label.partition(":")[0] in QUESTIONS:
            self.outside.start(self._reply(fact.inquiry_id, fact.message))
        if fact.label.startswith("MessageDelivered:survey:") and self.respondents.willing():
            self.outside.start(self._respond(fact.inquiry_id, fact.message))

    async def _respond(self, inquiry_id: str, delivered: Any) -> None:
        stored = await self.respondents.answer(delivered.delivery_id)
        if stored and (asked := self.outside.asked.get(inquiry_id)):
            self.outside.survey_answered(asked, delivered.round)

    async def _reply(self, inquiry_id: str, question: Any) -> None:
        """A citizen is asked, thinks, and answers or does not."""
        await self.replies.think()
        inquiry, asked = self.inquiries.get(inquiry_id), self.outside.asked.get(inquiry_id)
        if inquiry is None or asked is None:
            # A slow city asks before it has acknowledged; a stranger's question stays here.
            self._early.setdefault(inquiry_id, []).append(question)
            return
        body = self.replies.decide(inquiry, question)
        if body is None:
            self._silent.add(inquiry_id)
        elif await self.replies.send(asked.receipt_number, asked.secret, body):
            self.outside.question_answered(asked, question.round, question.number)

    def waits(self, inquiry_id: str) -> bool:
        """Whether the desk leaves an inquiry to its citizen, who was asked."""
        return inquiry_id not in self._silent

    def ask_back(self, inquiry_id: str) -> tuple[str, str] | None:
        """The office and service that a citizen names when asked; None for a stranger's inquiry."""
        inquiry = self.inquiries.get(inquiry_id)
        return (inquiry.offices[0], inquiry.service) if inquiry else None

    def _reach(self, belongs: Callable[[Inquiry], bool]) -> Reach:
        """How the matters that belong to a group reached an office."""
        competent = {
            id_: inquiry.offices for id_, inquiry in self.inquiries.items() if belongs(inquiry)
        }
        return reach(competent, self.outside.lives.by_inquiry)

    def summary(self, satisfaction: dict[str, object] | None) -> Summary:
        """What it all amounted to."""
        outside = self.outside
        shown = next((a for a in outside.asked.values() if a.kind is Kind.CASE), None)
        return Summary(
            stages=self.stages,
            times=durations(outside.lives.by_inquiry.values()),
            satisfaction=satisfaction,
            acknowledged=len(outside.asked),
            faults=outside.faults(),
            problems=outside.problems(),
            noted=outside.noted(),
            reaches={
                "all": self._reach(lambda inquiry: True),
                "where nobody named the category": self._reach(
                    lambda inquiry: inquiry.body["category"] is None
                ),
            },
            receipt=(shown.receipt_number, shown.secret) if shown else None,
        )


async def _morning(
    stack: LocalStack, console: Console, speed: float, once: bool, sandbox: str | None
) -> Summary:
    citizens = _citizens(stack, seed=120)
    async with _town(stack, console, speed, citizens, alone=once, sandbox=sandbox) as town:
        start = datetime.now(citizens.city.timezone).replace(
            hour=MORNING_STARTS_AT_HOUR, minute=0, second=0
        )
        console.print(
            f"a morning in {citizens.city.names['en']} from {start:%H:%M}, {pace(speed)}\n"
        )
        title = "on the bus"
        with Live(
            console=console,
            get_renderable=lambda: town.stages.table(title),
            refresh_per_second=_REFRESH_PER_SECOND,
        ):
            await _ask(town, citizens, start, MORNING_SECONDS, speed)
            await town.outside.rest()
            await asyncio.sleep(_QUIET_SECONDS)
        return town.summary(await _satisfaction(stack.http_url("survey")))


async def _day(stack: LocalStack, console: Console, speed: float, sandbox: str | None) -> None:
    citizens = _citizens(stack, seed=None)
    async with _town(stack, console, speed, citizens, alone=False, sandbox=sandbox) as town:
        start = datetime.now(citizens.city.timezone)
        with Live(
            console=console,
            get_renderable=lambda: town.stages.table(f"since {start:%H:%M}, {pace(speed)}"),
            refresh_per_second=1,
            transient=True,
        ):
            await _ask(town, citizens, start, float("inf"), speed)


def _citizens(stack: LocalStack, *, seed: int | None) -> Citizens:
    city = cities.load(stack.service_environment()["CITY"])
    today = datetime.now(city.timezone).date()
    figures = published.of_city(city.id)
    return Citizens(city=city, figures=figures, today=today, chance=random.Random(seed))


@asynccontextmanager
async def _town(
    stack: LocalStack,
    console: Console,
    speed: float,
    citizens: Citizens,
    *,
    alone: bool,
    sandbox: str | None,
) -> AsyncIterator[Town]:
    city, figures, chance = citizens.city, citizens.figures, citizens.chance
    said = phrases(city.languages)
    slowest = max(figures.accept_minutes, figures.answer_minutes, _RESPONDENT_MINUTES)
    respondents = Respondents(
        folder=stack.messages,
        response_rate=figures.response_rate,
        scores=figures.scores,
        comments=next(iter(said.values())).comments,
        patience=lambda: thinking(_RESPONDENT_MINUTES, speed, chance),
        chance=chance,
    )
    replies = Replies(
        stack.http_url("intake"),
        listed={service.code for service in city.services_to_choose_on(citizens.today)},
        patience=lambda: thinking(_RESPONDENT_MINUTES, speed, chance),
        chance=chance,
    )
    town = Town(
        WaysIn.of(stack),
        citizens=citizens,
        respondents=respondents,
        replies=replies,
        alone=alone,
        person_seconds=longest_thought(slowest, speed),
        sandbox=sandbox,
    )
    desk = Desk(
        stack.http_url("routing"),
        stack.key_of("desk"),
        stack.key_of("sealed-desk"),
        town.ask_back,
        waits=town.waits,
    )
    staff = Staff(
        city=city,
        figures=figures,
        phrases=said,
        speed=speed,
        chance=chance,
        designate=desk.designate,
    )
    async with AsyncExitStack() as stopping:
        stopping.push_async_callback(respondents.close)
        stopping.push_async_callback(replies.close)
        await stopping.enter_async_context(town.outside)
        await town.outside.open_offices(staff.work)
        desk.start()
        stopping.push_async_callback(desk.stop)
        left_out = f"; {sandbox} is yours" if sandbox else ""
        console.print(
            f"{len(town.outside.office_ids())} offices watch their work{left_out}", style="dim"
        )
        yield town


async def _ask(
    town: Town, citizens: Citizens, start: datetime, seconds: float, speed: float
) -> None:
    """Inquiries come when they come: a slow city doesn't slow the citizens."""
    began = time.monotonic()
    for at in arrivals(citizens.figures, start, seconds, speed, citizens.chance):
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        town.post()


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
