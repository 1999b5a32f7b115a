"""The right to run the stack of one data folder: held by one process, and gone when it is gone."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

_POLL_SECONDS = 0.05


class AlreadyRunning(Exception):
    """Another process has the claim; `pid` is its."""

    def __init__(self, pid: int) -> None:
        super().__init__(
            f"a stack of this folder runs already (process {pid}); `make stop` ends it"
        )
        self.pid = pid


class Claim:
    """A pid file with a lock on it, which the system drops even after a kill."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Takes the claim, or raises `AlreadyRunning`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        while not _locked(file, fcntl.LOCK_EX):
            # Without a holder somebody is only looking, which takes the lock for an instant.
            if pid := holder(self._path):
                file.close()
                raise AlreadyRunning(pid)
            time.sleep(_POLL_SECONDS)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Gives the claim up; harmless if it isn't held."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def holder(path: Path) -> int | None:
    """The process that has the claim, or None."""
    with suppress(FileNotFoundError), path.open() as file:
        if not _locked(file, fcntl.LOCK_SH):
            return int(file.read() or 0) or None
    return None


def end_holder(path: Path, within: float) -> int | None:
    """Ends the process that has the claim: in order, or by force after `within` seconds.

    Returns its pid, or None if nobody has the claim.
    """
    pid = holder(path)
    if pid is None:
        return None
    for number, seconds in ((signal.SIGTERM, within), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if holder(path) != pid:
                return pid
            time.sleep(_POLL_SECONDS)
    return pid


def _locked(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
