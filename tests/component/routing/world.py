"""Routing as its bootstrap assembles it, on a store in memory, intake as a real gRPC server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import httpx
from dasan.intake.v1 import contacts_pb2 as pb
from dasan.intake.v1.contacts_pb2_grpc import (
    ContactsServiceServicer,
    add_ContactsServiceServicer_to_server,
)
from dasan.routing.v1.arbitration_pb2_grpc import ArbitrationServiceStub

from deploy.local.ports import HOST, Ports
from services import cities
from services.cities import Channel, City, Matter
from services.common.aggregates.update import Stored
from services.common.consuming.consume import Incoming
from services.common.edge import grpc_kit
from services.common.edge.grpc_kit import GrpcServer
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.run.service import running
from services.routing.adapters.intake import IntakeWords
from services.routing.adapters.wire import wire
from services.routing.application.ports import (
    DeskPlace,
    DeskState,
    Digests,
    Offer,
    Offered,
    QueueState,
)
from services.routing.bootstrap import AssembledRouting, assemble
from services.routing.domain.assignment.events import (
    AskedAbout,
    CaseAnswered,
    CaseDeclined,
    DeclineReason,
    EscalationLevel,
    InquiryReceived,
    InquirySupplemented,
    Outcome,
)
from services.routing.domain.assignment.model import Assigned, Assignment, Unrouted, WaitingFor
from services.routing.domain.competence import workload_of
from services.routing.domain.delegations import DelegationRecorded
from services.routing.domain.example.model import Example
from services.routing.domain.lately import Lately
from services.routing.domain.likeness.compare import Likeness
from services.routing.domain.matters import Lies, Whereabouts
from services.routing.domain.ruleset.model import RuleSetVersion
from services.routing.domain.ruleset.replay import Past, Ruling
from services.routing.settings import RoutingSettings
from tests.support.callers import CALLERS, KEY, header
from tests.support.kit import incoming, kit_in_memory, known, part
from tests.support.memory import MemoryStore
from tests.support.offices import FixedOffices

TOWN = cities.load("saebom")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
WIRE = wire(())


class Intake(ContactsServiceServicer):
    """Holds what citizens wrote; remembers what it was asked."""

    def __init__(self) -> None:
        self.words: dict[str, pb.Words] = {}
        self.asked: list[pb.GetWordsRequest] = []

    def holds(self, inquiry_id: str, text: str, place: pb.Place | None = None) -> None:
        self.words[inquiry_id] = pb.Words(inquiry_id=inquiry_id, text=text, place=place)

    async def GetWords(self, request: pb.GetWordsRequest, context: Any) -> pb.GetWordsResponse:
        self.asked.append(request)
        known = [self.words[id_] for id_ in request.inquiry_ids if id_ in self.words]
        missing = [id_ for id_ in request.inquiry_ids if id_ not in self.words]
        return pb.GetWordsResponse(words=known, missing=missing)


class MemoryQueue:
    """What has no office in a store in memory."""

    def __init__(self, store: MemoryStore[Assignment]) -> None:
        self._store = store

    async def state(
        self, waiting_for: WaitingFor, now: datetime, hidden: Collection[str] = ()
    ) -> QueueState:
        waiting = self._waiting(waiting_for, hidden)
        return QueueState(
            waiting=len(waiting),
            oldest=min((state.unrouted_at for state in waiting), default=None),
            overdue=sum(state.decision.due_at < now for state in waiting),
        )

    async def due_first(
        self, waiting_for: WaitingFor, limit: int, hidden: Collection[str] = ()
    ) -> Sequence[Unrouted]:
        waiting = self._waiting(waiting_for, hidden)
        waiting.sort(key=lambda state: (state.decision.due_at, state.unrouted_at))
        return waiting[:limit]

    def _waiting(self, waiting_for: WaitingFor, hidden: Collection[str]) -> list[Unrouted]:
        states = [stored.state for stored in self._store.documents.values()]
        unrouted = [state for state in states if isinstance(state, Unrouted)]
        waiting = [state for state in unrouted if state.waiting_for is waiting_for]
        return [state for state in waiting if state.matter.service_code not in hidden]


class MemoryDesk:
    """The coordinator's lists over a store in memory."""

    def __init__(self, store: MemoryStore[Assignment]) -> None:
        self._store = store

    async def state(self, now: datetime, hidden: Collection[str] = ()) -> DeskState:
        found = self._places(hidden)
        return DeskState(open=len(found), overdue=sum(by < now for (by, _), _ in found))

    async def decide_first(
        self, limit: int, hidden: Collection[str] = (), after: DeskPlace | None = None
    ) -> Sequence[Assigned]:
        found = self._places(hidden)
        if after is not None:
            found = [one for one in found if one[0] > (after.decide_by, after.inquiry_id)]
        return [state for _, state in found][:limit]

    async def untaken(self) -> Mapping[EscalationLevel, int]:
        levels = [state.untaken.level for state in self._assigned() if state.untaken is not None]
        return {level: levels.count(level) for level in EscalationLevel}

    def _places(self, hidden: Collection[str]) -> list[tuple[tuple[datetime, str], Assigned]]:
        return sorted(
            (
                ((state.arbitration.decide_by, state.inquiry_id), state)
                for state in self._assigned()
                if state.arbitration is not None and state.matter.service_code not in hidden
            ),
            key=lambda one: one[0],
        )

    def _assigned(self) -> list[Assigned]:
        states = [stored.state for stored in self._store.documents.values()]
        return [state for state in states if isinstance(state, Assigned)]


class MemoryRuleSets:
    """The versions of the rules of a store in memory."""

    def __init__(self, store: MemoryStore[RuleSetVersion]) -> None:
        self._store = store

    async def all(self) -> Sequence[RuleSetVersion]:
        states = (stored.state for stored in self._store.documents.values())
        return [state for state in states if state is not None]


class MemoryExamples:
    """What officials taught, of a store in memory."""

    def __init__(self, store: MemoryStore[Example]) -> None:
        self._store = store

    async def all(self, hidden: Collection[str] = ()) -> Sequence[Example]:
        states = (stored.state for stored in self._store.documents.values())
        shown = [one for one in states if one is not None and one.service_code not in hidden]
        return sorted(shown, key=lambda one: (one.written_at, one.id))


class MemoryDecisions:
    """The decisions of a store in memory, the latest inquiry first."""

    def __init__(self, store: MemoryStore[Assignment]) -> None:
        self._store = store

    async def last(self, count: int, hidden: Collection[str]) -> Sequence[Past]:
        found = []
        for id_, stored in sorted(self._store.documents.items(), reverse=True):
            state = stored.state
            if state is None or state.matter.service_code in hidden:
                continue
            verdict = state.decision.verdict
            found.append(
                Past(
                    inquiry_id=id_,
                    service_code=state.matter.service_code,
                    facts=state.decision.facts,
                    ruling=Ruling.of(verdict),
                )
            )
        return found[:count]


class MemoryAssignments:
    """The assignments of a store in memory in the order of their ids."""

    def __init__(self, store: MemoryStore[Assignment]) -> None:
        self._store = store

    async def since(self, first_id: str, limit: int) -> Sequence[tuple[str, str]]:
        states = {id_: one.state for id_, one in sorted(self._store.documents.items())}
        found = [
            (id_, "" if isinstance(state, Unrouted) else state.matter.service_code)
            for id_, state in states.items()
            if state is not None and id_ >= first_id
        ]
        return found[:limit]


class MemoryLikenesses:
    """By what matters are alike, in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, Likeness] = {}
        self.lists: dict[Offer, dict[str, datetime]] = {offer: {} for offer in Offer}

    async def keep(self, found: Sequence[Likeness]) -> None:
        self.kept |= {one.inquiry_id: one for one in found}

    async def of(self, inquiry_ids: Collection[str]) -> Mapping[str, Likeness]:
        return {id_: self.kept[id_] for id_ in inquiry_ids if id_ in self.kept}

    async def of_petitioner(self, petitioner: str) -> Sequence[Likeness]:
        return [one for one in self.kept.values() if one.petitioner == petitioner != ""]

    async def of_place(
        self, service_code: str, district_code: str, since: datetime
    ) -> Sequence[Likeness]:
        wanted = (service_code, district_code)
        return [
            one
            for one in self.kept.values()
            if (one.service_code, one.district_code) == wanted and one.received_at >= since
        ]

    async def offer(self, offer: Offer, inquiry_ids: Collection[str], now: datetime) -> None:
        for id_ in inquiry_ids:
            self.lists[offer].setdefault(id_, now)

    async def withdraw(self, offer: Offer, inquiry_ids: Collection[str]) -> None:
        for id_ in inquiry_ids:
            self.lists[offer].pop(id_, None)

    async def offered(self, offer: Offer, limit: int, hidden: Collection[str]) -> Sequence[Offered]:
        found = [
            Offered(likeness=self.kept[id_], since=since)
            for id_, since in sorted(self.lists[offer].items(), key=lambda one: (one[1], one[0]))
            if self.kept[id_].service_code not in hidden
        ]
        return found[:limit]

    async def not_looked_at(self, inquiry_ids: Collection[str]) -> Sequence[str]:
        return [id_ for id_ in inquiry_ids if id_ not in self.kept]


class FixedResemblance:
    """What intake says by which inquiries are alike, or that it is away."""

    def __init__(self) -> None:
        self.digests: dict[str, Digests] = {}
        self.asked: list[str] = []
        self.away = False

    async def of(self, inquiry_ids: Sequence[str]) -> Mapping[str, Digests]:
        self.asked += inquiry_ids
        if self.away:
            raise DomainError("intake_away", Kind.UNAVAILABLE, "intake cannot be reached")
        return {id_: self.digests[id_] for id_ in inquiry_ids if id_ in self.digests}


class FixedMatters:
    """A view that shows what a test wants, or is away."""

    def __init__(self) -> None:
        self.matters: list[Whereabouts] = []
        self.away = False

    def known(self) -> list[Whereabouts]:
        if self.away:
            raise DomainError("view_away", Kind.UNAVAILABLE, "the live view is away")
        return list(self.matters)


class FixedDelegations:
    """What the registry has told as a test wants it, or that it is not read yet."""

    def __init__(self) -> None:
        self.told: Mapping[str, DelegationRecorded] = {}
        self.away = False

    def newest(self) -> Mapping[str, DelegationRecorded]:
        if self.away:
            raise DomainError("view_away", Kind.UNAVAILABLE, "the delegations are not read yet")
        return self.told


class FixedNews:
    """What was told lately as a test wants it, or away."""

    def __init__(self) -> None:
        self.told = Lately()
        self.away = False
        self.lag: int | None = 0

    def lately(self) -> Lately:
        if self.away:
            raise DomainError("view_away", Kind.UNAVAILABLE, "what was told lately is away")
        return self.told


@dataclass
class Service:
    """Routing with everything around it."""

    intake: Intake
    channel: grpc.aio.Channel
    city: City = TOWN
    store: MemoryStore[Assignment] = field(default_factory=MemoryStore)
    matters: FixedMatters = field(default_factory=FixedMatters)
    news: FixedNews = field(default_factory=FixedNews)
    delegations: FixedDelegations = field(default_factory=FixedDelegations)
    offices: FixedOffices = field(default_factory=FixedOffices)
    likenesses: MemoryLikenesses = field(default_factory=MemoryLikenesses)
    resemblance: FixedResemblance = field(default_factory=FixedResemblance)
    now: datetime = NOW
    seconds: float = 0
    readiness: Readiness = field(init=False)
    settings: RoutingSettings = field(init=False)
    versions: MemoryStore[RuleSetVersion] = field(default_factory=MemoryStore)
    examples: MemoryStore[Example] = field(default_factory=MemoryStore)
    queue: MemoryQueue = field(init=False)
    desk: MemoryDesk = field(init=False)
    routing: AssembledRouting = field(init=False)
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.queue = MemoryQueue(self.store)
        self.desk = MemoryDesk(self.store)
        ports = Ports.free()
        self.settings = RoutingSettings(
            service_key=KEY,
            desk_session_secret=KEY,
            desk_over_tls=False,
            bind_host=HOST,
            routing_http_port=ports.routing_http,
            routing_grpc_port=ports.routing_grpc,
        )
        self.routing = self.asking(self.channel)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.routing.web),
            base_url="http://routing",
            headers=header("desk"),
        )

    def asking(self, channel: grpc.aio.Channel) -> AssembledRouting:
        """Routing on this store, with this channel to intake."""
        kit = kit_in_memory(
            "routing",
            self.settings,
            clock=self.clock,
            monotonic=lambda: self.seconds,
            callers=CALLERS,
        )
        self.readiness = kit.readiness
        return assemble(
            kit,
            city=self.city,
            store=self.store,
            queue=self.queue,
            decisions=MemoryDecisions(self.store),
            versions=self.versions,
            stored_rulesets=MemoryRuleSets(self.versions),
            examples=self.examples,
            stored_examples=MemoryExamples(self.examples),
            desk=self.desk,
            words=IntakeWords(channel),
            resemblance=self.resemblance,
            likenesses=self.likenesses,
            assignments=MemoryAssignments(self.store),
            matters=self.matters,
            news=self.news,
            registered=self.delegations,
            offices=self.offices,
        )

    @asynccontextmanager
    async def on_grpc(self) -> AsyncIterator[grpc.aio.Channel]:
        """The service on its gRPC port; a channel to it."""
        address = f"{HOST}:{self.settings.routing_grpc_port}"
        async with (
            running([part(self.routing, GrpcServer)]),
            grpc.aio.insecure_channel(address) as channel,
        ):
            yield channel

    @asynccontextmanager
    async def coordinator(self) -> AsyncIterator[ArbitrationServiceStub]:
        """The service on its gRPC port; a stub of the arbitration to call it by."""
        async with self.on_grpc() as channel:
            yield ArbitrationServiceStub(channel)

    def clock(self) -> datetime:
        return self.now

    def told(self, inquiry_id: str) -> list[object]:
        stored = self.store.documents[inquiry_id]
        return [WIRE.decode(e.type, e.key, e.data) for e in stored.outbox]

    def told_of(self, version: str) -> list[object]:
        """What was told of a version of the rules."""
        stored = self.versions.documents[version]
        return [WIRE.decode(e.type, e.key, e.data) for e in stored.outbox]

    def holds_version(self, version: RuleSetVersion) -> None:
        """Stores a version of the rules as an older release left it."""
        stored = Stored(id=version.version, version=1, state=version)
        self.versions.documents[version.version] = stored


async def alive(routing: AssembledRouting) -> None:
    """Says that the replica lives, and has it read the rules."""
    await known(routing)
    await routing.rules.look()


@asynccontextmanager
async def intake_at(servicer: Intake) -> AsyncIterator[str]:
    server = grpc.aio.server()
    add_ContactsServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


@asynccontextmanager
async def open_routing(city: City = TOWN) -> AsyncIterator[Service]:
    """Routing of a city, alive."""
    intake = Intake()
    async with intake_at(intake) as address, grpc_kit.channel(address) as channel:
        made = Service(intake=intake, channel=channel, city=city)
        await alive(made.routing)
        async with made.http:
            yield made


def received(
    inquiry_id: str,
    service_code: str = "",
    at: datetime = NOW,
    channel: Channel = Channel.WEB,
) -> Incoming:
    matter = Matter(
        receipt_number=f"261123-{inquiry_id}",
        channel=channel,
        language="en",
        received_at=at,
        has_contact=False,
        service_code=service_code,
    )
    event = InquiryReceived(inquiry_id=inquiry_id, matter=matter)
    return incoming(event, f"received-{inquiry_id}")


def answer(
    inquiry_id: str,
    number: int = 1,
    *,
    service_code: str | None = None,
    none: bool = False,
    name: str = "",
) -> Incoming:
    """The citizen's answer to a question: about the place, unless it chooses a service. Events of
    another `name` are others."""
    matter = Matter(
        receipt_number=f"261123-{inquiry_id}",
        channel=Channel.WEB,
        language="en",
        received_at=NOW,
        has_contact=False,
        service_code=service_code or "",
    )
    event = InquirySupplemented(
        inquiry_id=inquiry_id,
        matter=matter,
        number=number,
        about=AskedAbout.PLACE if service_code is None else AskedAbout.SERVICE,
        none_offered=none,
        supplied_at=NOW,
    )
    return incoming(event, f"answer-{inquiry_id}-{number}-{name}")


def refusal(inquiry_id: str, attempt: int, office: str, round_: int = 1) -> Incoming:
    event = CaseDeclined(
        inquiry_id=inquiry_id,
        round=round_,
        attempt=attempt,
        office_id=office,
        reason=DeclineReason.NOT_COMPETENT,
        suggested_office_id="",
    )
    return incoming(event, f"refusal-{inquiry_id}-{round_}-{attempt}")


def answered(id_: str) -> Incoming:
    event = CaseAnswered(inquiry_id=id_, round=1, outcome=Outcome.ANSWERED, answered_at=NOW)
    return incoming(event, f"answered-{id_}")


def lying(
    office: str, *, due: datetime = NOW + timedelta(days=2), ago_minutes: int = 5
) -> Whereabouts:
    return Whereabouts(
        lies=Lies(
            round=1,
            attempt=1,
            office_id=office,
            workload=workload_of(TOWN.office(office)),
            service_code="lamp",
            dong_code="mill",
            received_at=NOW - timedelta(minutes=ago_minutes),
            assigned_at=NOW - timedelta(minutes=ago_minutes),
            due_at=due,
        )
    )
