"""Plays the day: who asks and when, what changes in between, and what is judged at its end.

Time is people's alone: they think for moments instead of minutes, so that a day's work fits into
minutes. Days of receipt are real ones, today and yesterday; the city's clock is never moved.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from string import ascii_lowercase
from typing import Any

import grpc
from dasan.districts.v1 import events_pb2

from deploy.local.stack import LocalStack
from services import cities
from services.cities.catalogue.model import Office, OfficeKind
from simulation.actors import figures as published
from simulation.actors import shares as assumed
from simulation.actors.applicants import Applicants
from simulation.actors.citizens import Citizens, Inquiry, phrases
from simulation.actors.clerks import Clerks
from simulation.actors.coordinator import RESUMED, RETURNED, Coordinator, Plan
from simulation.actors.credentials import Credential
from simulation.actors.desk import Desk
from simulation.actors.office_software import OfficeSoftware
from simulation.actors.offices import OfficeClient, OfficesAtWork, Refused
from simulation.actors.own_acts import OwnActs
from simulation.actors.replies import Replies
from simulation.actors.respondents import Respondents
from simulation.actors.shares import Shares
from simulation.day.pack import left_unanswered_since
from simulation.day.report import KINDS, Report
from simulation.judge import checker, competence, endings, evidence, leaks
from simulation.judge.competence import HEARD_WITHIN_SECONDS, Turns
from simulation.judge.history import Fact
from simulation.judge.lifecycles import ACT_REFUSED, Kind
from simulation.morning import Town
from simulation.outside import WaysIn

FIRST_ROUND = 1
_ENDS = "CaseAnswered:"
# Matters that lay on paper, with something that never came.
_LEFT_UNANSWERED = 2
# What is answered on the line is no office's work; a few show that it is told apart.
_ANSWERED_ON_THE_LINE = 0.15
# Of the offices of each change, so many are asked before it and after it.
_ASKED_AT = 2
# Nobody of ours takes longer for a step: cases that go back wait for the districts' notice.
_PERSON_SECONDS = 60.0
_ASSIGNED_WITHIN_SECONDS = 60.0
_SETTLED_WITHIN_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.5
_LIST_PAGE = 50
_MARK_LETTERS = 8
# So many questions to the city are under way at once when the day is checked.
_AT_ONCE = 16


class DayTown(Town):
    """The town of the day, which also notes every office's turn and every end of a round, and whose
    citizens act on their own matters."""

    def __init__(
        self, ways: WaysIn, *, shares: Shares, chance: random.Random, mark: str, **people: Any
    ) -> None:
        """As of `Town`; every word of an act has the `mark`."""
        super().__init__(ways, **people)
        self.turns = Turns()
        self.endings: dict[tuple[str, int], int] = {}
        self.refused: Counter[str] = Counter()
        self.own_acts = OwnActs(
            intake_url=ways.intake,
            asked=self.outside.asked.get,
            acted=self.outside.acted_themselves,
            shares=shares,
            chance=chance,
            mark=mark,
        )

    def acknowledged(self, inquiry_id: str, inquiry: Inquiry) -> None:
        """Some take back at once what they have just asked for."""
        if inquiry.regrets:
            self.outside.start(self.own_acts.regrets(inquiry_id, FIRST_ROUND))

    def hear(self, fact: Fact) -> None:
        """Counts a fact, as the town does, and notes whose turn begins or ends by it and how, and
        by what name a case refuses what a citizen did."""
        super().hear(fact)
        self.turns.add(fact)
        if fact.label.startswith(_ENDS):
            self.endings[fact.inquiry_id, fact.message.round] = fact.message.outcome
        elif fact.label.startswith(ACT_REFUSED):
            self.refused[fact.label.split(":")[1]] += 1


class Day:
    """One day of the city on a running stack that nobody else uses.

    `matters` come within `seconds`, beside those that are asked for where delegations change.
    `tell` hears in words of what changes. The same `seed` asks the same things.
    """

    def __init__(
        self,
        stack: LocalStack,
        *,
        matters: int,
        seconds: float,
        seed: int,
        tell: Callable[[str], None] = lambda words: None,
    ) -> None:
        self._stack = stack
        self._matters = matters
        self._seconds = seconds
        self._tell = tell
        chance = self._chance = random.Random(seed)
        ways = WaysIn.of(stack)
        self.city = city = cities.load(ways.city)
        self._today = today = datetime.now(city.timezone).date()
        self._plan = plan = Plan.of(city, today)
        shares = assumed.read()
        said = phrases(city.languages)
        # Letters alone, as a name has them, and no word of any language.
        self._words_of_citizens, self._words_of_offices = (
            f"qz{who}{''.join(chance.choices(ascii_lowercase, k=_MARK_LETTERS))}"
            for who in ("c", "o")
        )
        figures = published.of_city(city.id)
        figures = figures.model_copy(update={"first_call_resolution": _ANSWERED_ON_THE_LINE})
        self._applicants = Applicants(
            city=city,
            citizens=Citizens(city=city, figures=figures, today=today, chance=chance),
            shares=shares,
            today=today,
            chance=chance,
            mark=self._words_of_citizens,
            changing=plan.changing(),
        )
        self._respondents = Respondents(
            folder=stack.messages,
            response_rate=figures.response_rate,
            scores=figures.scores,
            comments=[self._words_of_citizens],
            patience=lambda: chance.uniform(0.2, 1.5),
            chance=chance,
        )
        self._replies = Replies(
            ways.intake,
            listed={service.code for service in city.services_to_choose_on(today)},
            patience=lambda: chance.uniform(0.2, 1.5),
            chance=chance,
        )
        self.town = DayTown(
            ways,
            citizens=self._applicants,
            respondents=self._respondents,
            replies=self._replies,
            alone=True,
            person_seconds=_PERSON_SECONDS,
            shares=shares,
            chance=chance,
            mark=self._words_of_citizens,
        )
        self._shares = shares
        self._left_since = left_unanswered_since(city, today)
        self._desk = Desk(
            stack.http_url("routing"),
            stack.key_of("desk"),
            stack.key_of("sealed-desk"),
            self.town.ask_back,
            waits=self.town.waits,
        )
        self.answered: Mapping[str, Counter[str]] = {kind: Counter() for kind in KINDS}
        self.clerks = Clerks(
            city=city,
            phrases=next(iter(said.values())),
            shares=shares,
            chance=chance,
            mark=self._words_of_offices,
            acted=self.town.outside.acted,
            designate=self._desk.designate,
            software=self._software,
            citizens=self.town.own_acts,
            visit=self.town.outside.start,
            left_since=self._lay_on_paper_since,
        )
        self.offices: OfficesAtWork = self.town.outside.offices(
            self.clerks.work, client=self._client
        )

    async def play(self) -> Report:
        """The whole day, and what is to be said of it."""
        town, began = self.town, time.monotonic()
        async with AsyncExitStack() as stopping:
            stopping.push_async_callback(self._respondents.close)
            stopping.push_async_callback(self._replies.close)
            stopping.push_async_callback(town.own_acts.close)
            await stopping.enter_async_context(town.outside)
            await self.offices.start()
            stopping.push_async_callback(self.offices.stop)
            self._tell(f"{len(self.offices.clients)} offices watch their work over gRPC")
            self._desk.start()
            stopping.push_async_callback(self._desk.stop)
            coordinator = Coordinator(
                channel=town.outside.channel,
                city=self.city,
                today=self._today,
                plan=self._plan,
                keys=town.outside.ways.office_keys,
                record_key=self._stack.key_of("offices-desk"),
                told=self._tell,
            )
            flow = asyncio.create_task(self._flow())
            await self._changes(coordinator)
            await flow
            await self._settled()
            return await self._judged(coordinator, time.monotonic() - began)

    async def _flow(self) -> None:
        """Matters come when they come: a slow city doesn't slow the citizens."""
        began = time.monotonic()
        for number in range(self._matters):
            at = began + self._seconds * number / self._matters
            await asyncio.sleep(max(0.0, at - time.monotonic()))
            self.town.post()
            # The first comes soon, so that a short day has one.
            if number % self._shares.rush_every == self._shares.rush:
                self._rush()

    def _rush(self) -> None:
        """Many ask about the same thing at one moment; their office takes them together."""
        office_id, inquiries = self._applicants.rush(self._shares.rush)
        self._tell(f"{len(inquiries)} ask {office_id} about the same thing")
        for inquiry in inquiries:
            self.clerks.alike.add((inquiry.service, office_id))
            self.town.post(inquiry)

    async def _changes(self, coordinator: Coordinator) -> None:
        """What changes on the day, with applications before and after each change."""
        held = self._plan.returned
        self.clerks.held |= {(RETURNED, office.id) for office in held}
        unanswered = self._unanswered()
        await self._wave([*self._where(self._plan.changes()), *unanswered], "before the changes")
        await coordinator.recall_returning()
        await coordinator.grant()
        await coordinator.suspend()
        await coordinator.recall_staying()
        await coordinator.record()
        await asyncio.sleep(HEARD_WITHIN_SECONDS)
        await self._wave(self._where(self._plan.changes()), "after the changes")
        await coordinator.resume()
        await asyncio.sleep(HEARD_WITHIN_SECONDS)
        resumed = self._where([(RESUMED, self._plan.resumed)])
        await self._wave(resumed, "after the resumption")

    def _unanswered(self) -> list[Inquiry]:
        """Applications that lay on paper: the day's offices have them since what they asked for
        did not come."""
        kinds = self.city.permit_kinds
        changing = self._plan.changing()
        code = next(
            code for code in sorted(kinds) if kinds[code].documents and code not in changing
        )
        offices = self.city.of_kind(OfficeKind.DONG, self._today)[-_LEFT_UNANSWERED:]
        return [self._applicants.application(code, one, self._left_since) for one in offices]

    def _lay_on_paper_since(self, inquiry_id: str) -> datetime | None:
        """When a matter came that lay on paper until now; None for any other."""
        inquiry = self.town.inquiries.get(inquiry_id)
        said = None if inquiry is None else inquiry.body.get("received_at")
        received_at = None if said is None else datetime.fromisoformat(said)
        left = received_at is not None and received_at.date() == self._left_since
        return received_at if left else None

    def _where(self, where: Sequence[tuple[str, Sequence[Office]]]) -> list[Inquiry]:
        """Applications of today and of yesterday at these offices."""
        return [
            self._applicants.application(service, office, self._today - timedelta(days=days))
            for service, offices in where
            for office in offices[:_ASKED_AT]
            for days in (0, 1)
        ]

    async def _wave(self, wave: Sequence[Inquiry], when: str) -> None:
        """These ask; returns once each has an office."""
        before = len(self.town.inquiries)
        self._tell(f"{len(wave)} applications {when}")
        for inquiry in wave:
            self.town.post(inquiry)
        until = time.monotonic() + _ASSIGNED_WITHIN_SECONDS
        while time.monotonic() < until and not self.town.outside.went_wrong:
            ids = [
                id_
                for id_, inquiry in self.town.inquiries.items()
                if any(inquiry is one for one in wave)
            ]
            if len(ids) == len(wave) and all(map(self.town.turns.of, ids)):
                return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        self.clerks.missed.append(f"{when}: some of {len(wave)} after {before} have no office")

    async def _settled(self) -> None:
        """Nobody is under way any more, and no officer has anything in hand."""
        while True:
            rests = await self.town.outside.rest()
            if not rests or not self.offices.busy:
                return
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _judged(self, coordinator: Coordinator, seconds: float) -> Report:
        """The judge's word on everything."""
        town = self.town
        applications = {
            id_: inquiry.application
            for id_, inquiry in town.inquiries.items()
            if inquiry.application is not None
        }
        went = competence.judge(applications, town.turns, coordinator.powers, self._today)
        compared = await coordinator.compare()
        unseen = await self._unseen()
        left = await self._left()
        kept = await self._kept_promises()
        marks = (self._words_of_citizens, self._words_of_offices)
        found = await asyncio.to_thread(leaks.leaks, self._stack, marks)
        unexpected = [
            f"the city refused {slug} {times}×" for slug, times in self.clerks.unexpected.items()
        ]
        return Report(
            seconds=seconds,
            offices=Counter(id_.partition("-")[0] for id_ in self.offices.clients),
            acknowledged=len(town.outside.asked),
            applications=Counter(
                inquiry.service
                for inquiry in town.inquiries.values()
                if inquiry.service in self.city.permit_kinds
            ),
            decided=self.clerks.decided,
            acts=_acts(town.outside.asked.values()),
            answered=self.answered,
            together=(self.clerks.accepting, self.clerks.answering),
            refusals=self.clerks.refusals,
            own_acts=town.own_acts.stored,
            at_the_door=town.own_acts.refused,
            at_the_case=town.refused,
            sent_again=town.own_acts.sent_again,
            returned=Counter(self.clerks.ended.values())[events_pb2.OUTCOME_RETURNED],
            delegations=coordinator.done,
            went=went,
            compared=compared,
            watched=self.offices.watched,
            noted=town.outside.noted(),
            faults=(
                *kept,
                *town.outside.problems(),
                *went.faults,
                *coordinator.faults,
                *self.clerks.missed,
                *town.own_acts.faults(),
                *endings.otherwise(self.clerks.ended, town.endings),
                *unseen,
                *left,
                *unexpected,
                *(f"leaked: {one}" for one in found),
            ),
        )

    async def _unseen(self) -> list[str]:
        """The cases of which an office's watch has not told the newest version, after a moment."""
        await asyncio.sleep(2 * _LOOK_EVERY_SECONDS)
        asked = self.town.outside.asked
        last = [
            (self.town.turns.of(id_)[-1].office_id, id_)
            for id_, one in asked.items()
            if one.kind is Kind.CASE and self.town.turns.of(id_)
        ]
        found = await _gather(last, self._newest_missing)
        return [one for one in found if one]

    async def _newest_missing(self, place: tuple[str, str]) -> str:
        office_id, id_ = place
        item = (await self._software(office_id).case(id_)).item
        known = self.offices.newest.get((office_id, id_), 0)
        told = known >= item.version
        return "" if told else f"{office_id}: {id_} is at {item.version}, its watch told {known}"

    async def _left(self) -> list[str]:
        """What still lies at any office by its own list."""

        async def listed(office_id: str) -> list[str]:
            office = self._software(office_id)
            return [item.inquiry_id async for item in office.list_work(_LIST_PAGE)]

        found = await _gather(list(self.offices.clients), listed)
        return [
            f"{office_id}: {id_} is left"
            for office_id, ids in zip(self.offices.clients, found, strict=True)
            for id_ in ids
        ]

    async def _kept_promises(self) -> list[str]:
        """The judgement over bus, databases and mailbox, once all that is stored was told."""
        until = time.monotonic() + _SETTLED_WITHIN_SECONDS
        while True:
            seen = await asyncio.to_thread(evidence.read, self._stack)
            found = checker.faults(self.town.outside.asked.values(), seen)
            if not found or time.monotonic() >= until:
                return found
            await asyncio.sleep(2.0)

    def _software(self, office_id: str) -> OfficeSoftware:
        office = self.offices.clients[office_id]
        assert isinstance(office, OfficeSoftware)
        return office

    def _client(
        self, channel: grpc.aio.Channel, office_id: str, credential: Credential
    ) -> OfficeClient:
        answered = self.answered[office_id.partition("-")[0]]
        return OfficeSoftware(channel, office_id, credential, answered=answered)


def _acts(asked: Any) -> Counter[str]:
    """What offices did beside taking and answering, by the name of the fact that tells of it."""
    return Counter(label.partition(":")[0] for one in asked for label in one.acts)


async def _gather(places: Sequence[Any], ask: Callable[[Any], Any]) -> list[Any]:
    """The answer for each, some at a time; a refusal counts as nothing."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(place: Any) -> Any:
        async with gate:
            try:
                return await ask(place)
            except Refused as refused:
                return f"{place}: {refused}"

    return list(await asyncio.gather(*map(one, places)))
