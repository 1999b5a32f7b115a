"""Whether a service may be sent requests, and what it lacks; its HTTP and gRPC servers ask the same
object.

Ready means that requests may come. Alive means only that the process answers; it must never depend
on others, because a restart does not bring back a database that is away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from services.common.kernel import DomainError
from services.common.process.parts import Check

log = logging.getLogger(__name__)

# How long a check may take: a dependency that answers later is of no use to a request either.
# Longer keeps probes waiting, shorter makes a busy machine look broken.
CHECK_SECONDS = 2.0
# Probes and health streams within this time share one round of checks.
FRESH_SECONDS = 0.5

OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`parts` tells of each part by name: "ok", or a slug that says what is missing."""

    ready: bool
    parts: Mapping[str, str]


_STARTING = State(ready=False, parts={"service": "starting"})
_DRAINING = State(ready=False, parts={"service": "draining"})


@dataclass(slots=True, kw_only=True)
class _Watched:
    """One part, and the round of its check that has not ended yet."""

    check: Check
    needed: bool
    tolerating: Collection[str]
    asked_at: float = 0.0
    asking: asyncio.Task[str] | None = field(default=None)


class Readiness:
    """Not ready before `started()`, nor after `drain()`, nor while a needed part is missing."""

    def __init__(
        self, *, check_seconds: float = CHECK_SECONDS, fresh_seconds: float = FRESH_SECONDS
    ) -> None:
        self._check_seconds = check_seconds
        self._fresh_seconds = fresh_seconds
        self._watched: dict[str, _Watched] = {}
        self._has_started = False
        self._draining = asyncio.Event()
        self._round: asyncio.Task[State] | None = None
        self._seen: State | None = None
        self._seen_at = 0.0

    @property
    def has_started(self) -> bool:
        """Whether every part of the service was started."""
        return self._has_started

    @property
    def is_draining(self) -> bool:
        """Whether the service has begun to stop."""
        return self._draining.is_set()

    def needs(self, name: str, check: Check, *, tolerating: Collection[str] = ()) -> None:
        """Without this part the service is not ready.

        `check` raises when the part is missing: a DomainError is told by its slug, anything else by
        its type. A slug in `tolerating` is shown, but does not make the service unready.
        """
        self._watch(name, _Watched(check=check, needed=True, tolerating=tolerating))

    def wants(self, name: str, check: Check) -> None:
        """Shows this part in the answer; the service is ready without it."""
        self._watch(name, _Watched(check=check, needed=False, tolerating=()))

    def _watch(self, name: str, watched: _Watched) -> None:
        if name in self._watched:
            raise ValueError(f"two parts are called {name}")
        self._watched[name] = watched

    def started(self) -> None:
        """Every part was started."""
        self._has_started = True

    def drain(self) -> None:
        """Not ready from now on and for good: a balancer is to send its requests to others."""
        self._draining.set()

    async def drained_within(self, seconds: float) -> bool:
        """Waits for the drain to begin, at most `seconds`; returns whether it has."""
        try:
            async with asyncio.timeout(seconds):
                await self._draining.wait()
        except TimeoutError:
            return False
        return True

    async def state(self) -> State:
        """What is missing; seldom older than half a second. Takes at most two seconds."""
        if self.is_draining:
            return _DRAINING
        if not self._has_started:
            return _STARTING
        if self._seen is not None and time.monotonic() - self._seen_at < self._fresh_seconds:
            return self._seen
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._look())
        # Several callers may wait for the same round; one that is cancelled must not end it for the
        # others.
        state = await asyncio.shield(self._round)
        return _DRAINING if self.is_draining else state

    async def _look(self) -> State:
        names = list(self._watched)
        told = await asyncio.gather(*(self._ask(self._watched[name]) for name in names))
        parts = dict(zip(names, told, strict=True))
        ready = all(
            said == OK or not watched.needed or said in watched.tolerating
            for watched, said in ((self._watched[name], parts[name]) for name in names)
        )
        # What lacks something from the first look on would otherwise never say what.
        before = self._seen.parts if self._seen is not None else dict.fromkeys(parts, OK)
        if parts != before:
            log.info("readiness.changed", extra={"ready": ready, "parts": parts})
        self._seen, self._seen_at = State(ready=ready, parts=parts), time.monotonic()
        return self._seen

    async def _ask(self, watched: _Watched) -> str:
        """Asks a check. One that hangs is not started a second time: its threads would add up."""
        if watched.asking is None or watched.asking.done():
            watched.asked_at = time.monotonic()
            watched.asking = asyncio.create_task(_said(watched.check))
        left = watched.asked_at + self._check_seconds - time.monotonic()
        done, _ = await asyncio.wait([watched.asking], timeout=max(0.0, left))
        return watched.asking.result() if done else "timeout"


async def _said(check: Check) -> str:
    try:
        await check()
    except DomainError as error:
        return error.slug
    except Exception as error:
        # Only the type is shown: the message may hold an address, and the type is enough to look
        # further.
        log.warning("readiness.check_failed", extra={"error": type(error).__name__})
        return type(error).__name__
    return OK
