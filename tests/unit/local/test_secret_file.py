"""Secrets of the stack: made once, private to their owner."""

from __future__ import annotations

import stat
from pathlib import Path

from deploy.local.secret_file import read_or_create, read_or_create_one


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secrets.env"
    first = read_or_create(path, ["A"])
    both = read_or_create(path, ["A", "B"])
    assert both["A"] == first["A"]
    assert both["A"] != both["B"]
    assert len(both["B"]) >= 32


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    read_or_create(path, ["A"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_secret_may_have_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "routing" / "KAFKA_SASL_PASSWORD"
    assert read_or_create_one(path) == read_or_create_one(path) == path.read_text()
    assert len(path.read_text()) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
