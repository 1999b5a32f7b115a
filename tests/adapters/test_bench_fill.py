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
from simulation.judge.evidence import receipt_number_in


@pytest.fixture
def database(tmp_path: Path) -> Any:
    """One of its own, for a fill copies whatever it finds."""
    database = Database(folder=tmp_path / "mongo", log=tmp_path / "log", port=Ports.free().mongo)
    database.start()
    yield database
    database.kill()


def life(id_: str, **intake: Any) -> dict[str, dict[str, Any]]:
    matter = {"receipt_number": "261124-00001-5"}
    record = {"matter": matter, "text": f"about {id_}"}
    return {
        "dasan_intake": {"_id": id_, "version": 3, "state": {"record": record}, **intake},
        "dasan_notify": {
            "_id": f"{id_}:survey:1:1",
            "version": 2,
            "state": {"notice": {"matter": matter}},
            "outbox": [{"key": id_}],
        },
        "dasan_survey": {
            "_id": f"{id_}-1",
            "version": 2,
            "state": {"invitation": {"inquiry_id": id_, "matter": matter}},
        },
    }


def receipt_of(document: dict[str, Any]) -> str:
    return receipt_number_in(document["state"])


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
                if (id_ := document["_id"][:36]) not in (done, waiting, young)
            }
            for name in ("dasan_intake", "dasan_notify", "dasan_survey")
        }
        assert client["dasan_intake"]["counters"].count_documents({}) == 1
    assert len(copies["dasan_intake"]) == 750
    assert copies["dasan_intake"].keys() == copies["dasan_notify"].keys()
    assert copies["dasan_survey"].keys() == copies["dasan_notify"].keys()
    receipts = {id_: receipt_of(one) for id_, one in copies["dasan_intake"].items()}
    assert len(set(receipts.values())) == 750
    for id_, document in copies["dasan_intake"].items():
        assert document["state"]["record"]["text"] == f"about {id_}"
        told, survey = copies["dasan_notify"][id_], copies["dasan_survey"][id_]
        assert receipt_of(told) == receipt_of(survey) == receipts[id_]
        assert (told["_id"], survey["_id"]) == (f"{id_}:survey:1:1", f"{id_}-1")
        assert told["outbox"] == [{"key": id_}]
        assert survey["state"]["invitation"]["inquiry_id"] == id_


def test_a_city_in_which_nothing_has_ended_says_so(database: Database) -> None:
    with pytest.raises(ValueError, match="no life has ended"):
        fill(database.url, 10, lambda more: None)
