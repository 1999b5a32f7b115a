"""A file that may change while a service runs; a change counts within a second.

Owns when the file is looked at, and what counts while it cannot be used: what was read before. How
its content is read is left to whoever it belongs to.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

# The least time between two looks at the file. Longer: a key that was removed is accepted for
# longer. Shorter: more calls pay for a look at the file.
LOOK_EVERY_SECONDS = 1.0


class FileFaults(ValueError):
    """A file cannot be used; says the file and each place at fault, never a value."""


class WatchedFile(Generic[T]):
    """What stands in a file, as `read` understands it."""

    def __init__(
        self,
        path: Path,
        read: Callable[[Path], T],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads the file; raises FileFaults, as `read` does. `monotonic` gives seconds."""
        self._path = path
        self._read = read
        self._monotonic = monotonic
        self._state = _state_of(path)
        self._content = read(path)
        self._looked = monotonic()
        # Why it could not be used when it was looked at last; "" when it could.
        self._fault = ""

    def content(self) -> T:
        """The newest content that could be read. The same object comes until the file changes; a
        file that cannot be used is logged."""
        now = self._monotonic()
        if now - self._looked >= LOOK_EVERY_SECONDS:
            self._looked = now
            self._look()
        return self._content

    def _look(self) -> None:
        state = _state_of(self._path)
        if state == self._state:
            return
        try:
            self._content = self._read(self._path)
        except FileFaults as error:
            # It is read again at the next look: what kept it from being read may be over without
            # a change of the file. One line for each fault is enough.
            if str(error) != self._fault:
                log.error("access.file_unusable", extra={"fault": str(error)})
            self._fault = str(error)
        else:
            log.info("access.file_read", extra={"path": str(self._path)})
            self._state, self._fault = state, ""


def _state_of(path: Path) -> tuple[int, int, int, int] | None:
    """A value that changes whenever the file does. Size and time alone would not do: all digests
    have one length, a copy may keep the time, and a link may be set to another file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
