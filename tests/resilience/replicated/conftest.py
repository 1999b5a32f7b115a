"""One city with two replicas of every service and all its offices at work.

Every test leaves the city healed and judged whole, so that the next begins with a clean one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.city import City

# Not the default number of partitions, so that code which does not follow the setting fails here.
PARTITIONS = 8
# How long an intake says that it is not ready before its port closes: the balancer looks a few
# times in it.
LAME_DUCK_SECONDS = 3


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    environment = {"LAME_DUCK_SECONDS": str(LAME_DUCK_SECONDS)}
    data = tmp_path_factory.mktemp("replicas")
    async with City.running(
        data, tracing=False, partitions=PARTITIONS, environment=environment
    ) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="package")
async def city(town: City) -> City:
    """Two replicas of everything, and open offices."""
    await town.replicas(2)
    await town.open_offices()
    town.ended.clear()
    town.doors.failed.clear()
    return town
