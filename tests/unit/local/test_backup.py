"""What a folder says that is to be restored, or that a group is to be set back by: it may have come
from anywhere, and nothing but a copy of ours is taken for one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from deploy.local import backup
from deploy.local.backup import BackupUnusable
from services.common.bus.rewind import MANIFEST, NotRewound, began, offsets_in

GROUPS = {"dasan-kit": {"dasan.cases.v1": {"0": 3}}}


def written(folder: Path, *named: tuple[Any, Any], groups: Any = GROUPS) -> Path:
    """A folder whose manifest names these collections, each of one file beside the folder, with its
    true digest."""
    (folder.parent / "secret.bson").write_bytes(b"secret")
    one = {"documents": 1, "bytes": 6, "sha256": sha256(b"secret").hexdigest()}
    now = datetime(2026, 11, 26, tzinfo=UTC).isoformat()
    said = {
        "format": 1,
        "began": now,
        "ended": now,
        "groups": groups,
        "collections": [{"database": d, "collection": c, **one} for d, c in named],
    }
    folder.mkdir()
    (folder / MANIFEST).write_text(json.dumps(said), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "named",
    [
        ("..", "secret"),
        ("dasan_kit", "../../secret"),
        ("dasan_kit/../..", "secret"),
        ("", "secret"),
        ("dasan_kit", "a\0b"),
        ("dasan_kit", 1),
    ],
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, named: tuple[Any, Any]) -> None:
    folder = written(tmp_path / "copy", named)
    with pytest.raises(BackupUnusable, match="no database or collection"):
        backup.load(folder)


def test_a_collection_comes_once(tmp_path: Path) -> None:
    """Twice, it would be found out when the database is dropped already."""
    folder = written(tmp_path / "copy", ("dasan_kit", "cases"), ("dasan_kit", "cases"))
    (folder / "dasan_kit").mkdir()
    (folder / "dasan_kit" / "cases.bson").write_bytes(b"secret")
    with pytest.raises(BackupUnusable, match="twice"):
        backup.load(folder)


@pytest.mark.parametrize(
    "groups",
    [
        {},
        {"dasan-kit": []},
        {"dasan-kit": {"dasan.cases.v1": {"zero": 3}}},
        {"dasan-kit": {"dasan.cases.v1": {"0": "many"}}},
        {"dasan-kit": {"dasan.cases.v1": {"0": -3}}},
        {"dasan-kit": {"dasan.cases.v1": {"0": None}}},
    ],
)
def test_a_group_is_set_back_by_offsets_alone(tmp_path: Path, groups: Any) -> None:
    with pytest.raises(NotRewound):
        offsets_in(written(tmp_path / "copy", groups=groups), "dasan-kit")


@pytest.mark.parametrize("text", ["[]", "{}", '{"began": 1}', "no json"])
def test_a_time_is_a_time(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(NotRewound):
        began(tmp_path)
