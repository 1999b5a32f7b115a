"""One city for all tests of whole lives; each test asks something of its own in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.city import City


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Its offices do only what the tests have them do."""
    async with City.running(tmp_path_factory.mktemp("city")) as running:
        yield running
