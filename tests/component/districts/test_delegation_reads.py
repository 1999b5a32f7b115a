"""Delegations in a real database: each comes back as it was, and reads find what the fake finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import mongoengine
import pytest

from deploy.local.database import Database
from services.cities import load
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.districts.adapters.delegations import (
    DelegationDocument,
    MongoDelegations,
    delegation_store,
)
from services.districts.adapters.repository import ALIAS
from services.districts.application.ports import DelegationReads
from services.districts.domain.delegation import decide
from services.districts.domain.delegation.commands import (
    GrantTo,
    RecallGrant,
    RecordReadiness,
    Resume,
    Suspend,
)
from services.districts.domain.delegation.model import Delegation, RecallEffect
from tests.component.districts.offices import MemoryDelegations
from tests.support.memory import MemoryStore

SEOUL = load("seoul")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
OFFICE = "o-1111053000"


def recalled(effect: RecallEffect) -> Delegation:
    """A delegation to which everything was done that there is."""
    said: dict[str, Any] = {"service_code": "bulky-waste", "officer_code": "J-17"}
    later = TODAY + timedelta(days=5)
    state: Delegation | None = None
    for command in (
        RecordReadiness(
            office_ids=(OFFICE,), monthly_capacity=9, checked_on=TODAY, trained_on=TODAY, **said
        ),
        GrantTo(office_ids=(OFFICE,), legal_basis="조례", since=TODAY, until=None, **said),
        Suspend(grant_id=1, since=TODAY, until=None, reason="감사", **said),
        Resume(grant_id=1, since=later, **said),
        RecallGrant(grant_id=1, since=later, effect=effect, reason="인력", **said),
    ):
        entry = decide.Entry(city=SEOUL, district=SEOUL.offices["d-11110"], now=NOW)
        state = decide.carry_out(state, command=command, entry=entry).state
    assert state is not None
    return state


SEEDED = decide.seed(None, city=SEOUL, district="11140", service_code="bulky-waste", now=NOW)
assert SEEDED is not None
STATES = (
    recalled(RecallEffect.RETURN),
    replace(recalled(RecallEffect.STAY), service_code="lease-report"),
    SEEDED.state,
)


@pytest.fixture
async def reads(database: Database) -> Sequence[DelegationReads]:
    """The reads over the real store and over the fake one, with the same delegations."""
    mongo.connect(database.url, "test_districts_delegations", ALIAS)
    DelegationDocument.drop_collection()
    mongo.ensure_indexes(DelegationDocument)
    real, fake = delegation_store(), MemoryStore[Delegation]()
    for store in (real, fake):
        await store.save(
            [Write(base=0, after=Stored(id=state.id, version=3, state=state)) for state in STATES]
        )
    return MongoDelegations(real), MemoryDelegations(fake)


@pytest.fixture(autouse=True)
def disconnected() -> Iterator[None]:
    """Lets go of the connection afterwards."""
    yield
    mongoengine.disconnect(ALIAS)


async def test_each_comes_back_as_it_was(reads: Sequence[DelegationReads]) -> None:
    for one in reads:
        found = await one.all("", "")
        assert [(stored.version, stored.state) for stored in found] == [
            (3, state) for state in sorted(STATES, key=lambda state: state.id)
        ]


async def test_by_district_and_service(reads: Sequence[DelegationReads]) -> None:
    for one in reads:
        assert [s.id for s in await one.all("11110", "")] == [
            "delegation:11110:bulky-waste",
            "delegation:11110:lease-report",
        ]
        assert [s.id for s in await one.all("", "bulky-waste")] == [
            "delegation:11110:bulky-waste",
            "delegation:11140:bulky-waste",
        ]
        assert await one.all("11140", "lease-report") == []


async def test_those_that_give_cases_back(reads: Sequence[DelegationReads]) -> None:
    since = TODAY + timedelta(days=5)
    for one in reads:
        assert [s.id for s in await one.returning(since)] == ["delegation:11110:bulky-waste"]
        assert await one.returning(since + timedelta(days=1)) == []
