"""One city for all tests of whole lives; each test asks something of its own in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from scripts.k8s import kafka
from tests.support.city import City


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """Its offices do only what the tests have them do. Its services log in to Kafka over TLS, and
    each may do what the rules of deploy/k8s let it: a rule too few would stop a life."""
    folder = tmp_path_factory.mktemp("city")
    async with City.running(folder, rules=kafka.rules_of) as running:
        yield running
