"""The service for every test here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.component.districts.offices import Service, serving


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """Districts on a free port, empty."""
    async with serving() as started:
        yield started
