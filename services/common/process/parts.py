"""What a running service consists of, and the one order in which its parts start and stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from enum import IntEnum
from typing import Any, Protocol

Check = Callable[[], Awaitable[None]]


class Stage(IntEnum):
    """When a part starts. Parts of a later stage use those of an earlier one, so a stop goes the
    other way round; `service` gives each stage its time."""

    MANAGEMENT = 0
    """The probes and the figures: answered from before the start until after the stop."""
    CLIENTS = 1
    """The bus and the channels to peers: everybody's, closed after all who use them."""
    PUBLISHER = 2
    """Beats, outboxes, what dead runs left: sends what everything above has stored."""
    COMMIT = 3
    """Commands that are settled together; drains before the publisher sends the rest."""
    WORK = 4
    """Tickers, jobs, views: what happens without being asked."""
    CONSUMER = 5
    """Reading of the bus: settles the batch in hand, commits, leaves the group."""
    SERVER = 6
    """HTTP and gRPC: stop accepting and finish first."""


class Part(Protocol):
    """Something a service starts and stops."""

    name: str
    stage: Stage

    async def start(self) -> None:
        """Returns when it works, or goes on trying by itself; never waits for a dependency that is
        away."""
        ...

    async def stop(self) -> None:
        """Returns when it has let go of everything. It may be cancelled when its time is over, and
        must not swallow that."""
        ...

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """The tasks whose end is the end of the service."""
        ...


class Closing:
    """Connections that open when they are first used. They are a part so that they are closed after
    everything that uses them."""

    stage = Stage.CLIENTS

    def __init__(self, name: str, *close: Callable[[], Awaitable[None]]) -> None:
        """`name` is for the log; every one of `close` is called, whatever the others raise."""
        self.name = name
        self._close = close

    async def start(self) -> None:
        """Does nothing: the connections open when they are first used."""

    async def stop(self) -> None:
        """Closes them all at the same time; raises the first error there was."""
        ends = await asyncio.gather(*(close() for close in self._close), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """None: connections have no task of their own."""
        return []
