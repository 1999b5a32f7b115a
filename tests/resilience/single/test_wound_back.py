"""All databases are lost and set back to a copy that was made under load; with MORNING=1 each alone
before.

The service, or the city, has forgotten what it acknowledged since. It must name every bit of that
before it goes on, read again what others told, give no number or id to anything else, and come to
where it would have been. A broken promise shows as a fact that is doubled or lost and was not
named, a receipt number that two citizens have, or a group that never reads what came in between.

These tests come last in their folder: the bus then tells some facts twice, which the judge of the
other tests would not forgive.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.common.events import contracts
from simulation.rehearsal.drill import Drill
from tests.support.city import SAMPLES, City

pytestmark = [
    pytest.mark.resilience,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]


async def test_a_city_that_was_set_back_converges(city: City, tmp_path: Path) -> None:
    """Between the copy and the loss more inquiries come than a block of receipt numbers has."""
    await city.rest()
    bodies = [(kind, city.complete(body)) for kind, body in SAMPLES]
    drill = Drill(stack=city.stack, outside=city.outside, bodies=bodies)
    await drill.flow(10, 20)
    await drill.back_up(tmp_path / "copy")
    await drill.flow(110, 40)
    await city.rest()
    for service in contracts.services() if os.environ.get("MORNING") else ():
        restored = await drill.set_back(tmp_path / "copy", [service])
        assert restored.forgotten[service] > 0
        assert (restored.asked_again > 0) == (service == "intake")
    restored = await drill.set_back(tmp_path / "copy", contracts.services())
    assert all(restored.forgotten.values())
    # Every inquiry after the copy, by the people who had asked: under its id, and renumbered.
    assert restored.asked_again == restored.verdict.renumbered >= 110
    await drill.flow(10, 20)
    await drill.converged(60)
    assert city.ended == []
