"""`make doctor`: what it says of a machine, and that it needs nothing but a Python."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from deploy.local.ports import HOST, Ports
from scripts import doctor, pythons
from scripts.doctor import BAD, FINE, KNOW
from scripts.pythons import Python

ROOT = Path(__file__).resolve().parents[3]
PLAIN = Python("/plain", "/plain", [3, 11, 7], [], True, True)
QUICK = Python("/quick", "/quick", [3, 11, 2], ["PGO"], True, True)
_Usage = namedtuple("_Usage", "free")


def test_it_needs_no_package_and_no_set_up() -> None:
    """Isolated, so that nothing that is installed can be imported."""
    source = "import sys; sys.path.insert(0, '.'); import scripts.doctor, deploy.local.ports"
    subprocess.run([sys.executable, "-I", "-S", "-c", source], cwd=ROOT, check=True)


def test_the_python_is_told_with_what_would_be_faster() -> None:
    assert doctor.python([PLAIN, QUICK], None).text.startswith("set-up will take /quick")
    slow = doctor.python([PLAIN, QUICK], PLAIN)
    assert (slow.state, slow.remedy) == (KNOW, "rm -r .venv && make setup")
    assert doctor.python([PLAIN], PLAIN).state == FINE
    none = doctor.python([PLAIN._replace(version=[3, 9, 2])], None)
    assert none.state == BAD
    assert "3.9.2" in none.text


def test_too_little_room_is_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: _Usage(free=10**6))
    assert doctor.disk(str(ROOT)).state == BAD
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: _Usage(free=10**12))
    assert doctor.disk(str(ROOT)).state == FINE


@pytest.mark.parametrize(
    ("available", "state"), [(8_000_000, FINE), (2_000_000, KNOW), (500_000, BAD)]
)
def test_memory_is_what_is_left(available: int, state: str, tmp_path: Path) -> None:
    information = tmp_path / "meminfo"
    information.write_text(f"MemTotal: 9000000 kB\nMemAvailable: {available} kB\n")
    assert doctor.memory(str(information)).state == state
    assert doctor.memory(str(tmp_path / "none")).state == KNOW


def test_a_busy_port_is_in_the_way_and_named_with_its_variable() -> None:
    free = Ports.free().as_environment()
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        finding = doctor.open_ports({**free, "MONGO_PORT": port})
    if "a city runs here" in finding.text:
        pytest.skip("a city of this folder runs")
    assert finding.state == BAD
    assert "MONGO_PORT" in finding.text
    assert doctor.open_ports(free).state == FINE


def test_a_missing_tool_is_told_with_its_meaning_and_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    told = str(doctor.tool("git", "you cannot commit, all else works"))
    assert told.startswith("note  git")
    assert told.endswith("missing: you cannot commit, all else works; mend it: apt-get install git")
    assert doctor.tool("make", "every task is one of its", BAD).state == BAD
    assert doctor.browser().state == KNOW


@pytest.mark.parametrize(
    ("returncode", "stderr", "state"),
    [(0, b"", FINE), (1, b"No module named pip", KNOW), (1, b"ERROR: no route", BAD)],
)
def test_the_index_is_asked_by_pip_before_set_up(
    returncode: int, stderr: bytes, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered(command: list[str], **more: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, returncode, b"", stderr)

    monkeypatch.setattr(subprocess, "run", answered)
    assert doctor.packages(None).state == state


def test_only_what_is_in_the_way_makes_the_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fine, known = doctor.Finding("a", FINE, "there"), doctor.Finding("b", KNOW, "slow", "wait")
    monkeypatch.setattr(doctor, "findings", lambda: [fine, known])
    assert doctor.main() == 0
    assert capsys.readouterr().out.splitlines() == [
        "ok    a           there",
        "note  b           slow; mend it: wait",
        "",
        "`make run` can work here",
    ]
    monkeypatch.setattr(doctor, "findings", lambda: [doctor.Finding("c", BAD, "gone")])
    assert doctor.main() == 1


def test_the_whole_is_told_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "on_path", lambda path: [QUICK])
    about = [finding.about for finding in doctor.findings()]
    assert about == [
        "system", "python", "packages", "java", "kafka", "disk", "memory", "cores", "ports",
        "time zones", "make", "git", "curl", "browser",
    ]  # fmt: skip
    assert os.path.isfile(ROOT / "scripts" / "doctor.py")
