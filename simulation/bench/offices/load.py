"""The offices' side of the bench: their commands, lists and watches over gRPC, and the assignments
that come to them.

Reads a `Site` and then steps from standard input, writes what came of each to standard output. A
call is made once: software that called again would hide a failure.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import uvloop
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1 import work_pb2_grpc
from pydantic import BaseModel

from deploy.local import tied
from simulation.actors.credentials import Key
from simulation.actors.offices import CALL_SECONDS, ON_DUTY, OfficeClient, timestamp
from simulation.bench.offices.assigning import Assigner
from simulation.bench.offices.protocol import (
    STEP,
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
    Times,
)

log = logging.getLogger(__name__)

_ANSWER = "The matter was examined on site and settled."
# A channel each, so that no office shares another's connection.
_OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0))
# Channels of those who send commands: each is one connection with many calls under way.
_COMMAND_CHANNELS = 8
_SAMPLE_SECONDS = 60.0


class Offices:
    """All offices of a city, with their keys."""

    def __init__(self, site: Site) -> None:
        self._ways = site.ways
        self._ids = site.offices
        self._command_channels = [self._channel() for _ in range(_COMMAND_CHANNELS)]
        self._stubs = [
            work_pb2_grpc.OfficeWorkServiceStub(channel) for channel in self._command_channels
        ]
        self._watches = Watches()

    async def close(self) -> None:
        """Ends the watches and lets go of the connections."""
        await self._watches.close()
        for channel in self._command_channels:
            await channel.close()

    async def carry_out(self, step: Sample | Command | Ask | Connect | Assign) -> BaseModel:
        """What comes of a step."""
        match step:
            case Sample():
                return await self._sample(step)
            case Command():
                return await self._command(step)
            case Ask():
                return await self._ask(step)
            case Connect():
                return await self._connect()
            case Assign():
                return await self._assign(step)

    async def _sample(self, step: Sample) -> Sampled:
        cases = {stage: str(uuid4()) for stage in ("open", "permit", "accepted", "answered")}
        async with Assigner(self._ways.bus) as assigner:
            for stage, inquiry_id in cases.items():
                permit = stage == "permit"
                code = step.permit if permit else step.plain
                await assigner.assign(inquiry_id, step.office, code, permit=permit)
        stub, of = self._stubs[0], self._caller(step.office)
        for inquiry_id in (cases["accepted"], cases["answered"]):
            await self._once_there(stub.Accept, _accept(inquiry_id), of)
        await stub.Answer(_answer(cases["answered"]), metadata=of, timeout=CALL_SECONDS)
        return Sampled(cases=cases)

    async def _once_there(self, method: Any, request: Any, of: Any) -> None:
        """Calls until the case has come to the office by the bus."""
        async with asyncio.timeout(_SAMPLE_SECONDS):
            while True:
                try:
                    await method(request, metadata=of, timeout=CALL_SECONDS)
                    return
                except grpc.aio.AioRpcError as error:
                    if error.code() is not grpc.StatusCode.NOT_FOUND:
                        raise
                await asyncio.sleep(0.1)

    async def _command(self, step: Command) -> Commanded:
        heaps = _heaps(step.cases, step.together)
        refused: Counter[str] = Counter()
        took: list[float] = []
        stored = 0
        began = time.monotonic()
        until = began + step.seconds

        async def caller(number: int) -> None:
            nonlocal stored
            stub = self._stubs[number % len(self._stubs)]
            for office, ids in heaps:
                for call in (_accepting, _answering):
                    if time.monotonic() >= until:
                        return
                    sent = time.monotonic()
                    try:
                        results = await call(stub, ids, self._caller(office), step.together > 1)
                    except grpc.aio.AioRpcError as error:
                        refused[error.code().name] += len(ids)
                        break
                    took.append(time.monotonic() - sent)
                    slugs = [slug for slug in results if slug]
                    refused.update(slugs)
                    stored += len(ids) - len(slugs)

        await asyncio.gather(*(caller(number) for number in range(step.callers)))
        return Commanded(
            stored=stored,
            seconds=time.monotonic() - began,
            calls=Times.of(took),
            refused=dict(refused),
        )

    async def _ask(self, step: Ask) -> Listed:
        due_before = step.due_within and datetime.now(UTC) + timedelta(seconds=step.due_within)
        request = pb.ListWorkRequest(
            page_size=step.page_size,
            service_code=step.service_code,
            kind=step.kind or None,
            permit_only=step.permit_only,
            due_before=timestamp(due_before or None),
            states=step.states,  # names of the enum
        )
        took: list[float] = []
        items = 0
        for _ in range(step.calls):
            sent = time.monotonic()
            page = await self._stubs[0].ListWork(
                request, metadata=self._caller(step.office), timeout=CALL_SECONDS
            )
            took.append(time.monotonic() - sent)
            items = len(page.items)
        return Listed(items=items, calls=Times.of(took))

    async def _connect(self) -> Connected:
        began = time.monotonic()
        items = await self._watches.open(
            (self._channel(), office, Key(self._ways.office_keys[office])) for office in self._ids
        )
        return Connected(watchers=len(self._ids), items=items, seconds=time.monotonic() - began)

    async def _assign(self, step: Assign) -> Delivered:
        sent: dict[str, float] = {}
        late: list[float] = []
        broken = self._watches.broken
        async with Assigner(self._ways.bus) as assigner:
            began = time.monotonic()
            for number in range(round(step.rate * step.seconds)):
                due = began + number / step.rate
                if (wait := due - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                inquiry_id = str(uuid4())
                sent[inquiry_id] = time.monotonic()
                late.append(sent[inquiry_id] - due)
                office = self._ids[number % len(self._ids)]
                await assigner.assign(inquiry_id, office, step.plain)
            await self._watches.until_came(sent, step.patience)
        came = self._watches.came
        took = [came[id_] - at for id_, at in sent.items() if id_ in came]
        return Delivered(
            sent=len(sent),
            times=Times.of(took),
            late=Times.of(late).p99,
            broken=self._watches.broken - broken,
        )

    def _channel(self) -> grpc.aio.Channel:
        return grpc.aio.insecure_channel(self._ways.districts, options=_OWN_CONNECTION)

    def _caller(self, office: str) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._ways.office_keys[office]}"),)


class Watches:
    """The watches of all offices. `came` is when each case was first told, by this process's clock;
    `broken` counts the watches that ended by themselves and went on."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        self.broken = 0
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._channels: list[grpc.aio.Channel] = []

    async def open(self, offices: Iterator[tuple[grpc.aio.Channel, str, Key]]) -> int:
        """Returns once each has read its list: how many cases all had."""
        lists = []
        for channel, office, key in offices:
            self._channels.append(channel)
            whole: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            client = OfficeClient(channel, office, key)
            self._tasks.append(asyncio.create_task(self._watch(client, whole)))
            lists.append(whole)
        return sum(await asyncio.gather(*lists))

    async def until_came(self, wanted: Collection[str], patience: float) -> None:
        """Waits until these cases were told, or the patience (seconds) is over."""
        try:
            async with asyncio.timeout(patience):
                while set(wanted) - self.came.keys():
                    self._something.clear()
                    await self._something.wait()
        except TimeoutError:
            log.warning("bench.not_told", extra={"cases": len(set(wanted) - self.came.keys())})

    async def close(self) -> None:
        """Ends all."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for channel in self._channels:
            await channel.close()

    async def _watch(self, client: OfficeClient, whole: asyncio.Future[int]) -> None:
        token = ""
        listed = 0
        while True:
            try:
                async for told in client.watch(token):
                    token = told.resume_token or token
                    match told.WhichOneof("event"):
                        case "item":
                            self.came.setdefault(told.item.inquiry_id, time.monotonic())
                            self._something.set()
                            listed += 1
                        case "caught_up" if not whole.done():
                            whole.set_result(listed)
                        case _:
                            pass
            except (grpc.aio.AioRpcError, TimeoutError):
                pass
            self.broken += 1
            await asyncio.sleep(0.2)


def _heaps(cases: Mapping[str, Sequence[str]], size: int) -> Iterator[tuple[str, Sequence[str]]]:
    """The cases of an office, so many together; the offices take turns. All callers draw from the
    one iterator."""
    longest = max(map(len, cases.values()), default=0)
    for start in range(0, longest, size):
        for office, ids in cases.items():
            if some := ids[start : start + size]:
                yield office, some


Call = Callable[[Any, Sequence[str], Any, bool], Awaitable[Sequence[str]]]


async def _accepting(stub: Any, ids: Sequence[str], of: Any, many: bool) -> Sequence[str]:
    requests = list(map(_accept, ids))
    if many:
        call = stub.AcceptMany(pb.AcceptManyRequest(items=requests), metadata=of, timeout=30.0)
        return [result.refusal.slug for result in (await call).results]
    await stub.Accept(requests[0], metadata=of, timeout=CALL_SECONDS)
    return [""]


async def _answering(stub: Any, ids: Sequence[str], of: Any, many: bool) -> Sequence[str]:
    requests = list(map(_answer, ids))
    if many:
        call = stub.AnswerMany(pb.AnswerManyRequest(items=requests), metadata=of, timeout=30.0)
        return [result.refusal.slug for result in (await call).results]
    await stub.Answer(requests[0], metadata=of, timeout=CALL_SECONDS)
    return [""]


def _accept(inquiry_id: str) -> pb.AcceptRequest:
    return pb.AcceptRequest(inquiry_id=inquiry_id, command_id=str(uuid4()))


def _answer(inquiry_id: str) -> pb.AnswerRequest:
    return pb.AnswerRequest(
        inquiry_id=inquiry_id,
        command_id=str(uuid4()),
        text=_ANSWER,
        officer_unit=ON_DUTY.unit,
        officer_name=ON_DUTY.name,
        officer_phone=ON_DUTY.phone,
    )


async def serve() -> None:
    """Carries out steps until standard input ends."""
    loop = asyncio.get_running_loop()
    offices = Offices(Site.model_validate_json(await loop.run_in_executor(None, _line)))
    while line := await loop.run_in_executor(None, _line):
        came = await offices.carry_out(STEP.validate_json(line))
        sys.stdout.write(came.model_dump_json() + "\n")
        sys.stdout.flush()
    await offices.close()


def _line() -> str:
    return sys.stdin.readline()


if __name__ == "__main__":
    tied.let_others_finish()
    uvloop.run(serve())
