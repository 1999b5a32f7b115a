"""Threads for calls that block. They are daemons: a process may end while a call hangs in one.

Python waits at its end for every thread of its own executors; a send to a broker that is away would
hold up that end for a minute.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

R = TypeVar("R")

# A thread that had nothing to do for this long ends; the next call starts another.
IDLE_SECONDS = 10.0


class Threads:
    """A pool of at most `count` threads, started when first needed."""

    def __init__(self, name: str, count: int = 1) -> None:
        self._name = name
        self._count = count
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._busy = 0

    async def run(self, call: Callable[..., R], *args: Any) -> R:
        """The result of the call, made in one of the threads. A cancelled caller does not end a
        call that has begun."""
        future: Future[R] = Future()
        with self._lock:
            self._busy += 1
            self._calls.put((future, lambda: call(*args)))
            if self._threads < min(self._count, self._busy):
                self._threads += 1
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        while True:
            try:
                future, call = self._calls.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._calls.empty():
                        self._threads -= 1
                        return
                continue
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:
                    future.set_exception(error)
            with self._lock:
                self._busy -= 1
            del future, call
