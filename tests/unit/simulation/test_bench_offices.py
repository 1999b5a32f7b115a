"""What a sitting with the offices is said to have found, and the copies of which the store is
made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import bson
import pytest

from services import cities
from simulation.bench.goals import Cost
from simulation.bench.offices import report
from simulation.bench.offices.protocol import Commanded, Connected, Delivered, Listed, Times
from simulation.bench.offices.report import FIRST_PAGE, Found, Memory, Sitting, goals
from simulation.bench.offices.run import asks
from simulation.bench.offices.stored import Template, mix_of

FAST = Times.of([0.01] * 100)
SLOW = Times.of([0.01] * 98 + [0.9, 0.9])


def found(**changes: Any) -> Found:
    cost = Cost(cpu=10.0, rss=100 * 2**20)
    sitting = Sitting(
        at="2026-11-27 09:30", commit="abc", build="python", stored=1_000_000, fixed_work=0.14
    )
    known = Found(
        sitting=sitting,
        commands={
            "one command": (
                Commanded(stored=4_000, seconds=20.0, calls=FAST, refused={}),
                {"districts": cost, "mongo": cost, "load": cost},
            )
        },
        lists={FIRST_PAGE: Listed(items=50, calls=FAST)},
        connected=Connected(watchers=480, items=40_000, seconds=3.0),
        told={20.0: Delivered(sent=100, times=FAST, late=0.0, broken=0)},
        memory=Memory(before=150 * 2**20, watched=200 * 2**20, database=2**30),
    )
    return replace(known, **changes)


def test_each_goal_stands_beside_what_was_found() -> None:
    assert [goal.met for goal in goals(found())] == [True] * 4


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"lists": {FIRST_PAGE: Listed(items=50, calls=SLOW)}}, 1),
        ({"told": {20.0: Delivered(sent=100, times=SLOW, late=0.0, broken=0)}}, 2),
        # What was never told has no time, and still counts.
        ({"told": {20.0: Delivered(sent=101, times=FAST, late=0.0, broken=0)}}, 2),
        ({"memory": Memory(before=0, watched=301 * 2**20, database=0)}, 3),
        ({"sitting": replace(found().sitting, build="rust")}, 0),
    ],
)
def test_a_goal_is_missed(changes: dict[str, Any], missed: int) -> None:
    assert [goal.met for goal in goals(found(**changes))].index(False) == missed


def test_a_line_has_all_columns() -> None:
    for rows, columns in (
        (report.command_rows(found()), report.COMMAND_COLUMNS),
        (report.list_rows(found()), report.LIST_COLUMNS),
        (report.watch_rows(found()), report.WATCH_COLUMNS),
    ):
        [line] = rows
        assert len(line) == len(columns)
    [line] = report.command_rows(found())
    assert line[5:] == ("200", "10 ms / 10 ms / 10 ms", "none", "50% / 50% / 50%")


def test_a_copy_has_an_id_a_number_and_times_of_its_own() -> None:
    id_, copied = str(uuid4()), str(uuid4())
    at = datetime(2026, 11, 27, tzinfo=UTC)
    sample = {
        "_id": id_,
        "wake_at": at,
        "state": {
            "status": "open",
            "offices": ["o-1"],
            "changed_at": at,
            "work": {
                "office_id": "o-1",
                "due_at": at,
                "matter": {
                    "receipt_number": "261127-00001-X",
                    "service_code": "lamp",
                    "kind": "OTHER",
                },
            },
        },
        "outbox": [{"data": f"told of {id_}".encode()}],
    }
    template = Template.of(sample, office="d-11680", service="noise", kind="SUGGESTION")
    changed, due = at - timedelta(days=3), at + timedelta(days=9)
    raw = template.copy(copied, 7, changed, due)
    document: dict[str, Any] = bson.decode(raw.raw, bson.CodecOptions(tz_aware=True))
    assert document == {
        "_id": copied,
        "wake_at": due,
        "state": {
            "status": "open",
            "offices": ["d-11680"],
            "changed_at": changed,
            "work": {
                "office_id": "d-11680",
                "due_at": due,
                "matter": {
                    "receipt_number": "200101-00008-X",
                    "service_code": "noise",
                    "kind": "SUGGESTION",
                },
            },
        },
        "outbox": [{"data": f"told of {copied}".encode()}],
    }


def test_the_mix_has_all_kinds_permits_and_one_rare_service() -> None:
    today = datetime(2026, 11, 27, tzinfo=UTC)
    mix = mix_of(cities.load("seoul"), today)
    assert len(mix.offices) >= 480
    assert len(set(mix.services.values())) >= 4
    assert mix.permits < mix.services.keys()
    share = mix.service_weights[-1] / sum(mix.service_weights)
    assert mix.rare == list(mix.services)[-1]
    assert share == pytest.approx(1 / 1_001)
    assert len(mix_of(cities.load("seoul"), today, 10).offices) in range(8, 11)
    assert asks(mix, mix.offices[0], 8)["of a rare service"].service_code == mix.rare
