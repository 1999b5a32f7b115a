"""Districts as it is wired, with the store in memory and gRPC over a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.answers_pb2_grpc import (
    AnswersServiceStub,
    add_AnswersServiceServicer_to_server,
)
from dasan.districts.v1.work_pb2_grpc import (
    OfficeWorkServiceStub,
    add_OfficeWorkServiceServicer_to_server,
)

from services import cities
from services.cities import Workload
from services.common.aggregates import Aggregates, Cause, Stored
from services.common.batching import GroupCommit
from services.common.consume import Incoming
from services.districts.adapters.wire import wire
from services.districts.application import tokens
from services.districts.application.feed import WorkFeed
from services.districts.application.handlers import Cases, OfficeWork
from services.districts.application.ports import CitizenWords
from services.districts.domain.events import InquiryAssigned
from services.districts.domain.model import Case, Stage
from services.districts.entrypoints.grpc import AnswersServicer, OfficeWorkServicer
from tests.support.callers import CALLERS
from tests.support.memory import Kept, MemoryStore

TOWN = cities.load("saebom")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=7)
SECRET = "a secret of the town"
WIRE = wire()

Metadata = tuple[tuple[str, str], ...]


class MemoryReads:
    """The feed's reads over a store in memory."""

    def __init__(self, store: MemoryStore[Case]) -> None:
        self._store = store
        self.before_list: Callable[[], None] = lambda: None
        self.lists = 0
        self.asked: list[set[str]] = []

    async def of(self, inquiry_ids: Iterable[str]) -> Sequence[Stored[Case]]:
        self.asked.append(set(inquiry_ids))
        return [d for id_, d in self._store.documents.items() if id_ in self.asked[-1]]

    async def at_offices(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Sequence[Stored[Case]]:
        self.before_list()
        self.lists += 1
        found = [
            stored
            for stored in self._store.documents.values()
            if stored.state is not None
            and stored.state.work.office_id in office_ids
            and Stage(stored.state.status) in stages
        ]
        return sorted(found, key=_opened)


def _opened(stored: Stored[Case]) -> datetime:
    assert stored.state is not None
    return stored.state.work.opened_at


class Intake:
    """Holds what citizens wrote; remembers who asked."""

    def __init__(self) -> None:
        self.words: dict[str, CitizenWords] = {}
        self.asked: list[tuple[str, str]] = []

    async def of(self, inquiry_id: str, office_id: str) -> CitizenWords | None:
        self.asked.append((inquiry_id, office_id))
        return self.words.get(inquiry_id)


class Replica:
    """One process of the service, on a store that replicas share."""

    def __init__(
        self,
        run: str,
        *,
        store: MemoryStore[Case],
        intake: Intake,
        clock: Callable[[], datetime],
    ) -> None:
        numbers = iter(range(1_000_000))

        def new_id() -> str:
            return f"{run}-{next(numbers)}"

        self.reads = MemoryReads(store)
        self.feed = WorkFeed(
            reads=self.reads, chance=lambda: 0.5, monotonic=lambda: clock().timestamp()
        )
        aggregates = Aggregates(
            store=store,
            wire=WIRE,
            source="/dasan/districts",
            outgoing=Kept(),
            clock=clock,
            new_id=new_id,
        )
        self.cases = Cases(aggregates=aggregates, feed=self.feed, clock=clock, new_id=new_id)
        self.commit = GroupCommit(self.cases.settle)
        self.work = OfficeWork(
            city=TOWN,
            submit=self.commit.submit,
            store=store,
            words=intake,
            clock=clock,
            new_id=new_id,
        )


@dataclass(kw_only=True)
class Service:
    """The service, its store and stubs to call it by."""

    store: MemoryStore[Case]
    intake: Intake
    replica: Replica
    now: datetime = NOW
    offices: OfficeWorkServiceStub = field(init=False)
    answers: AnswersServiceStub = field(init=False)
    server: grpc.aio.Server = field(init=False)

    def clock(self) -> datetime:
        return self.now

    def told(self, inquiry_id: str) -> list[object]:
        stored = self.store.documents[inquiry_id]
        return [WIRE.decode(e.type, e.key, e.data) for e in stored.outbox]

    def another(self, run: str) -> Replica:
        """Another process of the service on the same store."""
        return Replica(run, store=self.store, intake=self.intake, clock=self.clock)

    async def assign(self, *events: InquiryAssigned, at: Replica | None = None) -> None:
        """Brings assignments to a replica as the bus would, each with an id of its own."""
        batch = [
            Incoming(
                event=event,
                cause=Cause(id=f"{event.inquiry_id}-{event.attempt}"),
                topic="any",
                sequence=1,
            )
            for event in events
        ]
        await (at or self.replica).cases.handle(batch)


def assigned(
    inquiry_id: str,
    office: str = "o-mill",
    *,
    attempt: int = 1,
    permit: bool = False,
    binding: bool = False,
    due_at: datetime = DUE,
) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id=inquiry_id,
        receipt_number=f"261123-{inquiry_id}",
        attempt=attempt,
        office_id=office,
        workload=Workload.DONG,
        service_code="market-stall" if permit else "moving-in",
        permit=permit,
        binding=binding,
        delegated_by="d-west" if permit else "",
        language="en",
        received_at=NOW - timedelta(hours=1),
        due_at=due_at,
        has_contact=True,
    )


def as_office(office_id: str) -> Metadata:
    """The metadata of an office's call."""
    return (("authorization", f"Bearer {tokens.mint(SECRET, office_id)}"),)


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    """The service on a free port."""
    store, intake = MemoryStore[Case](), Intake()
    replica = Replica("run", store=store, intake=intake, clock=lambda: service.clock())
    service = Service(store=store, intake=intake, replica=replica)
    servicer = OfficeWorkServicer(city=TOWN, work=replica.work, feed=replica.feed, secret=SECRET)
    service.server = grpc.aio.server()
    add_OfficeWorkServiceServicer_to_server(servicer, service.server)
    add_AnswersServiceServicer_to_server(
        AnswersServicer(store=store, callers=CALLERS), service.server
    )
    port = service.server.add_insecure_port("127.0.0.1:0")
    await service.server.start()
    await replica.commit.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        service.offices = OfficeWorkServiceStub(channel)
        service.answers = AnswersServiceStub(channel)
        yield service
        await replica.feed.close()
        await service.server.stop(grace=1)
    await replica.commit.stop()


async def refusal(call: Any) -> tuple[grpc.StatusCode, Mapping[str, str]]:
    """The status of a call that must fail, and its trailing metadata."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        trailing = {key: str(value) for key, value in error.trailing_metadata() or ()}
        return error.code(), trailing
    raise AssertionError("the call was answered")


async def list_work(call: Any) -> list[pb.WorkItem]:
    """Reads a watch up to the end of its list."""
    items: list[pb.WorkItem] = []
    while True:
        answer = await call.read()
        if answer.caught_up:
            return items
        items.append(answer.item)
