"""Runs a service: its parts in order, until a signal or the end of one of them.

A stop goes the other way round: the servers close first, then the reading of the bus, then the
publisher hands over what waits, and telemetry last, with a cap on its time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import faust
import uvloop
from faust.contrib.asgi import faust_app_running

from services.common import dead, settings, telemetry
from services.common.kafka import KafkaBus
from services.common.pace import GATHER
from services.common.settings import ServiceSettings
from services.common.wire import Wire

log = logging.getLogger(__name__)

T = TypeVar("T", bound=ServiceSettings)


class Part(Protocol):
    """Something a service starts and stops."""

    name: str

    async def start(self) -> None:
        """Returns when it works."""
        ...

    async def stop(self) -> None:
        """Returns when it has let go of everything."""
        ...

    def failed(self) -> Iterable[asyncio.Task[Any]]:
        """The tasks whose end is the end of the service."""
        ...


class FaustPart:
    """A Faust app inside our own loop."""

    name = "faust"

    def __init__(self, app: faust.App) -> None:
        self._app = app
        self._stack = contextlib.AsyncExitStack()
        self._ended: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """Returns when the app has its partitions or soon will."""
        await self._stack.enter_async_context(faust_app_running(self._app))
        self._ended = asyncio.create_task(self._app.wait_until_stopped())

    async def stop(self) -> None:
        """Commits what is acked and leaves the group."""
        if self._ended is not None:
            self._ended.cancel()
        await self._stack.aclose()

    def failed(self) -> Iterable[asyncio.Task[Any]]:
        """Ends when Faust crashes: it stops reading, so the process must not go on."""
        return [self._ended] if self._ended else []


class _App(faust.App):
    def _create_directories(self) -> None:
        """None: tables lie in memory and in their changelog topic, so nothing is written to disk
        and the working directory may be read-only."""


def faust_app(
    service: str,
    bootstrap: str,
    wire: Wire,
    *,
    group: str | None = None,
    gather: timedelta = GATHER,
) -> faust.App:
    """The Faust app of a service, set as it was measured to neither lose nor stall.

    `gather` is how long a busy service lets records gather before it reads on; what its `wire`
    doesn't know it needn't see.
    """
    app = _App(
        group or f"dasan-{service}",
        broker=[f"kafka://{address}" for address in bootstrap.split(",")],
        store="memory://",
        value_serializer="raw",
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=3.0,
        broker_commit_interval=2.0,
        # Gulps, each of up to 50 records: what a backlog may hold in memory.
        stream_buffer_maxsize=256,
        stream_wait_empty=False,
        producer_acks=-1,
        producer_linger=0.1,
        producer_max_batch_size=131_072,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
    )
    return app


class Job:
    """A coroutine that repeats something until the service stops."""

    def __init__(self, name: str, every: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._every = every.total_seconds()
        self._work = work
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Starts repeating."""
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self._work()
            await asyncio.sleep(self._every)

    async def stop(self) -> None:
        """Gives up the round in hand."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return [self._task] if self._task else []


@contextlib.asynccontextmanager
async def running(parts: Sequence[Part]) -> AsyncIterator[None]:
    """Starts the parts in order; on the way out stops those that started, last first."""
    started: list[Part] = []
    try:
        for part in parts:
            await part.start()
            started.append(part)
        yield
    finally:
        for part in reversed(started):
            try:
                await part.stop()
            except Exception:
                # The others must still be stopped, or what they hold is lost to the next owner.
                log.exception("service.part_did_not_stop", extra={"part": part.name})


async def serve(service: str, parts: Sequence[Part]) -> int:
    """Runs until SIGTERM or SIGINT (status 0) or until a part ends by itself (status 1)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(parts):
        _leave_out_of_collections()
        log.info("service.started", extra={"service": service})
        waiting: set[asyncio.Task[Any]] = {asyncio.create_task(stop.wait())}
        waiting.update(task for part in parts for task in part.failed())
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        log.info("service.stopped", extra={"service": service})
        return 0
    for task in done:
        error = None if task.cancelled() else task.exception()
        log.error("service.part_ended", extra={"service": service}, exc_info=error)
    return 1


def _leave_out_of_collections() -> None:
    """What a started service holds (the city's data, the libraries) stays: a full collection that
    walks it all stops everything for a tenth of a second, several times a minute under load. And
    hardly anything of ours is a cycle, so that looking for them seldom costs some megabytes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def main(
    service: str,
    description: str,
    settings_type: type[T],
    build: Callable[[T], Awaitable[Sequence[Part]]],
) -> None:
    """The command line of a service: `serve` (default) and `replay`."""
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{service}",
        description=description,
        epilog="settings (environment variables):\n" + settings.describe(settings_type),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the service (default)")
    replay = commands.add_parser("replay", help="return dead letters to their topics")
    dead.add_arguments(replay)
    arguments = parser.parse_args()
    read = settings.read(settings_type)
    if arguments.command == "replay":
        sys.exit(_replay(service, read, arguments))
    telemetry.configure_logs(service, read.log_level)
    telemetry.configure_traces(service, export=bool(read.otel_exporter_otlp_endpoint))
    sys.exit(uvloop.run(_serve(service, read, build)))


async def _serve(service: str, read: T, build: Callable[[T], Awaitable[Sequence[Part]]]) -> int:
    try:
        return await serve(service, await build(read))
    finally:
        telemetry.shutdown_traces()


def _replay(service: str, read: ServiceSettings, arguments: argparse.Namespace) -> int:
    bus = KafkaBus(read.kafka_bootstrap, f"dasan-{service}-replay")
    try:
        done = dead.replay(
            service=service,
            bootstrap=read.kafka_bootstrap,
            bus=bus,
            choice=dead.Choice.of(arguments),
            tell=lambda line: print(line),  # noqa: T201
        )
    finally:
        bus.close()
    print(f"{done.returned} returned, {done.kept} kept")  # noqa: T201
    return 0
