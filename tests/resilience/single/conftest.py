"""One city with all its offices at work, for all tests that break parts of it.

Every test leaves the city healed and judged whole, so that the next begins with a clean one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.city import City


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Every office accepts and answers whatever it is given."""
    data = tmp_path_factory.mktemp("city")
    # Events that come too early are given up sooner than in production, because one test waits for
    # that.
    environment = {"GIVE_UP_SECONDS": "8"}
    async with City.running(data, tracing=False, environment=environment) as running:
        await running.open_offices()
        yield running
