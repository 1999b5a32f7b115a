"""Two versions of the contracts and of every service at once: upgraded and rolled back under load.

The next version tells events and values that this version has never heard of. This version must
not lose them, and must neither stand still nor put its other events among the dead letters because
of them. These tests come last in their folder: they leave the city with the next version.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import pytest

from services.common.events import contracts
from simulation.actors.intake_client import IntakeClient
from simulation.judge import evidence
from tests.support import versions
from tests.support.city import SAMPLES, City

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]

KIOSK_INQUIRIES = 6


@pytest.mark.skipif(not os.environ.get("MORNING"), reason="takes minutes; MORNING=1 runs it")
async def test_upgraded_rolled_back_and_upgraded_again_under_load_nothing_is_lost(
    city: City, tmp_path: Path
) -> None:
    """Half of the replicas of every service at a time are upgraded, then rolled back, in the end
    all upgraded at once, while inquiries flow. Meanwhile others come that only the next version
    understands.

    A service that took what it does not know for broken would bury it, and one that waited for it
    would stand still; both would leave inquiries without an answer.
    """
    this, following = versions.ROOT, await asyncio.to_thread(versions.build_next, tmp_path)
    done = asyncio.Event()
    flow = asyncio.create_task(city.flow(2_000, 5, within=120, until=done))
    await city.acknowledged(10, within=60)
    steps = ((following, [1]), (following, [0]), (this, [1]), (this, [0]), (following, [0, 1]))
    for root, replicas in steps:
        await change(city, replicas, root)
        await ask_at_a_kiosk(city)
        await city.acknowledged(8, within=60)
    done.set()
    await flow
    await city.rest(90)
    reasons = await asyncio.to_thread(reasons_of_letters, city)
    assert reasons["newer"] > 0, "nothing was parked: the versions do not differ"
    assert set(reasons) <= {"newer", "returned"}
    assert await city.faults() == []


async def change(city: City, replicas: Iterable[int], root: Path) -> None:
    """Restarts these replicas (0 the first, 1 the second) of every service with the version in
    `root`."""
    names = [
        city.stack.replicas_of(service)[number]
        for service in city.stack.services
        for number in replicas
    ]
    await city.stop(names)
    for name in names:
        versions.use(city.stack[name], root)
    await city.start(*names)


async def ask_at_a_kiosk(city: City) -> None:
    """Some inquiries in a way that only the next version knows, where it runs."""
    for name in city.parts("intake"):
        if city.stack[name].command.folder == versions.ROOT:
            continue
        door = IntakeClient([city.stack.http_url(name)])
        for number in range(KIOSK_INQUIRIES):
            kind, body = SAMPLES[number % 4]
            body = {**city.complete(body), "channel": versions.KIOSK}
            city.promised(await door.post(str(uuid4()), body), kind, body)
        return


def reasons_of_letters(city: City) -> Counter[str]:
    """How many dead letters there are of each reason, over all services."""
    letters = evidence.records(
        city.stack.broker.bootstrap, map(contracts.dlq_topic, contracts.services())
    )
    return Counter(dict(letter.headers)["dlq_reason"].decode() for letter in letters)
