"""Notify as its bootstrap assembles it, with fakes for the database, the peers and the channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from services import cities
from services.cities import Matter
from services.common.aggregates.ticker import Ticker
from services.common.consuming.consume import Incoming, Outcome
from services.common.run.assembly import Assembled
from services.notify.adapters.words import TemplateWriter
from services.notify.application.ports import Answer, Channel, Contact, Writer
from services.notify.bootstrap import assemble
from services.notify.domain.events import (
    CaseAnswered,
    DeadlineRecounted,
    InquiryAssigned,
    InquiryReceived,
    ProgressNoticeDue,
    SurveyInvited,
    UnroutedDeadlineRecounted,
)
from services.notify.domain.model import (
    CaseOutcome,
    Delivery,
    DeliveryChannel,
    Patience,
    RecountCause,
)
from services.notify.settings import NotifySettings
from tests.support.callers import KEY
from tests.support.kit import incoming, kit_in_memory, known, part

from .fakes import KnownPeers, MemoryDeliveries, MemoryLimits, Outbox

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
WORDS = "가로등이 꺼졌어요 http://evil.example 고쳐 주세요"
# Most tests tell single steps of a life: what they do not tell is not waited for.
PATIENCE = Patience(
    first=timedelta(seconds=10),
    longest=timedelta(minutes=2),
    tries=3,
    unheard=timedelta(0),
)


def contact(**known: Any) -> Contact:
    given: dict[str, Any] = {
        "name": "",
        "email": "a@citizen.example",
        "phone": "+82200000000",
        "language": "ko",
        "status_url": "http://intake.example/status?secret=s",
    }
    return Contact(**{**given, **known})


@cache
def _writer() -> Writer:
    """Of Seoul, with every template read: it keeps nothing of what it writes."""
    return TemplateWriter(lambda: cities.load("seoul"))


@dataclass
class World:
    """Notify and everything around it."""

    channels: list[Channel]
    store: MemoryDeliveries = field(default_factory=MemoryDeliveries)
    peers: KnownPeers = field(default_factory=KnownPeers)
    limits: MemoryLimits = field(default_factory=MemoryLimits)
    patience: Patience = PATIENCE
    now: datetime = START
    writer: Writer = field(default_factory=_writer)
    service: Assembled = field(init=False)

    def __post_init__(self) -> None:
        self.service = self.another()

    def another(self) -> Assembled:
        """One more process of the service on the same store."""
        return assemble(
            kit_in_memory("notify", NotifySettings(service_key=KEY), clock=lambda: self.now),
            store=self.store,
            log=self.store,
            peers=self.peers,
            writer=self.writer,
            limits=self.limits,
            sealed=["corruption"],
            channels=self.channels,
            patience=self.patience,
        )

    def knows(self, *inquiries: str, **known: Any) -> None:
        """The peers know all about the first round of these inquiries."""
        for inquiry in inquiries:
            self.peers.contact[inquiry] = contact(**known)
            self.peers.word[inquiry] = WORDS
            self.peers.answer[inquiry, 1] = Answer(text=f"answer to {inquiry}")
            self.peers.link[f"{inquiry}-1"] = f"http://survey.example/s/{inquiry}-1/token"

    async def hear(self, *events: Any) -> list[Outcome]:
        """Each event as its own record, told once."""
        return await self.handle([heard(event) for event in events])

    async def handle(self, news: Sequence[Incoming]) -> list[Outcome]:
        """One batch from the bus."""
        await known(self.service)
        return list(await self.service.handle(news))

    async def wake(self) -> int:
        """Wakes what is due; says how many that were."""
        due = await self.store.waking(self.now, 100)
        await part(self.service, Ticker).tick()
        return len(due)

    def state(self, delivery_id: str) -> Delivery:
        """How a delivery stands."""
        state = self.store.documents[delivery_id].state
        assert state is not None
        return state

    def states(self) -> dict[str, str]:
        """The status of every delivery."""
        return {id_: d.state.status for id_, d in self.store.documents.items() if d.state}

    def told(self) -> list[tuple[str, str]]:
        """Every event told so far: its type and its delivery."""
        return [
            (envelope.type.rpartition(".")[2], id_)
            for id_, stored in self.store.documents.items()
            for envelope in stored.outbox
        ]


def heard(event: Any, cause: str = "") -> Incoming:
    """An event that carries the context of its trace."""
    return incoming(event, cause, traceparent=TRACEPARENT)


def matter(inquiry: str, *, has_contact: bool = True, service: str = "") -> Matter:
    return Matter(
        receipt_number=f"261123-{inquiry}",
        channel=cities.Channel.WEB,
        language="ko",
        received_at=START,
        has_contact=has_contact,
        service_code=service,
    )


def received(inquiry: str, *, has_contact: bool = True) -> InquiryReceived:
    return InquiryReceived(
        inquiry_id=inquiry,
        matter=matter(inquiry, has_contact=has_contact),
        expected_answer_by=START + timedelta(days=7),
    )


def assigned(
    inquiry: str,
    attempt: int = 1,
    *,
    round: int = 1,
    rule: str = "district_of_place",
    service: str = "",
    office: str = "d-11140",
    before: str = "",
) -> InquiryAssigned:
    return InquiryAssigned(
        inquiry_id=inquiry,
        matter=matter(inquiry, service=service),
        round=round,
        attempt=attempt,
        office_id=office,
        rule=rule,
        previous_office_id=before,
        due_at=START + timedelta(days=7),
    )


def recounted(inquiry: str, days: int = 8, attempt: int = 1) -> DeadlineRecounted:
    """The date moved to so many days after the start."""
    return DeadlineRecounted(
        inquiry_id=inquiry,
        matter=matter(inquiry),
        round=1,
        attempt=attempt,
        office_id="d-11140",
        cause=RecountCause.HOLIDAY,
        due_before=START + timedelta(days=7),
        due_at=START + timedelta(days=days),
    )


def recounted_unrouted(inquiry: str, days: int = 8) -> UnroutedDeadlineRecounted:
    return UnroutedDeadlineRecounted(
        inquiry_id=inquiry,
        matter=matter(inquiry),
        round=1,
        cause=RecountCause.HOLIDAY,
        due_before=START + timedelta(days=7),
        due_at=START + timedelta(days=days),
    )


def progress(inquiry: str, number: int = 1) -> ProgressNoticeDue:
    return ProgressNoticeDue(
        inquiry_id=inquiry,
        matter=matter(inquiry),
        round=1,
        attempt=1,
        office_id="d-11140",
        number=number,
        accepted=True,
        due_at=START + timedelta(days=7),
        overdue=True,
    )


def answered(inquiry: str, *, round: int = 1) -> CaseAnswered:
    return CaseAnswered(
        inquiry_id=inquiry,
        matter=matter(inquiry),
        round=round,
        attempt=1,
        office_id="d-11140",
        outcome=CaseOutcome.ANSWERED,
    )


def invited(inquiry: str, *, round: int = 1) -> SurveyInvited:
    return SurveyInvited(
        inquiry_id=inquiry,
        matter=matter(inquiry),
        survey_id=f"{inquiry}-{round}",
        round=round,
        office_id="d-11140",
        expires_at=START + timedelta(days=7),
    )


@pytest.fixture
def files() -> Outbox:
    return Outbox(DeliveryChannel.FILE)


@pytest.fixture
def mails() -> Outbox:
    return Outbox(DeliveryChannel.EMAIL, repeatable=False)


@pytest.fixture
def texts() -> Outbox:
    return Outbox(DeliveryChannel.SMS)


@pytest.fixture
def world(files: Outbox) -> World:
    return World(channels=[files])
