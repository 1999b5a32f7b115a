"""Files that may change while a service runs; a change counts within a second.

Owns when files are looked at, and what counts while they cannot be used: what was read before. How
their content is read is left to whoever they belong to.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

# The least time between two looks at the file. Longer: a key that was removed is accepted for
# longer. Shorter: more calls pay for a look at the file.
LOOK_EVERY_SECONDS = 1.0


class FileFaults(ValueError):
    """A file cannot be used; says the file and each place at fault, never a value."""


class WatchedFiles(Generic[T]):
    """What stands in some files that are read together, as `read` understands it. Any thread may
    ask."""

    def __init__(
        self,
        paths: Sequence[Path],
        read: Callable[[], T],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads the files; raises FileFaults, as `read` does. `monotonic` gives seconds."""
        self._paths = paths
        self._read = read
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._state = [_state_of(path) for path in paths]
        self._content = read()
        self._looked = monotonic()
        # Why they could not be used when they were looked at last; "" when they could.
        self._fault = ""

    def content(self) -> T:
        """The newest content that could be read. The same object comes until a file changes; what
        cannot be used is logged."""
        with self._lock:
            now = self._monotonic()
            if now - self._looked >= LOOK_EVERY_SECONDS:
                self._looked = now
                self._look()
            return self._content

    def _look(self) -> None:
        state = [_state_of(path) for path in self._paths]
        if state == self._state:
            return
        try:
            self._content = self._read()
        except FileFaults as error:
            # They are read again at the next look: what kept them from being read may be over
            # without a change, and of a certificate and its key one may come before the other. One
            # line for each fault is enough.
            if str(error) != self._fault:
                log.error("access.file_unusable", extra={"fault": str(error)})
            self._fault = str(error)
        else:
            for path in self._paths:
                log.info("access.file_read", extra={"path": str(path)})
            self._state, self._fault = state, ""


class WatchedFile(WatchedFiles[T]):
    """What stands in one file."""

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], T],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads the file; raises FileFaults, as `read` does. `monotonic` gives seconds."""
        super().__init__((path,), partial(read, path), monotonic)


def _state_of(path: Path) -> tuple[int, int, int, int] | None:
    """A value that changes whenever the file does. Size and time alone would not do: all digests
    have one length, a copy may keep the time, and a link may be set to another file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
