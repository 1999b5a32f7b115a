"""Child processes: started, waited for until they are really ready, watched, and stopped in order.

A child has its own session (a Ctrl-C at the terminal reaches it once, through us), its own log
file, and never outlives this process.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from deploy.local import tied

Ready = Callable[[], bool]

_LOG_LINES_SHOWN = 20
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run as `name`, where its output goes, and when it counts as ready.

    `ready` is asked repeatedly and must answer within about a second; times are in seconds; `cores`
    is how many processor cores it may use, 0 for all.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    ready: Ready
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    ready_within: float = 120.0
    stop_within: float = 10.0
    cores: int = 0


class StartFailed(Exception):
    """A child died or stayed unready; the message ends with its last log lines and their file."""


class Process:
    """One child process that can be started again.

    Methods are to be called from one thread. A thread of its own waits for the child's end.
    """

    def __init__(
        self, command: Command, on_death: Callable[[Process, int], None] | None = None
    ) -> None:
        """`on_death` hears, from another thread, of an end nobody asked for."""
        self.command = command
        self._on_death = on_death
        self._child: subprocess.Popen[bytes] | None = None
        self._expected: set[int] = set()
        # Held while the child is started or signalled: the thread that waits for its end may start
        # the next one (see `Supervised`).
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._child.pid if self._child is not None and self.running else None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def returncode(self) -> int | None:
        """The last run's exit status, negative for a signal; None while running or unstarted."""
        return self._child.poll() if self._child is not None else None

    def launch(self) -> None:
        """Starts it and returns at once; the log file is appended to."""
        with self._lock:
            if self.running:
                raise RuntimeError(f"{self.name} runs already")
            self._child = child = _spawner().spawn(self.command)
        threading.Thread(
            target=self._watch, args=(child,), name=f"watch-{self.name}", daemon=True
        ).start()

    def await_ready(self) -> None:
        """Returns once it is ready; `StartFailed` if it dies first or takes too long."""
        deadline = time.monotonic() + self.command.ready_within
        child = self._child
        while time.monotonic() < deadline:
            if child is None or child.poll() is not None:
                status = _status(child.returncode if child is not None else None)
                raise StartFailed(self._report(f"ended with {status}"))
            if self.command.ready():
                return
            time.sleep(_POLL_SECONDS)
        raise StartFailed(self._report(f"isn't ready after {self.command.ready_within:g} s"))

    def start(self) -> None:
        """Starts it and returns once it is ready; `StartFailed` otherwise."""
        self.launch()
        self.await_ready()

    def stop(self) -> None:
        """Ends it in order (SIGTERM), or by force when that takes longer than allowed."""
        self.request_stop()
        self.await_stop()

    def request_stop(self) -> None:
        """Asks it to end and returns at once."""
        self._signal(signal.SIGTERM)

    def await_stop(self) -> None:
        """Waits for the end that was asked for, at most `stop_within`, then forces it."""
        if self._child is None:
            return
        try:
            self._child.wait(self.command.stop_within)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, as a crash would; returns once it is gone."""
        self._signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    def pause(self) -> None:
        """Freezes it (SIGSTOP) until `resume`: it keeps its connections and answers nothing."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on after `pause`; harmless otherwise."""
        self._send(signal.SIGCONT)

    def log_tail(self, lines: int = _LOG_LINES_SHOWN) -> str:
        """The end of its log."""
        with suppress(FileNotFoundError):
            text = self.command.log.read_text(errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return ""

    def _signal(self, number: signal.Signals) -> None:
        """Sends a signal that asks for the end."""
        with self._lock:
            if self._child is not None and self.running:
                self._expected.add(self._child.pid)
                self._send(number)
                # A frozen process would act on it only when it goes on.
                self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        with self._lock, suppress(ProcessLookupError):
            if self._child is not None:
                self._child.send_signal(number)

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        status = child.wait()
        with self._lock:
            asked = child.pid in self._expected
            self._expected.discard(child.pid)
        if not asked:
            self._ended(child, status)

    def _ended(self, child: subprocess.Popen[bytes], status: int) -> None:
        """Called in the watching thread when a child has ended that nobody had asked to."""
        if self._on_death is not None:
            self._on_death(self, status)

    def _report(self, what: str) -> str:
        return f"{self.name} {what}; the end of {self.command.log}:\n{self.log_tail()}"


def start_all(processes: Iterable[Process], on_ready: Callable[[Process], None]) -> None:
    """Launches all at once, then waits for each; `on_ready` hears of each in the given order."""
    launched = list(processes)
    for process in launched:
        process.launch()
    for process in launched:
        process.await_ready()
        on_ready(process)


def stop_all(processes: Iterable[Process]) -> None:
    """Asks all to end at once, then waits for each."""
    asked = list(processes)
    for process in asked:
        process.request_stop()
    for process in asked:
        process.await_stop()


def http_ready(url: str) -> Ready:
    """Ready when a GET answers 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ready() -> bool:
        try:
            with opener.open(url, timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return ready


def _status(returncode: int | None) -> str:
    if returncode is not None and returncode < 0:
        return signal.Signals(-returncode).name
    return f"status {returncode}"


class _Spawner:
    """Starts every child from one thread that lives as long as this process.

    Linux ties a child to the thread which started it, not to the process: a child started from a
    pool's worker would be killed when the pool shrinks.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Command, Future[subprocess.Popen[bytes]]]] = (
            queue.SimpleQueue()
        )
        threading.Thread(target=self._work, name="spawner", daemon=True).start()

    def spawn(self, command: Command) -> subprocess.Popen[bytes]:
        child: Future[subprocess.Popen[bytes]] = Future()
        self._orders.put((command, child))
        return child.result()

    def _work(self) -> None:
        while True:
            command, child = self._orders.get()
            try:
                child.set_result(_popen(command))
            except OSError as error:
                child.set_exception(error)


@cache
def _spawner() -> _Spawner:
    return _Spawner()


def _popen(command: Command) -> subprocess.Popen[bytes]:
    command.log.parent.mkdir(parents=True, exist_ok=True)
    tie = (sys.executable, "-I", "-S", tied.__file__, str(os.getpid()), str(command.cores))
    with command.log.open("ab") as log:
        return subprocess.Popen(
            [*tie, *command.argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=command.folder,
            env={**os.environ, **command.env},
            start_new_session=True,
        )
