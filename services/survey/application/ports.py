"""What survey asks of its database beside single surveys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.survey.domain.hours import WindowFigure
from services.survey.domain.satisfaction import Count


class Counts(Protocol):
    """Counts over all surveys."""

    async def by_office_and_score(self) -> Sequence[Count]:
        """Every office that ever invited; raises DomainError UNAVAILABLE when out of reach."""
        ...


class Windows(Protocol):
    """Satisfaction of the last hours: the whole figure, whichever replica is asked."""

    def figures(self, now: datetime) -> Sequence[WindowFigure]:
        """The running hour and the one before it, newest first.

        Raises DomainError UNAVAILABLE `view_away` until the view has read its log.
        """
        ...
