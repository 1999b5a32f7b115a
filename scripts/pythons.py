"""Which Python makes the project's environment: the first optimised one on the PATH.

    python3 scripts/pythons.py FOLDER [PYTHON]

makes a virtual environment in FOLDER, if there is none, with PYTHON or else with the best one, and
says which it took and why. It runs before set-up with whatever Python there is, so it uses the
standard library alone and nothing that a Python before 3.11 cannot read.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

OLDEST = (3, 11)
_NAME = re.compile(r"python(3(\.\d+)?)?")
# Asked of each Python. `optimised` names how its build was: a build that was told to optimise says
# so in its configuration; Debian's, which always does, has the profile's flag emptied afterwards.
_QUESTION = """
import json, os, sys, sysconfig
said = sysconfig.get_config_var
asked = str(said("CONFIG_ARGS"))
flags = "%s %s" % (said("PY_CORE_CFLAGS"), said("PY_CORE_LDFLAGS"))
stripped = said("PGO_PROF_GEN_FLAG") and said("PGO_PROF_USE_FLAG") == ""
how = []
if "--enable-optimizations" in asked or "-fprofile" in flags:
    how.append("PGO")
if "--with-lto" in asked or "-flto" in flags:
    how.append("LTO")
if not how and stripped:
    how.append("the distribution's PGO")
try:
    import ensurepip
    pip = True
except ImportError:
    pip = False
whole = sys.version_info.releaselevel == "final" and not said("Py_GIL_DISABLED")
print(json.dumps({
    "path": sys.executable, "real": os.path.realpath(sys.executable), "pip": pip, "whole": whole,
    "version": list(sys.version_info[:3]), "optimised": [] if said("Py_DEBUG") else how,
}))
"""
_ANSWERS_WITHIN_SECONDS = 5
_AT_ONCE = 8
_NEEDED = "Dasan needs Python 3.11 or newer with ensurepip: make PYTHON=/path/to/python3.12 setup"


class Python(NamedTuple):
    """One interpreter and what it says of itself. `real` is its file behind all links; `optimised`
    is empty for a plain build; without `pip` it can make no environment that installs; `whole` is
    neither a preview nor a variant without the lock."""

    path: str
    real: str
    version: list[int]
    optimised: list[str]
    pip: bool
    whole: bool

    @property
    def new_enough(self) -> bool:
        """Whether Dasan runs on it."""
        return tuple(self.version) >= OLDEST

    def __str__(self) -> str:
        version = ".".join(map(str, self.version))
        build = "optimised: " + ", ".join(self.optimised) if self.optimised else "a plain build"
        return f"{self.path} ({version}, {build})"


def asked(command: str) -> Python | None:
    """What the Python of this name or path says of itself; None where there is none."""
    try:
        answer = subprocess.run(
            [command, "-c", _QUESTION],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_ANSWERS_WITHIN_SECONDS,
            check=True,
        )
        return Python(**json.loads(answer.stdout.decode()))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def on_path(path: str) -> list[Python]:
    """Every different Python of a PATH, `python3` of its first folder first."""
    names: dict[str, str] = {}
    for folder in path.split(os.pathsep):
        if os.path.isdir(folder):
            for name in sorted(filter(_NAME.fullmatch, os.listdir(folder)), key=_plain_first):
                file = os.path.join(folder, name)
                names.setdefault(os.path.realpath(file) if not _is_shim(file) else file, file)
    files = sorted(names.values(), key=lambda file: _plain_first(os.path.basename(file)))
    found: dict[str, Python] = {}
    with ThreadPoolExecutor(_AT_ONCE) as asking:
        for python in asking.map(asked, files):
            if python is not None:
                found.setdefault(python.real, python)
    return list(found.values())


def best(pythons: list[Python]) -> Python | None:
    """The first optimised one that Dasan runs on, else the first that it runs on at all."""
    able = [p for p in pythons if p.new_enough and p.pip and p.whole]
    return next((p for p in able if p.optimised), able[0] if able else None)


def reason(taken: Python, pythons: list[Python]) -> str:
    """Why this one, in words for whoever waits for it."""
    others = [p for p in pythons if p.new_enough and p.real != taken.real]
    if not others:
        return "the only one that is new enough"
    if taken.optimised:
        plain = [p for p in others if not p.optimised]
        return "an optimised build runs the same code a third faster" if plain else "the first"
    return "the first; none on the PATH is an optimised build"


def make(folder: str, wanted: str) -> int:
    """Makes the environment unless it is there; 2 where no Python can, or half of one is there."""
    made = os.path.join(folder, "bin", "python")
    if os.access(made, os.X_OK):
        if subprocess.call([made, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0:
            return 0
        return _refused(f"{folder} has no pip: rm -r {folder} && make setup makes it anew")
    if wanted:
        taken, why = asked(wanted), "named by PYTHON"
        if taken is None or not taken.new_enough:
            found = "is no Python" if taken is None else f"is {taken}"
            return _refused(f"PYTHON={wanted!r} {found}: {_NEEDED}")
    else:
        pythons = on_path(os.environ.get("PATH", ""))
        taken = best(pythons)
        if taken is None:
            return _refused(f"{_NEEDED}; found {'; '.join(map(str, pythons)) or 'none'}")
        why = reason(taken, pythons)
    print(f"creating {folder} with {taken}: {why}", flush=True)
    whole = False
    try:
        whole = subprocess.call([taken.path, "-m", "venv", folder]) == 0
    finally:
        if not whole:  # half of one would be taken for whole
            shutil.rmtree(folder, ignore_errors=True)
    return 0 if whole else 1


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 2


def _plain_first(name: str) -> tuple[int, str]:
    return (("python3", "python").index(name) if name in ("python3", "python") else 2, name)


def _is_shim(file: str) -> bool:
    """Whether it is a script that starts one or another Python; those are one file by many
    names."""
    with open(file, "rb") as opened:
        return opened.read(2) == b"#!"


if __name__ == "__main__":
    sys.exit(make(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
