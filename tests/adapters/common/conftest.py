"""A small aggregate to try the kit with: a counter that tells each step as an InquiryReceived."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pytest

from deploy.local.broker import Broker
from services.cities import Channel, Matter
from services.common.aggregates.update import Cause, Settled, Update
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.events.wire import Wire
from services.common.kernel import Change, DomainError, Kind

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Travels as dasan.intake.v1.InquiryReceived."""

    inquiry_id: str
    matter: Matter
    expected_answer_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    count: int
    steps: tuple[str, ...] = ()
    status: Literal["counting"] = "counting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    count: int
    at: datetime
    status: Literal["ended"] = "ended"


WIRE = Wire({"dasan.intake.v1.InquiryReceived": Counted})


def step(target: str, cause: str, *, tell: bool = True) -> Update[Counting | Ended]:
    """Counts one up and tells it."""

    def decide(state: Counting | Ended | None) -> Change[Counting | Ended, object] | None:
        if isinstance(state, Ended):
            raise DomainError("ended", Kind.CONFLICT, "it has ended")
        count = (state.count if state else 0) + 1
        steps = (*(state.steps if state else ()), cause)
        matter = Matter(
            receipt_number=str(count),
            channel=Channel.PHONE,
            language="ko",
            received_at=NOW,
            has_contact=False,
        )
        fact = Counted(inquiry_id=target, matter=matter)
        return Change(state=Counting(count=count, steps=steps), events=(fact,) if tell else ())

    return Update(target=target, cause=Cause(id=cause), decide=decide)


def end(target: str, cause: str) -> Update[Counting | Ended]:
    """After it, a step is refused."""
    return Update(
        target=target,
        cause=Cause(id=cause),
        decide=lambda state: Change(state=Ended(count=state.count if state else 0, at=NOW)),
    )


def states(settled: Sequence[Settled[Counting | Ended]]) -> list[object]:
    return [result.state for result in settled]


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    """Sends to the broker of the tests."""
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    yield bus
    bus.close()
