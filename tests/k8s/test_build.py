"""Programs built from Go source: whole in their place or not there at all, and by one command.

Go is played by a script; that the real one builds the real programs is seen by whoever runs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.built import COLLECTOR, Built, NotBuilt
from scripts import build_go

PROGRAM = Built(name="tool", version="1.2.3", by="make tool", minutes=1)
RECIPE = build_go.Recipe(program=PROGRAM, prepare=lambda work: work, package=".", linked="")
GO = f"""#!{sys.executable}
import pathlib, sys
match sys.argv[1:]:
    case ["env", "GOVERSION"]:
        print(pathlib.Path(__file__).with_name("version").read_text())
    case ["list", *_]:
        print("a", "b", sep="\\n")
    case ["build", *options]:
        made = pathlib.Path(options[options.index("-o") + 1])
        made.write_text("half of it")
        print("a", file=sys.stderr)
        if pathlib.Path(__file__).with_name("broken").exists():
            sys.exit("b.go:1: no such thing")
        made.write_text("the whole of it")
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a Go that does what its files say; caches lie in a folder of the test."""
    folder = tmp_path / "go"
    folder.mkdir()
    (folder / "go").write_text(GO)
    (folder / "go").chmod(0o755)
    (folder / "version").write_text("go1.26.8")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DASAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(build_go, "RECIPES", {"tool": RECIPE})
    monkeypatch.setattr(os, "nice", lambda by: by)
    return folder


def test_a_build_that_fails_leaves_nothing_in_place_and_the_next_goes_on(
    go: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (go / "broken").touch()
    assert build_go.main(["tool"]) == 1
    assert "b.go:1: no such thing" in capsys.readouterr().err
    with pytest.raises(NotBuilt, match="`make tool` does it once"):
        PROGRAM.require()
    (go / "broken").unlink()
    assert build_go.main(["tool"]) == 0
    assert PROGRAM.require().read_text() == "the whole of it"
    assert [each.name for each in PROGRAM.path().parent.iterdir()] == ["tool-1.2.3"]


def test_what_is_built_is_not_built_again(go: Path) -> None:
    assert build_go.main(["tool"]) == 0
    (go / "broken").touch()
    assert build_go.main(["tool"]) == 0


@pytest.mark.parametrize("version", ["go1.25.9", "none"])
def test_one_line_says_that_a_newer_go_is_needed(
    go: Path, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if version == "none":
        (go / "go").unlink()
    else:
        (go / "version").write_text(version)
    assert build_go.main(["tool"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "install Go 1.26 or newer" in said


def test_an_unknown_program_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert build_go.main(["tool"]) == 2
    assert "collector|kube-apiserver" in capsys.readouterr().out


def test_folders_of_kubernetes_own_repository_are_named_as_they_are_published() -> None:
    theirs = {
        "Go": "1.26.0",
        "Godebug": [{"Key": "default", "Value": "go1.26"}],
        "Replace": [
            {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/src/k8s.io/api"}},
            {
                "Old": {"Path": "k8s.io/sample-cli-plugin"},
                "New": {"Path": "./staging/src/k8s.io/sample-cli-plugin"},
            },
            {"Old": {"Path": "example/fork"}, "New": {"Path": "example/other"}},
        ],
    }
    assert build_go.kubernetes_module(theirs, "1.37.2").splitlines() == [
        "module dasan.example/kube-apiserver",
        "go 1.26.0",
        "godebug default=go1.26",
        "require k8s.io/kubernetes v1.37.2",
        "replace k8s.io/api => k8s.io/api v0.37.2",
    ]


def test_the_parts_of_the_collector_are_each_of_one_version(tmp_path: Path) -> None:
    manifest = build_go.collector_manifest(tmp_path)
    assert manifest["dist"]["version"] == COLLECTOR.version
    modules = [each["gomod"] for kind in build_go.PARTS for each in manifest[kind]]
    assert f"go.opentelemetry.io/collector/exporter/otlpexporter v{COLLECTOR.version}" in modules
    assert len(modules) == len({module.split()[0] for module in modules}) == 9


def test_a_second_build_waits_for_the_first(tmp_path: Path) -> None:
    """It says so, and finds the program in its place."""
    program = f"""
import pathlib
from scripts.build_go import alone
with alone(pathlib.Path({str(tmp_path)!r})):
    print("mine")
"""
    with build_go.alone(tmp_path):
        second = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONUNBUFFERED": "1"},
        )
        assert second.stdout is not None
        assert second.stdout.readline() == "another process builds it; waiting for that\n"
        assert second.poll() is None
    assert second.communicate(timeout=30)[0] == "mine\n"
