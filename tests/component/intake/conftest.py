"""Intake wired as in its bootstrap, with memory in place of the database and no bus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services import cities
from services.cities import City
from services.common import telemetry
from services.common.aggregates import Aggregates, Cause, Loaded, Saved, Write, unfenced
from services.common.batching import MOST_WAITING, GroupCommit
from services.common.consume import Incoming, Outcome
from services.common.kernel import DomainError, Kind
from services.common.readiness import Readiness
from services.intake.adapters.phone import e164_in
from services.intake.adapters.repository import BlockNumbers
from services.intake.adapters.wire import wire
from services.intake.application.disclose import Disclose
from services.intake.application.follow import FollowInquiries
from services.intake.application.links import StatusLinks
from services.intake.application.ports import Access
from services.intake.application.receive import ReceiveInquiries
from services.intake.application.status import ReadStatus
from services.intake.domain.events import Heard
from services.intake.domain.model import Inquiry
from services.intake.entrypoints import http
from tests.support.memory import Kept, MemoryStore

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
            if stored.state and stored.state.record.receipt_number == receipt_number:
                return id_, stored.state
        return None


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

    answers: dict[str, str] = field(default_factory=dict)
    away: bool = False
    asked: int = 0

    async def words(self, inquiry_id: str) -> str | None:
        """The words of an answer, or None."""
        self.asked += 1
        if self.away:
            raise DomainError("districts_away", Kind.UNAVAILABLE, "try again")
        return self.answers.get(inquiry_id)


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
    told: Kept = field(default_factory=Kept)
    log: Log = field(default_factory=Log)
    offices: Offices = field(default_factory=Offices)
    counter: Counter = field(default_factory=Counter)
    now: datetime = START
    most_waiting: int = MOST_WAITING

    def __post_init__(self) -> None:
        aggregates: Aggregates[Inquiry] = Aggregates(
            store=self.store,
            wire=wire(),
            source="/dasan/intake",
            outgoing=self.told,
            clock=lambda: self.now,
            new_id=telemetry.new_id,
        )
        self.commit = GroupCommit(aggregates.settle, most_waiting=self.most_waiting)
        self.links = StatusLinks(key="a key of 22 characters", public_url="https://ask.example/")
        self.follow = FollowInquiries(aggregates)
        self.disclose = Disclose(store=self.store, log=self.log, clock=lambda: self.now)
        self.app: FastAPI = http.create(
            city=self.city,
            receive=ReceiveInquiries(
                city=self.city,
                commit=self.commit.submit,
                numbers=BlockNumbers(lease=self.counter.lease),
                links=self.links,
                clock=lambda: self.now,
                new_id=telemetry.new_id,
                e164=e164_in(self.city.country),
            ),
            status=ReadStatus(
                city=self.city, finder=self.store, answers=self.offices, links=self.links
            ),
            readiness=Readiness(),
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="https://ask.example"
        )

    async def post(self, body: Any, key: str | None = None) -> httpx.Response:
        """Hands in an inquiry."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.client.post("/v1/inquiries", json=body, headers=headers)

    async def receipt(self, **body: Any) -> dict[str, str]:
        """The receipt of an inquiry that must be taken."""
        response = await self.post({"text": "문의합니다", **body})
        assert response.status_code == 201, response.text
        receipt: dict[str, str] = response.json()
        return receipt

    async def hear(self, *events: Heard) -> Sequence[Outcome]:
        """One batch from the bus."""
        return await self.follow.handle(
            [
                Incoming(event=e, cause=Cause(id=telemetry.new_id()), topic="t", sequence=1)
                for e in events
            ]
        )

    def events(self) -> list[str]:
        """The types of everything told, in order; an outbox is saved again until it is sent."""
        envelopes = [envelope for outbox in self.told.outboxes for envelope in outbox.envelopes]
        return list({e.id: e.type.rpartition(".")[2] for e in envelopes}.values())


@pytest.fixture(scope="session")
def seoul() -> City:
    """The real city."""
    return cities.load("seoul")


@pytest.fixture
async def world(seoul: City) -> AsyncIterator[World]:
    """Intake, running."""
    made = World(city=seoul)
    await made.commit.start()
    async with made.client:
        yield made
    await made.commit.stop()
