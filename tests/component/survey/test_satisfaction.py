"""Counting all surveys is dear, so it is shared and bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.common.kernel import DomainError, Kind
from services.survey.application.handlers import Satisfaction
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
