"""A real city to test: the stack as processes, and outside it citizens, offices and an observer.

Citizens and offices use what the world uses: the public API, the offices' gRPC, the messages in the
mailbox. The inquiries are fixed, not drawn at random, so that a test knows what must come of each.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.events_pb2 import PERMIT_DECISION_GRANTED
from kafka.errors import KafkaError

from deploy.local import settings
from deploy.local.ports import Ports
from deploy.local.stack import Event, LocalStack, PartDied, PartWaits, Rules
from services.common.events import contracts
from simulation.actors.intake_client import IntakeClient
from simulation.actors.offices import OfficeClient, OfficesAtWork, Work
from simulation.actors.respondents import api_address
from simulation.judge import checker, evidence
from simulation.judge.history import Fact, Lives
from simulation.judge.lifecycles import Kind
from simulation.judge.promises import Asked
from simulation.outside import Outside, WaysIn

CITY_HALL = {"lat": 37.5663, "lon": 126.9779}
ANSWER = "Thank you for asking; it has been seen to."

_LOOK_EVERY_SECONDS = 0.05
# Looking at a whole city costs as much as some of its work.
_LOOK_AROUND_EVERY_SECONDS = 0.5
_AWAY = (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.BAD_GATEWAY)

# A question to a city department, a complaint with a place to a district, a permit to a community
# office, a matter named by its words alone, and a question answered on the line.
SAMPLES: tuple[tuple[Kind, Mapping[str, Any]], ...] = (
    (Kind.CASE, {"text": "시내버스가 무정차로 지나갔습니다", "category": "bus-complaint"}),
    (
        Kind.CASE,
        {"text": "Noise every night", "category": "noise", "place": CITY_HALL, "language": "en"},
    ),
    (
        Kind.CASE,
        {
            "text": "대형폐기물을 내놓습니다",
            "category": "bulky-waste",
            "place": {"dong_code": "1111051500"},
        },
    ),
    (Kind.CASE, {"text": "집 앞 가로등이 꺼졌습니다", "place": CITY_HALL, "channel": "message"}),
    (
        Kind.CALL,
        {
            "text": "여권은 어디서 만드나요",
            "category": "passport",
            "channel": "phone",
            "answer": {"text": "구청 민원여권과에서 만드실 수 있습니다"},
        },
    ),
)


async def eventually(
    look: Callable[[], Awaitable[bool]] | Callable[[], bool],
    within: float,
    what: str,
    every: float = _LOOK_EVERY_SECONDS,
) -> None:
    """Returns once `look` says yes; AssertionError naming `what` after `within` seconds."""
    try:
        async with asyncio.timeout(within):
            while True:
                seen = look()
                if seen if isinstance(seen, bool) else await seen:
                    return
                await asyncio.sleep(every)
    except TimeoutError:
        raise AssertionError(f"not within {within:g} s: {what}") from None


class City:
    """One running city and everything that was ever promised to anybody in it.

    `ended` names the parts that ended by themselves, in their order.
    """

    def __init__(self, stack: LocalStack, ended: list[str]) -> None:
        self.stack = stack
        self.ended = ended
        self.doors = IntakeClient([stack.http_url("intake")], key=stack.key_of("system"))
        self.outside = Outside(WaysIn.of(stack), door=self.doors, on_fact=self._hear)
        self.pack = self.outside.pack
        self.http = httpx.AsyncClient(timeout=15.0, trust_env=False)
        self._told: set[str] = set()
        self._facts: dict[tuple[str, str], Fact] = {}
        self._awaited: dict[tuple[str, str], list[asyncio.Future[Fact]]] = {}
        self._replicas = 1

    @property
    def asked(self) -> Mapping[str, Asked]:
        """Everything that was ever promised here, by inquiry."""
        return self.outside.asked

    @property
    def lives(self) -> Lives:
        """What the bus has told."""
        return self.outside.lives

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        data: Path,
        *,
        tracing: bool = True,
        partitions: int = contracts.PARTITIONS,
        environment: Mapping[str, str] | None = None,
        rules: Rules | None = None,
    ) -> AsyncIterator[City]:
        """A fresh city of its own in `data`, ended and gone afterwards. Its offices do nothing by
        themselves until `open_offices`. With `rules` its services log in to Kafka; with COLLECTOR=1
        its spans go through the collectors of deploy/k8s."""
        ended: list[str] = []

        def tell(event: Event) -> None:
            if isinstance(event, PartDied | PartWaits):
                ended.append(event.name)

        stack = LocalStack(
            data=data,
            ports=Ports.free(),
            tracing=tracing,
            collector=settings.collector(os.environ.get("COLLECTOR") or "0"),
            partitions=partitions,
            environment=environment,
            rules=rules,
            tell=tell,
        )
        try:
            await asyncio.to_thread(stack.up)
            city = cls(stack, ended)
            try:
                async with city.outside, city.http:
                    yield city
            finally:
                await city.stop(city.parts())
                # The city's data is deleted anyway, so the broker need not end in order.
                await city.kill("kafka")
        finally:
            await asyncio.to_thread(stack.down)

    def parts(self, *services: str) -> list[str]:
        """The parts of these services, or of all, that aren't put away: each and its replicas."""
        return [
            name
            for service in services or self.stack.services
            for name in self.stack.replicas_of(service)[: self._replicas]
        ]

    async def replicas(self, count: int) -> None:
        """From now on so many of each service run. Those beyond are stopped, those that are missing
        start at once; then the offices watch all of them."""
        if count == self._replicas and all(self.stack[name].running for name in self.parts()):
            return
        offices_open = self.outside.offices_open
        await self.close_offices()
        beyond = [
            name
            for service in self.stack.services
            for name in self.stack.replicas_of(service)[count:]
        ]
        await self.stop(beyond)
        for service in self.stack.services:
            for _ in range(len(self.stack.replicas_of(service)), count):
                self.stack.replica(service)
        self._replicas = count
        missing = [name for name in self.parts() if not self.stack[name].running]
        # The stack may be about to start a replica again that ended by itself; it is stopped first,
        # so that it is not started twice.
        await self.stop(missing)
        await self.start(*missing)
        self.doors.addresses = [self.stack.http_url(name) for name in self.parts("intake")]
        if offices_open:
            await self.open_offices()

    def balanced(self) -> AbstractAsyncContextManager[None]:
        """Meanwhile inquiries go through a balancer that follows each intake's readiness."""
        stack = self.stack
        return self.doors.watched(
            {stack.http_url(name): stack.management_url(name) for name in self.parts("intake")}
        )

    async def open_offices(self) -> None:
        """From now on every office accepts and answers whatever it is given, over every replica of
        districts in turn."""
        replicas = ",".join(map(self.stack.grpc_address, self.parts("districts")))
        await self.outside.open_offices(handle, address=f"ipv4:{replicas}")

    def floor(self, address: str, offices: Iterable[str], work: Work) -> OfficesAtWork:
        """These offices at an address of districts, with other work than answering; not started."""
        return self.outside.offices(work, address=address, ids=offices)

    async def close_offices(self) -> None:
        """From now on no office does anything by itself."""
        await self.outside.close_offices()

    async def ask(self, kind: Kind, body: Mapping[str, Any], *, contact: bool = True) -> Asked:
        """An inquiry, sent until the city has acknowledged it; it is promised then."""
        return await self.send(str(uuid4()), kind, body, contact=contact)

    async def send(
        self, key: str, kind: Kind, body: Mapping[str, Any], *, contact: bool = True
    ) -> Asked:
        """The same under a given Idempotency-Key."""
        receipt = await self.doors.post(key, self.complete(body) if contact else body)
        return self.promised(receipt, kind, body, contact=contact)

    def complete(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same inquiry of somebody who can be told of the steps."""
        return {"contact": {"name": "Citizen", "email": "citizen@example.org"}, **body}

    def promised(
        self,
        receipt: Mapping[str, Any],
        kind: Kind,
        body: Mapping[str, Any],
        *,
        contact: bool = True,
    ) -> Asked:
        """Takes in the receipt of an inquiry; once, however often it was acknowledged."""
        return self.outside.promised(receipt, kind, self.complete(body) if contact else body)

    async def told(self, inquiry_id: str, label: str, within: float = 20.0) -> Fact:
        """The fact of this label, once the bus has told it."""
        if (fact := self._facts.get((inquiry_id, label))) is not None:
            return fact
        awaited: asyncio.Future[Fact] = asyncio.get_running_loop().create_future()
        self._awaited.setdefault((inquiry_id, label), []).append(awaited)
        try:
            return await asyncio.wait_for(awaited, within)
        except TimeoutError:
            life = self.lives.by_inquiry.get(inquiry_id)
            known = ", ".join(life.told) if life else "nothing"
            raise AssertionError(f"{label} wasn't told within {within:g} s; only {known}") from None

    def office(self, office_id: str) -> OfficeClient:
        """An office with its own software."""
        return self.outside.office(office_id)

    async def status(self, asked: Asked) -> Mapping[str, Any]:
        """What the citizen sees."""
        answer = await self.http.get(
            f"{self.stack.http_url('intake')}/v1/inquiries/{asked.receipt_number}",
            params={"secret": asked.secret},
        )
        assert answer.status_code == httpx.codes.OK, answer.text
        shown: Mapping[str, Any] = answer.json()
        return shown

    async def shows(self, asked: Asked, status: str, within: float = 20.0) -> Mapping[str, Any]:
        """The citizen's view once it has come to this status."""
        shown: Mapping[str, Any] = {}

        async def there() -> bool:
            nonlocal shown
            shown = await self.status(asked)
            return bool(shown["status"] == status)

        await eventually(there, within, f"{asked.receipt_number} is {status}")
        return shown

    async def message(self, asked: Asked, name: str) -> Mapping[str, Any]:
        """A message by its name and round (`answered:1`), and attempt where it has one
        (`assigned:1:2`), as it lies in the mailbox, once it was delivered."""
        delivered = (await self.told(asked.inquiry_id, f"MessageDelivered:{name}")).message
        file = self.stack.messages / f"{delivered.delivery_id}.json"
        message: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
        return message

    async def answer_survey(self, asked: Asked, score: int = 5) -> None:
        """The citizen follows the link in the message; sent until the city has it."""
        address = api_address((await self.message(asked, "survey:1"))["body"])
        assert address is not None

        async def stored() -> bool:
            try:
                answer = await self.http.post(address, json={"score": score, "comment": ""})
            except httpx.TransportError:
                return False
            if answer.status_code in _AWAY:
                return False
            # Stored now, or by an earlier try whose reply got lost.
            assert answer.status_code in (httpx.codes.CREATED, httpx.codes.CONFLICT), answer.text
            return True

        await eventually(stored, 60, "the survey's answer is stored")
        self.outside.survey_answered(asked)

    async def flow(
        self,
        count: int,
        per_second: float,
        *,
        within: float = 90.0,
        until: asyncio.Event | None = None,
    ) -> list[Asked]:
        """Citizens who ask at a constant rate, however slow the city is; nobody begins after
        `until`.

        Each is followed to the end: everybody with a case answers the survey. Returns when all
        were acknowledged and surveyed, or `within` seconds after the last has begun.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        lives: list[asyncio.Task[Asked]] = []
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
            if until is not None and until.is_set():
                break
            lives.append(asyncio.create_task(self._live(number)))
        done, pending = await asyncio.wait(lives, timeout=within)
        for life in pending:
            life.cancel()
        assert not pending, (
            f"{len(pending)} of {len(lives)} citizens were left waiting: {self._waiting()}"
        )
        return [life.result() for life in done]

    async def _live(self, number: int) -> Asked:
        kind, body = SAMPLES[number % len(SAMPLES)]
        asked = await self.ask(kind, body)
        if kind is Kind.CASE:
            await self.told(asked.inquiry_id, "MessageDelivered:survey:1", within=600)
            await self.answer_survey(asked, score=1 + number % 5)
        return asked

    def _waiting(self) -> str:
        """The first few who wait, and for what."""
        few = islice(self.outside.waiting().items(), 5)
        return "; ".join(f"{inquiry_id} lacks {', '.join(missing)}" for inquiry_id, missing in few)

    async def acknowledged(self, more: int, within: float) -> None:
        """Returns when so many more inquiries were acknowledged."""
        wanted = len(self.asked) + more
        await eventually(lambda: len(self.asked) >= wanted, within, f"{more} more acknowledged")

    async def rest(self, within: float = 60.0) -> None:
        """Returns when nothing is under way any more: all was told, read, and sent."""
        if not await self.outside.rest(within_seconds=within):
            raise AssertionError(f"not all was told within {within:g} s: {self._waiting()}")
        await self.read_up(within)

    async def read_up(self, within: float = 60.0) -> None:
        """Returns when every service has read everything and all that is stored was told."""
        behind: list[str] = []

        async def done() -> bool:
            behind[:] = await asyncio.to_thread(self._behind)
            return not behind

        try:
            await eventually(done, within, "all is read and told", _LOOK_AROUND_EVERY_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}: {'; '.join(behind[:5])}") from None

    def _behind(self) -> list[str]:
        try:
            lags = evidence.lags(self.stack)
        except KafkaError as error:
            # A broker that has just come back reads its groups' offsets first.
            return [f"the groups can't be read yet: {error!r}"]
        if any(lags.values()):
            return [f"{group} lags by {lag}" for group, lag in lags.items() if lag]
        left = evidence.unsent(evidence.databases(self.stack), self._told)
        return [f"{document} has untold events" for document in left]

    async def faults(self) -> list[str]:
        """What the judge finds over all that was ever asked here, and which parts ended by
        themselves: the stack starts them again, so that nothing else may show it."""
        seen = await asyncio.to_thread(evidence.read, self.stack)
        ended = [f"{name} ended by itself" for name in self.ended]
        return [*ended, *checker.faults(self.asked.values(), seen)]

    async def kill(self, *names: str) -> None:
        """SIGKILL of parts, all at once."""
        await asyncio.gather(*(asyncio.to_thread(self.stack[name].kill) for name in names))

    async def launch(self, *names: str) -> None:
        """Starts parts and doesn't wait for them."""
        for name in names:
            await asyncio.to_thread(self.stack[name].launch)

    async def start(self, *names: str) -> None:
        """Starts parts and returns when they are ready."""
        await self.launch(*names)
        await self.ready(*names)

    async def ready(self, *names: str) -> None:
        """Returns when parts that were launched are ready."""
        for name in names:
            await asyncio.to_thread(self.stack[name].await_ready)

    @asynccontextmanager
    async def frozen(self, *names: str) -> AsyncIterator[None]:
        """Meanwhile these parts stand still: connected, and deaf (SIGSTOP)."""
        for name in names:
            self.stack[name].pause()
        try:
            yield
        finally:
            for name in names:
                self.stack[name].resume()

    async def stop(self, names: Iterable[str]) -> None:
        """Ends parts in order, as a deployment would."""
        parts = [self.stack[name] for name in names]
        for part in parts:
            part.request_stop()
        for part in parts:
            await asyncio.to_thread(part.await_stop)

    def _hear(self, fact: Fact) -> None:
        self._told.add(fact.id)
        place = (fact.inquiry_id, fact.label)
        self._facts.setdefault(place, fact)
        for awaited in self._awaited.pop(place, ()):
            if not awaited.done():
                awaited.set_result(fact)


async def handle(office: OfficeClient, item: Any) -> None:
    """What an office does with a case: takes it, reads it, answers or decides it as it then is."""
    if item.state == work_pb2.WORK_STATE_OPEN:
        await office.accept(item.inquiry_id)

    async def end(case: Any) -> None:
        id_, seen = case.item.inquiry_id, case.item.version
        if case.item.permit:
            await office.decide(id_, PERMIT_DECISION_GRANTED, ANSWER, expected_version=seen)
        else:
            await office.answer(id_, ANSWER, expected_version=seen)

    await office.on_newest(item.inquiry_id, end)
