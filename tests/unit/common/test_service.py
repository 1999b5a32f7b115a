"""The runner: parts start by stage, stop the other way round within their bounds, and the process
leaves with a status that says how it went.

What ends a process is tried on a process of its own (`PROGRAM`); no dependency is started.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from services.common.edge.readiness import Readiness
from services.common.process.parts import Closing, Part, Stage
from services.common.process.telemetry import SHUTDOWN_SECONDS
from services.common.run.service import STAGE_WITHIN, STOP_WITHIN, running, serve

QUICKLY = dict.fromkeys(Stage, timedelta(milliseconds=50))


class Noting:
    """A part that writes down what happens to it."""

    def __init__(self, notes: list[str], name: str, stage: Stage) -> None:
        self.notes = notes
        self.name = name
        self.stage = stage
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.notes.append(f"{self.name} starts")
        await asyncio.sleep(0)
        self.notes.append(f"{self.name} started")

    async def stop(self) -> None:
        self.notes.append(f"{self.name} stops")
        await asyncio.sleep(0)
        self.notes.append(f"{self.name} stopped")

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        return [self.task] if self.task else []


class Unstartable(Noting):
    async def start(self) -> None:
        raise OSError("port taken")


class Unstarted(Noting):
    """Its start takes for ever, as one would that waits for a dependency."""

    async def start(self) -> None:
        self.notes.append(f"{self.name} starts")
        await asyncio.Event().wait()


class Hanging(Noting):
    async def stop(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.notes.append(f"{self.name} cut off")


class Stubborn(Noting):
    """Swallows being cancelled, which a part must not."""

    async def stop(self) -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue


class Raising(Noting):
    async def stop(self) -> None:
        raise RuntimeError("no")


@contextmanager
def signalled(number: int, after: float) -> Iterator[None]:
    handle = asyncio.get_running_loop().call_later(after, os.kill, os.getpid(), number)
    yield
    handle.cancel()


async def test_parts_start_by_stage_whatever_their_order_and_stop_the_other_way_round() -> None:
    notes: list[str] = []
    parts = [Noting(notes, stage.name, stage) for stage in reversed(Stage)]
    async with running(parts):
        assert [n for n in notes if n.endswith("started")] == [f"{s.name} started" for s in Stage]
        notes.clear()
    assert notes == [
        f"{stage.name} {word}" for stage in reversed(Stage) for word in ("stops", "stopped")
    ]


async def test_parts_of_one_stage_start_and_stop_at_the_same_time() -> None:
    notes: list[str] = []
    async with running([Noting(notes, name, Stage.SERVER) for name in ("http", "grpc")]):
        assert notes == ["http starts", "grpc starts", "http started", "grpc started"]
        notes.clear()
    assert notes == ["http stops", "grpc stops", "http stopped", "grpc stopped"]


async def test_a_start_that_fails_stops_what_had_started() -> None:
    notes: list[str] = []
    parts: list[Part] = [
        Noting(notes, "bus", Stage.CLIENTS),
        Noting(notes, "publisher", Stage.PUBLISHER),
        Unstartable(notes, "http", Stage.SERVER),
        Unstarted(notes, "grpc", Stage.SERVER),
    ]
    with pytest.raises(OSError, match="port taken"):
        async with running(parts):
            raise AssertionError("started all the same")
    assert [note for note in notes if "stop" in note] == [
        "publisher stops",
        "publisher stopped",
        "bus stops",
        "bus stopped",
    ]


@pytest.mark.parametrize("bad", [Hanging, Stubborn, Raising])
async def test_a_part_that_does_not_stop_is_named_and_left_behind(
    bad: type[Noting], caplog: pytest.LogCaptureFixture
) -> None:
    notes: list[str] = []
    parts = [bad(notes, "consumer", Stage.CONSUMER), Noting(notes, "bus", Stage.CLIENTS)]
    began = time.monotonic()
    async with running(parts, bounds=QUICKLY):
        pass
    assert time.monotonic() - began < 1
    assert notes[-1] == "bus stopped"
    (told,) = [record for record in caplog.records if record.msg.startswith("service.part_")]
    assert vars(told)["part"] == "consumer"


def test_the_bounds_of_the_stages_and_telemetry_fit_the_whole() -> None:
    assert STAGE_WITHIN.keys() == set(Stage)
    bounds = sum(STAGE_WITHIN.values(), timedelta(seconds=SHUTDOWN_SECONDS))
    assert bounds < STOP_WITHIN


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_first_and_ends_with_zero(number: signal.Signals) -> None:
    notes: list[str] = []
    readiness = Readiness()

    class Server(Noting):
        async def stop(self) -> None:
            notes.append("draining" if readiness.is_draining else "ready")

    part = Server(notes, "http", Stage.SERVER)
    began = time.monotonic()
    with signalled(number, 0.05):
        status = await serve(
            "intake", [part], readiness=readiness, lame_duck=timedelta(milliseconds=200)
        )
    assert status == 0
    assert notes[-1] == "draining"
    assert time.monotonic() - began > 0.2


async def test_a_signal_while_it_starts_gives_the_start_up() -> None:
    notes: list[str] = []
    parts = [Noting(notes, "bus", Stage.CLIENTS), Unstarted(notes, "http", Stage.SERVER)]
    async with asyncio.timeout(2):
        with signalled(signal.SIGTERM, 0.05):
            status = await serve(
                "intake", parts, readiness=Readiness(), lame_duck=timedelta(seconds=60)
            )
    assert status == 0
    assert notes[-2:] == ["bus stops", "bus stopped"]


async def test_a_part_that_ends_stops_the_others_in_order_and_ends_with_one() -> None:
    notes: list[str] = []

    async def crash() -> None:
        raise ZeroDivisionError

    class Crashing(Noting):
        async def start(self) -> None:
            self.task = asyncio.create_task(crash())

    parts: list[Part] = [Noting(notes, "bus", Stage.CLIENTS), Crashing(notes, "job", Stage.WORK)]
    status = await serve("intake", parts, readiness=Readiness(), lame_duck=timedelta())
    assert status == 1
    assert notes[-4:] == ["job stops", "job stopped", "bus stops", "bus stopped"]


async def test_a_start_that_fails_ends_with_one(caplog: pytest.LogCaptureFixture) -> None:
    parts = [Unstartable([], "http", Stage.SERVER)]
    assert await serve("intake", parts, readiness=Readiness(), lame_duck=timedelta()) == 1
    assert "service.not_started" in caplog.messages


async def test_every_client_is_closed_whatever_the_others_do() -> None:
    closed: list[str] = []

    async def bad() -> None:
        raise RuntimeError("no")

    async def good() -> None:
        closed.append("good")

    with pytest.raises(RuntimeError):
        await Closing("clients", bad, good).stop()
    assert closed == ["good"]


PROGRAM = """
import asyncio, sys, time
from datetime import timedelta
from services.common.run import service
from services.common.process.parts import Stage
from services.common.run.command_line import main
from services.common.run.settings import ServiceSettings

kind = sys.argv.pop()

class Part:
    name, stage = "part", Stage.WORK
    async def start(self):
        if kind == "thread":
            asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)
        if kind == "unstartable":
            raise OSError("port taken")
        print("started", flush=True)
    async def stop(self):
        if kind == "hanging":
            print("stopping", flush=True)
            await asyncio.sleep(60)
        if kind == "blocked":
            print("stopping", flush=True)
            time.sleep(60)
        print("stopped")
    def vital_tasks(self):
        return []

async def build(settings, readiness):
    return [Part()]

service.STOP_WITHIN = timedelta(seconds=1 if kind == "blocked" else 15)
main("intake", "", ServiceSettings, build)
"""


class Child:
    """The program as a process; `line` is its next word, `end` its status and all it wrote."""

    def __init__(self, kind: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, kind],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LAME_DUCK_SECONDS": "0"},
        )

    def line(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline().strip()

    def send(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        try:
            out, err = self._child.communicate(timeout=20)
        finally:
            self._child.kill()
        return self._child.returncode, out, err


@pytest.mark.parametrize("kind", ["plain", "thread", "hanging"])
def test_a_process_that_is_told_to_stop_ends_with_zero_and_loses_no_line(kind: str) -> None:
    child = Child(kind)
    assert child.line() == "started"
    began = time.monotonic()
    child.send(signal.SIGTERM)
    status, out, err = child.end()
    assert status == 0
    assert time.monotonic() - began < STAGE_WITHIN[Stage.WORK].total_seconds() + 2
    assert out.endswith("stopping\n" if kind == "hanging" else "stopped\n")
    assert '"event": "service.stopped"' in err.splitlines()[-1]


def test_a_second_signal_ends_the_process_at_once() -> None:
    child = Child("hanging")
    assert child.line() == "started"
    child.send(signal.SIGTERM)
    assert child.line() == "stopping"
    began = time.monotonic()
    child.send(signal.SIGTERM)
    status, _, _ = child.end()
    assert status == -signal.SIGTERM
    assert time.monotonic() - began < 1


def test_a_loop_that_is_blocked_ends_with_zero_and_says_where() -> None:
    child = Child("blocked")
    assert child.line() == "started"
    child.send(signal.SIGTERM)
    assert child.line() == "stopping"
    began = time.monotonic()
    status, _, err = child.end()
    assert status == 0
    assert time.monotonic() - began < 2
    assert "in stop" in err


def test_a_second_signal_ends_even_a_blocked_loop() -> None:
    child = Child("blocked")
    assert child.line() == "started"
    child.send(signal.SIGINT)
    assert child.line() == "stopping"
    child.send(signal.SIGTERM)
    status, _, _ = child.end()
    assert status == -signal.SIGTERM


def test_a_process_that_cannot_start_ends_with_one() -> None:
    status, _, err = Child("unstartable").end()
    assert status == 1
    assert "port taken" in err
