"""Events that a newer version told: kept among the dead letters, and brought back by a version that
understands them.

During a rollout, and after a rollback, two versions are on the same topics. An older one puts away
what it does not know yet, with the reason `newer`, and goes on. A version that knows it returns the
letters to their topics, for this service alone, when it joins the group and whenever that changes:
the last of the older ones may leave after the last of the newer has started. An event that was
settled meanwhile is known by its id, so several replicas may return the same letters.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from services.common.bus import dead_letters
from services.common.bus.brokers import Brokers
from services.common.bus.dead_letters import Choice
from services.common.process import metrics, telemetry
from services.common.process.backoff import Growing
from services.common.publishing.outbox import Bus, Record

log = logging.getLogger(__name__)

NEWER = Choice(reasons=frozenset({"newer"}))
# The first pause before a broker that is away is asked again; later pauses are longer.
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0


async def bring_back(
    *, service: str, brokers: Brokers, bus: Bus, understands: Callable[[Record], bool]
) -> None:
    """Returns the parked events that this version understands, once; waits for the broker."""
    pause = Growing(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
    while True:
        try:
            done = await asyncio.to_thread(
                dead_letters.replay,
                service=service,
                brokers=brokers,
                bus=bus,
                choice=NEWER,
                understands=understands,
                tell=log.debug,
            )
        except Exception as error:
            log.warning("parked.not_brought_back", extra=telemetry.failure(error))
            await asyncio.sleep(pause.next_seconds())
        else:
            break
    metrics.UNPARKED.inc(done.returned)
    if done.returned:
        log.info("parked.brought_back", extra={"events": done.returned})
