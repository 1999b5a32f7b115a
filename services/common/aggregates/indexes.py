"""The indexes of a service's collections, made in the background while it starts.

A service must start while its database is away, so it does not wait for the indexes; this part goes
on trying.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from services.common.aggregates import mongo
from services.common.kernel import DomainError, Kind
from services.common.process.background import cut_off
from services.common.process.backoff import Growing
from services.common.process.parts import Stage

log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0


class Indexes:
    """Makes the declared indexes of `documents` as soon as the database answers.

    Without them a service reads and writes slowly, and nothing keeps a unique number from being
    used twice. So its readiness must check `made`.
    """

    name = "indexes"
    stage = Stage.PUBLISHER

    def __init__(self, *documents: type[Any]) -> None:
        self._documents = documents
        self._task: asyncio.Task[None] | None = None
        self._are_made = False

    async def made(self) -> None:
        """Raises DomainError `indexes_missing` (UNAVAILABLE) until all indexes exist."""
        if not self._are_made:
            raise DomainError("indexes_missing", Kind.UNAVAILABLE, "they are being made")

    async def start(self) -> None:
        """Starts trying."""
        self._task = asyncio.create_task(self._make())

    async def stop(self) -> None:
        """Stops trying; the next start tries again."""
        await cut_off(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[None]]:
        """None: an index that cannot be made is logged, and does not end the service."""
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
                # For example, an index contradicts one of another version, which a person must
                # mend. Only the type is logged: the database's message may quote a document.
                log.error("indexes.not_made", extra={"error": type(error).__name__})
            if not self._are_made:
                await asyncio.sleep(pauses.next_seconds())
