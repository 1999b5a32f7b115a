"""Offices in a real database: every form comes back as it was, with its days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import mongoengine
import pytest

from deploy.local.database import Database
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.districts.adapters.offices import MongoOfficeReads, OfficeDocument, office_store
from services.districts.adapters.repository import ALIAS
from services.districts.domain.office.model import Hours, Office, Team
from tests.unit.districts.test_offices import ORDERED, YEAR_END, changed, names, seeded

FULL = replace(
    ORDERED,
    ends=YEAR_END,
    successors=("o-quay",),
    teams=(Team(code="civil", names=names("민원팀")),),
    duty_hours=(Hours(weekday=1, opens="09:00", closes="18:00"),),
    languages=("ko", "en"),
    phone="02-120",
)


@pytest.fixture
def store(database: Database) -> Iterator[mongo.MongoStore[Office]]:
    """The real store, empty."""
    mongo.connect(database.url, "test_district_offices", ALIAS)
    OfficeDocument.drop_collection()
    mongo.ensure_indexes(OfficeDocument)
    yield office_store()
    mongoengine.disconnect(ALIAS)


async def test_an_office_comes_back_as_it_was(store: mongo.MongoStore[Office]) -> None:
    offices = {
        "o-mill": changed(seeded(), FULL),
        "o-quay": replace(seeded(), id="o-quay"),
    }
    writes = [
        Write(base=0, after=Stored(id=id_, version=1, state=state))
        for id_, state in offices.items()
    ]
    assert all(await store.save(writes))
    found = await store.load(offices)
    assert {id_: stored.state for id_, stored in found.items()} == offices
    assert await MongoOfficeReads(store).versions() == {"o-mill": 1, "o-quay": 1}
    mill = found["o-mill"].state
    assert mill is not None
    assert mill.closed_by(YEAR_END + timedelta(days=1))
