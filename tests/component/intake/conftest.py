"""Intake as its bootstrap assembles it, on a store in memory, without a bus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from deploy.local.ports import Ports
from services import cities
from services.cities import City
from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.update import Loaded, Saved, Store, Write, unfenced
from services.common.consuming.consume import Outcome
from services.common.kernel import DomainError, Kind
from services.common.run.assembly import Assembled
from services.common.run.service import running
from services.intake.adapters.repository import BlockNumbers
from services.intake.application.ports import Access, DocumentFormat, MadeOut, Proceedings
from services.intake.bootstrap import assemble
from services.intake.domain.events import Heard
from services.intake.domain.model import Inquiry
from services.intake.settings import IntakeSettings
from tests.support.callers import KEY, header
from tests.support.careful import CarefulCity
from tests.support.kit import batch, kit_in_memory, known, part
from tests.support.memory import MemoryBus, MemoryStore
from tests.support.offices import FixedOffices

# A Monday, 11:00 in Seoul.
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
AWAY = DomainError("database_away", Kind.UNAVAILABLE, "the database cannot be reached; try again")


class Inquiries(MemoryStore[Inquiry]):
    """Also finds by receipt number, and can be away."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False

    async def load(self, ids: Any) -> Loaded[Inquiry]:
        if self.away:
            raise AWAY
        return await super().load(ids)

    async def save(
        self, writes: Sequence[Write[Inquiry]], fence: Callable[[], None] = unfenced
    ) -> Sequence[Saved | DomainError]:
        if self.away:
            raise AWAY
        return await super().save(writes, fence)

    async def by_receipt(self, receipt_number: str) -> tuple[str, Inquiry] | None:
        """The inquiry's id and state, or None."""
        for id_, stored in self.documents.items():
            if stored.state and stored.state.record.matter.receipt_number == receipt_number:
                return id_, stored.state
        return None

    async def by_id(self, inquiry_id: str) -> Inquiry | None:
        """The inquiry's state, or None."""
        stored = (await self.load([inquiry_id])).get(inquiry_id)
        return None if stored is None else stored.state


@dataclass
class Log:
    """Keeps the accesses noted."""

    noted: list[Access] = field(default_factory=list)

    async def note(self, access: Access) -> None:
        """Keeps one."""
        self.noted.append(access)


@dataclass
class Offices:
    """Districts, as far as intake asks it."""

    answers: dict[str, dict[int, str]] = field(default_factory=dict)
    cases: dict[str, Proceedings] = field(default_factory=dict)
    away: bool = False
    asked: int = 0

    async def words(self, inquiry_id: str) -> Mapping[int, str]:
        """The words of its answers by their rounds."""
        self.asked += 1
        if self.away:
            raise DomainError("districts_away", Kind.UNAVAILABLE, "try again")
        return self.answers.get(inquiry_id, {})

    async def proceedings(self, inquiry_id: str) -> Proceedings:
        """What the citizen may read of the case."""
        if self.away:
            raise DomainError("districts_away", Kind.UNAVAILABLE, "try again")
        return self.cases.get(inquiry_id, Proceedings(requests={}))

    async def made_out(self, inquiry_id: str, number: str, format_: DocumentFormat) -> MadeOut:
        """The document, if it is the inquiry's."""
        if self.away:
            raise DomainError("districts_away", Kind.UNAVAILABLE, "try again")
        case = self.cases.get(inquiry_id, Proceedings(requests={}))
        if number not in [document.number for document in case.documents]:
            raise DomainError("unknown_document", Kind.NOT_FOUND, "there is none")
        return MadeOut(number=number, content=b"%PDF of it", format=format_)


@dataclass
class Counter:
    """The day's counter; leases blocks."""

    taken: dict[date, int] = field(default_factory=dict)
    leases: int = 0

    async def lease(self, day: date, size: int) -> int:
        """The first number of the next block."""
        self.leases += 1
        first = self.taken.get(day, 0) + 1
        self.taken[day] = first + size - 1
        return first


@dataclass
class World:
    """Intake and everything around it."""

    city: City
    store: Inquiries = field(default_factory=Inquiries)
    bus: MemoryBus = field(default_factory=MemoryBus)
    log: Log = field(default_factory=Log)
    offices: Offices = field(default_factory=Offices)
    counter: Counter = field(default_factory=Counter)
    record: FixedOffices = field(default_factory=FixedOffices)
    now: datetime = START
    recipient_per_hour: int = 0
    anonymous_per_hour: int = 0
    proxies: int = 0
    settings: IntakeSettings = field(init=False)
    service: Assembled = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        ports = Ports.free()
        self.settings = IntakeSettings(
            intake_http_port=ports.intake_http,
            intake_grpc_port=ports.intake_grpc,
            intake_public_url="https://ask.example/",
            status_token_secret=SecretStr("a key of 22 characters"),
            service_key=KEY,
            # Tests of the limits set them; to all others everybody is a friend.
            recipient_per_hour=self.recipient_per_hour,
            anonymous_per_hour=self.anonymous_per_hour,
            proxies=self.proxies,
        )
        self.service = self.restarted(self.store)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.service.web), base_url="https://ask.example"
        )

    def restarted(self, store: Store[Inquiry]) -> Assembled:
        """Another process of the service, on a store that was there before it."""
        return assemble(
            kit_in_memory("intake", self.settings, clock=lambda: self.now, bus=self.bus),
            city=self.city,
            store=store,
            finder=self.store,
            numbers=BlockNumbers(lease=self.counter.lease),
            log=self.log,
            answers=self.offices,
            cases=self.offices,
            documents=self.offices,
            offices=self.record,
        )

    async def post(self, body: Any, key: str | None = None, caller: str = "") -> httpx.Response:
        """Hands in an inquiry."""
        headers = {} if key is None else {"Idempotency-Key": key}
        headers |= header(caller) if caller else {}
        return await self.client.post("/v1/inquiries", json=body, headers=headers)

    async def receipt(self, **body: Any) -> dict[str, str]:
        """The receipt of an inquiry that must be taken; what happened before is told with a key."""
        caller = "system" if body.keys() & {"answer", "received_at"} else ""
        response = await self.post({"text": "문의합니다", **body}, caller=caller)
        assert response.status_code == 201, response.text
        receipt: dict[str, str] = response.json()
        return receipt

    async def hear(self, *events: Heard) -> Sequence[Outcome]:
        """One batch from the bus."""
        return await self.service.handle(batch(*events))

    def forgets(self) -> list[str]:
        """What was read ahead, of which the process, like another one, from now on knows nothing:
        the list grows with what is read ahead again."""
        assert isinstance(self.city, CarefulCity)
        self.city.ahead.clear()
        return self.city.ahead

    def told(self) -> list[str]:
        """The types of everything told, in the order of the inquiries."""
        return [envelope.type.rpartition(".")[2] for envelope in self.store.told()]


@pytest.fixture(scope="session")
def seoul() -> City:
    """The real city."""
    return cities.load("seoul")


@pytest.fixture
async def world(seoul: City) -> AsyncIterator[World]:
    """Intake, taking inquiries."""
    made = World(city=CarefulCity(seoul))
    await known(made.service)
    async with made.client, running([part(made.service, GroupCommit)]):
        yield made
