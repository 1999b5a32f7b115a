"""Which Python sets the project up, by what each says of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import pythons
from scripts.pythons import Python, asked, best, make, on_path, reason


def python(path: str, version: tuple[int, int, int], *how: str, pip: bool = True) -> Python:
    return Python(path, path, list(version), list(how), pip, whole=True)


OLD = python("/old", (3, 9, 1), "PGO")
PLAIN = python("/plain", (3, 11, 7))
QUICK = python("/quick", (3, 11, 2), "PGO", "LTO")
NEW = python("/new", (3, 13, 0))


def test_an_optimised_build_is_taken_before_the_first() -> None:
    found = [OLD, PLAIN, NEW, QUICK]
    assert best(found) is QUICK
    assert "a third faster" in reason(QUICK, found)


def test_without_one_the_first_that_is_new_enough_is_taken() -> None:
    assert best([OLD, PLAIN, NEW]) is PLAIN
    assert "none on the PATH" in reason(PLAIN, [OLD, PLAIN, NEW])
    assert reason(PLAIN, [OLD, PLAIN]) == "the only one that is new enough"


def test_what_cannot_set_up_is_not_taken() -> None:
    bare = python("/bare", (3, 12, 0), "PGO", pip=False)
    preview = QUICK._replace(whole=False)
    assert best([bare, preview, PLAIN]) is PLAIN
    assert best([OLD, bare]) is None


def test_a_python_says_what_it_is() -> None:
    ours = asked(sys.executable)
    assert ours is not None
    assert tuple(ours.version) == sys.version_info[:3]
    assert ours.new_enough
    assert asked("/nowhere/python3") is None


def test_one_python_by_many_names_is_found_once(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python", "pythonic"):
        (tmp_path / name).symlink_to(os.path.realpath(sys.executable))
    (tmp_path / "python3.12").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.12").chmod(0o755)
    (found,) = on_path(f"/nowhere{os.pathsep}{tmp_path}")
    assert found.path == str(tmp_path / "python3")


def test_an_environment_that_is_there_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "python"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    assert make(str(folder), "") == 0
    assert capsys.readouterr().out == ""
    program.write_text("#!/bin/sh\nexit 1\n")
    assert make(str(folder), "") == 2
    assert f"rm -r {folder} && make setup" in capsys.readouterr().err
    assert program.exists()


def test_an_interrupted_creation_leaves_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "venv"

    def interrupted(command: list[str]) -> int:
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").touch(0o755)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "call", interrupted)
    monkeypatch.setattr(pythons, "on_path", lambda path: [PLAIN])
    with pytest.raises(KeyboardInterrupt):
        make(str(folder), "")
    assert not folder.exists()


def test_a_named_python_is_taken_or_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "call", lambda command: 0)
    assert make(str(tmp_path / "venv"), sys.executable) == 0
    assert "named by PYTHON" in capsys.readouterr().out
    assert make(str(tmp_path / "venv"), "/nowhere/python3") == 2
    assert "PYTHON='/nowhere/python3' is no Python" in capsys.readouterr().err
