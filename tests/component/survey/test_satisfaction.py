"""Counting all surveys is dear, so it is shared and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from prometheus_client import REGISTRY

from services import cities
from services.common.kernel import DomainError, Kind
from services.survey.application.handlers import Satisfaction, SatisfactionWatch
from services.survey.domain.satisfaction import Count


class SlowCounts:
    """Takes some seconds of a clock that only it moves."""

    def __init__(self, takes: float) -> None:
        self.now = 0.0
        self.calls = 0
        self.away = False
        self._takes = takes

    async def by_office_and_score(self) -> Sequence[Count]:
        self.calls += 1
        await asyncio.sleep(0)
        self.now += self._takes
        if self.away:
            raise DomainError("database_away", Kind.UNAVAILABLE, "try again")
        return [Count(office_id="d-1", score=5, surveys=self.calls)]


@pytest.mark.parametrize(("takes", "good_for"), [(0.001, 2.0), (1.0, 20.0)])
async def test_figures_are_counted_anew_for_a_twentieth_of_the_time(
    takes: float, good_for: float
) -> None:
    counts = SlowCounts(takes)
    satisfaction = Satisfaction(counts, monotonic=lambda: counts.now)
    await satisfaction.by_office()
    counts.now += good_for - 0.01
    assert (await satisfaction.by_office())["d-1"].invited == 1
    counts.now += 0.02
    assert (await satisfaction.by_office())["d-1"].invited == 2


async def test_readers_who_come_together_share_one_count() -> None:
    counts = SlowCounts(1.0)
    satisfaction = Satisfaction(counts, monotonic=lambda: counts.now)
    await asyncio.gather(*(satisfaction.by_office() for _ in range(20)))
    assert counts.calls == 1


async def test_a_count_that_failed_is_tried_by_the_next_reader() -> None:
    counts = SlowCounts(1.0)
    satisfaction = Satisfaction(counts, monotonic=lambda: counts.now)
    counts.away = True
    with pytest.raises(DomainError):
        await satisfaction.by_office()
    counts.away = False
    assert (await satisfaction.by_office())["d-1"].answered == 2


class OfTown(SlowCounts):
    """An office of a district with an answer and one without, the city hall with none answered."""

    async def by_office_and_score(self) -> Sequence[Count]:
        await super().by_office_and_score()
        return [
            Count(office_id="d-west", score=4, surveys=1),
            Count(office_id="d-west", score=None, surveys=2),
            Count(office_id="c-hall", score=None, surveys=5),
        ]


async def test_satisfaction_is_shown_to_a_monitor_while_it_is_known() -> None:
    def seen(name: str) -> list[float | None]:
        return [
            REGISTRY.get_sample_value(name, {"workload": workload})
            for workload in ("city", "district", "dong")
        ]

    counts = OfTown(0.0)
    watch = SatisfactionWatch(
        Satisfaction(counts, monotonic=lambda: counts.now), lambda: cities.load("saebom")
    )
    await watch.look()
    assert seen("dasan_surveys_invited") == [5, 3, 0]
    assert seen("dasan_surveys_answered") == [0, 1, 0]
    assert seen("dasan_satisfaction_points") == [None, 75, None]
    counts.away = True
    counts.now += 60
    with pytest.raises(DomainError):
        await watch.look()
    assert seen("dasan_surveys_invited") == [None] * 3
