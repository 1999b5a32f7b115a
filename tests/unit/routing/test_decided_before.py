"""The rules of competence decide as the code did that they replaced.

`data/decided.json` has a digest for each service of what that code decided (`replayed.cases`). The
offices are those that the bars on permits let take the matter, with the desks. A digest changes
with the pack: after a change that is meant, write down the ones that the failed test shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services import cities
from services.routing.domain.assignment.model import Routed
from services.routing.domain.policy import Statement, route
from tests.unit.routing.replayed import Case, cases, digests
from tests.unit.routing.town import MATTER

DECIDED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "data" / "decided.json").read_text(encoding="utf-8")
)


def decided(city: cities.City) -> Iterator[tuple[Case, str]]:
    for case in cases(city):
        matter = replace(
            MATTER,
            service_code=case.service,
            channel=case.channel,
            received_at=case.received_at,
        )
        statement = Statement(text="", place=case.place)
        _, decision = route(city, city.rules, statement, matter, today=case.today)
        if isinstance(decision, Routed):
            yield case, f"{decision.rule}|{','.join(decision.offices)}"
        else:
            yield case, f"?{decision.reason}"


@pytest.mark.parametrize("pack", cities.built_in())
def test_every_case_is_decided_as_before(pack: str) -> None:
    found = digests(decided(cities.load(pack)))
    assert {code: digest for code, digest in found.items() if DECIDED[pack][code] != digest} == {}
    assert found.keys() == DECIDED[pack].keys()
