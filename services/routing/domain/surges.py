"""Surges: one category in one dong well above its usual rate within an hour.

Usual is what the last seven days had at the same time of day, an hour either side of it. How many
come by chance is taken as a Poisson count, so that a quiet dong and a busy one are judged alike.
Pure.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.routing.domain.matters import Whereabouts

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The usual rate is that of so many days before now: a week holds each weekday once. More: the rate
# follows a change more slowly. Fewer: a single odd day counts for more.
DAYS = 7
# The hour itself and one on each side: a single hour of a dong holds too few to count.
AROUND = HOUR
# A surge has at least this many matters. Fewer are no news, however rare: two neighbours who call
# about one lamp are no surge.
FEWEST = 5
# A surge has at least this many times the usual. Without it, a tenth more would be a surge where
# counts are large: even so little is unlikely by chance.
TIMES_USUAL = 2.0
# How rare the count must be. A city of 400 dongs looks at some thousand pairs with any traffic: at
# 0.001 chance alone would show a few at any moment, at 0.0001 one now and then.
RARER_THAN = 0.0001


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """`count` matters of a category in a dong within the hour before now, where `usual` (a rate
    for an hour) come at this time of day; `chance` is how likely so many are without a cause."""

    service_code: str
    dong_code: str
    count: int
    usual: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Surges:
    """The surges of the last hour, rarest first. Without a full day on record there is nothing to
    compare with: `days` is 0, and none is shown."""

    days: int
    surges: Sequence[Surge]


def surges(known: Iterable[Whereabouts], now: datetime) -> Surges:
    """The surges at `now` (aware). A matter counts at its receipt, when the citizen asked."""
    lies = [whereabouts.lies for whereabouts in known if whereabouts.lies is not None]
    first = min((each.received_at for each in lies), default=now)
    days = min(DAYS, (now - first - HOUR - AROUND) // DAY)
    if days < 1:
        return Surges(days=0, surges=())
    hour: dict[tuple[str, str], int] = defaultdict(int)
    before: dict[tuple[str, str], int] = defaultdict(int)
    for each in lies:
        age = now - each.received_at
        if not each.dong_code or age < timedelta(0):
            continue
        pair = (each.service_code, each.dong_code)
        if age < HOUR:
            hour[pair] += 1
        elif _compares(age, days):
            before[pair] += 1
    found = [_surge(pair, count, before[pair], days) for pair, count in hour.items()]
    shown = sorted(filter(_is_surge, found), key=lambda s: (s.chance, s.service_code, s.dong_code))
    return Surges(days=days, surges=shown)


def chance_of(count: int, mean: float) -> float:
    """How likely a Poisson count of this mean (above 0) is `count` or more."""
    if count <= mean:
        return 1 - sum(_poisson(k, mean) for k in range(count))
    total, k = 0.0, count
    # Beyond the mean the terms shrink at least by mean/k each; the rest is below the last.
    while (term := _poisson(k, mean)) > total * 1e-12:
        total += term
        k += 1
    return total


def _compares(age: timedelta, days: int) -> bool:
    """Whether a matter of this age came at this time of day, an hour either side, on one of the
    `days` days before now.

    The hour before now holds the ages from 0 to an hour. The same hour n days ago therefore holds
    the ages from n days to n days and an hour.
    """
    day, rest = divmod(age + AROUND, DAY)
    return 1 <= day <= days and rest < HOUR + 2 * AROUND


def _surge(pair: tuple[str, str], count: int, before: int, days: int) -> Surge:
    service_code, dong_code = pair
    hours = days * ((HOUR + 2 * AROUND) / HOUR)
    # One more than were seen is counted: a pair that never came before is rare, not impossible.
    usual = (before + 1) / hours
    return Surge(
        service_code=service_code,
        dong_code=dong_code,
        count=count,
        usual=usual,
        chance=chance_of(count, usual),
    )


def _is_surge(surge: Surge) -> bool:
    return (
        surge.count >= FEWEST
        and surge.count >= TIMES_USUAL * surge.usual
        and surge.chance < RARER_THAN
    )


def _poisson(k: int, mean: float) -> float:
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
