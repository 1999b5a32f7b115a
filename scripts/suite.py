"""`make test`: every check and every test, in lanes side by side that wait more than they work.

    .venv/bin/python -m scripts.suite

Whole cities come last in two of the lanes, so that two are up at most: with more on two cores their
tests tire of waiting. Lines about progress are shown as they come; whatever else a command says, in
one piece when it has ended, with the time it took: of the clock, and of processors, which is what
the lanes share.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.ports import FREE_PORTS, FREE_RANGE

ROOT = Path(__file__).parents[1]
LINT = ("make", "--no-print-directory", "lint")
ALONE = ("tests/unit", "tests/contracts", "tests/k8s")
"""Start at most small processes, and keep one core busy."""
KIT = ("tests/adapters/common",)
"""Wait for a broker most of the time."""
SERVICES = ("tests/component",)
"""Work and wait in turn, and start at most a database; in processes of their own, whose memory the
unit tests have not filled."""
DISTRICTS, INTAKE = ("tests/component/districts",), ("tests/component/intake",)
"""Of these the longest two, so that lanes are of one length."""
PARTS = ("tests/adapters", "tests/browser")
"""Of the first all but the kit's: wait for processes, for providers and for a browser."""

WHOLE = ("tests/e2e", "tests/resilience/single")
"""Of the tests that start a whole city, those with one replica of everything: half of the time."""

_PROGRESS = re.compile(r"(tests/\S+ )?[.FEsxX]* *\[ *\d+%\]$")
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?|deselected|warnings?)\b")
_CLOSING = re.compile(r"=+ .*\b(passed|failed|skipped|errors?)\b.* in [\d.]+s.* =+$")
_NOTHING_COLLECTED = 5

_printing = threading.Lock()


def cities(root: Path = ROOT) -> tuple[str, ...]:
    """The folders of tests that are in no lane: nobody has to enter a new one anywhere."""
    folders = (path for path in (root / "tests").iterdir() if any(path.rglob("test_*.py")))
    names = sorted(f"tests/{folder.name}" for folder in folders if folder.is_dir())
    return tuple(name for name in names if name not in (*ALONE, *SERVICES, *PARTS))


def pytest(folders: Iterable[str], without: Iterable[str] = ()) -> tuple[str, ...]:
    """The command that runs the tests of some folders, except those in others."""
    return (sys.executable, "-m", "pytest", *folders, *(f"--ignore={name}" for name in without))


class Suite:
    """Commands that have been run: their worst status, and how many tests ended how."""

    def __init__(self) -> None:
        self.status = 0
        self.counts: Counter[str] = Counter()

    def lane(self, commands: Sequence[Sequence[str]], ports: range = FREE_RANGE) -> None:
        """Runs the commands one after the other, each whatever became of the one before; what they
        start listens within `ports`."""
        for command in commands:
            began = time.monotonic()
            status, held, worked = _run(command, ports)
            took = f"{time.monotonic() - began:.0f} s, {worked:.0f} s of processors"
            with _printing:
                print("\n".join([*held, f"{took}: {_shown(command)}"]), flush=True)
                self.note(status, held)

    def side_by_side(self, *lanes: Sequence[Sequence[str]]) -> None:
        """Runs lanes at the same time, each with ports of its own."""
        with ThreadPoolExecutor(len(lanes)) as threads:
            under_way = [
                threads.submit(self.lane, lane, ports)
                for lane, ports in zip(lanes, shares(len(lanes)), strict=True)
            ]
            for done in under_way:
                done.result()

    def note(self, status: int, said: Sequence[str]) -> None:
        """Takes in how a command ended."""
        if status != _NOTHING_COLLECTED:
            self.status = max(self.status, abs(status))
        closing = next((line for line in reversed(said) if _CLOSING.match(line)), "")
        for number, what in _COUNT.findall(closing):
            self.counts[what.rstrip("s") if what in ("errors", "warnings") else what] += int(number)

    def closing(self, seconds: float) -> str:
        """One line for all of them, in pytest's form."""
        order = ("failed", "error", "passed", "skipped", "deselected", "warning")
        told = ", ".join(_named(self.counts[what], what) for what in order if self.counts[what])
        minutes, rest = divmod(round(seconds), 60)
        return f" {told or 'no tests ran'} in {seconds:.2f}s ({minutes}:{rest:02}) ".center(80, "=")


def _named(count: int, what: str) -> str:
    return f"{count} {what}{'s' if what in ('error', 'warning') and count > 1 else ''}"


def shares(count: int) -> Sequence[range]:
    """The ports of tests in so many parts of one size."""
    size = len(FREE_RANGE) // count
    return [FREE_RANGE[size * part : size * (part + 1)] for part in range(count)]


def _shown(command: Sequence[str]) -> str:
    return " ".join(word for word in command if word != sys.executable)


def _run(command: Sequence[str], ports: range) -> tuple[int, list[str], float]:
    """Status of a command, the lines that are no progress, and for how many seconds processors
    worked for it and for what it had started and seen end."""
    held: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, FREE_PORTS: f"{ports[0]}-{ports[-1]}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in map(str.rstrip, process.stdout):
            if _PROGRESS.match(line):
                with _printing:
                    print(line, flush=True)
            else:
                held.append(line)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, held, used.ru_utime + used.ru_stime


def main() -> int:
    """0 when everything was found to be right."""
    began = time.monotonic()
    suite = Suite()
    others = [name for name in cities() if name not in WHOLE]
    suite.side_by_side(
        [LINT, pytest(ALONE), pytest(DISTRICTS)],
        [
            pytest(KIT),
            pytest(SERVICES, without=(*DISTRICTS, *INTAKE)),
            pytest(others, without=WHOLE),
        ],
        [pytest(PARTS, without=KIT), pytest(INTAKE), pytest(WHOLE)],
    )
    print(suite.closing(time.monotonic() - began))
    return suite.status


if __name__ == "__main__":
    sys.exit(main())
