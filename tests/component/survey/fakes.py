"""Stand-ins for survey's database and windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.survey.domain.hours import WindowFigure
from services.survey.domain.model import Answered, Survey
from services.survey.domain.satisfaction import Count, Figure
from tests.support.memory import MemoryStore


class MemorySurveys(MemoryStore[Survey]):
    """Surveys in a dict, with the counts that the database gives."""

    async def by_office_and_score(self) -> Sequence[Count]:
        states = [stored.state for stored in self.documents.values() if stored.state]
        found = Counter(
            (state.invitation.office_id, state.score if isinstance(state, Answered) else None)
            for state in states
        )
        return [Count(office_id=o, score=s, surveys=n) for (o, s), n in found.items()]


class FixedWindows:
    """Windows that say what a test wants."""

    def figures(self, now: datetime) -> Sequence[WindowFigure]:
        start = now.replace(minute=0, second=0, microsecond=0)
        figure = Figure(invited=4, answered=2, score_sum=9)
        return [WindowFigure(start=start, end=start + timedelta(hours=1), city=figure)]
