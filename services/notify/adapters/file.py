"""The file channel: one JSON file a message, for a city on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from services.common.process import telemetry
from services.notify.application import metrics
from services.notify.application.ports import Contact, Message
from services.notify.domain.model import (
    Accepted,
    DeliveryChannel,
    FailureReason,
    Later,
    Party,
    Refused,
    Result,
)

log = logging.getLogger(__name__)


class FileChannel:
    """Writes `<delivery id>.json` whole or not at all; a repetition replaces it by the same."""

    kind = DeliveryChannel.FILE
    repeatable = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def reaches(self, contact: Contact) -> bool:
        """Everybody: a folder needs no address."""
        return True

    def address(self, contact: Contact) -> str:
        """Nobody outside: there is nothing to limit."""
        return ""

    async def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """Later for what the disk does not take; Refused for what makes no file."""
        return await asyncio.to_thread(self._write_all, messages)

    def _write_all(self, messages: Sequence[Message]) -> list[Result]:
        try:
            # Readable by its owner alone: a message holds an address and secret links.
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            log.warning("file.no_folder", extra={"error": type(error).__name__})
            return [Later()] * len(messages)
        return [self._write(message) for message in messages]

    def _write(self, message: Message) -> Result:
        content = {
            "delivery_id": message.delivery_id,
            "to": {"email": message.contact.email, "phone": message.contact.phone},
            "subject": message.subject,
            "body": message.body,
        }
        path = f"{self._folder}/{message.delivery_id}.json"
        partial = f"{path}.{os.getpid()}.tmp"
        try:
            text = json.dumps(content, ensure_ascii=False).encode()
        except ValueError as error:  # half a character, say
            metrics.ALARMS.labels(self.kind, Party.MESSAGE).inc()
            log.error(
                "file.not_built",
                extra={"delivery_id": message.delivery_id, **telemetry.failure(error)},
            )
            return Refused(FailureReason.REJECTED)
        try:
            # As bytes: a text file costs twice as much.
            with open(partial, "wb") as file:
                file.write(text)
            os.replace(partial, path)
        except OSError as error:
            log.warning("file.not_written", extra={"error": type(error).__name__})
            # Removes the half-written file: it holds a citizen's data, too.
            with contextlib.suppress(OSError):
                os.unlink(partial)
            return Later()
        return Accepted()
