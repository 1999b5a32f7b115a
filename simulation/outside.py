"""Everybody outside a city's services, in one hand: who asks, the offices at work, the observer of
the bus, the history of what was told, and the promises that the city has given.

The morning, the replay, the bench and the tests all drive an `Outside`. Each decides who asks what
and when, and what an office does; this keeps what they share: what was promised, who still waits,
when all is at rest, and the judge's verdict. It starts and stops no part of the city.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import grpc
import httpx

from deploy.local.stack import LocalStack
from services import cities
from simulation.actors.credentials import Credential, Key, Token
from simulation.actors.intake_client import Door, IntakeClient, NotTaken
from simulation.actors.offices import MakeClient, OfficeClient, OfficesAtWork, Work
from simulation.judge.acts import Act
from simulation.judge.history import Fact, Life, Lives, Observer
from simulation.judge.lifecycles import SERVICE_SECONDS, Kind
from simulation.judge.promises import Asked, Fault, in_time, judge_all, lacking, noted

# How often `rest` looks at the clock; facts and receipts wake it at once.
_LOOK_EVERY_SECONDS = 1.0
# One of so many offices uses tokens; the others have simpler software, which sends the key.
_KEYS_FOR_A_TOKEN = 10
_NEVER_DONE = "a visitor was never done with the city: no answer came that was final"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """Where a city meets the world, and the keys of its offices by their ids.

    `bus` and `districts` are host:port, `intake` and `tokens` are URLs, `city` is the name or
    folder of its pack. `system_key` is the key of another system that hands in inquiries, such as
    a contact centre.
    """

    city: str
    bus: str
    intake: str
    districts: str
    tokens: str
    system_key: str
    office_keys: Mapping[str, str]

    @classmethod
    def of(cls, stack: LocalStack) -> WaysIn:
        """Those of a local stack."""
        environment = stack.service_environment()
        return cls(
            city=environment["CITY"],
            bus=stack.broker.bootstrap,
            intake=stack.http_url("intake"),
            districts=stack.grpc_address("districts"),
            tokens=f"{stack.http_url('districts')}/v1/token",
            system_key=stack.key_of("system"),
            office_keys=stack.office_keys(),
        )


class Outside:
    """The world outside one running city; an async context manager.

    Entered, it hears everything that is told from then on. `refusals` says why the city refused
    what an office did, by inquiry.
    """

    def __init__(
        self,
        ways: WaysIn,
        *,
        door: Door | None = None,
        alone: bool = False,
        person_seconds: float = 0.0,
        sandbox: str | None = None,
        on_fact: Callable[[Fact], None] = lambda fact: None,
        on_end: Callable[[Asked], None] = lambda asked: None,
    ) -> None:
        """`alone` says that nobody else uses the city: a life that nobody here began is a fault,
        unless the bus held events before. `person_seconds` is how long people take for a step.
        The office `sandbox` is left to somebody else: it does nothing by itself, and what lies
        there need not be answered.

        `on_fact` hears of each event once, before `on_end` hears of the inquiry whose life it ends,
        which happens once for each.
        """
        self.ways = ways
        self.door: Door = door or IntakeClient([ways.intake], key=ways.system_key)
        self.pack = cities.load(ways.city)
        self.lives = Lives()
        self.asked: dict[str, Asked] = {}
        self.refusals: dict[str, str] = {}
        self._problems: list[str] = []
        self._alone = alone
        self._person_seconds = person_seconds
        self._sandbox = sandbox
        self._left: set[str] = set()
        self._on_fact = on_fact
        self._on_end = on_end
        self._waiting: set[str] = set()
        self._ended: set[str] = set()
        self._visits: dict[asyncio.Task[None], float] = {}
        self._moved = asyncio.Event()
        self._observer = Observer(ways.bus, self.hear)
        self._offices: OfficesAtWork | None = None
        self._channel: grpc.aio.Channel | None = None
        self._http: httpx.AsyncClient | None = None
        self._credentials: dict[str, Credential] = {}

    async def __aenter__(self) -> Self:
        await self._observer.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for visit in self._visits:
            visit.cancel()
        if self._visits:
            await asyncio.wait(list(self._visits))
        await self.close_offices()
        if self._channel is not None:
            await self._channel.close()
        if self._http is not None:
            await self._http.aclose()
        await self.door.close()
        await self._observer.stop()

    async def ask(self, kind: Kind, body: Mapping[str, Any], *, key: str | None = None) -> Asked:
        """Posts an inquiry and returns once the city has promised to handle it. Raises `NotTaken`.

        `key` is its idempotency key; one of its own by default.
        """
        return self.promised(await self.door.post(key or str(uuid4()), body), kind, body)

    def promised(self, receipt: Mapping[str, Any], kind: Kind, body: Mapping[str, Any]) -> Asked:
        """Takes in the receipt of an inquiry; once, however often it was acknowledged."""
        inquiry_id = receipt["inquiry_id"]
        if inquiry_id in self.asked:
            return self.asked[inquiry_id]
        asked = self.asked[inquiry_id] = Asked(
            inquiry_id=inquiry_id,
            receipt_number=receipt["receipt_number"],
            secret=receipt["status_secret"],
            kind=Kind.OPEN if inquiry_id in self._left else kind,
            has_contact=bool(body.get("contact")),
            acknowledged_at=time.time(),
        )
        self._review(inquiry_id)
        return asked

    def survey_answered(self, asked: Asked, round_: int = 1) -> None:
        """The city has taken what the citizen thinks of this round's answer, and promises to tell
        it."""
        asked.surveys_answered.add(round_)
        self._review(asked.inquiry_id)

    def question_answered(self, asked: Asked, round_: int, number: int) -> None:
        """The city has taken what the citizen answers when asked back, and promises to tell it."""
        asked.questions_answered.add((round_, number))
        self._review(asked.inquiry_id)

    def acted(self, inquiry_id: str, *labels: str) -> None:
        """The city has stored what an office did, and promises to tell it by these labels. Nothing
        about somebody else's inquiry."""
        asked = self.asked.get(inquiry_id)
        if asked is not None:
            asked.acts.update(labels)
            self._review(inquiry_id)

    def acted_themselves(self, inquiry_id: str, act: Act) -> None:
        """The city has stored what a citizen of ours did about their matter, and promises to tell
        it and what becomes of it."""
        self.asked[inquiry_id].own_acts[act.number] = act
        self._review(inquiry_id)

    def hear(self, fact: Fact) -> None:
        """Takes in what the bus told; the same event again has no further effect."""
        if self.lives.add(fact):
            self._leave(fact)
            self._on_fact(fact)
            self._review(fact.inquiry_id)

    def start(self, visit: Coroutine[Any, Any, None]) -> None:
        """Somebody does something by themselves; `rest` waits for them. An error of theirs is one
        of the `problems`."""
        task = asyncio.create_task(visit)
        self._visits[task] = time.time()
        task.add_done_callback(self._visited)

    def office(self, office_id: str) -> OfficeClient:
        """An office with its own software."""
        return OfficeClient(self.channel, office_id, self.credential(office_id))

    def credential(self, office_id: str) -> Credential:
        """How this office shows who it is. One in ten gets tokens for its key, and the first does;
        the others send the key itself."""
        known = self._credentials.get(office_id)
        if known is None:
            number = sorted(self.ways.office_keys).index(office_id)
            made = self.token(office_id) if number % _KEYS_FOR_A_TOKEN == 0 else self.key(office_id)
            known = self._credentials[office_id] = made
        return known

    def key(self, office_id: str) -> Key:
        """This office's key."""
        return Key(self.ways.office_keys[office_id])

    def token(self, office_id: str) -> Token:
        """Tokens for this office's key, each renewed before it ends."""
        if self._http is None:
            self._http = httpx.AsyncClient(trust_env=False)
        return Token(
            caller=office_id,
            key=self.ways.office_keys[office_id],
            url=self.ways.tokens,
            http=self._http,
        )

    @property
    def channel(self) -> grpc.aio.Channel:
        """The way of single offices to the city; closed at the end."""
        if self._channel is None:
            self._channel = grpc.aio.insecure_channel(
                self.ways.districts,
                options=[("grpc.max_reconnect_backoff_ms", 1_000), ("grpc.enable_http_proxy", 0)],
            )
        return self._channel

    def offices(
        self,
        work: Work,
        *,
        address: str | None = None,
        ids: Iterable[str] | None = None,
        client: MakeClient = OfficeClient,
    ) -> OfficesAtWork:
        """Offices that do this with what comes to them; not started. All that there are today, at
        the city's own address, with plain clients, unless others are named."""
        ids = self.office_ids() if ids is None else ids
        return OfficesAtWork(
            address=address or self.ways.districts,
            offices={office_id: self.credential(office_id) for office_id in ids},
            work=work,
            refusals=self.refusals,
            client=client,
        )

    def office_ids(self) -> list[str]:
        """The offices that there are today, without the one that is left to somebody else."""
        today = datetime.now(self.pack.timezone).date()
        return [office.id for office in self.pack.offices_on(today) if office.id != self._sandbox]

    async def open_offices(self, work: Work, *, address: str | None = None) -> None:
        """Returns once every office of the city is at work; nothing if they are already."""
        if self._offices is None:
            self._offices = self.offices(work, address=address)
            await self._offices.start()

    async def close_offices(self) -> None:
        """From now on no office does anything by itself."""
        offices, self._offices = self._offices, None
        if offices is not None:
            await offices.stop()

    @property
    def offices_open(self) -> bool:
        """Whether the city's offices are at work."""
        return self._offices is not None

    @property
    def visiting(self) -> int:
        """How many visits are not done."""
        return len(self._visits)

    @property
    def under_way(self) -> int:
        """How many visits are not done, and how many promises not yet kept."""
        return len(self._visits) + len(self._waiting)

    @property
    def ended(self) -> int:
        """How many lives have come to their end."""
        return len(self._ended)

    def waiting(self) -> dict[str, tuple[str, ...]]:
        """What the promises that are not yet kept still lack, by inquiry."""
        return {
            inquiry_id: lacking(self.asked[inquiry_id], self._life(inquiry_id))
            for inquiry_id in self._waiting
        }

    async def moves(self, within_seconds: float) -> bool:
        """Waits for whatever comes next, a fact, a receipt or the end of a visit; False if nothing
        does in this time."""
        moved = self._moved
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await moved.wait()
        return moved.is_set()

    async def rest(self, *, within_seconds: float = math.inf) -> bool:
        """Waits until nobody is under way any more; says whether it came to that.

        False when `within_seconds` are over. By default, False as soon as every lacking fact is
        later than the judge's table allows.
        """
        until = time.monotonic() + within_seconds
        while self.under_way:
            left = until - time.monotonic()
            if left <= 0 or (left == math.inf and not self._anything_in_time()):
                return False
            await self.moves(min(left, _LOOK_EVERY_SECONDS))
        return True

    def faults(self) -> tuple[Fault, ...]:
        """The judge's verdict over all that was promised here, as if nothing more came."""
        alone = self._alone and self._observer.nothing_before
        return judge_all(self.asked.values(), self.lives.by_inquiry, alone=alone)

    @property
    def went_wrong(self) -> tuple[str, ...]:
        """What went wrong so far for those who visited the city."""
        return tuple(self._problems)

    def problems(self) -> tuple[str, ...]:
        """What went wrong for those who visited the city, and each who is not done with it."""
        return (*self._problems, *[_NEVER_DONE] * len(self._visits))

    def noted(self) -> Counter[str]:
        """What was told that nobody here can judge, by type: how often."""
        return noted(self.lives.by_inquiry.values()) + self._observer.unknown

    def forget(self) -> None:
        """Begins anew: what was promised, told and went wrong so far is no longer judged."""
        self.lives = Lives()
        for known in (self.asked, self._waiting, self._ended, self._problems, self.refusals):
            known.clear()
        self._left.clear()

    def _leave(self, fact: Fact) -> None:
        """Notes whether an inquiry lies at the office that is left to somebody else. Nobody has
        promised an answer then, until there is one."""
        name, _, place = fact.label.partition(":")
        if self._sandbox is None or name not in ("InquiryAssigned", "CaseAnswered"):
            return
        answered = f"CaseAnswered:{place.partition(':')[0]}" in self._life(fact.inquiry_id).told
        if not answered and fact.message.office_id == self._sandbox:
            self._left.add(fact.inquiry_id)
        else:
            self._left.discard(fact.inquiry_id)
        if (asked := self.asked.get(fact.inquiry_id)) is not None:
            asked.kind = Kind.OPEN if fact.inquiry_id in self._left else Kind.CASE

    def _review(self, inquiry_id: str) -> None:
        """Looks again whether this promise is kept, after something about it has changed."""
        self._move()
        asked = self.asked.get(inquiry_id)
        if asked is None:
            return
        if lacking(asked, self._life(inquiry_id)):
            self._waiting.add(inquiry_id)
            return
        self._waiting.discard(inquiry_id)
        if inquiry_id not in self._ended:
            self._ended.add(inquiry_id)
            self._on_end(asked)

    def _visited(self, task: asyncio.Task[None]) -> None:
        del self._visits[task]
        self._move()
        if task.cancelled():
            self._problems.append(_NEVER_DONE)
        elif (error := task.exception()) is not None:
            self._problems.append(str(error) if isinstance(error, NotTaken) else repr(error))

    def _move(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def _life(self, inquiry_id: str) -> Life:
        return self.lives.by_inquiry.get(inquiry_id) or Life()

    def _anything_in_time(self) -> bool:
        now = time.time()
        patience = SERVICE_SECONDS + self._person_seconds
        return any(now <= began + patience for began in self._visits.values()) or any(
            in_time(self.asked[id_], self._life(id_), now, person_seconds=self._person_seconds)
            for id_ in self._waiting
        )
