"""The published figures of a city that its simulation follows, as data beside this module.

A city without a file has the same shares everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from services.cities import City
from services.cities.catalogue.model import Workload

SECONDS_PER_DAY = 86_400.0


class Figures(BaseModel):
    """Shares are relative weights unless their name says `share` or `rate`: those lie in 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_day: int = 10_000
    first_call_resolution: float = Field(0.8, ge=0, le=1)
    channels: Mapping[str, float] = {"phone": 1, "message": 1, "web": 1}
    district_share: float = Field(0.5, ge=0, le=1)
    city_topics: Mapping[str, float] = {}
    district_topics: Mapping[str, float] = {}
    services: Mapping[str, tuple[str, ...]] = {}
    district_shares: Mapping[str, float] = {}
    populations: Mapping[str, float] = {}
    hours: tuple[float, ...] = Field((1.0,) * 24, min_length=24, max_length=24)
    other_language: float = Field(0.0, ge=0, le=1)
    contact_share: Mapping[str, float] = {"call": 0.5, "case": 1.0}
    response_rate: float = Field(0.4, ge=0, le=1)
    scores: tuple[float, ...] = Field((1, 1, 4, 24, 70), min_length=5, max_length=5)
    decline_share: float = Field(0.03, ge=0, le=1)
    accept_minutes: float = Field(3.0, gt=0)
    answer_minutes: float = Field(25.0, gt=0)

    def per_second(self, local: datetime) -> float:
        """Inquiries a second at this time of the city's day; changes smoothly from hour to hour."""
        now = local.hour + local.minute / 60 + local.second / 3600 - 0.5
        before, into = int(now // 1) % 24, now % 1
        weight = self.hours[before] * (1 - into) + self.hours[(before + 1) % 24] * into
        return self.per_day / SECONDS_PER_DAY * weight * 24 / sum(self.hours)


def of_city(city_id: str) -> Figures:
    """The figures of a city, or even shares where there are none for it."""
    file = resources.files(__package__) / "figures" / f"{city_id}.yaml"
    if not file.is_file():
        return Figures()
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Figures.model_validate(content)


def service_weights(figures: Figures, city: City) -> dict[str, float]:
    """How often each service of the catalogue is asked for; sums to 1.

    A topic's share goes to its services in equal parts; what the topics leave goes to the others.
    """
    own = [s.code for s in city.catalogue.values() if s.workload is Workload.CITY]
    local = [s.code for s in city.catalogue.values() if s.workload is not Workload.CITY]
    district_share = figures.district_share if own and local else float(bool(local))
    return _spread(own, figures.city_topics, figures.services, 1 - district_share) | _spread(
        local, figures.district_topics, figures.services, district_share
    )


def _spread(
    codes: list[str],
    topics: Mapping[str, float],
    services: Mapping[str, tuple[str, ...]],
    whole: float,
) -> dict[str, float]:
    weights = dict.fromkeys(codes, 0.0)
    left, rest = 100.0, set(codes)
    for topic, per_cent in topics.items():
        members = [code for code in services.get(topic, ()) if code in weights]
        if not members:
            continue
        left -= per_cent
        rest -= set(members)
        for code in members:
            weights[code] += whole * per_cent / 100 / len(members)
    takers = rest or set(codes)
    for code in takers:
        weights[code] += whole * left / 100 / len(takers)
    return weights


def district_weights(figures: Figures, city: City) -> dict[str, float]:
    """How often an inquiry is about each district: published shares first, then by population."""
    codes = sorted({office.district for office in city.offices.values() if office.district})
    weights = {code: share for code, share in figures.district_shares.items() if code in codes}
    rest = [code for code in codes if code not in weights]
    people = sum(figures.populations.get(code, 1) for code in rest)
    left = max(0.0, 100 - sum(weights.values()))
    for code in rest:
        weights[code] = left * figures.populations.get(code, 1) / people
    return weights
