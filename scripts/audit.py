"""Asks a database of vulnerabilities about every package of the locks: `make audit`.

Fails when it could not ask: the tool ends with 0, "no known vulnerabilities found", when it found
none of the packages there. So the judgement is made here, from what the tool says of each package.
The tool comes from tools.lock, by digest, into an environment that is thrown away.

    0   every package of the locks was asked about, and nothing is known against any
    1   something is known: each is named with the version that mends it
    2   some package could not be asked about; nothing is said of those
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import lock

CLEAN, KNOWN, NOT_AUDITED = 0, 1, 2
_REMEDY = (
    "NOT AUDITED: {why}. Run `make audit` where the vulnerability service of the Python packages"
    " is reachable, or with SERVICE=osv where OSV is; a mirror of packages does not answer."
)
# The image's lock is a part of the first.
_LOCKS = (lock.LOCK, lock.EMBEDDING, lock.TOOLS)
# A service of the whole world is asked about some two hundred packages, one after another.
_SECONDS = 600


def pinned(path: Path) -> Mapping[str, str]:
    """The versions that a lock names, by name; also of what only another system needs."""
    text = path.read_text(encoding="utf-8")
    lines = [line.rstrip(" \\") for line in text.splitlines() if line and line[0] not in "# "]
    read = (Requirement(line) for line in lines)
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in read}


def judge(report: Mapping[str, Any] | None, wanted: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """The status of the command and what it says; `report` is the tool's, None where it made
    none."""
    if report is None:
        return NOT_AUDITED, _REMEDY.format(why="the tool could not ask anybody")
    asked: dict[tuple[str, str], Sequence[Mapping[str, Any]]] = {
        (canonicalize_name(one["name"]), one["version"]): one["vulns"]
        for one in report["dependencies"]
        if "vulns" in one
    }
    known = [
        f"{name} {version}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}"
        for (name, version), faults in asked.items()
        for fault in faults
    ]
    missed = [one for one in wanted if one not in asked]
    if known:
        more = [f"and {len(missed)} package(s) were not asked about"] if missed else []
        return KNOWN, "\n".join([*known, *more])
    if missed:
        why = f"{len(missed)} of {len(wanted)} packages are not known there, {missed[0][0]} first"
        return NOT_AUDITED, _REMEDY.format(why=why)
    return CLEAN, f"nothing is known against the {len(wanted)} packages of the locks"


def audit(service: str) -> tuple[int, str]:
    """Asks the service, `pypi` or `osv`, about everything that is pinned."""
    wanted = sorted({pin for path in _LOCKS for pin in pinned(path).items()})
    with lock.tools() as programs, tempfile.TemporaryDirectory(prefix="dasan-audit-") as folder:
        reports = [_report(programs, Path(folder), path, service) for path in _LOCKS]
    if any(report is None for report in reports):
        return judge(None, wanted)
    found = [one for report in reports if report for one in report["dependencies"]]
    return judge({"dependencies": found}, wanted)


def _report(programs: Path, folder: Path, path: Path, service: str) -> Mapping[str, Any] | None:
    """What the tool says of one lock; two of them may hold two versions of a package."""
    pins = folder / path.name
    pins.write_text("".join(f"{name}=={version}\n" for name, version in pinned(path).items()))
    written = folder / f"{path.name}.json"
    asking = ("--no-deps", "--disable-pip", "--progress-spinner", "off")
    form = ("--vulnerability-service", service, "--format", "json", "--output", written)
    try:
        subprocess.run(
            [programs / "pip-audit", *asking, *form, "--requirement", pins],
            check=False,
            capture_output=True,  # a whole traceback where nobody answers
            timeout=_SECONDS,
        )
        read: Mapping[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return None
    return read


def main() -> int:
    """Runs the command; its status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.audit", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--service", choices=("pypi", "osv"), default="pypi")
    try:
        status, said = audit(parser.parse_args().service)
    except subprocess.CalledProcessError:
        status, said = NOT_AUDITED, _REMEDY.format(why="the tool itself could not be installed")
    print(said, file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
