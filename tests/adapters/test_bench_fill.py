"""Finished lives, copied in a real database as a bench with `--stored` does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pymongo
import pytest

from deploy.local.database import Database
from deploy.local.ports import Ports
from simulation.bench.fill import fill


@pytest.fixture
def database(tmp_path: Path) -> Any:
    """One of its own, for a fill copies whatever it finds."""
    database = Database(folder=tmp_path / "mongo", log=tmp_path / "log", port=Ports.free().mongo)
    database.start()
    yield database
    database.kill()


def life(id_: str, **intake: Any) -> dict[str, dict[str, Any]]:
    record = {"receipt_number": "261124-00001-5", "text": f"about {id_}"}
    return {
        "dasan_intake": {"_id": id_, "version": 3, "state": {"record": record}, **intake},
        "dasan_notify": {
            "_id": f"{id_}:SURVEY:1",
            "version": 2,
            "state": {"receipt_number": "261124-00001-5"},
            "outbox": [{"key": id_}],
        },
    }


def test_finished_lives_are_copied_under_names_of_their_own(database: Database) -> None:
    done, waiting, young = (str(uuid4()) for _ in range(3))
    with pymongo.MongoClient[dict[str, Any]](database.url, tz_aware=True) as client:
        for one in (life(done), life(waiting, wake_at=datetime.now(UTC))):
            for name, document in one.items():
                client[name]["aggregates"].insert_one(document)
        client["dasan_intake"]["aggregates"].insert_one(life(young)["dasan_intake"])
        client["dasan_intake"]["counters"].insert_one({"_id": "day", "taken": 1})
        heard: list[int] = []
        fill(database.url, 750, heard.append)
        assert heard == [500, 250]
        copies = {
            name: {
                id_: document
                for document in client[name]["aggregates"].find()
                if (id_ := document["_id"].partition(":")[0]) not in (done, waiting, young)
            }
            for name in ("dasan_intake", "dasan_notify")
        }
        assert client["dasan_intake"]["counters"].count_documents({}) == 1
    assert len(copies["dasan_intake"]) == 750
    assert copies["dasan_intake"].keys() == copies["dasan_notify"].keys()
    receipts = {d["state"]["record"]["receipt_number"] for d in copies["dasan_intake"].values()}
    assert len(receipts) == 750
    for id_, document in copies["dasan_intake"].items():
        assert document["state"]["record"]["text"] == f"about {id_}"
        other = copies["dasan_notify"][id_]
        assert other["state"]["receipt_number"] == document["state"]["record"]["receipt_number"]
        assert other["_id"] == f"{id_}:SURVEY:1"
        assert other["outbox"] == [{"key": id_}]


def test_a_city_in_which_nothing_has_ended_says_so(database: Database) -> None:
    with pytest.raises(ValueError, match="no life has ended"):
        fill(database.url, 10, lambda more: None)
