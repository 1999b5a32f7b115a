"""Survey as its bootstrap assembles it, on a store in memory, without a bus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from deploy.local.ports import Ports
from services import cities
from services.cities import Channel, City, Matter, Workload
from services.common.aggregates.group_commit import GroupCommit
from services.common.aggregates.ticker import Ticker
from services.common.consuming.consume import Outcome
from services.common.run.assembly import Assembled
from services.common.run.service import running
from services.survey.bootstrap import assemble
from services.survey.domain.events import CallAnswered, CaseAnswered
from services.survey.domain.tokens import Tokens
from services.survey.settings import SurveySettings
from tests.support.kit import batch, kit_in_memory, known, part
from tests.support.offices import FixedOffices

from .fakes import FixedWindows, MemorySurveys

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TOWN = cities.load("saebom")


@dataclass
class World:
    """Survey and everything around it."""

    store: MemorySurveys = field(default_factory=MemorySurveys)
    now: datetime = START
    city: City = TOWN
    record: FixedOffices = field(default_factory=FixedOffices)
    settings: SurveySettings = field(init=False)
    tokens: Tokens = field(init=False)
    service: Assembled = field(init=False)
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        ports = Ports.free()
        self.settings = SurveySettings(
            survey_http_port=ports.survey_http,
            survey_grpc_port=ports.survey_grpc,
            survey_public_url="https://survey.example/",
            survey_token_secret=SecretStr("a secret of 22 letters"),
        )
        self.tokens = Tokens(self.settings.survey_token_secret.get_secret_value())
        self.service = assemble(
            kit_in_memory("survey", self.settings, clock=lambda: self.now),
            city=self.city,
            store=self.store,
            counts=self.store,
            windows=FixedWindows(),
            offices=self.record,
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.service.web), base_url="http://survey.example"
        )

    async def hear(self, *events: Any) -> list[Outcome]:
        """Each event as its own record, told once."""
        return list(await self.service.handle(batch(*events)))

    def told(self) -> list[str]:
        """The types of everything told so far, in the order of the documents."""
        return [envelope.type.rpartition(".")[2] for envelope in self.store.told()]

    async def tick(self) -> None:
        """One round of the ticker."""
        await part(self.service, Ticker).tick()

    def page(self, survey_id: str) -> str:
        return f"/s/{survey_id}/{self.tokens.of(survey_id)}"

    def api(self, survey_id: str) -> str:
        return f"/v1/surveys/{survey_id}/{self.tokens.of(survey_id)}/answer"


def matter(inquiry_id: str, channel: Channel, language: str) -> Matter:
    return Matter(
        receipt_number=f"261123-{inquiry_id}",
        channel=channel,
        language=language,
        received_at=START - timedelta(days=3),
        has_contact=True,
    )


def case(
    inquiry_id: str, language: str = "ko", office: str = "d-11140", round: int = 1
) -> CaseAnswered:
    return CaseAnswered(
        inquiry_id=inquiry_id,
        matter=matter(inquiry_id, Channel.WEB, language),
        round=round,
        office_id=office,
        workload=Workload.DISTRICT,
    )


def call(inquiry_id: str, office: str = "c-hall") -> CallAnswered:
    return CallAnswered(
        inquiry_id=inquiry_id,
        matter=matter(inquiry_id, Channel.PHONE, "en"),
        round=1,
        office_id=office,
    )


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Survey, taking answers."""
    made = World()
    await known(made.service)
    async with made.client, running([part(made.service, GroupCommit)]):
        yield made
