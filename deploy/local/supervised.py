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
from dataclasses import dataclass

from deploy.local.processes import Command, Process

OnWait = Callable[[Process, int, float], None]
"""Hears of the process, its exit status (negative for a signal) and the pause in seconds."""


@dataclass(slots=True)
class Pauses:
    """How long a process that ended by itself waits for its next start.

    The first pause is `first_seconds`, and each further one is twice the one before, up to
    `most_seconds`. A run longer than `steady_seconds` was a good one: after it the pauses begin
    anew.
    """

    first_seconds: float = 1.0
    # A longer limit spares the machine a process that cannot run; it also leaves a healed one away
    # for longer.
    most_seconds: float = 60.0
    steady_seconds: float = 60.0
    _next: float | None = None

    def after(self, run_seconds: float) -> float:
        """The pause in seconds after a run of `run_seconds`."""
        if self._next is None or run_seconds > self.steady_seconds:
            self._next = self.first_seconds
        pause = self._next
        self._next = min(2 * pause, self.most_seconds)
        return pause


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
        pauses: Pauses | None = None,
    ) -> None:
        """`on_wait` and `on_restart` hear, from another thread, of an unasked end and of the next
        start; `on_death` only of the end of one that was never ready."""
        super().__init__(command, on_death)
        self._on_wait = on_wait
        self._on_restart = on_restart
        self._pauses = pauses or Pauses()
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
        pause = self._pauses.after(time.monotonic() - self._began)
        self._on_wait(self, status, pause)
        if self._recalled.wait(pause):
            return
        with self._lock:
            # Meanwhile somebody may have asked for its end, or started it.
            if self._recalled.is_set() or self._child is not child:
                return
            self.launch()
        self._on_restart(self)
