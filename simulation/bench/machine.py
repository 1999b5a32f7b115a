"""What a measurement was made on: the processor, the Python and the state of the code.

Figures without it say little: an optimised build of Python runs this code a third faster than one
that a version manager compiled without.
"""

from __future__ import annotations

import platform
import subprocess
import sysconfig
import time
from pathlib import Path

import psutil

_FIXED_WORK_TRIES = 3


def python() -> str:
    """This Python: its version, its compiler, and whether its build was optimised."""
    built = build_of(str(sysconfig.get_config_var("CONFIG_ARGS") or ""))
    return f"Python {platform.python_version()} ({platform.python_compiler()}), {built}"


def build_of(config_args: str) -> str:
    """What the arguments of Python's `configure` say of its speed."""
    optimised = "--enable-optimizations" in config_args
    linked = "--with-lto" in config_args
    if optimised:
        return "optimised build (PGO and LTO)" if linked else "optimised build (PGO, no LTO)"
    return "no optimised build (LTO, no PGO)" if linked else "no optimised build (no PGO, no LTO)"


def processor() -> str:
    """Cores, architecture and memory."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB"


def revision(checkout: Path) -> str:
    """The commit that is checked out, `+` when files differ from it; empty without git."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--exclude=*", "--dirty=+"],
            cwd=checkout,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return described.stdout.strip()


def fixed_work() -> float:
    """CPU seconds that a plain loop takes, the least of a few tries: a shared machine isn't always
    equally fast. Time spent waiting for a core doesn't count, as it doesn't in what is compared."""
    return min(_loop() for _ in range(_FIXED_WORK_TRIES))


def _loop() -> float:
    began = time.process_time()
    total = 0
    for number in range(3_000_000):
        total += number * number % 7
    return time.process_time() - began
