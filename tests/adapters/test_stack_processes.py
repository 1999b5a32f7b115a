"""Child processes of the local stack: readiness, early death, order of stopping, no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import claim, processes
from deploy.local.claim import AlreadyRunning, Claim
from deploy.local.ports import HOST, Ports
from deploy.local.processes import Command, Process, StartFailed
from deploy.local.supervised import Supervised

ROOT = Path(__file__).resolve().parents[2]

# A child that touches a file when it works, and another when it was asked to end.
WORKER = """
import pathlib, signal, sys, threading
here, stop = pathlib.Path(sys.argv[1]), threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
(here / "ready").touch()
stop.wait()
(here / "ended").touch()
"""


@pytest.fixture
def started() -> Iterator[list[Process]]:
    made: list[Process] = []
    yield made
    for process in made:
        process.kill()


def python(
    folder: Path,
    source: str,
    *,
    ready: Callable[[], bool] | None = None,
    ready_within: float = 20.0,
    stop_within: float = 10.0,
) -> Command:
    return Command(
        name="worker",
        argv=(sys.executable, "-c", source, str(folder)),
        log=folder / "logs" / "worker.log",
        ready=ready or (folder / "ready").exists,
        ready_within=ready_within,
        stop_within=stop_within,
    )


def eventually(condition: Callable[[], bool], within: float = 20.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition didn't come true"
        time.sleep(0.02)


def test_start_returns_when_ready_and_stop_lets_it_finish(
    tmp_path: Path, started: list[Process]
) -> None:
    process = Process(python(tmp_path, WORKER))
    started.append(process)
    process.start()
    assert (tmp_path / "ready").exists()
    process.stop()
    assert (tmp_path / "ended").exists()
    assert process.returncode == 0


def test_an_early_death_is_reported_with_the_end_of_its_log(
    tmp_path: Path, started: list[Process]
) -> None:
    source = "for i in range(100): print('line', i)\nraise SystemExit(3)"
    process = Process(python(tmp_path, source))
    started.append(process)
    with pytest.raises(StartFailed) as failure:
        process.start()
    message = str(failure.value)
    assert "worker ended with status 3" in message
    assert str(tmp_path / "logs" / "worker.log") in message
    assert "line 99" in message
    assert "line 80\n" in message
    assert "line 79\n" not in message


def test_a_child_that_never_gets_ready_is_reported(tmp_path: Path, started: list[Process]) -> None:
    command = python(tmp_path, WORKER, ready=lambda: False, ready_within=0.3)
    process = Process(command)
    started.append(process)
    with pytest.raises(StartFailed, match=r"isn't ready after 0\.3 s"):
        process.start()


def test_a_program_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    command = Command(
        name="ghost", argv=("dasan-no-such-program",), log=tmp_path / "log", ready=lambda: False
    )
    with pytest.raises(StartFailed, match="dasan-no-such-program"):
        Process(command).start()


def test_an_unasked_end_is_told_and_an_asked_one_is_not(
    tmp_path: Path, started: list[Process]
) -> None:
    told: list[tuple[str, int]] = []
    process = Process(
        python(tmp_path, WORKER), on_death=lambda who, status: told.append((who.name, status))
    )
    started.append(process)
    process.start()
    process.kill()
    process.start()
    process.stop()
    process.start()
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: bool(told))
    assert told == [("worker", -signal.SIGKILL)]


def test_a_child_deaf_to_sigterm_is_ended_by_force(tmp_path: Path, started: list[Process]) -> None:
    deaf = WORKER.replace("lambda *_: stop.set()", "signal.SIG_IGN")
    process = Process(python(tmp_path, deaf, stop_within=0.3))
    started.append(process)
    process.start()
    process.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_child_outlives_the_thread_that_started_it(
    tmp_path: Path, started: list[Process]
) -> None:
    process = Process(python(tmp_path, WORKER))
    started.append(process)
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    assert process.running
    process.stop()
    assert (tmp_path / "ended").exists()


def test_a_frozen_child_goes_on_where_it_was_and_can_be_stopped_meanwhile(
    tmp_path: Path, started: list[Process]
) -> None:
    process = Process(python(tmp_path, WORKER))
    started.append(process)
    process.start()

    def state() -> str:
        return str(psutil.Process(process.pid).status())

    process.pause()
    eventually(lambda: state() == psutil.STATUS_STOPPED)
    process.resume()
    eventually(lambda: state() != psutil.STATUS_STOPPED)
    process.pause()
    process.stop()
    assert process.returncode == 0
    assert (tmp_path / "ended").exists()


# A child that counts its runs in a file and ends by itself with status 1; after three it stays.
FRAIL = """
import pathlib, sys, threading
here = pathlib.Path(sys.argv[1])
with (here / "runs").open("a") as runs:
    runs.write("run\\n")
(here / "ready").touch()
if len((here / "runs").read_text().splitlines()) > 3:
    threading.Event().wait()
while not (here / "end").exists():
    threading.Event().wait(0.01)
raise SystemExit(1)
"""


class Watcher:
    """What a supervised process tells: its ends with their pauses, and its new starts."""

    def __init__(self, folder: Path, first_pause_seconds: float) -> None:
        self.waits: list[tuple[int, float]] = []
        self.restarts = 0
        self.deaths: list[int] = []
        self.folder = folder
        self.process = Supervised(
            python(folder, FRAIL),
            on_death=lambda process, status: self.deaths.append(status),
            on_wait=lambda process, status, pause: self.waits.append((status, pause)),
            on_restart=self._restarted,
            first_pause_seconds=first_pause_seconds,
        )

    def runs(self) -> int:
        return len((self.folder / "runs").read_text().splitlines())

    def _restarted(self, process: Process) -> None:
        self.restarts += 1


def test_what_ends_by_itself_is_started_again_after_growing_pauses(
    tmp_path: Path, started: list[Process]
) -> None:
    watcher = Watcher(tmp_path, 0.02)
    started.append(watcher.process)
    watcher.process.start()
    (tmp_path / "end").touch()
    eventually(lambda: watcher.restarts == 3)
    eventually(lambda: watcher.runs() == 4)
    assert watcher.waits == [(1, 0.02), (1, 0.04), (1, 0.08)]
    assert watcher.process.running
    assert watcher.deaths == []


def test_what_was_asked_to_end_in_its_pause_stays_ended_until_it_is_started(
    tmp_path: Path, started: list[Process]
) -> None:
    watcher = Watcher(tmp_path, 600.0)
    started.append(watcher.process)
    watcher.process.start()
    (tmp_path / "end").touch()
    eventually(lambda: bool(watcher.waits))
    watcher.process.stop()
    # The thread that would have started it again is gone.
    eventually(lambda: not any(t.name == "watch-worker" for t in threading.enumerate()))
    assert not watcher.process.running
    assert watcher.restarts == 0
    (tmp_path / "end").unlink()
    watcher.process.start()
    eventually(lambda: watcher.runs() == 2)


def test_what_was_stopped_or_killed_is_not_started_again(
    tmp_path: Path, started: list[Process]
) -> None:
    watcher = Watcher(tmp_path, 0.0)
    started.append(watcher.process)
    for end in (watcher.process.stop, watcher.process.kill):
        (tmp_path / "ready").unlink(missing_ok=True)
        watcher.process.start()
        end()
        eventually(lambda: not any(t.name == "watch-worker" for t in threading.enumerate()))
    assert watcher.waits == []
    assert watcher.runs() == 2


def test_what_was_never_ready_has_died_and_is_not_started_again(
    tmp_path: Path, started: list[Process]
) -> None:
    (tmp_path / "end").touch()
    watcher = Watcher(tmp_path, 0.0)
    started.append(watcher.process)
    watcher.process.launch()
    eventually(lambda: watcher.deaths == [1])
    assert watcher.waits == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    source = f"""
import pathlib, sys, time
from deploy.local.processes import Command, Process
child = Process(Command(name="child", argv=("sleep", "600"), ready=lambda: True,
                        log=pathlib.Path({str(tmp_path)!r}) / "log"))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.kill()
    eventually(lambda: not psutil.pid_exists(child))


def test_http_readiness_needs_an_answer_of_200(tmp_path: Path, started: list[Process]) -> None:
    port = Ports.free().intake_http
    (tmp_path / "readyz").touch()
    served = Command(
        name="web",
        argv=(sys.executable, "-m", "http.server", "--bind", HOST, str(port)),
        folder=tmp_path,
        log=tmp_path / "web.log",
        ready=processes.http_ready(f"http://{HOST}:{port}/readyz"),
    )
    missing = processes.http_ready(f"http://{HOST}:{port}/nothing")
    assert not missing()
    process = Process(served)
    started.append(process)
    process.start()
    assert not missing()


def test_a_claim_excludes_others_names_its_holder_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "stack.pid"
    source = f"""
import pathlib, time
from deploy.local.claim import Claim
claim = Claim(pathlib.Path({str(path)!r}))
claim.acquire()
print("held", flush=True)
time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", source], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        mine = Claim(path)
        with pytest.raises(AlreadyRunning, match=f"process {other.pid}"):
            mine.acquire()
        assert claim.end_holder(path, within=5) == other.pid
        mine.acquire()
        mine.release()
    assert claim.holder(path) is None
