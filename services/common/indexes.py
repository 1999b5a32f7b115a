"""The indexes of a service's collections, made behind its back while it starts.

A service starts with its database away; so it cannot wait for them, and goes on trying.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from services.common import mongo
from services.common.growing import Growing
from services.common.jobs import cut_off
from services.common.kernel import DomainError, Kind
from services.common.parts import Stage

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


class Indexes:
    """Makes the declared indexes of `documents` as soon as the database answers.

    A service reads and writes without them, but slowly, and a number that must be unique is
    guarded by its index alone: `made` belongs into the readiness.
    """

    name = "indexes"
    stage = Stage.PUBLISHER

    def __init__(self, *documents: type[Any]) -> None:
        self._documents = documents
        self._task: asyncio.Task[None] | None = None
        self._are_made = False

    async def made(self) -> None:
        """Raises DomainError `indexes_missing` (UNAVAILABLE) until they are."""
        if not self._are_made:
            raise DomainError("indexes_missing", Kind.UNAVAILABLE, "they are being made")

    async def start(self) -> None:
        """Starts trying."""
        self._task = asyncio.create_task(self._make())

    async def stop(self) -> None:
        """Gives up; safe to repeat at the next start."""
        await cut_off(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[None]]:
        """None: what keeps an index from being made is told, and does not end the service."""
        return []

    async def _make(self) -> None:
        pauses = Growing(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)
        while not self._are_made:
            try:
                await mongo.in_thread(mongo.ensure_indexes, *self._documents)
                self._are_made = True
            except DomainError as error:
                log.warning("indexes.waiting", extra={"slug": error.slug})
            except Exception as error:
                # An index that contradicts one of another version, say: nobody but a person helps.
                # What the database says of it may hold a document's values.
                log.error("indexes.not_made", extra={"error": type(error).__name__})
            if not self._are_made:
                await asyncio.sleep(pauses.next_seconds())
