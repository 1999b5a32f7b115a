"""A child process that is started again when it ended by itself, as an orchestrator would.

A process that ends again and again waits longer each time. One that somebody asked to end, by a
signal sent through us, stays ended.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable

from deploy.local.processes import Command, Process
from services.common.process.backoff import Growing

OnWait = Callable[[Process, int, float], None]
"""Hears of the process, its exit status (negative for a signal) and the pause in seconds."""


# A longer limit spares the machine a process that cannot run; it also leaves a healed one away for
# longer. A run that was longer than STEADY was a good one.
FIRST_PAUSE_SECONDS = 1.0
MOST_PAUSE_SECONDS = 60.0
STEADY_SECONDS = 60.0


class Supervised(Process):
    """A process that is started again when it ended by itself.

    It must have been ready once, in any of its runs: one that never was has wrong settings more
    likely than bad luck, and `await_ready` says so. Nobody waits for a new run to be ready.
    """

    def __init__(
        self,
        command: Command,
        *,
        on_death: Callable[[Process, int], None] | None = None,
        on_wait: OnWait = lambda process, status, pause: None,
        on_restart: Callable[[Process], None] = lambda process: None,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        """`on_wait` and `on_restart` hear, from another thread, of an unasked end and of the next
        start; `on_death` only of the end of one that was never ready."""
        super().__init__(command, on_death)
        self._on_wait = on_wait
        self._on_restart = on_restart
        self._pauses = Growing(first_pause_seconds, MOST_PAUSE_SECONDS, STEADY_SECONDS)
        self._was_ready = False
        self._began = 0.0
        self._recalled = threading.Event()

    def launch(self) -> None:
        """Starts it and returns at once; it needs no pause that it was in."""
        with self._lock:
            super().launch()
            self._recalled.clear()
            self._began = time.monotonic()

    def await_ready(self) -> None:
        """As `Process.await_ready`; from then on it is started again when it ends by itself."""
        super().await_ready()
        self._was_ready = True

    def _signal(self, number: signal.Signals) -> None:
        with self._lock:
            self._recalled.set()
            super()._signal(number)

    def _ended(self, child: subprocess.Popen[bytes], status: int) -> None:
        if not self._was_ready:
            super()._ended(child, status)
            return
        pause = self._pauses.after_seconds(time.monotonic() - self._began)
        self._on_wait(self, status, pause)
        if self._recalled.wait(pause):
            return
        with self._lock:
            # Meanwhile somebody may have asked for its end, or started it.
            if self._recalled.is_set() or self._child is not child:
                return
            self.launch()
        self._on_restart(self)
