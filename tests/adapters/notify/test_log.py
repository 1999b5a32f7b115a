"""The delivery log: one suite for the database and the fake that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import mongoengine
import pytest

from deploy.local.database import Database
from services.cities import Channel, Matter, PetitionKind
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.notify.adapters.repository import (
    ALIAS,
    DeliveryDocument,
    DeliveryStore,
    delivery_store,
)
from services.notify.domain.model import (
    CaseOutcome,
    Course,
    DeclineReason,
    Delivered,
    Delivery,
    DeliveryChannel,
    Failed,
    FailureReason,
    MessageName,
    Notice,
    Sending,
    Skipped,
    SkipReason,
    Waiting,
    WaitReason,
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


def notice(inquiry: str, message: MessageName, *, round: int = 1, attempt: int = 1) -> Notice:
    return Notice(
        inquiry_id=inquiry,
        matter=Matter(
            receipt_number="261123-00001-5",
            channel=Channel.WEB,
            language="ko",
            received_at=NOW,
            has_contact=True,
            service_code="pothole",
            kind=PetitionKind.OTHER,
        ),
        message=message,
        cause_type="dasan.routing.v1.InquiryAssigned",
        cause_event_id="e-1",
        round=round,
        attempt=attempt,
        office_id="d-11140",
        previous_office_id="d-11110",
        decline_reason=DeclineReason.WRONG_PLACE,
        outcome=CaseOutcome.PERMIT_REFUSED,
        until=NOW + timedelta(days=7),
        survey_id=f"{inquiry}-{round}",
        traceparent="00-1-2-01",
    )


def states(inquiry: str) -> list[Delivery]:
    """One of each, in the order of their ids."""
    once = Course(tries=1)
    answered, again, first, second, survey = (
        notice(inquiry, MessageName.ANSWERED),
        notice(inquiry, MessageName.ANSWERED, round=2),
        notice(inquiry, MessageName.ASSIGNED),
        notice(inquiry, MessageName.ASSIGNED, attempt=2),
        replace(notice(inquiry, MessageName.SURVEY), until=None),
    )
    return [
        Delivered(notice=answered, channel=EMAIL, course=once, delivered_at=NOW),
        Skipped(notice=again, reason=SkipReason.NO_CONTACT, course=Course(), skipped_at=NOW),
        Sending(notice=first, channel=EMAIL, course=Course(tries=2), since=NOW),
        Waiting(
            notice=second,
            reason=WaitReason.OTHER_WAY,
            course=Course(tries=3, put_off=1, held=2, closed=(EMAIL,)),
            since=NOW,
        ),
        Failed(notice=survey, reason=FailureReason.EXHAUSTED, course=once, failed_at=NOW),
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
