"""How fast routing decides, by rules alone and with the trained words; run by
`python -m scripts.cities.decisions` only.

A decision is `route` as the service calls it: the place found, the rules asked, the date counted
with its account, the words looked through for dangers. Each is timed by itself in processor time.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from scripts.cities.examples import HELD_BACK, Example, read
from services.cities import PACKS, Channel, City, Matter, Place, RuleSet, load
from services.routing.domain.assignment.model import NotRouted, Routed
from services.routing.domain.policy import Statement, route
from services.routing.domain.ruleset.replay import Past, Ruling, replay

TODAY = date(2026, 11, 23)
PLACES = 1000
DECISIONS = 20_000
"""Of services × places × channels, drawn by chance: all 655,000 would take minutes."""
REPLAYED = 10_000
REPLAYS = 3

WARM = """
import time
began = time.monotonic()
from datetime import UTC, date, datetime
import psutil
import services.routing.bootstrap
from services.cities import Channel, Matter, Place, load
from services.routing.domain.policy import Statement, route
city = load("seoul")
received = datetime(2026, 11, 23, 1, tzinfo=UTC)
said = Statement(text="집 앞 가로등이 며칠째 안 들어와요", place=Place(lat=37.5006, lon=127.0364))
for code in ("", *city.catalogue):
    matter = Matter(receipt_number="", channel=Channel.WEB, language="ko", received_at=received,
                    has_contact=True, service_code=code)
    route(city, city.rules, said, matter, today=date(2026, 11, 23))
wall = time.monotonic() - began
print(time.process_time(), wall, psutil.Process().memory_info().rss / 1e6)
"""
"""A process with all of routing imported, Seoul loaded, and every service decided once."""


@pytest.fixture(scope="module")
def seoul() -> City:
    return load("seoul")


@pytest.fixture(scope="module")
def held_back() -> Sequence[Example]:
    return [one for one in read(PACKS / "seoul" / "examples") if one.writer in HELD_BACK]


@pytest.fixture(scope="module")
def places(seoul: City) -> Sequence[Place]:
    return real_places(seoul)


def real_places(city: City) -> Sequence[Place]:
    """1,000 places as citizens give them: points in every community office's area, codes of legal
    dongs, and road addresses with the district's name."""
    chance = random.Random(4)
    geography = city.locator.geography
    districts = {district.code: district.names["ko"] for district in geography.districts}
    points = [Place(lat=lat, lon=lon) for _, lat, lon in city.inner_points()]
    codes = [Place(code=place.code) for place in geography.legal_places]
    roads = chance.sample(geography.roads, PLACES)
    addresses = [
        Place(
            address=f"서울특별시 {districts[road.legal_places[0][:5]]} {road.name} "
            f"{chance.randrange(1, 90)}"
        )
        for road in roads
    ]
    chosen = [*chance.sample(points, 400), *chance.sample(codes, 300), *addresses[:300]]
    chance.shuffle(chosen)
    return chosen


def matter(channel: Channel, service: str, received_at: datetime) -> Matter:
    return Matter(
        receipt_number="000000-00000-0",
        channel=channel,
        language="ko",
        received_at=received_at,
        has_contact=True,
        service_code=service,
    )


Asked = tuple[Statement, Matter]


def asked(
    city: City, places: Sequence[Place], examples: Sequence[Example], count: int, *, named: bool
) -> list[Asked]:
    """Questions drawn by chance, each with a sentence; `named` says whether the service is known
    beforehand."""
    chance = random.Random(5)
    services, channels = list(city.catalogue), list(Channel)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    return [
        (
            Statement(text=chance.choice(examples).text, place=chance.choice(places)),
            matter(
                chance.choice(channels),
                chance.choice(services) if named else "",
                start + timedelta(minutes=chance.randrange(400_000)),
            ),
        )
        for _ in range(count)
    ]


def decided(city: City, statement: Statement, found: Matter) -> Routed | NotRouted:
    return route(city, city.rules, statement, found, today=TODAY)[1]


def each_by_itself(
    benchmark: BenchmarkFixture, work: Callable[..., Any], inputs: Sequence[tuple[object, ...]]
) -> Any:
    """Times one call for each of the inputs; the last call's result."""
    following = iter(inputs)
    return benchmark.pedantic(  # type: ignore[no-untyped-call]
        work, setup=lambda: (next(following), {}), rounds=len(inputs), iterations=1
    )


def test_decision_by_rules(
    benchmark: BenchmarkFixture, seoul: City, places: Sequence[Place], held_back: Sequence[Example]
) -> None:
    questions = asked(seoul, places, held_back, DECISIONS, named=True)
    for question, found in questions[:500]:
        decided(seoul, question, found)
    each_by_itself(benchmark, decided, [(seoul, *one) for one in questions])


def test_decision_with_words(
    benchmark: BenchmarkFixture, seoul: City, places: Sequence[Place], held_back: Sequence[Example]
) -> None:
    questions = asked(seoul, places, held_back, 2 * len(held_back), named=False)
    for question, found in questions[:200]:
        decided(seoul, question, found)
    each_by_itself(benchmark, decided, [(seoul, *one) for one in questions])


def test_words_alone(
    benchmark: BenchmarkFixture, seoul: City, held_back: Sequence[Example]
) -> None:
    for one in held_back[:200]:
        seoul.understand(one.text)
    each_by_itself(benchmark, seoul.understand, [(one.text,) for one in held_back])


def test_dry_run(
    benchmark: BenchmarkFixture, seoul: City, places: Sequence[Place], held_back: Sequence[Example]
) -> None:
    """Of a rule set that lacks the rule which decided most, so that there is much to tell."""
    past = [stored(seoul, *one) for one in asked(seoul, places, held_back, REPLAYED, named=True)]
    rules = [one.ruling.rule for one in past]
    busiest = max(set(rules), key=rules.count)
    tried = [(seoul, without(seoul, busiest, number), past) for number in range(REPLAYS)]
    run = each_by_itself(benchmark, replay, tried)
    assert run.decisions == REPLAYED
    assert run.moved + run.renamed >= rules.count(busiest)


def stored(city: City, statement: Statement, found: Matter) -> Past:
    """A decision as routing keeps it."""
    decision = decided(city, statement, found)
    return Past(
        inquiry_id="",
        service_code=found.service_code,
        facts=decision.facts,
        ruling=Ruling.of(decision.verdict),
    )


def without(city: City, rule: str, number: int) -> RuleSet:
    """The city's rules without one of them, never asked before."""
    return replace(
        city.rules,
        version=f"bench-{number}",
        rules=tuple(one for one in city.rules.rules if one.id != rule),
        plans={},
    )


def test_load_and_warm(benchmark: BenchmarkFixture) -> None:
    told = list(warm_processes())
    benchmark.extra_info["seconds"] = sorted(seconds for seconds, _, _ in told)[len(told) // 2]
    benchmark.extra_info["waited"] = sorted(wall for _, wall, _ in told)[len(told) // 2]
    benchmark.extra_info["megabytes"] = max(megabytes for _, _, megabytes in told)
    benchmark(lambda: None)


def warm_processes() -> Iterator[tuple[float, float, float]]:
    """Processor seconds, seconds by the clock and resident MB of new processes."""
    for _ in range(3):
        told = subprocess.run(
            [sys.executable, "-c", WARM], capture_output=True, text=True, check=True
        ).stdout.split()
        seconds, wall, megabytes = map(float, told)
        yield seconds, wall, megabytes
