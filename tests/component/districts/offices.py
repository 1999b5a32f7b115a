"""Districts as its bootstrap assembles it, on a store in memory, gRPC over a real port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import grpc
from dasan.districts.v1 import work_pb2 as pb
from dasan.districts.v1.answers_pb2_grpc import AnswersServiceStub
from dasan.districts.v1.cases_pb2_grpc import CaseServiceStub
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceStub

from deploy.local.ports import Ports
from services import cities
from services.cities import Channel, City, Matter, Workload
from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.update import Stored
from services.common.edge.access import Callers
from services.common.edge.access_tokens import TokenIssuer
from services.common.edge.grpc_kit import GrpcServer
from services.common.run.service import running
from services.districts.adapters.permits_of_year import permit_in
from services.districts.adapters.wire import wire
from services.districts.application.feed import HEARTBEAT
from services.districts.application.ports import CitizenWords, DueAfter, WorkFilter
from services.districts.bootstrap import assemble
from services.districts.domain.case.events import InquiryAssigned
from services.districts.domain.case.model import Case, Stage
from services.districts.domain.delegation.model import Delegation
from services.districts.domain.office.model import Office
from services.districts.domain.recommendation.record import Permit
from services.districts.settings import DistrictsSettings
from tests.support import callers
from tests.support.callers import KEY, metadata
from tests.support.kit import incoming, kit_in_memory, known, part
from tests.support.memory import MemoryRuns, MemoryStore

TOWN, SEOUL = cities.load("saebom"), cities.load("seoul")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=7)
WIRE = wire(())
# As many of each office as the biggest test here opens.
MOST_WATCHES = 72
OFFICES = callers.known(TOWN.offices)

Metadata = tuple[tuple[str, str], ...]


class MemoryReads:
    """The feed's reads over a store in memory."""

    def __init__(self, store: MemoryStore[Case]) -> None:
        self._store = store
        self.since: list[datetime] = []
        self.before_list: Callable[[], None] = lambda: None
        self.lists = 0
        self.asked: list[set[str]] = []

    async def of(self, inquiry_ids: Iterable[str]) -> Sequence[Stored[Case]]:
        self.asked.append(set(inquiry_ids))
        return [d for id_, d in self._store.documents.items() if id_ in self.asked[-1]]

    async def consulting(self, office_id: str, most: int) -> Sequence[Stored[Case]]:
        return [
            stored
            for stored in self._store.documents.values()
            if stored.state is not None and office_id in stored.state.consulting
        ][:most]

    async def changed_since(self, office_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        self.since.append(since)
        return {
            id_: stored.version
            for id_, stored in self._store.documents.items()
            if stored.state is not None
            and stored.state.changed_at >= since
            and set(stored.state.offices) & set(office_ids)
        }

    async def due(
        self, office_id: str, wanted: WorkFilter, *, after: DueAfter | None, most: int
    ) -> Sequence[Stored[Case]]:
        found = [
            stored
            for stored in self._store.documents.values()
            if stored.state is not None and _wanted(stored.state, office_id, wanted)
        ]
        place = (after.due_at, after.inquiry_id) if after is not None else None
        later = [one for one in sorted(found, key=_due) if place is None or _due(one) > place]
        return later[:most]

    async def with_document(self, number: str) -> Sequence[Stored[Case]]:
        return [
            stored
            for stored in self._store.documents.values()
            if stored.state is not None
            and stored.state.work.permit is not None
            and number in stored.state.work.permit.numbers
        ]

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

    async def versions_at(
        self, office_ids: Sequence[str], stages: Sequence[Stage]
    ) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for stored in await self.at_offices(office_ids, stages):
            assert stored.state is not None
            found.setdefault(stored.state.work.office_id, {})[stored.id] = stored.version
        return found


class MemoryPermits:
    """The recommendation's reads over a store in memory."""

    def __init__(self, store: MemoryStore[Case], city: City) -> None:
        self._store = store
        self._timezone = city.timezone

    async def of_district(
        self, district: str, since: datetime, until: datetime
    ) -> AsyncIterator[Permit | None]:
        for stored in list(self._store.documents.values()):
            if stored.state is None:
                continue
            matter = stored.state.work.matter
            wanted = matter.permit and matter.district_code == district
            if wanted and since <= matter.received_at < until:
                yield permit_in({"state": asdict(stored.state)}, self._timezone)


def _opened(stored: Stored[Case]) -> datetime:
    assert stored.state is not None
    return stored.state.work.opened_at


def _due(stored: Stored[Case]) -> tuple[datetime, str]:
    assert stored.state is not None
    return stored.state.work.due_at, stored.id


def _wanted(case: Case, office_id: str, wanted: WorkFilter) -> bool:
    work = case.work
    return (
        work.office_id == office_id
        and Stage(case.status) in wanted.stages
        and (wanted.due_before is None or work.due_at < wanted.due_before)
        and wanted.kind in (None, work.matter.kind)
        and wanted.service_code in ("", work.matter.service_code)
        and wanted.assignee in ("", case.file.assignee)
        and (not wanted.permit_only or (work.matter.permit and not work.needs_document))
    )


class MemoryDelegations:
    """Reads across the delegations of a store in memory."""

    def __init__(self, store: MemoryStore[Delegation]) -> None:
        self._store = store

    async def all(self, district: str, service_code: str) -> Sequence[Stored[Delegation]]:
        return [
            stored
            for id_, stored in sorted(self._store.documents.items())
            if stored.state is not None
            and district in ("", stored.state.district)
            and service_code in ("", stored.state.service_code)
        ]

    async def returning(self, since: date) -> Sequence[Stored[Delegation]]:
        return [
            stored
            for stored in await self.all("", "")
            if stored.state is not None
            and stored.state.returns_last is not None
            and stored.state.returns_last >= since
        ]


class MemoryOfficeReads:
    """The versions of the offices in a store in memory."""

    def __init__(self, store: MemoryStore[Office]) -> None:
        self._store = store

    async def versions(self) -> Mapping[str, int]:
        return {id_: stored.version for id_, stored in self._store.documents.items()}


class Intake:
    """Holds what citizens wrote; remembers who asked."""

    def __init__(self) -> None:
        self.words: dict[str, CitizenWords] = {}
        self.asked: list[tuple[str, str]] = []

    async def of(self, inquiry_id: str, office_id: str) -> CitizenWords | None:
        self.asked.append((inquiry_id, office_id))
        return self.words.get(inquiry_id)


class Hurried(grpc.aio.UnaryUnaryClientInterceptor):
    """Gives a call ten seconds that names no time of its own, as an office's software must."""

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        if details.timeout is None:
            details = details._replace(timeout=10.0)
        return await continuation(details, request)


class Replica:
    """One process of the service, on a store and runs that replicas share; its clock is `ahead`."""

    def __init__(
        self, service: Service, settings: DistrictsSettings, ahead: timedelta = timedelta()
    ) -> None:
        self.settings = settings
        self.reads = MemoryReads(service.store)
        self.districts = assemble(
            kit_in_memory(
                "districts",
                settings,
                clock=lambda: service.now + ahead,
                runs=service.runs,
                monotonic=lambda: service.now.timestamp(),
                callers=service.callers,
            ),
            city=service.city,
            store=service.store,
            reads=self.reads,
            documents=self.reads,
            recorded=service.recorded,
            office_reads=MemoryOfficeReads(service.recorded),
            words=service.intake,
            permits=MemoryPermits(service.store, service.city),
            delegation_store=service.delegations,
            delegation_reads=MemoryDelegations(service.delegations),
            issuer=service.issuer,
            heartbeat=service.heartbeat,
        )
        self.feed = self.districts.feed
        self.work = self.districts.work

    @asynccontextmanager
    async def acting(self) -> AsyncIterator[CaseServiceStub]:
        """Stubs of a replica that is serving, for what is done on a case beside its answer."""
        address = f"127.0.0.1:{self.settings.districts_grpc_port}"
        async with grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel:
            yield CaseServiceStub(channel)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[tuple[OfficeWorkServiceStub, AnswersServiceStub]]:
        """The replica on its port; stubs to call it by."""
        address = f"127.0.0.1:{self.settings.districts_grpc_port}"
        async with (
            running([part(self.districts, GroupCommit), part(self.districts, GrpcServer)]),
            grpc.aio.insecure_channel(address, interceptors=[Hurried()]) as channel,
        ):
            yield OfficeWorkServiceStub(channel), AnswersServiceStub(channel)


@dataclass(kw_only=True)
class Service:
    """The service, its store and stubs to call it by."""

    store: MemoryStore[Case] = field(default_factory=MemoryStore)
    delegations: MemoryStore[Delegation] = field(default_factory=MemoryStore)
    recorded: MemoryStore[Office] = field(default_factory=MemoryStore)
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    intake: Intake = field(default_factory=Intake)
    city: City = TOWN
    callers: Callers = OFFICES
    issuer: TokenIssuer | None = None
    now: datetime = NOW
    heartbeat: timedelta = HEARTBEAT
    replica: Replica = field(init=False)
    others: list[Replica] = field(default_factory=list)
    offices: OfficeWorkServiceStub = field(init=False)
    answers: AnswersServiceStub = field(init=False)

    def __post_init__(self) -> None:
        self.replica = Replica(self, settings())

    async def later(self, by: timedelta) -> None:
        """Time passes, and every replica goes on saying that it lives."""
        self.now += by
        for replica in (self.replica, *self.others):
            await known(replica.districts)

    def told(self, inquiry_id: str) -> list[object]:
        stored = self.store.documents[inquiry_id]
        return [WIRE.decode(e.type, e.key, e.data) for e in stored.outbox]

    async def another(self, ahead: timedelta = timedelta()) -> Replica:
        """Another process of the service on the same store."""
        replica = Replica(self, settings(), ahead)
        self.others.append(replica)
        await known(replica.districts)
        return replica

    async def assign(self, *events: InquiryAssigned, at: Replica | None = None) -> None:
        """Brings assignments to a replica as the bus would, each with an id of its own."""
        batch = [
            incoming(event, f"{event.inquiry_id}-{event.round}-{event.attempt}") for event in events
        ]
        await (at or self.replica).districts.handle(batch)


def settings() -> DistrictsSettings:
    """Those of a replica, with a port of its own."""
    return DistrictsSettings(
        districts_grpc_port=Ports.free().districts_grpc,
        service_key=KEY,
        watches_per_office=MOST_WATCHES,
    )


def in_seoul() -> Service:
    """Districts in a city whose pack limits how far an office may date back."""
    return Service(city=SEOUL, callers=callers.known(SEOUL.offices))


def assigned(
    inquiry_id: str,
    office: str = "o-mill",
    *,
    round_: int = 1,
    attempt: int = 1,
    permit: bool = False,
    rule: str = "community_office_of_place",
    binding: bool = False,
    channel: Channel = Channel.WEB,
    service_code: str = "",
    due_at: datetime = DUE,
    period: str = "",
) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id=inquiry_id,
        matter=Matter(
            receipt_number=f"261123-{inquiry_id}",
            channel=channel,
            language="en",
            received_at=NOW - timedelta(hours=1),
            has_contact=True,
            service_code=service_code or ("market-stall" if permit else "moving-in"),
            permit=permit,
        ),
        round=round_,
        attempt=attempt,
        office_id=office,
        workload=Workload.DONG,
        rule=rule,
        binding=binding,
        delegated_by="d-west" if permit else "",
        clock_from=NOW - timedelta(hours=1),
        period=period,
        due_at=due_at,
    )


OFFICER = {"officer_unit": "Front desk", "officer_name": "Officer Kim", "officer_phone": "311"}


def answer_request(**fields: Any) -> pb.AnswerRequest:
    """An answer by the officer of these tests."""
    return pb.AnswerRequest(**{**OFFICER, **fields})


def decide_request(**fields: Any) -> pb.DecidePermitRequest:
    """A decision by the officer of these tests."""
    return pb.DecidePermitRequest(**{**OFFICER, **fields})


def as_office(office_id: str) -> Metadata:
    """The metadata of an office's call; its key is its id."""
    return metadata(office_id)


@asynccontextmanager
async def serving(service: Service | None = None) -> AsyncIterator[Service]:
    """The service on a free port."""
    service = service or Service()
    await known(service.replica.districts)
    async with service.replica.serving() as (service.offices, service.answers):
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
    return (await begin(call)).items


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a watch began with; `whole` when it said that the whole list follows."""

    whole: bool
    items: list[pb.WorkItem]
    token: str


async def begin(call: Any) -> Begun:
    """Reads a watch up to `caught_up`."""
    whole = False
    items: list[pb.WorkItem] = []
    while True:
        answer = await call.read()
        match answer.WhichOneof("event"):
            case "snapshot_begins":
                assert not items
                whole = True
            case "item":
                items.append(answer.item)
            case "caught_up":
                return Begun(whole=whole, items=items, token=answer.resume_token)
            case other:
                raise AssertionError(f"{other} while the watch begins")
