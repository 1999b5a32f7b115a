"""Districts as its bootstrap assembles it, on a store in memory, gRPC over a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.answers_pb2_grpc import AnswersServiceStub
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceStub

from deploy.local.ports import Ports
from services import cities
from services.cities import Workload
from services.common.access import Callers
from services.common.access_tokens import TokenIssuer
from services.common.aggregates import Stored
from services.common.batching import GroupCommit
from services.common.rpc import GrpcServer
from services.common.service import running
from services.districts.adapters.wire import wire
from services.districts.application.ports import CitizenWords
from services.districts.bootstrap import assemble
from services.districts.domain.events import InquiryAssigned
from services.districts.domain.model import Case, Stage
from services.districts.settings import DistrictsSettings
from tests.support import callers
from tests.support.callers import KEY, metadata
from tests.support.kit import incoming, kit_in_memory, known, part
from tests.support.memory import MemoryRuns, MemoryStore

TOWN = cities.load("saebom")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=7)
WIRE = wire()
OFFICES = callers.known(TOWN.offices)

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
    """One process of the service, on a store and runs that replicas share."""

    def __init__(self, service: Service) -> None:
        self.reads = MemoryReads(service.store)
        self.districts = assemble(
            kit_in_memory(
                "districts",
                service.settings,
                clock=service.clock,
                runs=service.runs,
                monotonic=lambda: service.now.timestamp(),
                callers=service.callers,
            ),
            city=TOWN,
            store=service.store,
            reads=self.reads,
            words=service.intake,
            issuer=service.issuer,
        )
        self.feed = self.districts.feed
        self.work = self.districts.work


@dataclass(kw_only=True)
class Service:
    """The service, its store and stubs to call it by."""

    store: MemoryStore[Case] = field(default_factory=MemoryStore)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    intake: Intake = field(default_factory=Intake)
    settings: DistrictsSettings = field(init=False)
    callers: Callers = OFFICES
    issuer: TokenIssuer | None = None
    now: datetime = NOW
    replica: Replica = field(init=False)
    others: list[Replica] = field(default_factory=list)
    offices: OfficeWorkServiceStub = field(init=False)
    answers: AnswersServiceStub = field(init=False)

    def __post_init__(self) -> None:
        self.settings = DistrictsSettings(
            districts_grpc_port=Ports.free().districts_grpc,
            service_key=KEY,
        )
        self.replica = Replica(self)

    def clock(self) -> datetime:
        return self.now

    async def later(self, by: timedelta) -> None:
        """Time passes, and every replica goes on saying that it lives."""
        self.now += by
        for replica in (self.replica, *self.others):
            await known(replica.districts)

    def told(self, inquiry_id: str) -> list[object]:
        stored = self.store.documents[inquiry_id]
        return [WIRE.decode(e.type, e.key, e.data) for e in stored.outbox]

    async def another(self) -> Replica:
        """Another process of the service on the same store."""
        replica = Replica(self)
        self.others.append(replica)
        await known(replica.districts)
        return replica

    async def assign(self, *events: InquiryAssigned, at: Replica | None = None) -> None:
        """Brings assignments to a replica as the bus would, each with an id of its own."""
        batch = [incoming(event, f"{event.inquiry_id}-{event.attempt}") for event in events]
        await (at or self.replica).districts.handle(batch)


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
    """The metadata of an office's call; its key is its id."""
    return metadata(office_id)


@asynccontextmanager
async def serving(service: Service | None = None) -> AsyncIterator[Service]:
    """The service on a free port."""
    service = service or Service()
    districts = service.replica.districts
    await known(districts)
    address = f"127.0.0.1:{service.settings.districts_grpc_port}"
    async with (
        running([part(districts, GroupCommit), part(districts, GrpcServer)]),
        grpc.aio.insecure_channel(address) as channel,
    ):
        service.offices = OfficeWorkServiceStub(channel)
        service.answers = AnswersServiceStub(channel)
        yield service


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
