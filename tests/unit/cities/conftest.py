"""The three built-in cities, loaded once."""

from __future__ import annotations

import pytest

from services.cities import City, load


@pytest.fixture(scope="session")
def seoul() -> City:
    return load("seoul")


@pytest.fixture(scope="session")
def boston() -> City:
    return load("boston")


@pytest.fixture(scope="session")
def saebom() -> City:
    return load("saebom")
