"""Becomes another program tied to its parent's life: `python tied.py PARENT_PID CORES ARGV...`.

CORES is how many processor cores it may use, 0 for all.

A wrapper rather than code between fork and exec in the parent, which isn't safe there beside
threads. Linux ends the child when the parent is gone, however it went; elsewhere this only
executes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def tie(parent: int) -> None:
    """Asks the kernel to kill this process with its parent; exits if the parent is gone already."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit(1)


def confine(cores: int) -> None:
    """Keeps this process, and what it becomes, to its last so many cores; elsewhere than on Linux
    it has all."""
    if cores and sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])


def let_others_finish() -> None:
    """Has what wakes up wait for its turn (SCHED_BATCH); on Linux only.

    A city is eight busy processes on few cores: when each wakes up into another's turn, a tenth to
    a fifth of the processor time goes into switching and cold caches.
    """
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    confine(int(sys.argv[2]))
    let_others_finish()
    os.execvpe(sys.argv[3], sys.argv[3:], os.environ)
