"""The delivery log: one suite for the database and the fake that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import mongoengine
import pytest

from deploy.local.database import Database
from services.common import mongo
from services.common.aggregates import Stored, Write
from services.notify.adapters.repository import (
    ALIAS,
    DeliveryDocument,
    DeliveryStore,
    delivery_store,
)
from services.notify.domain.model import (
    Delivered,
    Delivery,
    DeliveryChannel,
    Failed,
    FailureReason,
    Notice,
    Sending,
    Step,
    Waiting,
)
from tests.component.notify.fakes import MemoryDeliveries

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
EMAIL = DeliveryChannel.EMAIL


@pytest.fixture(scope="module")
def connected(database: Database) -> Iterator[None]:
    mongo.connect(database.url, f"notify_{uuid4().hex}", ALIAS)
    mongo.ensure_indexes(DeliveryDocument)
    yield
    mongoengine.disconnect(ALIAS)


@pytest.fixture(params=["memory", "mongo"])
def store(request: pytest.FixtureRequest) -> MemoryDeliveries | DeliveryStore:
    if request.param == "memory":
        return MemoryDeliveries()
    request.getfixturevalue("connected")
    return delivery_store()


def notice(inquiry: str, step: Step, number: int = 1) -> Notice:
    return Notice(
        inquiry_id=inquiry,
        step=step,
        number=number,
        receipt_number="261123-00001-5",
        language="ko",
        office_id="d-11140",
        until=NOW + timedelta(days=7),
        traceparent="00-1-2-01",
    )


def states(inquiry: str) -> list[Delivery]:
    """One of each, in the order of their ids."""
    answered, first, second, survey = (
        notice(inquiry, Step.ANSWERED),
        notice(inquiry, Step.ASSIGNED),
        notice(inquiry, Step.ASSIGNED, 2),
        replace(notice(inquiry, Step.SURVEY), until=None),
    )
    return [
        Delivered(notice=answered, channel=EMAIL, attempts=1, delivered_at=NOW),
        Sending(notice=first, channel=EMAIL, attempts=2, since=NOW),
        Waiting(notice=second, channel=EMAIL, attempts=3),
        Failed(notice=survey, reason=FailureReason.EXHAUSTED, attempts=4, failed_at=NOW),
    ]


async def test_deliveries_come_back_as_they_were_saved(
    store: MemoryDeliveries | DeliveryStore,
) -> None:
    inquiry, neighbour = "0a", "0a1"
    wanted = [*states(inquiry), *states(neighbour)]
    saved = await store.save(
        [
            Write(base=0, after=Stored(id=state.notice.delivery_id, version=1, state=state))
            for state in reversed(wanted)
        ]
    )
    assert all(saved)
    assert await store.of(inquiry) == states(inquiry)
    assert await store.of(neighbour) == states(neighbour)
    assert await store.of("0") == []
    loaded = await store.load([state.notice.delivery_id for state in wanted])
    assert [loaded[state.notice.delivery_id].state for state in wanted] == wanted
