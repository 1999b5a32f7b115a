"""Counts over all surveys: one suite for the database and the fake that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import mongoengine
import pytest

from deploy.local.database import Database
from services.cities import Channel, Matter, PetitionKind, Workload
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.survey.adapters.repository import ALIAS, SurveyDocument, SurveyStore, survey_store
from services.survey.domain.model import Answered, Expired, Invitation, Invited, Survey, inquiry_of
from services.survey.domain.satisfaction import Count
from tests.component.survey.fakes import MemorySurveys

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MATTER = Matter(
    receipt_number="261123-00001-5",
    channel=Channel.PHONE,
    language="ko",
    received_at=NOW,
    has_contact=True,
    service_code="pothole",
    kind=PetitionKind.OTHER,
    district_code="11140",
)


@pytest.fixture(scope="module")
def connected(database: Database) -> Iterator[None]:
    mongo.connect(database.url, f"survey_{uuid4().hex}", ALIAS)
    mongo.ensure_indexes(SurveyDocument)
    yield
    mongoengine.disconnect(ALIAS)


@pytest.fixture(params=["memory", "mongo"])
def store(request: pytest.FixtureRequest) -> MemorySurveys | SurveyStore:
    if request.param == "memory":
        return MemorySurveys()
    request.getfixturevalue("connected")
    return survey_store()


def invitation(id_: str, office: str, workload: Workload) -> Invitation:
    return Invitation(
        inquiry_id=inquiry_of(id_),
        matter=MATTER,
        round=int(id_.rpartition("-")[2]),
        office_id=office,
        workload=workload,
        invited_at=NOW,
    )


def invited(id_: str, office: str) -> Invited:
    return Invited(
        invitation=invitation(id_, office, Workload.DISTRICT), expires_at=NOW + timedelta(days=7)
    )


def answered(id_: str, office: str, score: int) -> Answered:
    return Answered(
        invitation=invitation(id_, office, Workload.CITY),
        score=score,
        comment="고맙습니다",
        answered_at=NOW,
    )


def expired(id_: str, office: str) -> Expired:
    return Expired(invitation=invitation(id_, office, Workload.DONG), expired_at=NOW)


async def test_counts_by_office_and_score(store: MemorySurveys | SurveyStore) -> None:
    assert await store.by_office_and_score() == []
    surveys: dict[str, Survey] = {
        "i-1-1": invited("i-1-1", "d-1"),
        "i-1-2": answered("i-1-2", "d-1", 5),
        "i-3-1": answered("i-3-1", "d-1", 5),
        "i-4-1": answered("i-4-1", "d-1", 1),
        "i-5-1": expired("i-5-1", "d-1"),
        "i-6-1": answered("i-6-1", "c-1", 5),
    }
    await store.save(
        [
            Write(base=0, after=Stored(id=id_, version=1, state=survey))
            for id_, survey in surveys.items()
        ]
    )
    counts = await store.by_office_and_score()
    assert sorted(counts, key=repr) == sorted(
        [
            Count(office_id="d-1", score=None, surveys=2),
            Count(office_id="d-1", score=5, surveys=2),
            Count(office_id="d-1", score=1, surveys=1),
            Count(office_id="c-1", score=5, surveys=1),
        ],
        key=repr,
    )
    assert {id_: s.state for id_, s in (await store.load(surveys)).items()} == surveys
