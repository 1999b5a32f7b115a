"""Marked words are found wherever others may read them, and nowhere else is looked."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deploy.local.stack import LocalStack
from simulation.judge import evidence
from simulation.judge.leaks import leaks

MARK = "qzcabcdefgh"


def record(topic: str, value: bytes, *headers: tuple[str, bytes]) -> Any:
    return SimpleNamespace(topic=topic, key=b"k", value=value, headers=list(headers))


@pytest.fixture
def stack(tmp_path: Path) -> LocalStack:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "districts.log").write_text("nothing\n")
    there = {"data": tmp_path, "traces": tmp_path / "traces.sqlite"}
    return cast(LocalStack, SimpleNamespace(**there, broker=SimpleNamespace(bootstrap="b")))


def spans(stack: LocalStack, attributes: dict[str, str]) -> None:
    with closing(sqlite3.connect(stack.traces)) as database:
        database.execute("CREATE TABLE spans (service TEXT, name TEXT, attributes TEXT)")
        row = ("notify", "send", json.dumps(attributes))
        database.execute("INSERT INTO spans VALUES (?, ?, ?)", row)
        database.commit()


def test_a_mark_is_found_on_the_bus_in_logs_and_in_spans(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [
        record("dasan.cases.v1", f"words {MARK}".encode()),
        record("dasan.permits.v1", b"nothing", ("why", MARK.encode())),
        record("dasan.offices.v1", b"nothing"),
    ]
    monkeypatch.setattr(evidence, "records", lambda bootstrap, topics: told)
    (stack.data / "logs" / "intake.log").write_text(f'{{"event": "{MARK}"}}\n')
    spans(stack, {"reason": MARK})
    assert leaks(stack, [MARK]) == [
        f"'{MARK}' in a record of dasan.cases.v1",
        f"'{MARK}' in a record of dasan.permits.v1",
        f"'{MARK}' in a span of notify",
        f"'{MARK}' in the log intake.log",
    ]


def test_a_city_without_spans_that_says_nothing_leaks_nothing(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "records", lambda bootstrap, topics: [])
    assert leaks(stack, [MARK]) == []
