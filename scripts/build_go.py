"""Builds a program from Go source into the user's cache folder: `python -m scripts.build_go
collector|kube-apiserver`.

Owns which modules a program is made of, and how. It takes one core at the lowest priority (JOBS=4
takes more). Go keeps what it has compiled, so that an interrupted build goes on where it was; a
program appears in its place whole or not at all. Go's checksum database vouches for the modules.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.local.built import COLLECTOR, KUBE_APISERVER, Built

# Both programs' modules ask for it.
_LEAST_GO = (1, 26)
_LINES_SHOWN = 20
_TELL_EVERY_SECONDS = 30.0
_LOWEST_PRIORITY = 19

_CORE = "go.opentelemetry.io/collector"
_CONTRIB = "github.com/open-telemetry/opentelemetry-collector-contrib"
_CONTRIB_VERSION = "0.165.1"
# Of the processors deploy/k8s names these; tail_sampling cannot be built of what the Go module
# proxy serves. A life lasts days, so a tail sampler would not suit it either.
PARTS: Mapping[str, Sequence[str]] = {
    "receivers": [f"{_CORE}/receiver/otlpreceiver"],
    "processors": [
        f"{_CORE}/processor/batchprocessor",
        f"{_CORE}/processor/memorylimiterprocessor",
        f"{_CONTRIB}/processor/redactionprocessor",
        f"{_CONTRIB}/processor/probabilisticsamplerprocessor",
        f"{_CONTRIB}/processor/resourceprocessor",
    ],
    "exporters": [f"{_CORE}/exporter/debugexporter", f"{_CORE}/exporter/otlpexporter"],
    "extensions": [f"{_CONTRIB}/extension/healthcheckextension"],
}
_KUBERNETES = "k8s.io/kubernetes"


class BuildFailed(Exception):
    """It could not be built; the message is for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """`prepare` writes the modules into a folder and returns the one to build in; `package` is
    built there with `linked` (the linker's flags)."""

    program: Built
    prepare: Callable[[Path], Path]
    package: str
    linked: str


def main(arguments: Sequence[str]) -> int:
    """Builds the program of this name unless it is there; 1 with one line on what is missing."""
    if len(arguments) != 1 or arguments[0] not in RECIPES:
        print(__doc__)
        return 2
    recipe = RECIPES[arguments[0]]
    target = recipe.program.path()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if not target.is_file():
            require_go()
            os.nice(_LOWEST_PRIORITY)
            build(recipe, target, jobs=os.environ.get("JOBS") or "1")
    except BuildFailed as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    print(f"{recipe.program.name} {recipe.program.version} is in {target}")
    return 0


def require_go() -> None:
    """Raises BuildFailed unless there is a Go that these modules take."""
    remedy = f"install Go {'.'.join(map(str, _LEAST_GO))} or newer and put it on the PATH"
    if shutil.which("go") is None:
        raise BuildFailed(f"Go is not on this machine: {remedy}")
    version = go(Path.cwd(), "env", "GOVERSION").strip()
    numbers = re.match(r"go(\d+)\.(\d+)", version)
    if numbers and tuple(map(int, numbers.groups())) < _LEAST_GO:
        raise BuildFailed(f"this machine's Go is {version}: {remedy}")


def build(recipe: Recipe, target: Path, jobs: str) -> None:
    """Puts the program into its place; raises BuildFailed."""
    work = target.with_name(f"{target.name}.work")
    work.mkdir(parents=True, exist_ok=True)
    with alone(work):
        if target.is_file():  # another process built it meanwhile
            return
        print(f"building {target.name}: about {recipe.program.minutes} minutes with one core")
        print("  fetching its modules", flush=True)
        folder = recipe.prepare(work)
        made = work / "program"
        packages = go(folder, "list", "-mod=mod", "-deps", recipe.package).splitlines()
        flags = ("-mod=mod", "-p", jobs, "-v", "-trimpath", "-ldflags", recipe.linked)
        compile_(folder, len(packages), "build", *flags, "-o", str(made), recipe.package)
        os.replace(made, target)
        shutil.rmtree(work)


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Waits while another process builds in this folder."""
    with (work / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another process builds it; waiting for that")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- what a program is made of -----------------------------------------------------------------


def collector_source(work: Path) -> Path:
    """Has the collector's own builder write its `main`; the folder of that."""
    source = work / "source"
    if not (source / "main.go").is_file():
        manifest = work / "manifest.yaml"
        manifest.write_text(yaml.safe_dump(collector_manifest(source)), encoding="utf-8")
        builder = f"{_CORE}/cmd/builder@v{COLLECTOR.version}"
        go(work, "run", builder, f"--config={manifest}", "--skip-compilation")
    return source


def collector_manifest(source: Path) -> Mapping[str, Any]:
    """What the builder reads: the parts of the collector, each of one version."""

    def module(path: str) -> Mapping[str, str]:
        version = COLLECTOR.version if path.startswith(_CORE) else _CONTRIB_VERSION
        return {"gomod": f"{path} v{version}"}

    return {
        "dist": {
            "name": COLLECTOR.name,
            "module": "dasan.example/otelcol",
            "version": COLLECTOR.version,
            "output_path": str(source),
        },
        **{kind: [module(path) for path in paths] for kind, paths in PARTS.items()},
    }


def kubernetes_source(work: Path) -> Path:
    """A module that requires Kubernetes; the folder of it.

    Kubernetes replaces its libraries by folders of its own repository. A module that requires it
    must name the published ones instead, which have the same number after the zero.
    """
    version = KUBE_APISERVER.version
    if not (work / "tools.go").is_file():
        found = go(work, "mod", "download", "-json", f"{_KUBERNETES}@v{version}")
        theirs = json.loads(go(work, "mod", "edit", "-json", json.loads(found)["GoMod"]))
        (work / "go.mod").write_text(kubernetes_module(theirs, version), encoding="utf-8")
        tools = f'package tools\n\nimport _ "{_KUBERNETES}/cmd/kube-apiserver"\n'
        (work / "tools.go").write_text(f"//go:build tools\n\n{tools}", encoding="utf-8")
    return work


def kubernetes_module(theirs: Mapping[str, Any], version: str) -> str:
    """The go.mod of our module, by what Kubernetes' own says (as `go mod edit -json` tells it)."""
    published = f"v0.{version.partition('.')[2]}"
    replaced = [
        f"replace {path} => {path} {published}"
        for path, place in ((r["Old"]["Path"], r["New"]["Path"]) for r in theirs["Replace"])
        if place.startswith("./staging/") and not path.startswith("k8s.io/sample-")
    ]
    settings = [f"godebug {each['Key']}={each['Value']}" for each in theirs.get("Godebug") or ()]
    return "\n".join(
        [
            "module dasan.example/kube-apiserver",
            f"go {theirs['Go']}",
            *settings,
            f"require {_KUBERNETES} v{version}",
            *replaced,
            "",
        ]
    )


def _kubernetes_linked(version: str) -> str:
    major, minor, _ = version.split(".")
    said = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor}
    return " ".join(f"-X k8s.io/component-base/version.{k}={v}" for k, v in said.items())


# Without symbols: they double the size of a program, and nobody debugs these.
_STRIPPED = "-s -w"
RECIPES: Mapping[str, Recipe] = {
    "collector": Recipe(program=COLLECTOR, prepare=collector_source, package=".", linked=_STRIPPED),
    "kube-apiserver": Recipe(
        program=KUBE_APISERVER,
        prepare=kubernetes_source,
        package=f"{_KUBERNETES}/cmd/kube-apiserver",
        linked=f"{_STRIPPED} {_kubernetes_linked(KUBE_APISERVER.version)}",
    ),
}


# -- Go ----------------------------------------------------------------------------------------


def go(folder: Path, *arguments: str) -> str:
    """What a command of Go prints; raises BuildFailed."""
    done = subprocess.run(
        ["go", *arguments], cwd=folder, env=_environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise BuildFailed(_failure(arguments, done.stderr.splitlines()))
    return done.stdout


def compile_(folder: Path, packages: int, *arguments: str) -> None:
    """Runs a build and tells now and then how many of at most so many packages are compiled;
    raises BuildFailed."""
    began = told = time.monotonic()
    lines: deque[str] = deque(maxlen=_LINES_SHOWN)
    with subprocess.Popen(
        ["go", *arguments], cwd=folder, env=_environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            for count, line in enumerate(process.stderr, 1):
                lines.append(line.rstrip())
                if (now := time.monotonic()) - told >= _TELL_EVERY_SECONDS:
                    told = now
                    so_far = f"{count} of at most {packages} packages"
                    print(f"  {so_far}, {(now - began) / 60:.1f} min", flush=True)
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            raise
    if process.returncode:
        raise BuildFailed(_failure(arguments, lines))


def _failure(arguments: Sequence[str], lines: Sequence[str]) -> str:
    return "\n".join([f"`go {' '.join(arguments[:2])}` failed:", *list(lines)[-_LINES_SHOWN:]])


def _environment() -> Mapping[str, str]:
    """No C compiler is needed; a workspace around this folder would choose other modules."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
