"""What survey asks of its database beside single surveys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.survey.domain.satisfaction import Count, Figure


class Counts(Protocol):
    """Counts over all surveys."""

    async def by_office_and_score(self) -> Sequence[Count]:
        """Every office that ever invited; raises DomainError UNAVAILABLE when out of reach."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFigure:
    """Satisfaction of one hour. `start` is included, `end` is not; both aware UTC."""

    start: datetime
    end: datetime
    city: Figure


class Windows(Protocol):
    """Satisfaction of the last hours, as far as this process reads the bus."""

    def figures(self, now: datetime) -> Sequence[WindowFigure]:
        """The running hour and the one before it, newest first."""
        ...
