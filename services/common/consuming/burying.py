"""Brings the dead to the dead-letter topic; nothing is settled before the broker has its letter."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from services.common.bus import dead_letters
from services.common.bus.outcomes import Dead, Patience
from services.common.consuming.deciding import Taken
from services.common.process import metrics
from services.common.publishing.outbox import Bus, Sent

log = logging.getLogger(__name__)

_NOT_TAKEN = "letter_not_taken"


class Burying:
    """Sends the letters of one service. A letter that the broker does not take now waits, as an
    event does; one that the broker refuses is sent again without its value."""

    def __init__(self, *, service: str, bus: Bus, patience: Patience) -> None:
        self._service = service
        self._bus = bus
        self._patience = patience

    async def bury(self, due: Sequence[Taken]) -> None:
        """Tries each of these once; all of them are dead."""
        if not due:
            return
        letters = []
        for taken in due:
            assert taken.dead is not None
            if taken.letter is None:
                taken.letter = dead_letters.letter(
                    self._service, taken.record, taken.dead.reason, taken.dead.detail
                )
            letters.append(taken.letter)
        answers: Sequence[Sent]
        try:
            answers = await asyncio.to_thread(self._bus.send, letters)
        except Exception as error:
            log.error("consume.not_buried", extra={"error": type(error).__name__})
            answers = [Sent.NOT_NOW] * len(letters)
        for taken, answer in zip(due, answers, strict=True):
            self._buried(taken, answer)

    def _buried(self, taken: Taken, answer: Sent) -> None:
        assert taken.dead is not None
        assert taken.letter is not None
        if answer is Sent.TAKEN:
            taken.settled = True
            taken.slug = ""
            _tell(taken, taken.dead)
            return
        if answer is Sent.REFUSED:
            taken.letter = dead_letters.without_value(taken.letter)
        now = time.monotonic()
        if taken.slug != _NOT_TAKEN:
            taken.slug, taken.waiting_since = _NOT_TAKEN, now
        waited = now - (taken.waiting_since or now)
        taken.due = now + self._patience.pause_seconds(waited)


def _tell(taken: Taken, letter: Dead) -> None:
    """Logs and counts the dead. An event of a newer version raises no alarm: it comes back by
    itself when the rollout goes on."""
    where = {
        "reason": letter.reason,
        "detail": letter.detail,
        "topic": taken.record.topic,
        "partition": taken.record.partition,
        "offset": taken.offset,
    }
    if letter.reason == "newer":
        metrics.PARKED.inc()
        log.info("consume.parked", extra=where)
    else:
        metrics.DEAD.labels(letter.reason).inc()
        log.error("consume.dead", extra=where)
