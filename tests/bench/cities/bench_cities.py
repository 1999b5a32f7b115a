"""How fast the city library answers; run by `python -m scripts.cities.figures` only."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from services.cities import City, Period, Place, days, hours, load

TODAY = date(2026, 11, 23)

COLD_LOAD = """
import resource, time
from services.cities import Place, load
from datetime import date
load("seoul").locate(Place(lat=37.5006, lon=127.0364), date(2026, 11, 23))
print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.fixture(scope="module")
def seoul() -> City:
    return load("seoul")


@pytest.fixture
def receipts() -> Iterator[datetime]:
    chance = random.Random(1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return cycle([start + timedelta(minutes=chance.randrange(500_000)) for _ in range(997)])


def test_load_and_warm_seoul_in_a_new_process(benchmark: BenchmarkFixture) -> None:
    told = [cold_load() for _ in range(5)]
    benchmark.extra_info["seconds"] = statistics.median(seconds for seconds, _ in told)
    benchmark.extra_info["megabytes"] = max(megabytes for _, megabytes in told)
    benchmark(lambda: None)


def cold_load() -> tuple[float, float]:
    """Processor seconds of a whole new process and its greatest size in MB."""
    seconds, megabytes = subprocess.run(
        [sys.executable, "-c", COLD_LOAD], capture_output=True, text=True, check=True
    ).stdout.split()
    return float(seconds), float(megabytes)


def test_place_by_point(benchmark: BenchmarkFixture, seoul: City) -> None:
    chance = random.Random(2)
    places = cycle(
        [
            Place(lat=chance.uniform(37.46, 37.66), lon=chance.uniform(126.85, 127.12))
            for _ in range(997)
        ]
    )
    benchmark(lambda: seoul.locate(next(places), TODAY))


def test_place_by_code(benchmark: BenchmarkFixture, seoul: City) -> None:
    codes = [place.code for place in seoul.locator.geography.legal_places]
    places = cycle([Place(code=code) for code in codes])
    benchmark(lambda: seoul.locate(next(places), TODAY))


@pytest.mark.parametrize(
    "address",
    [
        "서울특별시 강남구 테헤란로 152 (역삼동, 강남파이낸스센터) 23층",
        "서울 강남구 역삼동 736-1 래미안아파트 101동 1203호",
        "12 Cheongun-dong, Jongno-gu, Seoul, Republic of Korea",
        "우리 집 앞 골목 어딘가에 있는 전봇대 옆 파란 대문",
    ],
    ids=["road", "lot", "english", "none"],
)
def test_place_by_address(benchmark: BenchmarkFixture, address: str, seoul: City) -> None:
    place = Place(address=address)
    benchmark(lambda: seoul.locate(place, TODAY))


@pytest.mark.parametrize("period", [hours(3), days(5), days(14)], ids=str)
def test_deadline(
    benchmark: BenchmarkFixture, period: Period, receipts: Iterator[datetime], seoul: City
) -> None:
    benchmark(lambda: seoul.due(next(receipts), period))


@pytest.mark.parametrize("period", [hours(3), days(5), days(14)], ids=str)
def test_explain(
    benchmark: BenchmarkFixture, period: Period, receipts: Iterator[datetime], seoul: City
) -> None:
    dues = cycle([seoul.due(next(receipts), period) for _ in range(200)])
    benchmark(lambda: next(dues).explain("ko"))


TEXT = "집 앞 도로에 포트홀이 생겨서 차가 지나갈 때마다 위험합니다. 빨리 고쳐 주세요."


def test_classify(benchmark: BenchmarkFixture, seoul: City) -> None:
    benchmark(lambda: seoul.classify(TEXT))


def test_understand(benchmark: BenchmarkFixture, seoul: City) -> None:
    benchmark(lambda: seoul.understand(TEXT))


def test_danger_in(benchmark: BenchmarkFixture, seoul: City) -> None:
    benchmark(lambda: seoul.danger_in(TEXT))
