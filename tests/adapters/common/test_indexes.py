"""Making the indexes of collections that are there, on a real database: nothing is asked of it that
goes through all that is stored, or a service could not start any more after some years."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar

import mongoengine
import pymongo.monitoring
import pytest

from deploy.local.database import Database
from deploy.local.ports import Ports
from services.common.aggregates import mongo

ALIAS = "test_indexes"


class ThingDocument(mongo.AggregateDocument):
    meta: ClassVar[dict[str, Any]] = {
        "collection": "things",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["state.kind"]}],
    }


class NumberedDocument(mongoengine.Document):  # type: ignore[misc]
    """One whose ids are no texts."""

    id = mongoengine.IntField(primary_key=True)
    meta: ClassVar[dict[str, Any]] = {
        "collection": "numbered",
        "db_alias": ALIAS,
        "auto_create_index": False,
        "indexes": [{"fields": ["kind"]}],
    }
    kind = mongoengine.StringField()


class Asked(pymongo.monitoring.CommandListener):
    """Remembers what the database is asked."""

    def __init__(self) -> None:
        self.commands: list[Any] = []

    def started(self, event: Any) -> None:
        self.commands.append(event.command)

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


@pytest.fixture
def asked(database: Database) -> Any:
    asked = Asked()
    mongoengine.connect(
        db=ALIAS,
        host=database.url,
        alias=ALIAS,
        uuidRepresentation="standard",
        event_listeners=[asked],
    )
    yield asked
    mongoengine.disconnect(ALIAS)


def test_a_start_asks_nothing_that_grows_with_what_is_stored(asked: Asked) -> None:
    things = mongo.collection(ALIAS, "things")
    things.insert_many([{"_id": str(n), "version": 1, "state": {}} for n in range(3)])
    mongo.ensure_indexes(ThingDocument)
    asked.commands.clear()
    mongo.ensure_indexes(ThingDocument)
    names = {next(iter(command)) for command in asked.commands}
    assert names <= {"update", "createIndexes", "listIndexes"}
    assert "createIndexes" in names
    updates = [one["updates"] for one in asked.commands if "update" in one]
    assert [[set(each["q"]) for each in update] for update in updates] == [[{"_id"}]]


def test_indexes_are_made_whatever_the_ids_of_a_collection_are(asked: Asked) -> None:
    mongo.ensure_indexes(NumberedDocument)
    made = mongo.collection(ALIAS, "numbered").index_information()
    assert any("kind" in dict(one["key"]) for one in made.values())


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[Database]:
    """One that may hang, which `database` must not: other tests use it."""
    process = Database(folder=tmp_path / "mongo", log=tmp_path / "log", port=Ports.free().mongo)
    process.start()
    mongo.connect(process.url, ALIAS, ALIAS)
    yield process
    mongoengine.disconnect(ALIAS)


def test_the_first_document_may_come_while_the_indexes_are_made(own_database: Database) -> None:
    """With `createIndexes` as the one that makes the collection, the embedded server stopped
    answering after some twelve of these rounds."""
    things = mongo.collection(ALIAS, "things")
    both = Barrier(2)

    def insert() -> None:
        both.wait()
        things.insert_many([{"_id": str(n), "version": 1, "state": {}} for n in range(20)])

    def index() -> None:
        both.wait()
        mongo.ensure_indexes(ThingDocument)

    with ThreadPoolExecutor(2) as threads:
        try:
            for _ in range(100):
                for done in [threads.submit(insert), threads.submit(index)]:
                    done.result(timeout=20)
                assert things.count_documents({}) == 20
                assert len(things.index_information()) == 3
                things.drop()
        finally:
            # One that hangs would keep the threads for minutes.
            own_database.kill()
