"""Runs a service: its parts in the order of their stages, until a signal or the end of one of them.

A stop goes through the stages in reverse, each within a time of its own and all within STOP_WITHIN.
A part that hangs is left behind and named in the log: the stages after it (offsets, outbox) matter
more than its clean end. docs/adr/0011 says why this order.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from datetime import timedelta
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import uvloop

from services.common.edge.readiness import Readiness
from services.common.process import garbage, telemetry
from services.common.process.parts import Part, Stage
from services.common.run.settings import ServiceSettings

if TYPE_CHECKING:
    from services.common.process.metric_export import MetricPush

log = logging.getLogger(__name__)

T = TypeVar("T", bound=ServiceSettings)
Build = Callable[[T, Readiness], Awaitable[Sequence[Part]]]

# From the end of the lame-duck time to the exit. Longer: an orchestrator kills the process first
# (Kubernetes after 30 s, the lame-duck time included). Shorter: a busy machine leaves work to the
# next start that it could have finished.
STOP_WITHIN = timedelta(seconds=15)
# The bound of each stage; with telemetry's two seconds they add up to about STOP_WITHIN. In
# ordinary operation no stage comes near its bound.
STAGE_WITHIN: Mapping[Stage, timedelta] = {
    Stage.SERVER: timedelta(seconds=2.6),
    Stage.CONSUMER: timedelta(seconds=4.2),
    Stage.WORK: timedelta(seconds=2),
    Stage.COMMIT: timedelta(seconds=1),
    Stage.PUBLISHER: timedelta(seconds=2.5),
    Stage.CLIENTS: timedelta(seconds=0.3),
    Stage.MANAGEMENT: timedelta(seconds=0.35),
}
# How long a cancelled part has to end.
_CANCELLED_WITHIN_SECONDS = 0.1
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextlib.asynccontextmanager
async def running(
    parts: Sequence[Part], *, bounds: Mapping[Stage, timedelta] = STAGE_WITHIN
) -> AsyncIterator[None]:
    """Starts the parts and on the way out stops those that started, each stage within its bound.

    Raises what a start raised, once the others are stopped.
    """
    started: list[Part] = []
    try:
        await _start_all(parts, started)
        yield
    finally:
        await _stop_all(started, bounds)


async def _start_all(parts: Sequence[Part], started: list[Part]) -> None:
    """An earlier stage before a later one, the parts of one stage at the same time."""

    async def start(part: Part) -> None:
        await part.start()
        started.append(part)

    for stage in sorted({part.stage for part in parts}):
        # A task group: when one start fails or is cancelled, the others of the stage end too, so
        # none goes on while the service stops.
        try:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    if part.stage is stage:
                        group.create_task(start(part), name=part.name)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None


async def _stop_all(started: Sequence[Part], bounds: Mapping[Stage, timedelta]) -> None:
    """Stops the last stage first. Never raises and never takes longer than the bounds: a part that
    hangs must not keep the others from handing over what they hold."""
    for stage in sorted({part.stage for part in started}, reverse=True):
        await _stop_stage([part for part in started if part.stage is stage], bounds[stage])


async def _stop_stage(parts: Sequence[Part], within: timedelta) -> None:
    tasks = {asyncio.create_task(part.stop(), name=part.name): part for part in parts}
    done, late = await asyncio.wait(tasks, timeout=within.total_seconds())
    if late:
        for task in late:
            task.cancel()
            log.error(
                "service.part_cut_off",
                extra={"part": tasks[task].name, "after_seconds": within.total_seconds()},
            )
        noticed, _ = await asyncio.wait(late, timeout=_CANCELLED_WITHIN_SECONDS)
        done |= noticed
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            part = tasks[task].name
            log.error("service.part_did_not_stop", extra={"part": part}, exc_info=error)


async def serve(
    service: str,
    parts: Sequence[Part],
    *,
    readiness: Readiness,
    lame_duck: timedelta,
    bounds: Mapping[Stage, timedelta] = STAGE_WITHIN,
) -> int:
    """Runs until SIGTERM or SIGINT (status 0), or until a part ends or cannot start (status 1).

    Before anything stops, the service says for `lame_duck` that it is not ready and still answers
    everything, so that a balancer sends its requests elsewhere. A second signal kills the process
    at once.
    """
    asked = asyncio.Event()
    started: list[Part] = []
    with _listening(asked, within=lame_duck + STOP_WITHIN):
        stopping = asyncio.create_task(asked.wait())
        try:
            await _live(service, parts, started, stopping, readiness)
            readiness.drain()
            if readiness.has_started:
                log.info("service.draining", extra={"seconds": lame_duck.total_seconds()})
                await asyncio.sleep(lame_duck.total_seconds())
        except Exception as error:
            _tell_false_start("service.not_started", service, error)
        finally:
            stopping.cancel()
            await _stop_all(started, bounds)
    log.info("service.stopped", extra={"service": service})
    return 0 if asked.is_set() else 1


async def _live(
    service: str,
    parts: Sequence[Part],
    started: list[Part],
    stopping: asyncio.Task[Any],
    readiness: Readiness,
) -> None:
    """Returns when the service is to stop, which may be while it still starts."""
    starting = asyncio.create_task(_start_all(parts, started))
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return
    starting.result()
    garbage.leave_out_what_is_there()
    readiness.started()
    log.info("service.started", extra={"service": service})
    whose = {task: part.name for part in parts for task in part.vital_tasks()}
    done, _ = await asyncio.wait({stopping, *whose}, return_when=asyncio.FIRST_COMPLETED)
    for task in done - {stopping}:
        error = None if task.cancelled() else task.exception()
        log.error("service.part_ended", extra={"part": whose[task]}, exc_info=error)


@contextlib.contextmanager
def _listening(asked: asyncio.Event, *, within: timedelta) -> Iterator[None]:
    """Sets `asked` at the first signal. From then on the second one has its own effect, and a
    thread ends the process when a blocked loop has not done so in time; both work without the
    loop."""
    loop = asyncio.get_running_loop()
    overdue = threading.Timer(within.total_seconds(), _overdue)
    overdue.daemon = True

    def heard(number: int, frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        overdue.start()
        loop.call_soon_threadsafe(asked.set)

    before = {number: signal.signal(number, heard) for number in _SIGNALS}
    try:
        yield
    finally:
        overdue.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


def _overdue() -> None:
    # Not through the log: the code that blocks the loop may hold the log's lock.
    faulthandler.dump_traceback()
    os._exit(0)


def run(service: str, read: T, build: Build[T]) -> NoReturn:
    """Serves in a loop of its own and leaves with the status of `serve`."""
    telemetry.configure_logs(service, read.log_level)
    telemetry.configure_traces(
        service,
        endpoint=read.otel_exporter_otlp_endpoint,
        insecure=read.otel_exporter_otlp_insecure,
    )
    push = _metric_push(service, read)
    note_what_nobody_catches()
    uvloop.run(_run(service, read, build, push))
    raise AssertionError("a service leaves by itself")


def _metric_push(service: str, read: ServiceSettings) -> MetricPush | None:
    """Hands the figures to the collector where the settings say so."""
    if read.otel_metrics_exporter == "none" or not read.otel_exporter_otlp_endpoint:
        return None
    push = telemetry.metric_push(
        service,
        endpoint=read.otel_exporter_otlp_endpoint,
        insecure=read.otel_exporter_otlp_insecure,
        every=timedelta(milliseconds=read.otel_metric_export_interval),
    )
    push.start()
    return push


async def _run(service: str, read: T, build: Build[T], push: MetricPush | None) -> NoReturn:
    readiness = Readiness()
    status = 1
    asyncio.get_running_loop().set_exception_handler(note_stray_error)
    try:
        status = await serve(
            service,
            await build(read, readiness),
            readiness=readiness,
            lame_duck=timedelta(seconds=read.lame_duck_seconds),
        )
    except Exception as error:
        _tell_false_start("service.not_built", service, error)
    _end_telemetry(push)
    _leave(status)


def _end_telemetry(push: MetricPush | None) -> None:
    """Hands over the last spans and figures at the same time, in at most SHUTDOWN_SECONDS."""
    until = time.monotonic() + telemetry.SHUTDOWN_SECONDS
    if push is not None:
        push.finish()
    telemetry.shutdown_traces()
    if push is not None:
        push.join(max(0.0, until - time.monotonic()))


def _tell_false_start(event: str, service: str, error: Exception) -> None:
    """Logs a failed start with the error's message, which can only be about settings and ports: no
    citizen's data has come in yet."""
    log.error(event, extra={"service": service, "says": str(error)}, exc_info=error)


def note_stray_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs what nobody awaited. The loop's own line would quote the error and the arguments."""
    log.error("service.stray_error", exc_info=context.get("exception"))


def note_what_nobody_catches() -> None:
    """From now on the interpreter logs the end of a thread or of the process, and an error that it
    can raise nowhere, by types and places; its own lines would quote the error."""

    def ended(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
        log.critical("service.process_failed", exc_info=error)

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:  # a thread that means to end
            name = args.thread.name if args.thread else ""
            log.error("service.thread_failed", extra={"part": name}, exc_info=args.exc_value)

    def not_raised(args: sys.UnraisableHookArgs) -> None:
        log.error("service.stray_error", exc_info=args.exc_value)

    sys.excepthook = ended
    threading.excepthook = thread_ended
    sys.unraisablehook = not_raised


def _leave(status: int) -> NoReturn:
    """Ends the process without waiting for its threads: one that hangs on a database or a broker
    would otherwise be waited for, by the loop and by the interpreter, without a limit."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
