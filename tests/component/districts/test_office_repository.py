"""Offices in a real database: every form comes back as it was, with its days."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import mongoengine
import pytest
from pydantic import SecretStr

from deploy.local.database import Database
from services.cities import OfficeKind
from services.common.aggregates import mongo
from services.common.aggregates.update import Stored, Write
from services.common.run.settings import ServiceSettings
from services.districts.adapters.offices import MongoOfficeReads, OfficeDocument, office_store
from services.districts.adapters.repository import ALIAS, DATABASE
from services.districts.domain.office.model import Hours, Office, Team
from services.districts.entrypoints.by_hand import COMMANDS
from tests.unit.districts.test_offices import ORDERED, PACKED, YEAR_END, changed, names, seeded

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
def by_hand(database: Database) -> Iterator[ServiceSettings]:
    """The settings of a command beside a database in which two offices of the town have other names
    than in the pack."""
    mongo.connect(database.url, DATABASE, ALIAS)
    OfficeDocument.drop_collection()
    mongo.ensure_indexes(OfficeDocument)
    recorded = (
        seeded("o-mill", replace(PACKED, area=names("새물레동"))),
        seeded(
            "d-west", replace(PACKED, dong="", names=names("새서안구청")), kind=OfficeKind.DISTRICT
        ),
    )
    stored = (Stored(id=one.id, version=1, state=one) for one in recorded)
    assert all(asyncio.run(office_store().save([Write(base=0, after=one) for one in stored])))
    yield ServiceSettings(city="saebom", mongo_url=SecretStr(database.url))
    mongo.connect(database.url, DATABASE, ALIAS)
    OfficeDocument.drop_collection()
    mongoengine.disconnect(ALIAS)


def said(
    settings: ServiceSettings, capsys: pytest.CaptureFixture[str], name: str, *arguments: str
) -> str:
    """What a command says."""
    [command] = [one for one in COMMANDS if one.name == name]
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run("districts", settings, parser.parse_args(arguments)) == 0
    return capsys.readouterr().out


def test_a_command_beside_the_database_names_offices_as_they_are_recorded(
    by_hand: ServiceSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Red while both had the names of the pack."""
    report = said(by_hand, capsys, "recommend", "--district", "west", "--language", "ko")
    assert "새물레동" in report
    assert "새서안구청" in said(by_hand, capsys, "competent", "market-stall", "mill", "2026-11-23")


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
