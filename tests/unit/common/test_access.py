"""Keys and callers: two keys live at once, a change counts within a second, nothing tells a key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.common.edge.access import (
    Caller,
    CallersFile,
    bearer,
    digest,
    new_key,
)
from services.common.kernel import DomainError, Kind
from services.common.process.watched_file import LOOK_EVERY_SECONDS, FileFaults
from tests.support.figures import figure, moved, shown


class File:
    """A file of callers and a clock, both changed by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0

    def write(self, *callers: dict[str, Any]) -> None:
        self.path.write_text(json.dumps({"callers": callers}))

    def read(self) -> CallersFile:
        return CallersFile(self.path, monotonic=lambda: self.now)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "callers.yaml")


def entry(id_: str, *keys: str, scopes: tuple[str, ...] = ("read",)) -> dict[str, Any]:
    return {"id": id_, "scopes": scopes, "keys": [digest(key) for key in keys]}


def refused(callers: CallersFile, key: str) -> str:
    with pytest.raises(DomainError) as error:
        callers.of(key)
    assert error.value.kind is Kind.UNAUTHENTICATED
    return error.value.slug


def test_a_key_has_256_bits_and_is_never_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {43}


KEY_USED = "dasan_key_used_timestamp_seconds"


def test_who_has_a_key_is_known_with_its_scopes(file: File) -> None:
    file.write(entry("notify", "one"), entry("desk", "two", scopes=("assign", "deliveries")))
    callers = file.read()
    began = time.time()
    assert callers.of("one") == Caller(id="notify", scopes=frozenset({"read"}))
    kept = digest("one").removeprefix("sha256:")
    [mark] = {labels["key"] for labels in shown(KEY_USED) if kept.startswith(labels["key"])}
    assert figure(KEY_USED, caller="notify", key=mark) >= began
    assert callers.of("two").id == "desk"
    with moved("dasan_calls_refused_total", slug="key_unknown"):
        assert refused(callers, "three") == "key_unknown"
    assert refused(callers, digest("one")) == "key_unknown"
    assert refused(callers, "") == "key_missing"


def test_a_scope_that_a_caller_lacks_is_refused() -> None:
    caller = Caller(id="notify", scopes=frozenset({"read"}))
    caller.must("read")
    with pytest.raises(DomainError) as error:
        caller.must("write")
    assert (error.value.kind, error.value.slug) == (Kind.FORBIDDEN, "not_allowed")


def test_an_old_key_and_its_successor_live_side_by_side_until_the_old_one_goes(file: File) -> None:
    file.write(entry("notify", "old"))
    callers = file.read()
    file.write(entry("notify", "old", "new"))
    file.now += LOOK_EVERY_SECONDS
    assert callers.of("new").id == callers.of("old").id == "notify"
    file.write(entry("notify", "new"))
    file.now += LOOK_EVERY_SECONDS
    assert refused(callers, "old") == "key_unknown"
    file.write()
    file.now += LOOK_EVERY_SECONDS
    assert refused(callers, "new") == "key_unknown"


def test_a_file_that_was_spoilt_leaves_those_known_before(
    file: File, caplog: pytest.LogCaptureFixture
) -> None:
    file.write(entry("notify", "one"))
    callers = file.read()
    file.path.write_text("callers: [ {id: notify")
    file.now += LOOK_EVERY_SECONDS
    assert callers.of("one").id == "notify"
    assert "access.file_unusable" in caplog.text
    file.path.unlink()
    file.now += LOOK_EVERY_SECONDS
    assert callers.of("one").id == "notify"
    file.write(entry("notify", "two"))
    file.now += LOOK_EVERY_SECONDS
    assert callers.of("two").id == "notify"


def test_a_file_that_can_be_read_again_counts_though_it_has_not_changed(
    file: File, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk or a directory that was away leaves no trace in the file's own state."""
    file.write(entry("notify", "old"))
    callers = file.read()
    file.write(entry("notify", "newer"))
    with monkeypatch.context() as away:
        away.setattr(Path, "read_text", refuse)
        for _ in range(3):
            file.now += LOOK_EVERY_SECONDS
            assert callers.of("old").id == "notify"
    assert caplog.text.count("access.file_unusable") == 1
    file.now += LOOK_EVERY_SECONDS
    assert callers.of("newer").id == "notify"
    assert refused(callers, "old") == "key_unknown"


def refuse(*_: Any, **__: Any) -> str:
    raise PermissionError


def test_a_file_of_the_same_size_and_time_is_read_again(file: File) -> None:
    """Who unpacks or copies a file may keep its time, and another digest is as long as the old."""
    file.write(entry("notify", "old"))
    before = file.path.stat()
    callers = file.read()
    sleep_a_tick(file.path)
    file.write(entry("notify", "new"))
    os.utime(file.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    file.now += LOOK_EVERY_SECONDS
    assert callers.of("new").id == "notify"
    assert refused(callers, "old") == "key_unknown"


def sleep_a_tick(path: Path) -> None:
    """Until the file system's clock has gone on since the file was changed last."""
    changed, probe = path.stat().st_ctime_ns, path.with_suffix(".probe")
    while True:
        probe.write_text("")
        if probe.stat().st_ctime_ns > changed:
            return


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("callers: [{id: a, scopes: [], keys: [a-key-in-the-clear]}]", "callers.0.keys.0"),
        ("callers: [{id: A b, scopes: [], keys: []}]", "callers.0.id"),
        ("callers: [{id: a, keys: []}]", "callers.0.scopes"),
        ("callers: [{id: a, scopes: [], keys: [], admin: true}]", "callers.0.admin"),
        ("callers: [{id: a, scopes: [], keys: [], office: [o-mill]}]", "callers.0.office"),
        (json.dumps({"callers": [entry("a", "1", "2", "3")]}), "callers.0.keys"),
        (json.dumps({"callers": [entry("a", "1"), entry("a", "2")]}), "a stands there twice"),
        (json.dumps({"callers": [entry("a", "1"), entry("b", "1")]}), "have the same key"),
        ("callers: [", "cannot be read"),
        ("callers: 2026-13-45", "cannot be read"),
        ("", "model"),
    ],
)
def test_a_faulty_file_is_named_with_the_place_and_without_the_value(
    file: File, content: str, says: str
) -> None:
    file.path.write_text(content)
    with pytest.raises(FileFaults) as error:
        file.read()
    assert str(file.path) in str(error.value)
    assert says in str(error.value)
    assert "in-the-clear" not in str(error.value)


def test_a_missing_file_is_named(file: File) -> None:
    with pytest.raises(FileFaults, match=r"callers\.yaml: cannot be read"):
        file.read()


@pytest.mark.parametrize(
    ("header", "key"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("abc", ""), ("", "")],
)
def test_a_key_comes_as_a_bearer(header: str, key: str) -> None:
    assert bearer(header) == key


def test_the_command_makes_a_key_and_its_digest() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "services.common.edge.access"],
        capture_output=True,
        text=True,
        check=True,
    )
    (_, key), (_, kept) = (line.split() for line in made.stdout.splitlines())
    assert digest(key) == kept


def test_the_commands_help_shows_the_entry_of_an_office() -> None:
    command = [sys.executable, "-m", "services.common.edge.access", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    example = yaml.safe_load("callers:" + told.split("callers:")[1].split("options:")[0])
    offices = [one for one in example["callers"] if "office" in one]
    assert [one["scopes"] for one in offices] == [["work"]]
