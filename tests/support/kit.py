"""A kit in memory: what a component test hands to a service's `assemble` in place of the clients.

No part of the kit runs by itself. A test starts the parts that it needs, and takes the steps of the
others by hand; `known` takes the step that lets a service save.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from services.common.aggregates.persistence import Persistence
from services.common.aggregates.update import Cause
from services.common.consuming.consume import Incoming
from services.common.edge.access import Callers
from services.common.edge.readiness import Readiness
from services.common.process import clock
from services.common.publishing.outbox import Bus
from services.common.publishing.runs import Runs
from services.common.run.assembly import Assembled, Kit
from services.common.run.settings import ServiceSettings
from tests.support.callers import CALLERS
from tests.support.memory import MemoryBus, MemoryRuns

T = TypeVar("T", bound=ServiceSettings)
P = TypeVar("P")


def kit_in_memory(
    service: str,
    settings: T,
    *,
    clock: Callable[[], datetime],
    bus: Bus | None = None,
    runs: Runs | None = None,
    callers: Callers = CALLERS,
    monotonic: Callable[[], float] = lambda: 0.0,
) -> Kit[T]:
    """A kit of one replica; replicas that share a store share `runs`, too."""
    return Kit(
        service=service,
        settings=settings,
        readiness=Readiness(),
        callers=callers,
        brokers=settings.brokers(),
        bus=bus or MemoryBus(),
        runs=runs or MemoryRuns(),
        clock=clock,
        monotonic=monotonic,
        chance=lambda: 0.5,
    )


def part(assembled: Assembled, kind: type[P], name: str = "") -> P:
    """The one part of that kind, of that name where there are several."""
    [found] = [
        part for part in assembled.parts if isinstance(part, kind) and name in ("", part.name)
    ]
    return found


async def known(assembled: Assembled) -> None:
    """Says that the replica lives: it may save for as long as a lease, by the kit's `monotonic`."""
    await part(assembled, Persistence).presence.beat()


def incoming(event: Any, cause: str = "", *, traceparent: str = "") -> Incoming:
    """An event as the bus brings it, under an id of its own unless `cause` names one."""
    return Incoming(
        event=event,
        cause=Cause(
            id=cause or clock.new_id(),
            correlation_id=event.inquiry_id,
            traceparent=traceparent,
        ),
        topic="any",
    )


def batch(*events: Any) -> Sequence[Incoming]:
    """Each event as its own record, told once."""
    return [incoming(event) for event in events]
