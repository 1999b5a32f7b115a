"""Survey wired as in its bootstrap, with memory in place of the database and no bus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from services.cities import City, Office, OfficeKind
from services.common import telemetry
from services.common.aggregates import Aggregates, Cause
from services.common.batching import GroupCommit
from services.common.consume import Incoming, Outcome
from services.common.readiness import Readiness
from services.survey.adapters.wire import wire
from services.survey.application.handlers import Satisfaction, Surveys
from services.survey.domain.events import CallAnswered, CaseAnswered
from services.survey.domain.model import Survey, Workload
from services.survey.domain.tokens import Tokens
from services.survey.entrypoints import http
from tests.support.memory import Kept

from .fakes import FixedWindows, MemorySurveys

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CITY = cast(
    City,
    SimpleNamespace(
        languages=("ko", "en"),
        offices={
            "c-120": Office(id="c-120", kind=OfficeKind.CITY, names={"ko": "120", "en": "120"}),
            "o-1": Office(id="o-1", kind=OfficeKind.DONG, names={"ko": "동", "en": "Dong"}),
        },
    ),
)


@dataclass
class World:
    """Survey and everything around it."""

    store: MemorySurveys = field(default_factory=MemorySurveys)
    now: datetime = START
    tokens: Tokens = field(default_factory=lambda: Tokens("a secret of 22 letters"))
    surveys: Surveys = field(init=False)
    commit: GroupCommit[Survey] = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        aggregates: Aggregates[Survey] = Aggregates(
            store=self.store,
            wire=wire(),
            source="/dasan/survey",
            outgoing=Kept(),
            clock=lambda: self.now,
            new_id=telemetry.new_id,
        )
        self.commit = GroupCommit(aggregates.settle)
        self.surveys = Surveys(
            aggregates=aggregates,
            commit=self.commit,
            city=CITY,
            open_for=timedelta(days=7),
            clock=lambda: self.now,
        )
        app = http.create(
            surveys=self.surveys,
            satisfaction=Satisfaction(self.store),
            windows=FixedWindows(),
            tokens=self.tokens,
            default_language="ko",
            clock=lambda: self.now,
            readiness=Readiness(),
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://survey.example"
        )

    async def hear(self, *events: Any) -> list[Outcome]:
        """Each event as its own record, told once."""
        return list(await self.surveys.handle([incoming(event) for event in events]))

    def told(self) -> list[str]:
        """The types of everything told so far, in the order of the documents."""
        return [
            envelope.type.rpartition(".")[2]
            for stored in self.store.documents.values()
            for envelope in stored.outbox
        ]

    def page(self, inquiry_id: str) -> str:
        return f"/s/{inquiry_id}/{self.tokens.of(inquiry_id)}"

    def api(self, inquiry_id: str) -> str:
        return f"/v1/surveys/{inquiry_id}/{self.tokens.of(inquiry_id)}/answer"


def incoming(event: Any, cause: str | None = None) -> Incoming:
    return Incoming(
        event=event,
        cause=Cause(id=cause or telemetry.new_id(), correlation_id=event.inquiry_id),
        topic="dasan.cases.v1",
        sequence=1,
    )


def case(inquiry_id: str, language: str = "ko", office: str = "d-11140") -> CaseAnswered:
    return CaseAnswered(
        inquiry_id=inquiry_id,
        receipt_number=f"261123-{inquiry_id}",
        office_id=office,
        workload=Workload.DISTRICT,
        language=language,
        has_contact=True,
    )


def call(inquiry_id: str, office: str = "c-120") -> CallAnswered:
    return CallAnswered(
        inquiry_id=inquiry_id,
        receipt_number=f"261123-{inquiry_id}",
        office_id=office,
        language="en",
        has_contact=True,
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.commit.start()
    async with world.client:
        yield world
    await world.commit.stop()
