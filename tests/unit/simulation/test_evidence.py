"""What the judge takes the services to hear: it knows them by their contracts alone."""

from __future__ import annotations

from importlib import import_module

import pytest

from simulation.judge.evidence import HEARD


@pytest.mark.parametrize("service", sorted(HEARD))
def test_the_judge_knows_what_each_service_hears(service: str) -> None:
    wire = import_module(f"services.{service}.adapters.wire")
    assert HEARD[service] == set(wire.HEARD)
